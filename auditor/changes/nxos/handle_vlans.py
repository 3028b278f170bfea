"""VLANs, their sections, and lists of VLANs that add up."""

from auditor.changes.nxos.handling import Act, Handler
from auditor.changes.nxos.opened import Opened
from auditor.changes.nxos.rows import LEANING
from auditor.changes.nxos.state import Place, State
from auditor.changes.nxos.tree import Entry
from auditor.collectors.nexus1000v.vlans import format_vlans, parse_vlans

_RESERVED = range(3968, 4095)  # some or all of them, by model and release


def defined(state: State) -> set[int]:
    """The VLANs of the configuration; edited here, written down by `finish`."""
    known: set[int] | None = state.meta.get("vlans")
    if known is None:
        known = {1}
        for key in state.running.like("vlan"):
            known |= parse_vlans(key[1])
        state.meta["vlans"] = known
    return known


def written_down(state: State) -> None:
    """Put the list of VLANs into the configuration as a device prints it."""
    if not state.meta.get("vlans_touched"):
        return
    top = state.running
    for key in top.like("vlan"):
        entry = top.entries[key]
        if not (entry.lines or (entry.section and entry.section.entries)):
            top.drop(key)
    key = ("vlan", format_vlans(defined(state)))
    if key not in top.entries:
        top.put(Entry(f"vlan {key[1]}", key))


def _vlan(act: Act) -> Opened | None:
    state, listed = act.state, parse_vlans(act.parsed.values[0])
    known = defined(state)
    if act.negated:
        _removed(act, listed)
        return None
    state.meta["vlans_touched"] = True
    new = sorted(listed - known)
    if new:
        state.changed()
        state.added.append(act.parsed.text)
        known |= listed
        state.because(*(f"vlans[{number}]" for number in new[:50]), *LEANING)
    if any(number in _RESERVED for number in new):
        act.cannot_tell("VLANs from 3968 are reserved, how many of them depends on the model", "vlans")
    places = []
    for number in sorted(listed):
        state.count()
        key = ("vlan", str(number))
        entry = state.running.entries.get(key)
        if entry is None:
            entry = Entry(f"vlan {number}", key, act.parsed.command, "vlan")
            _split(state, number)
            state.running.put(entry)
        entry.mode = "vlan"
        places.append(Place(entry.opened(), None, f"vlans[{number}]", str(number)))
    return Opened("vlan", places)


def _split(state: State, number: int) -> None:
    """Sections of several VLANs become one for each, so that one of them can be edited."""
    for key in state.running.like("vlan"):
        entry = state.running.entries[key]
        if key[1].isdecimal() or not (entry.lines or entry.section) or number not in parse_vlans(key[1]):
            continue
        state.running.drop(key)
        for one in sorted(parse_vlans(key[1])):
            single = ("vlan", str(one))
            if single not in state.running.entries:
                state.running.put(Entry(f"vlan {one}", single, entry.command, "vlan", list(entry.lines)))


def _removed(act: Act, listed: frozenset[int]) -> None:
    state, known = act.state, defined(act.state)
    if 1 in listed:
        state.refuse("VLAN 1 cannot be removed", "Leave it out.")
        return
    if not listed & known:
        act.nothing()
        return
    for number in sorted(listed & known):
        state.count()
        _split(state, number)
        state.running.drop(("vlan", str(number)))
    known -= listed
    state.meta["vlans_touched"] = True
    state.changed()
    state.meta.setdefault("removed_vlans", {}).update(dict.fromkeys(sorted(listed), state.at.number))
    state.removed.append(f"vlan {format_vlans(listed)}")
    state.because(*(f"vlans[{number}]" for number in sorted(listed)[:50]), *LEANING, "private_vlans", "igmp_snooping")


def _configuration(act: Act) -> Opened | None:
    state, key = act.state, ("vlan configuration", act.parsed.values[0])
    if act.negated:
        if state.drop(state.top, key) is None:
            act.cannot_tell("whether a section of other VLANs is meant is not known")
        else:
            act.because()
        return None
    overlapping = [
        other for other in state.running.like("vlan configuration")
        if other != key and parse_vlans(other[1]) & parse_vlans(key[1])
    ]  # fmt: skip
    if overlapping:
        act.cannot_tell("another section names some of these VLANs too")
    state.put(state.top, key, act.parsed.text, act.parsed.command, mode="vlan-configuration")
    place = state.place(key, "vlans")
    return Opened("vlan-configuration", [place] if place else [])


def _listed(act: Act) -> None:
    """`ip dhcp snooping vlan L` adds to what is listed, its `no` takes away."""
    state, place, name = act.state, act.place, act.parsed.command.name
    if not act.parsed.values:
        state.refuse(f"`no {name}` wants VLANs after it", "Name the VLANs.")
        return
    typed = parse_vlans(act.parsed.values[0])
    before = listed_now(place, name)
    after = before - typed if act.negated else before | typed
    if after == before:
        if act.negated:
            act.nothing()
        return
    for key in place.running.like(name):
        state.drop(place, key)
    if after:
        text = format_vlans(after)
        state.put(place, (name, text), f"{name} {text}", act.parsed.command)
    if act.negated:
        state.meta.setdefault("unlisted", {})[name] = state.at.number
    act.because()


def listed_now(place: Place, name: str) -> frozenset[int]:
    """The union of all lines of a list."""
    found: frozenset[int] = frozenset()
    for key in place.running.like(name):
        try:
            found |= parse_vlans(key[1])
        except ValueError:
            continue
    return found


def _checks(act: Act) -> None:
    """`ip arp inspection validate`: whether a shorter line replaces a longer one is not the same everywhere."""
    state, place, name = act.state, act.place, act.parsed.command.name
    typed = set(" ".join(act.parsed.values).split())
    if not act.negated and (odd := typed - {"src-mac", "dst-mac", "ip"}):
        state.refuse(f"`{min(odd)[:40]}` is none of src-mac, dst-mac, ip", "Correct it.")
        return
    before = {word for key in place.running.like(name) for word in key[1].split()}
    after = (before - typed if typed else set()) if act.negated else typed
    if (not act.negated and before - typed) or (act.negated and typed and before - typed):
        act.cannot_tell("whether a line with fewer checks takes the others away is not known")
        return
    if after == before:
        return
    for key in place.running.like(name):
        state.drop(place, key)
    if after:
        words = " ".join(word for word in ("src-mac", "dst-mac", "ip") if word in after)
        state.put(place, (name, words), f"{name} {words}", act.parsed.command)
    act.because()


def _snooping(act: Act) -> None:
    state, key = act.state, ("ip dhcp snooping",)
    if act.negated:
        if state.drop(act.place, key) is not None:
            act.because()
        else:
            act.nothing()
    elif state.put(act.place, key, "ip dhcp snooping", act.parsed.command):
        act.because()


HANDLERS: dict[str, Handler] = {
    "vlan": _vlan,
    "vlan_configuration": _configuration,
    "snooping": _snooping,
    "snooped": _listed,
    "vlan_list": _listed,
    "validate": _checks,
}
