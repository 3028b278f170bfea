"""Storage facts of a host: paths to disks, iSCSI adapters, the place of a kernel dump."""

from collections.abc import Mapping
from typing import Any

from auditor.collectors.vsphere.draft import Draft, Props, record, rows

_DEVICE = "HostSystem.config.storageDevice"


def read_storage(draft: Draft, props: Props) -> None:
    """Everything below HostSystem.config.storageDevice, and the diagnostic partition."""
    draft.part("multipath", f"{_DEVICE}.multipathInfo", lambda: _multipath(props))
    draft.part("iscsi", f"{_DEVICE}.hostBusAdapter", lambda: _iscsi(props))
    draft.part("dump", "HostSystem.config.activeDiagnosticPartition", lambda: _dump(props))
    draft.part("datastores", "HostSystem.datastore", lambda: _datastores(draft, props))


def _multipath(props: Props) -> dict[str, Any]:
    units = {str(lun.get("key")): lun for lun in rows(props.required("config.storageDevice.scsiLun"))}
    out: dict[str, Any] = {}
    for unit in rows(record(props.optional("config.storageDevice.multipathInfo")).get("lun")):
        lun = units.get(str(unit.get("lun")), {})
        name = str(lun.get("canonicalName") if lun else unit.get("id"))
        if lun.get("lunType", "disk") != "disk":
            continue
        policy, vendor = record(unit.get("policy")).get("policy"), str(lun.get("vendor") or "").strip().upper()
        paths = rows(unit.get("path"))
        states = [path.get("state") or path.get("pathState") for path in paths]
        out[name] = {
            "policy": policy,
            "local": lun.get("localDisk"),
            "vendor": vendor or None,
            "model": str(lun.get("model") or "").strip() or None,
            "queue_depth": lun.get("queueDepth") or None,
            "vaai": _known(lun.get("vStorageSupport")),
            "vendor_policy": f"{vendor}={policy}" if vendor and policy else None,
            "paths": len(paths),
            "live_paths": sum(state in ("active", "standby") for state in states),
            "storage_type": record(unit.get("storageArrayTypePolicy")).get("policy"),
        }
    return out


def _known(support: Any) -> Any:
    """Hosts say "unknown" until they have tried."""
    return None if support in (None, "", "vStorageUnknown") else support


def _iscsi(props: Props) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for adapter in rows(props.required("config.storageDevice.hostBusAdapter")):
        if adapter.get("_type") == "HostInternetScsiHba":
            chap = record(adapter.get("authenticationProperties"))
            out[str(adapter["device"])] = {
                "name": adapter.get("iScsiName"),
                "software": adapter.get("isSoftwareBased"),
                "chap": chap.get("chapAuthenticationType"),
                "mutual_chap": chap.get("mutualChapAuthenticationType"),
                "weaker_targets": sorted(_target(one) for one in _targets(adapter) if _weaker(one)),
            }
    return out


def _targets(adapter: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [*rows(adapter.get("configuredSendTarget")), *rows(adapter.get("configuredStaticTarget"))]


def _weaker(target: Mapping[str, Any]) -> bool:
    """Whether a target sets CHAP itself, in either direction, to anything but required. Inherited is no setting."""
    chap = record(target.get("authenticationProperties"))
    return any(
        chap.get(f"{name}AuthenticationType") not in (None, "chapRequired") and chap.get(f"{name}Inherited") is not True
        for name in ("chap", "mutualChap")
    )


def _target(target: Mapping[str, Any]) -> str:
    name = target.get("iScsiName")
    return f"{target.get('address')}:{target.get('port')}" + (f" {name}" if name else "")


def _dump(props: Props) -> dict[str, Any]:
    partition = record(props.optional("config.activeDiagnosticPartition"))
    return {
        "configured": bool(partition),
        "type": partition.get("diagnosticType"),
        "storage": partition.get("storageType"),
        "disk": record(partition.get("id")).get("diskName"),
    }


def _datastores(draft: Draft, props: Props) -> list[str]:
    props.optional("datastore")
    return [str(name) for name in draft.body.get("datastores") or []]
