"""From a captured host to facts: what is in force, what is derived, and what is a gap."""

from typing import Any

import pytest

from auditor.collectors.vsphere.draft import Missing
from auditor.collectors.vsphere.read_options import log_persistent, password_quality, persistent, syslog_hosts
from tests.collectors.vsphere.bodies import body, reading

PROMISCUOUS = "allowPromiscuous"


def test_a_good_host_has_no_gap() -> None:
    """Everything of the synthetic host is read."""
    snapshot = reading("esxi", body("esxi"))
    assert snapshot.gaps == {}
    assert snapshot.version == "8.0.3"
    assert snapshot.sources["advanced[DCUI.Access]"] == "OptionManager.QueryOptions('DCUI.Access')"


def groups(data: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {group["spec"]["name"]: group for group in data["props"]["config.network.portgroup"]}


def test_the_computed_policy_of_a_port_group_counts() -> None:
    """A null in the group's own policy inherits; the computed value is what is in force."""
    data = body("esxi")
    group = groups(data)["Servers"]
    group["spec"]["policy"]["security"] = {}
    group["computedPolicy"]["security"][PROMISCUOUS] = True
    found = reading("esxi", data).facts["port_groups"]["Servers"]
    assert found["security"]["promiscuous"] is True
    assert found["security_inherited"]["promiscuous"] is True


@pytest.mark.parametrize(("own", "switch", "expected"), [(None, True, True), (False, True, False), (True, False, True)])
def test_without_a_computed_policy_the_group_stands_over_its_switch(
    own: bool | None, switch: bool, expected: bool
) -> None:
    """The group's own value holds; a null is the switch's."""
    data = body("esxi")
    group = groups(data)["Servers"]
    del group["computedPolicy"]
    group["spec"]["policy"]["security"] = {} if own is None else {PROMISCUOUS: own}
    data["props"]["config.network.vswitch"][0]["spec"]["policy"]["security"][PROMISCUOUS] = switch
    found = reading("esxi", data).facts["port_groups"]["Servers"]
    assert found["security"]["promiscuous"] is expected
    assert found["security_inherited"]["promiscuous"] is (own is None)


def test_a_policy_that_nothing_shows_is_a_gap() -> None:
    """Neither group nor switch shows a value: unknown, not refused."""
    data = body("esxi")
    group = groups(data)["Servers"]
    del group["computedPolicy"]
    group["spec"]["policy"] = {}
    data["props"]["config.network.vswitch"][0]["spec"]["policy"] = {}
    gaps = reading("esxi", data).gaps
    assert "port_groups[Servers].security.promiscuous" in gaps


@pytest.mark.parametrize(
    ("path", "lost"),
    [
        ("config.service", {"services", "roles"}),
        ("config.network.vnic", {"vmkernel", "port_groups[Servers].is_management"}),
        ("config.option", {"advanced", "syslog.hosts", "syslog.persistent", "scratch.persistent", "password_quality"}),
        ("config.dateTimeInfo", {"time", "roles"}),
        ("config.certificate", {"certificate"}),
        ("config.lockdownMode", {"lockdown.mode"}),
        ("config.firewall", {"firewall"}),
        ("capability.tpmSupported", {"boot.tpm", "roles"}),
    ],
)
def test_an_unread_property_is_a_gap_of_all_that_rests_on_it(path: str, lost: set[str]) -> None:
    """A property in `errors`: its facts, and those derived from it, are gaps with that reason."""
    data = body("esxi")
    data["props"].pop(path, None)
    data["errors"][path] = "needs the privilege System.Read"
    gaps = reading("esxi", data).gaps
    assert lost <= set(gaps)
    assert all("System.Read" in gaps[name] or "could not be read" in gaps[name] for name in lost)


@pytest.mark.parametrize("path", ["config.service", "config.option", "config.dateTimeInfo", "config.lockdownMode"])
def test_what_every_host_has_and_did_not_come_is_a_gap(path: str) -> None:
    """No value and no error for a property that always has one: nothing was read."""
    data = body("esxi")
    del data["props"][path]
    assert any("always has one" in reason for reason in reading("esxi", data).gaps.values())


def test_a_missing_option_is_absent_and_a_refused_one_a_gap() -> None:
    """In neither answer: absent. Refused: a gap under the rules' spelling."""
    data = body("esxi")
    del data["props"]["config.option"]["Net.BlockGuestBPDU"]
    del data["options"]["DCUI.Access"]
    data["call_errors"]["option DCUI.Access"] = "needs the privilege Global.Settings"
    snapshot = reading("esxi", data)
    assert "Net.BlockGuestBPDU" not in snapshot.facts["advanced"]
    assert "advanced[Net.BlockGuestBPDU]" not in snapshot.gaps
    assert "Global.Settings" in snapshot.gaps["advanced[DCUI.Access]"]
    assert "Global.Settings" in snapshot.gaps["lockdown.dcui_access"]


def test_a_standalone_host_says_so() -> None:
    """Read directly and without a managing vCenter: standalone. A host that a vCenter manages is not."""
    data = body("esxi")
    data["standalone"] = True
    assert "managed" in reading("esxi", data).facts["roles"]
    del data["props"]["summary.managementServerIp"]
    assert "standalone" in reading("esxi", data).facts["roles"]


def test_time_protocol_of_older_hosts_is_derived() -> None:
    """Without systemClockProtocol: PTP when ptpd runs and no NTP server is set; a host with neither counts as NTP."""
    data = body("esxi")
    info = data["props"]["config.dateTimeInfo"]
    del info["systemClockProtocol"]
    info["ntpConfig"]["server"] = []
    for service in data["props"]["config.service"]["service"]:
        service["running"] = service["key"] == "ptpd"
    snapshot = reading("esxi", data)
    assert snapshot.facts["time"]["protocol"] == "ptp"
    assert "ptp" in snapshot.facts["roles"]
    for service in data["props"]["config.service"]["service"]:
        service["running"] = False
    snapshot = reading("esxi", data)
    assert snapshot.facts["time"]["protocol"] == "none"
    assert "ntp" in snapshot.facts["roles"]


def test_communities_are_tokens_and_known_defaults_are_seen() -> None:
    """What stands in the capture is a token; whether it is a well-known one survives."""
    data = body("esxi")
    token = "hmac:0123456789abcdef01234567;alg=plain;len=1-7;known=yes"
    data["calls"]["snmp"] = {"enabled": True, "port": 161, "readOnlyCommunities": [token], "trapTargets": []}
    assert reading("esxi", data).facts["snmp"]["known_default"] is True


def test_two_adapters_at_one_pci_address_are_both_kept() -> None:
    """A second device at the same address gets its name beside it."""
    data = body("esxi")
    nics = data["props"]["config.network.pnic"]
    nics[1]["pci"] = nics[0]["pci"]
    assert {f"{nics[0]['pci']}", f"{nics[0]['pci']} {nics[1]['device']}"} <= set(reading("esxi", data).facts["pnics"])


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("/vmfs/volumes/4d58a4cb-e8417457/.locker", True),
        ("/tmp/scratch", False),
        ("/tmp", False),
        ("", None),
        (None, None),
    ],
)
def test_where_scratch_outlives_a_reboot(location: str | None, expected: bool | None) -> None:
    """On a volume yes, on the ramdisk no; not set is absent."""
    assert persistent(location) is expected


