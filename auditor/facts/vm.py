"""Facts of a virtual machine, as its vCenter or host shows them; nothing is asked inside the guest.

`roles`: guest | template | system, and powered-on | powered-off | suspended. A `system` machine belongs to the platform
(a cluster service agent, a placeholder), not to the customer. The version of the target is that of its host.
"""

from typing import Annotated

from pydantic import Field

from auditor.facts.base import FactModel
from auditor.facts.estate import MachineEstate
from auditor.facts.semantics import AS_SET, DERIVED, IDENTITY, IGNORED, MEBIBYTES, MILLISECONDS, STATE, VERSION, Compare

# What the platform writes into a machine's configuration by itself, and what is its own by nature.
EXTRA = Compare(
    fold=True,
    skip_keys=r"vmotion\.checkpoint|migrate\.|softPowerOff$|cleanShutdown$|toolsInstallManager\.|monitor\.phys_bits"
    r"|(scsi|sata|nvme|pciBridge|ethernet|vmci|usb|ide|hpet)\w*(:\d+)?\."
    r"(pciSlotNumber|present|redo|id|sasWWID|generatedAddress\w*)$",
    own_keys=r"nvram$|uuid\.|vc\.uuid$|sched\.swap\.derivedName$|vmware\.tools\.internalversion$",
)


class State(FactModel):
    """Where the machine is and what it does at the moment."""

    connection: Annotated[str | None, IGNORED] = Field(None, description="connected; anything else is a failure")
    power: Annotated[str | None, IGNORED] = Field(None, description="poweredOn | poweredOff | suspended")
    host: Annotated[str | None, IGNORED] = Field(None, description="name of the host that it is on")
    host_version: Annotated[str | None, VERSION, STATE] = None
    cluster: Annotated[str | None, IGNORED] = None
    fault_tolerance: Annotated[str | None, IGNORED] = Field(None, description="notConfigured | running | ...")


class Allocation(FactModel):
    """Share of a resource of the host. MHz for processors, MiB for memory."""

    shares: str | None = Field(None, description="low | normal | high | custom")
    reservation: int | None = None
    limit: int | None = Field(None, description="-1: none")


class Processors(Allocation):
    """Virtual processors."""

    count: int | None = None
    cores_per_socket: int | None = None
    hot_add: bool | None = None


class Memory(Allocation):
    """Memory of the machine."""

    size: Annotated[int | None, MEBIBYTES] = Field(None, description="MiB")
    hot_add: bool | None = None


class Boot(FactModel):
    """How it starts."""

    firmware: str | None = Field(None, description="bios | efi")
    secure_boot: bool | None = Field(None, description="UEFI Secure Boot; without effect under BIOS")
    enter_setup: bool | None = None
    delay: Annotated[int | None, MILLISECONDS] = Field(None, description="milliseconds")


class Encryption(FactModel):
    """Encryption of the machine and of what moves it."""

    encrypted: bool | None = Field(None, description="its files are encrypted")
    vmotion: str | None = Field(None, description="disabled | opportunistic | required")
    fault_tolerance: str | None = Field(
        None, description="ftEncryptionDisabled | ftEncryptionOpportunistic | ftEncryptionRequired"
    )


class Tools(FactModel):
    """VMware Tools. A gap while the machine is not running: nobody is there to say."""

    running: Annotated[bool | None, STATE] = None
    version: Annotated[str | None, IGNORED] = Field(None, description="internal number, as the guest says")
    version_status: Annotated[str | None, STATE] = Field(
        None, description="guestToolsCurrent | guestToolsUnmanaged | ..."
    )


class ToolsPolicy(FactModel):
    """What the machine's configuration says about VMware Tools."""

    upgrade: str | None = Field(None, description="manual | upgradeAtPowerCycle")
    sync_time: bool | None = Field(None, description="the guest follows the clock of the host")


