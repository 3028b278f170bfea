"""VLAN ranges: "10,20-30", and the edits that a trunk's lines make to them."""

from collections.abc import Iterable
from functools import lru_cache

FIRST, LAST = 1, 4094
ALL = frozenset(range(FIRST, LAST + 1))


@lru_cache(maxsize=4096)
def parse_vlans(text: str) -> frozenset[int]:
    """The VLANs of a range expression; "none" is empty, "all" is 1-4094. Raises ValueError on anything else."""
    text = text.strip()
    if text in ("none", ""):
        return frozenset()
    if text == "all":
        return ALL
    found: set[int] = set()
    for part in text.split(","):
        low, dash, high = part.strip().partition("-")
        if not (low.isdecimal() and (high.isdecimal() or not dash) and len(low) < 5 and len(high) < 5):
            raise ValueError(f"not a VLAN range: {text[:60]!r}")
        first, last = int(low), int(high or low)
        if not (0 <= first <= last <= LAST + 1):
            raise ValueError(f"not a VLAN range: {text[:60]!r}")
        found.update(range(first, last + 1))
    return frozenset(found)


def edit_trunk(allowed: frozenset[int], words: str) -> frozenset[int]:
    """`switchport trunk allowed vlan WORDS` applied to what was allowed before. Raises ValueError."""
    verb, _, rest = words.partition(" ")
    match verb:
        case "add":
            return allowed | parse_vlans(rest)
        case "remove":
            return allowed - parse_vlans(rest)
        case "except":
            return ALL - parse_vlans(rest)
        case _:
            return parse_vlans(words)


@lru_cache(maxsize=4096)
def _format(vlans: frozenset[int]) -> str:
    runs: list[list[int]] = []
    for vlan in sorted(vlans):
        if runs and runs[-1][1] == vlan - 1:
            runs[-1][1] = vlan
        else:
            runs.append([vlan, vlan])
    return ",".join(str(low) if low == high else f"{low}-{high}" for low, high in runs) or "none"


def format_vlans(vlans: Iterable[int]) -> str:
    """Canonical range text: "2-100,200"; "none" when empty."""
    return _format(frozenset(vlans))
