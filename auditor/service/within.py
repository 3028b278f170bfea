"""The document of a run as a scope shows it: its targets, what was found on them, and nothing of any other.

It is put together from what is known to be allowed, never by taking away: a key that is new stays out until it is here.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, select

from auditor.access import Reach
from auditor.coverage import by_platform
from auditor.domain import Coverage, Target
from auditor.errors import ConflictError
from auditor.reporting.tally import score_entry
from auditor.service.downloads.cut import Cut
from auditor.service.stored import Document, assemble, found_of
from auditor.service.waived import waivers_at_once
from auditor.store import blobs, runs
from auditor.store.engine import Store
from auditor.store.runs import Seen
from auditor.store.sql import in_batches, table_of
from auditor.store.tables import RunTarget, TargetRow

_SEEN, _TARGET = table_of(RunTarget), table_of(TargetRow)
RUN = ("id", "started_at", "finished_at", "auditor_version", "tailoring", "organisation", "classification", "fail_on")
RUN_MORE = ("min_coverage", "baselines")
RUN_PAST = ("as_of", "made_of")
SOURCE = ("name", "kind", "address", "status", "reason", "seconds", "synthetic")
WAIVER_SCOPE = "within the scope of this document"


def document_within(store: Store, run: Any, reach: Reach) -> Document:
    """The document of a run (its row) for somebody with this reach; the whole one for everything.

    Raises ConflictError while there is no result.
    """
    return document_cut(store, run, Cut(reach))


def document_cut(store: Store, run: Any, cut: Cut) -> Document:
    """The document of the part of a run; `selection` says which. Raises ConflictError while there is no result."""
    if run.head is None:
        raise ConflictError(f"the run {run.name} has no result: it is {run.state}", mend="Wait until it has ended.")
    if cut.everything:
        return found_of(store, run.name).document
    with store.reading() as connection:
        head, rules = blobs.get_json(connection, run.head), blobs.get_json(connection, run.rules)
        query = runs.targets_query().where(_SEEN.c.run == run.id).order_by(_SEEN.c.place)
        allowed = runs.seen_rows(connection, query.where(*cut.allowed()))
        inside = chosen_of(connection, cut, allowed)
        seen = [one for one in allowed if one.target in inside]
        made = assemble(connection, head, rules, seen)
        made["coverage"] = _coverage(seen, head["coverage"])
    made["score"] = score_entry(made["findings"])
    return closed(made, seen, cut, population_of(allowed))


def chosen_of(connection: Connection, cut: Cut, allowed: Sequence[Seen]) -> set[int]:
    """The numbers of those targets that the cut holds."""
    if not cut.chosen:
        return {one.target for one in allowed}
    found: set[int] = set()
    for batch in in_batches([one.target for one in allowed]):
        query = select(_TARGET.c.id).where(_TARGET.c.id.in_(batch), *cut.conditions())
        found.update(connection.scalars(query))
    return found


def population_of(seen: Sequence[Seen]) -> int:
    """How many targets count: a switch that is another view of one is counted with it."""
    return _covered(seen).population


def closed(made: Document, seen: Sequence[Seen], cut: Cut, population: int) -> Document:
    """A document of these targets, with nothing in it of any other; `population` is how many the scope allows.

    Who sees everything is told all of the sources, waivers and exclusions that have to do with them.
    """
    findings, shown = made["findings"], {one.shown for one in seen}
    used = {one["rule"] for one in findings}
    sources = [one for one in made["sources"] if any(one["name"] == target.source for target in seen)]
    excluded, waivers = made["coverage"]["excluded"], made["waivers"]
    about = {
        "scope": ", ".join(one["name"] for one in sources),
        "synthetic": any(one.about["synthetic"] for one in seen),
    }
    if cut.reach.everything:
        run = {**made["run"], **about}
        kept = [] if cut.labels or cut.sources else [one for one in excluded if one["platform"] in cut.platforms]
        sources = [{**one, "targets": sum(x.source == one["name"] for x in seen)} for one in sources]
        own = [one for one in waivers if one["id"] in _beside(findings) or one["rule"] in used]
    else:
        run = {**{key: made["run"][key] for key in (*RUN, *RUN_MORE, *RUN_PAST) if key in made["run"]}, **about}
        kept, excluded = [], []
        sources = [_source(one, seen) for one in sources]
        own = [{**one, "scope": WAIVER_SCOPE} for one in waivers if one["id"] in _beside(findings)]
    covered = {**made["coverage"], "excluded": kept}
    by_rule = {name: one for name, one in made["rules"].items() if name in used}
    return {
        "schema": made["schema"],
        "run": run,
        "selection": cut.entry(covered["population"], population, len(excluded) - len(kept)),
        "coverage": covered,
        "score": made["score"],
        "sources": sources,
        "targets": made["targets"],
        "rules": by_rule,
        "golden": [_golden(one, shown) for one in made["golden"] if shown & set(one["targets"])],
        "waivers": waivers_at_once(own, findings, made["run"]),
        "findings": findings,
        "drift": made["drift"],
    }


def _source(entry: Mapping[str, Any], seen: Sequence[Seen]) -> dict[str, Any]:
    own = {key: entry[key] for key in SOURCE}
    return {**own, "account": "", "warnings": [], "targets": sum(one.source == entry["name"] for one in seen)}


def _coverage(seen: Sequence[Seen], whole: Mapping[str, Any]) -> dict[str, Any]:
    """Of these targets alone; what was excluded has no labels."""
    names = {one.shown for one in seen}
    covered = _covered(seen)
    lists = {key: [one for one in whole[key] if one["target"] in names] for key in ("unreachable", "stale")}
    counted = {"population": covered.population, "collected": covered.collected, "by_platform": by_platform(covered)}
    return {**counted, **lists, "excluded": whole["excluded"]}


def _covered(seen: Sequence[Seen]) -> Coverage:
    targets = [
        Target(one.shown, one.platform, one.source, one.status, one.reason, part_of=one.about["part_of"] or "")
        for one in seen
    ]
    return Coverage(tuple(targets), ())


def _golden(entry: Mapping[str, Any], shown: set[str]) -> dict[str, Any]:
    plain = {key: entry[key] for key in ("id", "title", "version", "sha256")}
    missing = [one for one in entry["not_compared"] if one["target"] in shown]
    return {**plain, "targets": [one for one in entry["targets"] if one in shown], "not_compared": missing}


def _beside(findings: Sequence[Mapping[str, Any]]) -> set[str]:
    """Ids of the waivers that stand beside findings, or did."""
    return {one[key]["id"] for one in findings for key in ("waiver", "waiver_lapsed") if one.get(key)}
