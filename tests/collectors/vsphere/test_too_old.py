"""A vCenter or host whose API is older than 6.0 is named as such, before any password is sent."""

import pytest

from tests.collectors.vsphere.peers import collect, failures, source_of
from tests.simulators.vsphere.fake import FakeVCenter


@pytest.mark.parametrize(
    ("kind", "version"), [("esxi", "4.1"), ("esxi", "5.5"), ("vcenter", "4.0"), ("vcenter", "5.1")]
)
def test_a_server_before_6_0_is_a_failure_that_says_so(kind: str, version: str) -> None:
    """One failure of the whole source names its API version and the oldest that is read; nobody logs in."""
    with FakeVCenter(hosts=1, standalone=kind == "esxi", api_version=version) as sim:
        items = collect(source_of(sim, kind=kind))
        calls = sim.control("calls")["calls"]
    (failure,) = items
    assert failures(items) == {None: failure}
    assert failures(items)[None].kind == "unreadable"
    assert version in failures(items)[None].reason
    assert "6.0 is the oldest that is read" in failures(items)[None].reason
    assert "Login" not in calls
