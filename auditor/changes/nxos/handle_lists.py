"""Access lists and address groups: numbered entries, in their order."""

import bisect
from dataclasses import dataclass, field

from auditor.changes.nxos.handling import Act, Handler
from auditor.changes.nxos.keys import ENTRY
from auditor.changes.nxos.opened import Opened
from auditor.changes.nxos.rows import LISTS
from auditor.changes.nxos.state import State
from auditor.changes.nxos.tree import Section

_LEANING = (*LISTS, "interfaces", "port_profiles", "snmp", "ntp")
STEP = 10
_ACTIONS = ("permit", "deny", "remark")


@dataclass(slots=True)
class Numbers:
    """The entries of one list, by number and by what they say."""

    sorted: list[int] = field(default_factory=list)
    by_text: dict[str, list[int]] = field(default_factory=dict)
    disordered: bool = False


def _numbers(state: State, section: Section) -> Numbers:
    known: dict[int, tuple[Section, Numbers]] = state.meta.setdefault("lists", {})
    if id(section) not in known:
        found = Numbers()
        for key, entry in section.entries.items():
            if key[0] == "entry" and key[1].isdecimal():
                found.sorted.append(int(key[1]))
                found.by_text.setdefault(_said(entry.text), []).append(int(key[1]))
        found.sorted.sort()
        known[id(section)] = section, found
    return known[id(section)][1]


def _said(text: str) -> str:
    number, _, rest = text.partition(" ")
    return rest if number.isdecimal() else text


def in_order(state: State) -> None:
    """Put entries that were set between others in their place."""
    for section, numbers in state.meta.get("lists", {}).values():
        if numbers.disordered:
            section.sort("entry")


def _list(act: Act) -> Opened | None:
    state, key = act.state, act.parsed.key
    name = act.parsed.ids[0]
    facts = (f"acls[{name}]", *_LEANING)
    if act.negated:
        if state.drop(state.top, key) is None:
            act.nothing()
        else:
            state.meta.setdefault("removed_lists", {})[name] = state.at.number
            state.because(*facts)
        return None
    same = [kind for kind in ("ip", "ipv6", "mac") if (f"{kind} access-list", name) in state.running.entries]
    if same and f"{same[0]} access-list" != key[0]:
        act.cannot_tell(f"a list of kind {same[0]} has this name", *facts)
        return Opened("acl", [], lost=True)
    if state.put(state.top, key, act.parsed.text, act.parsed.command):
        state.because(*facts)
    place = state.place(key, f"acls[{name}]", name)
    return Opened("acl", [place] if place else [])


def _entry(act: Act) -> None:
    """One entry. A number that is taken already is refused by a device, unless it says the same."""
    state, place = act.state, act.place
    numbers = _numbers(state, place.running)
    facts = (place.subject, *_LEANING) if place.subject else _LEANING
    number = act.parsed.ids[0] if act.parsed.ids else ""
    said = act.parsed.values[0] if act.parsed.values else ""
    if act.negated:
        _gone(act, numbers, number, said, facts)
        return
    action = said.split(" ", 1)[0]
    if action in ("permit", "deny") and len(said.split()) < 3:
        state.refuse(f"`{said[:60]}` is no whole entry", "Say what is meant: `permit tcp any any eq 22`.")
        return
    if number:
        there = place.running.text("entry", number)
        if there and _said(there) != said:
            act.cannot_tell(f"entry {number} is there and says something else, which a switch does not replace", *facts)
            return
        if there:
            return
    elif said in numbers.by_text and action != "remark":
        act.cannot_tell("the list says this already, and whether it is added once more is not known", *facts)
        return
    chosen = int(number) if number else (numbers.sorted[-1] if numbers.sorted else 0) + STEP
    if not 1 <= chosen <= 4_294_967_295:
        state.refuse(f"`{chosen}` is no number of an entry", "Number entries from 1 to 4294967295.")
        return
    if numbers.sorted and chosen < numbers.sorted[-1]:
        numbers.disordered = True
    bisect.insort(numbers.sorted, chosen)
    numbers.by_text.setdefault(said, []).append(chosen)
    state.put(place, ("entry", str(chosen)), f"{chosen} {said}", ENTRY)
    state.because(*facts)


def _gone(act: Act, numbers: Numbers, number: str, said: str, facts: tuple[str, ...]) -> None:
    state, place = act.state, act.place
    found = [int(number)] if number else list(numbers.by_text.get(said, ()))
    found = [one for one in found if ("entry", str(one)) in place.running.entries]
    if number and said and found and _said(place.running.text("entry", number)) != said:
        found = []
    if not found and (said and place.running.entries):
        act.cannot_tell("no entry says exactly this; a switch may know it in another form", *facts)
        return
    if not found:
        act.nothing()
        return
    for one in found[:1]:
        gone = state.drop(place, ("entry", str(one)))
        at = bisect.bisect_left(numbers.sorted, one)
        del numbers.sorted[at : at + 1]
        if gone is not None:
            same = numbers.by_text.get(_said(gone.text), [])
            if one in same:
                same.remove(one)
            if not same:
                numbers.by_text.pop(_said(gone.text), None)
    state.because(*facts)


def _resequence(act: Act) -> None:
    state = act.state
    kind, first, step = act.parsed.values
    key = (f"{kind} access-list", act.parsed.ids[0])
    place = state.place(key)
    if place is None:
        state.say(f"there is no list {act.parsed.ids[0][:60]}: nothing is renumbered")
        return
    for section in (place.running, place.everything):
        if section is None:
            continue
        section.sort("entry")
        entries = [entry for one, entry in section.entries.items() if one[0] == "entry"]
        for entry in entries:
            section.drop(entry.key)
        for at, entry in enumerate(entries):
            number = int(first) + at * int(step)
            entry.text, entry.key = f"{number} {_said(entry.text)}", ("entry", str(number))
            section.put(entry)
    state.meta.get("lists", {}).pop(id(place.running), None)
    state.changed()
    act.because()


HANDLERS: dict[str, Handler] = {"acl": _list, "entry": _entry, "resequence": _resequence}
