"""Changes made on a simulated estate the way an administrator makes them: through the API, one fact at a time.

All functions take a logged-in ServiceInstance of pyVmomi and raise KeyError when there is no such object.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pyVmomi
from pyVim import connect

from tests.simulators.vsphere.sim import Sim

vim: Any = pyVmomi.vim  # its types are made at run time
_connect: Any = connect


@contextmanager
def session(sim: Sim) -> Iterator[Any]:
    """A ServiceInstance on `sim`, TLS verified by its CA, logged out at the end."""
    protocol = "https" if sim.ca_file else "http"
    instance = _connect.SmartConnect(
        protocol=protocol,
        host=sim.host,
        port=sim.port,
        user=sim.username,
        pwd=sim.password,
        sslContext=sim.context(),
        httpConnectionTimeout=30,
    )
    try:
        yield instance
    finally:
        _connect.Disconnect(instance)


def find(instance: Any, kind: Any, name: str) -> Any:
    """The managed object of this type and name."""
    for entity in every(instance, kind):
        if entity.name == name:
            return entity
    raise KeyError(name)


def every(instance: Any, kind: Any) -> list[Any]:
    """All managed objects of one type."""
    content = instance.content
    view = content.viewManager.CreateContainerView(content.rootFolder, [kind], True)
    try:
        return list(view.view)
    finally:
        view.DestroyView()


def start_service(instance: Any, host: str, key: str) -> None:
    """Start a service (`TSM-SSH`); its policy stays."""
    find(instance, vim.HostSystem, host).configManager.serviceSystem.StartService(key)


def stop_service(instance: Any, host: str, key: str) -> None:
    """Stop a service; its policy stays."""
    find(instance, vim.HostSystem, host).configManager.serviceSystem.StopService(key)


def set_service_policy(instance: Any, host: str, key: str, policy: str) -> None:
    """Set when a service starts: on | off | automatic."""
    find(instance, vim.HostSystem, host).configManager.serviceSystem.UpdateServicePolicy(key, policy)


def set_option(instance: Any, host: str, key: str, value: Any) -> None:
    """Set one advanced option. Raises vim.fault.InvalidName when the host does not know the key."""
    options = find(instance, vim.HostSystem, host).configManager.advancedOption
    options.UpdateOptions([vim.option.OptionValue(key=key, value=value)])


def set_lockdown(instance: Any, host: str, mode: str, exceptions: list[str] | None = None) -> None:
    """Set the lockdown mode (lockdownDisabled | lockdownNormal | lockdownStrict) and, if given, its exceptions."""
    access = find(instance, vim.HostSystem, host).configManager.hostAccessManager
    access.ChangeLockdownMode(mode)
    if exceptions is not None:
        access.UpdateLockdownExceptions(exceptions)


def set_acceptance(instance: Any, host: str, level: str) -> None:
    """Set the acceptance level: vmware_certified | vmware_accepted | partner | community."""
    find(instance, vim.HostSystem, host).configManager.imageConfigManager.UpdateHostImageAcceptanceLevel(level)


def set_trusted_authorities(instance: Any, host: str, pems: list[str]) -> None:
    """Replace the authorities that the host trusts."""
    manager = find(instance, vim.HostSystem, host).configManager.certificateManager
    manager.ReplaceCACertificatesAndCRLs(pems)


def register_extension(instance: Any, key: str, company: str) -> None:
    """Register a plug-in with the vCenter."""
    description = vim.Description(label=key, summary=key)
    now = instance.CurrentTime()
    found = vim.Extension(key=key, company=company, version="1.0", description=description, lastHeartbeatTime=now)
    instance.content.extensionManager.RegisterExtension(found)


def unregister_extension(instance: Any, key: str) -> None:
    """Take a plug-in away from the vCenter."""
    instance.content.extensionManager.UnregisterExtension(key)


def set_ntp(instance: Any, host: str, servers: list[str]) -> None:
    """Set the NTP servers, in order."""
    config = vim.host.DateTimeConfig(ntpConfig=vim.host.NtpConfig(server=servers))
    find(instance, vim.HostSystem, host).configManager.dateTimeSystem.UpdateDateTimeConfig(config)


def set_ruleset(instance: Any, host: str, key: str, *, enabled: bool, all_ip: bool | None = None) -> None:
    """Open or close a firewall rule set and, if `all_ip` is given, allow every address or none but 10.0.0.0/8."""
    firewall = find(instance, vim.HostSystem, host).configManager.firewallSystem
    firewall.EnableRuleset(key) if enabled else firewall.DisableRuleset(key)
    if all_ip is not None:
        network = vim.host.Ruleset.IpNetwork(network="10.0.0.0", prefixLength=8)
        allowed = vim.host.Ruleset.IpList(allIp=all_ip, ipNetwork=[] if all_ip else [network])
        firewall.UpdateRuleset(key, vim.host.Ruleset.RulesetSpec(allowedHosts=allowed))


def _security(promiscuous: bool | None, mac_changes: bool | None, forged: bool | None) -> Any:
    return vim.host.NetworkPolicy.SecurityPolicy(
        allowPromiscuous=promiscuous, macChanges=mac_changes, forgedTransmits=forged
    )


def set_portgroup_security(
    instance: Any,
    host: str,
    group: str,
    *,
    promiscuous: bool | None = None,
    mac_changes: bool | None = None,
    forged: bool | None = None,
) -> None:
    """Set what a standard port group says itself; None is inherited from its switch."""
    system = find(instance, vim.HostSystem, host).configManager.networkSystem
    for found in system.networkInfo.portgroup:
        if found.spec.name == group:
            found.spec.policy.security = _security(promiscuous, mac_changes, forged)
            system.UpdatePortGroup(group, found.spec)
            return
    raise KeyError(group)


def set_vswitch_security(
    instance: Any,
    host: str,
    vswitch: str,
    *,
    promiscuous: bool = False,
    mac_changes: bool = False,
    forged: bool = False,
) -> None:
    """Set the three security settings of a standard switch."""
    system = find(instance, vim.HostSystem, host).configManager.networkSystem
    for found in system.networkInfo.vswitch:
        if found.name == vswitch:
            found.spec.policy.security = _security(promiscuous, mac_changes, forged)
            system.UpdateVirtualSwitch(vswitch, found.spec)
            return
    raise KeyError(vswitch)


def add_portgroup(instance: Any, host: str, vswitch: str, name: str, vlan: int) -> None:
    """Add a standard port group that inherits everything."""
    spec = vim.host.PortGroup.Specification(
        name=name, vlanId=vlan, vswitchName=vswitch, policy=vim.host.NetworkPolicy()
    )
    find(instance, vim.HostSystem, host).configManager.networkSystem.AddPortGroup(spec)


def select_vnic(instance: Any, host: str, kind: str, device: str) -> None:
    """Let a VMkernel NIC (`vmk1`) carry a service (`management`)."""
    find(instance, vim.HostSystem, host).configManager.virtualNicManager.SelectVnicForNicType(kind, device)


def disconnect(instance: Any, host: str) -> None:
    """Disconnect a host from its vCenter, which keeps its stored configuration."""
    find(instance, vim.HostSystem, host).DisconnectHost_Task()


def reconnect(instance: Any, host: str) -> None:
    """Connect a host again."""
    find(instance, vim.HostSystem, host).ReconnectHost_Task()


def set_maintenance(instance: Any, host: str, on: bool) -> None:
    """Take a host into maintenance mode, or out of it."""
    found = find(instance, vim.HostSystem, host)
    found.EnterMaintenanceMode_Task(0) if on else found.ExitMaintenanceMode_Task(0)


def _dvs_setting(promiscuous: bool, mac_changes: bool, forged: bool) -> Any:
    module = vim.dvs.VmwareDistributedVirtualSwitch
    mac = module.MacManagementPolicy(
        inherited=False, allowPromiscuous=promiscuous, macChanges=mac_changes, forgedTransmits=forged
    )
    legacy = module.SecurityPolicy(
        inherited=False,
        allowPromiscuous=vim.BoolPolicy(inherited=False, value=promiscuous),
        macChanges=vim.BoolPolicy(inherited=False, value=mac_changes),
        forgedTransmits=vim.BoolPolicy(inherited=False, value=forged),
    )
    return module.VmwarePortConfigPolicy(macManagementPolicy=mac, securityPolicy=legacy)


def set_dvpg_security(
    instance: Any, group: str, *, promiscuous: bool = False, mac_changes: bool = False, forged: bool = False
) -> None:
    """Set the security policy of a distributed port group, which then no longer inherits it."""
    found = find(instance, vim.dvs.DistributedVirtualPortgroup, group)
    setting = _dvs_setting(promiscuous, mac_changes, forged)
    found.ReconfigureDVPortgroup_Task(vim.dvs.DistributedVirtualPortgroup.ConfigSpec(defaultPortConfig=setting))


def set_dvs_security(
    instance: Any, name: str, *, promiscuous: bool = False, mac_changes: bool = False, forged: bool = False
) -> None:
    """Set the default security policy of a distributed switch, inherited by its port groups."""
    found = find(instance, vim.dvs.VmwareDistributedVirtualSwitch, name)
    setting = _dvs_setting(promiscuous, mac_changes, forged)
    found.ReconfigureDvs_Task(vim.dvs.VmwareDistributedVirtualSwitch.ConfigSpec(defaultPortConfig=setting))


def set_vm_option(instance: Any, name: str, key: str, value: str) -> None:
    """Set one extraConfig key of a virtual machine; an empty value removes it."""
    spec = vim.vm.ConfigSpec(extraConfig=[vim.option.OptionValue(key=key, value=value)])
    find(instance, vim.VirtualMachine, name).ReconfigVM_Task(spec)
