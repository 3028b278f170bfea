"""Kernel parameters now and at the next boot, and what they come to on each interface."""

import re
from fnmatch import fnmatchcase

from auditor.collectors.linux.config import Files
from auditor.collectors.linux.draft import KERNEL, Draft, number
from auditor.collectors.linux.evidence import Evidence, Unread
from auditor.facts.linux import Interface, Sysctl

_FOLDERS = ("/etc/sysctl.d", "/run/sysctl.d", "/usr/local/lib/sysctl.d", "/usr/lib/sysctl.d", "/lib/sysctl.d")
_SECRETS = ("net.ipv4.tcp_fastopen_key",)
Assignment = tuple[str, str]  # value, file:line


def sysctl(evidence: Evidence, draft: Draft) -> None:
    """sysctl: runtime from /proc/sys, persisted as systemd-sysctl would set it at boot."""
    runtime = _runtime(evidence, draft)
    if runtime is None:
        return
    try:
        explicit, globs = persisted(evidence)
        unread = ""
    except Unread as why:
        explicit, globs, unread = {}, [], str(why)
    facts: dict[str, Sysctl] = {}
    for key in sorted(runtime.keys() | explicit.keys()):
        if draft.shared_kernel and not key.startswith("net."):
            draft.gap(f"sysctl[{key}]", KERNEL)
            continue
        value = runtime.get(key)
        pinned = explicit.get(key) or next((a for pattern, a in reversed(globs) if _matches(key, pattern)), None)
        wanted = number(pinned[0]) if pinned else None
        facts[key] = Sysctl(
            runtime=value,
            persisted=wanted,
            agrees=None if value is None else wanted == value,
            contradicted=None if value is None else wanted is not None and wanted != value,
            persisted_source=pinned[1] if pinned else None,
        )
        if unread:
            draft.gap(f"sysctl[{key}].persisted", unread)
            draft.gap(f"sysctl[{key}].agrees", unread)
            draft.gap(f"sysctl[{key}].contradicted", unread)
        if pinned:
            draft.sources[f"sysctl[{key}].persisted"] = pinned[1]
    draft.put("sysctl", facts, "/proc/sys")
    for key in _SECRETS:
        draft.gap(f"sysctl[{key}]", "a secret: never read")


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


def persisted(evidence: Evidence) -> tuple[dict[str, Assignment], list[tuple[str, Assignment]]]:
    """Assignments by key, and those with globs. sysctl.d(5): by file name, one in /etc hides others, the last wins."""
    files = Files(evidence, "sysctl_text")
    listed = [re.sub("/+", "/", path) for path in evidence.out("sysctl_files").splitlines()]
    order: dict[str, str] = {}
    for folder in reversed(_FOLDERS):
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
    explicit: dict[str, Assignment] = {}
    globs: list[tuple[str, Assignment]] = []
    for path in paths:
        for line, text in files.get(path) or []:
            text = text.strip()
            if not text or text[0] in "#;" or "=" not in text:
                continue
            key, _, value = text.lstrip("-").partition("=")
            assignment = (value.strip(), f"{path}:{line}")
            key = _normal(key.strip())
            if any(c in key for c in "*?["):
                globs.append((key, assignment))
            else:
                explicit[key] = assignment
    return explicit, globs


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
        return
    draft.put(
        "interfaces",
        {name: _interface(name, values) for name in sorted(names)},
        "/proc/sys/net/ipv4/conf, /proc/sys/net/ipv6/conf",
    )


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
    )
