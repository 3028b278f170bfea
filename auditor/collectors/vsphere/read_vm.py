"""A captured virtual machine as facts."""

import re
from collections.abc import Callable
from typing import Any

from auditor.collectors.vsphere.draft import MAX_TEXT, Draft, Missing, Props, record
from auditor.collectors.vsphere.vm_devices import read_devices
from auditor.collectors.vsphere.vm_roles import power_role, system_sign
from auditor.domain import Capture, Snapshot
from auditor.facts.vm import Facts

_FILTER = re.compile(r"(?i)ethernet\d+\.filter\d+\.name")
_PASSTHROUGH = re.compile(r"(?i)pcipassthru\d+\.present")
_CONFIG = "VirtualMachine.config"


def read_vm(capture: Capture) -> Snapshot:
    """Pure; raises nothing."""
    draft = Draft(capture, Facts)
    props = Props(draft.body, "VirtualMachine")
    draft.part("name", "VirtualMachine.name", lambda: draft.body.get("name"))
    draft.part("state", "VirtualMachine.runtime", lambda: _state(draft, props))
    draft.part("template", f"{_CONFIG}.template", lambda: props.required("config.template"))
    draft.part("managed_by", f"{_CONFIG}.managedBy", lambda: _managed_by(props))
    draft.part("system_sign", "derived", lambda: _sign(draft, props))
    draft.part("roles", "derived", lambda: _roles(draft, props))
    _plain_parts(draft, props)
    draft.part("hardware_version", f"{_CONFIG}.version", lambda: _hardware_version(props))
    draft.part("cpu", f"{_CONFIG}.hardware", lambda: _processors(props))
    draft.part("memory", f"{_CONFIG}.hardware", lambda: _memory(props))
    draft.part("boot", f"{_CONFIG}.bootOptions", lambda: _boot(props))
    _encryption(draft, props)
    draft.part("tools", "VirtualMachine.guest", lambda: _tools(props))
    draft.part("tools_policy", f"{_CONFIG}.tools", lambda: _tools_policy(props))
    _extra_config(draft, props)
    read_devices(draft, props)
    draft.part("snapshots", "VirtualMachine.snapshot", lambda: props.optional("snapshot") or {"count": 0})
    state = record(draft.facts.get("state"))
    return draft.snapshot(str(state.get("host_version") or "")[:40], str(state.get("cluster") or ""))


def _plain_parts(draft: Draft, props: Props) -> None:
    for fact, path in (
        ("uuid", "config.uuid"),
        ("instance_uuid", "config.instanceUuid"),
        ("guest_os", "config.guestId"),
        ("logging", "config.flags.enableLogging"),
    ):
        draft.part(fact, f"VirtualMachine.{path}", _optional(props, path))


def _optional(props: Props, path: str) -> Callable[[], Any]:
    def read() -> Any:
        value = props.optional(path)
        return None if value == "" else value

    return read


def _state(draft: Draft, props: Props) -> dict[str, Any]:
    host = record(draft.body.get("host"))
    return {
        "connection": props.required("runtime.connectionState"),
        "power": props.required("runtime.powerState"),
        "host": host.get("name"),
        "host_version": host.get("version") or None,
        "cluster": draft.body.get("cluster") or None,
        "fault_tolerance": props.optional("runtime.faultToleranceState"),
    }


def _managed_by(props: Props) -> str | None:
    by = record(props.optional("config.managedBy"))
    return f"{by.get('extensionKey')}/{by.get('type')}" if by.get("extensionKey") else None


def _sign(draft: Draft, props: Props) -> str | None:
    by = record(props.optional("config.managedBy"))
    memory = int(props.required("config.hardware.memoryMB"))
    name = str(draft.body.get("name") or "")
    return system_sign(name, memory, str(by.get("extensionKey") or ""), str(by.get("type") or ""))


def _roles(draft: Draft, props: Props) -> list[str]:
    kind = "template" if props.required("config.template") else "guest"
    return ["system" if _sign(draft, props) else kind, power_role(str(props.required("runtime.powerState")))]


