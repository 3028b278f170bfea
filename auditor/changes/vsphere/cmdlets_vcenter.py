"""Cmdlets of advanced settings (of hosts, machines and vCenters), permissions, roles and clusters."""

from collections.abc import Callable, Mapping
from typing import Any

from auditor.changes.vsphere.host import Host
from auditor.changes.vsphere.ps import Call, chosen_host, flag, host_named, inside, own_name, put
from auditor.changes.vsphere.selection import OPEN, Chosen, Open, listed, picked
from auditor.changes.vsphere.target import inner
from auditor.changes.vsphere.vcenter import Machine, VCenter, grant, set_cluster

_AUTOMATION = {"fullyautomated": "fullyAutomated", "partiallyautomated": "partiallyAutomated", "manual": "manual"}


def _entity(call: Call) -> Chosen:
    if isinstance(call.piped, Chosen):
        return call.piped
    found = call.get("entity")
    if isinstance(found, list) and len(found) == 1:
        found = found[0]
    if isinstance(found, Chosen):
        return found
    if isinstance(found, str):
        return host_named(call, (found,))
    return Chosen("?", None)


def _get_setting(call: Call) -> Chosen:
    entity = _entity(call)
    names = call.given.get("name") if "name" in call.given else next(
        (one for one in call.places if isinstance(one, str | list)), None)  # fmt: skip
    found = tuple(str(one) for one in listed(names) if isinstance(one, str))
    is_open = any(isinstance(one, Open) for one in listed(names))
    hit = None if is_open and entity.hit else entity.hit
    return Chosen("setting", hit, found if found and not is_open else None, entity)


def _set_setting(call: Call) -> Any:
    chosen = call.piped if isinstance(call.piped, Chosen) else call.first("advancedsetting")
    if not isinstance(chosen, Chosen):
        chosen = Chosen("setting", None)
    _apply(call, chosen, call.get("value"))
    return OPEN


def _new_setting(call: Call) -> Any:
    entity = _entity(call)
    name = call.get("name")
    chosen = Chosen("setting", entity.hit if isinstance(name, str) else None, (str(name),), entity)
    _apply(call, chosen, call.get("value"))
    return OPEN


def _old_setting(call: Call) -> Any:
    """`Set-VMHostAdvancedConfiguration -VMHost X -Name N -Value V`, of PowerCLI 4 and 5."""
    entity, name = chosen_host(call), call.get("name")
    hit = entity.hit if isinstance(name, str) else None
    _apply(call, Chosen("setting", hit, (str(name),), Chosen("host", entity.hit, of=entity)), call.get("value"))
    return OPEN


def _apply(call: Call, chosen: Chosen, value: Any) -> None:
    kind, target = chosen.of.kind if chosen.of is not None else "?", call.target
    if isinstance(target, Host):
        if kind not in ("host", "?"):
            call.plan.note("this line is for a setting of something else; here it changes nothing")
            return
        paths = [f"advanced[{target.options.spelt(name)}]" for name in chosen.names or ()]
        if not call.hits(chosen, *(paths or ["advanced"])):
            return
        target.words = True
        known = [str(key) for key in target.props.get("config.option") or ()] + [
            str(key) for key in target.body.get("options") or ()
        ]
        for key in picked(known, chosen.names):
            put(call, f"advanced[{key}]", value)
    elif isinstance(target, VCenter):
        if kind not in ("server", "?"):
            call.plan.note("this line is for a setting of something else; here it changes nothing")
            return
        if call.hits(chosen, "settings"):
            target.words = True
            for key in picked([str(key) for key in target.body.get("settings") or ()], chosen.names):
                put(call, f"settings[{key}]", value)
    elif isinstance(target, Machine) and kind in ("vm", "?"):
        if call.hits(chosen, "extra_config"):
            known = [str(key) for key in target.props.get("config.extraConfig") or ()]
            for key in picked(known, chosen.names):
                put(call, f"extra_config[{key}]", value)
    else:
        call.plan.note("this line is for a setting of something else; here it changes nothing")


def _get_machine(call: Call) -> Chosen:
    own, names = own_name(call.target, "vm"), listed(call.first("name"))
    from auditor.changes.vsphere.selection import any_match

    outer = call.piped if isinstance(call.piped, Chosen) else None
    hit = any_match(own, names) if own and names else bool(own)
    return Chosen(
        "vm",
        inside(outer, hit) if outer is None else (None if hit else False),
        about=str(call.first("name") or "")[:80],
    )


def _connected(call: Call) -> Chosen:
    return Chosen("server")


def _permission(call: Call) -> Any:
    principal, role = call.get("principal"), call.get("role")
    if isinstance(call.target, Host):
        call.plan.note("permissions of a vCenter are no facts of a host")
    elif isinstance(call.target, VCenter):
        if isinstance(principal, str) and isinstance(role, str):
            if role.lower() in ("admin", "administrator"):
                grant(call.target, principal, -1, False)
            else:
                call.plan.note(f"{principal} gets the role {role}, which is not that of administrators")
        else:
            call.plan.vague("authorization.admins", "who gets which role is open")
    return OPEN


def _open(*paths: str) -> Callable[[Call], Any]:
    def act(call: Call) -> Any:
        if isinstance(call.target, VCenter):
            for path in paths:
                call.plan.vague(path, f"what {call.name} leaves is not foretold")
        else:
            call.plan.note(f"{call.name} is for a vCenter; here it changes nothing")
        return OPEN

    return act


def _set_cluster(call: Call) -> Any:
    chosen = call.piped if isinstance(call.piped, Chosen) else call.first("cluster")
    name = chosen.about if isinstance(chosen, Chosen) else chosen
    facts = dict(call.flags(haenabled="ha", drsenabled="drs", haadmissioncontrolenabled="ha_admission_control"))
    if isinstance(level := call.get("drsautomationlevel"), str):
        facts["drs_behavior"] = _AUTOMATION.get(level.lower(), level)
    if isinstance(call.target, VCenter) and isinstance(name, str):
        known = [
            str(one["props"].get("name"))
            for one in call.target.body.get("clusters") or ()
            if isinstance(one.get("props"), dict)
        ]
        for cluster in picked(known, (name or "*",)):
            for fact, value in facts.items():
                put(call, f"clusters[{cluster}].{fact}", value)
    elif isinstance(call.target, Host) and own_name(call.target, "cluster"):
        found = chosen if isinstance(chosen, Chosen) else Chosen("cluster", None)
        if call.hits(found, "cluster"):
            for fact, value in facts.items():
                if isinstance(value, Open) or call.plan.doubt:
                    call.plan.vague(f"cluster.{fact}", "its value is open")
                else:
                    set_cluster(inner(call.target.body["cluster"], "props", "configurationEx"), fact, value)
                    call.plan.changed(f"cluster.{fact}")
    return chosen


HANDLERS: Mapping[str, Callable[[Call], Any]] = {
    "get-advancedsetting": _get_setting,
    "set-advancedsetting": _set_setting,
    "new-advancedsetting": _new_setting,
    "set-vmhostadvancedconfiguration": _old_setting,
    "get-vm": _get_machine,
    "connect-viserver": _connected,
    "new-vipermission": _permission,
    "set-vipermission": _open("authorization.admins"),
    "remove-vipermission": _open("authorization.admins"),
    "new-virole": _open("authorization.roles", "authorization.crypto_roles"),
    "set-virole": _open("authorization.roles", "authorization.crypto_roles"),
    "remove-virole": _open("authorization.roles", "authorization.crypto_roles", "authorization.admins"),
    "set-cluster": _set_cluster,
}
__all__ = ["HANDLERS", "flag"]
