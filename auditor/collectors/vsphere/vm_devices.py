"""Virtual devices of a captured machine as facts: network adapters, disks, and everything else by kind.

Kinds go by class, never by label: labels are renamed and localised.
"""

import re
from collections.abc import Mapping
from typing import Any

from auditor.collectors.vsphere.draft import Draft, Missing, Props, record, rows

KINDS = {
    "VirtualFloppy": "floppy",
    "VirtualCdrom": "cdrom",
    "VirtualParallelPort": "parallel",
    "VirtualSerialPort": "serial",
    "VirtualUSBController": "usb",
    "VirtualUSBXHCIController": "usb",
    "VirtualUSB": "usb",
    "VirtualSoundCard": "sound",
    "VirtualEnsoniq1371": "sound",
    "VirtualHdAudioCard": "sound",
    "VirtualSoundBlaster16": "sound",
    "VirtualAHCIController": "ahci",
    "VirtualSATAController": "ahci",
    "VirtualPCIPassthrough": "passthrough",
    "VirtualSCSIPassthrough": "scsi-passthrough",
    "VirtualMachineVideoCard": "video",
    "VirtualMachineVMCIDevice": "vmci",
    "VirtualTPM": "tpm",
    "VirtualNVDIMM": "nvdimm",
}
AUDITED = ("floppy", "cdrom", "parallel", "serial", "usb", "sound", "ahci", "passthrough", "vgpu")
NICS = {
    "VirtualVmxnet3": "vmxnet3",
    "VirtualVmxnet3Vrdma": "vmxnet3-rdma",
    "VirtualVmxnet2": "vmxnet2",
    "VirtualVmxnet": "vmxnet",
    "VirtualE1000": "e1000",
    "VirtualE1000e": "e1000e",
    "VirtualPCNet32": "pcnet32",
    "VirtualSriovEthernetCard": "sriov",
}
_DATASTORE = re.compile(r"\[([^\]]{1,200})\]")
Row = Mapping[str, Any]


def read_devices(draft: Draft, props: Props) -> None:
    """Adapters, disks and other devices; one gap for all when the device list could not be read."""
    source = "VirtualMachine.config.hardware.device"

    def listed() -> list[tuple[str, Row]]:
        found = _labelled(rows(props.required("config.hardware.device")))
        if not found:
            raise Missing("no device came back, though every machine has some")
        return found

    def others() -> dict[str, Any]:
        return {
            label: _device(row) for label, row in listed() if not _is_nic(row) and row.get("_type") != "VirtualDisk"
        }

    draft.part("nics", source, lambda: {label: _nic(draft, row) for label, row in listed() if _is_nic(row)})
    draft.part("disks", source, lambda: _disks(listed()))
    draft.part("devices", source, others)
    draft.part("devices_by_kind", source, lambda: _by_kind(others()))
    draft.part("connected_cdroms", source, lambda: _connected(others(), "cdrom"))


def _labelled(devices: list[Row]) -> list[tuple[str, Row]]:
    """Devices under labels that are unique: a key follows where a label stands twice or is missing."""
    out: dict[str, Row] = {}
    for row in devices:
        label = str(record(row.get("deviceInfo")).get("label") or "")[:200] or str(row.get("_type"))
        while label in out:
            label = f"{label} ({row.get('key')})"
        out[label] = row
    return list(out.items())


def _is_nic(row: Row) -> bool:
    return row.get("_type") in NICS or "macAddress" in row


def _nic(draft: Draft, row: Row) -> dict[str, Any]:
    kind, backing, plug = str(row.get("_type")), record(row.get("backing")), record(row.get("connectable"))
    port, names = record(backing.get("port")), record(draft.body.get("networks"))
    key = port.get("portgroupKey")
    behind = "distributed" if port else "opaque" if backing.get("opaqueNetworkId") else "standard" if backing else None
    return {
        "type": NICS.get(kind, kind.removeprefix("Virtual").lower()),
        "mac": str(row.get("macAddress") or "").lower() or None,
        "mac_type": row.get("addressType"),
        **_plugged(plug),
        "backing": behind,
        "network": names.get(str(key)) if key else backing.get("deviceName"),
        "port_group_key": key,
        "port": port.get("portKey"),
        "switch_uuid": port.get("switchUuid"),
        "wake_on_lan": row.get("wakeOnLanEnabled"),
        "direct_path": row.get("uptCompatibilityEnabled"),
    }


def _plugged(plug: Row) -> dict[str, Any]:
    return {
        "connected": plug.get("connected"),
        "start_connected": plug.get("startConnected"),
        "guest_control": plug.get("allowGuestControl"),
    }


def _disks(devices: list[tuple[str, Row]]) -> dict[str, Any]:
    controllers = {row.get("key"): str(row.get("_type")) for _, row in devices}
    out: dict[str, Any] = {}
    for label, row in devices:
        if row.get("_type") != "VirtualDisk":
            continue
        backing, size = record(row.get("backing")), row.get("capacityInBytes")
        file = backing.get("fileName")
        store = _DATASTORE.match(str(file or ""))
        out[label] = {
            "mode": backing.get("diskMode"),
            "backing": _disk_backing(backing),
            "file": file,
            "datastore": store[1] if store else None,
            "thin": backing.get("thinProvisioned"),
            "sharing": backing.get("sharing"),
            "encrypted": bool(backing.get("keyId")),
            "capacity": size if size is not None else row["capacityInKB"] * 1024 if "capacityInKB" in row else None,
            "controller": controllers.get(row.get("controllerKey")),
        }
    return out


def _disk_backing(backing: Row) -> str | None:
    """VirtualDiskFlatVer2BackingInfo is `flat`; a raw device says whether it is passed through physically."""
    kind = str(backing.get("_type") or "")
    if "RawDisk" in kind:
        return "rdm-physical" if backing.get("compatibilityMode") == "physicalMode" else "rdm-virtual"
    found = re.fullmatch(r"VirtualDisk(\w+?)(?:Ver\d+)?BackingInfo", kind)
    return found[1].lower() if found else kind or None


def _device(row: Row) -> dict[str, Any]:
    kind, backing = str(row.get("_type")), record(row.get("backing"))
    behind = str(backing.get("_type") or "") or None
    what = KINDS.get(kind) or ("controller" if kind.endswith("Controller") else "other")
    if what == "passthrough" and "Vmiop" in str(behind):
        what = "vgpu"  # a share of a graphics card, mediated by the host
    return {
        "kind": what,
        "type": kind,
        **_plugged(record(row.get("connectable"))),
        "backing": behind,
        "uri_scheme": backing.get("proxyURI", backing.get("serviceURI")),
    }


def _by_kind(devices: Mapping[str, Any]) -> dict[str, list[str]]:
    return {kind: sorted(label for label, one in devices.items() if one["kind"] == kind) for kind in AUDITED}


def _connected(devices: Mapping[str, Any], kind: str) -> list[str]:
    """Labels of devices that are plugged in, or will be at power-on; what does not say counts as plugged in."""
    return sorted(
        label
        for label, one in devices.items()
        if one["kind"] == kind and not (one["connected"] is False and one["start_connected"] is False)
    )
