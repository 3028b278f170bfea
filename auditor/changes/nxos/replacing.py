"""A whole configuration in place of the running one."""

from auditor.changes.nxos.replay import Replay
from auditor.changes.nxos.state import Place, State
from auditor.changes.nxos.statements import Statement
from auditor.changes.nxos.tree import Entry, Key, Section

_KEPT = ("version", "boot")  # of the machine, not of the file


def replace(state: State, told: list[Statement]) -> None:
    """Apply a configuration as `configure replace` does: what it holds is set, and what it does not hold goes."""
    before = _outline(state.running)
    fresh = State(state.file, Section("global"), None, state.family, state.version, {}, {})
    Replay(fresh, layout=True).run(told)
    state.faults += fresh.faults
    if state.faults:
        return
    wanted = _outline(fresh.running)
    _features_off(state, wanted)
    _take(state, state.top, state.running, wanted, before)
    Replay(state, layout=True).run(told)
    state.meta["rewritten"] = True
    state.meta.pop("vlans", None)


def _outline(section: Section) -> dict[Key, Entry]:
    return dict(section.entries)


def _features_off(state: State, wanted: dict[Key, Entry]) -> None:
    from auditor.changes.nxos import handlers
    from auditor.changes.nxos.modes import mode

    known = mode("global")
    for key, entry in list(state.running.entries.items()):
        if key[0] == "feature" and not entry.negated and key not in wanted and known is not None:
            for _ in handlers.apply(state, known.parse(entry.text, negated=True), [state.top], negated=True,
                                    reset=False):  # fmt: skip
                pass
        elif key[0] == "feature" and entry.negated and key not in wanted and known is not None:
            for _ in handlers.apply(state, known.parse(entry.text[3:]), [state.top], negated=False, reset=False):
                pass


def _take(state: State, place: Place, section: Section, wanted: dict[Key, Entry], before: dict[Key, Entry]) -> None:
    """Drop what is not wanted, section by section."""
    for key, entry in list(before.items()):
        if key[0] in _KEPT or key[0] == "feature":
            continue
        new = wanted.get(key)
        if new is None:
            if key[0] == "interface" and key[1].startswith(("Ethernet", "mgmt", "control")):
                below = state.place(key)
                if below is not None:
                    for one in list(below.running.entries):
                        state.drop(below, one)
                continue
            state.drop(place, key)
            continue
        inside = new.section
        if inside is None or not (entry.lines or entry.section):
            continue
        there = section.entries.get(key)
        if there is None:
            continue
        shown = place.everything.entries.get(key) if place.everything is not None else None
        deeper = Place(there.opened(), shown.opened() if shown is not None else None)
        _take(state, deeper, deeper.running, dict(inside.entries), dict(deeper.running.entries))
