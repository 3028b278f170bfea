"""A KVM host: libvirt's daemon, networks and guests as their files say, huge pages, KSM."""

import re
from collections.abc import Mapping

from auditor.collectors.linux.config import Files, Lines
from auditor.collectors.linux.draft import KERNEL, Draft
from auditor.collectors.linux.evidence import Absent, Evidence, Unread
from auditor.collectors.linux.sections.kvm_guests import BadXml, Guests, add_guest, network, parse, twins
from auditor.facts.linux_virtual import Daemon, HugePages, Kvm, Nic, Text, VirtualNetwork

_QEMU = "/etc/libvirt/qemu"
_CONFS = ("/etc/libvirt/virtqemud.conf", "/etc/libvirt/virtproxyd.conf", "/etc/libvirt/libvirtd.conf")
_TCP = ("libvirtd-tcp.socket", "virtproxyd-tcp.socket")
_TLS = ("libvirtd-tls.socket", "virtproxyd-tls.socket")
_OTHERS = {
    "vboxdrv.service": "VirtualBox", "vmware.service": "VMware", "xen.service": "Xen", "xencommons.service": "Xen",
    "xenstored.service": "Xen",
}  # fmt: skip
_GUEST_FACTS = ("domains", "disks", "nics", "graphics", "networks", "autostarted")


def kvm(evidence: Evidence, draft: Draft) -> None:
    """kvm: guests and networks as defined, the daemon as configured, and what the kernel gives them."""
    if "roles" in draft.gaps:
        draft.gap("kvm", draft.gaps["roles"])
        return
    if "kvm" not in draft.facts.get("roles", ()):
        draft.missing("kvm", "derived: roles")
        return
    facts: dict[str, object] = {}
    qemu: dict[str, Text] = {}
    try:
        evidence.text("libvirt_conf", ok=(0, 1, 2))
        files = Files(evidence, "libvirt_conf")
        qemu = _settings(files.get("/etc/libvirt/qemu.conf") or [])
        facts["qemu"] = qemu
        facts["daemon"] = _daemon([files.get(path) for path in _CONFS], draft)
    except (Unread, Absent) as why:
        draft.gap("kvm.qemu", str(why))
        draft.gap("kvm.daemon", str(why))
    try:
        facts |= _definitions(evidence, draft, qemu)
        if "kvm.qemu" in draft.gaps:
            draft.gap("kvm.graphics", draft.gaps["kvm.qemu"])
    except (Unread, Absent, BadXml) as why:
        for name in _GUEST_FACTS:
            draft.gap(f"kvm.{name}", str(why))
    facts |= _kernel(evidence, draft)
    facts["competing"] = _competing(evidence, draft)
    draft.put("kvm", Kvm.model_validate(facts), f"{_QEMU}, /etc/libvirt/*.conf")
    for name in ("hugepages", "ksm", "nested"):
        draft.sources[f"kvm.{name}"] = "/sys/kernel/mm, /sys/module/kvm_*, /proc/self/mountinfo"
    draft.sources["kvm.competing"] = "systemctl show, /proc/modules"


def _settings(lines: Lines) -> dict[str, Text]:
    """`key = value`; a list may go on over several lines until its bracket closes."""
    found: dict[str, Text] = {}
    key, parts = "", []
    for _, text in lines:
        text = text.strip()
        if key:
            parts += re.findall(r'"([^"]*)"', text.partition("#")[0])
            if "]" in text.partition("#")[0]:
                found[key], key = ",".join(parts), ""
            continue
        setting = re.match(r"(\w{1,60})\s*=\s*(.*)$", text)
        if not setting:
            continue
        value = setting[2].strip()
        if value.startswith("["):
            parts = re.findall(r'"([^"]*)"', value)
            if "]" in value:
                found[setting[1]] = ",".join(parts)
            else:
                key = setting[1]
        else:
            bare = value[1:].partition(value[0])[0] if value[:1] in ('"', "'") else value.partition("#")[0].strip()
            found[setting[1]] = int(bare) if re.fullmatch(r"-?\d{1,9}", bare) else bare[:500]
    return found


def _daemon(confs: list[Lines | None], draft: Draft) -> Daemon | None:
    if not any(confs):
        return None
    modular = "virtqemud.service" in draft.facts.get("units", {}) and confs[0] is not None
    own = _settings((confs[0] if modular else confs[2]) or [])
    net = _settings((confs[1] if modular else confs[2]) or [])
    units = draft.facts.get("units", {})
    listens = {one.port for one in draft.facts.get("listeners", {}).values() if not one.loopback}
    tcp = any(name in units and units[name].in_use for name in _TCP) or net.get("listen_tcp") == 1
    tls = any(name in units and units[name].in_use for name in _TLS)
    names = net.get("tls_allowed_dn_list") not in (None, "")
    checks = net.get("tls_no_verify_certificate", 0) != 1
    for path in ("units", "listeners"):
        if path in draft.gaps:
            draft.gap("kvm.daemon.plain_tcp", draft.gaps[path])
            draft.gap("kvm.daemon.tls", draft.gaps[path])
    return Daemon(
        plain_tcp=tcp or 16509 in listens,
        tls=tls or 16514 in listens,
        tls_checks_clients=checks and (names or net.get("auth_tls") == "sasl"),
        socket_auth=str(own.get("auth_unix_rw", "polkit")),
        socket_mode=str(own.get("unix_sock_rw_perms", "0770")).zfill(4),
    )


