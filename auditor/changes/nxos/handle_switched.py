"""Lines of a port with a rule of their own: trunks, layers, VRFs, shutdown, channels."""

from auditor.changes.nxos.handling import Act, Handler
from auditor.changes.nxos.keys import key_of
from auditor.changes.nxos.lines import inherits, plain_line
from auditor.changes.nxos.rows import LEANING, LISTS
from auditor.changes.nxos.state import Place, State
from auditor.changes.nxos.status import set_status, status_of
from auditor.collectors.nexus1000v.vlans import ALL, edit_trunk, format_vlans, parse_vlans

_TRUNK = "switchport trunk allowed vlan"
_VERBS = ("add", "remove", "except", "none", "all")
_LAYER_3 = ("ip address", "ipv6 address", "ip router", "ip ospf", "ip authentication", "ip passive-interface", "ip pim",
            "ip access-group", "ip directed-broadcast", "ip redirects", "ip unreachables", "ip proxy-arp",
            "ip arp gratuitous", "ip verify unicast", "ipv6 nd", "ip dhcp relay", "ipv6 dhcp relay", "vrf member",
            "ipv6 traffic-filter")  # fmt: skip


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


def routed(state: State, place: Place) -> bool:
    """A layer 3 port: its own line, else what every default says."""
    own = place.running.text("switchport")
    if own:
        return own == "no switchport"
    if not place.name.startswith(("Ethernet", "port-channel")) or "." in place.name:
        return not place.subject.startswith("port_profiles")
    if place.running.like("ip address"):
        return True
    return bool(place.everything is not None and place.everything.text("switchport") == "no switchport")


def _switchport(act: Act) -> None:
    """Another layer: a port loses what only the other one has."""
    state, place = act.state, act.place
    if act.negated == routed(state, place) or state.vsm:
        return
    for key in list(place.running.entries):
        layer_2 = key[0].startswith("switchport")
        if layer_2 if act.negated else key[0].startswith(_LAYER_3):
            state.drop(place, key)
    had = place.running.text("switchport")
    if act.negated:
        state.put(place, ("switchport",), "no switchport", act.parsed.command)
    elif had:
        state.drop(place, ("switchport",))
    else:
        state.put(place, ("switchport",), "switchport", act.parsed.command)
    if place.everything is not None:
        shown = place.everything.entries.get(("switchport",))
        if shown is not None:
            shown.text = "no switchport" if act.negated else "switchport"
    act.because("routing_sessions", "dhcp_relay", *LISTS)
    if not place.running.text("shutdown"):
        state.cannot_tell("whether the port is open in its new layer is not known", f"{place.subject}.shutdown",
                          f"{place.subject}.known_shut", f"{place.subject}.connected",
                          f"{place.subject}.host_facing")  # fmt: skip
    else:
        state.cannot_tell("whether it has a link then is not known", f"{place.subject}.connected")


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


def _ip_address(act: Act) -> None:
    state, place = act.state, act.place
    if place.name.startswith(("Ethernet", "port-channel")) and not routed(state, place):
        act.cannot_tell("the port is one of layer 2, where a device refuses an address", place.subject)
        return
    key = key_of(act.parsed)
    if act.negated:
        keys = [key] if act.parsed.values else place.running.like("ip address")
        keys = [one for one in keys if one in place.running.entries]
        if not keys:
            act.nothing()
        for one in keys:
            there = place.running.text(*one)
            if act.parsed.values and act.parsed.values[0] not in there:
                act.cannot_tell("another address is set")
                return
            state.drop(place, one)
            _addressed(act)
    elif state.put(place, key, act.parsed.text, act.parsed.command):
        _addressed(act)


def _addressed(act: Act) -> None:
    act.because()
    act.state.meta.setdefault("addressed", {})[act.place.name] = act.state.at.number


def _vrf(act: Act) -> None:
    """In another VRF a port begins without its addresses."""
    state, place, key = act.state, act.place, ("vrf member",)
    before = place.running.text(*key)
    text = "" if act.negated else act.parsed.text
    if before == text:
        return
    for one in list(place.running.entries):
        if one[0].startswith(("ip address", "ipv6 address", "ip router", "ip ospf")):
            state.drop(place, one)
    if text:
        state.put(place, key, text, act.parsed.command)
    else:
        state.drop(place, key)
    act.because("routing_sessions", "dhcp_relay", *LISTS)
    if any(one[0].startswith(_LAYER_3) and one != key for one in place.running.entries):
        state.cannot_tell("which of its other lines a port keeps in another VRF is not known", place.subject,
                          *LISTS, "routing_sessions", "dhcp_relay")  # fmt: skip
    state.meta.setdefault("addressed", {})[place.name] = state.at.number


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
    others = any(
        one[0].startswith(("spanning-tree", *_LAYER_3, "ip port", "mac port")) for one in place.running.entries
    )
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
    "trunk": _trunk,
    "switchport": _switchport,
    "pvlan_mode": _pvlan_mode,
    "mac_list": _mac_list,
    "storm_pps": _shared,
    "ospf_keys": _shared,
    "ip_address": _ip_address,
    "vrf": _vrf,
    "shutdown": _shutdown,
    "channel": _channel,
    "channel_auto": _channel_auto,
    "inherit": _inherit,
}
__all__ = ["HANDLERS", "parse_vlans", "routed"]
