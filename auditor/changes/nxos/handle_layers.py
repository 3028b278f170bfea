"""Ports of layer 2 and 3: what each has that the other has not, addresses, VRFs."""

from auditor.changes.nxos.handling import Act, Handler
from auditor.changes.nxos.keys import key_of
from auditor.changes.nxos.rows import LISTS
from auditor.changes.nxos.state import Place, State

LAYER_3 = ("ip address", "ipv6 address", "ip router", "ip ospf", "ip authentication", "ip passive-interface", "ip pim",
            "ip access-group", "ip directed-broadcast", "ip redirects", "ip unreachables", "ip proxy-arp",
            "ip arp gratuitous", "ip verify unicast", "ipv6 nd", "ip dhcp relay", "ipv6 dhcp relay", "vrf member",
            "ipv6 traffic-filter")  # fmt: skip


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
        if layer_2 if act.negated else key[0].startswith(LAYER_3):
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
    if any(one[0].startswith(LAYER_3) and one != key for one in place.running.entries):
        state.cannot_tell("which of its other lines a port keeps in another VRF is not known", place.subject,
                          *LISTS, "routing_sessions", "dhcp_relay")  # fmt: skip
    state.meta.setdefault("addressed", {})[place.name] = state.at.number


HANDLERS: dict[str, Handler] = {"switchport": _switchport, "ip_address": _ip_address, "vrf": _vrf}
