"""Examples of a rule: small snapshots with the verdict they must give."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from pydantic import TypeAdapter, ValidationError

from auditor.domain import Finding, Snapshot, Status
from auditor.facts import FactModel, FoldedDict, facts_model
from auditor.facts.base import folded_fields
from auditor.rulebook.checks import RuleError
from auditor.rulebook.compile import Judge, compile_rule
from auditor.rulebook.paths import PathError, item_type, parse_path, strip_optional, type_at
from auditor.rulebook.schema import Example, Rule
from auditor.rulebook.versions import VersionRange

Outcome = Status | dict[str, Status]
_ORDER = (Status.FAIL, Status.ERROR, Status.UNKNOWN, Status.PASS, Status.NOTAPPLICABLE, Status.NOTCHECKED)
_MOMENT = datetime(2026, 1, 1, tzinfo=UTC)


def worst(statuses: list[Status]) -> Status:
    """The status that a rule shows for a target: fail beats unknown beats pass."""
    return next((status for status in _ORDER if status in statuses), Status.NOTAPPLICABLE)


def sample_version(text: str) -> str:
    """A version inside the range `text`, "" when there is no range."""
    if not text:
        return ""
    allowed = VersionRange(text)
    bounds = [bound for _, bound in allowed.conditions]
    candidates = [*bounds, *(f"{bound}.1" for bound in bounds), "0.1"]
    return next((one for one in candidates if one in allowed), bounds[0])


def snapshot(rule: Rule, example: Example) -> Snapshot:
    """The snapshot that an example describes: facts that are not named are absent."""
    platform = rule.applies_to.platform[0]
    facts: dict[str, Any] = dict(example.facts)
    if rule.applies_to.os:
        facts.setdefault("os", {"id": rule.applies_to.os[0]})
    if rule.applies_to.role:
        facts.setdefault("roles", [rule.applies_to.role[0]])
    for name in folded_fields(facts_model(platform)):
        if isinstance(facts.get(name), Mapping):
            facts[name] = FoldedDict(facts[name])
    version = sample_version(rule.applies_to.version) if example.version is None else example.version
    gaps = dict.fromkeys(example.gaps, "not readable in this example")
    return Snapshot("example", platform, "example", _MOMENT, facts, gaps=gaps, version=version)


def outcome(judge: Judge, rule: Rule, example: Example) -> Outcome:
    """What `judge` says of an example, in the form in which the example states it."""
    findings = judge(snapshot(rule, example))
    return worst([f.status for f in findings]) if example.result is not None else _per_subject(findings)


def _per_subject(findings: tuple[Finding, ...]) -> dict[str, Status]:
    return {finding.subject or "": finding.status for finding in findings}


def expected(example: Example) -> Outcome:
    """What the example says must come out."""
    return example.result if example.result is not None else dict(example.results or {})


def check_example_facts(rule: Rule) -> None:
    """Raises RuleError when an example names facts that do not exist, or values that no collector can give."""
    model = facts_model(rule.applies_to.platform[0])
    for n, example in enumerate(rule.examples):
        _check(model, example.facts, ("examples", n, "facts"))
        for gap in example.gaps:
            try:
                if gap != "version":
                    type_at(model, parse_path(gap))
            except PathError as problem:
                raise RuleError(str(problem), ("examples", n, "gaps")) from None


def _check(annotation: Any, value: Any, loc: tuple[str | int, ...]) -> None:
    kind = strip_optional(annotation)
    if isinstance(kind, type) and issubclass(kind, FactModel) and isinstance(value, Mapping):
        for name, part in value.items():
            if name not in kind.model_fields:
                raise RuleError(f"the example names a fact that does not exist: {name!r}", (*loc, name))
            _check(kind.model_fields[name].annotation, part, (*loc, name))
        return
    collection = item_type(kind)
    if collection and collection[1] and isinstance(value, Mapping):
        for key, part in value.items():
            _check(collection[0], part, (*loc, key))
    elif collection and not collection[1] and isinstance(value, list):
        for part in value:
            _check(collection[0], part, loc)
    else:
        _check_leaf(kind, value, loc)


def _check_leaf(kind: Any, value: Any, loc: tuple[str | int, ...]) -> None:
    try:
        TypeAdapter(kind).validate_python(value, strict=True)
    except ValidationError as problem:
        raise RuleError(f"no collector can give the value {value!r} here: {problem.errors()[0]['msg']}", loc) from None


def judge_of(rule: Rule, example: Example, parameters: Mapping[str, Any], cache: dict[str, Judge]) -> Judge:
    """The rule compiled with the example's parameters, kept in `cache`. Raises RuleError."""
    key = repr(sorted(example.parameters.items()))
    if key not in cache:
        unknown = set(example.parameters) - set(parameters)
        if unknown:
            raise RuleError(f"the example sets the parameter {unknown.pop()!r}, which the baseline does not declare")
        cache[key] = compile_rule(rule, {**parameters, **example.parameters}).judge
    return cache[key]
