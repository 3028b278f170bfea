"""The rules for vSphere against the table of facts: each test is a verdict that differed from the fact once."""

import re

import pytest

from auditor.domain import Status
from auditor.rulebook.compile import compile_rule
from tests.collectors.vsphere.bodies import body, reading
from tests.rules.test_esxi_8 import RULES, verdicts

PASS, FAIL, UNKNOWN, NOTAPPLICABLE = Status.PASS, Status.FAIL, Status.UNKNOWN, Status.NOTAPPLICABLE
ONLY_SUBJECT = None


@pytest.mark.parametrize(
    ("owned", "status"),
    [
        ({}, FAIL),
        ({"user_controllable": False, "ip_list_configurable": True}, FAIL),
        ({"user_controllable": True, "ip_list_configurable": True}, FAIL),
    ],
)
def test_a_rule_set_that_only_the_system_opens_can_still_be_narrowed(owned: dict[str, bool], status: Status) -> None:
    """8.0 Update 2 tells apart who opens a rule set and who lists its addresses: NFC has an open list."""
    facts = {"firewall": {"rulesets": {"NFC": {"enabled": True, "all_ips": True, **owned}}}}
    assert verdicts("esxi-firewall-sources", facts) == {"NFC": status}


def test_a_rule_set_whose_addresses_the_system_keeps_is_left_out() -> None:
    """ESX-FW-ALLOWEDIP leaves out rule sets with ipListUserConfigurable=false: the host refuses any list for them."""
    owned = {"user_controllable": False, "ip_list_configurable": False}
    facts = {"firewall": {"rulesets": {"nfsClient": {"enabled": True, "all_ips": True, **owned}}}}
    assert verdicts("esxi-firewall-sources", facts) == {ONLY_SUBJECT: NOTAPPLICABLE}


@pytest.mark.parametrize(
    ("time", "status"),
    [
        ({"protocol": "ntp", "enabled": False}, FAIL),
        ({"protocol": "ptp", "enabled": False}, FAIL),
        ({"protocol": "ntp", "enabled": True}, PASS),
        ({"protocol": "ntp"}, PASS),
        ({"protocol": "none"}, FAIL),
    ],
)
def test_a_protocol_that_is_switched_off_keeps_no_clock(time: dict[str, str | bool], status: Status) -> None:
    """A new host names ntp as its protocol, has no server and the time services down (ESX-NTP-SERVERS, default [])."""
    assert verdicts("esxi-time-protocol", {"time": time}) == {ONLY_SUBJECT: status}


def test_a_host_with_bios_firmware_is_not_asked_for_secure_boot() -> None:
    """ESX-SECUREBOOT-ENFORCE: not applicable without a TPM or with BIOS firmware, where uefiSecureBoot is not set."""
    for firmware, tpm, status in (("uefi", True, FAIL), ("bios", True, NOTAPPLICABLE), ("uefi", False, NOTAPPLICABLE)):
        data = body("esxi")
        data["props"]["capability.tpmSupported"] = tpm
        data["props"]["runtime.stateEncryption"]["requireSecureBoot"] = False
        if firmware == "bios":
            del data["props"]["capability.uefiSecureBoot"]
        (finding,) = compile_rule(RULES["esxi-secure-boot-required"], {}).judge(reading("esxi", data))
        assert finding.status is status, (firmware, tpm)


@pytest.mark.parametrize(
    ("target", "shown"),
    [
        ("log1.example.test", "udp://log1.example.test:514"),
        ("udp://log1.example.test", "udp://log1.example.test:514"),
        ("tcp://log1.example.test", "tcp://log1.example.test:1514"),
        ("TCP://log1.example.test:514", "tcp://log1.example.test:514"),
        ("ssl://log1.example.test", "ssl://log1.example.test:1514"),
    ],
)
def test_a_log_target_without_a_port_is_judged_by_the_port_that_is_used(target: str, shown: str) -> None:
    """ESX-Syslog-global-logHost: default ports are 514 for udp and 1514 for tcp and ssl."""
    data = body("esxi")
    for key in [key for key in data["props"]["config.option"] if key.lower() == "syslog.global.loghost"]:
        data["props"]["config.option"][key] = target
    for key in [key for key in data.get("options", {}) if key.lower() == "syslog.global.loghost"]:
        data["options"][key] = target
    facts = reading("esxi", data).facts
    assert facts["syslog"]["hosts"] == [shown]
    wanted = {"syslog": facts["syslog"]}
    assert verdicts("esxi-syslog-declared", wanted, syslog_hosts=[shown]) == {ONLY_SUBJECT: PASS}


def test_a_vsan_datastore_may_keep_the_word_in_a_name_of_its_own() -> None:
    """VC-VSAN-NAME: not equal to vsanDatastore. vCenter adds a number to the second one, which is no name either."""
    names = {"vsanDatastore": FAIL, "vsanDatastore (2)": FAIL, "vsanDatastore-Berlin": PASS, "Berlin": PASS}
    facts = {"datastores": {name: {"type": "vsan"} for name in names}}
    assert verdicts("vcenter-vsan-name", facts) == names


@pytest.mark.parametrize("rule", ["vm-console-copy-off", "vm-console-paste-off"])
def test_the_clipboard_of_release_4_0_is_open_until_it_is_switched_off(rule: str) -> None:
    """Not set means switched off since 4.1 (VM-COPY-DISABLE starts there); guide VMX03 for 4.0 wants it written."""
    for version, status in (("4.0.0", FAIL), ("4.1.0", PASS), ("8.0.3", PASS)):
        assert verdicts(rule, {"extra_config": {}}, version=version) == {ONLY_SUBJECT: status}, version


def test_a_fix_for_port_groups_changes_port_groups() -> None:
    """A group that sets its own policy does not follow its switch: a command on the switch mends nothing there."""
    for rule in RULES.values():
        if rule.for_each == "port_groups" and "policy failover set" in rule.fix:
            assert re.search(r"vswitch standard portgroup policy failover set --portgroup-name=", rule.fix), rule.id


def test_a_fix_for_one_driver_parameter_keeps_the_others() -> None:
    """`esxcli system module parameters set` replaces the whole string of a module unless told to append."""
    fixes = [rule.fix for rule in RULES.values() if "module parameters set" in rule.fix]
    assert fixes
    assert all("--append" in fix for fix in fixes)


def test_a_new_group_of_administrators_does_not_take_the_old_one_away() -> None:
    """Changing esxAdminsGroup leaves the permission of the group that was there before (fix text of ESXI-80-000241)."""
    assert "Remove-VIPermission" in RULES["esxi-ad-admins-group"].fix
