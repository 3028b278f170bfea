"""What was read once, judged again: by today's rules or a draft of them, without asking any host.

Nothing of it goes into the history: there stands what was judged at its time. A fact that came with a later release
than the snapshot is unknown (`facts.earlier`); what was not read then stays unread: coverage is that of the stored run,
less the targets whose facts retention has removed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from auditor.document import Cover, document
from auditor.domain import Coverage, Credential, Exclusion, Failure, Source, Target
from auditor.errors import InputError
from auditor.evidence.captures import iso
from auditor.inventory.select import matches
from auditor.pipeline import Audit, Plan, SourceResult, compare, judge_target, run_id
from auditor.runners import Collected
from auditor.service.results import source_of
from auditor.service.stored import Document, Found
from auditor.store import collected
from auditor.store.engine import Store
from auditor.store.runs import Seen
from auditor.store.snapshots import as_snapshot, get_snapshots, with_facts
from auditor.verdicts import score
from auditor.waivers import Matcher

FACTS_GONE = "the facts of this reading were removed by retention, which keeps fewer of that age"


def retro(store: Store, found: Found, plan: Plan, cover: Cover, now: datetime) -> Document:
    """The document of what `found` had read, judged by `plan` at `now`. `run.rejudged` says of which run, and when.

    Of the plan count its baselines, tailoring, golden profiles, waivers (as they stand at `now`) and patterns. Raises
    InputError where a pattern means no target, StoreError when a snapshot is gone.
    """
    base = found.document
    targets = targets_of(store, found, plan.patterns)
    sources = _sources(store, found.seen, base)
    plan = replace(plan, sources=[one for one in sources.values() if any(t.source == one.name for t in targets)])
    waivers = Matcher(plan.waivers, now)
    judged = tuple(one for target in targets for one in judge_target(target, plan, waivers))
    drift, uncompared = compare(targets, plan)
    excluded = () if plan.patterns else _excluded(base["coverage"]["excluded"])
    audit = Audit(
        run_id(now),
        datetime.fromisoformat(base["run"]["started_at"]),
        now,
        plan,
        tuple(_result(source, targets) for source in plan.sources),
        Coverage(tuple(targets), excluded),
        judged,
        score(judged),
        drift,
        uncompared,
        waivers.standings(),
    )
    made = document(audit, cover)
    kept = {key: base["run"][key] for key in ("as_of", "made_of") if key in base["run"]}
    made["run"] |= {**kept, "rejudged": {"run": base["run"]["id"], "at": iso(now)}}
    names = {source.name for source in plan.sources}
    made["sources"] = [one for one in base["sources"] if one["name"] in names]
    return made


def targets_of(store: Store, found: Found, patterns: Sequence[str]) -> list[Target]:
    """The targets of a stored document with their snapshots, those that `patterns` mean. Raises InputError."""
    entries = {one["name"]: one for one in found.document["targets"]}
    chosen = [
        one
        for one in found.seen
        if matches(patterns, one.shown, one.source) or (patterns and matches(patterns, one.name, one.source))
    ]
    every = {name for one in found.seen for name in (one.shown, one.name, one.source, f"{one.source}/{one.name}")}
    unmet = [one for one in patterns if not any(matches([one], name, name) for name in every)]
    if unmet or not chosen:
        run = found.document["run"]["id"]
        raise InputError(f"no target of run {run} matches {' '.join(unmet)}", mend="Correct the name.")
    read = {one.shown: one for one in chosen if entries[one.shown]["status"] == "collected"}
    with store.reading() as connection:
        snapshots = get_snapshots(
            connection, with_facts(connection, {one.snapshot for one in read.values() if one.snapshot is not None})
        )
    unread = _unread(found.document["coverage"])
    out = []
    for one in chosen:
        snapshot = None
        reason, good = unread.get(one.shown, ("", None))
        status, part_of = entries[one.shown]["status"], one.about["part_of"] or ""
        if one.shown in read and one.snapshot is not None and one.snapshot in snapshots:
            snapshot = as_snapshot(snapshots[one.snapshot], one.shown, one.platform, one.source, one.at)
        elif one.shown in read:
            status, reason, good = "unreachable", FACTS_GONE, one.at
        own = one.name if one.name != one.shown else ""
        out.append(Target(one.shown, one.platform, one.source, status, reason, snapshot, part_of, good, own))
    return out


def _unread(coverage: Mapping[str, Any]) -> dict[str, tuple[str, datetime | None]]:
    """Why a target was not read, and when it last was, by its name."""
    return {
        one["target"]: (one["reason"], datetime.fromisoformat(good) if (good := one.get("last_good")) else None)
        for one in (*coverage["unreachable"], *coverage["stale"])
    }


def _sources(store: Store, seen: Iterable[Seen], base: Mapping[str, Any]) -> dict[str, Source]:
    """The sources as they were, without secrets: what the store still has of them, else what the document says."""
    runs: dict[str, int] = {}
    labels: dict[str, Mapping[str, str]] = {}
    for one in sorted(seen, key=lambda one: one.moment):
        runs[one.source] = one.run
        if one.snapshot is None:
            labels[one.source] = one.about["labels"]
    found = {
        one["name"]: Source(
            one["name"],
            one["kind"],
            one["address"],
            credentials={"": Credential("", one["account"])} if one["account"] else {},
            labels=labels.get(one["name"], {}),
        )
        for one in base["sources"]
    }
    with store.reading() as connection:
        for run in set(runs.values()):
            rows = collected.sources_of(connection, run, [name for name, own in runs.items() if own == run])
            found.update({name: source_of(row.result) for name, row in rows.items() if name in found})
    return found


def _result(source: Source, targets: Sequence[Target]) -> SourceResult:
    own = tuple(one for one in targets if one.source == source.name)
    failures = tuple(
        Failure(source.name, one.reason, one.name, one.platform) for one in own if one.snapshot is None and one.reason
    )
    snapshots = tuple(one.snapshot for one in own if one.snapshot is not None)
    return SourceResult(Collected(source, [], list(failures)), snapshots, failures, (), own)


def _excluded(entries: Iterable[Mapping[str, Any]]) -> tuple[Exclusion, ...]:
    return tuple(Exclusion(one["target"], one["reason"], one["until"] or "", one["platform"]) for one in entries)
