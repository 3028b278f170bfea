"""What becomes of the verdicts, the waivers and the drift of a target when its facts change. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from auditor.domain import Drift, Severity, Status, Target
from auditor.pipeline import Plan, compare, judge_target
from auditor.verdicts import Judged
from auditor.waivers import Matcher, Waiver

Key = tuple[str, str | None]  # rule, subject
_OPEN = (Status.UNKNOWN, Status.ERROR)
DOUBT = "a line of the candidate that is not known may change this"


class Moved(NamedTuple):
    """A finding with its verdict of before; `was` is None for a subject that is new."""

    now: Judged
    was: Status | None


class Fallen(NamedTuple):
    """A waiver that would no longer stand beside a finding. `fate`: reopens | lapses | needless."""

    waiver: Waiver
    rule: str
    subject: str | None
    severity: Severity
    fate: str
    reason: str


@dataclass(frozen=True, slots=True)
class Delta:
    """What a change does to the verdicts of one target; `vanished` are findings that no rule makes any more."""

    newly_failing: tuple[Moved, ...]
    newly_passing: tuple[Moved, ...]
    still_failing: tuple[Moved, ...]
    newly_unknown: tuple[Moved, ...]
    still_unknown: tuple[Moved, ...]
    vanished: tuple[Judged, ...]
    waivers: tuple[Fallen, ...]
    drift_added: tuple[Drift, ...]
    drift_removed: tuple[Drift, ...]

    def fails(self, least: Severity) -> bool:
        """Whether something newly fails, or a waiver reopens, at or above a severity; grace and waivers count."""
        decided = (_severity(one.now) for one in self.newly_failing if _decides(one.now))
        reopened = (one.severity for one in self.waivers if one.fate == "reopens")
        return any(one.rank >= least.rank for one in (*decided, *reopened))

    def unknown(self, least: Severity) -> bool:
        """Whether a verdict at or above a severity can no longer be told."""
        return any(_severity(one.now).rank >= least.rank for one in self.newly_unknown)


def delta(before: Target, after: Target, plan: Plan, now: datetime, known: Target | None = None) -> Delta:
    """Both judged by the same rules at the same moment, and compared finding by finding.

    `known` is `after` as it would be if the lines that nobody knows did nothing: what fails there fails by lines that
    are known, and is told as failing where `after` alone would leave it unknown.
    """
    old, told = _judged(before, plan, now), _judged(after, plan, now)
    new = told
    if known is not None and known is not after:
        new = _told_by_known(told, _judged(known, plan, now))
    moved = [Moved(one, old[key].finding.status if key in old else None) for key, one in new.items()]
    failing = [one for one in moved if one.now.finding.status is Status.FAIL]
    unknown = [one for one in moved if one.now.finding.status in _OPEN]
    added, removed = _drift(before, after, plan)
    return Delta(
        tuple(one for one in failing if one.was is not Status.FAIL),
        tuple(one for one in moved if one.now.finding.status is Status.PASS and one.was in (Status.FAIL, *_OPEN)),
        tuple(one for one in failing if one.was is Status.FAIL),
        tuple(one for one in unknown if one.was not in _OPEN),
        tuple(one for one in unknown if one.was in _OPEN),
        tuple(one for key, one in old.items() if _gone(one, new.get(key), told.get((key[0], None)))),
        tuple(_fallen(old, new)),
        added,
        removed,
    )


def _judged(target: Target, plan: Plan, now: datetime) -> dict[Key, Judged]:
    found = judge_target(target, plan, Matcher(plan.waivers, now))
    return {(one.finding.rule, one.finding.subject): one for one in found}


def _told_by_known(new: dict[Key, Judged], sure: dict[Key, Judged]) -> dict[Key, Judged]:
    """`new`, with each failure of `sure` in place of what the rule leaves unknown."""
    untold = {rule for (rule, _), one in new.items() if one.finding.status in _OPEN}
    failing = {key: one for key, one in sure.items() if key[0] in untold and one.finding.status is Status.FAIL}
    rules = {rule for rule, _ in failing}
    kept = {key: one for key, one in new.items() if key[0] not in rules or one.finding.status not in _OPEN}
    return {**kept, **{key: _with_doubt(one) for key, one in failing.items()}}


def _with_doubt(one: Judged) -> Judged:
    reason = "; ".join(words for words in (one.finding.reason, DOUBT) if words)
    return replace(one, finding=one.finding._replace(reason=reason))


def _gone(old: Judged, new: Judged | None, whole: Judged | None) -> bool:
    """Whether a verdict is no longer given: its subject is gone, or the rule is not meant for it any more.

    `whole` is the rule's verdict without subject: unknown there means that nobody can name its subjects.
    """
    if old.finding.status not in (Status.PASS, Status.FAIL, *_OPEN):
        return False
    if new is None and whole is not None and whole.finding.status in _OPEN:
        return False
    return new is None or new.finding.status in (Status.NOTAPPLICABLE, Status.NOTCHECKED)


def _fallen(old: dict[Key, Judged], new: dict[Key, Judged]) -> Iterable[Fallen]:
    for key, one in old.items():
        waiver = one.decision.waiver if one.decision else None
        if waiver is None:
            continue
        later = new.get(key)
        fate, reason = _fate(later)
        if fate:
            yield Fallen(waiver, key[0], key[1], _severity(later or one), fate, reason)


def _fate(later: Judged | None) -> tuple[str, str]:
    if later is None:
        return "lapses", "its subject is gone"
    status, decision = later.finding.status, later.decision
    if status is Status.FAIL:
        if decision is not None and decision.waiver is not None:
            return "", ""
        return "reopens", decision.why if decision is not None and decision.why else "what it was approved for is gone"
    if status in _OPEN:
        return "lapses", f"the finding cannot be told: {later.finding.reason}"[:300]
    return "needless", "it passes" if status is Status.PASS else "the rule is not meant for it any more"


def _drift(before: Target, after: Target, plan: Plan) -> tuple[tuple[Drift, ...], tuple[Drift, ...]]:
    if not plan.goldens:
        return (), ()
    old, new = _drifts(before, plan), _drifts(after, plan)
    return (
        tuple(one for key, one in new.items() if key not in old),
        tuple(one for key, one in old.items() if key not in new),
    )


def _drifts(target: Target, plan: Plan) -> dict[tuple[str, ...], Drift]:
    found, _ = compare([target], plan)
    return {(one.golden, one.path, one.change, repr(one.expected), repr(one.actual)): one for one in found}


def _severity(one: Judged) -> Severity:
    return one.planned.compiled.rule.severity


def _decides(one: Judged) -> bool:
    return not one.waived and one.planned.compiled.grace_until is None


def worst_first(found: Sequence[Moved]) -> list[Moved]:
    """By severity, then rule and subject."""
    return sorted(found, key=lambda m: (-_severity(m.now).rank, m.now.finding.rule, str(m.now.finding.subject or "")))
