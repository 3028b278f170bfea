"""Single distributed ports: what is in force at them, which are read, and what is said of those that are not."""

from typing import Any

import pytest

from auditor.collectors.vsphere import dvports, dvs_policy
from tests.collectors.vsphere.bodies import body, reading
from tests.collectors.vsphere.peers import collect, failures, snapshots, source_of
from tests.simulators.vsphere import changes
from tests.simulators.vsphere import network_changes as net
from tests.simulators.vsphere.fake import FakeVCenter
from tests.simulators.vsphere.fake.ports import all_inherited
from tests.simulators.vsphere.launch import vcsim

MAC, OLD = "macManagementPolicy", "securityPolicy"


def mac(inherited: bool, value: bool | None, learning: bool | None = None) -> dict[str, Any]:
    policy: dict[str, Any] = {"inherited": inherited}
    if value is not None:
        policy |= {"allowPromiscuous": value, "macChanges": value, "forgedTransmits": value}
    if learning is not None:
        policy["macLearningPolicy"] = {"inherited": inherited, "enabled": learning}
    return {MAC: policy}


def old(inherited: bool, value: bool) -> dict[str, Any]:
    flag = {"inherited": inherited, "value": value}
    return {OLD: {"inherited": inherited, "allowPromiscuous": flag, "macChanges": flag, "forgedTransmits": flag}}


@pytest.mark.parametrize(
    ("levels", "promiscuous"),
    [
        pytest.param([mac(False, True), mac(False, False), mac(False, False)], True, id="the port's own"),
        pytest.param([mac(True, True), mac(False, False), mac(False, True)], False, id="inherited of the group"),
        pytest.param([mac(True, True), mac(True, True), mac(False, False)], False, id="inherited of the switch"),
        pytest.param([mac(True, True), mac(True, True), {}], True, id="nobody above: what vCenter filled in"),
        pytest.param([mac(True, None), mac(False, True), mac(False, False)], True, id="inherited, nothing filled in"),
        pytest.param([{**mac(True, None), **old(False, True)}, mac(False, False)], False, id="an old policy shadowed"),
        pytest.param([old(False, True), old(False, False)], True, id="a switch before 6.6"),
        pytest.param([old(True, False), old(False, True)], True, id="a switch before 6.6, inherited"),
        pytest.param([{}, {}, mac(False, True)], True, id="a port and a group that say nothing"),
        pytest.param([{}, {}, {}], None, id="nobody says anything"),
    ],
)
def test_the_nearest_level_that_sets_a_value_counts(levels: list[dict[str, Any]], promiscuous: bool | None) -> None:
    """Own before the group's before the switch's; from 6.6 on the MAC management policy shadows the old one."""
    assert dvs_policy.security(levels)[0]["promiscuous"] is promiscuous


@pytest.mark.parametrize(
    ("levels", "learning"),
    [
        ([mac(True, True, False), mac(False, False, True)], True),
        ([mac(False, False, False), mac(False, False, True)], False),
        ([mac(True, True, True), mac(True, True, True), mac(False, False, False)], False),
        ([{}, mac(False, False, True)], True),
        ([{}, {}], None),
    ],
)
def test_mac_learning_is_inherited_too(levels: list[dict[str, Any]], learning: bool | None) -> None:
    """A shown value that is marked as inherited gives way to the level above."""
    assert dvs_policy.learning(levels) is learning


def test_a_part_that_is_set_alone_leaves_the_rest_inherited() -> None:
    """The mark of each value counts, not that of the policy around it."""
    own: dict[str, Any] = {OLD: {"inherited": False, "forgedTransmits": {"inherited": False, "value": True}}}
    own[OLD]["macChanges"] = {"inherited": True, "value": True}
    values, inherited, origin = dvs_policy.security([own, old(False, False)])
    assert values == {"promiscuous": False, "mac_changes": False, "forged_transmits": True}
    assert inherited == {"promiscuous": True, "mac_changes": True, "forged_transmits": False}
    assert origin == OLD


@pytest.mark.parametrize(
    ("vlan", "reserved"),
    [
        ({"_type": "VmwareDistributedVirtualSwitchVlanIdSpec", "vlanId": 3967}, False),
        ({"_type": "VmwareDistributedVirtualSwitchVlanIdSpec", "vlanId": 3968}, True),
        ({"_type": "VmwareDistributedVirtualSwitchVlanIdSpec", "vlanId": 4094}, True),
        ({"_type": "VmwareDistributedVirtualSwitchTrunkVlanSpec", "ranges": [[1, 3967], [4048, 4093]]}, False),
        ({"_type": "VmwareDistributedVirtualSwitchTrunkVlanSpec", "ranges": [[10, 20], [4047, 4048]]}, True),
        ({"_type": "VmwareDistributedVirtualSwitchPvlanSpec", "pvlanId": 201}, False),
        ({"_type": "VmwareDistributedVirtualSwitchPvlanSpec", "pvlanId": 301}, True),
        ({"_type": "VmwareDistributedVirtualSwitchPvlanSpec", "pvlanId": 999}, None),
    ],
)
def test_reserved_vlans_are_found_in_ranges_and_primaries(vlan: dict[str, Any], reserved: bool | None) -> None:
    """A range that touches them, a private VLAN whose primary is one; without the primary nothing is known."""
    found = dvs_policy.vlan([{"vlan": {"ranges": [], **vlan}}], {201: 200, 301: 4000})
    assert found["reserved"] is reserved


