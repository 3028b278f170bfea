"""Lines of a port with a rule of their own: trunks, layers, VRFs, shutdown, channels."""

from auditor.changes.nxos.handle_layers import HANDLERS as LAYERS
from auditor.changes.nxos.handle_layers import LAYER_3, routed
from auditor.changes.nxos.handling import Act, Handler
from auditor.changes.nxos.keys import key_of
from auditor.changes.nxos.lines import inherits, plain_line
from auditor.changes.nxos.rows import LEANING
from auditor.changes.nxos.state import Place, State
from auditor.changes.nxos.status import set_status, status_of
from auditor.collectors.nexus1000v.vlans import ALL, edit_trunk, format_vlans

_TRUNK = "switchport trunk allowed vlan"
_VERBS = ("add", "remove", "except", "none", "all")


def _trunk(act: Act) -> None:
    state, place = act.state, act.place
    lines = place.running.like(_TRUNK)
    words = act.parsed.values[0].split() if act.parsed.values else []
    before = _allowed(place)
    if act.negated:
        if not lines:
            plain_line(state, place, act.parsed, negated=True)
            return
        after = ALL
    else:
        verb = words[0] if words[0] in _VERBS else ""
        listed = "".join(words[1:] if verb else words)
        try:
            if listed:
                _checked(listed)
            after = edit_trunk(before, f"{verb} {listed}".strip())
        except ValueError as problem:
            state.refuse(str(problem), "Write VLANs as 10,20-30.")
            return
        if verb in ("add", "remove") and not lines and inherits(place):
            act.cannot_tell("whether it counts from the profile's list or from all VLANs is not known")
            return
    if after == before and (lines or not inherits(place)):
        return
    for key in lines:
        state.drop(place, key)
    if after != ALL or inherits(place):
        text = "all" if after == ALL else format_vlans(after)
        state.put(place, (_TRUNK,), f"{_TRUNK} {text}", act.parsed.command)
    act.because()
    gone = before - after
    if gone and before != ALL:
        state.meta.setdefault("untrunked", []).append((place.subject, state.at.number, gone))


def _checked(listed: str) -> None:
    for part in listed.replace("-", ",").split(","):
        if not (part.isascii() and part.isdecimal() and 1 <= int(part[:5]) <= 4094):
            raise ValueError(f"`{listed[:40]}` is no list of VLANs from 1 to 4094")


def _allowed(place: Place) -> frozenset[int]:
    found = ALL
    for key in place.running.like(_TRUNK):
        words = place.running.text(*key).removeprefix(_TRUNK).strip()
        found = edit_trunk(found, words) if words else ALL
    return found


def _pvlan_mode(act: Act) -> None:
    state, key = act.state, ("switchport mode",)
    if act.negated:
        if state.drop(act.place, key) is not None:
            act.because()
        return
    if state.put(act.place, key, act.parsed.text, act.parsed.command):
        act.because()
    if act.parsed.values[0] == "trunk":
        act.cannot_tell("what this mode carries is not foretold")


def _shared(act: Act) -> None:
    """Two forms of one setting."""
    state, key = act.state, key_of(act.parsed)
    if act.negated:
        if state.drop(act.place, key) is not None:
            act.because()
        else:
            act.nothing()
    elif state.put(act.place, key, act.parsed.text, act.parsed.command):
        act.because()


def _mac_list(act: Act) -> None:
    act.cannot_tell("the direction is missing, and which one a device then takes is not known")


def _shutdown(act: Act) -> None:
    state, place = act.state, act.place
    shut = not act.negated
    key, own = ("shutdown",), act.place.running.text("shutdown")
    if act.reset:
        act.cannot_tell("whether the port is open by default is not known", place.subject)
        return
    if not shut and not own and _is_open(state, place):
        if routed(state, place):
            state.doubt()
        return
    if state.vsm and place.subject.startswith("interfaces"):
        _on_vsm(act, own, shut=shut)
    elif state.put(place, key, "shutdown" if shut else "no shutdown", act.parsed.command):
        _link(state, place, own, shut=shut)
        act.because()
    if shut:
        state.meta.setdefault("shut", {})[place.subject] = state.at.number


