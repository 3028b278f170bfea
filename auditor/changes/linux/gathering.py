"""Candidate -> plan: files as they would be, made of what the capture holds of them."""

import re

from auditor.changes.candidate import Candidate, File, Hunk
from auditor.changes.diffs import applied
from auditor.changes.linux.ansible import of_ansible
from auditor.changes.linux.batches import Batch, holding
from auditor.changes.linux.plan import FileChange, Plan
from auditor.changes.linux.settings import of_settings
from auditor.changes.linux.work import Line, Work
from auditor.errors import InputError, Place

NOT_HELD = "the capture does not hold this file, so what it is after this diff cannot be told"
_PARTLY = "the capture keeps some lines of this file only: whether the rest of this hunk fits was not looked at"


def gather(work: Work, candidate: Candidate, host: str) -> Plan:
    """What the candidate does. Faults of the candidate are put into `work.errors`."""
    if candidate.kind == "ansible":
        return of_ansible(work, candidate, host)
    if candidate.kind == "yaml":
        return of_settings(work, candidate)
    plan = Plan()
    for file in candidate.files:
        path = re.sub(r"/+", "/", file.target_path)
        change = FileChange(path, file.place(1), mode=file.mode, source=file)
        if candidate.kind == "diff":
            try:
                _of_diff(work, change, file)
            except InputError as fault:
                work.errors.append(fault)
                continue
        else:
            change.lines = [Line(text, file.place(n)) for n, text in enumerate(file.lines, 1)]
            change.added = change.lines
        plan.files[path] = change
    return plan


def _of_diff(work: Work, change: FileChange, file: File) -> None:
    change.removed, change.created = file.removed, file.created or None
    for hunk in file.hunks:
        for number, text in zip(hunk.numbers, hunk.lines, strict=True):
            if text[0] != " ":
                (change.added if text[0] == "+" else change.taken).append(Line(text[1:], f"{file.name}:{number}"))
    if file.removed:
        return
    if file.created:
        change.lines = change.added
        return
    batches = list(holding(change.path))
    for batch in batches:
        if batch.kept is None and change.path in work.files(batch.key):
            old = [text for _, text in work.files(batch.key)[change.path]]
            change.lines = [
                Line(text, f"{file.name}:{number}" if number else "") for text, number in applied(file, old)
            ]
            return
    for batch in batches:
        if batch.kept is not None and work.ok(batch.key):
            change.kept[batch.key] = _partly(work, change, file, batch)
            work.remark(file.place(1), _PARTLY)


def _partly(work: Work, change: FileChange, file: File, batch: Batch) -> list[Line]:
    """The chosen lines of a file that is known in part, after the hunks: those taken away must stand there."""
    kept = batch.kept or re.compile("")
    old = dict(work.files(batch.key).get(change.path, ()))
    out: list[tuple[float, Line]] = [(float(number), Line(text)) for number, text in old.items()]
    for hunk in file.hunks:
        at = hunk.start
        for offset, (number, text) in enumerate(zip(hunk.numbers, hunk.lines, strict=True)):
            shown = text[1:]
            if text[0] == "+":
                if kept.search(shown):
                    place = at - 1 + (offset + 1) / (len(hunk.lines) + 1)
                    out.append((place, Line(shown, f"{file.name}:{number}")))
                continue
            if kept.search(shown) and old.get(at) != shown:
                raise _misfit(change, file, hunk)
            if text[0] == "-" and at in old:
                out = [one for one in out if one[0] != at]
            at += 1
    return [line for _, line in sorted(out, key=lambda one: one[0])]


def _misfit(change: FileChange, file: File, hunk: Hunk) -> InputError:
    return InputError(
        f"this hunk does not fit {change.path} as it was last read",
        where=Place(file.name, hunk.number),
        mend="Make the diff against the file on this target.",
    )
