"""What `auditor run` prints."""

import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson

from auditor.cli.output import one_line, table
from auditor.reporting.words import percent
from auditor.store.course import Course

CHECKS = ("passed", "failed", "unknown", "notapplicable", "notchecked", "waived")
PHASES = ("collect", "judge", "render")


def plain(row: Any, schedules: Mapping[int, str]) -> dict[str, Any]:
    """A run's row as plain data: times in UTC, the score as the pair, `schedule` by name."""
    lower, upper = _pair(row)
    return {
        "run": row.name,
        "state": row.state,
        "schedule": schedules.get(row.schedule),
        "requested_by": row.requested_by,
        "started_at": _iso(row.started_at),
        "finished_at": _iso(row.finished_at),
        "population": row.population,
        "collected": row.collected,
        "stale": row.stale,
        "score": {"lower": lower, "upper": upper, **{name: getattr(row, name) for name in CHECKS}},
        "message": row.message,
    }


def course_plain(course: Course) -> dict[str, Any]:
    """How far a run has come, as plain data."""
    shards: dict[str, dict[str, int]] = {}
    for (kind, state), count in sorted(course.shards.items()):
        shards.setdefault(kind, {})[state] = count
    return {
        "shards": shards,
        "sources": dict(course.sources),
        "reports": [{"format": form, "note": note} for form, note in course.reports],
    }


def print_runs(runs: Sequence[Mapping[str, Any]]) -> None:
    """One line for each run."""
    if not runs:
        sys.stdout.write("no run yet; `auditor run start -i inventory.yaml` or `auditor audit --save` makes one\n")
        return
    rows = [
        (
            one["run"],
            one["state"],
            one["started_at"],
            _length(one),
            f"{one['collected']}/{one['population']}",
            _score(one),
            one["schedule"] or one["requested_by"],
            one["message"].partition("\n")[0],
        )
        for one in runs
    ]
    table(("run", "state", "begun (UTC)", "took", "read", "score %", "by", "message"), rows)


def print_run(one: Mapping[str, Any], course: Mapping[str, Any], troubles: Sequence[tuple[str, str, str]]) -> None:
    """All of a run that fits a terminal."""
    request: Mapping[str, Any] = one["request"]
    lines = [
        ("state", one["state"]),
        ("begun", f"{one['started_at']}, by {one['schedule'] or one['requested_by'] or 'nobody known'}"),
        ("ended", f"{one['finished_at']}, after {_length(one)}" if one["finished_at"] else ""),
        ("inventory", request.get("inventory", "")),
        ("targets", " ".join(request.get("patterns", ()))),
        ("labels", " ".join(f"{key}={'|'.join(values)}" for key, values in request.get("labels", {}).items())),
        ("baselines", " ".join(request.get("baselines", ()))),
        ("read", f"{one['collected']} of {one['population']} targets, {one['stale']} stale"),
        ("score", f"{_score(one)} % " + ", ".join(f"{one['score'][name]} {name}" for name in CHECKS)),
        ("work", progress(course)),
        (
            "reports",
            ", ".join(f"{r['format']}{' (' + r['note'] + ')' if r['note'] else ''}" for r in course["reports"]),
        ),
        *(("message", line) for line in one["message"].splitlines()),
    ]
    sys.stdout.write(f"Run {one['run']}\n")
    for label, value in lines:
        if value:
            sys.stdout.write(f"  {label:10} {one_line(value, 400)}\n")
    if troubles:
        sys.stdout.write("\n")
        table(("source", "target", "not read because"), troubles)


def progress(course: Mapping[str, Any]) -> str:
    """`collect 3/5 judge 0/1`: shards that are over, of all that there are now."""
    parts = []
    for kind in PHASES:
        if states := course["shards"].get(kind):
            over = sum(states.get(state, 0) for state in ("done", "failed"))
            parts.append(f"{kind} {over}/{sum(states.values())}")
    return " ".join(parts)


def request_in(row: Any) -> dict[str, Any]:
    """What a run was asked to do; {} when its row does not say."""
    try:
        found = orjson.loads(row.request)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def _pair(row: Any) -> tuple[float | None, float | None]:
    judged = row.passed + row.failed + row.unknown
    if not judged:
        return None, None
    return round(100.0 * row.passed / judged, 2), round(100.0 * (row.passed + row.unknown) / judged, 2)


def _score(one: Mapping[str, Any]) -> str:
    lower, upper = one["score"]["lower"], one["score"]["upper"]
    return "-" if lower is None else f"{percent(lower)}-{percent(upper)}"


def _length(one: Mapping[str, Any]) -> str:
    if not one["finished_at"]:
        return "-"
    seconds = datetime.fromisoformat(one["finished_at"]) - datetime.fromisoformat(one["started_at"])
    return f"{seconds.total_seconds():.0f} s"


def _iso(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z") if moment else None