def test_an_unknown_scratch_location_is_no_verdict() -> None:
    """A path of neither kind is a gap."""
    with pytest.raises(Missing):
        persistent("/somewhere/else")


@pytest.mark.parametrize(
    ("folder", "scratch", "expected"),
    [
        ("[] /scratch/log", "/vmfs/volumes/x/.locker", True),
        ("[] /scratch/log", "/tmp/scratch", False),
        (None, "/tmp/scratch", False),
        ("[datastore1] logs/esx-01", "/tmp/scratch", True),
        ("[] /vmfs/volumes/x/logs", "/tmp/scratch", True),
        ("/scratch/log", "/vmfs/volumes/x/.locker", True),
        ("[] /tmp/log", "/vmfs/volumes/x/.locker", False),
    ],
)
def test_where_logs_outlive_a_reboot(folder: str | None, scratch: str, expected: bool) -> None:
    """On a datastore or volume yes; below /scratch as scratch does; elsewhere no."""
    assert log_persistent(folder, lambda: scratch) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tcp://10.0.0.1:514,ssl://log.example.test", ["ssl://log.example.test:1514", "tcp://10.0.0.1:514"]),
        ("log.example.test", ["udp://log.example.test:514"]),
        (" udp://LOG.example.test , udp://log.example.test:514", ["udp://log.example.test:514"]),
        ("tcp://[2001:db8::1]:6514", ["tcp://[2001:db8::1]:6514"]),
        ("http://log.example.test", ["http://log.example.test"]),
        ("tcp://:99999999", ["tcp://:99999999"]),
        ("", []),
    ],
)
def test_log_targets_are_compared_with_their_defaults_written_out(text: str, expected: list[str]) -> None:
    """Protocol and port are filled in as the host does; what is no log target stands as it is."""
    assert syslog_hosts(text) == expected


def test_password_quality_is_parsed_in_any_order() -> None:
    """Tokens of passwdqc, wherever they stand."""
    expected = {
        "retry": 3,
        "similar": "deny",
        "lengths": {"four_classes": 15},
        "disabled": ["one_class", "two_classes", "passphrase", "three_classes"],
        "shortest": 15,
        "fewest_classes": 4,
    }
    minima = "min=disabled,disabled,disabled,disabled,15"
    assert password_quality(f"similar=deny retry=3 {minima}") == expected
    assert password_quality(f"{minima} retry=3 similar=deny") == expected
    assert password_quality(None) is None
    assert password_quality("retry=3 min=disabled,24,11,8,7") == {
        "retry": 3,
        "lengths": {"two_classes": 24, "passphrase": 11, "three_classes": 8, "four_classes": 7},
        "disabled": ["one_class"],
        "shortest": 7,
        "fewest_classes": 2,
    }


