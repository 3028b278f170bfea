"""Services, clock, names, boot settings and the daemons of a host."""

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from auditor.changes.vsphere.options import REBOOT, kernel_rows
from auditor.changes.vsphere.plan import Refusal
from auditor.changes.vsphere.target import Get, Keys, Set, boolean, choice, inner, members, number, seen, texts
from auditor.collectors.vsphere.keys import ESXCLI_SINCE

if TYPE_CHECKING:
    from auditor.changes.vsphere.host import Host

_POWER = {"static": "static", "dynamic": "dynamic", "low": "low", "custom": "custom"}
MAX_KEYS = 300
_LISTEN = "which ports are listened on follows the service"


def service(host: "Host", key: str) -> dict[str, Any]:
    """A service in the evidence. Raises Refusal for one that the host does not have."""
    found = host.services.get(key)
    if found is None:
        known = ", ".join(sorted(host.services))
        raise Refusal(f"the host has no service {key[:60]!r}", f"It has {known}." if known else "")
    return found


def _running(host: "Host", keys: Keys, value: Any) -> None:
    if not host.services:
        host.unread(f"services[{keys[0]}].running")
        return
    found, on = service(host, keys[0]), boolean(value, "running")
    before, found["running"] = found.get("running"), on
    host.plan.changed(f"services[{keys[0]}].running")
    if before is on:
        return
    if keys[0] not in ("DCUI", "TSM"):  # these are no network's
        host.plan.vague("listening", _LISTEN)
    for name in found.get("ruleset") or ():
        opened = next((one.get("enabled") for one in _rulesets(host) if one.get("key") == name), on)
        if opened is not on:
            reason = f"the host may {'open' if on else 'close'} the rule set of a service that it "
            host.plan.vague(f"firewall.rulesets[{name}].enabled", reason + ("starts" if on else "stops"))
            host.plan.vague("firewall.open_ports", f"it follows from the rule set {name}")


def _rulesets(host: "Host") -> list[dict[str, Any]]:
    return list(members(seen(host.props.get("config.firewall")).get("ruleset")))


def _policy(host: "Host", keys: Keys, value: Any) -> None:
    path = f"services[{keys[0]}].policy"
    if not host.services:
        host.unread(path)
        return
    service(host, keys[0])["policy"] = choice(value, "the policy of a service", "on", "off", "automatic")
    host.plan.changed(path)


def _ntp(host: "Host", _: Keys, value: Any) -> None:
    info = host.props.get("config.dateTimeInfo")
    if not isinstance(info, dict):
        host.unread("time.ntp_servers")
        return
    inner(info, "ntpConfig")["server"] = texts(value, "time.ntp_servers")
    host.plan.changed("time.ntp_servers")


def _clock(name: str, host: "Host", _: Keys, value: Any) -> None:
    info = host.props.get("config.dateTimeInfo")
    path = f"time.{name}"
    if not isinstance(info, dict):
        host.unread(path)
        return
    if name == "enabled":
        info["enabled"] = boolean(value, path)
    elif name == "timezone":
        inner(info, "timeZone")["key"] = str(value)
    else:
        info["systemClockProtocol"] = choice(value, path, "ntp", "ptp")
    host.plan.changed(path)


def _dns(key: str, name: str, host: "Host", _: Keys, value: Any) -> None:
    path, config = f"dns.{name}", host.props.get("config.network.dnsConfig")
    if not isinstance(config, dict):
        host.unread(path)
        return
    if key in ("address", "searchDomain"):
        config[key] = texts(value, path)
    else:
        config[key] = boolean(value, path) if key == "dhcp" else str(value)
    host.plan.changed(path)
    if key == "dhcp" and value:
        for one in ("servers", "search", "hostname", "domain"):
            host.plan.vague(f"dns.{one}", "it comes by DHCP from here on")
    if key == "hostName" and host.options.value("Misc.HostName") not in (None, value):
        host.plan.vague("advanced[Misc.HostName]", "whether it follows the name of the host is not known")


