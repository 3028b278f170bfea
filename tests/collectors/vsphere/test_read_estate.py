"""From captured switches and vCenters to facts."""

from typing import Any

import pytest

from tests.collectors.vsphere.bodies import body, reading

KEYS = {"promiscuous": "allowPromiscuous", "mac_changes": "macChanges", "forged_transmits": "forgedTransmits"}


def group(data: dict[str, Any], name: str = "dv-servers") -> dict[str, Any]:
    """The configuration of one port group."""
    found: dict[str, Any] = next(g["props"]["config"] for g in data["groups"] if g["props"]["name"] == name)
    return found


def test_a_good_switch_has_no_gap() -> None:
    """Everything of the synthetic switch is read."""
    snapshot = reading("dvs", body("dvs"))
    assert snapshot.gaps == {}
    assert snapshot.facts["roles"] == ["vmware"]
    assert snapshot.facts["port_groups"]["DSwitch-DVUplinks"]["uplink"] is True
    assert snapshot.facts["port_groups"]["DSwitch-DVUplinks"]["vlan"]["count"] == 4095


def test_the_mac_management_policy_shadows_the_security_policy() -> None:
    """From 6.6 the newer policy is in force, whatever the older one says."""
    data = body("dvs")
    setting = group(data)["defaultPortConfig"]
    setting["macManagementPolicy"] = {"inherited": False, **dict.fromkeys(KEYS.values(), True)}
    setting["securityPolicy"] = {key: {"inherited": False, "value": False} for key in KEYS.values()}
    found = reading("dvs", data).facts["port_groups"]["dv-servers"]
    assert found["security"] == dict.fromkeys(KEYS, True)
    assert found["security_from"] == "macManagementPolicy"
    del setting["macManagementPolicy"]
    found = reading("dvs", data).facts["port_groups"]["dv-servers"]
    assert found["security"] == dict.fromkeys(KEYS, False)
    assert found["security_from"] == "securityPolicy"


def test_an_inherited_value_is_the_switchs() -> None:
    """inherited=true means the switch decides, also over a value that the group shows."""
    data = body("dvs")
    group(data)["defaultPortConfig"]["macManagementPolicy"] = {"inherited": True, **dict.fromkeys(KEYS.values(), False)}
    data["props"]["config"]["defaultPortConfig"]["macManagementPolicy"] = {
        "inherited": False,
        **dict.fromkeys(KEYS.values(), True),
    }
    found = reading("dvs", data).facts["port_groups"]["dv-servers"]
    assert found["security"] == dict.fromkeys(KEYS, True)
    assert found["security_inherited"] == dict.fromkeys(KEYS, True)


def test_a_policy_that_nothing_shows_is_a_gap() -> None:
    """No value in group or switch: unknown."""
    data = body("dvs")
    for setting in (group(data)["defaultPortConfig"], data["props"]["config"]["defaultPortConfig"]):
        setting.pop("macManagementPolicy", None)
        setting.pop("securityPolicy", None)
    gaps = reading("dvs", data).gaps
    assert "port_groups[dv-servers].security.promiscuous" in gaps
    assert "security.promiscuous" in gaps


@pytest.mark.parametrize(
    ("vlan", "expected"),
    [
        (
            {"_type": "VmwareDistributedVirtualSwitchVlanIdSpec", "vlanId": 7, "ranges": []},
            {"kind": "id", "id": 7, "ranges": [], "reserved": False},
        ),
        (
            {"_type": "VmwareDistributedVirtualSwitchTrunkVlanSpec", "ranges": [[100, 199], [5, 5]]},
            {"kind": "trunk", "ranges": ["5-5", "100-199"], "count": 101, "reserved": False},
        ),
        (
            {"_type": "VmwareDistributedVirtualSwitchPvlanSpec", "pvlanId": 201, "ranges": []},
            {"kind": "pvlan", "id": 201, "pvlan_primary": 200, "ranges": [], "reserved": False},
        ),
    ],
)
def test_vlans_of_each_kind(vlan: dict[str, Any], expected: dict[str, Any]) -> None:
    """A single id, a trunk with its ranges, and a private VLAN with its primary."""
    data = body("dvs")
    data["props"]["config"]["pvlanConfig"] = [{"primaryVlanId": 200, "secondaryVlanId": 201, "pvlanType": "isolated"}]
    group(data)["defaultPortConfig"]["vlan"] = vlan
    assert reading("dvs", data).facts["port_groups"]["dv-servers"]["vlan"] == expected


def test_a_port_group_that_was_not_read_gaps_them_all() -> None:
    """One hidden group: that none is open cannot be said, so the list is a gap."""
    data = body("dvs")
    data["unread_groups"] = {"dvportgroup-99": "needs the privilege System.Read"}
    assert "System.Read" in reading("dvs", data).gaps["port_groups"]


@pytest.mark.parametrize(
    "sign", [{"extensionKey": "Cisco_Nexus_1000V_1234"}, {"productInfo": {"vendor": "Cisco Systems, Inc."}}]
)
def test_a_switch_of_ciscos_is_told_apart(sign: dict[str, Any]) -> None:
    """By the extension that manages it, or by its vendor."""
    data = body("dvs")
    data["props"]["config"].update(sign)
    snapshot = reading("dvs", data)
    assert snapshot.facts["nexus1000v"] is True
    assert snapshot.facts["roles"] == ["nexus1000v"]


def test_an_unreadable_configuration_gaps_the_switch() -> None:
    """Without `config` every fact but name and uuid is a gap."""
    data = body("dvs")
    del data["props"]["config"]
    data["errors"]["config"] = "needs the privilege System.Read"
    snapshot = reading("dvs", data)
    assert {"security", "port_groups", "roles", "netflow"} <= set(snapshot.gaps)
    assert snapshot.facts["name"] == "DSwitch"


def test_a_good_vcenter_has_no_gap() -> None:
    """Settings, roles and permissions of the synthetic vCenter are read."""
    snapshot = reading("vcenter", body("vcenter"))
    assert snapshot.gaps == {}
    assert snapshot.facts["settings"]["event.maxAge"] == 30
    assert "root" in snapshot.facts["authorization"]["admins"]
    assert snapshot.facts["population"]["connected"] == 1


def test_a_hidden_setting_is_a_gap_and_an_unset_one_absent() -> None:
    """What vCenter always lists and does not show is hidden; the one that is unset by default may be absent."""
    data = body("vcenter")
    for key in ("event.maxAge", "config.vpxd.hostPasswordLength"):
        del data["settings"][key]
        data["settings_absent"].append(key)
    snapshot = reading("vcenter", data)
    assert "Global.Settings" in snapshot.gaps["settings[event.maxAge]"]
    assert "settings[config.vpxd.hostPasswordLength]" not in snapshot.gaps


def test_clusters_and_datastores_of_one_name_are_both_kept() -> None:
    """Two data centres may use a name twice: none hides the other."""
    data = body("vcenter")
    for kind in ("clusters", "datastores"):
        data[kind].append({**data[kind][0], "id": "second"})
    facts = reading("vcenter", data).facts
    assert len(facts["clusters"]) == len(facts["datastores"]) == 2


@pytest.mark.parametrize(("name", "path"), [("roles", "authorization.roles"), ("permissions", "authorization.admins")])
def test_empty_authorization_is_a_gap(name: str, path: str) -> None:
    """Built-in roles and one administrator always exist: an empty answer read nothing."""
    data = body("vcenter")
    data[name] = []
    assert path in reading("vcenter", data).gaps
