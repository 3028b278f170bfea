"""Every rule says how a person checks it without Auditor."""

import pytest

from auditor.library import places_by_hand
from auditor.rulebook.byhand import by_hand, where
from tests.rules.shipped import shipped_rules

PLACES = places_by_hand()
SHIPPED = shipped_rules()


@pytest.mark.parametrize("rule_id", SHIPPED)
def test_every_rule_can_be_checked_by_hand(rule_id: str) -> None:
    """For each shipped rule there is a place to look at for each of its paths, or its steps."""
    rule, parameters = SHIPPED[rule_id]
    steps = by_hand(rule, PLACES, parameters)
    assert steps
    assert not [step for step in steps if step.startswith("Look for")]


def test_the_longest_beginning_counts() -> None:
    """A place for a part of a fact is better than one for the whole; keys are filled in, unknown ones are NAME."""
    places = {"sshd": "whole", "sshd.effective": "part {key}"}
    assert where("sshd.effective[maxauthtries]", places) == "part maxauthtries"
    assert where("sshd.effective[*].x", places) == "part NAME"
    assert where("sshd.max_startups", places) == "whole"
    assert where("other.fact", places) == "Look for other.fact"
