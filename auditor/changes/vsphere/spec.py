"""Settings as YAML, by the names of the facts: {advanced: {Security.AccountLockFailures: 5}, services: {...}}.

`null` takes a member of a mapping away, `inherit` lets a port group have again what its switch has. `dvs` holds the
settings of a distributed switch, `settings` those of a vCenter.
"""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from auditor.changes.candidate import Candidate
from auditor.changes.vsphere.plan import UNREAD, NoSetter, NotRead, Refusal
from auditor.changes.vsphere.target import Target, split
from auditor.domain import root_of
from auditor.golden.meaning import LEAF, Meaning, meaning_of
from auditor.golden.places import joined
from auditor.yamlfile import Document, Loc

SECTIONS = frozenset(
    {
        "acceptance_level", "access", "accounts", "ad", "advanced", "boot", "dns", "fips", "firewall", "iscsi",
        "kernel_settings", "key_persistence", "lockdown", "multipath", "packages", "port_groups", "power_policy",
        "services", "snmp", "sshd", "state", "stores", "time", "tls_profile_configured", "vmkernel", "vswitches",
    }
)  # fmt: skip
KEYS: Mapping[str, frozenset[str]] = {
    "esxi": SECTIONS,
    "dvs": frozenset({"dvs"}),
    "vcenter": frozenset({"settings"}),
    "vm": frozenset({"vm"}),
}
_ALL = frozenset().union(*KEYS.values())
_FIRST = ("vswitches", "port_groups", "vmkernel")  # what others stand in
INHERIT = "inherit"
MAX_LEAVES = 50_000


def follow_settings(target: Target, platform: str, candidate: Candidate) -> None:
    """Sets everything that the YAML names for this platform; faults go into the plan with their lines."""
    document: Document = candidate.data
    for key in document.data:
        if str(key) not in _ALL:
            _mark(target, document, (key,), str(key))
            close = get_close_matches(str(key), sorted(_ALL), 1)
            target.plan.refuse(
                f"unknown key {str(key)[:60]!r}",
                f"Did you mean {close[0]!r}?" if close else f"Known: {', '.join(sorted(KEYS[platform]))}.",
            )
        elif str(key) not in KEYS[platform]:
            _mark(target, document, (key,), str(key))
            target.plan.note(f"`{key}` is for another platform than {platform}: it does nothing here")
    mine = {key: value for key, value in document.data.items() if str(key) in KEYS[platform]}
    order = sorted(mine, key=lambda key: (_FIRST.index(key) if key in _FIRST else len(_FIRST), str(key)))
    if platform == "vm":
        follow_facts(target, document, ("vm",), mine.get("vm"), meaning_of("vm"), "")
        return
    if platform == "dvs":
        _of_switch(target, document, mine.get("dvs"))
        return
    for key in order:
        follow_facts(target, document, (key,), mine[key], meaning_of(platform).fields.get(str(key), LEAF), str(key))


def _of_switch(target: Target, document: Document, data: Any) -> None:
    """`dvs` holds the facts of the switch, or a mapping from names of switches to theirs."""
    meaning = meaning_of("dvs")
    _mark(target, document, ("dvs",), "dvs")
    if not isinstance(data, dict):
        target.plan.refuse("dvs: a mapping stands here", "Write the name of the switch, or its settings, below it.")
        return
    own = str(target.props.get("name") or "")
    by_name = own in data or not any(str(key) in meaning.fields for key in data)
    for key in data if by_name else ():
        if str(key) != own:
            _mark(target, document, ("dvs", key), str(key))
            target.plan.note(f"{str(key)[:60]} is another switch than {own}: its settings do nothing here")
    if not by_name:
        follow_facts(target, document, ("dvs",), data, meaning, "")
    elif own in data:
        follow_facts(target, document, ("dvs", own), data[own], meaning, "")


def follow_facts(target: Target, document: Document, loc: Loc, data: Any, meaning: Meaning, path: str) -> None:
    """Sets the facts at and below a path of facts."""
    count = 0
    for where, at, value, kind in _leaves(data, meaning, path, loc):
        count += 1
        if count > MAX_LEAVES:
            target.plan.refuse(f"more than {MAX_LEAVES} settings", "Split the change.")
            return
        shown = "" if isinstance(value, dict) else f"{at}: {str(value)[:100]}"
        _mark(target, document, where, shown or at)
        if kind:
            target.plan.refuse(kind[0], kind[1])
            continue
        apply(target, at, value)


def apply(target: Target, path: str, value: Any) -> None:
    """Sets one fact, or takes it away where the value is None; faults go into the plan."""
    try:
        if value is None:
            target.remove(path)
        elif value == INHERIT and hasattr(target, "inherit"):
            target.inherit(path)
        else:
            target.put(path, value)
    except Refusal as problem:
        target.plan.refuse(str(problem), problem.mend)
    except NotRead as section:
        target.plan.vague(str(section), UNREAD)
    except NoSetter:
        target.plan.refuse(f"{split(path)[0]} cannot be set here", _settable(target, root_of(path)))


def _settable(target: Target, root: str) -> str:
    known = sorted(place for place in target.SETS if root_of(place) == root)
    return f"What can be set: {', '.join(known[:30])}." if known else "It follows from other facts, or is no setting."


def _mark(target: Target, document: Document, loc: Loc, text: str) -> None:
    target.plan.line(str(document.place(loc)), text)


def _leaves(data: Any, meaning: Meaning, path: str, loc: Loc) -> Iterator[tuple[Loc, str, Any, tuple[str, str] | None]]:
    """(where, path, value, fault) of every setting; lists are one value."""
    if data is None or data == INHERIT or meaning.shape in ("leaf", "list"):
        fault = None
        if data is not None and meaning.shape == "leaf" and isinstance(data, dict | list) and meaning is not LEAF:
            fault = (f"{path}: a single value stands here", "Write one value.")
        yield loc, path, data, fault
        return
    if not isinstance(data, dict):
        yield loc, path, data, (f"{path}: a mapping stands here", "Write `key: value` below it.")
        return
    if meaning.shape == "map" and not data:
        return
    for key in sorted(data, key=_rank):
        name = str(key)
        below = meaning.item if meaning.shape == "map" else meaning.fields.get(name)
        if below is None or (meaning.shape == "map" and ("[" in name or "]" in name or not name)):
            close = get_close_matches(name, meaning.fields, 1)
            hint = f"Did you mean {close[0]!r}?" if close else f"Known are {', '.join(sorted(meaning.fields)[:40])}."
            yield (*loc, key), path, data[key], (f"{path}: unknown key {name[:60]!r}", hint)
            continue
        here = joined(path, name, key=meaning.shape == "map")
        if below.shape == "model" and isinstance(data[key], dict) and not data[key]:
            yield (*loc, key), here, {}, None
            continue
        yield from _leaves(data[key], below, here, (*loc, key))


def _rank(key: Any) -> int:
    """What makes a thing comes before what is set in it."""
    return {"vswitch": 0, "port_group": 0, "pnics": 1, "encryption_mode": 0, "all_ips": 1, "dhcp": 2}.get(str(key), 3)
