"""What routes of several nouns share: the scope of who asks, the looks that are meant, entries as they are shown."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import Query
from pydantic import AfterValidator
from sqlalchemy import Connection

from auditor.access import Permission, Reach, parsed_scope, scope_filter
from auditor.api import cursors
from auditor.api.guard import Asking
from auditor.api.problems import ProblemError
from auditor.evidence.captures import iso
from auditor.service.changing.labelled import Labels
from auditor.service.stored import finding_entry, target_entry
from auditor.store.engine import now
from auditor.store.history import moment_of, time_of
from auditor.store.listing import findings, looks, runs
from auditor.store.listing.findings import START, Listed, Place, Wanted
from auditor.store.listing.looks import Look, Only
from auditor.store.runs import Kept, Seen

Severity = Literal["info", "low", "medium", "high", "critical"]
Status = Literal["pass", "fail", "unknown", "error", "notapplicable", "notchecked"]


def writable(text: str) -> str:
    """Text that every database takes. Raises ValueError."""
    if "\0" in text or any("\ud800" <= one <= "\udfff" for one in text):
        raise ValueError("it holds a character that cannot be written")
    return text


Text = Annotated[str, Query(max_length=300), AfterValidator(writable)]
Number = Annotated[int, Query(ge=1, lt=1 << 53)]
LabelQuery = Annotated[list[Text], Query(max_length=10, description="`site=ams`; a target must have all of them.")]
SeriesQuery = Annotated[
    int | None,
    Query(ge=1, lt=1 << 53, description="The choice of rules whose history is meant; else that of the latest run."),
]
CHECKS = ("passed", "failed", "unknown", "notapplicable", "notchecked", "waived")


def reach_of(asks: Asking, permission: Permission) -> Reach:
    """Where who asks may do it."""
    return scope_filter(asks.principal, permission)


def labels_of(said: Sequence[str]) -> Mapping[str, str]:
    """Labels of a query. Raises InputError."""
    return parsed_scope(said).as_dict()


def missing(what: str) -> ProblemError:
    """The answer for what is not there, and for what is out of scope: nobody learns which."""
    return ProblemError(404, "not-found", f"there is no such {what}")


def run_in(connection: Connection, name: str, reach: Reach, asks: Asking) -> Any:
    """The row of a run. Raises ProblemError."""
    row = runs.find(connection, name, reach, asks.actor.name) if "\0" not in name else None
    if row is None:
        raise missing("run")
    return row


def look_now(connection: Connection, series: int | None, said: Sequence[Any] | None) -> Look:
    """The last looks of a series; what a cursor said (series, moment) stays so on all pages."""
    if said is not None:
        return Look(series=said[0], at=time_of(min(max(said[1], 0), _LAST)))
    return Look(series=series or looks.default_series(connection) or 0, at=now(connection))


_LAST = moment_of(datetime(9999, 1, 1, tzinfo=UTC))


def target_shown(one: Seen, run: str) -> dict[str, Any]:
    """A target as it was seen, with the counts of its gaps and warnings instead of them all."""
    entry = target_entry(one)
    return {
        "id": one.target,
        **{key: entry[key] for key in ("name", "platform", "source", "version", "status", "collected_at")},
        "labels": entry["labels"],
        "gaps": len(entry["gaps"]),
        "reason": one.reason or None,
        "run": run,
        "seen_at": iso(one.at),
        "series": one.series,
    }


def findings_page(
    connection: Connection, look: Look, wanted: Wanted, after: Sequence[Any] | None, limit: int
) -> tuple[list[dict[str, Any]], Place | None]:
    """Findings behind a place as they are shown, and the place to go on from."""
    found = findings.findings(connection, look, wanted, _place(after), limit + 1)
    shown, more = found[:limit], len(found) > limit
    seen = _seen(connection, shown)
    names = runs.names_of(connection, {one.run for one in shown})
    rules = runs.rules_of(connection, set(names))
    out = []
    for one in shown:
        target = seen[one.run, one.place[0]]
        kept = Kept(one.place[0], one.rule, one.subject, one.status, one.severity, one.body, one.first, one.last)
        out.append(
            finding_entry(target, kept, rules[one.run])
            | _when(one)
            | {"target_id": one.place[0], "run": names[one.run]}
        )
    return out, shown[-1].place if more else None


def drift_page(
    connection: Connection, look: Look, only: Only, after: Sequence[Any] | None, limit: int
) -> tuple[list[dict[str, Any]], Place | None]:
    """The same of drift."""
    found = findings.drifts(connection, look, only, _place(after), limit + 1)
    shown, more = found[:limit], len(found) > limit
    seen = _seen(connection, shown)
    names = runs.names_of(connection, {one.run for one in shown})
    labels = Labels(connection, min((one.at for one in seen.values()), default=now(connection)))
    entries = []
    for one in shown:
        target = seen[one.run, one.place[0]]
        by_change = labels.of((target.platform, target.source, target.name), target.at, one.body)
        named = {"target": target.shown, "by_change": by_change, "target_id": one.place[0], "run": names[one.run]}
        entries.append({**one.body, **_when(one), **named})
    return entries, shown[-1].place if more else None


def place_in(after: str) -> Sequence[Any] | None:
    """The place of a cursor in the list of one run."""
    return cursors.read(after, int, int, str)


def wanted_of(only: Only, status: Sequence[Status] = (), severity: Sequence[Severity] = (), rule: str = "") -> Wanted:
    """What a query asks for."""
    return Wanted(only, frozenset(status), frozenset(severity), rule)


def score_of(counts: Mapping[str, int]) -> dict[str, Any]:
    """The score as the pair: percent that pass if every unknown fails, and if every unknown passes."""
    judged = counts["passed"] + counts["failed"] + counts["unknown"]
    lower = 100.0 * counts["passed"] / judged if judged else None
    upper = 100.0 * (counts["passed"] + counts["unknown"]) / judged if judged else None
    return {"lower": lower, "upper": upper, **{name: counts[name] for name in CHECKS}}


def _place(after: Sequence[Any] | None) -> Place:
    return START if after is None else (after[0], after[1], after[2])


def _seen(connection: Connection, shown: Sequence[Listed]) -> dict[tuple[int, int], Seen]:
    return {(one.run, one.target): one for one in looks.seen_at(connection, [(x.run, x.place[0]) for x in shown])}


def _when(one: Listed) -> dict[str, Any]:
    """Between which moments it was so."""
    return {
        "since": None if one.first is None else iso(time_of(one.first)),
        "until": None if one.last is None else iso(time_of(one.last)),
    }
