"""Which waiver stands beside which failing finding, and why one that would have does not hold any more.

A waiver applies to failures only. A finding that is unknown stays unknown: on a target that was not read, a waiver
neither applies nor lapses. A finding that passes needs none.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from auditor.domain import Status
from auditor.waivers.binding import Seen, bind
from auditor.waivers.ends import SOON
from auditor.waivers.model import Bound, State, Waiver

_UNTOLD = (Status.UNKNOWN, Status.ERROR)


class Decision(NamedTuple):
    """What waivers say of one failing finding: the one that holds, else one that does not (`lapsed`), and why."""

    waiver: Waiver | None = None
    lapsed: Waiver | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a waiver stands at a moment.

    `state`: requested | approved | rejected | revoked | expired | lapsed (approved, and nothing is any more as it was
    when it was approved). `covers` are findings that it stands beside, `lapsed` those that it no longer covers.
    `attention`: expired | lapsed | expiring | "".
    """

    waiver: Waiver
    state: str
    covers: int
    lapsed: int
    days_left: int
    reason: str
    attention: str


class Applied(NamedTuple):
    """`decisions` by the place of the finding, of failing ones that a waiver has to do with; all `standings`."""

    decisions: Mapping[int, Decision]
    standings: tuple[Standing, ...]


@dataclass(slots=True)
class _Case:
    """A waiver and what was met of it."""

    waiver: Waiver
    bounds: Mapping[tuple[str, str, str | None], Sequence[Bound]]  # by source, target and subject
    targets: frozenset[tuple[str, str]]  # source and name
    covers: int = 0
    beside: int = 0  # findings for which it holds, and another waiver stands there
    idle: int = 0
    untold: dict[str, None] = field(default_factory=dict)  # targets
    lapsed: list[str] = field(default_factory=list)


class Matcher:
    """Waivers at a moment, held against findings one by one; `standings` then say what came of each waiver."""

    def __init__(self, waivers: Sequence[Waiver], now: datetime) -> None:
        self._now = now
        self._cases = [_case(waiver) for waiver in waivers]
        self._rules = {case.waiver.rule: False for case in self._cases}  # whether a finding of it was met
        self._of_target: defaultdict[tuple[str, str], list[_Case]] = defaultdict(list)
        self._of_rule: defaultdict[str, list[_Case]] = defaultdict(list)  # those with a wider scope
        for case in self._cases:
            rule = case.waiver.rule
            if names := case.waiver.scope.targets:
                for name in {name for _, name in case.targets}.union(names):
                    self._of_target[rule, name].append(case)
            else:
                self._of_rule[rule].append(case)

    def concerns(self, rule: str) -> bool:
        """Whether a waiver is about this rule."""
        return rule in self._rules

    def decide(self, seen: Seen) -> Decision | None:
        """What the waivers say of a finding; of two that hold, the one that ends later. None: nothing at all."""
        rule = seen.finding.rule
        if rule not in self._rules:
            return None
        self._rules[rule] = True
        names = dict.fromkeys((seen.finding.target, seen.name, f"{seen.source}/{seen.name}"))
        cases = [case for name in names for case in self._of_target.get((rule, name), ())]
        concerned = {id(case): case for case in (*cases, *self._of_rule.get(rule, ()))}
        return _decide(seen, list(concerned.values()), self._now) if concerned else None

    def standings(self) -> tuple[Standing, ...]:
        """Every waiver after all findings; those that want attention first."""
        found = [_standing(case, self._now, judged=self._rules[case.waiver.rule]) for case in self._cases]
        return tuple(sorted(found, key=_urgency))


def apply(findings: Iterable[Seen], waivers: Sequence[Waiver], now: datetime) -> Applied:
    """What the waivers say of the findings at `now`."""
    matcher = Matcher(waivers, now)
    decisions = {place: found for place, seen in enumerate(findings) if (found := matcher.decide(seen)) is not None}
    return Applied(decisions, matcher.standings())


def _case(waiver: Waiver) -> _Case:
    bounds: defaultdict[tuple[str, str, str | None], list[Bound]] = defaultdict(list)  # subjects may share a name
    for one in waiver.bound:
        bounds[one.source, one.target, one.subject].append(one)
    return _Case(waiver, bounds, frozenset((one.source, one.target) for one in waiver.bound))