def configure_kernel(host: "Host", name: str, value: Any) -> None:
    """A boot setting as the next restart takes it."""
    shown = {True: "TRUE", False: "FALSE"}.get(value, str(value)) if isinstance(value, bool) else str(value)
    for row in kernel_rows(host):
        if str(row.get("Name")).casefold() == name.casefold():
            row["Configured"] = shown
            host.plan.changed(f"kernel_settings[{row.get('Name')}].configured")
            return


def _kernel(host: "Host", keys: Keys, value: Any) -> None:
    rows = kernel_rows(host)
    row = next((one for one in rows if str(one.get("Name")).casefold() == keys[0].casefold()), None)
    path = f"kernel_settings[{keys[0]}].configured"
    if row is None and rows:
        raise Refusal(f"the kernel of the host has no setting {keys[0][:60]!r}")
    if row is None:
        host.unread(path)
        return
    configure_kernel(host, keys[0], value)
    if host.options.value(f"VMkernel.Boot.{keys[0]}") is not None:
        host.words = True
        host.options.put(f"VMkernel.Boot.{keys[0]}", str(value))
    host.plan.note(f"{keys[0]}: {REBOOT}")


def _row(command: str, field: str, path: str, kind: str, host: "Host", keys: Keys, value: Any) -> None:
    """The first row of what an esxcli command shows."""
    found = next(members(host.answers.get(command)), None)
    where = path.format(*keys)
    if found is None:
        host.unread(where)
        return
    found[field] = str(boolean(value, where)).lower() if kind == "bool" else str(value)
    host.plan.changed(where)
    if command in ESXCLI_SINCE and "tls" in command:
        host.plan.note(f"{field}: {REBOOT}")


def _fips(host: "Host", keys: Keys, value: Any) -> None:
    if keys[0] not in ("ssh", "rhttpproxy"):
        raise Refusal(f"there is no FIPS switch {keys[0][:40]!r}", "Known are ssh and rhttpproxy.")
    _row(f"system.security.fips140.{keys[0]}.get", "Enabled", f"fips[{keys[0]}]", "bool", host, keys, value)


def _sshd(host: "Host", keys: Keys, value: Any) -> None:
    path, rows = f"sshd[{keys[0].lower()}]", host.answers.get("system.ssh.server.config.list")
    if not isinstance(rows, list) or not rows:
        host.unread(path)
        return
    for row in members(rows):
        if str(row.get("Key")).lower() == keys[0].lower():
            row["Value"] = str(value)
            break
    else:
        if len(rows) >= MAX_KEYS:
            raise Refusal(f"more than {MAX_KEYS} settings of SSH")
        rows.append({"Key": keys[0].lower(), "Value": str(value)})
    host.plan.changed(path)


def _encryption(name: str, key: str, host: "Host", _: Keys, value: Any) -> None:
    path, state = f"boot.{name}", host.props.get("runtime.stateEncryption")
    if not isinstance(state, dict):
        host.unread(path)
        return
    if key == "protectionMode":
        if str(value).lower() == "tpm" and host.props.get("capability.tpmSupported") is False:
            raise Refusal("the host has no TPM, so that its configuration cannot be sealed with one")
        state[key] = choice(str(value).lower(), path, "none", "tpm")
    else:
        if boolean(value, path) and str(state.get("protectionMode")).lower() == "none":
            raise Refusal(f"{path} needs the encryption mode TPM first", "Set the mode in the same line or before.")
        if value and key == "requireSecureBoot" and host.props.get("capability.uefiSecureBoot") is False:
            raise Refusal("the host did not start with UEFI Secure Boot, which it would then demand")
        state[key] = value
    host.plan.changed(path)


def _power(host: "Host", _: Keys, value: Any) -> None:
    info = host.props.get("config.powerSystemInfo")
    if not isinstance(info, dict):
        host.unread("power_policy")
        return
    inner(info, "currentPolicy")["shortName"] = choice(value, "power_policy", *_POWER)
    host.plan.changed("power_policy")


def _maintenance(host: "Host", _: Keys, value: Any) -> None:
    host.props["runtime.inMaintenanceMode"] = boolean(value, "state.maintenance")
    host.plan.changed("state.maintenance")
    host.plan.note("machines leave a host in maintenance mode: vMotion and DRS move them, or the task waits")


