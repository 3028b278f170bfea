"""Estate facts: what targets say about each other, and that a target which was not read leaves the question open."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.coverage import by_platform, cover
from auditor.domain import Snapshot, Target
from auditor.relate import relate
from auditor.relate.switches import digits

VSM_UUID, VC_UUID = "00 11 22 33 44 55 66 77-88 99 aa bb cc dd ee ff", "00 11 22 33 44 55 66 77-88 99 AA BB CC DD EE FF"
HOST_UUID = "4c4c4544-0000-1000-8000-00000000000{}"


def target(name: str, platform: str, facts: dict[str, Any] | None, source: str = "vc01", **more: Any) -> Target:
    """A target; without facts one that was not read."""
    if facts is None:
        return Target(name, platform, source, "unreachable", "it did not answer")
    snapshot = Snapshot(name, platform, source, datetime(2026, 1, 1, tzinfo=UTC), facts, {"": "test"}, **more)
    return Target(name, platform, source, "collected", snapshot=snapshot)


def host(name: str, number: int = 1, cluster: str | None = "c1", **facts: Any) -> Target:
    """An ESXi host of a cluster."""
    own = {"cluster": {"name": cluster}} if cluster else {}
    return target(name, "esxi", {"hardware": {"uuid": HOST_UUID.format(number)}, **own, **facts})


def vsm(name: str = "vsm01", uuid: str | None = VSM_UUID, domain: int = 7, **facts: Any) -> Target:
    """A supervisor with one module on host number 1, or the modules given."""
    module = {"vem": True, "server_uuid": HOST_UUID.format(1).upper()}
    connections = {"vc": {"dvs_uuid": uuid}} if uuid else {}
    base = {"svs": {"domain_id": domain, "connections": connections}, "modules": {"1": {"vem": False}, "3": module}}
    return target(name, "nexus1000v", {**base, **facts}, source=name)


def dvs(*hosts: str) -> Target:
    """The distributed switch of the supervisor, as vCenter shows it."""
    return target(
        "dvs-n1k", "dvs", {"uuid": VC_UUID, "nexus1000v": True, "roles": ["nexus1000v"], "hosts": list(hosts)}
    )


def estate(targets: list[Target], name: str) -> dict[str, Any]:
    """Estate facts of a target after all were related."""
    (found,) = [t for t in relate(targets) if t.name == name]
    assert found.snapshot is not None
    facts: dict[str, Any] = found.snapshot.facts["estate"]
    return facts


def gaps(targets: list[Target], name: str) -> dict[str, str]:
    """Gaps of a target after all were related."""
    (found,) = [t for t in relate(targets) if t.name == name]
    assert found.snapshot is not None
    return dict(found.snapshot.gaps)


def test_the_odd_host_of_a_cluster_is_named() -> None:
    """Of three hosts the one with another time server disagrees, the two others agree; each setting by itself."""
    hosts = [
        host("a", time={"ntp_servers": ["x"]}),
        host("b", time={"ntp_servers": ["x"]}),
        host("c", time={"ntp_servers": ["y"]}),
    ]
    odd, right = (estate(hosts, name)["agreements"]["time servers"] for name in ("c", "a"))
    assert odd == {"agrees": False, "hosts": 3, "value": "y", "common": "x"}
    assert right["agrees"] is True
    assert estate(hosts, "c")["agreements"]["name servers"] == {"agrees": True, "hosts": 3}


def test_hosts_of_other_clusters_and_vcenters_do_not_vote() -> None:
    """A host is compared with its own cluster in its own vCenter only; a host in no cluster with nobody."""
    elsewhere = replace(host("d", time={"ntp_servers": ["y"]}), source="vc02")
    hosts = [host("a", time={"ntp_servers": ["x"]}), host("b", cluster="c2", time={"ntp_servers": ["y"]}), elsewhere]
    assert estate(hosts, "a")["agreements"]["time servers"] == {"agrees": True, "hosts": 1, "value": "x", "common": "x"}
    assert estate([host("a", cluster=None)], "a")["agreements"] == {}


def test_two_against_two_is_nobodys_majority() -> None:
    """Where no value is the most common, every host disagrees: somebody has to say which is right."""
    hosts = [host(name, time={"ntp_servers": [name[0]]}) for name in ("x1", "x2", "y1", "y2")]
    found = [estate(hosts, name)["agreements"]["time servers"] for name in ("x1", "y2")]
    assert [one["agrees"] for one in found] == [False, False]
    assert found[0]["common"] == "no value is the most common"


def test_hosts_that_were_not_read_may_turn_the_vote() -> None:
    """As many unread hosts as would change what is common make the answer a gap; fewer do not."""
    hosts = [host(name, time={"ntp_servers": ["x"]}) for name in "abc"]
    lost = [target(f"lost{n}", "esxi", None) for n in range(3)]
    assert estate([*hosts, *lost[:2]], "a")["agreements"]["time servers"]["agrees"] is True
    assert "3 hosts that were not read" in gaps([*hosts, *lost], "a")["estate.agreements[time servers]"]


def test_a_setting_that_was_not_read_is_a_gap_of_its_host_only() -> None:
    """A gap in one host's facts leaves that host's agreement open, not the others'."""
    hosts = [host(name, time={"ntp_servers": ["x"]}) for name in "ab"]
    blind = target("c", "esxi", {"cluster": {"name": "c1"}}, gaps={"time": "not allowed"})
    assert gaps([*hosts, blind], "c")["estate.agreements[time servers]"] == "not allowed"
    assert estate([*hosts, blind], "a")["agreements"]["time servers"]["agrees"] is True


