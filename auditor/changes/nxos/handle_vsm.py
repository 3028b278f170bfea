"""What only a Nexus 1000V has: its domain, connections to vCenter, modules on hosts."""

from auditor.changes.nxos.handling import Act, Handler
from auditor.changes.nxos.keys import key_of
from auditor.changes.nxos.opened import Opened

_STATES = ("config_status", "operational_status", "sync_status", "connected")


def _domain(act: Act) -> Opened | None:
    state, key = act.state, ("svs-domain",)
    if act.negated:
        state.refuse("`svs-domain` cannot be removed", "Change what stands under it.")
        return None
    state.put(state.top, key, "svs-domain", act.parsed.command)
    place = state.place(key, "svs")
    return Opened("svs-domain", [place] if place else [])


def _moved(act: Act) -> None:
    """Supervisor and modules talk another way: whether they still reach each other is not foretold."""
    state = act.state
    state.meta.setdefault("svs", state.at.number)
    state.because("modules", "svs")
    state.cannot_tell("whether the modules on the hosts still reach the supervisor is not foretold", "modules")


def _mode(act: Act) -> None:
    state, key = act.state, ("svs mode",)
    words = act.parsed.text
    before = act.place.running.text(*key)
    if act.negated:
        act.cannot_tell("which mode is then in force is not known")
        return
    if not state.put(act.place, key, words, act.parsed.command):
        return
    act.because()
    _moved(act)
    if before[:11] != words[:11]:
        state.cannot_tell("another mode may take the control and packet VLANs away", "svs.control_vlan",
                          "svs.packet_vlan")  # fmt: skip


def _connection(act: Act) -> Opened | None:
    state, key = act.state, key_of(act.parsed)
    name = act.parsed.ids[0]
    facts = (f"svs.connections[{name}]", "svs.connected")
    if act.negated:
        if state.drop(state.top, key) is None:
            act.nothing()
        else:
            act.cannot_tell("a connection that stands must first be ended", *facts)
            state.meta.setdefault("svs_connection", state.at.number)
        return None
    if state.put(state.top, key, act.parsed.text, act.parsed.command):
        act.cannot_tell("a new connection may or may not stand", *facts)
    place = state.place(key, f"svs.connections[{name}]", name)
    return Opened("svs-connection", [place] if place else [])


def _line(act: Act) -> None:
    act.state.meta.setdefault("svs_connection", act.state.at.number)
    act.cannot_tell("what a connection to vCenter does after a change is not foretold", act.place.subject,
                    "svs.connected")  # fmt: skip


def _remote(act: Act) -> None:
    state, key = act.state, ("remote",)
    if act.negated:
        changed = state.drop(act.place, key) is not None
    else:
        changed = state.put(act.place, key, act.parsed.text, act.parsed.command)
    if changed:
        _line(act)


def _vem(act: Act) -> Opened | None:
    state, key = act.state, key_of(act.parsed)
    slot = act.parsed.ids[0]
    facts = (f"vems[{slot}]", f"modules[{slot}]")
    if act.negated:
        if state.drop(state.top, key) is None:
            act.nothing()
        else:
            act.cannot_tell("the binding of a module that is there may be refused, or made anew", *facts)
        return None
    if state.put(state.top, key, act.parsed.text, act.parsed.command):
        act.because()
    place = state.place(key, f"vems[{slot}]")
    return Opened("vem", [place] if place else [])


HANDLERS: dict[str, Handler] = {
    "svs_domain": _domain,
    "svs_mode": _mode,
    "svs_connection": _connection,
    "remote": _remote,
    "vem": _vem,
}
AFTER: dict[str, Handler] = {"svs_change": _moved, "svs_line": _line}