def _snmp(name: str, key: str, host: "Host", _: Keys, value: Any) -> None:
    path, agent = f"snmp.{name}", host.calls.get("snmp")
    if not isinstance(agent, dict):
        host.unread(path)
        return
    if name == "trap_targets":
        agent[key] = [_trap(one) for one in texts(value, path)]
    elif name == "communities":
        agent[key] = texts(value, path)
    else:
        agent[key] = boolean(value, path) if name == "enabled" else number(value, path, 1, 65535)
    host.plan.changed(path)


def _trap(text: str) -> dict[str, Any]:
    """`HOST:PORT`, perhaps with `/COMMUNITY` behind."""
    place, _, community = text.partition("/")
    name, _, port = place.rpartition(":")
    if not name or not port.isdigit() or len(port) > 5:
        raise Refusal(f"{place[:80]!r} is no HOST:PORT")
    return {"hostName": name, "port": int(port), "community": community}


def _membership(host: "Host") -> dict[str, Any] | None:
    stores = members(seen(host.props.get("config.authenticationManagerInfo")).get("authConfig"))
    return next((one for one in stores if one.get("_type") == "HostActiveDirectoryInfo"), None)


def _joined(host: "Host", _: Keys, value: Any) -> None:
    store = _membership(host)
    if store is None:
        host.unread("ad.joined")
        return
    store["enabled"] = boolean(value, "ad.joined")
    if not value:
        store["joinedDomain"] = ""
    host.plan.changed("ad.joined")
    host.plan.vague("ad.membership", "the host tells it after it has spoken with the domain")
    if "lwsmd" in host.services:
        for name in ("running", "policy"):
            host.plan.vague(f"services[lwsmd].{name}", "joining and leaving a domain starts and stops its service")
        host.plan.vague("listening", _LISTEN)


def _domain(host: "Host", _: Keys, value: Any) -> None:
    store = _membership(host)
    if store is None:
        host.unread("ad.domain")
        return
    store["joinedDomain"] = str(value)
    host.plan.changed("ad.domain")


def _ntp_servers(host: "Host", _: Keys) -> Any:
    return list(seen(seen(host.props.get("config.dateTimeInfo")).get("ntpConfig")).get("server") or ())


def _dns_list(key: str, host: "Host", _: Keys) -> Any:
    return list(seen(host.props.get("config.network.dnsConfig")).get(key) or ())


_TLS = "system.tls.server.get"
_DNS = {"servers": "address", "search": "searchDomain", "hostname": "hostName", "domain": "domainName", "dhcp": "dhcp"}
_STATE = {
    "encryption_mode": "protectionMode",
    "require_secure_boot": "requireSecureBoot",
    "require_exec_installed_only": "requireExecInstalledOnly",
}
_AGENT = {"enabled": "enabled", "port": "port", "communities": "readOnlyCommunities", "trap_targets": "trapTargets"}
SETS: Mapping[str, Set] = {
    "services[*].running": _running,
    "services[*].policy": _policy,
    "time.ntp_servers": _ntp,
    **{f"time.{name}": partial(_clock, name) for name in ("enabled", "timezone", "protocol")},
    **{f"dns.{name}": partial(_dns, key, name) for name, key in _DNS.items()},
    **{f"boot.{name}": partial(_encryption, name, key) for name, key in _STATE.items()},
    **{f"snmp.{name}": partial(_snmp, name, key) for name, key in _AGENT.items()},
    "kernel_settings[*].configured": _kernel,
    "tls_profile_configured": partial(_row, _TLS, "Profile", "tls_profile_configured", "text"),
    "key_persistence": partial(_row, "system.security.keypersistence.get", "Enabled", "key_persistence", "bool"),
    "fips[*]": _fips,
    "sshd[*]": _sshd,
    "power_policy": _power,
    "state.maintenance": _maintenance,
    "ad.joined": _joined,
    "ad.domain": _domain,
}
GETS: Mapping[str, Get] = {
    "time.ntp_servers": _ntp_servers,
    "dns.servers": partial(_dns_list, "address"),
    "dns.search": partial(_dns_list, "searchDomain"),
}
