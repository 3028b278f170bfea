"""What both peers show: hosts that differ, a hardened content, and changes that stay on one host."""

import ipaddress
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography import x509

from tests.simulators.vsphere import changes, esxcli
from tests.simulators.vsphere.changes import vim
from tests.simulators.vsphere.fake.values import vmodl
from tests.simulators.vsphere.sim import Sim

Peer = Callable[..., AbstractContextManager[Sim]]
FIRST, SECOND = "esx-01.example.test", "esx-02.example.test"


def host(instance: Any, name: str = FIRST) -> Any:
    return changes.find(instance, vim.HostSystem, name)


def running(instance: Any, name: str) -> bool:
    return next(bool(s.running) for s in host(instance, name).config.service.service if s.key == "TSM-SSH")


def groups(instance: Any, name: str) -> dict[str, Any]:
    return {g.spec.name: g for g in host(instance, name).config.network.portgroup}


def test_hosts_are_told_apart(peer: Peer) -> None:
    """No two hosts share a name, serial number, uuid, MAC or management address."""
    with peer(hosts=4, clusters=2) as sim, changes.session(sim) as instance:
        seen = []
        for found in changes.every(instance, vim.HostSystem):
            system, network = found.hardware.systemInfo, found.config.network
            seen.append(
                (found.name, system.serialNumber, system.uuid, network.pnic[0].mac, network.vnic[0].spec.ip.ipAddress)
            )
            assert [nic.pci for nic in network.pnic] == sorted({nic.pci for nic in network.pnic})
            ipaddress.ip_address(network.vnic[0].spec.ip.ipAddress)
        assert [len(set(column)) for column in zip(*seen, strict=True)] == [4] * 5


def test_a_host_is_esxi_8_and_its_vcenter_says_so(peer: Peer) -> None:
    """Product and management server are those of ESXi 8.0.3 under a vCenter of the same version."""
    with peer() as sim, changes.session(sim) as instance:
        about, product = instance.content.about, host(instance).config.product
        assert (about.apiType, about.version) == ("VirtualCenter", "8.0.3")
        assert (product.version, product.build, product.productLineId) == ("8.0.3", "24022510", "embeddedEsx")
        assert host(instance).summary.managementServerIp == "10.0.0.5"


def test_one_esxi_alone_answers_as_host_agent(peer: Peer) -> None:
    """A standalone host is `ha-host` below `ha-folder-root`, knows no vCenter and is not locked down."""
    with peer(standalone=True) as sim, changes.session(sim) as instance:
        content, found = instance.content, host(instance)
        assert (content.about.apiType, content.rootFolder._moId, found._moId) == (
            "HostAgent",
            "ha-folder-root",
            "ha-host",
        )
        assert (found.summary.managementServerIp, found.config.lockdownMode) == (None, "lockdownDisabled")


def test_starting_a_service_changes_one_host(peer: Peer) -> None:
    """SSH started on one host runs there and nowhere else."""
    with peer(hosts=3) as sim, changes.session(sim) as instance:
        changes.start_service(instance, SECOND, "TSM-SSH")
        assert [running(instance, f"esx-0{n}.example.test") for n in (1, 2, 3)] == [False, True, False]


def test_promiscuous_mode_on_one_port_group_changes_one_computed_policy(peer: Peer) -> None:
    """An explicit setting shows in spec and computedPolicy of this group on this host; others inherit and say null."""
    with peer() as sim, changes.session(sim) as instance:
        changes.set_portgroup_security(instance, SECOND, "Management Network", promiscuous=True)
        changed, other = groups(instance, SECOND), groups(instance, FIRST)["Management Network"]
        assert changed["Management Network"].spec.policy.security.allowPromiscuous is True
        assert changed["Management Network"].computedPolicy.security.allowPromiscuous is True
        assert changed["Management Network"].computedPolicy.security.forgedTransmits is False  # inherited still
        assert changed["vMotion"].computedPolicy.security.allowPromiscuous is False
        assert (other.spec.policy.security, other.computedPolicy.security.allowPromiscuous) == (None, False)


def test_teaming_is_inherited_or_set(peer: Peer) -> None:
    """The vMotion group sets its own NIC order and inherits the load balancing of its switch with two NICs."""
    with peer() as sim, changes.session(sim) as instance:
        teaming = groups(instance, FIRST)["vMotion"].computedPolicy.nicTeaming
        assert (list(teaming.nicOrder.activeNic), teaming.policy, teaming.rollingOrder) == (
            ["vmnic1"],
            "loadbalance_srcid",
            False,
        )
        vswitch = host(instance).config.network.vswitch[0]
        assert list(vswitch.spec.bridge.nicDevice) == ["vmnic0", "vmnic1"]


