"""Kernel parameters now and at the next boot, and what they come to on each interface."""

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import NamedTuple

from auditor.collectors.linux.config import Files
from auditor.collectors.linux.draft import KERNEL, Draft, number
from auditor.collectors.linux.evidence import Evidence, Unread
from auditor.facts.linux import Interface, Sysctl

_FOLDERS = ("/etc/sysctl.d", "/run/sysctl.d", "/usr/local/lib/sysctl.d", "/usr/lib/sysctl.d", "/lib/sysctl.d")
_PATTERNS = 1000
_SECRETS = ("net.ipv4.tcp_fastopen_key",)
# On where all or the interface says so (IN_DEV_ORCONF of the kernel); of IPv6, what only the interface itself decides.
_EITHER = ("secure_redirects", "shared_media", "accept_local", "arp_filter", "route_localnet")
_OWN = ("autoconf", "accept_ra_pinfo", "accept_ra_defrtr", "accept_ra_rtr_pref", "router_solicitations")
Assignment = tuple[str, str]  # value, file:line


def sysctl(evidence: Evidence, draft: Draft) -> None:
    """sysctl: runtime from /proc/sys, persisted as systemd-sysctl would set it at boot."""
    runtime = _runtime(evidence, draft)
    if runtime is None:
        return
    try:
        pins = persisted(evidence)
        unread = ""
    except Unread as why:
        pins, unread = Persisted({}, [], {}), str(why)
    explicit = pins.explicit
    facts: dict[str, Sysctl] = {}
    for key in sorted(runtime.keys() | {key for key, pin in explicit.items() if pin}):
        if draft.shared_kernel and not key.startswith("net."):
            draft.gap(f"sysctl[{key}]", KERNEL)
            continue
        value = runtime.get(key)
        pinned = pins.of(key)
        wanted = number(pinned[0]) if pinned else None
        last = number(pins.last[key][0]) if key in pins.last else None
        facts[key] = Sysctl(
            runtime=value,
            persisted=wanted,
            agrees=None if value is None else wanted == value,
            contradicted=None if value is None else wanted is not None and wanted != value,
            persisted_source=pinned[1] if pinned else None,
            reloaded=None if last is None or last == wanted else last,
        )
        if unread:
            draft.gap(f"sysctl[{key}].reloaded", unread)
            draft.gap(f"sysctl[{key}].persisted", unread)
            draft.gap(f"sysctl[{key}].agrees", unread)
            draft.gap(f"sysctl[{key}].contradicted", unread)
        if pinned:
            draft.sources[f"sysctl[{key}].persisted"] = pinned[1]
    for key in _SECRETS:
        facts.setdefault(key, Sysctl())  # it has its place, so that its gap is not one of the whole list
        for name in ("runtime", "agrees", "contradicted"):
            draft.gap(f"sysctl[{key}].{name}", "a secret: never read")
    draft.put("sysctl", facts, "/proc/sys")


def _runtime(evidence: Evidence, draft: Draft) -> dict[str, int | str] | None:
    found: dict[str, list[str]] = {}
    for name in ("sysctl", "sysctl_net"):
        try:
            record = evidence.record(name)
            if not record.out and (record.rc or name == "sysctl"):
                raise Unread(f"/proc/sys could not be read: {record.err[:200] or 'no output'}")
        except Unread as why:
            draft.gap("sysctl", str(why))
            return None
        for line in record.out.splitlines():
            path, colon, value = line.partition(":")
            if colon and path.startswith("/proc/sys/"):
                found.setdefault(dotted(path[10:]), []).append(value)
        for path, reason in evidence.denied_paths(name).items():
            if path.startswith("/proc/sys/"):
                draft.gap(f"sysctl[{dotted(path[10:])}]", f"{path}: {reason}")
    return {key: number(" ".join(values)) for key, values in found.items()}


def dotted(path: str) -> str:
    """net/ipv4/conf/eth0.5/x -> net.ipv4.conf.eth0/5.x, as sysctl(8) writes it."""
    return path.translate(str.maketrans("./", "/."))


class Persisted(NamedTuple):
    """What files set at boot, and what /etc/sysctl.conf would set when it is read once more by `sysctl --system`."""

    explicit: dict[str, Assignment | None]  # None: kept out of the patterns, and set by nothing
    globs: list[tuple[str, Assignment]]
    last: dict[str, Assignment]

    def of(self, key: str) -> Assignment | None:
        """The assignment that wins: one that names the key beats every pattern; of patterns the last one."""
        if key in self.explicit:
            return self.explicit[key]
        return next((a for pattern, a in reversed(self.globs) if _matches(key, pattern)), None)


