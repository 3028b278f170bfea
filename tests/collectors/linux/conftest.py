"""One booted lab host for all tests of this folder."""

from collections.abc import Iterator

import pytest

from tests.conftest import require
from tests.simulators.linux import lab


@pytest.fixture(scope="package")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[lab.LabHost]:
    """A lab host, booted once; tests that change it leave it changed."""
    made = lab.root()
    require(made, "no Debian archive is known here to make a lab host from")
    assert made is not None
    with lab.LabHost(made, tmp_path_factory.mktemp("lab")) as booted:
        yield booted
