"""The history of a target in words: which finding has been how since when, whatever values were seen meanwhile."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from itertools import groupby
from typing import Any

import orjson
from sqlalchemy import Connection, Row, select

from auditor.errors import InputError, NotFoundError
from auditor.evidence.captures import iso
from auditor.store import blobs, timeline
from auditor.store.engine import Store
from auditor.store.history import time_of
from auditor.store.sql import table_of
from auditor.store.tables import RunRow

_RUN = table_of(RunRow)


def target_meant(connection: Connection, name: str) -> Row[Any]:
    """The target of a name, or of `source/name`. Raises InputError when there is none, or more than one."""
    found = timeline.targets_named(connection, name)
    if len(found) == 1:
        return found[0]
    if not found:
        raise InputError(f"no run has seen a target {name[:100]!r}", mend="A report names the targets of a run.")
    names = ", ".join(f"{one.source}/{one.name} ({one.platform})" for one in found[:10])
    raise InputError(f"{name!r} means {len(found)} targets: {names}", mend="Write it as source/name.")


def history_of(store: Store, series: int, name: str, rule: str = "*") -> dict[str, Any]:
    """What is known of a target over time, in one series; `rule` is a glob.

    {target, platform, source, runs: [{run, at, status, reason, passed, failed, unknown}], findings: [{rule, title,
    severity, subject, status, spells}], drift: [{golden, path, change, spells}]}. A spell: {status, since, last_seen,
    until, values}: `last_seen` is the last moment at which it was so, `until` the next moment at which the target was
    read and it was not; None while it is so. `values` are {since, seen}, each another than the one before it. `status`
    of a finding is None when the last reading had none of it. Raises InputError.
    """
    with store.reading() as connection:
        return history_in(connection, series, target_meant(connection, name), rule)


def history_in(connection: Connection, series: int, target: Row[Any], rule: str = "*") -> dict[str, Any]:
    """The same of a target's row. Raises NotFoundError when it is in no run of the series."""
    moments = timeline.moments_of(connection, series, target.id)
    if not moments:
        what = f"{target.name} is in no run of this series"
        raise NotFoundError(what, mend="Name another with --series or --schedule.")
    read = [one.moment for one in moments if one.status == "collected"]
    rows = [
        one
        for one in timeline.finding_intervals(connection, series, target.id)
        if fnmatchcase(one.rule_name, rule) and _within(one.first, one.last, read)
    ]
    every = timeline.drift_intervals(connection, series, target.id)
    drift = [one for one in every if _within(one.first, one.last, read)]
    contents = blobs.get_many(connection, {one.body for one in (*rows, *drift)})
    bodies = {ident: orjson.loads(content) for ident, content in contents.items()}
    titles = _titles(connection, moments)
    return {
        "target": target.name,
        "platform": target.platform,
        "source": target.source,
        "runs": [_run(one) for one in moments],
        "findings": [_finding(list(group), bodies, titles, read) for _, group in groupby(rows, _finding_key)],
        "drift": [_drift(list(group), bodies, read) for _, group in groupby(drift, _drift_key)],
    }


def _within(first: int, last: int | None, read: Sequence[int]) -> range:
    """Places of the readings that an interval holds: none for one that only a run without result has seen."""
    return range(bisect_left(read, first), len(read) if last is None else bisect_right(read, last))


def _finding_key(row: Row[Any]) -> tuple[str, str]:
    return row.rule_name, row.subject


def _drift_key(row: Row[Any]) -> tuple[str, str]:
    return row.golden, row.path


def _run(one: Row[Any]) -> dict[str, Any]:
    numbers = {name: getattr(one, name) for name in ("passed", "failed", "unknown")}
    return {
        "run": one.run_name,
        "at": iso(time_of(one.moment)),
        "status": one.status,
        "reason": one.reason or None,
        **numbers,
    }


def _finding(
    rows: Sequence[Row[Any]], bodies: Mapping[int, Any], titles: Mapping[str, str], read: Sequence[int]
) -> dict[str, Any]:
    spells = _spells(((one.status, one.first, one.last, _values(bodies[one.body])) for one in rows), read)
    last = rows[-1]
    return {
        "rule": last.rule_name,
        "title": titles.get(last.rule_name, last.rule_name),
        "severity": last.severity,
        "subject": bodies[last.body].get("subject", last.subject or None),
        "status": spells[-1]["status"] if spells[-1]["until"] is None else None,
        "reason": bodies[last.body]["reason"],
        "spells": spells,
    }


def _drift(rows: Sequence[Row[Any]], bodies: Mapping[int, Any], read: Sequence[int]) -> dict[str, Any]:
    values = ((one.change, one.first, one.last, [bodies[one.body]["actual"]]) for one in rows)
    spells = _spells(values, read)
    status = spells[-1]["status"] if spells[-1]["until"] is None else None
    return {"golden": rows[-1].golden, "path": bodies[rows[-1].body]["path"], "change": status, "spells": spells}


def _values(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"path": one["path"], "actual": one["actual"]} for one in body["observations"]]


def _spells(intervals: Iterable[tuple[str, int, int | None, Any]], read: Sequence[int]) -> list[dict[str, Any]]:
    """Intervals that follow one another with the same status are one, however often the value changed."""
    spells: list[dict[str, Any]] = []
    before = -1  # place in `read` of the last moment of the interval before
    for status, first, last, values in intervals:
        places = _within(first, last, read)
        value = {"since": iso(time_of(read[places[0]])), "seen": values}
        if spells and spells[-1]["status"] == status and places[0] == before + 1:
            if spells[-1]["values"][-1]["seen"] != values:  # a waiver, or a reason in other words, is no other value
                spells[-1]["values"].append(value)
        else:
            spells.append({"status": status, "since": value["since"], "values": [value]})
        before = places[-1]
        until = iso(time_of(read[before + 1])) if before + 1 < len(read) else None
        spells[-1] |= {"last_seen": iso(time_of(read[before])), "until": until}
    return spells


def _titles(connection: Connection, moments: Sequence[Row[Any]]) -> dict[str, str]:
    """Titles of rules, as the newest run says."""
    ident = connection.scalar(select(_RUN.c.rules).where(_RUN.c.id == moments[-1].run))
    rules = blobs.get_json(connection, ident) if ident is not None else {}
    return {name: one["title"] for name, one in rules.items()}
