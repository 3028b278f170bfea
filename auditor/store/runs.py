"""Runs, and what was so in a run or at a time."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Connection, Row, Select, func, insert, or_, select, update

from auditor.store.blobs import get_json, get_many
from auditor.store.engine import now
from auditor.store.history import COUNTED, EXACT, time_of
from auditor.store.names import series_id
from auditor.store.sql import clean, in_batches, table_of
from auditor.store.tables import DriftRow, FindingRow, RuleRow, RunRow, RunTarget, TargetRow

_RUN, _RUN_TARGET, _TARGET = table_of(RunRow), table_of(RunTarget), table_of(TargetRow)
_FINDING, _DRIFT, _RULE = table_of(FindingRow), table_of(DriftRow), table_of(RuleRow)


@dataclass(frozen=True, slots=True)
class Seen:
    """A target as some run saw it, at `moment` of its history. `about` is the rest of its entry in the document.

    `at` is when it was read, or when the run began where it was not. `called` is its name in that run, `shown` that in
    the document which is made of it.
    """

    run: int
    series: int
    target: int
    source: str
    platform: str
    name: str
    shown: str
    place: int
    status: str
    reason: str
    moment: int
    at: datetime
    snapshot: int | None
    unread: int | None
    about: Mapping[str, Any]
    called: str


@dataclass(frozen=True, slots=True)
class Kept:
    """A verdict as it stands in the history, with its first moment and its last (None: still so)."""

    target: int
    rule: str
    subject: str | None
    status: str
    severity: str
    body: Mapping[str, Any]
    first: int | None
    last: int | None


def new_run(
    connection: Connection, name: str, definition: Mapping[str, Any], request: Mapping[str, Any], **columns: Any
) -> int:
    """A row for a run that begins now; its number. `columns` are further columns of `RunRow`."""
    at = now(connection)
    row = {
        "name": name,
        "series": series_id(connection, definition),
        "request": orjson.dumps(request, option=orjson.OPT_SORT_KEYS).decode(),
        "state": "collecting",
        "created_at": at,
        "started_at": at,
        **columns,
    }
    return int(connection.execute(insert(_RUN).values(row).returning(_RUN.c.id)).scalar_one())


def series_of(connection: Connection, run: int) -> int:
    """The number of a run's series."""
    return int(connection.execute(select(_RUN.c.series).where(_RUN.c.id == run)).scalar_one())


def change_run(connection: Connection, run: int, **columns: Any) -> None:
    """Set columns of a run."""
    if "message" in columns:
        columns["message"] = clean(columns["message"])
    connection.execute(update(_RUN).where(_RUN.c.id == run).values(columns))


def add_counts(connection: Connection, run: int) -> dict[str, int]:
    """Sum the counts of the run's targets into its row; the sums with population, collected and stale."""
    sums = [func.coalesce(func.sum(_RUN_TARGET.c[name]), 0).label(name) for name in COUNTED]
    row = connection.execute(select(*sums).where(_RUN_TARGET.c.run == run)).one()
    found = {name: int(value) for name, value in row._mapping.items()}
    change_run(connection, run, **found)
    return found


def find_run(connection: Connection, name: str) -> Row[Any] | None:
    """The row of a run by its public id, by `latest` (the last that ended with a result), or None."""
    query = select(_RUN)
    if name == "latest":
        query = query.where(_RUN.c.state == "done", _RUN.c.head.is_not(None)).order_by(_RUN.c.id.desc()).limit(1)
        return connection.execute(query).first()
    return connection.execute(query.where(_RUN.c.name == name)).first()


def list_runs(connection: Connection, limit: int = 50, before: int | None = None) -> Sequence[Row[Any]]:
    """The latest runs, the newest first; `before` is the id to go on from."""
    query = select(_RUN).order_by(_RUN.c.id.desc()).limit(limit)
    return connection.execute(query if before is None else query.where(_RUN.c.id < before)).all()


def targets_of_run(connection: Connection, run: int) -> list[Seen]:
    """Every target of a run, in the order of its document."""
    return seen_rows(connection, targets_query().where(_RUN_TARGET.c.run == run).order_by(_RUN_TARGET.c.place))


def targets_query() -> Select[Any]:
    """A query for targets as runs saw them, for `seen_rows`."""
    joined = _RUN_TARGET.join(_TARGET, _RUN_TARGET.c.target == _TARGET.c.id)
    return select(_RUN_TARGET, _TARGET.c.source, _TARGET.c.platform, _TARGET.c.name).select_from(joined)


