"""The check of the rules: which rules it accepts, and which mistakes it finds."""

from typing import Any

import pytest

from auditor.rulebook.mutants import mutants
from auditor.rulebook.selfcheck import check_rule
from tests.rulebook.test_judging import make

KEY = "advanced[A.b]"


def option(value: object) -> dict[str, Any]:
    """Example facts with one option."""
    return {"advanced": {"A.b": value}}


UNKNOWN = {"gaps": ["advanced"], "result": "unknown"}
ABSENT_FAILS = {"facts": {}, "result": "fail"}
RANGE = [
    {"facts": option(1), "result": "pass"},
    {"facts": option(5), "result": "pass"},
    {"facts": option(0), "result": "fail"},
    {"facts": option(6), "result": "fail"},
    ABSENT_FAILS,
    UNKNOWN,
]


def test_rule_with_examples_at_every_bound_is_accepted() -> None:
    """Examples at the bounds and one beyond them kill every mutant."""
    found = check_rule(make(expect={KEY: {"between": [1, 5]}}, examples=RANGE), {})
    assert (found.ok, found.problems, found.survivors) == (True, [], [])
    assert found.mutants >= 5


@pytest.mark.parametrize("left_out", range(4))
def test_missing_bound_example_lets_a_mutant_survive(left_out: int) -> None:
    """Each of the four bound examples is needed: without it a changed bound is not noticed."""
    examples = [one for n, one in enumerate(RANGE) if n != left_out]
    assert check_rule(make(expect={KEY: {"between": [1, 5]}}, examples=examples), {}).survivors


@pytest.mark.parametrize(
    ("expect", "examples", "survivor"),
    [
        ({"one_of": ["a", "b"]}, [("a", "pass"), ("c", "fail")], "without b"),
        ({"none_of": ["a", "b"]}, [("a", "fail"), ("c", "pass")], "without b"),
        ({"at_most": 600, "unlimited": 0}, [(600, "pass"), (601, "fail")], "without unlimited"),
        ({"equals": "x", "ignore_case": True}, [("x", "pass"), ("y", "fail")], "without ignore_case"),
        ({"matches": "^a$"}, [("a", "pass"), ("b", "fail")], "without ^"),
        ({"matches": "^(a|b)$"}, [("a", "pass"), ("c", "fail"), ("ca", "fail"), ("ac", "fail")], "without 'b'"),
        ({"mode_within": "0640"}, [("0640", "pass"), ("0644", "fail")], "7640 instead of 0640"),
    ],
)
def test_unnoticed_mistake_is_printed(expect: dict[str, Any], examples: list[tuple[Any, str]], survivor: str) -> None:
    """List members, modifiers, anchors, alternatives and mode bits each need an example."""
    stated = [{"facts": option(value), "result": result} for value, result in examples]
    found = check_rule(make(expect={KEY: expect}, examples=[*stated, ABSENT_FAILS, UNKNOWN]), {})
    assert not found.problems
    assert any(survivor in line for line in found.survivors), found.survivors


def test_wrong_example_is_refused_with_what_came_out() -> None:
    """An example that gives another verdict than it says is a fault of the rule."""
    examples = [{"facts": option(9), "result": "pass"}, ABSENT_FAILS, UNKNOWN]
    found = check_rule(make(expect={KEY: 5}, examples=examples), {})
    assert found.problems[0][0] == ("examples", 0)
    assert "should give pass, it gives fail" in found.problems[0][1]


def test_rule_that_cannot_be_unknown_or_fail_is_refused() -> None:
    """Every rule shows how it passes, fails and is unknown."""
    found = check_rule(make(expect={KEY: 5}, examples=[{"facts": option(5), "result": "pass"}]), {})
    assert "fail or unknown" in found.problems[0][1]


def test_example_with_impossible_facts_is_refused() -> None:
    """An example may only show what a collector can deliver: known facts of their own type."""
    bad_name = check_rule(make(expect={KEY: 5}, examples=[{"facts": {"advancd": {}}, "result": "fail"}]), {})
    assert "advancd" in bad_name.problems[0][1]
    facts = {"services": {"TSM": {"running": "yes"}}}
    bad_type = check_rule(make(expect={KEY: 5}, examples=[{"facts": facts, "result": "fail"}]), {})
    assert "no collector can give" in bad_type.problems[0][1]


def test_structural_mutants_are_advice_unless_strict() -> None:
    """What absence means is a mistake of another kind: refused for shipped rules, told for one's own."""
    examples = [{"facts": option(5), "result": "pass"}, {"facts": option(4), "result": "fail"}]
    rule = make(expect={KEY: 5}, examples=[*examples, {"facts": option(6), "result": "fail"}, UNKNOWN])
    assert check_rule(rule, {}).survivors == ["absent means pass"]
    relaxed = check_rule(rule, {}, strict=False)
    assert (relaxed.survivors, relaxed.advice) == ([], ["absent means pass"])


def test_manual_rule_needs_no_examples() -> None:
    """A manual rule is never judged, so it is only read."""
    manual = {"reason": "No interface shows it.", "steps": "Ask the owner."}
    assert check_rule(make(manual=manual), {}).ok


def test_every_mutant_is_another_rule() -> None:
    """A mutant differs from the rule in what decides the verdict."""
    rule = make(
        for_each="port_groups",
        where={".vlan": {"none_of": [4095]}},
        expect={".security.promiscuous": False, ".vlan": {"between": [1, 9], "unlimited": [0, -1]}},
        absent={"versions": {"<7": "pass", ">=7": {"default": 3}}},
        applies_to={"platform": "esxi", "version": ">=6.7,<9"},
    )
    made = list(mutants(rule))
    deciding = {"applies_to", "for_each", "where", "expect", "any_of", "absent"}
    original = rule.model_dump(include=deciding)
    assert len(made) > 15
    assert [m.mistake for m in made if m.rule.model_dump(include=deciding) == original] == []
