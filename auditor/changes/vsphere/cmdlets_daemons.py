"""Cmdlets of services, clock, logs, firewall, domain and SNMP of a host."""

from collections.abc import Callable, Mapping
from typing import Any

from auditor.changes.vsphere.cmdlets_host import host
from auditor.changes.vsphere.host import Host
from auditor.changes.vsphere.plan import Refusal
from auditor.changes.vsphere.ps import Call, chosen_host, put
from auditor.changes.vsphere.selection import OPEN, Chosen, Open, listed, picked
from auditor.changes.vsphere.target import members, seen


def _get_services(call: Call) -> Chosen:
    outer = chosen_host(call)
    return Chosen("service", outer.hit, call.names("key") if call.get("key") else None, outer)


def _services(call: Call) -> tuple[Host | None, list[str]]:
    chosen = call.piped if isinstance(call.piped, Chosen) else call.first("hostservice")
    if not isinstance(chosen, Chosen):
        chosen = Chosen("service", None)
    found = host(call, chosen, "services", "listening")
    if found is None:
        return None, []
    if chosen.kind == "host":
        raise Refusal("a service is wanted, and a host was given", "Use Get-VMHostService between.")
    labels = {str(one.get("label")): key for key, one in found.services.items()}
    wanted = None
    if chosen.names is not None:
        wanted = tuple(labels.get(name.removeprefix("label:"), name.removeprefix("label:")) for name in chosen.names)
    return found, picked(found.services, wanted)


def _set_service(call: Call) -> Any:
    found, keys = _services(call)
    policy = call.get("policy")
    for key in keys if found is not None and policy is not None else ():
        put(call, f"services[{key}].policy", policy.lower() if isinstance(policy, str) else policy)
    return call.piped


def _run_service(on: bool) -> Callable[[Call], Any]:
    def act(call: Call) -> Any:
        found, keys = _services(call)
        for key in keys if found is not None else ():
            put(call, f"services[{key}].running", on)
        return call.piped

    return act


def _ntp(adds: bool) -> Callable[[Call], Any]:
    def act(call: Call) -> Any:
        found = host(call, chosen_host(call), "time.ntp_servers")
        if found is None:
            return OPEN
        before = found.get("time.ntp_servers") or []
        given = call.first("ntpserver")
        if isinstance(given, Chosen | Open) or any(isinstance(one, Open | Chosen) for one in listed(given)):
            call.plan.vague("time.ntp_servers", "which servers the line names is open")
            return OPEN
        many = [str(one) for one in listed(given)]
        for one in many:
            if adds and one in before:
                raise Refusal(f"{one[:60]!r} is an NTP server of the host already")
            if not adds and one not in before:
                raise Refusal(f"{one[:60]!r} is no NTP server of the host", f"It has {', '.join(before) or 'none'}.")
        put(call, "time.ntp_servers", [*before, *many] if adds else [one for one in before if one not in many])
        return OPEN

    return act


def _syslog(call: Call) -> Any:
    found = host(call, chosen_host(call), "advanced[Syslog.global.logHost]")
    if found is None:
        return OPEN
    server, key = call.get("syslogserver"), "advanced[Syslog.global.logHost]"
    if "syslogserver" not in call.given and call.places:
        server = next((one for one in call.places if not isinstance(one, Chosen)), None)
    if server is None:
        put(call, key, "")
    elif isinstance(server, str) and "://" in server and "syslogserverport" not in call.given:
        put(call, key, server)
    else:
        call.plan.vague(key, "how the host writes a log server without its protocol is not known")
    return OPEN


def _get_firewall(call: Call) -> Chosen:
    outer = chosen_host(call)
    names = tuple(f"label:{one}" for one in call.names("name") or ()) if call.get("name") or call.places else None
    return Chosen("firewall", outer.hit, names or None, outer)


