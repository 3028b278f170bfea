"""The audit, top to bottom. Start reading here.

inventory -> Source -> fetch -> Capture -> read -> Snapshot -> relate -> judge -> Finding -> Audit -> report
                          `---> Failure --------------------------------^  (unknown, never green)
"""

import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from auditor.collectors import collector_for
from auditor.coverage import aged, cover, general_reason, gone_machines, itself, source_members, source_targets
from auditor.domain import (
    ABSENT,
    EMPTY,
    Capture,
    Coverage,
    Drift,
    Exclusion,
    Failure,
    Member,
    Snapshot,
    Source,
    Target,
)
from auditor.errors import InputError
from auditor.golden.profile import Golden, Unset
from auditor.inventory.load import default_platform
from auditor.inventory.select import matches
from auditor.relate import relate
from auditor.relate.names import with_names
from auditor.resolving import lookup_of
from auditor.runners import Collected, Progress, Runner, run_sync
from auditor.selection import ActiveBaseline
from auditor.sharing import Shared
from auditor.tailorings import LoadedTailoring
from auditor.verdicts import Judged, Score, judge, plan, score, waive
from auditor.waivers import Matcher, Standing, Waiver


@dataclass(frozen=True, slots=True)
class Past:
    """What earlier runs say: who stood behind each source, and when each (source, platform, name) was last read.

    A target whose last good snapshot is older than `stale_after` is stale; None: nobody said how old it may be.
    """

    known: Mapping[str, Sequence[Member]] = EMPTY
    last_good: Mapping[tuple[str, str, str], datetime] = field(default_factory=dict)
    stale_after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run is to do. `patterns` narrow it to some targets; no pattern means all."""

    sources: Sequence[Source]
    baselines: Sequence[ActiveBaseline]
    excluded: Sequence[Exclusion] = ()
    patterns: Sequence[str] = ()
    chosen_by_name: bool = False  # the baselines were named, not found
    tailoring: LoadedTailoring | None = None
    goldens: Sequence[Golden] = ()
    past: Past = Past()
    waivers: Sequence[Waiver] = ()


@dataclass(frozen=True, slots=True)
class SourceResult:
    """One source after a run: what came of it and who stands behind it."""

    collected: Collected
    snapshots: tuple[Snapshot, ...]
    failures: tuple[Failure, ...]
    members: tuple[Member, ...]
    targets: tuple[Target, ...]


@dataclass(frozen=True, slots=True)
class Audit:
    """The result of a run, ready to be written down."""

    id: str
    started_at: datetime
    finished_at: datetime
    plan: Plan
    sources: tuple[SourceResult, ...]
    coverage: Coverage
    judged: tuple[Judged, ...]
    score: Score
    drift: tuple[Drift, ...] = ()
    uncompared: tuple[tuple[str, str, Unset], ...] = ()  # (target, golden profile, customisation without a value)
    waivers: tuple[Standing, ...] = ()


@dataclass(frozen=True, slots=True)
class Gathered:
    """What a run is judged from: its sources as they answered, and its population."""

    started_at: datetime
    sources: tuple[SourceResult, ...]
    coverage: Coverage


def audit(plan_: Plan, runner: Runner, progress: Progress | None = None) -> Audit:
    """Collect, read, cover, judge, waive and score."""
    found = gather(plan_, runner, progress)
    started, waivers = found.started_at, Matcher(plan_.waivers, found.started_at)
    judged = tuple(one for target in found.coverage.targets for one in judge_target(target, plan_, waivers))
    drift, uncompared = compare(found.coverage.targets, plan_)
    return Audit(
        run_id(started),
        started,
        now(),
        plan_,
        found.sources,
        found.coverage,
        judged,
        score(judged),
        drift,
        uncompared,
        waivers.standings(),
    )


def gather(plan_: Plan, runner: Runner, progress: Progress | None = None, started: datetime | None = None) -> Gathered:
    """Collect, read, relate and cover: everything up to the first verdict. A run that began earlier says when."""
    started = started or now()
    collected, shared = run_sync(runner, plan_.sources, progress), Shared()
    results = related(tuple(recalled(read_source(one, shared), plan_.past, started) for one in collected))
    targets = in_scope(results, plan_.patterns)
    return Gathered(started, results, cover(targets, plan_.excluded, started.date()))


def judge_target(target: Target, plan_: Plan, waivers: Matcher | None = None) -> list[Judged]:
    """The findings of one target, with what `waivers` say of them."""
    judged = judge(target, plan(target, plan_.baselines, plan_.chosen_by_name))
    return judged if waivers is None else waive(judged, waivers)


def compare(targets: Iterable[Target], plan_: Plan) -> tuple[tuple[Drift, ...], tuple[tuple[str, str, Unset], ...]]:
    """Drift of every target from the golden profiles that are for it, and what had no value to be compared with."""
    values = {source.name: source.customisations for source in plan_.sources}
    drifts: list[Drift] = []
    unset: list[tuple[str, str, Unset]] = []
    for target in targets:
        for golden in plan_.goldens:
            if not golden.fits(target) or target.part_of:
                continue
            if target.snapshot is None:
                drifts.append(Drift(target.name, "", "unknown", ABSENT, ABSENT, "", golden.id, target.reason))
                continue
            own = values.get(target.source, {})
            found, missing = golden.check(target.snapshot, own.get(target.name, {}))
            drifts += found
            unset += [(target.name, golden.id, one) for one in missing]
    return tuple(drifts), tuple(unset)


def related(results: Sequence[SourceResult]) -> tuple[SourceResult, ...]:
    """The results, with what their targets say about each other: of all targets, whatever a pattern narrows later."""
    targets = iter(relate([target for result in results for target in result.targets]))
    return tuple(replace(result, targets=tuple(next(targets) for _ in result.targets)) for result in results)


def in_scope(results: Sequence[SourceResult], patterns: Sequence[str]) -> list[Target]:
    """The targets that `patterns` mean. Raises InputError for a pattern that means none of them.

    Where a source failed as a whole, what a pattern means may stand behind it: then that source is in scope, unread.
    """
    targets = [t for r in results for t in r.targets]
    chosen = [t for t in targets if matches(patterns, t.name, t.source)]
    unmet = [p for p in patterns if not any(matches([p], t.name, t.source) for t in targets)]
    if not unmet:
        return chosen
    broken = [(r, reason) for r in results if (reason := general_reason(r.failures))]
    if not broken:
        raise InputError(f"no target matches {' '.join(unmet)}", mend="Correct the name. Nothing was written.")
    for result, reason in broken:
        source = result.collected.source
        own = itself(source, default_platform(source.kind))
        if not any((t.name, t.source) == (own.name, own.name) for t in chosen):
            chosen.append(Target(own.name, own.platform, source.name, "unreachable", reason))
    return chosen


def read_source(collected: Collected, shared: Shared | None = None) -> SourceResult:
    """The snapshots of one source, its failures, and its targets with what became of them.

    Snapshots are made of pieces that they share with those that came before into `shared`.
    """
    source, platform = collected.source, default_platform(collected.source.kind)
    snapshots: list[Snapshot] = []
    failures = list(collected.failures)
    for capture in distinct(collected.captures):
        item = read_capture(capture, source)
        if isinstance(item, Snapshot):
            snapshots.append(shared.snapshot(item) if shared else item)
        else:
            failures.append(item)
    targets = source_targets(source, snapshots, failures, platform)
    members = source_members(source, snapshots, failures, platform)
    return SourceResult(collected, tuple(snapshots), tuple(failures), tuple(members), tuple(targets))


def recalled(result: SourceResult, past: Past, now: datetime) -> SourceResult:
    """The result with the targets that earlier runs know of, and those stale that were not read for too long."""
    source = result.collected.source
    known = past.known.get(source.name, ())
    platform = default_platform(source.kind)
    targets = source_targets(source, result.snapshots, result.failures, platform, known) if known else result.targets
    aging = tuple(aged(targets, past.last_good, past.stale_after, now))
    gone = gone_machines(targets, known)
    if gone and not general_reason(result.failures):
        warned = replace(source, warnings=(*source.warnings, gone))
        collected = Collected(warned, result.collected.captures, result.collected.failures, result.collected.seconds)
        return replace(result, collected=collected, targets=aging)
    return replace(result, targets=aging)


def distinct(captures: Iterable[Capture]) -> Iterator[Capture]:
    """The captures, with a number behind the name of each target that came before: none may hide another."""
    seen: set[tuple[str, str]] = set()
    for capture in captures:
        name, number = capture.target, 1
        while (capture.platform, name) in seen:
            number += 1
            name = f"{capture.target} #{number}"
        seen.add((capture.platform, name))
        yield capture if number == 1 else replace(capture, target=name)


def read_capture(capture: Capture, source: Source) -> Snapshot | Failure:
    """`read`, with the source's labels added. A reader that breaks makes the target a failure, never a pass."""
    try:
        snapshot = collector_for(capture.platform).read(capture)
    except Exception as problem:  # `read` promises not to raise; a broken promise must not end the run
        reason = f"its capture could not be read: {type(problem).__name__}: {problem}"
        return Failure(source.name, reason[:600], capture.target, capture.platform, "unreadable")
    if not snapshot.sources:
        reason = next(iter(snapshot.gaps.values()), "its capture holds nothing that can be read")
        return Failure(source.name, reason[:600], capture.target, capture.platform, "unreadable")
    return labelled(with_names(snapshot, lookup_of(capture.body)), capture, source)


def labelled(snapshot: Snapshot, capture: Capture, source: Source) -> Snapshot:
    """`snapshot` as a member of `source`: its labels, and what the capture says of its own trustworthiness."""
    # rights hang on labels: what a device or a capture says of itself must not outdo the inventory
    labels = {**snapshot.labels, **capture.labels, **source.labels}
    warnings = tuple(dict.fromkeys((*source.warnings, *capture.warnings, *snapshot.warnings)))
    return replace(
        snapshot,
        source=source.name,
        labels=labels,
        group=snapshot.group or labels.get("site", ""),
        synthetic=snapshot.synthetic or capture.synthetic,
        warnings=warnings,
    )


def now() -> datetime:
    """The time, in UTC, to the second."""
    return datetime.now(UTC).replace(microsecond=0)


def run_id(started: datetime, token: Callable[[int], str] = secrets.token_hex) -> str:
    """Id of a run: its start in UTC and four random digits."""
    return f"{started:%Y%m%d-%H%M%S}-{token(2)}"