@given(st.lists(st.sampled_from(["x", "y", None]), min_size=1, max_size=6))
def test_agreement_is_with_the_majority(values: list[str | None]) -> None:
    """A host agrees exactly when its value is the single most common one, absence counted as a value."""
    hosts = [host(f"h{n}", power_policy=value) for n, value in enumerate(values)]
    votes = {value: values.count(value) for value in values}
    best = [value for value, count in votes.items() if count == max(votes.values())]
    for n, value in enumerate(values):
        found = estate(hosts, f"h{n}")["agreements"]["power policy"]["agrees"]
        assert found == (len(best) == 1 and value == best[0])


def test_a_nexus_1000v_is_joined_with_its_switch_and_counted_once() -> None:
    """The switch that a supervisor manages is part of it: found by uuid however written, out of the population."""
    targets = relate([vsm(), dvs("a"), host("a")])
    coverage = cover(targets, (), datetime(2026, 1, 1, tzinfo=UTC).date())
    assert [t.part_of for t in targets] == ["", "vsm01", ""]
    assert (coverage.population, coverage.collected) == (2, 2)
    assert "dvs" not in by_platform(coverage)
    assert estate([vsm(), dvs("a"), host("a")], "dvs-n1k") == {"supervisor": "vsm01"}


def test_modules_are_known_by_the_uuid_of_their_host() -> None:
    """A module's host is found in vCenter by its uuid in any letter case; a stranger is named as unknown."""
    stranger = {"3": {"vem": True, "server_uuid": HOST_UUID.format(9)}}
    good = estate([vsm(), dvs("a"), host("a")], "vsm01")
    assert good["modules"] == {"3": {"host": "a", "known": True, "member": True}}
    assert good["hosts_without_module"] == []
    bad = estate([vsm(modules=stranger), dvs("a"), host("a")], "vsm01")
    assert bad["modules"] == {"3": {"known": False, "member": False}}
    assert bad["hosts_without_module"] == ["a"]
    assert estate([vsm(), dvs(), host("a")], "vsm01")["modules"]["3"]["member"] is False


def test_a_host_that_was_not_read_may_be_the_one() -> None:
    """With an unread host an unknown module is a gap, and so is a member that might have one."""
    stranger = {"3": {"vem": True, "server_uuid": HOST_UUID.format(9)}}
    lost = [vsm(modules=stranger), dvs("b"), target("b", "esxi", None)]
    assert gaps(lost, "vsm01")["estate.modules[3]"] == "its host may be one that was not read: b"
    assert gaps(lost, "vsm01")["estate.hosts_without_module"] == "not read: b"
    both = [vsm(modules=stranger), dvs("a", "b"), host("a"), target("b", "esxi", None)]
    assert estate(both, "vsm01")["hosts_without_module"] == ["a"]


