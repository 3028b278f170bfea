"""Changes of a Linux host, foretold and then made on a booted one: every fact equal, or said to be unknown."""

from collections.abc import Iterator

import pytest

from tests.changes.linux.cases import BATCHES
from tests.changes.linux.host import Result, counted, table, walk
from tests.conftest import require
from tests.simulators.linux import lab

pytestmark = pytest.mark.needs_lab


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Result]]:
    """What became of every change; made once, on one host."""
    made = lab.root()
    require(made, "no Debian archive is known here to make a lab host from")
    assert made is not None
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AUDITOR_HMAC_KEY", "a key of these tests, 32 letters")
        with lab.LabHost(made, tmp_path_factory.mktemp("lab")) as host:
            found = walk(host, BATCHES)
            print(table(found))
            yield {one.name: one for one in found}


@pytest.mark.parametrize("name", [case.name for batch in BATCHES for case in batch])
def test_no_fact_is_silently_wrong(results: dict[str, Result], name: str) -> None:
    """After the change every fact is what was foretold, or was said to be unknown."""
    assert results[name].wrong == []


@pytest.mark.parametrize("name", [case.name for batch in BATCHES for case in batch])
def test_every_changed_fact_has_its_reason(results: dict[str, Result], name: str) -> None:
    """Whatever changed as foretold, a line of the candidate is named for it."""
    assert results[name].unexplained == set()


def test_enough_changes(results: dict[str, Result]) -> None:
    """At least 40 changes were made, most facts of them foretold exactly, none silently wrong."""
    print(counted(list(results.values())))
    assert len(results) >= 40
    assert sum(len(one.exact) for one in results.values()) > 2 * sum(len(one.unknown) for one in results.values())
