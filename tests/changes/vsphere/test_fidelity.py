"""What is foretold of a change is what the simulated vSphere reports after the change was truly made."""

from collections.abc import Iterator

import pytest

from tests.changes.vsphere.cases import CASES
from tests.changes.vsphere.fidelity import Outcome, all_outcomes, table
from tests.changes.vsphere.peer import running

pytestmark = pytest.mark.needs_go
# Changes that make no fact another on this host, each with its reason.
IDLE = {
    "maybe": "it runs under a condition",
    "other-host": "it is for another host",
    "default": "no capture tells a default",
}


@pytest.fixture(scope="module")
def outcomes() -> Iterator[dict[str, Outcome]]:
    with running() as peer:
        found = all_outcomes(peer)
        print(table(found))
        yield {str(one.case): one for one in found}


@pytest.mark.parametrize("ident", [str(case) for case in CASES])
def test_a_change_comes_true_as_foretold(outcomes: dict[str, Outcome], ident: str) -> None:
    """Every fact is as foretold, or was said to be unknown, and that only where it is meant to be."""
    one = outcomes[ident]
    assert not one.wrong
    assert bool(one.unknown) == one.case.partly, one.unknown
    assert bool(one.changed) == (ident not in IDLE)


def test_at_least_forty_changes_are_exact_and_none_is_silently_wrong(outcomes: dict[str, Outcome]) -> None:
    """The promise of change checks: exact, or said; never silently wrong."""
    verdicts = [one.verdict for one in outcomes.values()]
    assert verdicts.count("exact") >= 40
    assert "silently wrong" not in verdicts