def _hardware_version(props: Props) -> int:
    found = re.fullmatch(r"vmx-(\d{1,4})", str(props.required("config.version")))
    if not found:
        raise Missing("the hardware version is not of the form vmx-NN")
    return int(found[1])


def _allocation(data: Any) -> dict[str, Any]:
    found = record(data)
    shares = record(found.get("shares")).get("level")
    return {"shares": shares, "reservation": found.get("reservation"), "limit": found.get("limit")}


def _processors(props: Props) -> dict[str, Any]:
    return {
        "count": props.required("config.hardware.numCPU"),
        "cores_per_socket": props.optional("config.hardware.numCoresPerSocket"),
        "hot_add": props.optional("config.cpuHotAddEnabled"),
        **_allocation(props.optional("config.cpuAllocation")),
    }


def _memory(props: Props) -> dict[str, Any]:
    return {
        "size": props.required("config.hardware.memoryMB"),
        "hot_add": props.optional("config.memoryHotAddEnabled"),
        **_allocation(props.optional("config.memoryAllocation")),
    }


def _boot(props: Props) -> dict[str, Any]:
    options = record(props.optional("config.bootOptions"))
    return {
        "firmware": props.required("config.firmware"),
        "secure_boot": options.get("efiSecureBootEnabled"),
        "enter_setup": options.get("enterBIOSSetup"),
        "delay": options.get("bootDelay"),
    }


def _encryption(draft: Draft, props: Props) -> None:
    """One part each: fault tolerance's is younger than the others, and a gap on older servers."""
    draft.part("encryption.encrypted", f"{_CONFIG}.keyId", lambda: bool(props.optional("config.keyId")))
    draft.part("encryption.vmotion", f"{_CONFIG}.migrateEncryption", _optional(props, "config.migrateEncryption"))
    draft.part("encryption.fault_tolerance", f"{_CONFIG}.ftEncryptionMode", _optional(props, "config.ftEncryptionMode"))


def _tools(props: Props) -> dict[str, Any]:
    power = props.required("runtime.powerState")
    if power != "poweredOn":
        raise Missing(f"the machine is {power}: what was last seen of VMware Tools is not judged")
    return {
        "running": props.required("guest.toolsRunningStatus") == "guestToolsRunning",
        "version": props.optional("guest.toolsVersion"),
        "version_status": props.required("guest.toolsVersionStatus2"),
    }


def _tools_policy(props: Props) -> dict[str, Any]:
    policy = record(props.optional("config.tools"))
    return {"upgrade": policy.get("toolsUpgradePolicy"), "sync_time": policy.get("syncTimeWithHost")}


def _extra_config(draft: Draft, props: Props) -> None:
    source = f"{_CONFIG}.extraConfig"

    def options() -> dict[str, str]:
        found = {str(key): str(value) for key, value in record(props.required("config.extraConfig")).items()}
        if not found:
            raise Missing("no extra configuration came back, though every machine has some")
        return found

    def kept() -> dict[str, str]:
        out: dict[str, str] = {}
        found = options()
        values: dict[str, set[str]] = {}
        for key, value in found.items():
            values.setdefault(key.casefold(), set()).add(value)
        for key, value in found.items():
            if len(values[key.casefold()]) > 1:
                draft.gap(f"extra_config[{key[:200]}]", "it stands there twice, with different values")
            elif len(value) > MAX_TEXT:
                draft.gap(f"extra_config[{key[:200]}]", "its value is longer than is read")
            else:
                out[key] = value
        return out

    def matching(pattern: re.Pattern[str]) -> dict[str, str]:
        return {key: value for key, value in options().items() if pattern.fullmatch(key)}

    draft.part("extra_config", source, kept)
    draft.part("dvfilters", source, lambda: sorted({value for value in matching(_FILTER).values() if value.strip()}))
    draft.part(
        "passthrough_entries",
        source,
        lambda: sorted(k for k, v in matching(_PASSTHROUGH).items() if v.strip().lower() in ("true", "1", "yes")),
    )
