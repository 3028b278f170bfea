"""A good host as the Python responder shows it: the same JSON file as the Go simulator's, the same objects."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.simulators.vsphere.fake.network import network, nic_services
from tests.simulators.vsphere.fake.values import build, complete, option, options, placeholders, support, vim

GOOD_HOST = Path(__file__).parent.parent / "good_host.json"


@dataclass
class FakeHost:
    """One host. Tests may change anything here; the next read shows it."""

    moid: str
    tree: dict[str, Any]  # properties of the HostSystem by their first name
    managers: dict[str, dict[str, Any]] = field(default_factory=dict)  # of its managers, by reference value
    exceptions: list[str] = field(default_factory=list)
    access: list[Any] = field(default_factory=list)
    packages: list[Any] = field(default_factory=list)
    modules: list[Any] = field(default_factory=list)
    acceptance: str = "partner"
    trusted: list[str] = field(default_factory=list)  # PEM
    image: dict[str, str] = field(default_factory=dict)
    clock_ahead: timedelta = timedelta(0)
    hidden: dict[str, Any] = field(default_factory=dict)  # options left out of bulk answers, by lower-case key
    esxcli: dict[str, Any] = field(default_factory=dict)
    kind: Any = vim.HostSystem

    @property
    def name(self) -> str:
        return str(self.tree["name"])

    @property
    def config(self) -> Any:
        return self.tree["config"]

    def find_option(self, key: str) -> Any:
        """The OptionValue of a key in any spelling, hidden or not; None when absent."""
        if key.lower() in self.hidden:
            return self.hidden[key.lower()]
        return next((o for o in self.config.option if o.key.lower() == key.lower()), None)

    def take_option(self, key: str) -> Any:
        """Remove an option from the bulk answers and return it; None when it is not there."""
        found = next((o for o in self.config.option if o.key.lower() == key.lower()), None)
        if found is not None:
            self.config.option = [o for o in self.config.option if o is not found]
        return found

    def service(self, key: str) -> Any:
        """The Service of this key. Raises KeyError."""
        for service in self.config.service.service:
            if service.key == key:
                return service
        raise KeyError(key)


def load(path: Path, name: str, number: int) -> dict[str, Any]:
    """good_host.json with its placeholders filled in for one host."""
    text = path.read_text(encoding="utf-8")
    for key, value in placeholders(name, number).items():
        text = text.replace("{{" + key + "}}", value)
    data: dict[str, Any] = json.loads(text)
    return data


def host(
    number: int,
    name: str,
    *,
    parent: Any,
    certificate: bytes,
    fill: int = 0,
    standalone: bool = False,
    good_host: Path = GOOD_HOST,
) -> FakeHost:
    """The hardened host with this number; `certificate` is its PEM, `fill` the number of options it shall have."""
    good = load(good_host, name, number)
    moid = "ha-host" if standalone else f"host-{number}"
    config = _config(good, vim.HostSystem(moid), standalone, certificate, fill)
    uuid = placeholders(name, number)["uuid"]
    made = FakeHost(
        moid=moid,
        tree={},
        exceptions=list(good["lockdown"]["exceptions"]),
        access=[build(vim.host.HostAccessManager.AccessEntry, entry) for entry in good["access"]],
        packages=[complete(build(vim.host.SoftwarePackage, package)) for package in good["packages"]],
        modules=[_module(i, module, good) for i, module in enumerate(good["modules"])],
        acceptance=good["acceptance"],
        image=good["image_profile"],
        esxcli=good["esxcli"],
    )
    product = good["hardware"]
    summary = vim.host.Summary.HardwareSummary(
        vendor=product["vendor"], model=product["model"], uuid=uuid, cpuModel="Example CPU", memorySize=274877906944
    )
    summary.numCpuPkgs, summary.numCpuCores, summary.numCpuThreads, summary.cpuMhz = 2, 32, 64, 2600
    runtime = vim.host.RuntimeInfo(connectionState="connected", powerState="poweredOn", inMaintenanceMode=False)
    runtime.stateEncryption = build(vim.host.RuntimeInfo.StateEncryptionInfo, good["state_encryption"])
    hardware = vim.host.HardwareInfo(
        systemInfo=vim.host.SystemInfo(
            vendor=product["vendor"], model=product["model"], uuid=uuid, serialNumber=product["serialNumber"]
        ),
        biosInfo=vim.host.BIOSInfo(biosVersion=product["biosVersion"]),
    )
    made.tree = {
        "name": name,
        "parent": parent,
        "overallStatus": "green",
        "config": config,
        "runtime": runtime,
        "capability": build(vim.host.Capability, good["capability"]),
        "hardware": hardware,
        "summary": vim.host.Summary(
            host=vim.HostSystem(moid),
            hardware=summary,
            runtime=runtime,
            config=vim.host.Summary.ConfigSummary(name=name, port=443, product=config.product),
            managementServerIp=None if standalone else good["management_server_ip"],
            rebootRequired=False,
            overallStatus="green",
            tpmAttestation=None if standalone else _attestation("accepted"),
        ),
        "configManager": _managers(made, moid, config, good),
        "vm": [],
        "datastore": [],
        "network": [],
    }
    for value in made.tree.values():
        complete(value)
    return made


def attest(made: FakeHost, status: str) -> None:
    """Set what vCenter makes of the TPM's report: accepted | notAccepted; nothing: it does not attest."""
    made.tree["summary"].tpmAttestation = _attestation(status) if status else None


