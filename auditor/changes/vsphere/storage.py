"""Disks, datastores and iSCSI adapters of a host."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from auditor.changes.vsphere.plan import Refusal
from auditor.changes.vsphere.target import Get, Keys, Set, choice, inner, members, number, seen, texts

if TYPE_CHECKING:
    from auditor.changes.vsphere.host import Host

_PATHS, _UNITS = "config.storageDevice.multipathInfo", "config.storageDevice.scsiLun"
_ADAPTERS = "config.storageDevice.hostBusAdapter"
_CHAP = ("chapRequired", "chapPreferred", "chapDiscouraged", "chapProhibited")


def _disk(host: "Host", name: str) -> dict[str, Any]:
    found = next((one for one in members(host.props.get(_UNITS)) if one.get("canonicalName") == name), None)
    if found is None:
        raise Refusal(f"the host sees no disk {name[:80]!r}")
    return found


def _policy(host: "Host", keys: Keys, value: Any) -> None:
    path = f"multipath[{keys[0]}].policy"
    if _UNITS not in host.props or _PATHS not in host.props:
        host.unread(path)
        return
    key = _disk(host, keys[0]).get("key")
    for unit in members(seen(host.props[_PATHS]).get("lun")):
        if unit.get("lun") == key:
            inner(unit, "policy")["policy"] = str(value)
            host.plan.changed(path)
            return
    raise Refusal(f"the disk {keys[0][:80]} has no paths of its own")


def _depth(host: "Host", keys: Keys, value: Any) -> None:
    path = f"multipath[{keys[0]}].queue_depth"
    if _UNITS not in host.props:
        host.unread(path)
        return
    _disk(host, keys[0])["queueDepth"] = number(value, "the queue depth", 1, 65535)
    host.plan.changed(path)


def _depths(host: "Host", _: Keys, __: Any) -> None:
    for path in ("multipath", "arrays", "queue_depths"):
        host.plan.vague(
            path, "a parameter of a driver: it takes effect at the next restart, on the disks of that driver"
        )


def _policies(host: "Host", _: Keys, __: Any) -> None:
    host.plan.note("a claim rule reaches disks that are claimed from now on: those that are in use stay as they are")


def _datastores(host: "Host", _: Keys, value: Any) -> None:
    host.body["datastores"] = sorted(texts(value, "datastores"))
    host.plan.changed("datastores")


def _store(host: "Host", keys: Keys, value: Any) -> None:
    stores = host.body.get("stores")
    if not isinstance(stores, dict):
        host.unread(f"stores[{keys[0]}]")
        return
    stores[keys[0]] = {"type": str(value), "shared": None}
    host.plan.changed(f"stores[{keys[0]}].type")


def _remove_store(host: "Host", keys: Keys) -> None:
    names = host.body.get("datastores")
    if isinstance(names, list) and keys[0] not in names:
        raise Refusal(f"the host has no datastore {keys[0][:60]!r}")
    host.body["datastores"] = [one for one in names or () if one != keys[0]]
    if isinstance(stores := host.body.get("stores"), dict):
        stores.pop(keys[0], None)
    host.plan.changed("datastores")
    host.plan.changed(f"stores[{keys[0]}]", "it is removed")


def _chap(key: str, name: str, host: "Host", keys: Keys, value: Any) -> None:
    path = f"iscsi[{keys[0]}].{name}"
    if _ADAPTERS not in host.props:
        host.unread(path)
        return
    for one in members(host.props[_ADAPTERS]):
        if one.get("device") == keys[0] and one.get("_type") == "HostInternetScsiHba":
            inner(one, "authenticationProperties")[key] = choice(value, name, *_CHAP)
            host.plan.changed(path)
            return
    raise Refusal(f"the host has no iSCSI adapter {keys[0][:40]!r}")


def _get_datastores(host: "Host", _: Keys) -> Any:
    return list(host.body.get("datastores") or ())


SETS: Mapping[str, Set] = {
    "multipath[*].policy": _policy,
    "multipath[*].queue_depth": _depth,
    "queue_depths": _depths,
    "arrays[*].policies": _policies,
    "datastores": _datastores,
    "stores[*].type": _store,
    "iscsi[*].chap": partial(_chap, "chapAuthenticationType", "chap"),
    "iscsi[*].mutual_chap": partial(_chap, "mutualChapAuthenticationType", "mutual_chap"),
}
GETS: Mapping[str, Get] = {"datastores": _get_datastores}
REMOVES: Mapping[str, Callable[[Any, Keys], None]] = {"stores[*]": _remove_store}
