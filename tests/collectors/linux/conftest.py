"""One booted lab host for all tests of this folder."""

from collections.abc import Iterator

import pytest

from tests.conftest import require
from tests.simulators.linux import lab


@pytest.fixture(scope="package", autouse=True)
def _fingerprint_key() -> Iterator[None]:
    """Secrets are fingerprinted under a key of the tests: nothing is written into the user's state folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AUDITOR_HMAC_KEY", "a key of these tests, 32 letters")
        yield


@pytest.fixture(scope="package")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[lab.LabHost]:
    """A lab host, booted once; tests that change it leave it changed."""
    made = lab.root()
    require(made, "no Debian archive is known here to make a lab host from")
    assert made is not None
    with lab.LabHost(made, tmp_path_factory.mktemp("lab")) as booted:
        yield booted
