"""The shipped rules, the sample captures, and how every rule judges a snapshot."""

from datetime import UTC, datetime
from functools import cache
from typing import Any

from auditor.cli.demo import SAMPLES
from auditor.domain import Capture, Snapshot, Source, Status, Target
from auditor.evidence.captures import read_capture, read_index
from auditor.pipeline import read_capture as to_snapshot
from auditor.rulebook.compile import CompiledRule
from auditor.selection import ActiveBaseline, choose
from auditor.verdicts import Score, judge, plan, score

MOMENT = datetime(2026, 1, 1, tzinfo=UTC)
GREEN = {Status.PASS}
FOLDERS = ("vsphere", "vsm")


@cache
def shipped() -> tuple[ActiveBaseline, ...]:
    """All shipped baselines, compiled."""
    return tuple(choose(()))


@cache
def rules() -> tuple[tuple[str, CompiledRule], ...]:
    """Every shipped rule for every platform that it is for."""
    return tuple((p, r) for b in shipped() for r in b.rules for p in sorted(r.platforms))


@cache
def captures() -> tuple[Capture, ...]:
    """The synthetic sample captures."""
    found = [read_capture(SAMPLES / f, one) for f in FOLDERS for one in read_index(SAMPLES / f).captures]
    assert all(isinstance(one, Capture) for one in found)
    return tuple(one for one in found if isinstance(one, Capture))


@cache
def snapshots() -> tuple[Snapshot, ...]:
    """What is read from the samples."""
    source = Source("samples", "replay")
    found = [to_snapshot(one, source) for one in captures()]
    return tuple(one for one in found if isinstance(one, Snapshot))


def verdicts(snapshot: Snapshot) -> dict[tuple[str, str | None], Status]:
    """Status by rule and subject, of every shipped rule of the snapshot's platform."""
    found = (f for p, r in rules() if p == snapshot.platform for f in r.judge(snapshot))
    return {(f.rule, f.subject): f.status for f in found}


def per_rule(snapshot: Snapshot) -> dict[str, Status]:
    """The worst status of each rule."""
    target = Target(snapshot.target, snapshot.platform, snapshot.source, "collected", snapshot=snapshot)
    found: dict[str, list[Any]] = {}
    for one in judge(target, plan(target, shipped(), False)):
        found.setdefault(one.finding.rule, []).append(one)
    out = {}
    for rule, judged in found.items():
        counted = score(judged)
        out[rule] = _only(counted)
    return out


def _only(counted: Score) -> Status:
    names = {"passed": Status.PASS, "failed": Status.FAIL, "unknown": Status.UNKNOWN}
    names |= {"notapplicable": Status.NOTAPPLICABLE, "notchecked": Status.NOTCHECKED}
    return next(status for name, status in names.items() if getattr(counted, name))


def snapshot_of(platform: str, version: str = "8.0.3", **more: Any) -> Snapshot:
    return Snapshot("t", platform, "s", MOMENT, more.pop("facts", {}), version=version, **more)
