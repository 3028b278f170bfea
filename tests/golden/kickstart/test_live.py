"""A host that is set as the kickstart says, on a live simulator: it checks clean, and one changed setting drifts."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from auditor.domain import Drift
from auditor.golden.profile import Golden, golden
from auditor.golden.schema import GoldenProfile
from auditor.goldens import load_kickstart
from tests.collectors.vsphere.peers import collect, failures, snapshots, source_of
from tests.simulators.vsphere import access_changes, changes
from tests.simulators.vsphere import network_changes as net
from tests.simulators.vsphere.launch import GOOD_HOST, vcsim
from tests.simulators.vsphere.sim import Sim

pytestmark = pytest.mark.needs_go
HERE, HOST = Path(__file__).parent, "esx-01.example.test"
VALUES = {
    "host": "esx-01", "ip": "10.10.0.11", "vmotion_ip": "10.20.0.11", "storage_ip": "10.30.0.11",
    "datastores": "esx-01-local",
}  # fmt: skip


def as_the_kickstart_says(host: dict[str, Any]) -> dict[str, Any]:
    """The simulator's good host with what the kickstart sets beyond it."""
    order = {"activeNic": ["vmnic2", "vmnic3"], "standbyNic": []}
    first = host["vswitch"][0]
    policy = {**first["policy"], "nicTeaming": {**first["policy"]["nicTeaming"], "nicOrder": order}}
    second = {"name": "vSwitch1", "numPorts": 128, "mtu": 9000, "nics": ["vmnic2", "vmnic3"], "policy": policy}
    storage = {
        "name": "Storage A", "vlanId": 310, "vswitchName": "vSwitch1",
        "policy": {"nicTeaming": {"nicOrder": {"activeNic": ["vmnic2"], "standbyNic": ["vmnic3"]}}},
    }  # fmt: skip
    adapter = {"device": "vmk2", "portgroup": "Storage A", "ip": VALUES["storage_ip"], "mask": "255.255.255.0",
               "mac": "00:50:56:6f:00:02", "mtu": 9000, "stack": "defaultTcpipStack"}  # fmt: skip
    host["vswitch"].append(second)
    host["portgroup"].append(storage)
    host["vnic"].append(adapter)
    host["vnic"][0]["ip"], host["vnic"][1]["ip"] = VALUES["ip"], VALUES["vmotion_ip"]
    host["options"] |= {"Syslog.loggers.hostd.rotate": 20, "Syslog.loggers.hostd.size": 2048}
    host["access"].append({"principal": "EXAMPLE\\esx-admins", "group": True, "accessMode": "accessAdmin"})
    people = host["esxcli"]["system.account.list"]
    people.append({"UserID": "esx-operator", "Description": "Operator", "Shellaccess": "true"})
    return host


@pytest.fixture(scope="module")
def peer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Sim, Any]]:
    """The simulator and an administrator's session, after the changes that only the API makes."""
    file = tmp_path_factory.mktemp("live") / "host.json"
    file.write_text(json.dumps(as_the_kickstart_says(json.loads(GOOD_HOST.read_text()))))
    with vcsim(hosts=1, good_host=file) as sim, changes.session(sim) as instance:
        net.set_vswitch_discovery(instance, HOST, "vSwitch1", "listen")
        yield sim, instance


@pytest.fixture(scope="module")
def profile(tmp_path_factory: pytest.TempPathFactory) -> Golden:
    """The profile of the synthetic kickstart, but for its file server: a simulated host mounts none."""
    file = tmp_path_factory.mktemp("kickstart") / "esxi8.cfg"
    lines = (HERE / "esxi8.cfg").read_text().splitlines(keepends=True)
    file.write_text("".join(line for line in lines if "esxcli storage nfs" not in line))
    _, made = load_kickstart(file)
    return golden(GoldenProfile.model_validate(made.data))


def drift(sim: Sim, profile: Golden) -> list[Drift]:
    """What a fresh collection differs in."""
    items = collect(source_of(sim, esxcli=True))
    assert not failures(items)
    found, unset = profile.check(snapshots(items)[HOST], VALUES)
    assert unset == []
    return found


def test_a_host_that_is_set_as_the_kickstart_says_checks_clean(peer: tuple[Sim, Any], profile: Golden) -> None:
    """No fact of the profile differs, is missing or unknown on the host."""
    assert [(one.path, one.change, one.expected, one.actual, one.reason) for one in drift(peer[0], profile)] == []


