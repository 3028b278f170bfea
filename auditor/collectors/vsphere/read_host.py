"""A captured host as facts."""

from dataclasses import replace
from functools import partial
from typing import Any

from auditor.collectors.vsphere.certificates import certificate
from auditor.collectors.vsphere.draft import Draft, Missing, Props, activity, cluster, product, record, rows
from auditor.collectors.vsphere.read_calls import read_calls
from auditor.collectors.vsphere.read_esxcli import read_esxcli
from auditor.collectors.vsphere.read_network import read_network
from auditor.collectors.vsphere.read_operations import read_operations
from auditor.collectors.vsphere.read_options import OptionReader, read_derived
from auditor.collectors.vsphere.read_storage import read_storage
from auditor.domain import Capture, Snapshot
from auditor.facts.esxi import Facts
from auditor.rulebook.versions import compare

_NSX_NODE = "config.network.nsxTransportNodeId"  # set where a distributed switch carries NSX (7.0 and later)


def read_host(capture: Capture) -> Snapshot:
    """Pure; raises nothing."""
    draft = Draft(capture, Facts)
    props = Props(draft.body, "HostSystem")
    draft.part("name", "HostSystem.name", lambda: draft.body.get("name"))
    draft.part("product", "HostSystem.config.product", lambda: product(record(props.required("config.product"))))
    draft.part("hardware", "HostSystem.hardware", lambda: _hardware(props))
    draft.part("state", "HostSystem.runtime", lambda: _state(props))
    draft.part(
        "management_server",
        "HostSystem.summary.managementServerIp",
        lambda: props.optional("summary.managementServerIp") or None,
    )
    draft.part(
        "cluster",
        "ClusterComputeResource.configurationEx",
        lambda: cluster(draft.body["cluster"]) if draft.body.get("cluster") else props.optional("cluster"),
    )
    options = OptionReader(draft, props)
    read_derived(draft, options)
    services = draft.part("services", "HostSystem.config.service", lambda: _services(props))
    draft.part("lockdown.mode", "HostSystem.config.lockdownMode", lambda: _lockdown(props))
    draft.part("time", "HostSystem.config.dateTimeInfo", lambda: _time(props, services))
    draft.part("ad", "HostSystem.config.authenticationManagerInfo", lambda: _domain(props))
    draft.part(
        "certificate",
        "HostSystem.config.certificate",
        lambda: certificate(props.required("config.certificate"), capture.taken_at),
    )
    draft.part("hyperthreading", "HostSystem.config.hyperThread", lambda: _hyperthreading(props))
    draft.part(
        "power_policy",
        "HostSystem.config.powerSystemInfo",
        lambda: record(record(props.optional("config.powerSystemInfo")).get("currentPolicy")).get("shortName"),
    )
    _boot(draft, props)
    read_network(draft, props)
    read_storage(draft, props)
    read_calls(draft)
    read_esxcli(draft)
    read_operations(draft)
    activity(draft)
    draft.part("roles", "derived", lambda: _roles(draft, props))
    version = record(draft.facts.get("product")).get("version")
    group = record(draft.facts.get("cluster")).get("name")
    snapshot = draft.snapshot(str(version or ""), str(group or ""))
    if record(draft.facts.get("state")).get("maintenance") is not True:
        return snapshot
    words = f"{snapshot.target} is in maintenance mode: what is found may be in the midst of a change"
    return replace(snapshot, warnings=(*snapshot.warnings, words))


def _lockdown(props: Props) -> str:
    """Before release 6.0 a host says only whether administrators are kept out; that is the normal mode."""
    version = str(record(props.optional("config.product")).get("version") or "")
    old = "config.lockdownMode" not in props and version and compare(version, "6.0") < 0
    shut = props.optional("config.adminDisabled") if old else None
    if shut is not None:
        return "lockdownNormal" if shut else "lockdownDisabled"
    return str(props.required("config.lockdownMode"))


def _hardware(props: Props) -> dict[str, Any]:
    summary = record(props.required("summary.hardware"))
    system, bios = record(props.optional("hardware.systemInfo")), record(props.optional("hardware.biosInfo"))
    tags = {
        str(record(info.get("identifierType")).get("key")): str(info.get("identifierValue")).strip()
        for info in rows(system.get("otherIdentifyingInfo"))
    }
    return {
        "vendor": summary.get("vendor"),
        "model": summary.get("model"),
        "serial": system.get("serialNumber") or tags.get("SerialNumberTag") or tags.get("ServiceTag"),
        "uuid": summary.get("uuid"),
        "bios_version": bios.get("biosVersion"),
        "cpu_model": summary.get("cpuModel"),
        "cpu_packages": summary.get("numCpuPkgs"),
        "cpu_cores": summary.get("numCpuCores"),
        "cpu_threads": summary.get("numCpuThreads"),
        "memory_bytes": summary.get("memorySize"),
    }


def _state(props: Props) -> dict[str, Any]:
    return {
        "connection": props.required("runtime.connectionState"),
        "power": props.optional("runtime.powerState"),
        "maintenance": props.optional("runtime.inMaintenanceMode"),
        "quarantine": props.optional("runtime.inQuarantineMode"),
        "boot_time": props.optional("runtime.bootTime"),
        "reboot_required": props.optional("summary.rebootRequired"),
    }


