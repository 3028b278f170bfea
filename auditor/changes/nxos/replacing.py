"""A whole configuration in place of the running one."""

from auditor.changes.nxos import handlers
from auditor.changes.nxos.modes import mode
from auditor.changes.nxos.replay import Replay
from auditor.changes.nxos.state import Place, State
from auditor.changes.nxos.statements import Statement
from auditor.changes.nxos.tree import Key, Section, loaded

_KEPT = ("version", "boot", "feature")  # of the machine; features go by their own rule
_FIXED = ("Ethernet", "mgmt", "control")  # ports that nobody can remove


def replace(state: State, told: list[Statement]) -> None:
    """Apply a configuration as `configure replace` does: what it holds is set, and what it does not hold goes."""
    wanted = loaded(state.file.text)
    _features(state, wanted)
    _take(state, state.top, wanted)
    state.meta.pop("vlans", None)
    state.meta["vlans_touched"] = True
    Replay(state, layout=True).run(told)


def _features(state: State, wanted: Section) -> None:
    """Features that the file does not name go back to their default, with every line of theirs."""
    known = mode("global")
    for key, entry in list(state.running.entries.items()):
        if key[0] != "feature" or key in wanted.entries or known is None:
            continue
        parsed = known.parse(entry.text.removeprefix("no "), negated=True)
        for _ in handlers.apply(state, parsed, [state.top], negated=not entry.negated, reset=False):
            pass


def _take(state: State, place: Place, wanted: Section) -> None:
    """Drop what is not wanted, section by section."""
    waiting: list[tuple[Place, Section]] = [(place, wanted)]
    while waiting:
        here, section = waiting.pop()
        for key, entry in list(here.running.entries.items()):
            if key[0] in _KEPT:
                continue
            new = section.entries.get(key)
            if new is None and key[0] == "interface" and key[1].startswith(_FIXED):
                new_section = Section("interface")
            elif new is None:
                _gone(state, here, key)
                continue
            elif not (entry.lines or entry.section):
                continue
            else:
                new_section = new.opened()
            shown = here.everything.entries.get(key) if here.everything is not None else None
            waiting.append((Place(entry.opened(), shown.opened() if shown is not None else None), new_section))


def _gone(state: State, place: Place, key: Key) -> None:
    entry = state.drop(place, key)
    if entry is None or entry.command is None:
        return
    state.because(*(path.split("{")[0].rstrip("[.") for path in entry.command.facts if not path.startswith("{in}")))
    if key[0] == "interface":
        state.because("interfaces", "vlans", "dhcp_snooping", "arp_inspection", "acls", "dangling")
