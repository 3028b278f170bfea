"""More changes through the API, of networks, storage, clocks and licences; see `changes`."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.simulators.vsphere.changes import every, find, vim

Dvs: Any = vim.dvs.VmwareDistributedVirtualSwitch
EVALUATION = "00000-00000-00000-00000-00000"


def _switch(instance: Any) -> Any:
    return every(instance, Dvs)[0]


def _group(instance: Any, name: str) -> Any:
    return find(instance, vim.dvs.DistributedVirtualPortgroup, name)


def _host(instance: Any, name: str) -> Any:
    return find(instance, vim.HostSystem, name).configManager


def set_vswitch_teaming(instance: Any, host: str, vswitch: str, **changes: Any) -> None:
    """Set fields of a standard switch's teaming: `policy`, `rollingOrder`, `active`, `standby`, `beacon` ..."""
    system = _host(instance, host).networkSystem
    spec = next(found.spec for found in system.networkInfo.vswitch if found.name == vswitch)
    _lay(spec.policy.nicTeaming, changes)
    system.UpdateVirtualSwitch(vswitch, spec)


def set_portgroup_teaming(instance: Any, host: str, group: str, **changes: Any) -> None:
    """Set fields of a standard port group's own teaming; nothing: it inherits all."""
    system = _host(instance, host).networkSystem
    spec = next(found.spec for found in system.networkInfo.portgroup if found.spec.name == group)
    spec.policy.nicTeaming = vim.host.NetworkPolicy.NicTeamingPolicy() if changes else None
    if changes:
        _lay(spec.policy.nicTeaming, changes)
    system.UpdatePortGroup(group, spec)


def set_portgroup_vlan(instance: Any, host: str, group: str, vlan: int) -> None:
    """Set the VLAN of a standard port group."""
    system = _host(instance, host).networkSystem
    spec = next(found.spec for found in system.networkInfo.portgroup if found.spec.name == group)
    spec.vlanId = vlan
    system.UpdatePortGroup(group, spec)


def set_vswitch_discovery(instance: Any, host: str, vswitch: str, operation: str) -> None:
    """Set whether a standard switch listens to link discovery or takes part: none | listen | advertise | both."""
    system = _host(instance, host).networkSystem
    spec = next(found.spec for found in system.networkInfo.vswitch if found.name == vswitch)
    spec.bridge.linkDiscoveryProtocolConfig = vim.host.LinkDiscoveryProtocolConfig(protocol="cdp", operation=operation)
    system.UpdateVirtualSwitch(vswitch, spec)


def _lay(teaming: Any, changes: dict[str, Any]) -> None:
    for name, value in changes.items():
        if name in ("active", "standby"):
            teaming.nicOrder = teaming.nicOrder or vim.host.NetworkPolicy.NicOrderPolicy()
            setattr(teaming.nicOrder, f"{name}Nic", value)
        elif name == "beacon":
            teaming.failureCriteria = teaming.failureCriteria or vim.host.NetworkPolicy.NicFailureCriteria()
            teaming.failureCriteria.checkBeacon = value
        else:
            setattr(teaming, name, value)


def move_vnic(instance: Any, host: str, device: str, *, group: str = "", distributed: str = "") -> None:
    """Put a VMkernel NIC into a standard or a distributed port group."""
    spec = vim.host.VirtualNic.Specification(portgroup=group or None)
    if distributed:
        port = vim.dvs.PortConnection(switchUuid=_switch(instance).uuid, portgroupKey=_group(instance, distributed).key)
        spec.distributedVirtualPort = port
    _host(instance, host).networkSystem.UpdateVirtualNic(device, spec)


def set_dns(instance: Any, host: str, **changes: Any) -> None:
    """Set fields of the DNS configuration: `hostName`, `domainName`, `address`, `searchDomain`."""
    system = _host(instance, host).networkSystem
    config = system.networkInfo.dnsConfig
    for name, value in changes.items():
        setattr(config, name, value)
    system.UpdateDnsConfig(config)


def set_group_policy(instance: Any, group: str, **allowed: bool) -> None:
    """Say what single ports of a distributed group may set: fields of VMwarePortgroupPolicy."""
    found = _group(instance, group)
    policy = found.config.policy
    for name, value in allowed.items():
        setattr(policy, name, value)
    found.ReconfigureDVPortgroup_Task(vim.dvs.DistributedVirtualPortgroup.ConfigSpec(policy=policy))


def set_group_setting(instance: Any, group: str, **settings: Any) -> None:
    """Set parts of a distributed group's own port setting, e.g. `vlan=`, `uplinkTeamingPolicy=`."""
    spec = vim.dvs.DistributedVirtualPortgroup.ConfigSpec(defaultPortConfig=Dvs.VmwarePortConfigPolicy(**settings))
    _group(instance, group).ReconfigureDVPortgroup_Task(spec)


