"""Which simulators the tests of vSphere collection run against."""

from typing import Any

import pytest

from tests.simulators.vsphere.fake import FakeVCenter
from tests.simulators.vsphere.launch import vcsim


@pytest.fixture(
    params=[pytest.param(vcsim, marks=pytest.mark.needs_go, id="go"), pytest.param(FakeVCenter, id="python")]
)
def simulate(request: pytest.FixtureRequest) -> Any:
    """Starts a simulator: `with simulate(hosts=3) as sim`. Each test runs against both kinds."""
    return request.param
