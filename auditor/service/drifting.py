"""Drift between two stored states: facts and findings, each with the reading that had it first and the one before."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple

from auditor.attribution import Origin, among
from auditor.auditdrift import FindingDrift, between_audits
from auditor.domain import Drift, Snapshot, Target
from auditor.drift import between
from auditor.inventory.select import matches
from auditor.service.comparing import compare
from auditor.service.retro import FACTS_GONE, targets_of
from auditor.service.stored import Found
from auditor.store import runs, timeline
from auditor.store.engine import Store
from auditor.store.history import subject_key, time_of
from auditor.store.runs import Seen
from auditor.store.snapshots import as_snapshot, get_snapshots, with_facts

_MOST = 100  # readings of a target in between that are looked at, the newest ones


class FactDrift(NamedTuple):
    """A fact that changed, and where that came from."""

    drift: Drift
    origin: Origin


class ChangedFinding(NamedTuple):
    """A finding that changed, and where that came from."""

    change: FindingDrift
    origin: Origin


class Reading(NamedTuple):
    """A target, read at a moment in a run."""

    moment: int
    run: int
    snapshot: int


@dataclass(slots=True)
class Between:
    """The readings of targets between two states of one series, with their snapshots as they are asked for."""

    store: Store
    before: Found
    after: Found
    _snapshots: dict[tuple[int, str], Snapshot | None] = field(default_factory=dict)
    _centres: dict[tuple[int, str], Snapshot | None] = field(default_factory=dict)

    def facts(self, patterns: Sequence[str]) -> list[FactDrift]:
        """Every fact that changed of the targets that `patterns` mean. Raises InputError."""
        old = targets_of(self.store, self.before, ())
        now = targets_of(self.store, self.after, patterns)
        chosen = [one for one in old if matches(patterns, one.name, one.source) or _among(one, now)]
        found: list[FactDrift] = []
        by_target: dict[str, list[Drift]] = {}
        pairs = {}
        for drift, earlier, later in compare(chosen, now, everything=not patterns):
            by_target.setdefault(drift.target, []).append(drift)
            pairs[drift.target] = earlier, later
        for name, drifts in by_target.items():
            earlier, later = pairs[name]
            found += self._origins(name, drifts, earlier, later)
        return found

    def findings(self, patterns: Sequence[str]) -> list[ChangedFinding]:
        """Every finding that changed of the targets that `patterns` mean."""
        seen = {one.shown: one for one in self.after.seen}
        sources = {one.shown: one.source for one in (*self.before.seen, *self.after.seen)}
        out = []
        for one in between_audits(self.before.document, self.after.document, everything=not patterns):
            name = one.drift.target
            if not matches(patterns, name, sources.get(name, "")):
                continue
            out.append(ChangedFinding(one, self._origin_of_finding(one, seen.get(name))))
        return out

    def _origins(
        self, name: str, drifts: Sequence[Drift], old: Snapshot | None, new: Snapshot | None
    ) -> Iterable[FactDrift]:
        """The drifts of a target, each with the first reading that had it and the one before."""
        seen = next((one for one in self.after.seen if one.shown == name), None)
        if old is None or new is None or seen is None:
            for one in drifts:
                times = (old.taken_at if old else None, new.taken_at if new else None)
                yield FactDrift(one, among(one, *times, new, None))
            return
        first: dict[str, tuple[Snapshot, Snapshot, int]] = {}
        open_ = {one.path for one in drifts}
        later, later_run = new, seen.run
        for reading in reversed(self._readings(seen)):
            if not open_:
                break
            snapshot = self._snapshot(reading.snapshot, seen, time_of(reading.moment))
            if snapshot is None:
                continue
            differ = {one.path for one in between(snapshot, new)}
            for path in open_ & differ:
                first[path] = snapshot, later, later_run
            open_ -= differ
            later, later_run = snapshot, reading.run
        for one in drifts:
            good, at, run = first.get(one.path, (old, later, later_run))
            centre = self._centre(run, seen.source)
            yield FactDrift(one, among(one, good.taken_at, at.taken_at, at, centre))

    def _origin_of_finding(self, one: FindingDrift, seen: Seen | None) -> Origin:
        """When a finding became what it is, by its intervals: the first reading that had it so, and the one before."""
        good, first = _time(one.last_good), _time(one.first_seen)
        if seen is None or seen.snapshot is None or good is None or first is None:
            return among(one.drift, good, first, None, None)
        readings = [*self._readings(seen), Reading(seen.moment, seen.run, seen.snapshot)]
        begun = self._begun(one, seen, readings) if one.rule else None
        place = bisect_left(readings, begun, key=lambda reading: reading.moment) if begun is not None else 0
        at = readings[-1]
        if 0 < place < len(readings):
            at = readings[place]
            good, first = time_of(readings[place - 1].moment), time_of(at.moment)
        snapshot = self._snapshot(at.snapshot, seen, first)
        if snapshot is None:
            return replace(among(one.drift, good, first, None, None), unknown=FACTS_GONE)
        return among(one.drift, good, first, snapshot, self._centre(at.run, seen.source))

    def _begun(self, one: FindingDrift, seen: Seen, readings: Sequence[Reading]) -> int | None:
        """Since which moment the finding is as it is, or from which on it is no more.

        Of one that has another status than before: since when it has that status, whatever value was seen meanwhile.
        """
        with self.store.reading() as connection:
            rows = timeline.finding_intervals(connection, seen.series, seen.target)
        own = [row for row in rows if (row.rule_name, row.subject) == (one.rule, subject_key(one.subject))]
        until = [row for row in own if row.first <= seen.moment]
        if one.now is None:
            ended = [row.last for row in until if row.last is not None and row.last < seen.moment]
            return int(max(ended)) + 1 if ended else None
        begun: int | None = None
        for row in reversed(until):
            gap = begun is not None and any((row.last or 0) < other.moment < begun for other in readings)
            if begun is not None and (gap or one.was == one.now or row.status != one.now):
                break
            begun = int(row.first)
        return begun

    def _moment_before(self, seen: Seen) -> int:
        return next((one.moment for one in self.before.seen if one.target == seen.target), seen.moment)

    def _readings(self, seen: Seen) -> list[Reading]:
        """The readings of a target from the earlier state on, without the one of the later state; the newest ones."""
        since = self._moment_before(seen)
        with self.store.reading() as connection:
            rows = timeline.moments_of(connection, seen.series, seen.target)
        found = [
            Reading(row.moment, row.run, row.snapshot)
            for row in rows
            if row.snapshot is not None and row.status == "collected" and since <= row.moment < seen.moment
        ]
        return found[-_MOST:]

    def _snapshot(self, ident: int, seen: Seen, at: datetime) -> Snapshot | None:
        """A reading; None when retention has removed its facts."""
        key = ident, f"{seen.shown} {at}"
        if key not in self._snapshots:
            with self.store.reading() as connection:
                found = get_snapshots(connection, with_facts(connection, [ident]))
            data = found.get(ident)
            made = as_snapshot(data, seen.shown, seen.platform, seen.source, at) if data is not None else None
            self._snapshots[key] = made
        return self._snapshots[key]

    def _centre(self, run: int, source: str) -> Snapshot | None:
        """The vCenter of a source, as a run read it."""
        key = run, source
        if key not in self._centres:
            with self.store.reading() as connection:
                targets = runs.targets_of_run(connection, run)
            found = [one for one in targets if (one.platform, one.source) == ("vcenter", source)]
            one = next((one for one in found if one.snapshot is not None), None)
            self._centres[key] = None
            if one is not None and one.snapshot is not None:
                self._centres[key] = self._snapshot(one.snapshot, one, one.at)
        return self._centres[key]


def _among(one: Target, targets: Iterable[Target]) -> bool:
    return any((one.platform, one.name) == (other.platform, other.name) for other in targets)


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
