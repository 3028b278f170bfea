"""Interfaces and port profiles: which are opened, made, removed and put back to their defaults."""

from auditor.changes.nxos.arguments import port_names
from auditor.changes.nxos.handle_switched import HANDLERS as SWITCHED
from auditor.changes.nxos.handling import Act, Handler
from auditor.changes.nxos.opened import Opened
from auditor.changes.nxos.rows import LEANING, LISTS
from auditor.changes.nxos.state import Place, State
from auditor.changes.nxos.status import drop_status, status_of
from auditor.changes.nxos.tree import Entry
from auditor.collectors.nexus1000v.read_acls import USES

_PHYSICAL = ("Ethernet", "mgmt", "control")
QUARANTINE = ("port_profiles[Unused_Or_Quarantine_Veth].in_use", "port_profiles[Unused_Or_Quarantine_Uplink].in_use")


def _interface(act: Act) -> Opened | None:
    state = act.state
    text = act.parsed.values[0]
    if text.split()[0] == "range":
        text = text.split(None, 1)[1] if " " in text else ""
        state.say("NX-OS itself has no word `range` here: it takes the list of interfaces alone")
    try:
        names = list(dict.fromkeys(port_names(text)))
    except ValueError as problem:
        state.refuse(str(problem), "Write `interface Ethernet1/1` or `interface Ethernet1/1-4, Ethernet1/7`.")
        return Opened("interface", [], lost=True)
    if act.reset:
        for name in names:
            _default(act, name)
        return None
    if act.negated:
        for name in names:
            _removed(act, name)
        return None
    places = [place for name in names if (place := _opened(act, name)) is not None]
    followers = [member for place in places if place.name.startswith("port-channel") and "." not in place.name
                 for member in members(state, place.name)]  # fmt: skip
    return Opened("interface", places, lost=not places, followers=tuple(followers))


def subject(name: str) -> str:
    """The facts of an interface."""
    return f"interfaces[{name}]"


def _opened(act: Act, name: str) -> Place | None:
    state, key = act.state, ("interface", name)
    state.count()
    if key not in state.running.entries:
        if name.startswith(_PHYSICAL) and "." not in name and name != "mgmt0":
            state.because(subject(name))
            state.doubt()
            state.cannot_tell(f"the switch had no {name} when it was last read", subject(name), *LEANING[:3])
            return None
        if name.startswith("Vlan") and not state.vsm and state.on("interface-vlan") is False:
            state.refuse(f"`interface {name}` is not known while `feature interface-vlan` is off",
                         "Put `feature interface-vlan` before it.")  # fmt: skip
            return None
        _created(act, name)
    elif state.everything is not None and key not in state.everything.entries:
        state.everything.put(Entry(f"interface {name}", key, act.parsed.command, "interface"))
    return state.place(key, subject(name), name)


def _created(act: Act, name: str) -> None:
    state, key = act.state, ("interface", name)
    state.put(state.top, key, f"interface {name}", act.parsed.command, mode="interface")
    state.because(subject(name), *LEANING, *LISTS)
    if state.vsm:
        return
    place = state.place(key, subject(name), name)
    if place is not None and name.startswith(("Vlan", "port-channel")):
        state.put(place, ("shutdown",), "shutdown" if name.startswith("Vlan") else "no shutdown")
        state.cannot_tell("a port that is new may or may not have a link", f"{subject(name)}.connected")
        if name.startswith("Vlan"):
            state.meta.setdefault("svi", set()).add(name)


def _removed(act: Act, name: str) -> None:
    state, key = act.state, ("interface", name)
    if name.startswith(_PHYSICAL) and "." not in name:
        state.refuse(f"`{name}` is a port of the switch and cannot be removed", f"Write `default interface {name}`.")
        return
    if state.drop(state.top, key) is None:
        act.nothing()
        return
    drop_status(state, name)
    state.because(subject(name), *LEANING, *LISTS, "routing_sessions", "dhcp_relay")
    state.meta.setdefault("ports_gone", {})[name] = state.at.number
    if name.startswith("port-channel"):
        for member in members(state, name):
            state.drop(member, ("channel-group",))
            state.because(member.subject)
            state.cannot_tell("its port channel is gone, and whether it has a link of its own is not known",
                              f"{member.subject}.connected")  # fmt: skip


def members(state: State, name: str) -> list[Place]:
    """The ports in a port channel."""
    number = name.removeprefix("port-channel")
    found = []
    for key in state.running.like("interface"):
        entry = state.running.entries[key]
        if entry.section is None and not any(line.text.startswith("channel-group ") for line in entry.lines):
            continue
        place = state.place(key, subject(key[1]), key[1])
        if place is not None and place.running.text("channel-group").split()[1:2] == [number]:
            found.append(place)
    return found


