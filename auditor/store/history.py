"""What became of each target in a run, written into the history: once per run and target, however often it is tried."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select, true

from auditor.domain import Member, Snapshot
from auditor.store import intervals
from auditor.store.blobs import digest_of, encoded, put_many
from auditor.store.intervals import Point
from auditor.store.listing.labels import Labelled, index_labels
from auditor.store.names import Identity, rule_ids, target_ids
from auditor.store.points import Placed, place
from auditor.store.snapshots import put_snapshots
from auditor.store.sql import clean, in_batches, insert_many, key_text, table_of
from auditor.store.tables import RunRow, RunTarget, TargetRow

EXACT = "exact"  # key of `about`
SECOND = 1_000_000  # microseconds
COUNTED = ("passed", "failed", "unknown", "notapplicable", "notchecked", "waived")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_RUN, _RUN_TARGET, _TARGET = table_of(RunRow), table_of(RunTarget), table_of(TargetRow)
_LONGEST = 1200  # bytes of a subject or path that stand in a column; the whole stands in the body


@dataclass(frozen=True, slots=True)
class Verdict:
    """A finding to keep: `body` is all of it that is not said by its run, target, rule and subject."""

    rule: str
    subject: str | None
    status: str
    severity: str
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Difference:
    """A drift to keep."""

    golden: str
    path: str
    change: str
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class TargetResult:
    """One target of a run. `at` is when it was read, or when the run began; `about` the rest of its entry."""

    source: str
    platform: str
    name: str
    shown: str
    place: int
    status: str
    reason: str
    at: datetime
    about: Mapping[str, Any]
    snapshot: Snapshot | None = None
    verdicts: Sequence[Verdict] = ()
    drift: Sequence[Difference] = ()
    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def judged(self) -> bool:
        """Whether its verdicts are of a snapshot, and so belong to its history."""
        return self.status == "collected"


def moment_of(at: datetime) -> int:
    """Microseconds since 1970 UTC."""
    return (at - _EPOCH) // timedelta(microseconds=1)


def time_of(moment: int) -> datetime:
    """The time of a moment."""
    return _EPOCH + timedelta(microseconds=moment)


def subject_key(subject: str | None) -> str:
    """A subject as it stands in its column."""
    return key_text(subject or "", _LONGEST)


def record_targets(connection: Connection, run: int, series: int, results: Sequence[TargetResult]) -> int:
    """Write the targets that the run does not have yet; returns how many those were. One transaction is the caller's.

    Targets are locked in one order, so that two runs over the same ones wait for each other and never stand still.
    """
    idents = target_ids(connection, [(one.source, one.platform, one.name) for one in results])
    connection.execute(select(_TARGET.c.id).where(_TARGET.c.id.in_(idents)).order_by(_TARGET.c.id).with_for_update())
    done = set(
        connection.scalars(
            select(_RUN_TARGET.c.target).where(_RUN_TARGET.c.run == run, _RUN_TARGET.c.target.in_(idents))
        )
    )
    fresh = [(ident, one) for ident, one in zip(idents, results, strict=True) if ident not in done]
    if not fresh:
        return 0
    placed = place(connection, series, [(ident, moment_of(one.at)) for ident, one in fresh])
    points = [point for point, _ in placed]
    read = [one.snapshot for _, one in fresh if one.snapshot is not None]
    snapshots = iter(put_snapshots(connection, read))
    whole = [encoded(_about(one, point.moment)) for (_, one), point in zip(fresh, points, strict=True)]
    unread = [encoded(_unread(one)) for _, one in fresh if not one.judged]
    contents = put_many(connection, [*whole, *unread])
    abouts, unread_ids = contents[: len(whole)], iter(contents[len(whole) :])
    digests = _judged(connection, [(at, one) for at, (_, one) in zip(placed, fresh, strict=True) if one.judged])
    rows = []
    for (ident, one), point, about in zip(fresh, points, abouts, strict=True):
        row = {
            "run": run,
            "target": ident,
            "series": series,
            "moment": point.moment,
            "place": one.place,
            "shown": clean(one.shown),
            "status": one.status,
            "reason": clean(one.reason),
            "snapshot": next(snapshots) if one.snapshot is not None else None,
            "about": about,
            "unread": None if one.judged else next(unread_ids),
            "digest": digests.get(point, b""),
            **{name: one.counts.get(name, 0) for name in COUNTED},
        }
        rows.append(row)
    insert_many(connection, _RUN_TARGET, rows)
    seen = zip(fresh, points, strict=True)
    labelled = {i: Labelled(point.moment, one.about.get("labels") or {}, one.judged) for (i, one), point in seen}
    index_labels(connection, labelled)
    return len(rows)


def _judged(connection: Connection, judged: Iterable[tuple[Placed, TargetResult]]) -> dict[Point, bytes]:
    """Record the findings and drift of those whose are not what they were right before; the digests of all."""
    digests: dict[Point, bytes] = {}
    changed: list[tuple[Point, TargetResult]] = []
    for (point, before), one in judged:
        digests[point] = _digest(one)
        if point.after is not None or before != digests[point]:
            changed.append((point, one))
    rules = rule_ids(connection, {v.rule for _, one in changed for v in one.verdicts})
    contents: dict[bytes, bytes] = {}

    def kept(body: Mapping[str, Any]) -> bytes:
        content = encoded(body)
        sha = digest_of(content)
        contents[sha] = content
        return sha

    findings: dict[Point, intervals.Seen] = {}
    drifts: dict[Point, intervals.Seen] = {}
    for point, one in changed:
        verdicts = _distinct((v.rule, subject_key(v.subject), v) for v in one.verdicts)
        findings[point] = {
            (rules[rule], subject): (v.status, v.severity, kept(_with_subject(subject, v)))
            for (rule, subject), v in verdicts.items()
        }
        drift = _distinct((d.golden, key_text(d.path, _LONGEST), d.change, d) for d in one.drift)
        drifts[point] = {key: (kept(dict(d.body)),) for key, d in drift.items()}
    intervals.record(connection, intervals.FINDINGS, findings, contents)
    intervals.record(connection, intervals.DRIFT, drifts, contents)
    return digests


def _digest(one: TargetResult) -> bytes:
    """SHA-256 of all that its intervals would say."""
    verdicts = [(v.rule, v.subject, v.status, v.severity, dict(v.body)) for v in one.verdicts]
    return digest_of(encoded([verdicts, [(d.golden, d.path, d.change, dict(d.body)) for d in one.drift]]))


def _about(one: TargetResult, moment: int) -> dict[str, Any]:
    """The rest of the target's entry, and what the columns of its rows do not say as it is (`runs.Seen`)."""
    said = {
        "source": (one.source, key_text(one.source)),
        "name": (one.name, key_text(one.name)),
        "shown": (one.shown, clean(one.shown)),
        "reason": (one.reason, clean(one.reason)),
    }
    exact: dict[str, Any] = {name: own for name, (own, column) in said.items() if own != column}
    if (at := moment_of(one.at)) // SECOND != moment // SECOND:
        exact["moment"] = at
    return {**one.about, EXACT: exact} if exact else dict(one.about)


