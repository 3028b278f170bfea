"""`show running-config diff` after the change: whether what runs is what is saved."""

from auditor.changes.nxos.state import State
from auditor.collectors.nexus1000v.show import is_saved

COMMAND = "show running-config diff"
_MOST = 200


def difference(state: State) -> None:
    """Edit the answer: empty after saving, with the lines of the change when it was not saved."""
    before = state.texts.get(COMMAND)
    doubtful = {number for number in state.doubtful if number > state.saved_at}
    if doubtful and not {number for number in state.acting if number > state.saved_at} - doubtful:
        state.because("config.unsaved")
        state.cannot_tell("whether a line of it changes the configuration is not known", "config.unsaved")
    changed = state.unsaved
    if state.texts.get("snmp") is None and (changed or state.saved_at):
        state.cannot_tell("this counts time on the device", "config.running_changed")
    if before is None:
        return
    saved = is_saved(before)
    if state.saved_at and not changed:
        state.edit_text(COMMAND, "")
        return
    if not changed:
        return
    lines = [f"- {line}" for line in state.removed[:_MOST]] + [f"+ {line}" for line in state.added[:_MOST]]
    if saved is False and not state.saved_at and any(line.split(None, 1)[-1] in before for line in lines):
        state.cannot_tell("some of its lines were different from what is saved before: it may all be equal then",
                          "config.unsaved")  # fmt: skip
    elif not state.saved_at and state.removed and sorted(state.added) == sorted(state.removed):
        state.cannot_tell("its lines undo each other: it may all be equal to what is saved then", "config.unsaved")
    head = "" if state.saved_at or saved else before
    first = head or "*** Startup-config\n--- Running-config\n"
    state.edit_text(COMMAND, first + "".join(line.replace("\n", " ") + "\n" for line in lines or ["+ lines"]))
    state.because("config.unsaved", effect="the running configuration is changed and not saved")
    state.say("not saved: gone after the next start unless `copy running-config startup-config` follows")
