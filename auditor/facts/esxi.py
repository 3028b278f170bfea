"""Facts of an ESXi host. Names of the vSphere API are kept where a value is an API word (`lockdownNormal`, `off`).

`roles` says what kind of host it is, for `applies_to`: managed | standalone; ntp | ptp; tpm; secure-boot-hardware;
tpm-uefi; iscsi; ad-joined; nsx; vsan; auto-deploy (no disk to boot from); service-console (ESX, not ESXi).
"""

from typing import Annotated

from pydantic import Field

from auditor.facts.activity import Activity
from auditor.facts.base import FactModel
from auditor.facts.estate import HostEstate, NameCheck
from auditor.facts.esxi_access import (
    Access,
    Account,
    ActiveDirectory,
    Certificate,
    Lockdown,
    PasswordQuality,
    Snmp,
    TrustedCa,
)
from auditor.facts.esxi_network import Dns, Firewall, PhysicalNic, PortGroup, VmkernelNic, VSwitch
from auditor.facts.esxi_operations import BootDevice, Image, Licence, Store
from auditor.facts.semantics import AS_SET, DERIVED, IDENTITY, IGNORED, ORDERED, STATE, VERSION, Compare
from auditor.facts.vsphere import Cluster, Option, Product

# Where a host keeps its own logs and scratch is its own affair: a shared folder holds one of each per host.
OPTIONS = Compare(
    fold=True,
    own_keys=r"ScratchConfig\.|Syslog\.global\.(logDir|auditRecord\.storageDirectory)$|Misc\.(HostName|HostIPAddr)$"
    r"|Vpx\.Vpxa\.config\.vpxa\.(hostIp|hostKey|serverIp|uuid)$",
)


class Hardware(FactModel):
    """The machine."""

    vendor: str | None = None
    model: str | None = None
    serial: Annotated[str | None, IDENTITY] = None
    uuid: Annotated[str | None, IDENTITY] = None
    bios_version: str | None = None
    cpu_model: str | None = None
    cpu_packages: int | None = None
    cpu_cores: int | None = None
    cpu_threads: int | None = None
    memory_bytes: Annotated[int | None, Compare("number", tolerance=1 << 28, unit="B")] = Field(
        None, description="what the firmware leaves: equal machines differ by some MiB"
    )


class State(FactModel):
    """Runtime state at the time of reading; a host that is not connected is never read."""

    connection: Annotated[str | None, STATE] = Field(None, description="connected")
    power: Annotated[str | None, STATE] = Field(None, description="poweredOn | standBy | ...")
    maintenance: Annotated[bool | None, STATE] = None
    quarantine: Annotated[bool | None, STATE] = None
    boot_time: Annotated[str | None, IGNORED] = Field(None, description="ISO 8601, UTC")
    reboot_required: Annotated[bool | None, IGNORED] = None


class Service(FactModel):
    """A service of the host, keyed by its short name (`TSM-SSH`)."""

    running: bool | None = None
    policy: str | None = Field(None, description="on | off | automatic")
    required: bool | None = None
    label: str | None = None
    rulesets: Annotated[list[str], AS_SET] = Field([], description="firewall rule sets it opens")


class Time(FactModel):
    """How the clock is kept right."""

    ntp_servers: Annotated[list[str], ORDERED] = Field([])
    protocol: str | None = Field(None, description="ntp | ptp | none; derived on hosts older than 7.0.3")
    enabled: bool | None = Field(None, description="time service enabled (7.0.3 and later)")
    off_by_seconds: Annotated[int | None, IGNORED] = Field(
        None, description="how far the host's clock and the collector's were apart, either way"
    )
    timezone: str | None = None


class Syslog(FactModel):
    """Derived from the Syslog.global.* options."""

    hosts: Annotated[list[str], AS_SET, DERIVED] = Field([], description="proto://host:port, defaults written out")
    protocols: Annotated[list[str], AS_SET, DERIVED] = Field([], description="udp | tcp | ssl")
    dir: Annotated[str | None, IDENTITY, DERIVED] = None
    unique: Annotated[bool | None, DERIVED] = Field(None, description="one folder per host in a shared log folder")
    persistent: Annotated[bool | None, DERIVED] = Field(None, description="the log folder outlives a reboot")
    level: Annotated[str | None, DERIVED] = None