def _with_subject(column: str, verdict: Verdict) -> dict[str, Any]:
    """The body, with the subject where the column does not say it as it is."""
    exact = (verdict.subject or "") == column and verdict.subject != ""
    return dict(verdict.body) if exact else {**verdict.body, "subject": verdict.subject}


def _unread(one: TargetResult) -> dict[str, Any]:
    """All that is said of a target that was not read; it belongs to no history."""
    return {"findings": [_plain(v) for v in one.verdicts], "drift": [dict(d.body) for d in one.drift]}


def _plain(verdict: Verdict) -> dict[str, Any]:
    return {
        "rule": verdict.rule,
        "subject": verdict.subject,
        "status": verdict.status,
        "severity": verdict.severity,
        "body": dict(verdict.body),
    }


def _distinct(entries: Iterable[tuple[Any, ...]]) -> dict[tuple[str, ...], Any]:
    """The last part of each entry under the others; a number behind the second where all others are equal."""
    found: dict[tuple[str, ...], Any] = {}
    for *key, value in entries:
        number, unique = 1, tuple(key)
        while unique in found:
            number += 1
            unique = (key[0], f"{key[1]} #{number}", *key[2:])
        found[unique] = value
    return found


def last_known(connection: Connection, source: str, before: int | None = None) -> list[Member]:
    """Who stood behind a source in the last run (`before` that of a number) that read it as a whole; else nobody.

    A run that is judged again after a fault must not take what it has written of itself for what was known before.
    """
    table = _RUN_TARGET
    joined = table.join(_TARGET, table.c.target == _TARGET.c.id).join(_RUN, table.c.run == _RUN.c.id)
    last = connection.scalar(
        select(table.c.run)
        .select_from(joined)
        .where(_TARGET.c.source == source, table.c.status == "collected", _RUN.c.whole, _earlier(before))
        .order_by(table.c.run.desc())
        .limit(1)
    )
    rows = connection.execute(
        select(_TARGET.c.name, _TARGET.c.platform)
        .select_from(joined)
        .where(_TARGET.c.source == source, table.c.run == last)
        .order_by(table.c.place)
    )
    return [Member(name, platform) for name, platform in rows]


def _earlier(run: int | None) -> ColumnElement[bool]:
    return true() if run is None else _RUN_TARGET.c.run < run


def last_good(connection: Connection, sources: Iterable[str], before: int | None = None) -> dict[Identity, datetime]:
    """When each target (source, platform, name) of the sources was last read, in a run `before` that of a number.

    Those never read are left out.
    """
    found: dict[Identity, datetime] = {}
    for batch in in_batches(sources):
        rows = connection.execute(
            select(_TARGET.c.source, _TARGET.c.platform, _TARGET.c.name, func.max(_RUN_TARGET.c.moment))
            .join(_RUN_TARGET, _RUN_TARGET.c.target == _TARGET.c.id)
            .where(_TARGET.c.source.in_(batch), _RUN_TARGET.c.status == "collected", _earlier(before))
            .group_by(_TARGET.c.source, _TARGET.c.platform, _TARGET.c.name)
        )
        found.update({(source, platform, name): time_of(moment) for source, platform, name, moment in rows})
    return found