def _services(props: Props) -> dict[str, Any]:
    found = {
        str(service["key"]): {
            "running": service.get("running"),
            "policy": service.get("policy"),
            "required": service.get("required"),
            "label": service.get("label"),
            "rulesets": service.get("ruleset") or [],
        }
        for service in rows(record(props.required("config.service")).get("service"))
    }
    if not found:
        raise Missing("no service came back, though every host has some")
    return found


def _time(props: Props, services: Any) -> dict[str, Any]:
    info = record(props.required("config.dateTimeInfo"))
    servers = record(info.get("ntpConfig")).get("server", [])
    protocol = info.get("systemClockProtocol")
    if not protocol:
        running = {key for key, service in record(services).items() if service.get("running")}
        protocol = "ntp" if servers or "ntpd" in running else "ptp" if "ptpd" in running else "none"
    zone = record(info.get("timeZone"))
    return {"ntp_servers": servers, "protocol": protocol, "enabled": info.get("enabled"), "timezone": zone.get("key")}


def _domain(props: Props) -> dict[str, Any]:
    for store in rows(record(props.required("config.authenticationManagerInfo")).get("authConfig")):
        if store.get("_type") == "HostActiveDirectoryInfo":
            return {
                "joined": bool(store.get("enabled")) and bool(store.get("joinedDomain")),
                "domain": store.get("joinedDomain") or None,
                "membership": store.get("domainMembershipStatus"),
                "smart_card": store.get("smartCardAuthenticationEnabled"),
            }
    return {"joined": False}


def _hyperthreading(props: Props) -> dict[str, Any]:
    info = record(props.optional("config.hyperThread"))
    return {"available": info.get("available"), "active": info.get("active"), "configured": info.get("config")}


def _boot(draft: Draft, props: Props) -> None:
    draft.part(
        "boot.secure_boot", "HostSystem.capability.uefiSecureBoot", lambda: props.optional("capability.uefiSecureBoot")
    )
    draft.part("boot.tpm", "HostSystem.capability.tpmSupported", lambda: props.optional("capability.tpmSupported"))
    draft.part("boot.tpm_version", "HostSystem.capability.tpmVersion", lambda: props.optional("capability.tpmVersion"))
    draft.part("boot.attestation", "HostSystem.summary.tpmAttestation", lambda: _attestation(draft, props))
    for name, key in (
        ("encryption_mode", "protectionMode"),
        ("require_secure_boot", "requireSecureBoot"),
        ("require_exec_installed_only", "requireExecInstalledOnly"),
    ):
        draft.part(f"boot.{name}", "HostSystem.runtime.stateEncryption", partial(_encryption, props, key))


def _attestation(draft: Draft, props: Props) -> str | None:
    """What vCenter makes of the TPM's report. None where there is nothing to attest, or nobody who does."""
    status = record(props.optional("summary.tpmAttestation")).get("status")
    if status is not None:
        return str(status)
    for path in ("boot.tpm", "boot.tpm_version"):
        if path in draft.gaps:
            raise Missing(draft.gaps[path])
    boot = record(draft.facts.get("boot"))
    if draft.body.get("standalone") or boot.get("tpm") is not True or str(boot.get("tpm_version")).startswith("1."):
        return None
    raise Missing("vCenter shows no attestation of this host, though it has a TPM 2.0")


def _encryption(props: Props, key: str) -> Any:
    value = record(props.optional("runtime.stateEncryption")).get(key)
    if value is None:
        raise Missing("the host shows no encryption state: the property came with 7.0.3")
    return value


def _roles(draft: Draft, props: Props) -> list[str]:
    """What kind of host it is. One input that could not be read leaves the list a gap: it might name one more role."""
    for path in ("time", "iscsi", "ad", "boot.tpm", "boot.secure_boot", "services"):
        if path in draft.gaps:
            raise Missing(f"cannot be told without {path}: {draft.gaps[path]}")
    managed = not draft.body.get("standalone") or bool(props.optional("summary.managementServerIp"))
    boot, facts = record(draft.facts.get("boot")), draft.facts
    found = {
        "managed": managed,
        "standalone": not managed,
        "ptp": facts["time"]["protocol"] == "ptp",
        "ntp": facts["time"]["protocol"] != "ptp",  # a host without any time service is judged by the NTP rules
        "tpm": boot.get("tpm") is True,
        "secure-boot-hardware": boot.get("secure_boot") is not None,
        "tpm-uefi": boot.get("tpm") is True and boot.get("secure_boot") is not None,  # BIOS shows no Secure Boot at all
        "iscsi": bool(facts["iscsi"]),
        "ad-joined": facts["ad"]["joined"] is True,
        "nsx": bool(props.where_known(_NSX_NODE)) or bool(props.where_known("config.network.opaqueSwitch")),
        "vsan": record(props.where_known("config.vsanHostConfig")).get("enabled") is True,
        "auto-deploy": record(props.where_known("config.deploymentInfo")).get("bootedFromStatelessCache") is not None,
        "service-console": record(facts.get("product")).get("name") == "VMware ESX",
    }
    return [name for name, holds in found.items() if holds]
