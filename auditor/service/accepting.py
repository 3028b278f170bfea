"""What a waiver would accept: the failing findings of its rule and scope, as they stand in the store."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, select

from auditor.domain import Status
from auditor.errors import InputError
from auditor.service.stored import finding_entry, target_entry
from auditor.store import past, runs
from auditor.store.sql import table_of
from auditor.store.tables import FindingRow, RuleRow
from auditor.waivers import Bound, Seen, Waiver, bind, seen_of

_FINDING, _RULE = table_of(FindingRow), table_of(RuleRow)


def findings_now(connection: Connection, waiver: Waiver, at: datetime, run: str = "latest") -> list[Seen]:
    """The findings of the waiver's rule in its scope, as each target was seen last in the history of a run.

    Raises InputError when there is no such run, or it has no history.
    """
    row = runs.find_run(connection, run)
    if row is None or row.series is None:
        what = "no run has ended yet" if run == "latest" else f"there is no run {run[:100]!r}"
        raise InputError(what, mend="Run `auditor audit --save` first: a waiver accepts what was observed.")
    seen = [one for one in past.targets_at(connection, row.series, at) if _within(waiver, one)]
    by_id = {one.target: one for one in seen}
    rule = connection.scalar(select(_RULE.c.id).where(_RULE.c.rule == waiver.rule))
    kept = runs.findings_of(connection, seen, _FINDING.c.rule == (rule or -1))
    found = []
    for one in kept:
        if one.rule == waiver.rule and waiver.subject in (None, one.subject):
            target = by_id[one.target]
            made = seen_of(finding_entry(target, one, {}), target_entry(target))
            found.append(replace(made, own_name=target.name))
    return found


def bound_now(connection: Connection, waiver: Waiver, at: datetime, run: Sequence[str] = ("latest",)) -> list[Bound]:
    """What the waiver would be bound to if it were approved now: every failure of its rule in its scope, each once.

    `run`: runs of which histories to look in. Raises InputError when nothing fails there, and says what is known.
    """
    found = [one for name in run for one in findings_now(connection, waiver, at, name)]
    failing = [one for one in found if one.finding.status is Status.FAIL]
    if not failing:
        raise InputError(
            f"nothing that {waiver.id or 'the waiver'} is about fails now: {_instead(found)}",
            mend="A waiver accepts failures that were observed. Audit again with --save, or correct its scope.",
        )
    return list(dict.fromkeys(bind(one) for one in failing))


def _within(waiver: Waiver, target: runs.Seen) -> bool:
    return waiver.scope.covers(target.shown, target.source, target.about["labels"], target.name)


def _instead(found: Sequence[Seen]) -> str:
    if not found:
        return "no target in its scope was judged by its rule"
    said = dict.fromkeys(f"{one.finding.target} {one.finding.status}" for one in found)
    return ", ".join(list(said)[:5]) + (f" and {len(said) - 5} more" if len(said) > 5 else "")
