"""What stood in a run, at a time, or ever on one target: without its evidence, for lists, counts and dashboards."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, or_, select

from auditor.store.runs import Seen
from auditor.store.sql import in_batches, table_of
from auditor.store.tables import FindingRow, RuleRow, RunTarget

_FINDING, _RULE, _RUN_TARGET = table_of(FindingRow), table_of(RuleRow), table_of(RunTarget)


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
    f, seen = _FINDING.c, _RUN_TARGET.c
    query = (
        select(f.target, seen.shown, _RULE.c.rule, f.subject, f.status, f.severity, f.first, f.last, f.body)
        .where(seen.run == run, seen.status == "collected")
        .where(f.series == seen.series, f.target == seen.target, f.status == "fail", f.rule == _RULE.c.id)
        .where(f.first <= seen.moment, or_(f.last.is_(None), f.last >= seen.moment), *conditions)
    )
    yield from map(Standing._make, connection.execute(query))


def standing_of(connection: Connection, seen: Iterable[Seen], *conditions: ColumnElement[bool]) -> Iterator[Standing]:
    """The findings of targets as they were seen (in a run, or by a time: `past.targets_at`), in no order.

    `conditions` narrow the rows of the finding table. A target that was not read has none.
    """
    f = _FINDING.c
    for batch in in_batches((one for one in seen if one.unread is None), 100):
        by_id = {one.target: one for one in batch}
        moments = [one.moment for one in batch]
        own = (f.series == batch[0].series, f.target.in_(by_id), f.first <= max(moments))
        query = (
            select(f.target, _RULE.c.rule, f.subject, f.status, f.severity, f.first, f.last, f.body)
            .join(_RULE, f.rule == _RULE.c.id)
            .where(*own, or_(f.last.is_(None), f.last >= min(moments)), *conditions)
        )
        for target, rule, subject, status, severity, first, last, body in connection.execute(query):
            one = by_id[target]
            if first <= one.moment and (last is None or last >= one.moment):
                yield Standing(target, one.shown, rule, subject, status, severity, first, last, body)


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
