"""Who changed a host: an administrator who logged in between two collections is named from the events of vCenter."""

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from auditor.attribution import NO_CENTRE, NOT_READ, Origin, origin
from auditor.domain import Snapshot
from auditor.drift import between
from auditor.evidence import redaction
from tests.collectors.vsphere.peers import collect, snapshots, source_of
from tests.conftest import require
from tests.simulators.vsphere import changes
from tests.simulators.vsphere.launch import NEEDS, build, vcsim
from tests.simulators.vsphere.sim import Sim

FIRST, SECOND = "esx-01.example.test", "esx-02.example.test"
pytestmark = pytest.mark.needs_go


@pytest.fixture(autouse=True)
def _fingerprint_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(redaction.KEY_VARIABLE, "a key that only these tests use 0123")
    redaction.redactor.cache_clear()


@pytest.fixture(scope="module")
def sim() -> Iterator[Sim]:
    """A simulated vCenter with two hosts."""
    require(build() is not None, NEEDS)
    with vcsim(hosts=2, vms=1) as running:
        yield running


def look(sim: Sim, *, activity: bool = True, kind: str = "vcenter") -> dict[str, Snapshot]:
    items = collect(replace(source_of(sim, kind=kind), activity=activity))
    return snapshots(items) | snapshots(items, "vcenter")


def by(sim: Sim, name: str, change: Any) -> None:
    """A change in a session of this account, which may log in for that long."""
    auditor = sim.username
    sim.control("account", key=name)
    try:
        with changes.session(replace(sim, username=name)) as instance:
            change(instance)
    finally:
        sim.control("account", key=auditor)


def origins(old: Snapshot, new: Snapshot) -> dict[str, Origin]:
    return {one.path: origin(one, old, new) for one in between(old, new) if one.change != "unknown"}


def test_the_planted_actor_is_named(sim: Sim) -> None:
    """Of two administrators the one whose event touches the drifted fact comes first, on the host that he changed and
    on vCenter; who only reads is in no event; and without the events nobody is named.
    """
    by(sim, "early@example.test", lambda i: changes.set_option(i, SECOND, "UserVars.ESXiShellTimeOut", 71))
    old = look(sim)
    good = max(one.taken_at for one in old.values()) + timedelta(seconds=1)
    old = {name: replace(one, taken_at=good) for name, one in old.items()}
    time.sleep(2.1)
    by(sim, "gardener@example.test", lambda i: changes.set_service_policy(i, SECOND, "TSM-SSH", "automatic"))
    by(sim, "planter@example.test", lambda i: changes.set_option(i, SECOND, "UserVars.ESXiShellTimeOut", 77))
    new = look(sim)
    found = origins(old[SECOND], new[SECOND])
    option = found["advanced[UserVars.ESXiShellTimeOut]"]
    assert [one.who for one in option.actors] == ["planter@example.test", "gardener@example.test"]
    assert "option.OptionManager.updateValues" in option.actors[0].what
    assert found["services[TSM-SSH].policy"].actors[0].who == "gardener@example.test"
    assert option.unknown == ""
    assert origins(old[FIRST], new[FIRST]) == {}
    whole = new["vc01"].facts["activity"]["deeds"]
    assert {"planter@example.test", "early@example.test"} <= {one["who"] for one in whole}
    assert {one["object"] for one in whole if one["who"] == "planter@example.test"} == {SECOND}

    blind = look(sim, activity=False)
    assert "activity" not in {*blind[SECOND].facts, *blind[SECOND].gaps}
    reasons = {one.unknown for one in origins(old[SECOND], blind[SECOND]).values()}
    assert reasons == {NOT_READ}
    long_ago = replace(old[SECOND], taken_at=good - timedelta(days=90))
    before = replace(new[SECOND], taken_at=good - timedelta(days=89))
    assert all("the log begins at" in one.unknown for one in origins(long_ago, before).values())


def test_who_reconfigured_a_machine_is_named_from_the_events_of_its_vcenter(sim: Sim) -> None:
    """The machine has no log of its own: that of vCenter tells, in what it says of this machine and of no other; the
    host that runs it is not said to have been changed.
    """

    def seen() -> tuple[Snapshot, Snapshot, dict[str, Snapshot]]:
        items = collect(replace(source_of(sim, vms=True), activity=True))
        return snapshots(items, "vm")["vm-01"], snapshots(items, "vcenter")["vc01"], snapshots(items)

    old, _, _ = seen()
    time.sleep(1.1)
    by(sim, "gardener@example.test", lambda i: changes.set_option(i, FIRST, "UserVars.ESXiShellTimeOut", 55))
    by(
        sim,
        "planter@example.test",
        lambda i: changes.set_vm_option(i, "vm-01", "isolation.tools.copy.disable", "FALSE"),
    )
    time.sleep(1.1)
    new, centre, hosts = seen()
    (drift,) = [one for one in between(old, new) if "isolation.tools.copy.disable" in one.path]
    assert [one.who for one in origin(drift, old, new, centre).actors] == ["planter@example.test"]
    assert origin(drift, old, new).unknown == NO_CENTRE
    told = [one["what"] for host in hosts.values() for one in host.facts["activity"]["deeds"]]
    assert not [what for what in told if "VmReconfigured" in what]


def test_events_that_are_refused_are_a_gap_with_its_reason(sim: Sim) -> None:
    """An account that may not query events costs the names alone; nothing else of the host is lost."""
    old = look(sim)
    sim.control("fault", fault="no_permission", method="QueryEvents", times=0)
    try:
        by(sim, "planter@example.test", lambda i: changes.set_option(i, FIRST, "UserVars.ESXiShellTimeOut", 33))
        new = look(sim)
    finally:
        sim.control("clear")
    (found,) = origins(old[FIRST], new[FIRST]).values()
    assert found.actors == ()
    assert "the log could not be read: needs the privilege" in found.unknown


def test_a_host_alone_whose_events_cannot_be_asked_says_so() -> None:
    """Where the peer does not know the call, the host is read all the same and says why nobody can be named."""
    require(build() is not None, NEEDS)
    with vcsim(hosts=1, standalone=True) as alone:
        found = look(alone, kind="esxi")["vc01"]
    assert "activity" in found.gaps
    assert "activity" not in found.facts
