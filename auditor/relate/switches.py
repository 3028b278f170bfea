"""A Nexus 1000v appears twice: as a distributed switch in vCenter and as its supervisor.

The two are joined by the uuid of the switch, and the modules of the supervisor with hosts by the uuid of the machine.
"""

from collections.abc import Mapping
from typing import Any

from auditor.relate.draft import Draft, Drafts, some


def join(drafts: Drafts) -> None:
    """Join supervisors with their switches, their modules with hosts, and find supervisors that share a domain."""
    switches = {key: d for d in drafts.of("dvs") if (key := digits(d.fact("uuid")))}
    supervisors = list(drafts.of("nexus1000v"))
    for supervisor in supervisors:
        _domain(supervisor, supervisors, drafts)
        keys = _switch_keys(supervisor)
        found = next((switches[key] for key in keys if key in switches), None)
        if found is None:
            for name in ("switch", "modules", "hosts_without_module"):
                supervisor.gap(name, _why_not_joined(supervisor, keys, drafts))
            continue
        found.part_of = supervisor.target.name
        found.put("supervisor", supervisor.target.name, f"switch uuid in vCenter and on {supervisor.target.name}")
        _modules(supervisor, found, drafts)
    for switch in drafts.of("dvs"):
        if switch.fact("nexus1000v") and "supervisor" not in switch.facts:
            switch.gap("supervisor", "no supervisor of this run names the uuid of this switch")


def digits(uuid: Any) -> str:
    """A uuid as its 32 hexadecimal digits in small letters: supervisors write it with blanks and one dash."""
    text = "".join(c for c in str(uuid or "").lower() if c in "0123456789abcdef")
    return text if len(text) == 32 else ""


def _switch_keys(supervisor: Draft) -> list[str]:
    connections = supervisor.fact("svs", "connections") or {}
    return [key for one in connections.values() if (key := digits(one.get("dvs_uuid")))]


def _why_not_joined(supervisor: Draft, keys: list[str], drafts: Drafts) -> str:
    if reason := supervisor.gap_at("svs", "svs.connections"):
        return reason
    if not keys:
        return "the supervisor names no switch uuid: it has no connection to a vCenter"
    unread = [target.name for target in drafts.unread("vcenter", "dvs")]
    return f"not read: {some(unread)}" if unread else "no vCenter of this run has the switch of this supervisor"


def _modules(supervisor: Draft, switch: Draft, drafts: Drafts) -> None:
    where = f"modules of {supervisor.target.name}, hosts and switch {switch.target.name} of {switch.target.source}"
    supervisor.put("switch", switch.target.name, where)
    hosts = {
        key: draft
        for draft in drafts.of("esxi")
        if draft.target.source == switch.target.source and (key := digits(draft.fact("hardware", "uuid")))
    }
    unread = [target.name for target in drafts.unread("esxi", source=switch.target.source)]
    members = set(switch.fact("hosts") or ())
    supervisor.put("modules", {}, where)
    if reason := supervisor.gap_at("modules"):
        supervisor.gap("modules", reason)
        supervisor.gap("hosts_without_module", reason)
        return
    joined: set[str] = set()
    for slot, module in (supervisor.fact("modules") or {}).items():
        if not module.get("vem"):
            continue
        host = hosts.get(digits(module.get("server_uuid")))
        if host is None and unread:
            supervisor.gap(f"modules[{slot}]", f"its host may be one that was not read: {some(unread)}")
            continue
        supervisor.facts["modules"][slot] = _seen(host, members)
        if host is not None:
            joined.add(host.target.name)
    _missing(supervisor, switch, members - joined, set(unread), where)


def _seen(host: Draft | None, members: set[str]) -> Mapping[str, Any]:
    if host is None:
        return {"known": False, "member": False}
    return {"host": host.target.name, "known": True, "member": host.target.name in members}


def _missing(supervisor: Draft, switch: Draft, without: set[str], unread: set[str], where: str) -> None:
    """Members of the switch without a module; a member that was not read may have one."""
    reason = switch.gap_at("hosts")
    if reason or (unread & without and not without - unread):
        supervisor.gap("hosts_without_module", reason or f"not read: {some(sorted(unread & without))}")
    else:
        supervisor.put("hosts_without_module", sorted(without - unread), where)


def _domain(supervisor: Draft, supervisors: list[Draft], drafts: Drafts) -> None:
    own = supervisor.fact("svs", "domain_id")
    if own is None:
        supervisor.gap("same_domain", supervisor.gap_at("svs") or "the supervisor names no domain")
        return
    others = [d.target.name for d in supervisors if d is not supervisor and d.fact("svs", "domain_id") == own]
    unread = [target.name for target in drafts.unread("nexus1000v")]
    if unread and not others:
        supervisor.gap("same_domain", f"not read: {some(unread)}")
    else:
        supervisor.put("same_domain", sorted(others), f"domain ids of {len(supervisors)} supervisors of this run")
