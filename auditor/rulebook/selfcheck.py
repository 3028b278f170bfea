"""The check of the rules themselves: every example gives its verdict, and some example notices every mutant."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from auditor.domain import Status
from auditor.rulebook.checks import RuleError
from auditor.rulebook.compile import Judge, compile_rule
from auditor.rulebook.examples import check_example_facts, expected, judge_of, outcome
from auditor.rulebook.mutants import Mutant, mutants
from auditor.rulebook.schema import Rule

NEEDED = (Status.PASS, Status.FAIL, Status.UNKNOWN)
Loc = tuple[str | int, ...]


@dataclass(slots=True)
class RuleCheck:
    """What the check of one rule found. `problems` are (place in the rule, message).

    `survivors` are mutants that no example notices; `advice` those of them that only the strict check refuses.
    """

    rule: str
    examples: int = 0
    mutants: int = 0
    survivors: list[str] = field(default_factory=list)
    advice: list[str] = field(default_factory=list)
    problems: list[tuple[Loc, str]] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """No wrong example, no missing verdict, no surviving mutant."""
        return not self.problems and not self.survivors


def check_rule(rule: Rule, parameters: Mapping[str, Any], *, strict: bool = True) -> RuleCheck:
    """Run the examples of `rule` and mutate it. A manual rule is only compiled.

    `strict` also refuses structural mutants that no example notices; without it they are advice.
    """
    found = RuleCheck(rule.id, len(rule.examples))
    try:
        compile_rule(rule, parameters)
        if rule.manual:
            return found
        check_example_facts(rule)
        _run_examples(rule, parameters, found)
        if not found.problems:
            _mutate(rule, parameters, found, strict)
    except RuleError as problem:
        found.problems.append((problem.loc, str(problem)))
    return found


def _run_examples(rule: Rule, parameters: Mapping[str, Any], found: RuleCheck) -> None:
    seen: set[Status] = set()
    cache: dict[str, Judge] = {}
    for n, example in enumerate(rule.examples):
        got, want = outcome(judge_of(rule, example, parameters, cache), rule, example), expected(example)
        seen.update(want.values() if isinstance(want, dict) else [want])
        if got != want:
            found.problems.append((("examples", n), f"the example should give {_words(want)}, it gives {_words(got)}"))
    missing = [status.value for status in NEEDED if status not in seen]
    if missing:
        found.problems.append((("examples",), f"no example makes the rule {' or '.join(missing)}"))


def _mutate(rule: Rule, parameters: Mapping[str, Any], found: RuleCheck, strict: bool) -> None:
    for mutant in mutants(rule):
        try:
            killed = _killed(rule, mutant, parameters)
        except RuleError:
            continue  # a mutant that does not compile cannot hide
        found.mutants += 1
        if not killed:
            (found.advice if mutant.structural and not strict else found.survivors).append(mutant.mistake)


def _killed(rule: Rule, mutant: Mutant, parameters: Mapping[str, Any]) -> bool:
    cache: dict[str, Judge] = {}
    return any(
        outcome(judge_of(mutant.rule, example, parameters, cache), rule, example) != expected(example)
        for example in rule.examples
    )


def _words(outcome_: Any) -> str:
    if isinstance(outcome_, dict):
        return "{" + ", ".join(f"{k or 'no subject'}: {v.value}" for k, v in outcome_.items()) + "}"
    return str(outcome_.value)
