"""Facts of a virtualisation host: libvirt, its guests as they are defined, and what the kernel gives them."""

from typing import Annotated

from pydantic import Field

from auditor.facts.base import FactModel
from auditor.facts.semantics import AS_SET, DERIVED, IDENTITY, MEBIBYTES, STATE

Names = Annotated[list[str], AS_SET]
Text = int | str


class Domain(FactModel):
    """A guest as its file says it starts next."""

    hugepages: bool = False
    autostart: bool = False
    confinement: str = Field("default", description="seclabel type: default | dynamic | static | none")
    memory_mib: Annotated[int | None, MEBIBYTES] = None


class Disk(FactModel):
    """A disk of a guest."""

    guest: str
    device: str = Field("disk", description="disk | cdrom | floppy | lun")
    bus: str | None = Field(None, description="virtio | scsi | sata | ide | usb | fdc ...")
    paravirtual: Annotated[bool, DERIVED] = Field(description="virtio, or SCSI behind a virtio controller")
    cache: str = Field("default", description="none | directsync | writethrough | writeback | unsafe | default")


class Nic(FactModel):
    """A network card of a guest."""

    guest: str
    mac: Annotated[str | None, IDENTITY] = None
    model: str | None = Field(None, description="absent: the emulator's own default")
    paravirtual: Annotated[bool, DERIVED]
    network: str | None = Field(None, description="libvirt network")
    bridge: str | None = Field(None, description="host bridge, also that of its network")
    bridge_found: Annotated[bool | None, STATE] = Field(None, description="that bridge is there now")
    duplicates: Annotated[Names, DERIVED] = Field(
        default_factory=list, description="other cards on this host with its MAC address"
    )


class Graphics(FactModel):
    """A console of a guest that a socket offers."""

    guest: str
    type: str = Field(description="vnc | spice | rdp ...")
    listen: Names = Field(default_factory=list, description="addresses, qemu.conf's default included")
    exposed: bool = Field(description="can be reached from other hosts")
    password: bool = Field(description="one is set, by the guest or in qemu.conf")
    tls: bool


class VirtualNetwork(FactModel):
    """A network that libvirt makes."""

    autostart: bool = False
    forward: str | None = Field(None, description="nat | route | bridge | open ...; absent: isolated")
    bridge: str | None = None
    needed_at_boot: bool = Field(False, description="a guest that starts with the host is plugged into it")


class Daemon(FactModel):
    """Who may talk to libvirt."""

    plain_tcp: bool = Field(description="it listens, or would at start, without encryption")
    tls: bool = Field(description="it listens, or would at start, with TLS")
    tls_checks_clients: bool = Field(description="certificates are verified, and names listed or a login asked for")
    socket_auth: str = Field(description="auth_unix_rw: polkit | sasl | none")
    socket_mode: str = Field(description="unix_sock_rw_perms, else what the way of start means")


class HugePages(FactModel):
    """Memory set aside for guests."""

    total: int = Field(description="pages of every size")
    pinned: bool = Field(description="sysctl or the kernel command line sets them aside at boot")
    mounted: bool = Field(description="a hugetlbfs is mounted")


class Kvm(FactModel):
    """A KVM host. Guests that are not defined in /etc/libvirt (transient ones, plain qemu) do not show."""

    domains: Annotated[dict[str, Domain], IDENTITY] = Field(default_factory=dict)
    disks: Annotated[dict[str, Disk], IDENTITY] = Field(default_factory=dict, description="by `guest/target`")
    nics: Annotated[dict[str, Nic], IDENTITY] = Field(default_factory=dict, description="by `guest/n`, from 0")
    graphics: Annotated[dict[str, Graphics], IDENTITY] = Field(default_factory=dict, description="by `guest/type`")
    networks: dict[str, VirtualNetwork] = Field(default_factory=dict)
    autostarted: Annotated[Names | None, DERIVED] = Field(None, description="guests that start with the host")
    daemon: Daemon | None = None
    qemu: dict[str, Text] = Field(default_factory=dict, description="what qemu.conf sets, lists joined by a comma")
    hugepages: HugePages | None = None
    ksm: Annotated[int | None, STATE] = Field(None, description="0 stopped | 1 runs | 2 stopped and pages split again")
    nested: bool | None = Field(None, description="guests may be hypervisors themselves")
    competing: Names | None = Field(None, description="other hypervisors in use: VirtualBox, VMware, Xen")