def _attestation(status: str) -> Any:
    return vim.host.TpmAttestationInfo(time=datetime.now(UTC), status=status)


def _kind(path: str) -> Any:
    """The type of a property of HostConfigInfo."""
    return vim.host.ConfigInfo._GetPropertyInfo(path).type


def _module(index: int, name: str, good: dict[str, Any]) -> Any:
    section = vim.host.KernelModuleSystem.ModuleInfo.SectionInfo(address=0, length=0)
    return vim.host.KernelModuleSystem.ModuleInfo(
        id=index,
        name=name,
        version=good["product"]["version"],
        filename=f"/usr/lib/vmware/vmkmod/{name}",
        optionString="",
        loaded=True,
        enabled=True,
        useCount=0,
        **dict.fromkeys(("readOnlySection", "writableSection", "textSection", "dataSection", "bssSection"), section),
    )


def _config(good: dict[str, Any], moref: Any, standalone: bool, certificate: bytes, fill: int) -> Any:
    settings = options(good["options"])
    settings += [option(f"Misc.Filler{i:04d}SettingOption", i) for i in range(len(settings), fill)]
    directory = vim.host.ActiveDirectoryInfo(enabled=True, **good["active_directory"])
    mode = "lockdownDisabled" if standalone else good["lockdown"]["mode"]
    clock = build(_kind("dateTimeInfo"), good["date_time"])
    clock.enabled = good["time_enabled"]
    return vim.host.ConfigInfo(
        host=moref,
        product=build(vim.AboutInfo, good["product"]),
        hyperThread=build(_kind("hyperThread"), good["hyper_thread"]),
        firewall=build(_kind("firewall"), good["firewall"]),
        service=build(_kind("service"), {"service": good["services"]}),
        activeDiagnosticPartition=build(_kind("activeDiagnosticPartition"), good["diagnostic_partition"]),
        dateTimeInfo=clock,
        powerSystemInfo=build(_kind("powerSystemInfo"), {"currentPolicy": good["power"]}),
        authenticationManagerInfo=vim.host.AuthenticationManagerInfo(
            authConfig=[vim.host.LocalAuthenticationInfo(enabled=True), directory]
        ),
        network=network(good),
        virtualNicManagerInfo=nic_services(good),
        storageDevice=_storage(good),
        option=settings,
        lockdownMode=mode,
        adminDisabled=mode != "lockdownDisabled",
        certificate=support.GetVmodlType("byte[]")([support.byte(b) for b in certificate]),
    )


