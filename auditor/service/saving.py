"""An audit, written into the store target by target, so that thousands need no more memory than fifty."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from auditor.document import Cover, drift_entry, finding_entry, frame, target_entries, used_rules
from auditor.domain import Drift, Target
from auditor.golden.profile import Unset
from auditor.pipeline import Audit, Gathered, Plan, compare, judge_target
from auditor.service import outlook
from auditor.store import blobs, runs
from auditor.store.engine import Store
from auditor.store.history import COUNTED, Difference, TargetResult, Verdict, record_targets
from auditor.verdicts import Judged, PlannedRule, pair, score
from auditor.waivers import Matcher, Standing

AT_ONCE = 50  # targets in one transaction

Fence = Callable[[Connection], None]
Judge = Callable[[Target], Sequence[Judged]]
_SAID_BY_OTHERS = {"target", "platform", "rule", "subject", "status", "severity", "title", "references"}
_SAID_BY_TARGET = {"name", "platform", "source", "status", "collected_at"}


@dataclass(frozen=True, slots=True)
class Saved:
    """A run to be written: its number and series in the store, its public id, and when it began."""

    run: int
    series: int
    name: str
    started_at: datetime


def no_fence(_connection: Connection) -> None:
    """For a run that nobody else can take over."""


def save(
    store: Store,
    saved: Saved,
    found: Gathered,
    plan: Plan,
    cover: Cover,
    *,
    finished_at: Callable[[], datetime],
    judge: Judge | None = None,
    standings: tuple[Standing, ...] = (),
    fence: Fence = no_fence,
) -> None:
    """Judge each target (or take what `judge` and `standings` give) and write it, and the rest of the run's document.

    `fence` is called first in each transaction; what it raises ends the work, and what was written before it stays: the
    same call, made again, goes on from there. Raises StoreError.
    """
    waivers = Matcher(plan.waivers, saved.started_at)
    judge = judge or (lambda target: judge_target(target, plan, waivers))
    blank = Audit(
        saved.name, saved.started_at, saved.started_at, plan, found.sources, found.coverage, (), pair(**_none())
    )
    entries = target_entries(blank)
    identities = _identities(found.coverage.targets)
    rules: dict[str, PlannedRule] = {}
    uncompared: list[tuple[str, str, Unset]] = []
    batch: list[TargetResult] = []
    for place, (target, entry, identity) in enumerate(zip(found.coverage.targets, entries, identities, strict=True)):
        judged = judge(target)
        rules = used_rules(judged, rules)
        drift, unset = compare([target], plan)
        uncompared += unset
        batch.append(target_result(place, identity, target, entry, judged, drift, saved.started_at))
        if len(batch) == AT_ONCE:
            _flush(store, saved, batch, fence)
            batch = []
    _flush(store, saved, batch, fence)
    with store.writing() as connection:
        fence(connection)
        counts = runs.add_counts(connection, saved.run)
        ended = finished_at()
        audit = Audit(
            saved.name,
            saved.started_at,
            ended,
            plan,
            found.sources,
            found.coverage,
            (),
            pair(**counts),
            uncompared=tuple(uncompared),
            waivers=standings or waivers.standings(),
        )
        head = frame(audit, cover, rules)
        head.pop("targets")
        runs.change_run(
            connection,
            saved.run,
            rules=blobs.put_json(connection, head.pop("rules")),
            head=blobs.put_json(connection, head),
            finished_at=ended,
            population=found.coverage.population,
            collected=found.coverage.collected,
            stale=len(head["coverage"]["stale"]),
        )
    outlook.remember(store, saved.run, fence)


def _none() -> dict[str, int]:
    return dict.fromkeys(COUNTED, 0)


def _flush(store: Store, saved: Saved, batch: Sequence[TargetResult], fence: Fence) -> None:
    if batch:
        with store.writing() as connection:
            fence(connection)
            record_targets(connection, saved.run, saved.series, batch)


def _identities(targets: Iterable[Target]) -> list[tuple[str, str, str]]:
    """(source, platform, name) of each target: its own name, not the one that tells it from another in the report."""
    taken: set[tuple[str, str, str]] = set()
    out = []
    for target in targets:
        identity = (target.source, target.platform, target.own_name)
        if identity in taken:
            identity = (target.source, target.platform, target.name)
        taken.add(identity)
        out.append(identity)
    return out


def target_result(
    place: int,
    identity: tuple[str, str, str],
    target: Target,
    entry: Mapping[str, Any],
    judged: Sequence[Judged],
    drift: Iterable[Drift],
    started_at: datetime,
) -> TargetResult:
    """A judged target as the store takes it. `identity` is its source, platform and own name."""
    counted = score(judged)
    return TargetResult(
        *identity,
        shown=target.name,
        place=place,
        status=target.status,
        reason=target.reason,
        at=target.snapshot.taken_at if target.snapshot else started_at,
        about={key: value for key, value in entry.items() if key not in _SAID_BY_TARGET},
        snapshot=target.snapshot,
        verdicts=[_verdict(finding_entry(one)) for one in judged],
        drift=[_difference(drift_entry(one)) for one in drift],
        counts={name: getattr(counted, name) for name in COUNTED},
    )


def _verdict(entry: Mapping[str, Any]) -> Verdict:
    body = {key: value for key, value in entry.items() if key not in _SAID_BY_OTHERS}
    body["observations"] = [{key: value for key, value in one.items() if key != "at"} for one in entry["observations"]]
    return Verdict(entry["rule"], entry["subject"], entry["status"], entry["severity"], body)


def _difference(entry: Mapping[str, Any]) -> Difference:
    body = {key: value for key, value in entry.items() if key != "target"}
    return Difference(entry["golden"], entry["path"], entry["change"], body)
