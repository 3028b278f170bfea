"""Ports of an NX-OS device and what a Nexus 1000V is made of: profiles, interfaces, svs domain, modules."""

from typing import Annotated

from pydantic import Field

from auditor.facts.base import FactModel
from auditor.facts.semantics import AS_SET, BYTES, DERIVED, IDENTITY, IGNORED, MINUTES, STATE

Vlans = Annotated[list[int], AS_SET]
Names = Annotated[list[str], AS_SET]


class PortSecurity(FactModel):
    """Port security of a profile or port."""

    enabled: bool = False
    maximum: int | None = None
    violation: str | None = Field(None, description="shutdown, restrict, protect")
    aging_minutes: Annotated[int | None, MINUTES] = None


class Port(FactModel):
    """What a port profile and an interface have in common: effective settings of a switch port."""

    description: Annotated[str | None, IGNORED] = None
    shutdown: bool | None = None
    mode: str | None = Field(None, description="access, trunk, private-vlan host ...; absent on a routed port")
    access_vlan: int | None = None
    trunk_vlans: str | None = Field(None, description='canonical ranges of a trunk: "2-100,200"')
    native_vlan: int | None = None
    carries_vlan_1: Annotated[bool | None, DERIVED] = Field(None, description="access, native or allowed VLAN 1")
    native_vlan_is_access_vlan: Annotated[bool | None, DERIVED] = Field(
        None, description="hosts sit untagged in this trunk's native VLAN"
    )
    port_security: PortSecurity | None = None
    dhcp_trust: bool | None = None
    dhcp_rate: int | None = Field(None, description="packets a second; absent: not limited")
    arp_trust: bool | None = None
    source_guard: bool | None = None
    source_guard_effective: Annotated[bool | None, DERIVED] = Field(
        None, description="and DHCP snooping really runs on its VLANs"
    )
    ip_acl_in: str | None = None
    ip_acl_out: str | None = None
    mac_acl_in: str | None = None
    mac_acl_out: str | None = None
    missing_acls: Annotated[Names, DERIVED] = Field(default_factory=list, description="named here, defined nowhere")
    cdp: bool | None = None
    block_unicast: bool | None = None
    storm_broadcast: float | None = Field(None, description="percent; 100 = off")
    storm_broadcast_pps: int | None = Field(None, description="packets a second, where the limit is given so")
    mtu: Annotated[int | None, BYTES] = None
    channel_group: str | None = Field(None, description='"auto mode on mac-pinning", "10 mode active"')


class PortProfile(Port):
    """A port profile: golden on a Nexus 1000V, pushed to vCenter as a port group."""

    type: str = Field("vethernet", description="vethernet (towards machines) or ethernet (uplink)")
    enabled: bool = Field(False, description="`state enabled`")
    live: Annotated[bool, DERIVED] = Field(False, description="enabled, not shut, and published to vCenter")
    system_made: Annotated[bool, DERIVED] = Field(False, description="Unused_Or_Quarantine_*")
    infrastructure: Annotated[bool, DERIVED] = Field(
        False, description="l3control, iSCSI, or a system VLAN that is a control VLAN in L2 mode"
    )
    on_control_vlan: Annotated[bool | None, DERIVED] = Field(
        None, description="carries a VLAN in which modules and supervisor talk: control and packet (L2), l3control (L3)"
    )
    host_facing: Annotated[bool, DERIVED] = Field(
        False, description="live vethernet profile for virtual machines: no system or infrastructure one"
    )
    inherits: str | None = None
    system_vlans: Vlans = Field(default_factory=list)
    system_vlans_not_allowed: Annotated[Vlans, DERIVED] = Field(
        default_factory=list, description="system VLANs that the profile does not carry"
    )
    l3_control: bool = False
    pinning: str | None = None
    max_ports: int | None = None
    port_group: str | None = Field(None, description="name in vCenter")
    service_domain: str | None = None
    in_use: Annotated[bool | None, STATE] = Field(
        None, description="an interface of the running configuration inherits it"
    )


