"""Which properties are read of a virtual machine. Nothing inside the guest is asked for."""

import re
from collections.abc import Mapping
from typing import Any

from auditor.collectors.vsphere.decode import NS, Array, Decode, Record, boolean, integer, reference, text

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,20}(?=:)")


def scheme(e: Any) -> str:
    """The scheme of an address, in small letters; the rest may hold a password and is not kept."""
    found = _SCHEME.match((e.text or "").strip())
    return found[0].lower() if found else ""


def present(e: Any) -> bool:
    """True: all that matters of this object is that it is there."""
    return True


def extra_config(e: Any) -> dict[str, str]:
    """Extra configuration as a flat map of texts.

    `guestinfo.*` is left out: no rule judges it, and guests are told passwords by it.
    """
    out: dict[str, str] = {}
    for option in e:
        key, value = option.findtext(NS + "key"), option.findtext(NS + "value")
        if key and not key.lower().startswith("guestinfo."):
            out[key] = value or ""
    return out


def snapshots(e: Any) -> dict[str, Any]:
    """Number of snapshots in the tree, and when the oldest was made."""
    made = sorted(found.text for found in e.iter(NS + "createTime") if found.text)
    return {"count": len(made), "oldest": made[0] if made else None}


_BACKING = Record(
    typed=True,
    deviceName=text,
    fileName=text,
    diskMode=text,
    thinProvisioned=boolean,
    compatibilityMode=text,
    sharing=text,
    keyId=present,
    port=Record(switchUuid=text, portgroupKey=text, portKey=text),
    opaqueNetworkId=text,
    serviceURI=scheme,
    proxyURI=scheme,
)
_DEVICE = Record(
    typed=True,
    key=integer,
    deviceInfo=Record(label=text),
    backing=_BACKING,
    connectable=Record(startConnected=boolean, allowGuestControl=boolean, connected=boolean),
    controllerKey=integer,
    capacityInBytes=integer,
    capacityInKB=integer,
    macAddress=text,
    addressType=text,
    wakeOnLanEnabled=boolean,
    uptCompatibilityEnabled=boolean,
)
_ALLOCATION = Record(reservation=integer, limit=integer, shares=Record(level=text, shares=integer))

VM_LIST: Mapping[str, Decode] = {"name": text, "runtime.host": reference, "runtime.connectionState": text}
VM: Mapping[str, Decode] = {
    "runtime.host": reference,
    "runtime.connectionState": text,
    "runtime.powerState": text,
    "runtime.faultToleranceState": text,
    "guest.toolsRunningStatus": text,
    "guest.toolsVersionStatus2": text,
    "guest.toolsVersion": text,
    "snapshot": snapshots,
    "config.template": boolean,
    "config.uuid": text,
    "config.instanceUuid": text,
    "config.managedBy": Record(extensionKey=text, type=text),
    "config.guestId": text,
    "config.version": text,
    "config.firmware": text,
    "config.bootOptions": Record(efiSecureBootEnabled=boolean, enterBIOSSetup=boolean, bootDelay=integer),
    "config.flags.enableLogging": boolean,
    "config.migrateEncryption": text,
    "config.ftEncryptionMode": text,
    "config.keyId": present,
    "config.tools": Record(toolsUpgradePolicy=text, syncTimeWithHost=boolean),
    "config.extraConfig": extra_config,
    "config.hardware.device": Array(_DEVICE),
    "config.hardware.numCPU": integer,
    "config.hardware.numCoresPerSocket": integer,
    "config.hardware.memoryMB": integer,
    "config.cpuHotAddEnabled": boolean,
    "config.memoryHotAddEnabled": boolean,
    "config.cpuAllocation": _ALLOCATION,
    "config.memoryAllocation": _ALLOCATION,
}
