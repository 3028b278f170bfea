"""What is foretold equals what the switch then reports: each change is foretold, typed over SSH, and read over SSH.

Every fact is compared. A miss is allowed where the prediction said that it does not know; one without a word is not.
"""

from collections.abc import Iterator

import pytest

from tests.changes.nxos.lab import Lab, Outcome, switched_on
from tests.changes.nxos.leaf_changes import LEAF
from tests.changes.nxos.vsm_changes import VSM


@pytest.fixture(scope="module")
def leaf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with switched_on(tmp_path_factory.mktemp("leaf"), vsm=False) as lab:
        yield lab


@pytest.fixture(scope="module")
def vsm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with switched_on(tmp_path_factory.mktemp("vsm"), vsm=True) as lab:
        yield lab


def check(outcome: Outcome) -> None:
    assert not outcome.wrong, "foretold otherwise, without a word"
    assert not outcome.untold, "changed, and no line is given as the reason"


@pytest.mark.parametrize("name", LEAF)
def test_a_change_of_a_switch_comes_as_foretold(leaf: Lab, name: str) -> None:
    """No fact of the physical switch comes otherwise than foretold, unless it was said to be unknown."""
    check(leaf.outcome(LEAF[name]))


@pytest.mark.parametrize("name", VSM)
def test_a_change_of_a_supervisor_comes_as_foretold(vsm: Lab, name: str) -> None:
    """No fact of the Nexus 1000V comes otherwise than foretold, unless it was said to be unknown."""
    check(vsm.outcome(VSM[name]))
