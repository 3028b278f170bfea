"""Changes of a simulated host and vCenter, each with the way back: what the flip tests of ESXi are made of."""

from collections.abc import Callable
from typing import Any

from tests.flips.vsphere_estate import HOST, Peer
from tests.simulators.vsphere import access_changes, changes

vim = changes.vim
Change = Callable[[Peer], Callable[[], Any]]  # makes the change; what it returns takes it back


def option(key: str, value: Any) -> Change:
    """Another value of an advanced option of the host."""

    def change(peer: Peer) -> Callable[[], Any]:
        before = peer.look()["esxi"].facts["advanced"][key]
        changes.set_option(peer.instance, HOST, key, value)
        return lambda: changes.set_option(peer.instance, HOST, key, before)

    return change


def setting(key: str, value: Any) -> Change:
    """Another value of a setting of the vCenter."""

    def put(peer: Peer, new: Any) -> None:
        peer.instance.content.setting.UpdateOptions([vim.option.OptionValue(key=key, value=new)])

    def change(peer: Peer) -> Callable[[], Any]:
        before = peer.look()["vcenter"].facts["settings"][key]
        put(peer, value)
        return lambda: put(peer, before)

    return change


def started(key: str) -> Change:
    """A service runs."""

    def change(peer: Peer) -> Callable[[], Any]:
        changes.start_service(peer.instance, HOST, key)
        return lambda: changes.stop_service(peer.instance, HOST, key)

    return change


def stopped(key: str) -> Change:
    """A service does not run."""

    def change(peer: Peer) -> Callable[[], Any]:
        changes.stop_service(peer.instance, HOST, key)
        return lambda: changes.start_service(peer.instance, HOST, key)

    return change


def policy(key: str, new: str, old: str) -> Change:
    """When a service starts."""

    def change(peer: Peer) -> Callable[[], Any]:
        changes.set_service_policy(peer.instance, HOST, key, new)
        return lambda: changes.set_service_policy(peer.instance, HOST, key, old)

    return change


def cli(command: str, field: str, value: str, key: str = "", name: str = "") -> Change:
    """One field of what esxcli answers; of the row where `key` is `name` when the answer is a list."""

    def change(peer: Peer) -> Callable[[], Any]:
        before = peer.esxcli[command]
        rows = before if isinstance(before, list) else [before]
        after = [{**row, field: value} if row.get(key, "") == name else row for row in rows]
        answer = after if isinstance(before, list) else after[0]
        peer.sim.control("esxcli", host=HOST, key=command, answer=answer)
        return lambda: peer.sim.control("esxcli", host=HOST, key=command, answer=before)

    return change


def ssh(key: str, value: str) -> Change:
    """A setting of the SSH daemon."""
    return cli("system.ssh.server.config.list", "Value", value, "Key", key)


def kernel(name: str, field: str, value: str) -> Change:
    """A boot setting, as it runs or as it is set."""
    return cli("system.settings.kernel.list", field, value, "Name", name)


def lockdown(mode: str, exceptions: list[str]) -> Change:
    """Lockdown mode and its exceptions."""

    def change(peer: Peer) -> Callable[[], Any]:
        changes.set_lockdown(peer.instance, HOST, mode, exceptions)
        return lambda: changes.set_lockdown(peer.instance, HOST, "lockdownNormal", [])

    return change


def ntp(*servers: str) -> Change:
    """The NTP servers."""

    def change(peer: Peer) -> Callable[[], Any]:
        before = peer.look()["esxi"].facts["time"]["ntp_servers"]
        changes.set_ntp(peer.instance, HOST, list(servers))
        return lambda: changes.set_ntp(peer.instance, HOST, before)

    return change


def default_policy(**blocked: bool) -> Change:
    """What the firewall does with what no rule set names."""

    def change(peer: Peer) -> Callable[[], Any]:
        access_changes.set_firewall_default(peer.instance, HOST, **blocked)
        return lambda: access_changes.set_firewall_default(peer.instance, HOST, incoming=True, outgoing=True)

    return change


def ruleset(key: str, enabled: bool, all_ip: bool, before: bool) -> Change:
    """A rule set of the firewall."""

    def change(peer: Peer) -> Callable[[], Any]:
        changes.set_ruleset(peer.instance, HOST, key, enabled=enabled, all_ip=all_ip)
        return lambda: changes.set_ruleset(peer.instance, HOST, key, enabled=before, all_ip=False)

    return change


def acceptance(peer: Peer) -> Callable[[], Any]:
    """Unsigned packages are accepted."""
    changes.set_acceptance(peer.instance, HOST, "community")
    return lambda: changes.set_acceptance(peer.instance, HOST, "partner")


def access(principal: str, mode: str, before: str) -> Change:
    """What a principal may do on the host."""

    def change(peer: Peer) -> Callable[[], Any]:
        access_changes.set_access(peer.instance, HOST, principal, mode)
        return lambda: access_changes.set_access(peer.instance, HOST, principal, before)

    return change


def snmp(*communities: str) -> Change:
    """An SNMP agent that runs, with these communities."""

    def change(peer: Peer) -> Callable[[], Any]:
        access_changes.set_snmp(peer.instance, HOST, True, list(communities))
        return lambda: access_changes.set_snmp(peer.instance, HOST, False, [])

    return change


def attestation(peer: Peer) -> Callable[[], Any]:
    """vCenter does not accept the TPM's report."""
    peer.sim.control("attestation", host=HOST, state="notAccepted")
    return lambda: peer.sim.control("attestation", host=HOST, state="accepted")


def plug_in(peer: Peer) -> Callable[[], Any]:
    """One more plug-in is registered."""
    changes.register_extension(peer.instance, "test.example.unknown", "Nobody")
    return lambda: changes.unregister_extension(peer.instance, "test.example.unknown")


def administrator(peer: Peer) -> Callable[[], Any]:
    """One more user is administrator of everything."""
    access_changes.grant(peer.instance, "EXAMPLE\\visitor", -1)
    return lambda: access_changes.revoke(peer.instance, "EXAMPLE\\visitor")


def crypto_role(peer: Peer) -> Callable[[], Any]:
    """One more role may decrypt machines."""
    role = access_changes.add_role(peer.instance, "Operators", ["Cryptographer.Access"])
    return lambda: access_changes.remove_role(peer.instance, role)


def chap(kind: str, mutual: str, target: str = "") -> Change:
    """What the iSCSI adapter, or one of its targets alone, asks for."""

    def change(peer: Peer) -> Callable[[], Any]:
        access_changes.set_chap(peer.instance, HOST, kind, mutual, target)
        return lambda: access_changes.set_chap(peer.instance, HOST, "chapRequired", "chapRequired", target)

    return change