def _definitions(evidence: Evidence, draft: Draft, qemu: Mapping[str, Text]) -> dict[str, object]:
    evidence.text("libvirt", ok=(0, 1, 2))
    files = Files(evidence, "libvirt")
    files.check(_QEMU)
    links = evidence.text("libvirt_links").splitlines()
    boots = {link.rsplit("/", 1)[1] for link in links if link.startswith(f"{_QEMU}/autostart/")}
    net_boots = {link.rsplit("/", 1)[1] for link in links if link.startswith(f"{_QEMU}/networks/autostart/")}
    found, networks = Guests(), {}
    for path, lines in files.below(_QEMU, ".xml").items():
        folder, file = path.rsplit("/", 1)
        if folder not in (_QEMU, f"{_QEMU}/networks"):
            continue
        root = parse("\n".join(text for _, text in lines), path)
        name = (root.findtext("name") or file.removesuffix(".xml")).strip()[:100]
        if folder == _QEMU:
            add_guest(found, root, name, file in boots, qemu)
        else:
            networks[name] = network(root, name, file in net_boots)
    booting = {name for name, guest in found.domains.items() if guest.autostart}
    needed = {nic.network for nic in found.nics.values() if nic.guest in booting}
    return {
        "domains": found.domains,
        "disks": found.disks,
        "nics": _plugged(found.nics, networks, draft),
        "graphics": found.graphics,
        "networks": {n: one.model_copy(update={"needed_at_boot": n in needed}) for n, one in networks.items()},
        "autostarted": sorted(booting),
    }


def _plugged(nics: Mapping[str, Nic], networks: Mapping[str, VirtualNetwork], draft: Draft) -> dict[str, Nic]:
    others, links = twins(nics), draft.facts.get("links", {})
    found: dict[str, Nic] = {}
    for key, nic in nics.items():
        bridge = nic.bridge or (networks[nic.network].bridge if nic.network and nic.network in networks else None)
        there = None if bridge is None else bridge in links
        if "links" in draft.gaps:
            draft.gap(f"kvm.nics[{key}].bridge_found", draft.gaps["links"])
            there = None
        found[key] = nic.model_copy(update={"bridge": bridge, "bridge_found": there, "duplicates": others.get(key, [])})
    return found


def _kernel(evidence: Evidence, draft: Draft) -> dict[str, object]:
    if draft.shared_kernel:
        for name in ("hugepages", "ksm", "nested"):
            draft.gap(f"kvm.{name}", KERNEL)
        return {}
    try:
        values = dict(line.rsplit(":", 1) for line in evidence.text("kvm_kernel").splitlines() if ":" in line)
    except (Unread, Absent) as why:
        for name in ("hugepages", "ksm", "nested"):
            draft.gap(f"kvm.{name}", str(why))
        return {}
    pools = [value for path, value in values.items() if path.endswith("/nr_hugepages") and value.isdecimal()]
    nested = [value.strip() for path, value in values.items() if path.endswith("/nested")]
    ksm = values.get("/sys/kernel/mm/ksm/run", "")
    facts: dict[str, object] = {
        "ksm": int(ksm) if ksm in ("0", "1", "2") else None,
        "nested": any(value in ("Y", "1") for value in nested) if nested else None,
    }
    boot, parameter = draft.facts.get("boot"), draft.facts.get("sysctl", {}).get("vm.nr_hugepages")
    pinned = any(word.startswith("hugepages=") for word in boot.cmdline) if boot else False
    pinned = pinned or (parameter is not None and isinstance(parameter.persisted, int) and parameter.persisted > 0)
    mounts = draft.facts.get("mounts", {})
    for path, name in (("mounts", "mounted"), ("sysctl", "pinned")):
        if path in draft.gaps:
            draft.gap(f"kvm.hugepages.{name}", draft.gaps[path])
    facts["hugepages"] = HugePages(
        total=sum(map(int, pools)),
        pinned=pinned,
        mounted=any(mount.is_mount_point and mount.fstype == "hugetlbfs" for mount in mounts.values()),
    )
    return facts


def _competing(evidence: Evidence, draft: Draft) -> list[str] | None:
    if "units" in draft.gaps:
        draft.gap("kvm.competing", draft.gaps["units"])
        return None
    units = draft.facts.get("units", {})
    found = {name for unit, name in _OTHERS.items() if unit in units and units[unit].in_use}
    if not draft.shared_kernel:
        loaded = set(evidence.out("proc_modules").split())
        found |= {name for module, name in (("vboxdrv", "VirtualBox"), ("vmmon", "VMware")) if module in loaded}
    return sorted(found)