@pytest.mark.parametrize("text", ["min=1,2,3", "retry=many", "min=a,b,c,d,e"])
def test_a_password_policy_that_cannot_be_parsed_is_no_verdict(text: str) -> None:
    """Neither strict nor lax: unreadable."""
    with pytest.raises(Missing):
        password_quality(text)


@pytest.mark.parametrize(
    ("account", "users", "exempt"),
    [
        ("auditor@vsphere.local", ["da-user"], False),
        ("auditor@vsphere.local", ["auditor"], True),
        ("CORP\\Auditor", ["mux_user", "corp\\auditor"], True),
        ("auditor", ["auditor2"], False),
    ],
)
def test_an_exempt_audit_account_is_known_by_its_name(account: str, users: list[str], exempt: bool) -> None:
    """Domain, form of the name and letter case do not matter; a longer name is another one."""
    data = body("esxi")
    data["account"], data["calls"]["lockdown_exceptions"] = account, users
    assert reading("esxi", data).facts["lockdown"]["audit_account"] is exempt


def test_without_the_name_of_the_account_nothing_is_concluded() -> None:
    """A capture from before the account was kept: a gap."""
    data = body("esxi")
    data.pop("account", None)
    assert "by which account" in reading("esxi", data).gaps["lockdown.audit_account"]


@pytest.mark.parametrize(
    ("props", "role"),
    [
        ({"config.network.nsxTransportNodeId": "node-1"}, "nsx"),
        ({"config.network.opaqueSwitch": [{"key": "nvds"}]}, "nsx"),
        ({"config.vsanHostConfig": {"enabled": True}}, "vsan"),
        ({"config.deploymentInfo": {"bootedFromStatelessCache": False}}, "auto-deploy"),
    ],
)
def test_what_runs_on_a_host_is_a_role(props: dict[str, Any], role: str) -> None:
    """NSX by its node or its switch, vSAN by its switch of state, a host without a disk by how it was deployed."""
    data = body("esxi")
    assert role not in reading("esxi", data).facts["roles"]
    data["props"] |= props
    assert role in reading("esxi", data).facts["roles"]


def test_a_property_newer_than_the_api_names_no_role_and_no_gap() -> None:
    """A server that does not know the property has nothing of it; one that hides it leaves the roles unknown."""
    data = body("esxi")
    path = "config.network.nsxTransportNodeId"
    data["errors"][path] = f"{path} is not known to this version of the API"
    assert "roles" in reading("esxi", data).facts
    data["errors"][path] = f"{path} needs the privilege System.Read on the object, which the account lacks"
    assert "System.Read" in reading("esxi", data).gaps["roles"]


def login(kind: str, inherited: bool | None, mutual: str = "chapRequired") -> dict[str, Any]:
    """CHAP as a target shows it."""
    found: dict[str, Any] = {"chapAuthenticationType": kind, "mutualChapAuthenticationType": mutual}
    return {"authenticationProperties": found | ({} if inherited is None else {"chapInherited": inherited})}


@pytest.mark.parametrize(
    ("target", "weaker"),
    [
        (login("chapPreferred", False), True),
        (login("chapPreferred", None), True),
        (login("chapPreferred", True), False),
        (login("chapRequired", False), False),
        (login("chapRequired", False, "chapProhibited"), True),
        ({}, False),
    ],
)
def test_a_target_counts_when_it_sets_chap_itself(target: dict[str, Any], weaker: bool) -> None:
    """Inherited or unset values follow the adapter; a value of its own that is not required is weaker."""
    data = body("esxi")
    for adapter in data["props"]["config.storageDevice.hostBusAdapter"]:
        adapter["configuredSendTarget"] = [{"address": "10.0.0.9", "port": 3260, **target}]
        adapter["configuredStaticTarget"] = [{"address": "10.0.0.9", "port": 3260, "iScsiName": "iqn.x", **target}]
    (found,) = reading("esxi", data).facts["iscsi"].values()
    assert found["weaker_targets"] == (["10.0.0.9:3260", "10.0.0.9:3260 iqn.x"] if weaker else [])


def test_a_host_in_maintenance_says_so() -> None:
    """It is judged like any other, and the report warns that somebody is at work on it."""
    data = body("esxi")
    assert reading("esxi", data).warnings == ()
    data["props"]["runtime.inMaintenanceMode"] = True
    (warning,) = reading("esxi", data).warnings
    assert "maintenance mode" in warning
