"""Every hardening fact that we know of is answered for: by a rule, or by a reason for leaving it out."""

import pytest

from auditor.library import fact_ledger
from auditor.rulebook.ledger import Ledger, ledger
from auditor.rulebook.schema import Rule
from tests.rules.shipped import shipped_rules

RULE = Rule.model_validate(
    {
        "id": "linux-test",
        "title": "A rule of a test",
        "severity": "low",
        "applies_to": {"platform": "linux"},
        "expect": {"hostname": "x"},
        "family": "CFG-HARDEN",
        "references": {"facts": ["A", "B"]},
        "rationale": "A test needs a rule that names rows.",
        "fix": "Nothing.",
    }
)


def book(*rows: str, **left_out: str) -> Ledger:
    """A ledger of rows, all of them for the baseline `mine`."""
    listed = [{"row": row, "title": row, "baselines": "mine other"} for row in rows]
    return ledger(listed, [{"row": row, "reason": why} for row, why in left_out.items()])


def test_every_row_is_answered_for_once() -> None:
    """No row is without a rule or a reason, none has both, and no rule names a row that does not exist."""
    assert fact_ledger().faults(rule for rule, _ in shipped_rules().values()) == []


@pytest.mark.parametrize(
    ("accounts", "fault"),
    [
        (book("A", "B", "C"), "C: no rule names it, and no reason is given"),
        (book("A", "B", A="nobody can tell this from outside"), "A: a rule names it, and yet it is left out"),
        (book("A"), "B: no such row"),
        (book("A", "B", "C", C="hard"), "C: the reason is too short"),
    ],
)
def test_wrong_accounts_are_found(accounts: Ledger, fault: str) -> None:
    """A row that is forgotten, answered twice, unknown or brushed aside is a fault."""
    assert accounts.faults([RULE]) == [fault]


def test_coverage_counts_the_rows_of_a_baseline() -> None:
    """Rows that rules name, out of those that the baseline should know."""
    assert book("A", "B", "C").covered("mine", [RULE]) == (2, 3)
    assert book("A", "B", "C").covered("another", [RULE]) == (0, 0)
