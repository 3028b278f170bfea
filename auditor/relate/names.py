"""Facts about a target's name: what a resolver said of it, beside the addresses that the target has itself."""

from collections.abc import Mapping
from dataclasses import replace
from ipaddress import ip_address
from typing import Any

from auditor.domain import Snapshot

_ADDRESSES = {"esxi": ("vmkernel",), "nexus1000v": ("interfaces",), "nxos": ("interfaces",), "linux": ("identity",)}


def with_names(snapshot: Snapshot, lookup: Mapping[str, Any] | None) -> Snapshot:
    """`snapshot` with `names`; unchanged when nothing was looked up."""
    if lookup is None:
        return snapshot
    facts, gaps = _facts(snapshot, lookup)
    return replace(
        snapshot,
        facts={**snapshot.facts, "names": facts},
        sources={**snapshot.sources, "names": "name servers, asked by the auditing machine"},
        gaps={**snapshot.gaps, **{f"names{path}": reason for path, reason in gaps.items()}},
    )


def _facts(snapshot: Snapshot, lookup: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    name = str(lookup.get("name") or "").rstrip(".").lower()
    forward = _mapping(lookup.get("forward"))
    if forward.get("status") not in ("ok", "none"):
        return {}, {"": str(forward.get("reason") or "the name servers gave no answer")[:300]}
    addresses = [str(one) for one in forward.get("addresses") or []]
    reverse = {str(key): _mapping(value) for key, value in _mapping(lookup.get("reverse")).items()}
    facts: dict[str, Any] = {"addresses": sorted(addresses)}
    if name:
        facts |= {"name": name, "qualified": "." in name}
    gaps: dict[str, str] = {}
    own, why = _own(snapshot)
    mine = [one for one in addresses if _canonical(one) in own]
    if why and not mine:
        gaps[".forward_agrees"] = gaps[".reverse_agrees"] = why
        return facts, gaps
    facts["forward_agrees"] = bool(mine)
    unanswered = [one for one in mine if reverse.get(one, {}).get("status") not in ("ok", "none")]
    back = {one: [str(n) for n in reverse.get(one, {}).get("names") or []] for one in mine}
    facts["reverse"] = back
    if unanswered:
        gaps[".reverse_agrees"] = str(reverse.get(unanswered[0], {}).get("reason") or "it was not asked for")[:300]
    else:
        facts["reverse_agrees"] = bool(mine) and all(name in names for names in back.values())
    return facts, gaps


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _own(snapshot: Snapshot) -> tuple[set[str], str]:
    """Addresses that the target has, and why not all of them are known."""
    (root,) = _ADDRESSES[snapshot.platform]
    gap = next(
        (reason for path, reason in snapshot.gaps.items() if path == root or path.startswith((f"{root}.", f"{root}["))),
        "",
    )
    value = _mapping(snapshot.facts.get(root))
    found: list[Any] = []
    if root == "identity":
        found = list(_mapping(value.get("addresses")))
    for one in () if root == "identity" else value.values():
        found += [one.get("ip"), *(one.get("ipv6") or ()), one.get("ip_address"), *(one.get("ipv6_addresses") or ())]
    return {text for one in found if one and (text := _canonical(str(one)))}, gap


def _canonical(text: str) -> str:
    """An address without its prefix length, in one spelling; "" when it is none."""
    try:
        return str(ip_address(text.split("/", 1)[0].split("%", 1)[0].strip()))
    except ValueError:
        return ""