def test_an_option_changes_on_one_host(peer: Peer) -> None:
    """UpdateOptions shows in the bulk answer of this host alone; an unknown key is refused."""
    with peer() as sim, changes.session(sim) as instance:
        changes.set_option(instance, FIRST, "UserVars.ESXiShellTimeOut", 0)
        values = [{o.key: o.value for o in host(instance, n).config.option} for n in (FIRST, SECOND)]
        assert [v["UserVars.ESXiShellTimeOut"] for v in values] == [0, 600]
        with pytest.raises(vim.fault.InvalidName):
            changes.set_option(instance, FIRST, "No.Such.Key", 0)


def test_options_may_be_left_out_of_the_bulk_answer_or_be_absent(peer: Peer) -> None:
    """A hidden key answers to its exact name only, an absent one to none; fillers reach the number asked for."""
    hidden, absent = "UserVars.HostClientCEIPOptIn", "Mem.EncryptTierNvme"
    with peer(hidden=[hidden], absent=[absent], options=200) as sim, changes.session(sim) as instance:
        manager = host(instance).configManager.advancedOption
        bulk = {o.key for o in host(instance).config.option}
        assert len(bulk) == 200 - 2
        assert not {hidden, absent} & bulk
        assert manager.QueryOptions(hidden)[0].value == 2
        with pytest.raises(vim.fault.InvalidName):
            manager.QueryOptions(absent)


def test_lockdown_mode_and_exceptions_change_on_one_host(peer: Peer) -> None:
    """Good hosts are locked down normally; a change shows in mode, adminDisabled and the exception users."""
    with peer() as sim, changes.session(sim) as instance:
        changes.set_lockdown(instance, FIRST, "lockdownDisabled", ["svc-backup"])
        changed, other = host(instance), host(instance, SECOND)
        assert (changed.config.lockdownMode, changed.config.adminDisabled) == ("lockdownDisabled", False)
        assert list(changed.configManager.hostAccessManager.QueryLockdownExceptions()) == ["svc-backup"]
        assert (other.config.lockdownMode, other.config.adminDisabled) == ("lockdownNormal", True)
        assert list(other.configManager.hostAccessManager.QueryLockdownExceptions()) == []


@pytest.mark.parametrize(
    ("state", "fault"), [("disconnected", "HostNotConnected"), ("notResponding", "HostCommunication")]
)
def test_a_host_that_is_away_keeps_its_stored_config_and_refuses_calls(peer: Peer, state: str, fault: str) -> None:
    """vCenter still answers the stored configuration, and faults each call that it would pass on to the host."""
    with peer() as sim, changes.session(sim) as instance:
        if state == "disconnected":
            changes.disconnect(instance, FIRST)
        else:
            sim.control("host_state", host=FIRST, state=state)
        found = host(instance)
        assert (found.runtime.connectionState, found.config.lockdownMode) == (state, "lockdownNormal")
        with pytest.raises(getattr(vmodl.fault, fault)):
            found.configManager.hostAccessManager.QueryLockdownExceptions()
        changes.reconnect(instance, FIRST)
        assert host(instance).runtime.connectionState == "connected"


@pytest.mark.parametrize("days", [200, -5])
def test_the_host_certificate_is_real_and_ends_when_asked(peer: Peer, days: int) -> None:
    """config.certificate is the PEM of this host, with the wanted end."""
    with peer(host_cert_days=days) as sim, changes.session(sim) as instance:
        pem = bytes(host(instance).config.certificate)
        certificate = x509.load_pem_x509_certificate(pem)
        assert FIRST in certificate.subject.rfc4514_string()
        assert (certificate.not_valid_after_utc - datetime.now(UTC)).days in (days - 1, days)


def test_the_rest_of_a_good_host_is_there(peer: Peer) -> None:
    """Facts of rules that no other test here reads."""
    with peer() as sim, changes.session(sim) as instance:
        found = host(instance)
        config, manager = found.config, found.configManager
        assert config.authenticationManagerInfo.authConfig[1].joinedDomain == "EXAMPLE.TEST"
        assert list(config.dateTimeInfo.ntpConfig.server) == ["ntp1.example.test", "ntp2.example.test"]
        assert [unit.policy.policy for unit in config.storageDevice.multipathInfo.lun][1] == "VMW_PSP_RR"
        assert config.activeDiagnosticPartition.diagnosticType == "singleHost"
        assert config.powerSystemInfo.currentPolicy.shortName == "dynamic"
        assert (config.hyperThread.active, found.capability.uefiSecureBoot, found.capability.tpmVersion) == (
            True,
            True,
            "2.0",
        )
        assert found.runtime.stateEncryption.requireExecInstalledOnly is True
        assert config.network.dnsConfig.domainName == "example.test"
        chosen = {n.nicType: list(n.selectedVnic) for n in config.virtualNicManagerInfo.netConfig}
        assert chosen["vmotion"] == ["vmotion.key-vim.host.VirtualNic-vmk1"]
        assert config.firewall.defaultPolicy.incomingBlocked is True
        assert not [r.key for r in config.firewall.ruleset if r.enabled and r.allowedHosts.allIp]
        assert manager.imageConfigManager.HostImageConfigGetAcceptance() == "partner"
        assert "esx-base" in [p.name for p in manager.imageConfigManager.FetchSoftwarePackages()]
        assert manager.snmpSystem.configuration.enabled is False
        assert next(m.name for m in manager.kernelModuleSystem.QueryModules()) == "vmkernel"
        assert [e.principal for e in manager.hostAccessManager.RetrieveHostAccessControlEntries()] == [
            "root",
            "esx-operator",
            "esx-monitor",
        ]
        assert instance.content.setting.QueryOptions("event.maxAge")[0].value == 30


