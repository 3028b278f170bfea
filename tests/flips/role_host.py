"""The host of the flip tests about mail, names and guests, booted once for a module."""

from collections.abc import Iterator

import pytest

from tests.conftest import require
from tests.simulators.linux import lab
from tests.simulators.linux.role_host import booted


@pytest.fixture(scope="module")
def role_host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[lab.LabHost]:
    """Each test leaves it as it was."""
    made = lab.root(lab.ROLE_PACKAGES)
    require(made, "no Debian archive is known here to make a lab host from")
    assert made is not None
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AUDITOR_HMAC_KEY", "a key of these tests, 32 letters")
        with booted(made, tmp_path_factory.mktemp("lab")) as host:
            yield host
