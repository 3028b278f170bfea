"""The vCenter itself and its distributed switches."""

from collections.abc import Callable
from typing import Any

from pyVmomi import vim, vmodl

from auditor.collectors.vsphere.clock import OutOfTime
from auditor.collectors.vsphere.dvports import differing_ports
from auditor.collectors.vsphere.events import EventLog
from auditor.collectors.vsphere.extensions import extensions
from auditor.collectors.vsphere.hostcalls import NO_SUCH_OPTION, query_option
from auditor.collectors.vsphere.inventory import Listing, filter_for, retrieve
from auditor.collectors.vsphere.keys import VCENTER_KEYS
from auditor.collectors.vsphere.operations import group_places
from auditor.collectors.vsphere.packed import FORMAT, Packed
from auditor.collectors.vsphere.privileges import lacking
from auditor.collectors.vsphere.redact import redact_options
from auditor.collectors.vsphere.schema import SETTINGS
from auditor.collectors.vsphere.schema_dvs import PORT_GROUP, SWITCH
from auditor.collectors.vsphere.session import BROKEN, Session
from auditor.collectors.vsphere.soap import explain
from auditor.collectors.vsphere.walk import Content, Walk
from auditor.collectors.vsphere.wire import TooBig
from auditor.domain import Failure, Source

_vim: Any = vim
_SWITCHES_A_CHUNK = 5
_GROUPS_A_CHUNK = 50
_ABOUT = ("name", "fullName", "vendor", "version", "build", "osType", "apiVersion", "apiType", "instanceUuid")
_NOT_READ = "the deadline of the source came before it was read"


def read(
    session: Session, source: Source, listing: Listing, into: list[Packed | Failure], log: EventLog | None = None
) -> None:
    """Append a capture or a failure for the vCenter and each switch.

    Raises Lost; and OutOfTime, when failures stand for those not read.
    """
    pending = {source.name: "vcenter", **{name: "dvs" for name, _ in listing.switches.values()}}
    try:
        into.append(_vcenter(session, source, listing, log))
        pending.pop(source.name)
        for item in _switches(session, source, listing):
            into.append(item)
            pending.pop(str(item.target), None)
    except OutOfTime:
        into += [Failure(source.name, _NOT_READ, name, platform, "timeout") for name, platform in pending.items()]
        raise


def _vcenter(session: Session, source: Source, listing: Listing, log: EventLog | None) -> Packed:
    errors: dict[str, str] = {}
    content = session.content

    def part(name: str, manager: str, work: Callable[[Any], Any]) -> Any:
        try:
            return session.attempt(lambda: work(_manager(content, manager)), tries=2)
        except vim.fault.NotAuthenticated:
            raise
        except vim.fault.NoPermission as fault:
            errors[name] = f"needs the privilege {fault.privilegeId} at the root, which the account lacks"
        except (*BROKEN, OutOfTime, TooBig, vmodl.MethodFault, ValueError) as problem:
            if session.deadline.remaining() <= 0:
                raise OutOfTime from problem
            errors[name] = str(problem) if isinstance(problem, ValueError) else explain(problem)[1]
        return None

    connected = [moid for moid, host in listing.hosts.items() if host.state == "connected"]
    settings = part("settings", "setting", lambda manager: _settings(session, manager)) or {}
    absent = []
    if "settings" not in errors:
        have = {key.casefold() for key in settings}
        for key in VCENTER_KEYS:
            if key.casefold() not in have:
                found = part(f"setting {key}", "setting", query_option(key))
                if found is NO_SUCH_OPTION:
                    absent.append(key)
                elif found is not None:
                    settings[key] = found
    body = {
        "format": FORMAT,
        "about": {name: _plain(getattr(content.about, name, None)) for name in _ABOUT},
        "settings": redact_options(settings),
        "settings_absent": absent,
        "clusters": list(listing.clusters.values()),
        "datastores": list(listing.datastores.values()),
        "roles": part("roles", "authorizationManager", _roles),
        "permissions": part("permissions", "authorizationManager", _permissions),
        "lacking": part("lacking", "authorizationManager", lambda manager: lacking(session, manager, connected)),
        "extensions": part("extensions", "extensionManager", lambda manager: extensions(session, manager)),
        "population": {
            "hosts": len(listing.hosts),
            "not_connected": sorted(host.name for host in listing.hosts.values() if host.state != "connected"),
            "switches": len(listing.switches),
            "vms": listing.vms,
        },
        "errors": errors,
        **(log.of(_vim.Folder, str(content.rootFolder._moId)) if log else {}),
    }
    return Packed.of(source.name, "vcenter", body)


