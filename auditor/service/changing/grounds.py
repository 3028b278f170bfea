"""What a prediction stands on: the last captures of targets, read a moment ago, in a folder, or in the store."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from auditor.access import Reach
from auditor.changes.predict import Basis
from auditor.domain import Capture, Source, Target
from auditor.errors import ConflictError, InputError
from auditor.inventory.select import matches
from auditor.pipeline import Gathered, distinct
from auditor.relate.others import neighbours, trimmed
from auditor.service.asof import unambiguous
from auditor.service.choosing import all_series, series_meant
from auditor.service.results import source_of
from auditor.store import collected, past
from auditor.store.runs import Seen
from auditor.store.snapshots import as_snapshot, get_snapshots, with_facts

MOST = 500  # targets of one check
AT_ONCE = 500  # neighbours whose whole facts are in memory
Key = tuple[str, str, str]  # platform, source, own name
_MEND = "`auditor audit --save`, or a scheduled run, reads it; -i reads it now."


@dataclass(frozen=True, slots=True)
class Grounds:
    """The targets that are meant with their captures, and of their estate what says something about them."""

    bases: tuple[Basis, ...]
    estate: tuple[Target, ...]


def gathered_grounds(gathered: Gathered, patterns: Sequence[str], *, live: bool) -> Grounds:
    """Of targets that were collected a moment ago, or of a folder. Raises InputError for one that was not read."""
    captures = {
        (result.collected.source.name, capture.platform, capture.target): (capture, result.collected.source)
        for result in gathered.sources
        for capture in distinct(result.collected.captures)
    }
    chosen = _chosen(gathered.coverage.targets, patterns)
    bases = []
    for one in chosen:
        found = captures.get((one.source, one.platform, one.own_name))
        if one.snapshot is None or found is None:
            raise InputError(f"{one.name} was not read: {one.reason or 'no capture of it'}", mend="Collect it first.")
        bases.append(Basis(one, found[0], found[1], live=live))
    return Grounds(tuple(bases), tuple(one for result in gathered.sources for one in result.targets))


def stored_grounds(
    connection: Connection,
    series: int | None,
    patterns: Sequence[str],
    at: datetime,
    reach: Reach | None = None,
    most: int = MOST,
) -> Grounds:
    """Of targets as they were seen last by `at`, in one series or any. Raises InputError, ConflictError for too many.

    Only what lies in `reach` is meant, or answered about.
    """
    seen = unambiguous(_seen(connection, series, at))
    read = _read(connection, seen)
    by_key = {(one.source, one.platform, one.shown): one for one in seen}
    targets = [_target(one, read) for one in seen]
    allowed = [one for one in targets if reach is None or _within(reach, one, by_key)]
    chosen = _chosen(allowed, patterns, most)
    bases = []
    for one in _with_facts(connection, [by_key[one.source, one.platform, one.name] for one in chosen], read):
        if one.snapshot is None:
            raise InputError(f"{one.name} was not read: {one.reason}", mend=_MEND)
        capture, source, run = _capture(connection, by_key[one.source, one.platform, one.name])
        bases.append(Basis(one, capture, source, run))
    return Grounds(tuple(bases), tuple(_estate(connection, seen, read, {one.platform for one in chosen})))


def stored_targets(connection: Connection, series: int | None, at: datetime, wanted: Collection[Key]) -> list[Target]:
    """Those wanted, as they were seen last by `at` in one series or any, with the snapshot of what was read."""
    seen = [one for one in unambiguous(_seen(connection, series, at)) if (one.platform, one.source, one.name) in wanted]
    return list(_with_facts(connection, seen, _read(connection, seen)))


def _seen(connection: Connection, series: int | None, at: datetime) -> list[Seen]:
    """Every target as it was seen last by `at`: in one series, or in whichever looked at it last. Raises InputError."""
    if series is not None:
        return past.targets_at(connection, series_meant(connection, series), at)
    known = all_series(connection)
    if not known:
        raise InputError("no run has ended with a result yet", mend=_MEND)
    newest: dict[int, Seen] = {}
    for one in known:
        for seen in past.targets_at(connection, one.number, at):
            before = newest.get(seen.target)
            if before is None or seen.moment > before.moment:
                newest[seen.target] = seen
    return sorted(newest.values(), key=lambda one: (one.platform, one.source, one.name))


def _within(reach: Reach, target: Target, by_key: dict[tuple[str, str, str], Seen]) -> bool:
    labels = by_key[target.source, target.platform, target.name].about.get("labels", {})
    return not reach.nothing and reach.matches(labels)


def _chosen(targets: Iterable[Target], patterns: Sequence[str], most: int = MOST) -> list[Target]:
    """The targets that patterns mean, in their order. Raises InputError for a pattern that means none."""
    every = list(targets)

    def meant(one: Target, these: Sequence[str]) -> bool:
        return matches(these, one.name, one.source) or matches(these, one.own_name, one.source)

    unmet = [pattern for pattern in patterns if not any(meant(one, [pattern]) for one in every)]
    if unmet or not patterns:
        what = f"no target matches {' '.join(unmet)}" if unmet else "no target is named"
        names = ", ".join(one.name for one in every[:10]) or "none"
        raise InputError(what, mend=f"Known targets: {names}{' and more' if len(every) > 10 else ''}.")
    found = [one for one in every if meant(one, patterns)]
    if len(found) > 1 and len({one.platform for one in found}) > 1:
        found = _one_platform(found, patterns)
    if len(found) > most:
        raise ConflictError(f"{len(found)} targets are meant, {most} at most", mend="Check them in parts.")
    for one in found:
        if one.part_of:
            raise InputError(f"{one.name} is part of {one.part_of}", mend=f"Check {one.part_of}.")
    return found


def _one_platform(found: list[Target], patterns: Sequence[str]) -> list[Target]:
    """A source named by itself also means what stands behind it: then it is the target of that name that is meant."""
    exact = [one for one in found if one.name in patterns or f"{one.source}/{one.name}" in patterns]
    if exact and len({one.platform for one in exact}) == 1:
        return exact
    names = ", ".join(sorted({one.platform for one in found}))
    raise InputError(
        f"targets of several platforms are meant: {names}", mend="One candidate is for one platform: name its targets."
    )


def _read(connection: Connection, seen: Iterable[Seen]) -> set[int]:
    """The snapshots of these whose facts are kept."""
    return with_facts(connection, {one.snapshot for one in seen if one.status == "collected" and one.snapshot})


def _target(seen: Seen, read: Collection[int]) -> Target:
    """A target without its facts. `read`: the snapshots that are kept."""
    status, reason = seen.status, seen.reason
    if status == "collected" and seen.snapshot not in read:
        status, reason = "unreachable", "retention has removed the facts of its last reading"
    own = seen.name if seen.name != seen.shown else ""
    return Target(seen.shown, seen.platform, seen.source, status, reason, None, seen.about["part_of"] or "", own=own)


def _with_facts(connection: Connection, seen: Sequence[Seen], read: Collection[int]) -> Iterator[Target]:
    """Targets with their snapshots, in their order."""
    wanted = {one.snapshot for one in seen if one.status == "collected" and one.snapshot in read}
    snapshots = get_snapshots(connection, {one for one in wanted if one is not None})
    for one in seen:
        target, data = _target(one, read), snapshots.get(one.snapshot or 0)
        if target.status == "collected" and data is not None:
            target = replace(target, snapshot=as_snapshot(data, one.shown, one.platform, one.source, one.at))
        yield target


def _estate(
    connection: Connection, seen: Sequence[Seen], read: Collection[int], platforms: Collection[str]
) -> Iterator[Target]:
    """Whoever says something about targets of these platforms, with no more facts than that takes."""
    near = neighbours(platforms)
    others = [one for one in seen if one.platform in near]
    for start in range(0, len(others), AT_ONCE):
        for one in _with_facts(connection, others[start : start + AT_ONCE], read):
            yield replace(one, snapshot=trimmed(one.snapshot)) if one.snapshot else one


def _capture(connection: Connection, seen: Seen) -> tuple[Capture, Source, str]:
    """The capture that a target was read from, its source without secrets, and the name of the run."""
    row = past.rows_of(connection, {seen.run})[seen.run]
    source = collected.sources_of(connection, seen.run, [seen.source]).get(seen.source)
    rows = [
        one
        for one in collected.capture_rows(connection, seen.run, seen.source)
        if one.platform == seen.platform and one.target in (seen.name, seen.called)
    ]
    if source is None or not rows:
        raise InputError(
            f"the capture of {seen.shown} of {seen.at:%Y-%m-%d %H:%M} UTC is not kept any more",
            mend="Collect it again: only captures of the last nights are kept.",
        )
    return collected.captures_in(connection, rows[:1])[0], source_of(source.result), row.name
