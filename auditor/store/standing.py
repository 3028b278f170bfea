"""What stood in a run, at a time, or ever on one target: without its evidence, for lists, counts and dashboards."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, func, or_, select

from auditor.store.sql import table_of
from auditor.store.tables import FindingRow, RuleRow, RunTarget, TargetRow

_FINDING, _RULE = table_of(FindingRow), table_of(RuleRow)
_RUN_TARGET, _TARGET = table_of(RunTarget), table_of(TargetRow)


class Standing(NamedTuple):
    """A finding of a target, with the moments between which it was so (`last` None: still so)."""

    target: int
    shown: str  # the target's name in that run
    rule: str
    subject: str  # "" where there is none; a long one is cut, the whole stands in the body
    status: str
    severity: str
    first: int
    last: int | None
    body: int  # the blob with the evidence


def failing_of_run(connection: Connection, run: int, *conditions: ColumnElement[bool]) -> Iterator[Standing]:
    """The failures of a run, in no order; `conditions` narrow the rows of the finding table.

    A target that was not read has none: what it fails is unknown.
    """
    yield from _standing(connection, _RUN_TARGET.c.run == run, _FINDING.c.status == "fail", *conditions)


def standing_at(
    connection: Connection, series: int, moment: int, *conditions: ColumnElement[bool]
) -> Iterator[Standing]:
    """The findings of a series at a moment, each target as it was seen last by then, in no order.

    `conditions` narrow the rows of the finding table. A target that was not read when it was seen last has none.
    """
    yield from _standing(connection, *seen_last(series, moment), *conditions)


def seen_last(series: int, moment: int) -> tuple[ColumnElement[bool], ...]:
    """The rows of `run_target` that tell how each target of a series was seen last by a moment.

    It is a question for each target, which an index answers, and none for each target of each night.
    """
    earlier = _RUN_TARGET.alias()
    own = (earlier.c.series == series, earlier.c.target == _TARGET.c.id, earlier.c.moment <= moment)
    latest = select(func.max(earlier.c.moment)).where(*own).correlate(_TARGET).scalar_subquery()
    return (
        _RUN_TARGET.c.target == _TARGET.c.id,
        _RUN_TARGET.c.series == series,
        _RUN_TARGET.c.moment == latest,
    )


def history_of(connection: Connection, series: int, target: int) -> Iterator[Standing]:
    """All that ever stood on a target, by rule, subject and time."""
    query = (
        select(_FINDING, _RULE.c.rule.label("named"))
        .join(_RULE, _FINDING.c.rule == _RULE.c.id)
        .where(_FINDING.c.series == series, _FINDING.c.target == target)
        .order_by(_RULE.c.rule, _FINDING.c.subject, _FINDING.c.first)
    )
    for row in connection.execute(query):
        yield Standing(target, "", row.named, row.subject, row.status, row.severity, row.first, row.last, row.body)


def _standing(connection: Connection, *conditions: Any) -> Iterator[Standing]:
    f, seen = _FINDING.c, _RUN_TARGET.c
    query = (
        select(f.target, seen.shown, _RULE.c.rule, f.subject, f.status, f.severity, f.first, f.last, f.body)
        .where(f.series == seen.series, f.target == seen.target, f.rule == _RULE.c.id, seen.status == "collected")
        .where(f.first <= seen.moment, or_(f.last.is_(None), f.last >= seen.moment), *conditions)
    )
    yield from map(Standing._make, connection.execute(query))