def _decide(seen: Seen, concerned: Sequence[_Case], now: datetime) -> Decision | None:
    holding: list[_Case] = []
    refused: list[tuple[Waiver, str]] = []
    actual: Bound | None = None
    finding = seen.finding
    for case in concerned:
        waiver, bounds = case.waiver, case.bounds.get((seen.source, seen.name, finding.subject), ())
        within = seen.within(waiver.scope) or (bool(bounds) and seen.name in waiver.scope.targets)
        if within and not bounds and waiver.scope.targets:
            bounds = _elsewhere(case, seen)
        if finding.status in _UNTOLD:
            if bounds or (finding.subject is None and (seen.source, seen.name) in case.targets):
                case.untold[finding.target] = None
        elif not (within or bounds) or waiver.subject not in (None, finding.subject):
            continue
        elif finding.status is not Status.FAIL:
            case.idle += bool(bounds)
        else:
            actual = actual or bind(seen)
            why = waiver.not_in_force(now) or _changed(waiver, bounds, actual, within)
            if not why:
                holding.append(case)
            elif waiver.state_at(now) is not State.REJECTED:
                refused.append((waiver, why))
                if bounds:
                    case.lapsed.append(why)
    if holding:
        chosen = max(holding, key=lambda one: (one.waiver.end.at, one.waiver.id))
        for one in holding:
            one.covers += one is chosen
            one.beside += one is not chosen
        return Decision(waiver=chosen.waiver)
    if not refused:
        return None
    lapsed, why = max(refused, key=lambda one: (one[0].state is State.APPROVED, one[0].end.at, one[0].id))
    return Decision(lapsed=lapsed, why=why)


def _elsewhere(case: _Case, seen: Seen) -> list[Bound]:
    """What was accepted of a target of this name behind another source: it does not hold here, and can say why."""
    wanted = (seen.name, seen.finding.subject)
    return [one for one in case.waiver.bound if (one.target, one.subject) == wanted]


def _changed(waiver: Waiver, bounds: Sequence[Bound], actual: Bound, within: bool) -> str:
    """Why a waiver in force does not hold for what was observed; "" when it does."""
    if not bounds:
        return "this finding was not among those that it was approved for"
    reasons = [] if within else [f"the target no longer lies in its scope, {waiver.scope.words}"]
    return "; ".join(reasons + min((_differences(bound, actual) for bound in bounds), key=len))


def _differences(bound: Bound, actual: Bound) -> list[str]:
    reasons = []
    if bound.source != actual.source:
        reasons.append(f"the target stood behind {bound.source} and now stands behind {actual.source}")
    if bound.value != actual.value:
        reasons.append(f"the observed value changed from {bound.value_words} to {actual.value_words}")
    if bound.rule_version != actual.rule_version:
        reasons.append(f"the rule changed (version {bound.rule_version} to {actual.rule_version})")
    elif bound.expectation != actual.expectation and bound.value == actual.value:
        reasons.append(f"what is expected changed from {bound.expectation_words} to {actual.expectation_words}")
    return reasons


def _standing(case: _Case, now: datetime, *, judged: bool) -> Standing:
    waiver = case.waiver
    why = waiver.not_in_force(now)
    decided = waiver.state_at(now)
    state, lapsed = decided.value, 0 if why else len(case.lapsed)
    if decided is State.APPROVED and now >= waiver.end.at:
        state = "expired"
    elif lapsed and not case.covers and not case.beside:
        state = "lapsed"
    left = waiver.end.days_left(now)
    attention = ""
    if state == "expired":
        attention = "expired"
    elif lapsed:
        attention = "lapsed"
    elif decided is State.APPROVED and left < SOON:
        attention = "expiring"
    return Standing(waiver, state, case.covers, lapsed, left, why or _reason(case, judged=judged), attention)


def _reason(case: _Case, *, judged: bool) -> str:
    """What there is to say of a waiver in force; "" when it stands beside all that it was approved for."""
    said = []
    if case.lapsed:
        more = len(dict.fromkeys(case.lapsed)) - 1
        said.append(case.lapsed[0] + (f", and {more} more" if more else ""))
    if case.beside:
        said.append("another waiver that ends later stands beside its findings")
    if case.untold:
        names = list(case.untold)
        shown = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
        said.append(f"not known of {shown}, where it neither applies nor lapses")
    if not said and not case.covers:
        unseen = "none of its targets is in this run" if judged else "its rule is not judged in this run"
        said.append("what it was approved for does not fail" if case.idle else unseen)
    return "; ".join(said)


def _urgency(one: Standing) -> tuple[int, datetime, str]:
    """Expired and lapsed first, then what ends soon, then the rest; what was turned down stands last."""
    rank = {"expired": 0, "lapsed": 1, "expiring": 2}.get(
        one.attention, 3 if one.state in ("approved", "requested") else 4
    )
    return rank, one.waiver.end.at, one.waiver.id
