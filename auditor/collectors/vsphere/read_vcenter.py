"""A captured vCenter as facts."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from auditor.collectors.vsphere.draft import MAX_TEXT, Draft, Missing, Props, activity, cluster, product, record, rows
from auditor.collectors.vsphere.keys import NOT_ALWAYS_LISTED
from auditor.collectors.vsphere.privileges import NEEDED
from auditor.domain import Capture, Snapshot
from auditor.facts.vcenter import Facts

_ADMINISTRATOR = -1  # id of the built-in Administrator role


def read_vcenter(capture: Capture) -> Snapshot:
    """Pure; raises nothing."""
    draft = Draft(capture, Facts)
    draft.part("name", "inventory", lambda: capture.target)
    draft.part("product", "ServiceContent.about", lambda: product(record(draft.body["about"])))
    draft.part("os_type", "ServiceContent.about", lambda: record(draft.body["about"]).get("osType"))
    draft.part("instance_uuid", "ServiceContent.about", lambda: record(draft.body["about"]).get("instanceUuid"))
    draft.part("roles", "derived", lambda: _kind(record(draft.body["about"])))
    draft.part("settings", "ServiceContent.setting", lambda: _settings(draft))
    draft.part("clusters", "ClusterComputeResource.configurationEx", lambda: _clusters(draft))
    draft.part("datastores", "Datastore.summary", lambda: _datastores(draft))
    draft.part(
        "authorization.roles",
        "AuthorizationManager.roleList",
        lambda: {r["name"]: r["privileges"] for r in _roles(draft)},
    )
    draft.part(
        "authorization.crypto_roles",
        "AuthorizationManager.roleList",
        lambda: sorted(
            r["name"] for r in _roles(draft) if any(str(p).startswith("Cryptographer") for p in r["privileges"])
        ),
    )
    draft.part("authorization.admins", "AuthorizationManager.RetrieveAllPermissions", lambda: _admins(draft))
    draft.part("extensions", "ExtensionManager.extensionList", lambda: _extensions(draft))
    lacks = draft.part("account_lacks", "AuthorizationManager.HasPrivilegeOnEntities", lambda: _lacks(draft))
    draft.part("population", "ContainerView", lambda: _population(record(draft.body["population"])))
    activity(draft)
    snapshot = draft.snapshot(str(record(draft.facts.get("product")).get("version") or ""))
    words = [
        f"the account lacks {privilege}, so this stays unread: {what}" for privilege, what in (lacks or {}).items()
    ]
    return replace(snapshot, warnings=(*snapshot.warnings, *words))


def _kind(about: Mapping[str, Any]) -> list[str]:
    return ["appliance"] if str(about.get("osType")).startswith("linux") else ["windows"]


def _answer(draft: Draft, name: str) -> Any:
    errors = record(draft.body.get("errors"))
    if name in errors:
        raise Missing(str(errors[name]))
    return draft.body.get(name)


def _settings(draft: Draft) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for key, value in record(_answer(draft, "settings")).items():
        if isinstance(value, bool | int | float | str) and not (isinstance(value, str) and len(value) > MAX_TEXT):
            out[str(key)] = value
        else:
            draft.gap(f"settings[{key}]", "its value could not be read")
    if not out:
        raise Missing("no setting came back: the account may need Global.Settings at the root")
    for name, reason in record(draft.body.get("errors")).items():
        if str(name).startswith("setting "):
            key = str(name).removeprefix("setting ")
            draft.gap(f"settings[{key}]", f"left out of the bulk answer; asked for alone: {reason}")
    for key in draft.body.get("settings_absent") or []:
        if key not in NOT_ALWAYS_LISTED:  # vCenter leaves out what the account may not see, without saying so
            draft.gap(
                f"settings[{key}]", "vCenter always has this setting: the account may not see it (Global.Settings)"
            )
    return out


def _clusters(draft: Draft) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for item in rows(draft.body.get("clusters")):
        name = _unique(out, str(record(item.get("props")).get("name") or item.get("id")), item)
        try:
            out[name] = cluster(item)
        except Missing as missing:
            draft.gap(f"clusters[{name}]", str(missing))
    return out


def _unique(taken: Mapping[str, Any], name: str, item: Mapping[str, Any]) -> str:
    """The name, with its id where another of the same name, in another data centre, came first."""
    return f"{name} ({item.get('id')})" if name in taken else name


def _datastores(draft: Draft) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for item in rows(draft.body.get("datastores")):
        props = Props(item, "Datastore")
        out[_unique(out, str(props.required("name")), item)] = {
            "type": props.optional("summary.type"),
            "shared": props.optional("summary.multipleHostAccess"),
        }
    return out


def _roles(draft: Draft) -> list[Mapping[str, Any]]:
    found = rows(_answer(draft, "roles"))
    if not found:
        raise Missing("no role came back, though some are built in")
    return [{"name": str(r["name"]), "privileges": [str(p) for p in r.get("privileges") or []]} for r in found]


def _admins(draft: Draft) -> list[str]:
    found = rows(_answer(draft, "permissions"))
    if not found:
        raise Missing("no permission came back, though one administrator always exists")
    return sorted({str(p["principal"]) for p in found if p.get("role") == _ADMINISTRATOR})


def _lacks(draft: Draft) -> dict[str, str]:
    found = _answer(draft, "lacking")
    if not isinstance(found, list):
        raise Missing("which privileges the account has was not asked")
    return {str(privilege): NEEDED[str(privilege)] for privilege in found if str(privilege) in NEEDED}


def _extensions(draft: Draft) -> dict[str, Any]:
    found = rows(_answer(draft, "extensions"))
    if not found:
        raise Missing("no extension came back, though vCenter's own are always registered")
    return {str(e["key"]): {"version": e.get("version"), "company": e.get("company")} for e in found}


def _population(data: Mapping[str, Any]) -> dict[str, Any]:
    missing = [str(name) for name in data.get("not_connected") or []]
    hosts = data.get("hosts")
    return {
        "hosts": hosts,
        "connected": int(hosts) - len(missing) if hosts is not None else None,
        "not_connected": missing,
        "vms": data.get("vms"),
        "switches": data.get("switches"),
    }
