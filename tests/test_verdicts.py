"""Which rules count for a target that was not read: those that could count if it had been."""

from typing import Any

from auditor.domain import Status, Target
from auditor.rulebook.compile import compile_rule
from auditor.rulebook.schema import Rule
from auditor.selection import ActiveBaseline
from auditor.verdicts import judge, plan

LOST = Target("lost", "esxi", "vc", "unreachable", "it did not answer")


def baseline(**rules: dict[str, Any]) -> ActiveBaseline:
    """A baseline of small rules; one parameter is declared and has no value."""
    made = []
    for name, more in rules.items():
        data = {
            "id": f"esxi-{name}",
            "title": "A rule of a test",
            "severity": "low",
            "applies_to": {"platform": "esxi", **more.pop("applies", {})},
            "expect": {"power_policy": "static"},
            "family": "CFG-HARDEN",
            "references": {},
            "rationale": "A test needs rules that differ in little.",
            "fix": "Nothing.",
            **more,
        }
        made.append(compile_rule(Rule.model_validate(data), {"unset": None}))
    return ActiveBaseline("test", "Test", "1", "", {}, tuple(made))


RULES = {
    "any": {},
    "old": {"applies": {"version": "<6"}},
    "new": {"applies": {"version": ">=8"}},
    "unset": {"expect": {"power_policy": "$unset"}},
    "manual": {"expect": {}, "manual": {"reason": "nobody can see it", "steps": "look"}},
}


def verdicts() -> dict[str, Status]:
    """Status by rule of the host that was not read."""
    planned = plan(LOST, [baseline(**{k: dict(v) for k, v in RULES.items()})], True)
    return {one.finding.rule.removeprefix("esxi-"): one.finding.status for one in judge(LOST, planned)}


def test_an_unread_host_has_every_rule_unknown_that_a_read_one_would_have() -> None:
    """Rules that nobody would judge are notchecked, read or not; all else is unknown."""
    assert verdicts() == {
        "any": Status.UNKNOWN,
        "old": Status.UNKNOWN,
        "new": Status.UNKNOWN,
        "unset": Status.NOTCHECKED,
        "manual": Status.NOTCHECKED,
    }
