"""Network facts of an ESXi host."""

from typing import Annotated

from pydantic import Field

from auditor.facts.base import FactModel
from auditor.facts.semantics import AS_SET, DERIVED, IDENTITY, IGNORED, ORDERED
from auditor.facts.vsphere import Inherited, Security, Teaming


class Dns(FactModel):
    """Name resolution of the default TCP/IP stack."""

    servers: Annotated[list[str], ORDERED] = Field([])
    search: Annotated[list[str], ORDERED] = Field([])
    hostname: Annotated[str | None, IDENTITY] = None
    domain: str | None = None
    dhcp: bool | None = None
    fqdn: Annotated[str | None, IDENTITY, DERIVED] = Field(None, description="derived: hostname.domain, in lower case")
    known_by_fqdn: Annotated[bool | None, DERIVED] = Field(
        None, description="derived: vCenter knows the host by that name; absent on a host asked directly"
    )


class Ruleset(FactModel):
    """A firewall rule set, keyed by its short name (`sshServer`)."""

    enabled: bool | None = None
    all_ips: bool | None = Field(None, description="reachable from any address")
    allowed: Annotated[list[str], AS_SET] = Field([], description="addresses and networks (CIDR) that are let in")
    ports: Annotated[list[str], AS_SET] = Field([], description="direction/protocol/port or first-last")
    label: str | None = None
    service: str | None = None
    required: bool | None = None
    user_controllable: bool | None = Field(None, description="false: owned by the system (8.0 and later)")
    ip_list_configurable: bool | None = None


class Firewall(FactModel):
    """The host's firewall."""

    incoming_blocked: bool | None = Field(None, description="default policy")
    outgoing_blocked: bool | None = Field(None, description="default policy")
    rulesets: dict[str, Ruleset] = Field({})
    open_ports: Annotated[list[str], AS_SET, DERIVED] = Field(
        [], description="derived: direction/protocol/port of all enabled rule sets"
    )


class VSwitch(FactModel):
    """A standard switch."""

    mtu: int | None = Field(None, description="bytes")
    ports: int | None = None
    pnics: Annotated[list[str], ORDERED] = Field([])
    security: Security = Security()
    teaming: Teaming = Teaming()
    shaping: bool | None = None
    discovery_protocol: str | None = Field(None, description="cdp | lldp")
    discovery_operation: str | None = Field(None, description="listen | advertise | both | none")


class PortGroup(FactModel):
    """A standard port group; `security` and `teaming` are what is in force, inherited or not."""

    vswitch: str | None = None
    vlan: int | None = Field(None, description="0: untagged; 4095: all, tagged by the guest")
    security: Security = Security()
    security_inherited: Annotated[Inherited, IGNORED] = Inherited()
    teaming: Teaming = Teaming()
    teaming_inherited: bool | None = None
    shaping: bool | None = None
    is_management: Annotated[bool | None, DERIVED] = Field(
        None, description="carries a VMkernel adapter with management traffic"
    )
    vmkernel: Annotated[list[str], AS_SET, DERIVED] = Field([], description="VMkernel adapters in it")
    nic_order: Annotated[str | None, DERIVED] = Field(
        None, description="derived from `teaming`: NAME=ACTIVE,.../STANDBY,..."
    )


class VmkernelNic(FactModel):
    """A VMkernel adapter, keyed by its device (`vmk0`)."""

    ip: Annotated[str | None, IDENTITY] = None
    mask: str | None = None
    dhcp: bool | None = None
    ipv6: Annotated[list[str], AS_SET, IDENTITY] = Field([])
    mtu: int | None = Field(None, description="bytes")
    mac: Annotated[str | None, IDENTITY] = None
    port_group: str | None = None
    dvport_group: Annotated[str | None, IDENTITY] = Field(
        None, description="key of the distributed port group (dvportgroup-12)"
    )
    dvs_uuid: Annotated[str | None, IDENTITY] = None
    network: str | None = Field(None, description="name of its port group, standard or distributed")
    switch: str | None = Field(None, description="name of its switch")
    vlan: Annotated[int | None, DERIVED] = Field(None, description="of its port group; absent on a trunk")
    on_networks: Annotated[list[str], AS_SET, DERIVED] = Field(
        [], description="derived: SERVICE=PORT GROUP for each service"
    )
    on_switches: Annotated[list[str], AS_SET, DERIVED] = Field(
        [], description="derived: SERVICE=SWITCH for each service"
    )
    on_vlans: Annotated[list[str], AS_SET, DERIVED] = Field([], description="derived: SERVICE=VLAN for each service")
    services: Annotated[list[str], AS_SET] = Field(
        [], description="management | vmotion | vsan | faultToleranceLogging | vSphereReplication | ..."
    )
    netstack: str | None = None


class PhysicalNic(FactModel):
    """A physical adapter, keyed by its PCI address (`0000:03:00.0`)."""

    device: Annotated[str | None, IDENTITY] = None
    driver: str | None = None
    driver_version: str | None = None
    driver_set: Annotated[str | None, DERIVED] = Field(None, description="derived: DRIVER=VERSION/FIRMWARE")
    firmware: str | None = None
    speed_mbps: Annotated[int | None, IGNORED] = Field(None, description="of the link now; absent when it is down")
    full_duplex: Annotated[bool | None, IGNORED] = None
    auto_negotiate: bool | None = None
    mac: Annotated[str | None, IDENTITY] = None
    link_up: Annotated[bool | None, IGNORED] = None