@pytest.mark.parametrize(
    ("others", "reason"),
    [
        ([], "no vCenter of this run has the switch of this supervisor"),
        ([target("vc01", "vcenter", None)], "not read: vc01"),
    ],
)
def test_a_supervisor_without_its_vcenter_stays_open(others: list[Target], reason: str) -> None:
    """Without the vCenter of the switch nothing is said about modules."""
    found = gaps([vsm(), *others], "vsm01")
    assert found["estate.modules"] == found["estate.hosts_without_module"] == reason
    assert "no connection to a vCenter" in gaps([vsm(uuid=None)], "vsm01")["estate.modules"]


def test_a_switch_without_its_supervisor_stays_counted() -> None:
    """A Nexus 1000v switch whose supervisor is not of this run stays a target of its own."""
    targets = relate([dvs("a"), host("a")])
    assert [t.part_of for t in targets] == ["", ""]
    assert "no supervisor of this run" in gaps([dvs("a")], "dvs-n1k")["estate.supervisor"]


def test_supervisors_that_share_a_domain_find_each_other() -> None:
    """Two supervisors with one domain id are dual active in waiting; an unread one leaves the question open."""
    assert estate([vsm("one"), vsm("two", None), vsm("three", None, 8)], "one")["same_domain"] == ["two"]
    assert estate([vsm("one"), vsm("three", None, 8)], "one")["same_domain"] == []
    assert gaps([vsm("one"), target("two", "nexus1000v", None)], "one")["estate.same_domain"] == "not read: two"
    assert estate([vsm("one"), vsm("two", None), target("x", "nexus1000v", None)], "one")["same_domain"] == ["two"]


def machine(name: str, *macs: str, source: str = "vc01", uuid: str | None = None) -> Target:
    """A virtual machine with network adapters."""
    nics = {f"Network adapter {n}": {"mac": mac} for n, mac in enumerate(macs, 1)}
    return target(name, "vm", {"nics": nics, "instance_uuid": uuid or name}, source=source)


def test_an_address_that_stands_twice_names_the_other() -> None:
    """Machines, VMkernel adapters and KVM guests with one address are told of each other, in any letter case."""
    kvm = target("kvm1", "linux", {"kvm": {"nics": {"web/0": {"mac": "00:50:56:00:00:01"}}}}, source="kvm1")
    targets = [machine("a", "00:50:56:00:00:01"), machine("b", "00:50:56:00:00:01".upper(), "00:50:56:00:00:02"), kvm]
    assert estate(targets, "a")["macs"] == {"00:50:56:00:00:01": {"others": ["b Network adapter 1", "kvm1 web/0"]}}
    assert estate(targets, "b")["macs"]["00:50:56:00:00:02"] == {"others": []}
    twice = [machine("a", "00:50:56:00:00:01", "00:50:56:00:00:01")]
    assert estate(twice, "a")["macs"] == {"00:50:56:00:00:01": {"others": ["a Network adapter 2"]}}


def test_one_machine_seen_twice_is_no_double() -> None:
    """The same machine through its vCenter and its host is one machine."""
    seen = [machine("a", "00:50:56:00:00:01", uuid="u"), machine("a2", "00:50:56:00:00:01", source="esx", uuid="u")]
    assert estate(seen, "a")["macs"] == {"00:50:56:00:00:01": {"others": []}}


def test_an_unread_machine_may_have_the_address() -> None:
    """With an unread machine an address that seems single is a gap; one that stands twice is not."""
    lost = target("lost", "vm", None)
    assert gaps([machine("a", "00:50:56:00:00:01"), lost], "a") == {"estate.macs[00:50:56:00:00:01]": "not read: lost"}
    double = [machine("a", "00:50:56:00:00:01"), machine("b", "00:50:56:00:00:01"), lost]
    assert estate(double, "a")["macs"]["00:50:56:00:00:01"]["others"] == ["b Network adapter 1"]


def test_order_and_unread_targets_are_kept() -> None:
    """Relating changes no target that was not read, and none changes its place."""
    targets = [target("x", "esxi", None), host("a"), machine("m"), target("web", "linux", {"hostname": "web"})]
    related = relate(targets)
    assert [t.name for t in related] == ["x", "a", "m", "web"]
    assert related[0] is targets[0]
    assert related[3] is targets[3]


@given(st.text(max_size=60))
def test_a_uuid_is_32_digits_or_nothing(text: str) -> None:
    """Whatever a device says, a key for joining is 32 hexadecimal digits or empty."""
    assert digits(text) == "" or len(digits(text)) == 32
