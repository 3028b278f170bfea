"""Changes to who may do what: accounts of a host, its firewall and SNMP agent, roles and permissions of a vCenter.

Arguments and errors are those of `changes`.
"""

from typing import Any

from tests.simulators.vsphere.changes import find, vim


def _managers(instance: Any, host: str) -> Any:
    return find(instance, vim.HostSystem, host).configManager


def set_access(instance: Any, host: str, principal: str, mode: str) -> None:
    """Set what a user may do on the host itself: accessAdmin | accessReadOnly | accessOther | accessNone (take out)."""
    _managers(instance, host).hostAccessManager.ChangeAccessMode(principal, False, mode)


def set_snmp(instance: Any, host: str, enabled: bool, communities: list[str]) -> None:
    """Set the SNMP agent."""
    spec = vim.host.SnmpSystem.SnmpConfigSpec(enabled=enabled, port=161, readOnlyCommunities=communities)
    _managers(instance, host).snmpSystem.ReconfigureSnmpAgent(spec)


def set_firewall_default(instance: Any, host: str, *, incoming: bool, outgoing: bool) -> None:
    """Set what the firewall blocks when no rule set names it."""
    policy = vim.host.FirewallInfo.DefaultPolicy(incomingBlocked=incoming, outgoingBlocked=outgoing)
    _managers(instance, host).firewallSystem.UpdateDefaultPolicy(policy)


def trusted_authorities(instance: Any, host: str) -> list[str]:
    """The authorities that the host trusts, in PEM."""
    return list(_managers(instance, host).certificateManager.ListCACertificates())


def grant(instance: Any, principal: str, role: int) -> None:
    """Give a user a role (-1: Administrator) on everything."""
    content = instance.content
    permission = vim.AuthorizationManager.Permission(principal=principal, group=False, roleId=role, propagate=True)
    manager = content.authorizationManager
    before = manager.RetrieveEntityPermissions(content.rootFolder, False)  # the simulator forgets what is not repeated
    manager.SetEntityPermissions(content.rootFolder, [*before, permission])


def revoke(instance: Any, principal: str) -> None:
    """Take what `grant` gave."""
    content = instance.content
    content.authorizationManager.RemoveEntityPermission(content.rootFolder, principal, False)


def add_role(instance: Any, name: str, privileges: list[str]) -> int:
    """Make a role; gives its number."""
    return int(instance.content.authorizationManager.AddAuthorizationRole(name, privileges))


def remove_role(instance: Any, role: int) -> None:
    """Take a role away."""
    instance.content.authorizationManager.RemoveAuthorizationRole(role, False)


def set_chap(instance: Any, host: str, kind: str, mutual: str, target: str = "") -> None:
    """Set CHAP in both directions on the host's iSCSI adapter, or on one of its send targets alone."""
    storage = _managers(instance, host).storageSystem
    module = vim.host.InternetScsiHba
    adapter = next(a for a in storage.storageDeviceInfo.hostBusAdapter if isinstance(a, module))
    login = module.AuthenticationProperties(
        chapAuthEnabled=True, chapAuthenticationType=kind, mutualChapAuthenticationType=mutual
    )
    if target:
        login.chapInherited = login.mutualChapInherited = False
    targets = module.TargetSet(sendTargets=[module.SendTarget(address=target)]) if target else None
    storage.UpdateInternetScsiAuthenticationProperties(adapter.device, login, targets)