class Scratch(FactModel):
    """Derived from the ScratchConfig.* options."""

    configured: Annotated[str | None, IDENTITY, DERIVED] = None
    current: Annotated[str | None, IDENTITY, DERIVED] = None
    persistent: Annotated[bool | None, DERIVED] = Field(
        None, description="current location is on a volume, not on a ramdisk"
    )
    reboot_pending: Annotated[bool | None, DERIVED] = Field(None, description="configured and current location differ")


class Boot(FactModel):
    """Secure boot, TPM, and what they enforce."""

    secure_boot: bool | None = Field(None, description="booted with UEFI Secure Boot; absent on BIOS hosts")
    tpm: bool | None = Field(None, description="the host supports a TPM")
    tpm_version: Annotated[str | None, VERSION] = None
    attestation: str | None = Field(
        None, description="accepted | notAccepted: what vCenter makes of the TPM's report; absent without TPM 2.0"
    )
    encryption_mode: str | None = Field(None, description="none | tpm (7.0.3 and later)")
    require_secure_boot: bool | None = None
    require_exec_installed_only: bool | None = None


class Hyperthreading(FactModel):
    """Hyperthreading: what the hardware offers, runs now, and is configured for the next boot."""

    available: bool | None = None
    active: bool | None = None
    configured: bool | None = None


class Dump(FactModel):
    """Where a kernel dump goes."""

    configured: bool | None = Field(None, description="a diagnostic partition is active")
    type: str | None = Field(None, description="singleHost | multiHost")
    storage: str | None = Field(None, description="directAttached | networkAttached")
    disk: Annotated[str | None, IDENTITY] = None


class Multipath(FactModel):
    """Paths to one LUN, keyed by its canonical name."""

    policy: str | None = Field(None, description="VMW_PSP_RR | VMW_PSP_FIXED | VMW_PSP_MRU | ...")
    paths: Annotated[int | None, STATE] = None
    live_paths: Annotated[int | None, IGNORED] = Field(None, description="paths in state active or standby")
    storage_type: str | None = Field(None, description="storage array type plug-in")
    local: bool | None = Field(None, description="a disk inside the host (HostScsiDisk.localDisk): one path by nature")
    vendor: str | None = Field(None, description="as the array answers to a SCSI inquiry, in upper case")
    model: str | None = None
    queue_depth: int | None = None
    vaai: Annotated[str | None, STATE] = Field(
        None, description="vStorageSupported | vStorageUnsupported; absent until the host has tried an offload"
    )
    vendor_policy: Annotated[str | None, DERIVED] = Field(None, description="derived: VENDOR=POLICY")


class Array(FactModel):
    """All disks of one vendor, those inside the host left out; keyed by the vendor, in upper case."""

    policies: Annotated[list[str], AS_SET] = Field([], description="path policies in use")
    queue_depths: Annotated[list[int], AS_SET] = Field([])


class Iscsi(FactModel):
    """An iSCSI adapter, keyed by its device (`vmhba64`)."""

    name: Annotated[str | None, IDENTITY] = Field(None, description="IQN")
    software: bool | None = None
    chap: str | None = Field(None, description="chapRequired | chapPreferred | chapDiscouraged | chapProhibited")
    mutual_chap: str | None = None
    weaker_targets: Annotated[list[str], AS_SET] = Field(
        [], description="targets (address:port, static ones with their name) whose own CHAP setting is not chapRequired"
    )


class Package(FactModel):
    """An installed package (VIB), keyed by its name."""

    version: str | None = None
    vendor: str | None = None
    acceptance: str | None = Field(None, description="vmware_certified | vmware_accepted | partner | community")


class KernelSetting(FactModel):
    """A boot option of the VMkernel: what runs now, and what the next boot takes."""

    configured: str | None = None
    runtime: str | None = None