def overriding() -> dict[str, Any]:
    """The body of a switch whose group dv-servers lets ports set security, and of which one does."""
    data = body("dvs")
    group = next(one for one in data["groups"] if one["props"]["config"]["name"] == "dv-servers")["props"]["config"]
    group["policy"]["macManagementOverrideAllowed"] = True
    port = {"key": "17", "portgroupKey": group["key"], "conflict": False, "config": {"setting": mac(False, True)}}
    data["ports"] = {"groups": [group["key"]], "unread": {}, "read": 8, "differing": [port]}
    return data


def test_a_port_that_differs_is_a_fact_of_its_own() -> None:
    """It is named by its group and key, says what it sets itself, and the group stays as it was."""
    facts = reading("dvs", overriding()).facts
    port = facts["ports"]["dv-servers/17"]
    assert (port["group"], port["own"], port["connected"]) == ("dv-servers", ["mac_management"], False)
    assert port["security"] == {"promiscuous": True, "mac_changes": True, "forged_transmits": True}
    assert port["vlan"]["id"] == facts["port_groups"]["dv-servers"]["vlan"]["id"]
    assert facts["port_groups"]["dv-servers"]["security"]["promiscuous"] is False


def test_ports_that_were_not_read_are_a_gap_of_their_group() -> None:
    """Refused, too many, or a capture of an earlier release: the group's ports are unknown, those of others are not."""
    data = overriding()
    key = data["ports"]["groups"][0]
    data["ports"] = {"groups": [], "unread": {key: "needs a privilege"}, "read": 0, "differing": []}
    assert reading("dvs", data).gaps == {"ports[dv-servers/*]": "needs a privilege"}
    del data["ports"]
    snapshot = reading("dvs", data)
    assert snapshot.gaps == {"ports[dv-servers/*]": "its single ports were not read"}
    assert snapshot.facts["ports"] == {}


@pytest.mark.needs_go
def test_ports_are_read_where_their_group_lets_them_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    """No call where no group allows it; then keys and chunks of ports; more ports than are read are said to be."""
    with vcsim(hosts=1) as sim, changes.session(sim) as instance:
        (before,) = snapshots(collect(source_of(sim)), "dvs").values()
        assert "FetchDVPortKeys" not in sim.control("calls")["calls"]
        assert (before.facts["ports"], before.gaps) == ({}, {})
        net.set_group_policy(instance, "dv-dmz", vlanOverrideAllowed=True)
        key = net.set_dvport(instance, "dv-dmz", vlan=net.vlan_trunk((0, 4094)))
        monkeypatch.setattr(dvports, "PORTS_A_CALL", 3)
        (after,) = snapshots(collect(source_of(sim)), "dvs").values()
        assert list(after.facts["ports"]) == [f"dv-dmz/{key}"]
        assert after.facts["ports"][f"dv-dmz/{key}"]["vlan"]["count"] == 4095
        monkeypatch.setattr(dvports, "MAX_PORTS", 7)
        (cut,) = snapshots(collect(source_of(sim)), "dvs").values()
        assert "more than the 7" in cut.gaps["ports[dv-dmz/*]"]


@pytest.mark.needs_go
def test_refused_ports_cost_their_rules_only() -> None:
    """NoPermission on the ports leaves groups and switch as they are."""
    with vcsim(hosts=1) as sim, changes.session(sim) as instance:
        net.set_group_policy(instance, "dv-dmz", securityPolicyOverrideAllowed=True)
        sim.control("fault", fault="no_permission", method="FetchDVPortKeys", times=0)
        items = collect(source_of(sim))
    (snapshot,) = snapshots(items, "dvs").values()
    assert not failures(items)
    assert list(snapshot.gaps) == ["ports[dv-dmz/*]"]
    assert snapshot.facts["port_groups"]["dv-dmz"]["overrides"]["security"] is True


def test_both_peers_agree_on_ports() -> None:
    """The Python responder answers the same two calls: a port set apart in its estate is read."""
    with FakeVCenter(hosts=1) as sim:
        assert sim.estate is not None
        group = sim.estate.things["dvportgroup-63"].tree
        group["config"].policy.macManagementOverrideAllowed = True
        setting = all_inherited(group["config"].defaultPortConfig)
        setting.macManagementPolicy.inherited, setting.macManagementPolicy.forgedTransmits = False, True
        sim.estate.port_settings[group["portKeys"][2]] = setting
        (snapshot,) = snapshots(collect(source_of(sim)), "dvs").values()
    (port,) = snapshot.facts["ports"].values()
    assert port["security"] == {"promiscuous": False, "mac_changes": False, "forged_transmits": True}
    assert port["own"] == ["mac_management"]
