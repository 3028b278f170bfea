"""What the host is: distribution, kernel, container or not."""

import shlex

from auditor.collectors.linux.draft import NO_SYSTEMD, Draft
from auditor.collectors.linux.evidence import Evidence, Unread
from auditor.facts.linux import OperatingSystem

_FAMILIES = {
    "debian": "debian",
    "ubuntu": "debian",
    "rhel": "rhel",
    "fedora": "rhel",
    "centos": "rhel",
    "suse": "suse",
    "sles": "suse",
}
_VIRTUAL_UNITS = {"libvirtd.service", "virtqemud.service", "libvirtd.socket", "virtqemud.socket"}
_VIRTUAL_PACKAGES = {
    "libvirt-daemon", "libvirt-daemon-system", "qemu-kvm", "qemu-kvm-core", "qemu-system-x86", "qemu-system-arm",
}  # fmt: skip


def system(evidence: Evidence, draft: Draft) -> None:
    """os, hostname, kernel, architecture, container, virtualisation."""
    meta = evidence.meta
    for name, key in (("hostname", "hostname"), ("kernel", "kernel"), ("architecture", "arch")):
        if meta.get(key):
            draft.put(name, meta[key][:200], "uname")
        else:
            draft.gap(name, evidence.lost if not evidence.has("meta") else "uname said nothing")
    if text := draft.try_read("os", lambda: evidence.text("os")):
        draft.put("os", release(text), "/etc/os-release")
    elif "os" not in draft.gaps:
        draft.gap("os", "/etc/os-release is empty")
    _container(evidence, draft)


def release(text: str) -> OperatingSystem:
    """The distribution in the text of os-release(5)."""
    values: dict[str, str] = {}
    for line in text.splitlines():
        key, _, value = line.partition("=")
        try:
            values[key.strip()] = " ".join(shlex.split(value))[:200]
        except ValueError:
            values[key.strip()] = value.strip("\"' ")[:200]
    name, like = values.get("ID", "linux").lower(), values.get("ID_LIKE", "").lower().split()
    family = next((_FAMILIES[i] for i in (name, *like) if i in _FAMILIES), "other")
    return OperatingSystem(
        id=name,
        id_like=like,
        version=values.get("VERSION_ID"),
        pretty=values.get("PRETTY_NAME"),
        release=f"{name}-{_series(name, version)}" if (version := values.get("VERSION_ID", "")) else None,
        family=family,
    )


def _series(name: str, version: str) -> str:
    return version if name == "ubuntu" else version.split(".")[0]  # Ubuntu supports each of its numbers by itself


def _container(evidence: Evidence, draft: Draft) -> None:
    try:
        seen = [line.split("=", 1) for line in evidence.text("virt").splitlines() if "=" in line]
    except Unread as why:
        draft.gap("container", str(why))
        draft.gap("virtualisation", str(why))
        return
    found = dict(reversed(seen))
    marked = found.get("marker", "")
    inside = marked or (found.get("container", "none") not in ("none", ""))
    chroot = ("chroot", "yes") in [tuple(pair) for pair in seen]
    # A plain user may not compare the root folder with that of PID 1: a systemd that answers settles it.
    told = "tool" not in found and ("Failed to check" not in evidence.record("virt").err or evidence.out("units") != "")
    if inside or chroot:
        draft.put("container", True, "systemd-detect-virt, marker files")
    elif told:
        draft.put("container", False, "systemd-detect-virt, marker files")
    else:
        draft.gap("container", "no systemd-detect-virt on the host and no marker file: a container cannot be ruled out")
    kind = found.get("container", "") if found.get("container", "none") != "none" else ""
    virtualisation = kind or marked or ("chroot" if chroot else found.get("any", ""))
    if virtualisation:
        draft.put("virtualisation", virtualisation[:60], "systemd-detect-virt")
    else:
        draft.gap("virtualisation", "systemd-detect-virt is not installed")


def roles(evidence: Evidence, draft: Draft) -> None:
    """What rules may ask for by `role`. A gap when it could not be told whether the kernel is the host's own."""
    if "container" in draft.gaps:
        draft.gap("roles", draft.gaps["container"])
        return
    if "units" in draft.gaps and NO_SYSTEMD not in draft.gaps["units"]:
        draft.gap("roles", draft.gaps["units"])
        return
    units = draft.facts.get("units", {})
    running = {name for name, unit in units.items() if unit.in_use}
    found = [] if draft.facts["container"] else ["own-kernel"]
    if evidence.meta.get("pid1") in ("systemd", "init") and units:
        found.append("systemd")
    present = {name for name, unit in units.items() if unit.load in ("loaded", "masked")}
    installed = set(draft.facts.get("packages", {}))
    device = "/dev/kvm" in evidence.out("role_marks").split()
    if running & _VIRTUAL_UNITS or (device and installed & _VIRTUAL_PACKAGES):
        found.append("kvm")
    if "postfix.service" in present or "postfix" in installed:
        found += ["mail-server", "postfix"]
    elif running & {"exim4.service", "sendmail.service"}:
        found.append("mail-server")
    if present & {"named.service", "bind9.service", "named-chroot.service"} or installed & {"bind9", "bind"}:
        found.append("name-server")
    if running & {"docker.service", "containerd.service", "podman.socket", "crio.service", "kubelet.service"}:
        found.append("container-host")
    draft.put("roles", found, "derived: container, units, packages")