CHANGES: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "services[TSM-SSH].running": (
        lambda i: changes.start_service(i, HOST, "TSM-SSH"), lambda i: changes.stop_service(i, HOST, "TSM-SSH")),
    "services[ntpd].policy": (
        lambda i: changes.set_service_policy(i, HOST, "ntpd", "off"),
        lambda i: changes.set_service_policy(i, HOST, "ntpd", "on")),
    "time.ntp_servers": (
        lambda i: changes.set_ntp(i, HOST, ["ntp2.example.test", "ntp1.example.test"]),
        lambda i: changes.set_ntp(i, HOST, ["ntp1.example.test", "ntp2.example.test"])),
    "advanced[UserVars.ESXiShellTimeOut]": (
        lambda i: changes.set_option(i, HOST, "UserVars.ESXiShellTimeOut", 0),
        lambda i: changes.set_option(i, HOST, "UserVars.ESXiShellTimeOut", 600)),
    "lockdown.mode": (
        lambda i: changes.set_lockdown(i, HOST, "lockdownDisabled"),
        lambda i: changes.set_lockdown(i, HOST, "lockdownNormal")),
    "port_groups[Servers].security.promiscuous": (
        lambda i: changes.set_portgroup_security(i, HOST, "Servers", promiscuous=True, mac_changes=False, forged=False),
        lambda i: changes.set_portgroup_security(
            i, HOST, "Servers", promiscuous=False, mac_changes=False, forged=False)),
    "vswitches[vSwitch1].security.forged_transmits": (
        lambda i: changes.set_vswitch_security(i, HOST, "vSwitch1", forged=True),
        lambda i: changes.set_vswitch_security(i, HOST, "vSwitch1")),
    "vswitches[vSwitch1].discovery_operation": (
        lambda i: net.set_vswitch_discovery(i, HOST, "vSwitch1", "both"),
        lambda i: net.set_vswitch_discovery(i, HOST, "vSwitch1", "listen")),
    "port_groups[vMotion].vlan": (
        lambda i: net.set_portgroup_vlan(i, HOST, "vMotion", 121),
        lambda i: net.set_portgroup_vlan(i, HOST, "vMotion", 120)),
    "port_groups[Storage A].teaming.standby": (
        lambda i: net.set_portgroup_teaming(i, HOST, "Storage A", active=["vmnic2"], standby=[]),
        lambda i: net.set_portgroup_teaming(i, HOST, "Storage A", active=["vmnic2"], standby=["vmnic3"])),
    "dns.servers": (
        lambda i: net.set_dns(i, HOST, address=["10.0.0.53"]),
        lambda i: net.set_dns(i, HOST, address=["10.0.0.53", "10.0.1.53"])),
    "firewall.rulesets[sshServer].enabled": (
        lambda i: changes.set_ruleset(i, HOST, "sshServer", enabled=True),
        lambda i: changes.set_ruleset(i, HOST, "sshServer", enabled=False)),
    "acceptance_level": (
        lambda i: changes.set_acceptance(i, HOST, "community"), lambda i: changes.set_acceptance(i, HOST, "partner")),
    "arrays[EXARRAY].policies[VMW_PSP_FIXED]": (
        lambda i: net.set_path_policy(i, HOST, 1, "VMW_PSP_FIXED"),
        lambda i: net.set_path_policy(i, HOST, 1, "VMW_PSP_RR")),
    "port_groups[VM Network]": (
        lambda i: changes.add_portgroup(i, HOST, "vSwitch0", "VM Network", 0),
        lambda i: changes.find(i, changes.vim.HostSystem, HOST).configManager.networkSystem.RemovePortGroup(
            "VM Network")),
    "snmp.enabled": (
        lambda i: access_changes.set_snmp(i, HOST, True, []), lambda i: access_changes.set_snmp(i, HOST, False, [])),
}  # fmt: skip


@pytest.mark.parametrize("path", CHANGES)
def test_one_changed_setting_drifts_at_its_path(peer: tuple[Sim, Any], profile: Golden, path: str) -> None:
    """A setting that is changed through the API is the only drift."""
    sim, instance = peer
    change, back = CHANGES[path]
    change(instance)
    try:
        assert {one.path for one in drift(sim, profile)} == {path}
    finally:
        back(instance)
