"""The document of a run as a scope shows it: its targets, what was found on them, and nothing of any other.

It is put together from what is known to be allowed, never by taking away: a key that is new stays out until it is here.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from auditor.access import Reach
from auditor.coverage import by_platform
from auditor.domain import Coverage, Target
from auditor.errors import ConflictError
from auditor.reporting.tally import score_entry
from auditor.service.stored import Document, assemble, found_of
from auditor.service.waived import waivers_at
from auditor.store import blobs, runs
from auditor.store.engine import Store
from auditor.store.listing.labels import within
from auditor.store.runs import Seen
from auditor.store.sql import table_of
from auditor.store.tables import RunTarget

_SEEN = table_of(RunTarget)
RUN = ("id", "started_at", "finished_at", "auditor_version", "tailoring", "organisation", "classification", "fail_on")
RUN_MORE = ("min_coverage", "baselines")
SOURCE = ("name", "kind", "address", "status", "reason", "seconds", "synthetic")
WAIVER_SCOPE = "within the scope of this document"


def document_within(store: Store, run: Any, reach: Reach) -> Document:
    """The document of a run (its row) for somebody with this reach; the whole one for everything.

    Raises ConflictError while there is no result.
    """
    if run.head is None:
        raise ConflictError(f"the run {run.name} has no result: it is {run.state}", mend="Wait until it has ended.")
    if reach.everything:
        return found_of(store, run.name).document
    with store.reading() as connection:
        return _part(connection, run, reach)


def _part(connection: Connection, run: Any, reach: Reach) -> Document:
    head, rules = blobs.get_json(connection, run.head), blobs.get_json(connection, run.rules)
    query = runs.targets_query().where(_SEEN.c.run == run.id, within(reach, _SEEN.c.target))
    seen = runs.seen_rows(connection, query.order_by(_SEEN.c.place))
    whole = assemble(connection, {}, rules, seen)
    findings, shown = whole["findings"], {one.shown for one in seen}
    sources = [_source(one, seen) for one in head["sources"] if any(one["name"] == x.source for x in seen)]
    used = {one["rule"] for one in findings}
    return {
        "schema": whole["schema"],
        "run": {
            **{key: head["run"][key] for key in (*RUN, *RUN_MORE)},
            "scope": ", ".join(one["name"] for one in sources),
            "synthetic": any(one.about["synthetic"] for one in seen),
        },
        "coverage": _coverage(seen, head["coverage"]),
        "score": score_entry(findings),
        "sources": sources,
        "targets": whole["targets"],
        "rules": {name: one for name, one in rules.items() if name in used},
        "golden": [_golden(one, shown) for one in head["golden"] if shown & set(one["targets"])],
        "waivers": _waivers(head["waivers"], findings, datetime.fromisoformat(head["run"]["finished_at"])),
        "findings": findings,
        "drift": whole["drift"],
    }


def _source(entry: Mapping[str, Any], seen: Sequence[Seen]) -> dict[str, Any]:
    own = {key: entry[key] for key in SOURCE}
    return {**own, "account": "", "warnings": [], "targets": sum(one.source == entry["name"] for one in seen)}


def _coverage(seen: Sequence[Seen], whole: Mapping[str, Any]) -> dict[str, Any]:
    """Of these targets alone; what was excluded has no labels, and so is nobody's but the whole estate's."""
    names = {one.shown for one in seen}
    targets = [
        Target(one.shown, one.platform, one.source, one.status, one.reason, part_of=one.about["part_of"] or "")
        for one in seen
    ]
    covered = Coverage(tuple(targets), ())
    lists = {key: [one for one in whole[key] if one["target"] in names] for key in ("unreachable", "stale")}
    counted = {"population": covered.population, "collected": covered.collected, "by_platform": by_platform(covered)}
    return {**counted, **lists, "excluded": []}


def _golden(entry: Mapping[str, Any], shown: set[str]) -> dict[str, Any]:
    plain = {key: entry[key] for key in ("id", "title", "version", "sha256")}
    missing = [one for one in entry["not_compared"] if one["target"] in shown]
    return {**plain, "targets": [one for one in entry["targets"] if one in shown], "not_compared": missing}


def _waivers(
    entries: Iterable[Mapping[str, Any]], findings: Sequence[Mapping[str, Any]], at: datetime
) -> list[dict[str, Any]]:
    beside = {one[key]["id"] for one in findings for key in ("waiver", "waiver_lapsed") if one.get(key)}
    own = [{**one, "scope": WAIVER_SCOPE} for one in entries if one["id"] in beside]
    return waivers_at(own, findings, at.astimezone(UTC))
