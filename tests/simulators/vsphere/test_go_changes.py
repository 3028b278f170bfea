"""Changes that only the Go simulator takes: switches, firewall, clock, storage, virtual machines."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

from tests.simulators.vsphere import changes
from tests.simulators.vsphere.changes import vim
from tests.simulators.vsphere.sim import Sim

Peer = Callable[..., AbstractContextManager[Sim]]
FIRST, SECOND = "esx-01.example.test", "esx-02.example.test"

pytestmark = pytest.mark.needs_go


def config(instance: Any, name: str) -> Any:
    return changes.find(instance, vim.HostSystem, name).config


def forged(instance: Any, name: str) -> dict[str, bool]:
    groups = config(instance, name).network.portgroup
    return {g.spec.name: bool(g.computedPolicy.security.forgedTransmits) for g in groups}


def test_a_switch_setting_reaches_the_groups_that_inherit_it(go: Peer) -> None:
    """Forged transmits allowed on a switch are in force at its groups, except one that says no itself."""
    with go() as sim, changes.session(sim) as instance:
        changes.set_vswitch_security(instance, FIRST, "vSwitch0", forged=True)
        changes.add_portgroup(instance, FIRST, "vSwitch0", "Backup", 220)
        assert forged(instance, FIRST) == {
            "Management Network": True,
            "vMotion": True,
            "Servers": False,
            "Backup": True,
        }
        assert not any(forged(instance, SECOND).values())


def test_a_group_inherits_again_what_it_no_longer_sets(go: Peer) -> None:
    """Null in the specification of UpdatePortGroup takes the override away."""
    with go() as sim, changes.session(sim) as instance:
        changes.set_vswitch_security(instance, FIRST, "vSwitch0", forged=True)
        changes.set_portgroup_security(instance, FIRST, "Servers")
        assert forged(instance, FIRST)["Servers"] is True


def test_a_distributed_group_inherits_until_it_sets_its_own(go: Peer) -> None:
    """A change of the switch reaches groups that inherit; a group's own setting stays and reaches nobody else."""
    with go() as sim, changes.session(sim) as instance:
        changes.set_dvpg_security(instance, "dv-dmz", promiscuous=True)
        changes.set_dvs_security(instance, "DSwitch", forged=True)
        seen = {}
        for group in changes.every(instance, vim.dvs.DistributedVirtualPortgroup):
            policy = group.config.defaultPortConfig.macManagementPolicy
            legacy = group.config.defaultPortConfig.securityPolicy.forgedTransmits.value
            seen[group.name] = (policy.inherited, policy.allowPromiscuous, policy.forgedTransmits, legacy)
        assert seen == {
            "DSwitch-DVUplinks": (True, False, True, True),
            "dv-servers": (True, False, True, True),
            "dv-dmz": (False, True, False, False),
        }
        dmz = changes.find(instance, vim.dvs.DistributedVirtualPortgroup, "dv-dmz").config
        assert (dmz.defaultPortConfig.vlan.vlanId, dmz.policy.portConfigResetAtDisconnect) == (320, True)


def test_firewall_clock_acceptance_and_nic_services_change_on_one_host(go: Peer) -> None:
    """Each of these changes is read back on the host it was made on, and only there."""
    with go() as sim, changes.session(sim) as instance:
        changes.set_ruleset(instance, FIRST, "sshServer", enabled=True, all_ip=True)
        changes.set_ntp(instance, FIRST, ["time.example.test"])
        changes.set_acceptance(instance, FIRST, "community")
        changes.select_vnic(instance, FIRST, "management", "vmk1")
        seen = []
        for name in (FIRST, SECOND):
            found = changes.find(instance, vim.HostSystem, name)
            ruleset = next(r for r in found.config.firewall.ruleset if r.key == "sshServer")
            carried = {n.nicType: len(n.selectedVnic) for n in found.config.virtualNicManagerInfo.netConfig}
            level = found.configManager.imageConfigManager.HostImageConfigGetAcceptance()
            servers = list(found.config.dateTimeInfo.ntpConfig.server)
            seen.append((ruleset.enabled, ruleset.allowedHosts.allIp, servers, level, carried["management"]))
        assert seen == [
            (True, True, ["time.example.test"], "community", 2),
            (False, False, ["ntp1.example.test", "ntp2.example.test"], "partner", 1),
        ]


def test_a_path_policy_changes_on_one_host(go: Peer) -> None:
    """SetMultipathLunPolicy shows in config.storageDevice of one host."""
    with go() as sim, changes.session(sim) as instance:
        found = changes.find(instance, vim.HostSystem, FIRST)
        unit = found.config.storageDevice.multipathInfo.lun[1]
        policy = vim.host.MultipathInfo.LogicalUnitPolicy(policy="VMW_PSP_MRU")
        found.configManager.storageSystem.SetMultipathLunPolicy(unit.id, policy)
        policies = [config(instance, n).storageDevice.multipathInfo.lun[1].policy.policy for n in (FIRST, SECOND)]
        assert policies == ["VMW_PSP_MRU", "VMW_PSP_RR"]


def test_maintenance_mode_is_seen(go: Peer) -> None:
    """A host goes into maintenance mode and comes back."""
    with go() as sim, changes.session(sim) as instance:
        states = []
        for on in (True, False):
            changes.set_maintenance(instance, FIRST, on)
            states.append(changes.find(instance, vim.HostSystem, FIRST).runtime.inMaintenanceMode)
        assert states == [True, False]


def test_a_virtual_machine_can_be_softened(go: Peer) -> None:
    """An extraConfig key can be changed and taken away."""
    with go(vms=1) as sim, changes.session(sim) as instance:
        changes.set_vm_option(instance, "vm-01", "isolation.tools.copy.disable", "FALSE")
        changes.set_vm_option(instance, "vm-01", "log.keepOld", "")
        extra = {o.key: o.value for o in changes.find(instance, vim.VirtualMachine, "vm-01").config.extraConfig}
        assert extra["isolation.tools.copy.disable"] == "FALSE"
        assert "log.keepOld" not in extra


def test_a_switch_of_ciscos_is_told_from_vmwares(go: Peer) -> None:
    """The Nexus 1000v is a plain DistributedVirtualSwitch with Cisco's product information and the uuid asked for."""
    uuid = "0a 1b 2c 3d 4e 5f 60 71-82 93 a4 b5 c6 d7 e8 f9"
    with go(nexus_uuid=uuid) as sim, changes.session(sim) as instance:
        switches = {s.config.productInfo.vendor: s for s in changes.every(instance, vim.DistributedVirtualSwitch)}
        cisco = switches["Cisco Systems, Inc."]
        assert (cisco.uuid, cisco.config.uuid, cisco.summary.uuid) == (uuid, uuid, uuid)
        assert isinstance(switches["VMware, Inc."], vim.dvs.VmwareDistributedVirtualSwitch)
        assert not isinstance(cisco, vim.dvs.VmwareDistributedVirtualSwitch)