class Facts(FactModel):
    """Everything that rules and golden profiles may say about an ESXi host."""

    name: Annotated[str | None, IDENTITY] = None
    roles: Annotated[list[str], AS_SET, DERIVED] = Field([])
    product: Product = Product()
    hardware: Hardware = Hardware()
    state: State = State()
    management_server: Annotated[str | None, IDENTITY] = Field(
        None, description="address of the vCenter that manages it"
    )
    cluster: Cluster | None = None
    advanced: Annotated[dict[str, Option], OPTIONS] = Field({})
    services: dict[str, Service] = Field({})
    lockdown: Lockdown = Lockdown()
    access: dict[str, Access] = Field({}, description="host access entries by principal")
    named_admins: Annotated[list[str] | None, AS_SET, DERIVED] = Field(
        None, description="derived from `access`: principals with accessAdmin other than root, dcui and vpxuser"
    )
    time: Time = Time()
    dns: Dns = Dns()
    firewall: Firewall = Firewall()
    vswitches: dict[str, VSwitch] = Field({})
    port_groups: dict[str, PortGroup] = Field({})
    vmkernel: dict[str, VmkernelNic] = Field({})
    pnics: Annotated[dict[str, PhysicalNic], IDENTITY] = Field(
        {}, description="by PCI address, for device numbers move"
    )
    syslog: Syslog = Syslog()
    scratch: Scratch = Scratch()
    ad: ActiveDirectory = ActiveDirectory()
    certificate: Certificate | None = None
    trusted_cas: dict[str, TrustedCa] = Field({}, description="CertificateManager.ListCACertificates")
    acceptance_level: str | None = Field(
        None, description="vmware_certified | vmware_accepted | partner | community, as the API spells it"
    )
    packages: dict[str, Package] = Field({})
    multipath: Annotated[dict[str, Multipath], IDENTITY] = Field({})
    arrays: dict[str, Array] = Field({}, description="derived from `multipath`, by vendor")
    queue_depths: Annotated[list[int], AS_SET, DERIVED] = Field([], description="derived from `arrays`")
    iscsi: dict[str, Iscsi] = Field({})
    snmp: Snmp | None = None
    boot: Boot = Boot()
    hyperthreading: Hyperthreading = Hyperthreading()
    power_policy: str | None = Field(None, description="static (high performance) | dynamic (balanced) | low | custom")
    dump: Dump = Dump()
    password_quality: Annotated[PasswordQuality | None, DERIVED] = None
    datastores: Annotated[list[str], AS_SET] = Field([])
    stores: Annotated[dict[str, Store], DERIVED] = Field({}, description="what is known of each of the datastores")
    image: Image = Image()
    licence: Licence | None = None
    # From esxcli, which is read only when the source says `esxcli: true`:
    sshd: dict[str, str] = Field({}, description="esxcli system ssh server config list, keys in lower case")
    accounts: dict[str, Account] = Field({}, description="esxcli system account list")
    tls_profile: str | None = Field(
        None,
        description="in force: esxcli system tls server get --show-current-boot-profile (8.0 U3 and later)",
    )
    tls_profile_configured: str | None = Field(None, description="profile that the next restart brings")
    fips: dict[str, bool] = Field({}, description="ssh, rhttpproxy: FIPS 140 mode is on")
    key_persistence: bool | None = Field(None, description="keys of encrypted VMs outlive a reboot in the TPM")
    boot_device: BootDevice | None = Field(None, description="esxcli storage core device list: the one marked so")
    listening: Annotated[list[str] | None, AS_SET] = Field(
        None, description="esxcli network ip connection list: protocol/port that others can reach, loopback left out"
    )
    firewall_active: bool | None = Field(None, description="esxcli network firewall get: enabled, loaded, action DROP")
    kernel_settings: dict[str, KernelSetting] = Field({}, description="esxcli system settings kernel list")
    pending: Annotated[dict[str, KernelSetting] | None, DERIVED] = Field(
        None, description="derived: judged settings of which the next restart brings another value than runs now"
    )
    estate: Annotated[HostEstate | None, IGNORED] = None
    names: Annotated[NameCheck | None, IGNORED] = None
    activity: Annotated[Activity | None, IGNORED] = None