def _storage(good: dict[str, Any]) -> Any:
    info, iscsi = vim.host.MultipathInfo, good["iscsi"]
    login = vim.host.InternetScsiHba.AuthenticationProperties(
        chapAuthEnabled=True, chapAuthenticationType=iscsi["chap"], mutualChapAuthenticationType=iscsi["mutualChap"]
    )
    adapter = vim.host.InternetScsiHba(
        key=f"key-vim.host.InternetScsiHba-{iscsi['device']}",
        device=iscsi["device"],
        bus=0,
        status="online",
        model=iscsi["model"],
        driver=iscsi["driver"],
        isSoftwareBased=True,
        iScsiName=iscsi["iScsiName"],
        authenticationProperties=login,
        configuredSendTarget=[
            vim.host.InternetScsiHba.SendTarget(
                address=iscsi["target"],
                port=3260,
                authenticationProperties=vim.host.InternetScsiHba.AuthenticationProperties(
                    chapAuthEnabled=True,
                    chapAuthenticationType=iscsi["chap"],
                    chapInherited=True,
                    mutualChapAuthenticationType=iscsi["mutualChap"],
                    mutualChapInherited=True,
                ),
            )
        ],
    )
    local = vim.host.BlockHba(
        key="key-vim.host.BlockHba-vmhba0", device="vmhba0", bus=0, status="unknown", model="AHCI Controller"
    )
    local.driver = "vmw_ahci"
    units, disks = [], []
    for i, lun in enumerate(good["luns"]):
        key, unit = f"key-vim.host.ScsiDisk-{i:02d}", f"key-vim.host.MultipathInfo.LogicalUnit-{i:02d}"
        paths = [
            info.Path(key=f"key-vim.host.MultipathInfo.Path-{p}", name=p, pathState="active", state="active", lun=unit)
            for p in lun["paths"]
        ]
        for index, path in enumerate(paths):
            device = path.name.partition(":")[0]
            kind = "InternetScsiHba" if device == iscsi["device"] else "BlockHba"
            path.adapter, path.isWorkingPath = f"key-vim.host.{kind}-{device}", index == 0
        policy = info.LogicalUnitPolicy(policy=lun["policy"])
        array = info.LogicalUnitStorageArrayTypePolicy(policy=lun["satp"])
        units.append(
            info.LogicalUnit(key=unit, id=lun["id"], lun=key, path=paths, policy=policy, storageArrayTypePolicy=array)
        )
        size = vim.host.DiskDimensions.Lba(blockSize=512, block=lun["size_blocks"])
        disks.append(
            vim.host.ScsiDisk(
                key=key,
                uuid=lun["id"],
                canonicalName=lun["id"],
                lunType="disk",
                vendor=lun["vendor"],
                model=lun["model"],
                queueDepth=lun["queueDepth"],
                vStorageSupport=lun["vaai"],
                capacity=size,
                localDisk=lun["local"],
                operationalState=["ok"],
            )
        )
    return vim.host.StorageDeviceInfo(
        hostBusAdapter=[local, adapter], scsiLun=disks, multipathInfo=info(lun=units), softwareInternetScsiEnabled=True
    )


def _managers(made: FakeHost, moid: str, config: Any, good: dict[str, Any]) -> Any:
    """References to the managers; those with properties of their own get them in `made.managers`."""
    manager = vim.host.ConfigManager
    kinds = {
        "advancedOption": (vim.option.OptionManager, {"setting": lambda: config.option}),
        "serviceSystem": (vim.host.ServiceSystem, {"serviceInfo": lambda: config.service}),
        "hostAccessManager": (vim.host.HostAccessManager, {"lockdownMode": lambda: config.lockdownMode}),
        "imageConfigManager": (vim.host.ImageConfigManager, {}),
        "firewallSystem": (vim.host.FirewallSystem, {"firewallInfo": lambda: config.firewall}),
        "dateTimeSystem": (vim.host.DateTimeSystem, {"dateTimeInfo": lambda: config.dateTimeInfo}),
        "networkSystem": (vim.host.NetworkSystem, {"networkInfo": lambda: config.network}),
        "kernelModuleSystem": (vim.host.KernelModuleSystem, {}),
        "snmpSystem": (
            vim.host.SnmpSystem,
            {"configuration": build(vim.host.SnmpSystem.SnmpConfigSpec, good["snmp"])},
        ),
        "certificateManager": (vim.host.CertificateManager, {}),
        "authenticationManager": (vim.host.AuthenticationManager, {"info": lambda: config.authenticationManagerInfo}),
    }
    references = {}
    for name, (kind, properties) in kinds.items():
        references[name] = kind(f"{name}-{moid}")
        made.managers[f"{name}-{moid}"] = properties
    return manager(**references)
