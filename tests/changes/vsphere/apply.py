"""Changes made truly on the simulated vSphere, through its API: what an administrator's client would call.

Nothing here knows how a change is foretold. What the simulator does not do by itself, and a host does (the boot
setting that an option shows as well, what esxcli says of the firewall), is done in the same step.
"""

import json
from collections.abc import Callable
from typing import Any

from tests.changes.vsphere.peer import HOST, Peer
from tests.simulators.vsphere import access_changes, changes, network_changes
from tests.simulators.vsphere.launch import GOOD_HOST

vim = changes.vim
Apply = Callable[[Peer], Any]
Dvs = network_changes.Dvs


def option(key: str, value: Any) -> Apply:
    """UpdateOptions with one key."""
    return lambda peer: changes.set_option(peer.instance, HOST, key, value)


def service(key: str, running: bool | None = None, policy: str = "") -> Apply:
    """StartService, StopService, UpdateServicePolicy."""

    def act(peer: Peer) -> None:
        if policy:
            changes.set_service_policy(peer.instance, HOST, key, policy)
        if running is not None:
            (changes.start_service if running else changes.stop_service)(peer.instance, HOST, key)

    return act


def ntp(*servers: str) -> Apply:
    """UpdateDateTimeConfig."""
    return lambda peer: changes.set_ntp(peer.instance, HOST, list(servers))


def dns(**fields: Any) -> Apply:
    """UpdateDnsConfig."""
    return lambda peer: network_changes.set_dns(peer.instance, HOST, **fields)


def lockdown(mode: str, exceptions: list[str] | None = None) -> Apply:
    """ChangeLockdownMode, UpdateLockdownExceptions."""
    return lambda peer: changes.set_lockdown(peer.instance, HOST, mode, exceptions)


def _system(peer: Peer) -> Any:
    return changes.find(peer.instance, vim.HostSystem, HOST).configManager.networkSystem


def group_spec(group: str, change: Callable[[Any], Any]) -> Apply:
    """UpdatePortGroup with the whole specification, of which `change` sets a part."""

    def act(peer: Peer) -> None:
        system = _system(peer)
        spec = next(found.spec for found in system.networkInfo.portgroup if found.spec.name == group)
        change(spec)
        system.UpdatePortGroup(group, spec)

    return act


def switch_spec(name: str, change: Callable[[Any], Any]) -> Apply:
    """UpdateVirtualSwitch with the whole specification, of which `change` sets a part."""

    def act(peer: Peer) -> None:
        system = _system(peer)
        spec = next(found.spec for found in system.networkInfo.vswitch if found.name == name)
        change(spec)
        system.UpdateVirtualSwitch(name, spec)

    return act


def security(**fields: bool | None) -> Callable[[Any], Any]:
    """Sets fields of the security policy of a specification; None is inherited."""

    def change(spec: Any) -> None:
        spec.policy.security = spec.policy.security or vim.host.NetworkPolicy.SecurityPolicy()
        for name, value in fields.items():
            setattr(spec.policy.security, name, value)

    return change


def teaming(**fields: Any) -> Callable[[Any], Any]:
    """Sets fields of the teaming policy of a specification."""

    def change(spec: Any) -> None:
        team = spec.policy.nicTeaming = spec.policy.nicTeaming or vim.host.NetworkPolicy.NicTeamingPolicy()
        for name, value in fields.items():
            if name in ("activeNic", "standbyNic"):
                team.nicOrder = team.nicOrder or vim.host.NetworkPolicy.NicOrderPolicy()
                setattr(team.nicOrder, name, value)
            elif name == "checkBeacon":
                team.failureCriteria = team.failureCriteria or vim.host.NetworkPolicy.NicFailureCriteria()
                team.failureCriteria.checkBeacon = value
            else:
                setattr(team, name, value)

    return change


def shaping(enabled: bool) -> Callable[[Any], Any]:
    """Sets traffic shaping of a specification."""

    def change(spec: Any) -> None:
        spec.policy.shapingPolicy = vim.host.NetworkPolicy.TrafficShapingPolicy(enabled=enabled)

    return change