def test_esxcli_answers_text_a_row_rows_and_a_failure(peer: Peer) -> None:
    """The three shapes of an esxcli answer, and its error."""
    with peer() as sim, changes.session(sim) as instance:
        moid = host(instance)._moId
        assert esxcli.run(instance, moid, "software.acceptance.get") == "PartnerSupported"
        assert esxcli.run(instance, moid, "system.settings.encryption.get")["Mode"] == "TPM"
        sim.control("esxcli", host=FIRST, key="system.account.list", answer=[{"UserID": "root"}, {"UserID": "<x>"}])
        assert [r["UserID"] for r in esxcli.run(instance, moid, "system.account.list")] == ["root", "<x>"]
        with pytest.raises(RuntimeError, match="CLIFault"):
            esxcli.run(instance, moid, "no.such.thing.get")


def test_a_distributed_switch_and_its_groups_are_there(peer: Peer) -> None:
    """Groups inherit a hardened policy; the uplink group is marked, a trunk, and free to override VLANs."""
    with peer() as sim, changes.session(sim) as instance:
        switch = changes.every(instance, vim.DistributedVirtualSwitch)[0]
        found = {g.name: g for g in changes.every(instance, vim.dvs.DistributedVirtualPortgroup)}
        servers, uplink = found["dv-servers"], found["DSwitch-DVUplinks"]
        assert servers.config.defaultPortConfig.macManagementPolicy.forgedTransmits is False
        assert servers.config.defaultPortConfig.vlan.vlanId == 310
        assert (servers.config.uplink, servers.config.policy.securityPolicyOverrideAllowed) == (False, False)
        assert uplink.config.uplink is True
        assert uplink.tag[0].key == "SYSTEM/DVS.UPLINKPG"
        assert isinstance(uplink.config.defaultPortConfig.vlan, vim.dvs.VmwareDistributedVirtualSwitch.TrunkVlanSpec)
        assert switch.config.linkDiscoveryProtocolConfig.operation == "none"
        assert switch.config.uuid == switch.uuid
        assert [m.config.host.name for m in switch.config.host] == [FIRST, SECOND]


def test_virtual_machines_are_hardened(peer: Peer) -> None:
    """VMs carry the advanced settings that rules look at."""
    with peer(hosts=1, vms=1) as sim, changes.session(sim) as instance:
        machine = changes.every(instance, vim.VirtualMachine)[0]
        extra = {o.key: o.value for o in machine.config.extraConfig}
        assert extra["isolation.tools.copy.disable"] == "TRUE"
        assert (machine.config.firmware, machine.config.bootOptions.efiSecureBootEnabled) == ("efi", True)
        assert machine.runtime.host.name == FIRST


def test_a_machine_shows_its_devices_and_what_was_set(peer: Peer) -> None:
    """One vmxnet3 adapter and one disk; a state that no call causes is set by control, and a wrong path is refused."""
    with peer(hosts=1, vms=1) as sim, changes.session(sim) as instance:
        machine = changes.every(instance, vim.VirtualMachine)[0]
        kinds = [type(device) for device in machine.config.hardware.device]
        assert kinds.count(vim.vm.device.VirtualVmxnet3) == kinds.count(vim.vm.device.VirtualDisk) == 1
        assert (machine.runtime.powerState, machine.guest.toolsRunningStatus) == ("poweredOn", "guestToolsRunning")
        name = machine.name
        for path, value in (("runtime.connectionState", "orphaned"), ("config.managedBy", "a.b/c"), ("name", "new")):
            sim.control("vm", vm=name, path=path, value=value)
        assert (machine.name, machine.runtime.connectionState) == ("new", "orphaned")
        assert (machine.config.managedBy.extensionKey, machine.config.managedBy.type) == ("a.b", "c")
        with pytest.raises(ValueError, match="no path"):
            sim.control("vm", vm="new", path="config.secrets", value="x")