def _default(act: Act, name: str) -> None:
    """`default interface X`: nothing that was set is left. Explicit lines never say the default."""
    state = act.state
    place = state.place(("interface", name), subject(name), name)
    if place is None:
        act.cannot_tell(f"the switch had no {name} when it was last read", subject(name))
        return
    lines = {key: entry.text for key, entry in place.running.entries.items()}
    routed = any(text == "no switchport" or text.startswith("ip address ") for text in lines.values())
    shut = {"shutdown": False, "no shutdown": True}.get(lines.get(("shutdown",), ""))
    for key in lines:
        state.drop(place, key)
    state.meta.setdefault("ports_default", {})[name] = state.at.number
    state.because(subject(name), *LEANING, *LISTS, "routing_sessions", "dhcp_relay")
    if state.vsm:
        if ("inherit port-profile",) in lines:
            state.cannot_tell("whether the profile stays is not known", subject(name), *LEANING[:3])
        return
    known = f"{subject(name)}.connected", f"{subject(name)}.shutdown", f"{subject(name)}.known_shut"
    if shut is not None and not routed:
        state.put(place, ("shutdown",), "shutdown" if shut else "no shutdown")
        state.cannot_tell("whether it has a link then is not known", known[0])
    elif routed or status_of(state, name) in (None, "disabled"):
        state.cannot_tell("whether the port is open by default is not known", *known, f"{subject(name)}.host_facing",
                          *LEANING[:3])  # fmt: skip


def _profile(act: Act) -> Opened | None:
    state = act.state
    name = act.parsed.ids[0]
    key = ("port-profile", name)
    facts = (f"port_profiles[{name}]", *LEANING, *LISTS)
    there = state.running.entries.get(key)
    if act.negated:
        _profile_gone(act, name)
        return None
    kind = act.parsed.values[0] if act.parsed.values else ""
    if there is None:
        if not kind and not state.vsm:
            act.cannot_tell("the type that a new profile then has depends on the model", *facts[:1])
        state.put(state.top, key, f"port-profile type {kind or 'vethernet'} {name}", act.parsed.command, mode="profile")
        state.because(*facts)
    elif kind and f"type {kind} " not in there.text:
        act.cannot_tell("a profile of another type has this name", *facts[:1])
        return Opened("profile", [], lost=True)
    place = state.place(key, f"port_profiles[{name}]", name)
    return Opened("profile", [place] if place else [])


def users_of(state: State, name: str) -> tuple[list[str], list[str]]:
    """Interfaces and profiles that inherit a profile themselves."""
    ports: list[str] = []
    profiles: list[str] = []
    wanted = f"inherit port-profile {name}"
    for key, entry in state.running.entries.items():
        if key[0] not in ("interface", "port-profile"):
            continue
        said = entry.section.text("inherit port-profile") == wanted if entry.section else any(
            line.text == wanted for line in entry.lines)  # fmt: skip
        if said:
            (ports if key[0] == "interface" else profiles).append(key[1])
    return ports, profiles


def _named_lists(state: State, key: tuple[str, ...]) -> list[str]:
    """Facts of the access lists that a profile uses itself."""
    place = state.place(key)
    said = [USES.fullmatch(entry.text) for entry in place.running.entries.values()] if place else []
    names = {name for found in said if found for name in found.groups() if name}
    return [path for name in sorted(names) for path in (f"acls[{name}].applied", f"dangling[acl {name}]")]


def _profile_gone(act: Act, name: str) -> None:
    state, key = act.state, ("port-profile", name)
    if name.startswith("Unused_Or_Quarantine_"):
        act.cannot_tell("a profile of the system itself", f"port_profiles[{name}]")
        return
    ports, profiles = users_of(state, name)
    leaning = [*LEANING[:3], *_named_lists(state, key), f"dangling[port-profile {name}]"]
    if state.drop(state.top, key) is None:
        act.nothing()
        return
    state.because(f"port_profiles[{name}]", *LEANING, *LISTS, "svs.l3_control_profile")
    state.meta.setdefault("profiles_gone", {})[name] = (state.at.number, ports)
    if profiles or ports:
        state.doubt()
    if profiles:
        state.cannot_tell("other profiles inherit it, and a device may refuse to remove it", f"port_profiles[{name}]",
                          *(f"port_profiles[{one}]" for one in profiles), *LEANING, *leaning)  # fmt: skip
    if ports:
        state.cannot_tell("its ports go to quarantine, or the device refuses to remove it", f"port_profiles[{name}]",
                          *(subject(port) for port in ports), *QUARANTINE, *leaning)  # fmt: skip


HANDLERS: dict[str, Handler] = {"interface": _interface, "profile": _profile, **SWITCHED}