def field(name: str, value: Any) -> Callable[[Any], Any]:
    """Sets one field of a specification."""
    return lambda spec: setattr(spec, name, value)


def discovery(operation: str) -> Callable[[Any], Any]:
    """Sets link discovery of a switch."""

    def change(spec: Any) -> None:
        spec.bridge.linkDiscoveryProtocolConfig = vim.host.LinkDiscoveryProtocolConfig(
            protocol="cdp", operation=operation
        )

    return change


def uplinks(*nics: str) -> Callable[[Any], Any]:
    """Sets the adapters of a switch."""
    return lambda spec: setattr(spec.bridge, "nicDevice", list(nics))


def new_switch(name: str) -> Apply:
    """AddVirtualSwitch without adapters."""

    def act(peer: Peer) -> None:
        _system(peer).AddVirtualSwitch(name, vim.host.VirtualSwitch.Specification(numPorts=128))

    return act


def new_group(switch: str, name: str, vlan: int = 0) -> Apply:
    """AddPortGroup."""
    return lambda peer: changes.add_portgroup(peer.instance, HOST, switch, name, vlan)


def no_group(name: str) -> Apply:
    """RemovePortGroup."""
    return lambda peer: _system(peer).RemovePortGroup(name)


def ruleset(
    key: str,
    *,
    enabled: bool | None = None,
    all_ip: bool | None = None,
    networks: tuple[str, ...] | None = None,
    addresses: tuple[str, ...] = (),
) -> Apply:
    """EnableRuleset, DisableRuleset, UpdateRuleset."""

    def act(peer: Peer) -> None:
        firewall = changes.find(peer.instance, vim.HostSystem, HOST).configManager.firewallSystem
        if enabled is not None:
            (firewall.EnableRuleset if enabled else firewall.DisableRuleset)(key)
        if all_ip is None and networks is None:
            return
        module = vim.host.Ruleset
        now = changes.find(peer.instance, vim.HostSystem, HOST).config.firewall
        hosts = next(one.allowedHosts for one in now.ruleset if one.key == key)
        if all_ip is not None:
            hosts.allIp = all_ip
        if networks is not None:
            hosts.ipNetwork = [
                module.IpNetwork(network=n.split("/")[0], prefixLength=int(n.split("/")[1])) for n in networks
            ]
            hosts.ipAddress = list(addresses)
        firewall.UpdateRuleset(key, module.RulesetSpec(allowedHosts=hosts))

    return act


def firewall_default(blocked: bool) -> Apply:
    """UpdateDefaultPolicy; esxcli of a host shows the same."""

    def act(peer: Peer) -> None:
        access_changes.set_firewall_default(peer.instance, HOST, incoming=blocked, outgoing=blocked)
        peer.cli(
            "network.firewall.get",
            {"DefaultAction": "DROP" if blocked else "PASS", "Enabled": "true", "Loaded": "true"},
        )

    return act


def answers(command: str) -> Any:
    """What esxcli of a good host answers at first."""
    return json.loads(GOOD_HOST.read_text(encoding="utf-8"))["esxcli"][command]


def cli(command: str, field_name: str, value: str, key: str = "", name: str = "") -> Apply:
    """One field of what esxcli answers; of the row where `key` is `name`. There is no API beside esxcli for it."""

    def act(peer: Peer) -> None:
        before = answers(command)
        if isinstance(before, list):
            peer.cli(command, [{**row, field_name: value} if row.get(key) == name else row for row in before])
        else:
            peer.cli(command, {**before, field_name: value})

    return act


def boot_option(name: str, value: bool) -> Apply:
    """UpdateOptions of VMkernel.Boot.*; esxcli of a host shows the configured value as well."""

    def act(peer: Peer) -> None:
        changes.set_option(peer.instance, HOST, f"VMkernel.Boot.{name}", value)
        cli("system.settings.kernel.list", "Configured", str(value).upper(), "Name", name)(peer)

    return act