def _set_firewall(call: Call) -> Any:
    chosen = call.piped if isinstance(call.piped, Chosen) else call.first("exception")
    found = host(call, chosen if isinstance(chosen, Chosen) else Chosen("firewall", None), "firewall")
    if found is None or not isinstance(chosen, Chosen):
        return OPEN
    sets = list(members(seen(found.props.get("config.firewall")).get("ruleset")))
    labels = [str(one.get("label")) for one in sets]
    wanted = None if chosen.names is None else tuple(one.removeprefix("label:") for one in chosen.names)
    for label in picked(labels, wanted):
        key = next((str(one.get("key")) for one in sets if one.get("label") == label), label)
        for fact, value in call.flags(enabled="enabled"):
            put(call, f"firewall.rulesets[{key}].{fact}", value)
    return OPEN


def _firewall_policy(call: Call) -> Any:
    chosen = call.piped if isinstance(call.piped, Chosen) else call.first("policy")
    found = host(call, chosen if isinstance(chosen, Chosen) else Chosen("policy", None), "firewall", "firewall_active")
    if found is not None:
        for fact, value in call.flags(allowincoming="incoming_blocked", allowoutgoing="outgoing_blocked"):
            put(call, f"firewall.{fact}", value if isinstance(value, Open) else not value)
    return OPEN


def _authentication(call: Call) -> Any:
    chosen = call.piped if isinstance(call.piped, Chosen) else Chosen("host", None)
    found = host(call, chosen, "ad", "services", "roles")
    if found is None:
        return OPEN
    if call.get("leavedomain"):
        put(call, "ad.joined", False)
    elif call.get("joindomain") or call.get("domain"):
        put(call, "ad.joined", True)
        domain = call.get("domain")
        put(call, "ad.domain", domain.upper() if isinstance(domain, str) else OPEN)
    return OPEN


def _snmp(call: Call) -> Any:
    standalone = bool(call.target.body.get("standalone"))
    found = host(call, Chosen("host", True if standalone else None), "snmp")
    if found is None:
        return OPEN
    for fact, value in call.flags(enabled="enabled"):
        put(call, f"snmp.{fact}", value)
    if "readonlycommunity" in call.given:
        put(call, "snmp.communities", listed(call.given["readonlycommunity"]))
    if "port" in call.given:
        put(call, "snmp.port", call.given["port"])
    if set(call.given) & {"addtarget", "removetarget", "traptargetcommunity", "targethost"}:
        call.plan.vague("snmp.trap_targets", "how the line changes the list is not known")
    return OPEN


def _get_of_host(kind: str) -> Callable[[Call], Chosen]:
    def act(call: Call) -> Chosen:
        outer = chosen_host(call)
        return Chosen(kind, outer.hit, of=outer)

    return act


def _ntp_list(call: Call) -> Any:
    chosen = chosen_host(call)
    found = call.target.get("time.ntp_servers") if isinstance(call.target, Host) and chosen.hit else None
    return list(found) if isinstance(found, list) else OPEN


HANDLERS: Mapping[str, Callable[[Call], Any]] = {
    "get-vmhostservice": _get_services,
    "set-vmhostservice": _set_service,
    "start-vmhostservice": _run_service(True),
    "stop-vmhostservice": _run_service(False),
    "restart-vmhostservice": _run_service(True),
    "add-vmhostntpserver": _ntp(adds=True),
    "remove-vmhostntpserver": _ntp(adds=False),
    "get-vmhostntpserver": _ntp_list,
    "set-vmhostsyslogserver": _syslog,
    "get-vmhostfirewallexception": _get_firewall,
    "set-vmhostfirewallexception": _set_firewall,
    "get-vmhostfirewalldefaultpolicy": _get_of_host("policy"),
    "set-vmhostfirewalldefaultpolicy": _firewall_policy,
    "get-vmhostauthentication": _get_of_host("authentication"),
    "set-vmhostauthentication": _authentication,
    "get-vmhostsnmp": _get_of_host("snmp"),
    "set-vmhostsnmp": _snmp,
}
