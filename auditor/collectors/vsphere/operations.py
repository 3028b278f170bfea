"""Calls for what the operation of hosts asks for: clocks, image profiles, licences."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from pyVmomi import vim, vmodl

from auditor.collectors.vsphere import dvs_policy
from auditor.collectors.vsphere.clock import OutOfTime
from auditor.collectors.vsphere.inventory import Listing
from auditor.collectors.vsphere.session import BROKEN, Session
from auditor.collectors.vsphere.soap import explain
from auditor.collectors.vsphere.walk import Content
from auditor.collectors.vsphere.wire import TooBig

_HOST_EDITIONS = ("esx", "eval")
SLOWEST = 20.0  # seconds that the answer of a clock may take: it is known to half of that


def clock(system: Any) -> dict[str, Any]:
    """{"offset": seconds that the host's clock is ahead of ours, "known_to": seconds}. Raises ValueError."""
    before = datetime.now(UTC)
    shown = system.QueryDateTime()
    after = datetime.now(UTC)
    took = (after - before).total_seconds()
    if took > SLOWEST:
        raise ValueError(f"the answer took {took:.0f} s: too long to compare clocks")
    if not isinstance(shown, datetime):
        raise ValueError("no time came back")
    shown = shown if shown.tzinfo else shown.replace(tzinfo=UTC)
    return {"offset": round((shown - before).total_seconds() - took / 2, 1), "known_to": round(took / 2, 1)}


def image_profile(manager: Any) -> dict[str, str]:
    """{"name": ..., "vendor": ...} of the host's image. Raises ValueError."""
    profile = manager.HostImageConfigGetProfile()
    if profile is None or not profile.name:
        raise ValueError("no image profile came back")
    return {"name": str(profile.name), "vendor": str(profile.vendor or "")}


def licences(session: Session, standalone: bool) -> dict[str, Any]:
    """{"by_host": {host id, "" for the one host: {"edition", "name"}}, "error": reason}; keys are not kept."""
    try:
        found = session.attempt(lambda: _own(session) if standalone else _assigned(session), tries=2)
    except vim.fault.NotAuthenticated:
        raise
    except vim.fault.NoPermission as fault:
        return {"by_host": {}, "error": f"needs the privilege {fault.privilegeId} at the root, which the account lacks"}
    except (*BROKEN, OutOfTime, TooBig, vmodl.MethodFault, AttributeError) as problem:
        if session.deadline.remaining() <= 0:
            raise OutOfTime from problem
        if isinstance(problem, AttributeError):
            return {"by_host": {}, "error": "the server offers no licence manager"}
        return {"by_host": {}, "error": explain(problem)[1]}
    return {"by_host": found, "error": "" if found else "no licence came back: the account may not see them"}


def _assigned(session: Session) -> dict[str, Any]:
    manager = session.content.licenseManager.licenseAssignmentManager
    found: dict[str, Any] = {}
    for one in manager.QueryAssignedLicenses() or ():
        shown = _shown(one.assignedLicense)
        if str(one.entityId) not in found or shown["edition"].startswith(_HOST_EDITIONS):
            found[str(one.entityId)] = shown  # beside that of the host, one for an add-on may be assigned
    return found


def _own(session: Session) -> dict[str, Any]:
    every = session.content.licenseManager.licenses or ()
    found = [one for one in every if str(one.editionKey).startswith(_HOST_EDITIONS)]
    return {"": _shown(found[0])} if found else {}


def _shown(licence: Any) -> dict[str, str]:
    return {"edition": str(licence.editionKey or ""), "name": str(licence.name or "")}


def group_places(switch: str, config: Mapping[str, Any], groups: list[Content]) -> dict[str, dict[str, Any]]:
    """{group key: {"name", "switch", "vlan"}}: what a host cannot say of the distributed groups it is in."""
    out = {}
    for group in groups:
        mine = group["props"].get("config") or {}
        levels = [mine.get("defaultPortConfig") or {}, config.get("defaultPortConfig") or {}]
        found = dvs_policy.vlan(levels, {})
        out[str(mine.get("key") or group["id"])] = {
            "name": str(mine.get("name") or group["props"].get("name") or ""),
            "switch": switch,
            "vlan": found.get("id"),
        }
    return out


def beside(listing: Listing, moid: str, props: Mapping[str, Any], standalone: bool) -> dict[str, Any]:
    """What is known of a host from elsewhere: its datastores, distributed groups of its adapters, its licence."""
    stores = {}
    for reference in props.get("datastore") or []:
        known = (listing.datastores.get(reference) or {}).get("props") or {}
        if known.get("name"):
            stores[str(known["name"])] = {
                "type": known.get("summary.type"),
                "shared": known.get("summary.multipleHostAccess"),
            }
    used = [
        ((nic.get("spec") or {}).get("distributedVirtualPort") or {}).get("portgroupKey")
        for nic in props.get("config.network.vnic") or []
    ]
    licence = (listing.licences.get("by_host") or {}).get("" if standalone else moid)
    return {
        "stores": stores,
        "dv_groups": {key: listing.dv_groups[key] for key in used if key in listing.dv_groups},
        "licence": licence,
        "licence_error": "" if licence else listing.licences.get("error") or "no licence is assigned to the host",
    }