class Interface(Port):
    """An interface with what its profile gives it. On a VSM it is runtime state: it moves with its machine."""

    kind: str = Field("", description="vethernet, ethernet, port-channel, mgmt, vlan, loopback, control")
    profile: str | None = None
    quarantined: Annotated[bool, STATE] = Field(False, description="sits in Unused_Or_Quarantine_*")
    sticky_macs: Annotated[int, STATE] = 0
    overrides_profile: Annotated[bool, DERIVED] = Field(
        False, description="has switch port lines of its own beside the profile's"
    )
    ip_access_group_in: str | None = None
    ip_access_group_out: str | None = None
    ip_address: Annotated[str | None, IDENTITY] = None
    ipv6_addresses: Annotated[list[str], AS_SET, IDENTITY] = Field(default_factory=list)
    routed: bool | None = Field(None, description="a layer 3 port of a switch; absent on a Nexus 1000V")
    host_facing: Annotated[bool | None, DERIVED] = Field(None, description="open access port of a physical switch")
    known_shut: Annotated[bool | None, STATE] = Field(
        None, description="a line or the state of a switch's port says that it is shut"
    )
    connected: Annotated[bool | None, IGNORED] = Field(None, description="has a link; only of ports of a switch")
    filtered_in: Annotated[bool | None, DERIVED] = Field(
        None, description="its inbound list exists, has entries, and none permits everything"
    )
    directed_broadcast: bool | None = None
    redirects: bool | None = None
    unreachables: bool | None = None
    proxy_arp: bool | None = None
    gratuitous_arp: bool | None = None
    urpf: str | None = Field(None, description="rx (strict) or any (loose)")
    ipv6_suppress_ra: bool | None = None
    ipv6_hop_limit: int | None = None
    pim: bool | None = None
    pim_neighbor_policy: str | None = None
    dot1x_control: str | None = Field(None, description="auto, force-authorized, force-unauthorized")
    dot1x_host_mode: str | None = Field(None, description="single-host (default), multi-host, multi-auth")
    bpdu_guard: bool | None = Field(None, description="its own, or the global one on a port of type edge")
    spanning_tree_guard: str | None = Field(None, description="root, loop, none")
    udld: bool | None = Field(None, description="the feature is on and the port does not refuse it")
    lldp_transmit: bool | None = Field(None, description="the feature is on and the port does not refuse it")


class SvsConnection(FactModel):
    """A connection to vCenter."""

    host: str | None = None
    port: int | None = None
    protocol: str | None = None
    connect: bool = Field(False, description="`connect` is configured")
    config_status: Annotated[str | None, STATE] = None
    operational_status: Annotated[str | None, STATE] = None
    sync_status: Annotated[str | None, STATE] = None
    connected: Annotated[bool | None, STATE] = Field(None, description="Enabled, Connected, Complete")
    dvs_uuid: Annotated[str | None, IDENTITY] = None
    vcenter_uuid: Annotated[str | None, IDENTITY] = None
    vcenter_version: Annotated[str | None, STATE] = None
    certificate: str | None = Field(None, description='what the supervisor shows vCenter: "default", "user-installed"')


class Svs(FactModel):
    """The domain of a Nexus 1000V."""

    domain_id: Annotated[int | None, IDENTITY] = None
    mode: str | None = Field(None, description="L2 or L3")
    control_vlan: int | None = None
    packet_vlan: int | None = None
    l3_interface: str | None = None
    connections: dict[str, SvsConnection] = Field(default_factory=dict)
    connected: Annotated[bool | None, STATE] = Field(None, description="at least one connection stands")
    l3_control_profile: Annotated[str | None, DERIVED] = Field(
        None, description="vethernet profile with `capability l3control` and a system VLAN"
    )


class Redundancy(FactModel):
    """The pair of supervisors."""

    administrative_role: str | None = None
    operational_mode: str | None = None
    this_state: Annotated[str | None, STATE] = None
    other_state: Annotated[str | None, STATE] = None
    high_available: Annotated[bool | None, STATE] = Field(None, description="operational HA with a standby ready")
    dual_active: Annotated[bool | None, STATE] = Field(
        None, description="both supervisors say that they are the active one"
    )


class Module(FactModel):
    """A supervisor or a Virtual Ethernet Module (VEM)."""

    type: str | None = None
    model: str | None = None
    vem: bool = False
    status: Annotated[str | None, STATE] = None
    software: str | None = None
    same_software: Annotated[bool | None, DERIVED] = Field(
        None, description="a VEM's release belongs to the supervisor's: the commonest one"
    )
    server_ip: Annotated[str | None, IDENTITY] = None
    server_name: Annotated[str | None, IDENTITY] = None
    server_uuid: Annotated[str | None, IDENTITY] = Field(None, description="BIOS uuid of the host, small letters")