def _manager(content: Any, name: str) -> Any:
    """A manager of the service content. Raises ValueError when the server offers none."""
    found = getattr(content, name, None)
    if found is None:
        raise ValueError(f"the server offers no {name}")
    return found


def _settings(session: Session, manager: Any) -> dict[str, Any]:
    found = retrieve(
        session, filter_for(_vim.option.OptionManager, [manager._moId], ["setting"]), {"OptionManager": SETTINGS}, 1
    )
    if found and "setting" in found[0]["errors"]:
        raise ValueError(found[0]["errors"]["setting"])
    options: dict[str, Any] = found[0]["props"].get("setting", {}) if found else {}
    return options


def _roles(manager: Any) -> list[dict[str, Any]]:
    return [
        {
            "id": int(r.roleId),
            "name": str(r.name),
            "system": bool(r.system),
            "privileges": [str(p) for p in r.privilege],
        }
        for r in manager.roleList
    ]


def _permissions(manager: Any) -> list[dict[str, Any]]:
    return [
        {"principal": str(p.principal), "group": bool(p.group), "role": int(p.roleId), "propagate": bool(p.propagate)}
        for p in manager.RetrieveAllPermissions()
    ]


def _switches(session: Session, source: Source, listing: Listing) -> "list[Packed | Failure]":
    if not listing.switches:
        return []
    out: list[Packed | Failure] = []
    groups: list[Content] = []
    lost_groups: dict[str, tuple[str, str]] = {}
    walk = Walk(session, _vim.dvs.DistributedVirtualPortgroup, "DistributedVirtualPortgroup", PORT_GROUP)
    for found, failed in walk.chunks(listing.port_groups, _GROUPS_A_CHUNK):
        groups += found
        lost_groups.update(failed)
    for kind in (_vim.dvs.VmwareDistributedVirtualSwitch, _vim.DistributedVirtualSwitch):
        wsdl_name = kind.__name__.rpartition(".")[2]
        mine = [moid for moid, (_, found_type) in listing.switches.items() if found_type == wsdl_name]
        walk = Walk(session, kind, wsdl_name, SWITCH)
        for found, failed in walk.chunks(mine, _SWITCHES_A_CHUNK):
            out += [
                Failure(source.name, reason, listing.switches[moid][0], "dvs", how)
                for moid, (how, reason) in failed.items()
            ]
            out += [_switch(session, item, listing, groups, lost_groups) for item in found]
    return out


def _switch(
    session: Session, item: Content, listing: Listing, groups: list[Content], lost: dict[str, tuple[str, str]]
) -> Packed:
    members = (item["props"].get("summary") or {}).get("hostMember", [])
    mine = [group for group in groups if _owner(group) == item["id"]]
    ours = item["type"] == "VmwareDistributedVirtualSwitch"
    listing.dv_groups |= group_places(listing.switches[item["id"]][0], item["props"].get("config") or {}, mine)
    body = {
        "format": FORMAT,
        "moid": item["id"],
        "type": item["type"],
        "props": item["props"],
        "errors": item["errors"],
        "hosts": sorted(listing.hosts[moid].name for moid in members if moid in listing.hosts),
        "groups": mine,
        "ports": differing_ports(session, item["id"], mine) if ours else {},
        "unread_groups": {moid: reason for moid, (_, reason) in lost.items()},
        "ownerless_groups": [group["id"] for group in groups if not _owner(group)],
    }
    return Packed.of(listing.switches[item["id"]][0], "dvs", body)


def _owner(group: Content) -> str:
    return str((group["props"].get("config") or {}).get("distributedVirtualSwitch") or "")


def _plain(value: Any) -> str | None:
    return None if value is None else str(value)
