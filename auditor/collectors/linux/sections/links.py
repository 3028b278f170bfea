"""Network links, bonds, TCP buffers. Sources: ip-link(8); the kernel's own pages on bonding and ip-sysctl."""

import json
import re
from collections.abc import Mapping
from typing import Any

from auditor.collectors.linux.draft import Draft
from auditor.collectors.linux.evidence import Absent, Evidence, Unread
from auditor.facts.linux_links import Bond, Link, Tcp

_LIMIT = 2000
# Without a link of their own, or of no use only to guests that are switched off.
_NO_LINK = {"loopback", "bridge", "tun", "dummy", "vxlan", "ifb", "wireguard", "ipip", "sit", "gre", "vrf"}
_DAYS = 10**8
_MASTERS = ("bridge", "bond", "team", "openvswitch")
_STACKED = ("vlan", "macvlan", "macvtap", "ipvlan")


def links(evidence: Evidence, draft: Draft) -> None:
    """links: what `ip -d` shows of each, and whether sizes agree where one stands on another."""
    try:
        items = json.loads(evidence.text("ip"))
        raw = [item for item in items if isinstance(item, dict) and isinstance(item.get("ifname"), str)]
    except (Unread, Absent) as why:
        draft.gap("links", str(why))
        return
    except (ValueError, RecursionError, TypeError):
        draft.gap("links", "ip -j did not answer in its form: an ip without JSON output, or a damaged answer")
        return
    if len(raw) > _LIMIT:
        draft.gap("links", f"more than {_LIMIT} interfaces: they were not looked at one by one")
        return
    by_name = {str(item["ifname"])[:60]: item for item in raw}
    draft.put("links", {name: _link(name, by_name) for name in sorted(by_name)}, "ip -d addr")


def _link(name: str, by_name: Mapping[str, Mapping[str, Any]]) -> Link:
    item = by_name[name]
    flags = {str(flag) for flag in item.get("flags") or []}
    kind, parent = _kind(item), item.get("link")
    parent = parent if isinstance(parent, str) and kind in _STACKED and parent in by_name else None
    master = item.get("master") if isinstance(item.get("master"), str) else None
    master = master if master is None or _kind(by_name.get(master, {})) in _MASTERS else None
    above = [_kind(other) for other in by_name.values() if other.get("link") == name]
    needed = master is not None or any(kind in _STACKED for kind in above) or kind in _MASTERS
    info = _inner(item, "info_data")
    return Link(
        kind=kind,
        mtu=_number(item.get("mtu")),
        admin_up="UP" in flags,
        carrier="LOWER_UP" in flags and "NO-CARRIER" not in flags,
        expects_link="UP" in flags and kind not in _NO_LINK,
        master=master,
        parent=parent,
        members=sorted(str(other)[:60] for other, theirs in by_name.items() if theirs.get("master") == name),
        vlan=_number(info.get("id")) if kind == "vlan" else None,
        promiscuous="PROMISC" in flags or (_number(item.get("promiscuity")) > 0 and not needed),
        mtu_fits=_fits(_number(item.get("mtu")), by_name.get(master or ""), by_name.get(parent or "")),
        addresses=[
            f"{one.get('local')}/{one.get('prefixlen')}"[:60]
            for one in (item.get("addr_info") or [])[:100]
            if isinstance(one, dict) and one.get("scope") != "link"
        ],
    )


def _fits(mtu: int, master: Mapping[str, Any] | None, parent: Mapping[str, Any] | None) -> bool | None:
    if master is not None:
        return mtu == _number(master.get("mtu"))
    return None if parent is None else mtu <= _number(parent.get("mtu"))


def _kind(item: Mapping[str, Any]) -> str:
    if item.get("link_type") == "loopback":
        return "loopback"
    kind = _inner(item, "info_kind")
    return str(kind)[:30] if kind else "physical"


def _inner(item: Mapping[str, Any], key: str) -> Any:
    info = item.get("linkinfo")
    found = info.get(key) if isinstance(info, dict) else None
    return found if found is not None else {}


def _number(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _DAYS else 0


def bonds(evidence: Evidence, draft: Draft) -> None:
    """bonds: one file each in /proc/net/bonding; none where the kernel has no bond."""
    try:
        text = evidence.text("bonding")
    except (Unread, Absent) as why:
        draft.gap("bonds", str(why))
        return
    lines: dict[str, list[str]] = {}
    for line in text.splitlines():
        if found := re.match(r"/proc/net/bonding/([^:/\s]{1,60}):(.*)$", line):
            lines.setdefault(found[1], []).append(found[2])
    draft.put("bonds", {name: _bond(mine) for name, mine in sorted(lines.items())}, "/proc/net/bonding")


_MODES = {
    "IEEE 802.3ad Dynamic link aggregation": "802.3ad", "fault-tolerance (active-backup)": "active-backup",
    "load balancing (round-robin)": "balance-rr", "load balancing (xor)": "balance-xor",
    "fault-tolerance (broadcast)": "broadcast", "transmit load balancing": "balance-tlb",
    "adaptive load balancing": "balance-alb",
}  # fmt: skip


def _bond(lines: list[str]) -> Bond:
    head: dict[str, str] = {}
    members: dict[str, dict[str, str]] = {}
    current = head
    for line in lines:
        key, _, value = (part.strip() for part in line.partition(":"))
        if key == "Slave Interface":
            current = members.setdefault(value[:60], {})
        elif key.startswith("details "):
            key = key.replace("details ", "")
        current.setdefault(key, value[:200])
    mode = re.sub(r"\s*\(fail_over_mac.*\)$", "", head.get("Bonding Mode", ""))
    mode = _MODES.get(mode, mode[:60] or "unknown")
    ports = {value.get("Aggregator ID", "") for value in members.values()}
    partner = head.get("Partner Mac Address", "")
    lacp = mode == "802.3ad"
    return Bond(
        mode=mode,
        miimon=_first(head.get("MII Polling Interval (ms)", "")),
        arp_interval=_first(head.get("ARP Polling Interval (ms)", "")),
        lacp_rate=(head.get("LACP rate") or head.get("LACP Rate")) if lacp else None,
        members=sorted(members),
        members_down=sorted(name for name, one in members.items() if one.get("MII Status") != "up"),
        one_aggregator=(len(ports) == 1 and ports == {head.get("Aggregator ID", "")}) if lacp and members else None,
        partner_known=partner not in ("", "00:00:00:00:00:00") if lacp and partner else None,
        hash_policy=head.get("Transmit Hash Policy", "").partition(" ")[0] or None,
    )


def _first(text: str) -> int:
    found = re.match(r"\d{1,9}", text)
    return int(found[0]) if found else 0


def tcp(evidence: Evidence, draft: Draft) -> None:
    """tcp: the third of the three numbers that the kernel keeps for each direction."""
    facts: dict[str, int | None] = {}
    known = draft.facts.get("sysctl", {})
    for name, key in (("receive_max", "net.ipv4.tcp_rmem"), ("send_max", "net.ipv4.tcp_wmem")):
        value = str(known[key].runtime).split() if key in known and known[key].runtime is not None else []
        facts[name] = int(value[2]) if len(value) == 3 and value[2].isdecimal() else None
        reason = draft.gaps.get("sysctl") or draft.gaps.get(f"sysctl[{key}]")
        if facts[name] is None and reason:
            draft.gap(f"tcp.{name}", reason)
    draft.put("tcp", Tcp.model_validate(facts), "/proc/sys/net/ipv4/tcp_rmem, tcp_wmem")
