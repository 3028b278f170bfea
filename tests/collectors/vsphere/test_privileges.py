"""What the account lacks is known, and said once for the source, before the hosts are asked."""

from collections.abc import Iterator

import pytest

from tests.collectors.vsphere.bodies import body, reading
from tests.collectors.vsphere.peers import captures, collect, failures, snapshots, source_of
from tests.simulators.vsphere.fake import FakeSim, FakeVCenter


@pytest.fixture(scope="module")
def sim() -> Iterator[FakeSim]:
    with FakeVCenter(hosts=1) as running:
        yield running


def test_an_account_with_all_privileges_gets_no_warning(sim: FakeSim) -> None:
    """Nothing lacks: an empty fact, and no word in the report."""
    (snapshot,) = snapshots(collect(source_of(sim)), "vcenter").values()
    assert snapshot.facts["account_lacks"] == {}
    assert snapshot.warnings == ()


def test_a_lacking_privilege_is_a_warning_of_the_source(sim: FakeSim) -> None:
    """The privilege and what stays unread stand in the facts of the vCenter and among the warnings of the report."""
    assert sim.estate is not None
    sim.estate.lacking = {"Certificate.Manage", "Global.Settings"}
    try:
        items = collect(source_of(sim))
    finally:
        sim.estate.lacking = set()
    assert not failures(items)
    assert len(captures(items)) == 1
    (snapshot,) = snapshots(items, "vcenter").values()
    assert set(snapshot.facts["account_lacks"]) == {"Certificate.Manage", "Global.Settings"}
    assert len(snapshot.warnings) == 2
    assert any("Global.Settings" in word and "lockdown exceptions" in word for word in snapshot.warnings)


def test_a_question_that_was_refused_is_a_gap(sim: FakeSim) -> None:
    """A vCenter that does not tell what the account may do: unknown, and the collection goes on."""
    sim.control("fault", fault="no_permission", method="HasPrivilegeOnEntities", times=1)
    items = collect(source_of(sim))
    (snapshot,) = snapshots(items, "vcenter").values()
    assert "System.Read" in snapshot.gaps["account_lacks"]
    assert len(captures(items)) == 1


def test_an_older_capture_was_not_asked() -> None:
    """A capture from before this question was put: a gap, no warning."""
    data = body("vcenter")
    data.pop("lacking", None)
    snapshot = reading("vcenter", data)
    assert "not asked" in snapshot.gaps["account_lacks"]
    assert snapshot.warnings == ()