class Nic(FactModel):
    """A virtual network adapter."""

    type: str | None = Field(None, description="vmxnet3 | vmxnet3-rdma | vmxnet2 | e1000 | e1000e | sriov | ...")
    mac: Annotated[str | None, IDENTITY] = None
    mac_type: str | None = Field(None, description="manual | generated | assigned")
    connected: Annotated[bool | None, STATE] = None
    start_connected: bool | None = None
    guest_control: bool | None = Field(None, description="the guest may connect and disconnect it")
    backing: str | None = Field(None, description="standard | distributed | opaque")
    network: str | None = Field(None, description="name of its port group, where it can be told")
    port_group_key: Annotated[str | None, IDENTITY] = Field(None, description="of a distributed port group")
    port: Annotated[str | None, IDENTITY] = Field(None, description="key of the distributed port")
    switch_uuid: Annotated[str | None, IDENTITY] = None
    wake_on_lan: bool | None = None
    direct_path: bool | None = None


class Disk(FactModel):
    """A virtual disk."""

    mode: str | None = Field(None, description="persistent | independent_persistent | independent_nonpersistent | ...")
    backing: str | None = Field(None, description="flat | sesparse | rdm-physical | rdm-virtual | ...")
    file: Annotated[str | None, IDENTITY] = None
    datastore: Annotated[str | None, IGNORED] = None
    thin: bool | None = None
    sharing: str | None = Field(None, description="sharingNone | sharingMultiWriter")
    encrypted: bool | None = None
    capacity: Annotated[int | None, IGNORED] = Field(None, description="bytes")
    controller: str | None = Field(None, description="class of its controller, e.g. ParaVirtualSCSIController")


class Device(FactModel):
    """Any other virtual device."""

    kind: str | None = Field(None, description="cdrom, floppy, parallel, serial, usb, sound, ahci, passthrough ...")
    type: str | None = Field(None, description="class in the API")
    connected: Annotated[bool | None, STATE] = None
    start_connected: bool | None = None
    guest_control: bool | None = None
    backing: str | None = Field(None, description="class of what is behind it")
    uri_scheme: str | None = Field(None, description="of a serial port behind a network address; of its proxy, if any")


class Snapshots(FactModel):
    """Snapshots that are kept."""

    count: Annotated[int | None, IGNORED] = None
    oldest: Annotated[str | None, IGNORED] = Field(None, description="when the oldest was made, ISO 8601")


class Facts(FactModel):
    """Everything that rules and golden profiles may say about a virtual machine."""

    name: Annotated[str | None, IDENTITY] = None
    roles: Annotated[list[str], AS_SET, DERIVED] = Field([])
    uuid: Annotated[str | None, IDENTITY] = Field(None, description="BIOS uuid")
    instance_uuid: Annotated[str | None, IDENTITY] = None
    template: bool | None = None
    managed_by: str | None = Field(None, description="`extension/type` of the product that manages it")
    system_sign: Annotated[str | None, DERIVED] = Field(
        None, description="why it counts as a machine of the platform; absent: it does not"
    )
    state: State = State()
    guest_os: str | None = Field(None, description="what it is configured for, e.g. rhel9_64Guest")
    hardware_version: int | None = Field(None, description="21 of vmx-21")
    cpu: Processors = Processors()
    memory: Memory = Memory()
    boot: Boot = Boot()
    encryption: Encryption = Encryption()
    logging: bool | None = None
    tools: Tools = Tools()
    tools_policy: ToolsPolicy = ToolsPolicy()
    extra_config: Annotated[dict[str, str], EXTRA] = Field(
        {}, description="extra configuration without `guestinfo.*`, which is what the guest says or is told"
    )
    dvfilters: Annotated[list[str], AS_SET, DERIVED] = Field([], description="packet filters attached to its adapters")
    passthrough_entries: Annotated[list[str], AS_SET, DERIVED] = Field(
        [], description="`pciPassthruN.present` entries that are true"
    )
    nics: dict[str, Nic] = Field({}, description="by label")
    disks: dict[str, Disk] = Field({}, description="by label")
    devices: dict[str, Device] = Field({}, description="by label")
    devices_by_kind: Annotated[dict[str, Annotated[list[str], AS_SET]], DERIVED] = Field(
        {}, description="labels; every audited kind has an entry, an empty one when there is no such device"
    )
    connected_cdroms: Annotated[list[str], AS_SET, DERIVED] = Field(
        [], description="CD and DVD drives that are connected, now or at power-on"
    )
    snapshots: Snapshots = Snapshots()
    estate: Annotated[MachineEstate | None, IGNORED] = None