def set_dvport(instance: Any, group: str, **settings: Any) -> str:
    """Let the first port of a distributed group set something itself; gives its key."""
    switch, key = _switch(instance), _group(instance, group).key
    port = switch.FetchDVPortKeys(vim.dvs.PortCriteria(inside=True, portgroupKey=[key]))[0]
    setting = Dvs.VmwarePortConfigPolicy(**settings)
    switch.ReconfigureDVPort_Task(
        [vim.dvs.DistributedVirtualPort.ConfigSpec(operation="edit", key=port, setting=setting)]
    )
    return str(port)


def mac_management(*, promiscuous: bool = False, mac_changes: bool = False, forged: bool = False,
                   learning: bool | None = None) -> Any:  # fmt: skip
    """A MAC management policy of its own."""
    policy = None if learning is None else Dvs.MacLearningPolicy(inherited=False, enabled=learning)
    return Dvs.MacManagementPolicy(
        inherited=False,
        allowPromiscuous=promiscuous,
        macChanges=mac_changes,
        forgedTransmits=forged,
        macLearningPolicy=policy,
    )


def vlan_id(number: int) -> Any:
    """A VLAN of its own."""
    return Dvs.VlanIdSpec(inherited=False, vlanId=number)


def vlan_trunk(*ranges: tuple[int, int]) -> Any:
    """A trunk of its own."""
    return Dvs.TrunkVlanSpec(inherited=False, vlanId=[vim.NumericRange(start=a, end=b) for a, b in ranges])


def private_vlan(number: int) -> Any:
    """A private VLAN of its own, by its secondary number."""
    return Dvs.PvlanSpec(inherited=False, pvlanId=number)


def set_private_vlan(instance: Any, primary: int, secondary: int, operation: str = "add") -> None:
    """Add or remove an isolated private VLAN."""
    entry = Dvs.PvlanMapEntry(primaryVlanId=primary, secondaryVlanId=secondary, pvlanType="isolated")
    _reconfigure(instance, pvlanConfigSpec=[Dvs.PvlanConfigSpec(pvlanEntry=entry, operation=operation)])


def set_mirror(instance: Any, name: str, operation: str = "add") -> None:
    """Add or remove a mirror session that runs."""
    session = Dvs.VspanSession(name=name, enabled=True)
    _reconfigure(instance, vspanConfigSpec=[Dvs.VspanConfigSpec(vspanSession=session, operation=operation)])


def set_lag(instance: Any, name: str, ports: int, operation: str = "add") -> None:
    """Add or remove a link aggregation group."""
    group = Dvs.LacpGroupConfig(name=name, mode="active", uplinkNum=ports)
    spec = Dvs.LacpGroupSpec(lacpGroupConfig=group, operation=operation)
    _switch(instance).UpdateDVSLacpGroupConfig_Task([spec])


def set_dvs_discovery(instance: Any, operation: str) -> None:
    """Set the link discovery of the switch."""
    config = vim.host.LinkDiscoveryProtocolConfig(protocol="lldp", operation=operation)
    _reconfigure(instance, linkDiscoveryProtocolConfig=config)


def set_netflow(instance: Any, collector: str) -> None:
    """Send flow records to an address; "": nowhere."""
    config = Dvs.IpfixConfig(
        collectorIpAddress=collector or None, collectorPort=2055, activeFlowTimeout=60, idleFlowTimeout=15,
        samplingRate=0, internalFlowsOnly=False,
    )  # fmt: skip
    _reconfigure(instance, ipfixConfig=config)


def set_health_check(instance: Any, on: bool) -> None:
    """Switch the VLAN and MTU check of the switch on or off."""
    checks = [Dvs.VlanMtuHealthCheckConfig(enable=on, interval=1), Dvs.TeamingHealthCheckConfig(enable=False)]
    _switch(instance).UpdateDVSHealthCheckConfig_Task(checks)


def set_nioc(instance: Any, on: bool) -> None:
    """Switch network I/O control on or off."""
    _switch(instance).EnableNetworkResourceManagement(on)


def _reconfigure(instance: Any, **fields: Any) -> None:
    _switch(instance).ReconfigureDvs_Task(Dvs.ConfigSpec(**fields))


def set_path_policy(instance: Any, host: str, unit: int, policy: str) -> None:
    """Set the path policy of a LUN, by its place in the list."""
    found = find(instance, vim.HostSystem, host)
    lun = found.config.storageDevice.multipathInfo.lun[unit]
    chosen = vim.host.MultipathInfo.LogicalUnitPolicy(policy=policy)
    found.configManager.storageSystem.SetMultipathLunPolicy(lun.id, chosen)


def set_clock(instance: Any, host: str, ahead: timedelta) -> None:
    """Set a host's clock ahead of the real time, or behind it."""
    _host(instance, host).dateTimeSystem.UpdateDateTime(datetime.now(UTC) + ahead)


def set_licence(instance: Any, host: str, key: str = EVALUATION) -> None:
    """Put a host into evaluation mode; any other key: its first licence again."""
    moid = find(instance, vim.HostSystem, host)._moId
    instance.content.licenseManager.licenseAssignmentManager.UpdateAssignedLicense(moid, key, None)