def access(principal: str, mode: str) -> Apply:
    """ChangeAccessMode."""
    return lambda peer: access_changes.set_access(peer.instance, HOST, principal, mode)


def acceptance(level: str) -> Apply:
    """UpdateHostImageAcceptanceLevel."""
    return lambda peer: changes.set_acceptance(peer.instance, HOST, level)


def snmp(enabled: bool, *communities: str) -> Apply:
    """ReconfigureSnmpAgent."""
    return lambda peer: access_changes.set_snmp(peer.instance, HOST, enabled, list(communities))


def carries(device: str, kind: str, on: bool) -> Apply:
    """SelectVnicForNicType, DeselectVnicForNicType."""

    def act(peer: Peer) -> None:
        manager = changes.find(peer.instance, vim.HostSystem, HOST).configManager.virtualNicManager
        (manager.SelectVnicForNicType if on else manager.DeselectVnicForNicType)(kind, device)

    return act


def chap(kind: str, mutual: str) -> Apply:
    """UpdateInternetScsiAuthenticationProperties."""
    return lambda peer: access_changes.set_chap(peer.instance, HOST, kind, mutual)


def path_policy(unit: int, policy: str) -> Apply:
    """SetMultipathLunPolicy."""
    return lambda peer: network_changes.set_path_policy(peer.instance, HOST, unit, policy)


def maintenance(on: bool) -> Apply:
    """EnterMaintenanceMode_Task, ExitMaintenanceMode_Task."""
    return lambda peer: changes.set_maintenance(peer.instance, HOST, on)


def dvpg(group: str, **settings: Any) -> Apply:
    """ReconfigureDVPortgroup_Task with parts of the port setting."""
    return lambda peer: network_changes.set_group_setting(peer.instance, group, **settings)


def dvpg_spec(group: str, **fields: Any) -> Apply:
    """ReconfigureDVPortgroup_Task with other fields."""

    def act(peer: Peer) -> None:
        found = changes.find(peer.instance, vim.dvs.DistributedVirtualPortgroup, group)
        found.ReconfigureDVPortgroup_Task(vim.dvs.DistributedVirtualPortgroup.ConfigSpec(**fields))

    return act


def dvs(**fields: Any) -> Apply:
    """ReconfigureDvs_Task."""

    def act(peer: Peer) -> None:
        changes.every(peer.instance, Dvs)[0].ReconfigureDvs_Task(Dvs.ConfigSpec(**fields))

    return act


def dv_teaming(**fields: Any) -> Any:
    """A teaming policy of a distributed group of its own."""
    made = Dvs.UplinkPortTeamingPolicy(inherited=False)
    for name, value in fields.items():
        if name == "active":
            made.uplinkPortOrder = Dvs.UplinkPortOrderPolicy(
                inherited=False, activeUplinkPort=value, standbyUplinkPort=fields.get("standby", [])
            )
        elif name == "policy":
            made.policy = vim.StringPolicy(inherited=False, value=value)
        elif name == "checkBeacon":
            made.failureCriteria = Dvs.FailureCriteria(
                inherited=False, checkBeacon=vim.BoolPolicy(inherited=False, value=value)
            )
        elif name != "standby":
            setattr(made, name, vim.BoolPolicy(inherited=False, value=value))
    return made


def yes(value: bool) -> Any:
    """A policy that is true or false, of its own."""
    return vim.BoolPolicy(inherited=False, value=value)


def setting(key: str, value: Any) -> Apply:
    """UpdateOptions of the vCenter."""
    return lambda peer: peer.instance.content.setting.UpdateOptions([vim.option.OptionValue(key=key, value=value)])


def grant(principal: str) -> Apply:
    """SetEntityPermissions at the root, with the role of administrators."""
    return lambda peer: access_changes.grant(peer.instance, principal, -1)


def several(*parts: Apply) -> Apply:
    """One after the other."""

    def act(peer: Peer) -> None:
        for part in parts:
            part(peer)

    return act
