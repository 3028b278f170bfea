"""Hosts of one cluster: settings in which they should not differ, or a machine behaves otherwise after a move."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from auditor.relate.draft import Draft, Drafts

_LIMIT = 300  # characters of a value that are shown


@dataclass(frozen=True, slots=True)
class Comparison:
    """A setting that is compared: its value as text (None: there is none), and the facts that it is made of."""

    name: str
    paths: tuple[str, ...]
    value: Callable[[Draft], str | None]


def compare(drafts: Drafts) -> None:
    """Compare the hosts of each cluster with what most of them have."""
    groups: dict[tuple[str, str], list[Draft]] = {}
    for draft in drafts.of("esxi"):
        name = draft.fact("cluster", "name")
        if isinstance(name, str) and name:
            groups.setdefault((draft.target.source, name), []).append(draft)
        elif reason := draft.gap_at("cluster"):
            draft.gap("agreements", reason)
        else:
            draft.put("agreements", {}, "in no cluster")
    for (source, name), members in groups.items():
        _compare_group(members, name, len(drafts.unread("esxi", "vcenter", source=source)))


def _compare_group(members: list[Draft], cluster: str, unread: int) -> None:
    for draft in members:
        draft.put("agreements", {}, f"{len(members)} hosts of cluster {cluster} compared")
    for comparison in COMPARISONS:
        readable = {n: comparison.value(d) for n, d in enumerate(members) if not d.gap_at(*comparison.paths)}
        votes = Counter(readable.values()).most_common(2)
        unheard = unread + len(members) - len(readable)
        for n, draft in enumerate(members):
            if n not in readable:
                draft.gap(f"agreements[{comparison.name}]", draft.gap_at(*comparison.paths))
            elif unheard and votes[0][1] - (votes[1][1] if len(votes) > 1 else 0) <= unheard:
                reason = f"{unheard} hosts that were not read could decide what is common in cluster {cluster}"
                draft.gap(f"agreements[{comparison.name}]", reason)
            else:
                draft.facts["agreements"][comparison.name] = _agreement(readable[n], votes, len(readable))


def _agreement(value: str | None, votes: list[tuple[str | None, int]], hosts: int) -> dict[str, Any]:
    tied = len(votes) > 1 and votes[0][1] == votes[1][1]
    common = None if tied else votes[0][0]
    found: dict[str, Any] = {"agrees": not tied and value == votes[0][0], "hosts": hosts}
    for name, text in (("value", value), ("common", "no value is the most common" if tied else common)):
        if text is not None:
            found[name] = text if len(text) <= _LIMIT else text[: _LIMIT - 3] + "..."
    return found


def _fact(*names: str) -> Callable[[Draft], str | None]:
    return lambda draft: _text(draft.fact(*names))


def _option(key: str) -> Comparison:
    return Comparison(key, (f"advanced[{key}]",), _fact("advanced", key))


def _text(value: Any) -> str | None:
    if value is None or value in ([], {}):
        return None
    if isinstance(value, list):
        return ", ".join(sorted(map(str, value)))
    if isinstance(value, Mapping):
        return ", ".join(f"{name}={_text(value[name])}" for name in sorted(value))
    return str(value)


def _policies(draft: Draft) -> str | None:
    """Path policies by type of array, of what is not inside the host: hosts may well boot from a LUN of their own."""
    shared: dict[str, set[str]] = {}
    for lun in (draft.fact("multipath") or {}).values():
        if not lun.get("local"):
            shared.setdefault(str(lun.get("storage_type")), set()).add(str(lun.get("policy")))
    return _text({kind: sorted(policies) for kind, policies in shared.items()})


def _vmkernel(service: str) -> Callable[[Draft], str | None]:
    def value(draft: Draft) -> str | None:
        adapters = (draft.fact("vmkernel") or {}).values()
        mtus = {str(one.get("mtu")) for one in adapters if service in (one.get("services") or ())}
        return ", ".join(sorted(mtus)) or None

    return value


def _networks(draft: Draft) -> str | None:
    """Names of standard port groups with their VLAN: a machine that moves looks for the same name."""
    groups = draft.fact("port_groups") or {}
    return _text({name: group.get("vlan", 0) for name, group in groups.items()})


COMPARISONS = (
    Comparison("build", ("product",), _fact("product", "release")),
    Comparison("packages", ("image", "packages"), _fact("image", "digest")),
    Comparison("time servers", ("time",), _fact("time", "ntp_servers")),
    Comparison("name servers", ("dns",), _fact("dns", "servers")),
    Comparison("log targets", ("syslog",), _fact("syslog", "hosts")),
    Comparison("path policies", ("multipath",), _policies),
    Comparison("power policy", ("power_policy",), _fact("power_policy")),
    Comparison("port groups", ("port_groups",), _networks),
    Comparison("vMotion MTU", ("vmkernel",), _vmkernel("vmotion")),
    Comparison("vSAN MTU", ("vmkernel",), _vmkernel("vsan")),
    _option("DataMover.HardwareAcceleratedMove"),
    _option("DataMover.HardwareAcceleratedInit"),
    _option("VMFS3.HardwareAcceleratedLocking"),
    _option("Disk.QFullSampleSize"),
    _option("Disk.QFullThreshold"),
    _option("Disk.SchedNumReqOutstanding"),
    _option("Mem.ShareForceSalting"),
)
