"""The capture of a switch as a candidate would leave it."""

from collections.abc import Mapping
from typing import Any

from auditor.changes.candidate import Candidate
from auditor.changes.model import Edited, Remark
from auditor.changes.nxos import handle_lists, handle_vlans, replacing, status
from auditor.changes.nxos.handle_features import states_of
from auditor.changes.nxos.replay import Replay
from auditor.changes.nxos.shape import is_full
from auditor.changes.nxos.snooped import operational
from auditor.changes.nxos.state import State
from auditor.changes.nxos.statements import statements
from auditor.changes.nxos.tree import loaded, rendered
from auditor.changes.nxos.unplaced import EVERYTHING
from auditor.changes.nxos.unsaved import difference
from auditor.collectors.nexus1000v.commands import ALL, RUNNING, answers, misshapen
from auditor.collectors.nexus1000v.reading import Reading
from auditor.domain import Capture
from auditor.errors import InputErrors

_TYPED = "taken as typed in configuration mode, line after line, in the running configuration of {} as it was read"
_WHOLE = (
    "taken as a whole configuration that replaces the running one (`configure replace`): what it does not hold is gone"
)


def edit(capture: Capture, candidate: Candidate) -> Edited:
    """The capture as the candidate would leave it. Raises InputErrors: each line that the device would refuse."""
    file = candidate.only
    full = is_full(file.lines)
    told = statements(file)
    reading = Reading(capture)
    texts = {name: answer.text for name, answer in answers(capture.body).items() if answer.ok}
    texts = {name: text for name, text in texts.items() if name not in (RUNNING, ALL) or not misshapen(text)}
    known = RUNNING in texts
    state = State(
        file,
        loaded(texts.get(RUNNING, "")),
        loaded(texts[ALL]) if ALL in texts else None,
        reading.family,
        reading.version,
        texts,
        states_of(texts.get("show feature", "")),
    )
    state.remarks.append(Remark(file.name, _WHOLE if full else _TYPED.format(capture.target)))
    if full:
        replacing.replace(state, told)
    else:
        Replay(state).run(told)
    if state.faults:
        raise InputErrors(list(state.faults))
    if not known:
        state.cannot_tell("the running configuration was not read, so nothing of it can be foretold", *EVERYTHING)
    _finish(state)
    meta = {**{k: v for k, v in state.meta.items() if k not in _OWN}, "deleted": state.deleted, "full": full,
            "unsaved": state.unsaved, "saved_at": state.saved_at, "removed": list(state.removed),
            "added": list(state.added)}  # fmt: skip
    return Edited(
        _body(capture.body, state, texts, known=known),
        tuple(state.why),
        tuple(state.unknown.values()),
        tuple(state.remarks),
        meta=meta,
    )


_OWN = ("lists", "vlans", "status_rows", "status_lines")


def _finish(state: State) -> None:
    handle_lists.in_order(state)
    operational(state)
    handle_vlans.written_down(state)
    status.written_down(state)
    difference(state)


def _body(body: Mapping[str, Any], state: State, before: Mapping[str, str], *, known: bool) -> dict[str, Any]:
    commands = {name: dict(record) if isinstance(record, Mapping) else record
                for name, record in dict(body.get("commands") or {}).items()}  # fmt: skip
    if known and (state.added or state.removed or state.unsaved):
        commands[RUNNING]["text"] = rendered(state.running, _head(before[RUNNING]))
        if state.everything is not None:
            commands[ALL]["text"] = rendered(state.everything, _head(before[ALL]))
    for name, text in state.texts.items():
        if name not in (RUNNING, ALL):
            commands[name]["text"] = text
    return {**body, "commands": commands}


def _head(text: str) -> str:
    """The comments before the first line."""
    lines = []
    for line in text.split("\n"):
        if line.strip() and not line.startswith("!"):
            break
        if line.startswith("!"):
            lines.append(line)
    return "\n".join(lines)