def seen_rows(connection: Connection, query: Select[Any]) -> list[Seen]:
    """What a query of targets gives, in its order."""
    rows = connection.execute(query).all()
    abouts = {ident: orjson.loads(data) for ident, data in get_many(connection, {r.about for r in rows}).items()}
    return [_seen_row(row, abouts[row.about]) for row in rows]


def _seen_row(row: Row[Any], about: Mapping[str, Any]) -> Seen:
    exact = about.get(EXACT) or {}
    return Seen(
        row.run,
        row.series,
        row.target,
        exact.get("source", row.source),
        row.platform,
        exact.get("name", row.name),
        exact.get("shown", row.shown),
        row.place,
        row.status,
        exact.get("reason", row.reason),
        row.moment,
        time_of(exact.get("moment", row.moment)),
        row.snapshot,
        row.unread,
        {key: value for key, value in about.items() if key != EXACT},
        exact.get("shown", row.shown),
    )


def findings_of(connection: Connection, seen: Sequence[Seen], *conditions: ColumnElement[bool]) -> Iterator[Kept]:
    """The findings of targets as they were seen, target by target in the given order, then by rule and subject.

    `conditions` narrow the rows of the finding table; those of a target that was not read are always told.
    """
    for batch in in_batches(seen, 100):
        ids = [one.target for one in batch if one.unread is None]
        by_target: dict[int, list[Any]] = {}
        moments = {one.target: one.moment for one in batch}
        if ids:
            series, low, high = batch[0].series, min(moments.values()), max(moments.values())
            query = (
                select(_FINDING, _RULE.c.rule.label("rule_name"))
                .join(_RULE, _FINDING.c.rule == _RULE.c.id)
                .where(_FINDING.c.series == series, _FINDING.c.target.in_(ids), _FINDING.c.first <= high)
                .where(or_(_FINDING.c.last.is_(None), _FINDING.c.last >= low), *conditions)
            )
            for row in connection.execute(query):
                moment = moments[row.target]
                if row.first <= moment and (row.last is None or row.last >= moment):
                    by_target.setdefault(row.target, []).append(row)
        bodies = _bodies(connection, {row.body for rows in by_target.values() for row in rows})
        for one in batch:
            if one.unread is not None:
                yield from _unread(connection, one)
            for row in sorted(by_target.get(one.target, ()), key=lambda r: (r.rule_name, r.subject)):
                body = bodies[row.body]
                subject = body.get("subject", row.subject or None)
                yield Kept(row.target, row.rule_name, subject, row.status, row.severity, body, row.first, row.last)


def _unread(connection: Connection, one: Seen) -> Iterator[Kept]:
    for entry in get_json(connection, one.unread or 0)["findings"]:
        yield Kept(
            one.target, entry["rule"], entry["subject"], entry["status"], entry["severity"], entry["body"], None, None
        )


def drift_of(
    connection: Connection, seen: Sequence[Seen]
) -> Iterator[tuple[Seen, Mapping[str, Any], int | None, int | None]]:
    """(target, entry, first moment, last moment or None) of each drift of targets as they were seen.

    What an unread target drifted by is unknown, and no part of its history: it has no first moment either.
    """
    for batch in in_batches(seen, 100):
        by_id = {one.target: one for one in batch if one.unread is None}
        for one in batch:
            for entry in get_json(connection, one.unread)["drift"] if one.unread is not None else ():
                yield one, entry, None, None
        if not by_id:
            continue
        query = select(_DRIFT).where(_DRIFT.c.series == batch[0].series, _DRIFT.c.target.in_(list(by_id)))
        rows = [
            row
            for row in connection.execute(query.order_by(_DRIFT.c.id))
            if row.first <= by_id[row.target].moment and (row.last is None or row.last >= by_id[row.target].moment)
        ]
        bodies = _bodies(connection, {row.body for row in rows})
        for row in sorted(rows, key=lambda r: (by_id[r.target].place, r.golden, r.path)):
            yield by_id[row.target], bodies[row.body], row.first, row.last


def _bodies(connection: Connection, idents: set[int]) -> dict[int, Mapping[str, Any]]:
    return {ident: orjson.loads(content) for ident, content in get_many(connection, idents).items()}