def persisted(evidence: Evidence) -> Persisted:
    """What systemd-sysctl does. sysctl.d(5): by file name, one in /etc hides others, the last wins."""
    files = Files(evidence, "sysctl_text")
    listed = [re.sub("/+", "/", path) for path in evidence.out("sysctl_files").splitlines()]
    order: dict[str, str] = {}
    for folder in reversed(_FOLDERS):
        files.check(folder)
        order |= {
            path.rsplit("/", 1)[1]: path
            for path in listed
            if path.startswith(f"{folder}/") and path.count("/") == folder.count("/") + 1
        }
    paths = [order[name] for name in sorted(order)]
    if (
        evidence.meta.get("pid1") != "systemd"
    ):  # `sysctl --system` of procps reads it last; systemd knows it only by a link
        paths.append("/etc/sysctl.conf")
    explicit: dict[str, Assignment | None] = {}
    globs: list[tuple[str, Assignment]] = []
    for path in paths:
        for key, assignment in _assignments(files, path):
            if not any(c in key for c in "*?["):
                explicit[key] = assignment
            elif assignment and len(globs) < _PATTERNS:
                globs.append((key, assignment))
    last = dict(_assignments(files, "/etc/sysctl.conf"))
    return Persisted(explicit, globs, {key: pin for key, pin in last.items() if pin})


def _assignments(files: Files, path: str) -> Iterator[tuple[str, Assignment | None]]:
    """Lines of a file in order; `-key` without a value keeps that key out of the patterns."""
    for line, text in files.get(path) or []:
        text = text.strip()
        if text and text[0] not in "#;" and ("=" in text or text[0] == "-"):
            key, equals, value = text.lstrip("-").partition("=")
            yield _normal(key.strip()), (value.strip(), f"{path}:{line}") if equals else None


def _normal(key: str) -> str:
    first = re.search(r"[./]", key)
    return dotted(key) if first and first[0] == "/" else key


def _matches(key: str, pattern: str) -> bool:
    mine, theirs = key.split("."), pattern.split(".")
    return len(mine) == len(theirs) and all(map(fnmatchcase, mine, theirs))


def interfaces(evidence: Evidence, draft: Draft) -> None:
    """Effective values per interface, joined as Documentation/networking/ip-sysctl.rst says."""
    values = {key: item.runtime for key, item in draft.facts.get("sysctl", {}).items() if isinstance(item.runtime, int)}
    names = {found[1] for key in values if (found := re.fullmatch(r"net\.ipv[46]\.conf\.([^.]+)\.\w+", key))} - {
        "all",
        "default",
    }
    if "sysctl" in draft.gaps:
        draft.gap("interfaces", draft.gaps["sysctl"])
        draft.gap("ipv6", draft.gaps["sysctl"])
        return
    draft.put(
        "interfaces",
        {name: _interface(name, values) for name in sorted(names)},
        "/proc/sys/net/ipv4/conf, /proc/sys/net/ipv6/conf",
    )
    _ipv6(draft)


def _ipv6(draft: Draft) -> None:
    """ipv6: whether it is on somewhere, now or after the next boot. Keys below net.ipv6 vanish without support."""
    keys = draft.facts["sysctl"]
    found = {key: pin for key, pin in keys.items() if re.fullmatch(r"net\.ipv6\.conf\.[^.]+\.disable_ipv6", key)}
    if not any(pin.runtime is not None for pin in found.values()):
        draft.missing("ipv6", "/proc/sys/net/ipv6")
        return
    on = any(pin.runtime == 0 for key, pin in found.items() if ".conf.lo." not in key)
    if not on and (reason := draft.gaps.get("sysctl[net.ipv6.conf.all.disable_ipv6].persisted")):
        draft.gap("ipv6", reason)
        return
    general = found.get("net.ipv6.conf.all.disable_ipv6")  # written to `all` it reaches `default` and each interface
    draft.put("ipv6", on or general is None or general.persisted != 1, "/proc/sys/net/ipv6/conf, sysctl.d")


def _interface(name: str, values: dict[str, int]) -> Interface:
    def both(key: str) -> tuple[int, int] | None:
        own, all_ = values.get(f"net.ipv4.conf.{name}.{key}"), values.get(f"net.ipv4.conf.all.{key}")
        return None if own is None or all_ is None else (own, all_)

    def joined(key: str, how: object = any) -> bool | None:
        pair = both(key)
        return None if pair is None else (all(pair) if how is all else any(pair))

    filters = both("rp_filter")
    ipv6 = values.get(f"net.ipv6.conf.{name}.disable_ipv6") == 0
    redirects6 = values.get(f"net.ipv6.conf.{name}.accept_redirects") if ipv6 else None
    return Interface(
        loopback=name == "lo",
        rp_filter=max(filters) if filters else None,
        accept_redirects=joined("accept_redirects", all if values.get(f"net.ipv4.conf.{name}.forwarding") else any),
        send_redirects=joined("send_redirects"),
        accept_source_route=joined("accept_source_route", all),
        log_martians=joined("log_martians"),
        ipv6_accept_ra=values.get(f"net.ipv6.conf.{name}.accept_ra") if ipv6 else None,
        ipv6_accept_redirects=None if redirects6 is None else bool(redirects6),
        **{key: joined(key) for key in _EITHER},
        **{f"ipv6_{key}": values.get(f"net.ipv6.conf.{name}.{key}") if ipv6 else None for key in _OWN},
    )
