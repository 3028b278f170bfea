"""What the tabs of a target show."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from auditor.api import cursors
from auditor.api.routes.common import score_of
from auditor.evidence.captures import iso
from auditor.reporting.words import SEVERITIES, STATUSES
from auditor.service.stored import finding_entry
from auditor.service.waived import waived_at
from auditor.store.history import time_of
from auditor.store.listing import looks, of_target, runs
from auditor.store.listing.of_target import Event, Stood
from auditor.store.runs import Seen
from auditor.store.snapshots import get_snapshots, with_facts
from auditor.web import facts
from auditor.web.asof import exact

SHOWN = 100
LINES = 250
LOOKS = 30
MOST_LOOKS = 2000
MOST_EVENTS = 6
_STATUS = {name: place for place, name in enumerate(STATUSES)}
_SEVERITY = {name: place for place, name in enumerate(SEVERITIES)}
Entry = dict[str, Any]


def findings(
    connection: Connection, seen: Seen, at: datetime, after: str, status: str, severity: str, text: str
) -> Entry:
    """What was found, open ones first, by severity; the counts are of all of it."""
    stood = [] if seen.unread is not None else of_target.stood_at(connection, seen)
    rules = runs.rules_of(connection, {seen.run})[seen.run]
    counts = {name: sum(one.status == name for one in stood) for name in STATUSES}
    wanted = text.lower()
    fits = [
        one
        for one in stood
        if (not status or one.status == status)
        and (not severity or one.severity == severity)
        and (not wanted or wanted in f"{one.rule} {rules.get(one.rule, {}).get('title', '')} {one.subject}".lower())
    ]
    fits.sort(key=worst_first)
    start = (cursors.read(after, int) or [0])[0]
    part = fits[max(0, start) : max(0, start) + SHOWN]
    more = cursors.written(start + SHOWN) if len(fits) > start + SHOWN else ""
    return {
        "rows": shown(connection, seen, part, rules, at),
        "counts": counts,
        "fitting": len(fits),
        "more": more,
        "status": status,
        "severity": severity,
        "q": text,
    }


def shown(
    connection: Connection, seen: Seen, stood: Sequence[Stood], rules: Mapping[str, Any], at: datetime
) -> list[Entry]:
    """Findings with evidence, and the waiver as it holds at that time."""
    kept = of_target.whole(connection, seen.target, stood)
    entries = waived_at([finding_entry(seen, one, rules) for one in kept], at)
    return [
        {**entry, "since": iso(time_of(one.first)), "target_id": seen.target}
        for entry, one in zip(entries, stood, strict=True)
    ]


def facts_of(connection: Connection, seen: Seen, root: str, text: str, after: str) -> Entry | None:
    """Lines of what was read, and what could not be; None where the facts of that time are not kept any more."""
    if seen.snapshot is None or not with_facts(connection, [seen.snapshot]):
        return None
    data = get_snapshots(connection, [seen.snapshot])[seen.snapshot]
    every = facts.lines(data, seen.platform)
    found = facts.chosen(every, root, text)
    start = max(0, (cursors.read(after, int) or [0])[0])
    part = found[start : start + LINES]
    groups: list[tuple[str, list[facts.Line]]] = []
    for one in part:
        if not groups or groups[-1][0] != one.place:
            groups.append((one.place, []))
        groups[-1][1].append(one)
    gaps = sorted(data["gaps"].items())
    return {
        "groups": groups,
        "roots": facts.roots(every, data["gaps"]),
        "gaps": gaps,
        "values": len(every),
        "fitting": len(found),
        "shown": len(part),
        "more": cursors.written(start + LINES) if len(found) > start + LINES else "",
        "root": root,
        "q": text,
        "read_at": iso(seen.at),
        "version": data["version"],
        "warnings": list(data["warnings"]),
    }


def history(connection: Connection, number: int, at: datetime, after: str) -> Entry:
    """What became of the target in each run, the newest first, and what changed with it."""
    place = cursors.read(after, int)
    rows = looks.moments(connection, number, at, LOOKS + 1, below=place[0] if place else None)
    every = looks.moments(connection, number, at, MOST_LOOKS)
    changes: dict[int, Mapping[int, list[Event]]] = {}
    firsts: set[tuple[int, int]] = set()
    for series in {row.series for row in rows[:LOOKS]}:
        read = sorted(row.moment for row in every if row.series == series and row.unread is None)
        changes[series] = of_target.events(connection, series, number, read)
        firsts.update((series, moment) for moment in read[:1])
    out = []
    for row in rows[:LOOKS]:
        found = changes[row.series].get(row.moment, []) if row.unread is None else []
        kinds = {}
        for kind in ("fails", "drifts", "unknown", "mended", "drift-ended"):
            ones = sorted((one for one in found if one.kind == kind), key=lambda one: _SEVERITY.get(one.severity, 9))
            if ones:
                kinds[kind] = {"count": len(ones), "first": ones[:MOST_EVENTS]}
        out.append(
            {
                "run": row.run_name,
                "at": iso(time_of(row.moment)),
                "exact": exact(row.moment),
                "status": row.status,
                "reason": row.reason,
                "read": row.unread is None,
                "first": (row.series, row.moment) in firsts and len(every) < MOST_LOOKS,
                "snapshot": row.snapshot is not None,
                "score": score_of(row._mapping),
                "changes": kinds,
            }
        )
    more = cursors.written(rows[LOOKS - 1].moment) if len(rows) > LOOKS else ""
    return {"looks": out, "more": more}


def worst_first(one: Stood) -> tuple[int, int, str, str]:
    """A key to sort by: open ones first, by severity."""
    return _STATUS.get(one.status, 9), _SEVERITY.get(one.severity, 9), one.rule, one.subject
