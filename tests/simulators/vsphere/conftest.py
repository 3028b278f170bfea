"""Both peers under one name: a test that takes `peer` runs against the Go simulator and the Python responder."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from tests.simulators.vsphere.fake import FakeVCenter
from tests.simulators.vsphere.launch import NEEDS, build, vcsim
from tests.simulators.vsphere.sim import Sim

Peer = Callable[..., AbstractContextManager[Sim]]


def _go() -> Peer:
    if build() is None:
        pytest.skip(NEEDS)
    return vcsim


@pytest.fixture(params=[pytest.param("go", marks=pytest.mark.needs_go), "python"])
def peer(request: pytest.FixtureRequest) -> Peer:
    """A function that starts one of the two, as launch.vcsim() describes."""
    return _go() if request.param == "go" else FakeVCenter


@pytest.fixture
def go() -> Peer:
    """The Go simulator."""
    return _go()
