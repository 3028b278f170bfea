"""What faults of a vCenter cost: the host or section they hit; when it dies, everything. Nothing turns green."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest
from pyVmomi import vim, vmodl

from tests.collectors.vsphere.peers import captures, collect, failures, snapshots, source_of, with_timeout
from tests.simulators.vsphere import changes
from tests.simulators.vsphere.fake import FakeVCenter
from tests.simulators.vsphere.launch import vcsim
from tests.simulators.vsphere.sim import Sim

ONE, TWO, THREE = (f"esx-{n:02d}.example.test" for n in (1, 2, 3))


@pytest.fixture
def sim(simulate: Any) -> Iterator[Sim]:
    with simulate(hosts=3) as running:
        yield running


def moid(sim: Sim, name: str) -> str:
    """The id of a host, from a collection without faults."""
    return str(captures(collect(source_of(sim)))[name].body["moid"])


@pytest.mark.parametrize("state", ["disconnected", "notResponding"])
def test_a_host_that_is_not_connected_is_unreachable_whatever_is_stored_of_it(sim: Sim, state: str) -> None:
    """vCenter still answers with a full configuration; the host is a failure all the same, the others are read."""
    sim.control("host_state", host=TWO, state=state)
    items = collect(source_of(sim))
    assert sorted(captures(items)) == [ONE, THREE]
    failure = failures(items)[TWO]
    assert failure.kind == "unreachable"
    assert state in failure.reason
    (vcenter,) = snapshots(items, "vcenter").values()
    assert vcenter.facts["population"]["not_connected"] == [TWO]


def test_a_vcenter_that_dies_in_the_middle_leaves_no_capture(sim: Sim) -> None:
    """Connections break from some bulk read on: every host is a failure, the source too, and nothing is captured."""
    sim.control("fault", fault="drop", after=12)
    items = collect(source_of(sim))
    assert not captures(items)
    assert not captures(items, "vcenter")
    found = failures(items)
    assert {None, ONE, TWO, THREE} <= set(found)
    assert all("vCenter stopped answering during collection" in failure.reason for failure in found.values())


def test_a_vcenter_that_dies_before_the_closing_check_leaves_no_capture(sim: Sim) -> None:
    """Everything was read, but vCenter does not answer in the end: that it was all true to the end is not proven."""
    sim.control("fault", fault="drop", method="CreateContainerView", after=1)
    items = collect(source_of(sim))
    assert not [item for item in items if item in captures(items).values()]
    assert {None, ONE, TWO, THREE} <= set(failures(items))


def test_a_killed_server_leaves_no_capture(sim: Sim) -> None:
    """A power cut under way: the answers hang first, then the process is gone."""
    sim.control("fault", fault="hang", seconds=3, method="HostImageConfigGetAcceptance", times=1)
    with as_soon_as(sim, "HostImageConfigGetAcceptance", sim.kill):
        items = collect(source_of(sim))
    assert not captures(items)
    assert {None, ONE, TWO, THREE} <= set(failures(items))


@pytest.mark.parametrize("fault", ["drop", "status", "html", "cut"])
def test_one_broken_answer_is_asked_for_again(sim: Sim, fault: str) -> None:
    """A reset connection, a 503, an error page or cut XML once: the call is repeated, nothing is lost or doubled."""
    sim.control("fault", fault=fault, method="RetrievePropertiesEx", after=4, times=1)
    items = collect(source_of(sim))
    assert not failures(items)
    assert sorted(captures(items)) == [ONE, TWO, THREE]


def test_answers_that_stay_broken_for_one_host_cost_that_host(sim: Sim) -> None:
    """Cut XML whenever one host is in the request: the others of its chunk are read."""
    bad = moid(sim, TWO)
    sim.control("fault", fault="cut", method="RetrievePropertiesEx", containing=f">{bad}<")
    items = collect(source_of(sim))
    assert sorted(captures(items)) == [ONE, THREE]
    assert failures(items)[TWO].kind == "unreadable"


def test_a_session_that_ends_in_mid_walk_is_opened_once_more(sim: Sim) -> None:
    """NotAuthenticated while pages are read: one more login, the chunk again, each host once."""
    sim.control("fault", fault="not_authenticated", method="RetrievePropertiesEx", after=4, times=1)
    items = collect(source_of(sim))
    assert not failures(items)
    assert sorted(captures(items)) == [ONE, TWO, THREE]
    assert sim.control("calls")["calls"]["Login"] == 2


def test_a_session_that_ends_again_and_again_is_given_up(sim: Sim) -> None:
    """A second lost session is no reason for a third login: the source fails."""
    sim.control("fault", fault="not_authenticated", method="RetrievePropertiesEx", after=2)
    items = collect(source_of(sim))
    assert not captures(items)
    assert failures(items)[None].kind in ("lost", "refused")
    assert sim.control("calls")["calls"]["Login"] == 2


def test_a_wrong_password_is_tried_once(sim: Sim) -> None:
    """A refused login is not repeated: accounts lock."""
    items = collect(source_of(sim, password="wrong"))
    assert [(failure.target, failure.kind) for failure in failures(items).values()] == [(None, "refused")]
    assert sim.control("calls")["calls"]["Login"] == 1


def test_a_property_that_may_not_be_read_is_a_gap_that_names_the_privilege(sim: Sim) -> None:
    """missingSet for one path of one host: the facts below it are gaps, all else is read."""
    sim.control("forbid", host=TWO, path="config.service")
    found = snapshots(collect(source_of(sim)))
    assert "System.Read" in found[TWO].gaps["services"]
    assert "services" not in found[ONE].gaps
    assert found[TWO].facts["advanced"]


def test_options_that_may_not_be_read_gap_what_is_derived_from_them(sim: Sim) -> None:
    """Without the options, log targets and scratch location are gaps as well, never absent."""
    sim.control("forbid", host=TWO, path="config.option")
    gaps = snapshots(collect(source_of(sim)))[TWO].gaps
    assert {"advanced", "syslog.hosts", "scratch.persistent", "password_quality", "lockdown.dcui_access"} <= set(gaps)


def test_a_host_call_without_privilege_is_a_gap(sim: Sim) -> None:
    """NoPermission for lockdown exceptions names the privilege; the mode itself is read."""
    sim.control("fault", fault="no_permission", method="QueryLockdownExceptions")
    snapshot = snapshots(collect(source_of(sim)))[ONE]
    assert "privilege" in snapshot.gaps["lockdown.exceptions"]
    assert snapshot.facts["lockdown"]["mode"] == "lockdownNormal"


def test_a_single_option_that_cannot_be_asked_for_is_a_gap(simulate: Any) -> None:
    """Left out in bulk and refused alone: unknown, not unset."""
    with simulate(hosts=1, hidden=["DCUI.Access"]) as sim:
        sim.control("fault", fault="no_permission", method="QueryOptions", containing="DCUI.Access")
        (snapshot,) = snapshots(collect(source_of(sim))).values()
    assert "privilege" in snapshot.gaps["advanced[DCUI.Access]"]
    assert "lockdown.dcui_access" in snapshot.gaps


def test_a_hanging_host_call_costs_one_time_out(sim: Sim) -> None:
    """A call to a host that hangs is a gap after the time for a call; further calls to this host are not made."""
    sim.control("fault", fault="hang", seconds=60, method="QueryLockdownExceptions", times=1)
    items = collect(with_timeout(source_of(sim), 1.0))
    assert sorted(captures(items)) == [ONE, TWO, THREE]
    hit = [s for s in snapshots(items).values() if "lockdown.exceptions" in s.gaps]
    assert len(hit) == 1
    assert "in time" in hit[0].gaps["lockdown.exceptions"]
    assert "not asked" in hit[0].gaps["acceptance_level"]


def test_a_dripping_answer_ends_with_the_time_for_a_call(sim: Sim) -> None:
    """Bytes that trickle in keep no call alive: the source fails within its deadline."""
    sim.control("fault", fault="drip", seconds=0.2, method="RetrievePropertiesEx")
    items = collect(with_timeout(source_of(sim), 1.0), deadline=20)
    assert not captures(items)
    assert failures(items)[None].kind in ("timeout", "lost")


def test_hosts_that_the_deadline_cut_off_are_timeouts_and_those_read_stay(sim: Sim) -> None:
    """The second bulk read hangs until the deadline: the host read before stays, the others are time-outs."""
    sim.control("fault", fault="hang", seconds=300, method="RetrievePropertiesEx", containing="config.option", after=1)
    items = collect(source_of(sim, page_size=1), deadline=8)
    late = {name for name, failure in failures(items).items() if failure.kind == "timeout"}
    assert len(late) == 2
    assert late | set(captures(items)) == {ONE, TWO, THREE}


@contextmanager
def as_soon_as(sim: Sim, method: str, act: Callable[[], object]) -> Iterator[None]:
    """Do something as soon as a call of `method` has come in, while the block runs."""
    ended = threading.Event()

    def wait() -> None:
        while not ended.wait(0.02):
            if sim.control("calls")["calls"].get(method):
                act()
                return

    thread = threading.Thread(target=wait)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def test_a_host_that_was_lost_in_between_is_not_judged(sim: Sim) -> None:
    """Connected when it was listed, notResponding in the closing check: its values may be stored ones."""
    sim.control("fault", fault="hang", seconds=3, method="HostImageConfigGetAcceptance", times=1)
    lose = partial(sim.control, "host_state", host=THREE, state="notResponding")
    with as_soon_as(sim, "HostImageConfigGetAcceptance", lose):
        items = collect(source_of(sim))
    assert sorted(captures(items)) == [ONE, TWO]
    assert failures(items)[THREE].kind == "unreachable"


@pytest.mark.needs_go
def test_hosts_that_were_removed_in_between_are_failures() -> None:
    """Listed, then gone before or after they were read: they fail, with the reason; the other stays."""
    with vcsim(hosts=3) as running, changes.session(running) as instance:
        doomed = [changes.find(instance, vim.HostSystem, name) for name in (TWO, THREE)]
        running.control(
            "fault",
            fault="hang",
            seconds=3,
            method="RetrievePropertiesEx",
            containing="config.option",
            after=1,
            times=1,
        )
        with as_soon_as(running, "QueryLockdownExceptions", lambda: [host.Destroy_Task() for host in doomed]):
            items = collect(source_of(running, page_size=1))
    assert list(captures(items)) == [ONE]
    assert all("removed" in failures(items)[name].reason for name in (TWO, THREE))


def test_a_fault_about_one_host_costs_that_host() -> None:
    """ManagedObjectNotFound for a host that went after the listing: it fails, the rest of its chunk is read."""
    with FakeVCenter(hosts=3) as fake:
        fake.control(
            "fault", fault="hang", seconds=2, method="RetrievePropertiesEx", containing="config.option", times=1
        )
        assert fake.estate is not None
        with as_soon_as(fake, "DestroyView", partial(fake.estate.hosts.pop, TWO)):
            items = collect(source_of(fake))
    assert sorted(captures(items)) == [ONE, THREE]
    assert "removed" in failures(items)[TWO].reason


def test_a_property_the_server_does_not_know_is_left_out_and_told() -> None:
    """InvalidProperty faults the whole call: it is repeated without that path, which is then a gap."""

    class Once(dict[str, Exception]):
        def __getitem__(self, key: str) -> Exception:
            return self.pop(key)

    unknown: Any = vmodl.query.InvalidProperty
    with FakeVCenter(hosts=1, standalone=True) as fake:
        assert fake.server is not None
        fake.server.raised = Once()
        fault = unknown(name="runtime.stateEncryption", msg="no such property")
        fake.control(
            "fault", fault="hang", seconds=2, method="RetrievePropertiesEx", containing="config.option", times=1
        )
        with as_soon_as(fake, "DestroyView", partial(fake.server.raised.__setitem__, "RetrievePropertiesEx", fault)):
            items = collect(source_of(fake, kind="esxi"))
    (snapshot,) = snapshots(items).values()
    assert "not known to this version" in snapshot.gaps["boot.encryption_mode"]
    assert snapshot.facts["services"]


@pytest.mark.parametrize(("path", "said"), [("parent", "whether it is in a cluster"), ("", "its cluster")])
def test_a_cluster_that_is_hidden_is_not_no_cluster(path: str, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A host whose parent, or whose cluster, the account may not see: the cluster is a gap and never absent."""
    from auditor.collectors.vsphere import collect as collecting
    from auditor.collectors.vsphere.inventory import list_inventory

    if not path:  # no simulator hides an object as NoAccess does: it is taken out of the list that came

        def without(session: Any, vms: bool) -> Any:
            listing = list_inventory(session, vms)
            listing.clusters.clear()
            return listing

        monkeypatch.setattr(collecting, "list_inventory", without)
    with FakeVCenter(hosts=2) as sim:
        if path:
            sim.control("forbid", host=ONE, path=path)
        found = snapshots(collect(source_of(sim)))[ONE]
    assert said in found.gaps["cluster"]
    assert found.facts.get("cluster") is None


def test_secrets_among_options_are_fingerprints() -> None:
    """Secret keys in every spelling, and a password in an address, are gone; policy about passwords stays."""
    from auditor.collectors.vsphere.redact import redact_options

    secret = "Tr0ub4dor_and_3"
    keys = ("mail.smtp.password", "ads.bindPassword", "snmp.receiver.1.community", "vpxd.adminSecret", "x.y-token")
    kept = {"Security.PasswordHistory": 5, "Security.PasswordQualityControl": "retry=3", "a.hostPasswordLength": "32"}
    clean = redact_options({**dict.fromkeys(keys, secret), **kept, "proxy": f"http://bob:{secret}@proxy.example.org"})
    assert secret not in str(clean)
    assert {key: clean[key] for key in kept} == kept
    assert clean["proxy"].endswith("@proxy.example.org")