def _is_open(state: State, place: Place) -> bool:
    """A port of a switch that no line closes, and that is not listed as shut."""
    if state.vsm or not place.subject.startswith("interfaces[") or place.name.startswith(("Vlan", "loopback")):
        return False
    return status_of(state, place.name) not in (None, "disabled")


def _on_vsm(act: Act, own: str, *, shut: bool) -> None:
    state, place = act.state, act.place
    if shut:
        if state.put(place, ("shutdown",), "shutdown", act.parsed.command):
            act.because()
    elif own == "shutdown":
        state.drop(place, ("shutdown",))
        act.because()
        if inherits(place):
            state.cannot_tell("whether a device then writes `no shutdown` down is not known",
                              f"{place.subject}.shutdown")  # fmt: skip
    else:
        act.cannot_tell("whether a device writes `no shutdown` down here is not known", f"{place.subject}.shutdown")


def _link(state: State, place: Place, own: str, *, shut: bool) -> None:
    if not place.subject.startswith("interfaces") or state.vsm:
        return
    status = status_of(state, place.name)
    if shut:
        if status is not None:
            set_status(state, place.name, "disabled")
        elif place.name.startswith("Ethernet") and "." not in place.name:
            state.cannot_tell("it was not listed with its link", f"{place.subject}.connected")
        if place.name.startswith("port-channel"):
            from auditor.changes.nxos.handle_ports import members

            for member in members(state, place.name):
                state.cannot_tell("its port channel is shut", f"{member.subject}.connected")
    elif status in (None, "disabled") or own == "shutdown":
        if status is not None:
            set_status(state, place.name, "notconnec")
        state.cannot_tell("whether the port has a link once it is open is not known", f"{place.subject}.connected")


def _channel(act: Act) -> None:
    state, place, key = act.state, act.place, ("channel-group",)
    if act.negated:
        if state.drop(place, key) is not None:
            state.because(place.subject)
            state.cannot_tell("whether it has a link outside its channel is not known", f"{place.subject}.connected")
        else:
            act.nothing()
        return
    number = act.parsed.values[0]
    port = state.place(("interface", f"port-channel{number}"), f"interfaces[port-channel{number}]")
    text = " ".join(word for word in act.parsed.text.split() if word != "force")
    state.because(place.subject)
    same = port is not None and _compared(place) == _compared(port)
    others = any(one[0].startswith(("spanning-tree", *LAYER_3, "ip port", "mac port")) for one in place.running.entries)
    if place.running.text(*key) == text:
        return
    state.put(place, key, text, act.parsed.command)
    if port is None or not same or others or "force" in act.parsed.values:
        facts = [place.subject, *LEANING[:3]]
        if port is None:
            facts.append(f"interfaces[port-channel{number}]")
        state.cannot_tell("whether the port fits its channel, and what it then takes from it, is not known", *facts)
    else:
        state.cannot_tell("whether it has a link in its channel is not known", f"{place.subject}.connected")


def _compared(place: Place) -> dict[str, str]:
    return {
        key[0]: entry.text for key, entry in place.running.entries.items()
        if key[0].startswith("switchport") or key[0] == "mtu"
    }  # fmt: skip


def _channel_auto(act: Act) -> None:
    _shared(act)


def _inherit(act: Act) -> None:
    state, key = act.state, ("inherit port-profile",)
    if act.negated:
        if state.drop(act.place, key) is None:
            act.nothing()
            return
    elif not state.put(act.place, key, act.parsed.text, act.parsed.command):
        return
    act.because("port_profiles")
    if act.place.subject.startswith("interfaces") and state.vsm:
        state.cannot_tell("which profile a port has, vCenter says", act.place.subject, *LEANING[:3], "port_profiles")


HANDLERS: dict[str, Handler] = {
    **LAYERS,
    "trunk": _trunk,
    "pvlan_mode": _pvlan_mode,
    "mac_list": _mac_list,
    "storm_pps": _shared,
    "ospf_keys": _shared,
    "shutdown": _shutdown,
    "channel": _channel,
    "channel_auto": _channel_auto,
    "inherit": _inherit,
}
