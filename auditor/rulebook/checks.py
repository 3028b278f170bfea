"""From the entries of a rule (`expect`, `any_of`, `where`) to checks, and from their verdicts to one finding."""

from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter, ValidationError

from auditor.domain import ABSENT, Finding, GapValue, Observation, Snapshot
from auditor.facts import facts_model
from auditor.rulebook.constraints import Constraint, ConstraintError, build, resolve
from auditor.rulebook.judge import FAIL, NOTAPPLICABLE, PASS, STATUS, UNKNOWN, Check, Item, make_check
from auditor.rulebook.paths import ITEM_KEY, Path, PathError, parse_path, type_at
from auditor.rulebook.schema import Absence, Rule

Loc = tuple[str | int, ...]
_ABSENCE: TypeAdapter[Absence] = TypeAdapter(Absence)


class RuleError(ValueError):
    """A rule whose meaning is wrong. `loc` is the key inside the rule where the fault stands."""

    def __init__(self, message: str, loc: Loc = ()) -> None:
        self.loc = loc
        super().__init__(message)


class CheckBuilder:
    """Builds the checks of one rule. `item` is the type of a `for_each` member, None without for_each."""

    def __init__(self, rule: Rule, parameters: Mapping[str, Any], item: Any = None) -> None:
        self._rule, self._parameters, self._item = rule, parameters, item

    def entries(self, entries: Mapping[str, Any], *loc: str | int) -> tuple[Check, ...]:
        """One check per entry. Raises RuleError."""
        return tuple(self._check(text, spec, (*loc, text)) for text, spec in entries.items())

    def branches(self) -> tuple[tuple[Check, ...], ...]:
        """The checks of every `any_of` branch. Raises RuleError."""
        return tuple(self.entries(branch, "any_of", n) for n, branch in enumerate(self._rule.any_of))

    def _check(self, text: str, spec: Any, loc: Loc) -> Check:
        try:
            path = parse_path(text)
            self._verify(path)
            constraint = _with_absence(build(resolve(spec, self._parameters)))
        except PathError as problem:
            raise RuleError(str(problem), loc) from None
        except ConstraintError as problem:
            raise RuleError(str(problem), (*loc, problem.key) if problem.key else loc) from None
        return make_check(path, constraint, self._rule.absent)

    def _verify(self, path: Path) -> None:
        if not path.relative:
            for platform in self._rule.applies_to.platform:
                type_at(facts_model(platform), path)
        elif self._item is None:
            raise PathError(f"the path {path.text!r} is relative, and this rule has no for_each")
        elif path.text != ITEM_KEY:
            type_at(self._item, path)


def _with_absence(constraint: Constraint) -> Constraint:
    if constraint.absent is None or constraint.absent is True:
        return constraint
    try:
        return Constraint(constraint.test, constraint.words, _ABSENCE.validate_python(constraint.absent))
    except ValidationError:
        raise ConstraintError(
            "absent is true, fail, pass, notapplicable, {default: value} or {versions: ...}", "absent"
        ) from None


def finding(
    rule_id: str, s: Snapshot, item: Item | None, checks: tuple[Check, ...], branches: tuple[tuple[Check, ...], ...]
) -> Finding:
    """All checks of one subject as a finding: fail beats unknown beats pass."""
    worst = NOTAPPLICABLE
    seen: list[Observation] = []
    for check in checks:
        verdict, observation = check.run(s, item)
        worst = max(worst, verdict)
        seen.append(observation)
    if branches:
        verdict, observations = _any_of(branches, s, item)
        worst = max(worst, verdict)
        seen.extend(observations)
    return assembled(rule_id, s, item, worst, tuple(seen))


def assembled(rule_id: str, s: Snapshot, item: Item | None, verdict: int, observed: tuple[Observation, ...]) -> Finding:
    """The finding of one subject, with the reason when it is neither pass nor fail."""
    why = "" if verdict in (PASS, FAIL) else reason(verdict, observed)
    fields = (rule_id, s.target, STATUS[verdict], item[0] if item else None, why, observed)
    return tuple.__new__(Finding, fields)


def _any_of(branches: tuple[tuple[Check, ...], ...], s: Snapshot, item: Item | None) -> tuple[int, list[Observation]]:
    """One branch that passes is enough; else unknown if one could not be looked at; else fail."""
    verdicts: set[int] = set()
    seen: list[Observation] = []
    for branch in branches:
        results = [check.run(s, item) for check in branch]
        verdict = max(code for code, _ in results)
        observations = [observation for _, observation in results]
        if verdict == PASS:
            return PASS, observations
        verdicts.add(verdict)
        seen.extend(observations)
    return next(code for code in (UNKNOWN, FAIL, NOTAPPLICABLE) if code in verdicts), seen


def reason(verdict: int, observations: tuple[Observation, ...]) -> str:
    """Why a finding is unknown or not applicable, in words; "" for pass and fail."""
    if verdict == UNKNOWN:
        gaps = [o.actual.reason for o in observations if isinstance(o.actual, GapValue)]
        return gaps[0] if gaps else next((o.expected for o in observations if o.actual is ABSENT), "")
    if verdict == NOTAPPLICABLE:
        return "not there: " + ", ".join(o.path for o in observations)
    return ""
