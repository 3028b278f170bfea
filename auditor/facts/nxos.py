"""Facts of a Nexus 1000V supervisor (VSM) or another NX-OS switch.

Values are effective ones: what the device does, whether or not a line of its running configuration says so. VLAN lists
of trunks are canonical range text ("2-100,200"); short lists are sorted numbers. Secrets are tokens (`Token`).
"""

from typing import Annotated, Literal

from pydantic import Field

from auditor.facts.activity import Activity
from auditor.facts.base import FactModel
from auditor.facts.estate import NameCheck, SupervisorEstate
from auditor.facts.nxos_access import (
    Aaa,
    Banner,
    Line,
    Logging,
    ManagementAccess,
    Ntp,
    PasswordPolicy,
    Service,
    Snmp,
    Software,
    Ssh,
    User,
)
from auditor.facts.nxos_ports import Interface, Module, PortProfile, Redundancy, Svs
from auditor.facts.nxos_switch import (
    Bgp,
    BgpNeighbor,
    Clock,
    Copp,
    Jobs,
    LoginBlock,
    RoutingKey,
    RoutingSession,
    SpanningTree,
    Vem,
    Vtp,
)
from auditor.facts.semantics import AS_SET, DERIVED, IDENTITY, IGNORED, STATE, Compare

Vlans = Annotated[list[int], AS_SET]
Names = Annotated[list[str], AS_SET]


class Vlan(FactModel):
    """A VLAN that exists; its key is the number as text."""

    name: str | None = None
    private_vlan: str | None = None
    used_by_hosts: Annotated[bool, DERIVED] = Field(
        False, description="a live vethernet profile, or a host port, puts machines into it"
    )
    dhcp_snooping: Annotated[bool | None, DERIVED] = Field(
        None, description="effective: feature, global switch and VLAN list together"
    )
    arp_inspection: Annotated[bool | None, DERIVED] = None
    igmp_snooping: Annotated[bool | None, DERIVED] = None


class Acl(FactModel):
    """An access list."""

    kind: Literal["ip", "ipv6", "mac"]
    entries: int = 0
    applied: Annotated[bool, DERIVED] = False
    permits_any_source: bool = False
    ends_with_logged_deny: bool = False
    unlogged_denies: int = Field(0, description="denials without the word log; of MAC lists none is counted")
    permits_everything: bool = Field(False, description="an entry permits any traffic from anywhere to anywhere")


class DhcpSnooping(FactModel):
    """DHCP snooping."""

    feature: bool | None = None
    enabled: bool | None = Field(None, description="the global switch")
    vlans: Vlans = Field(default_factory=list, description="configured")
    protected_vlans: Annotated[Vlans, DERIVED] = Field(
        default_factory=list, description="where it works: feature, switch and list together"
    )
    operational_vlans: Annotated[Vlans | None, STATE] = Field(None, description="as the device says it runs")
    unprotected_vlans: Annotated[Vlans | None, DERIVED] = Field(None, description="VLANs of live host ports without it")
    trusted_profiles: Annotated[Names, DERIVED] = Field(
        default_factory=list, description="host port profiles whose DHCP answers are believed"
    )


class ArpInspection(FactModel):
    """Dynamic ARP inspection."""

    vlans: Vlans = Field(default_factory=list)
    unprotected_vlans: Annotated[Vlans | None, DERIVED] = Field(None, description="VLANs of live host ports without it")
    vlans_without_snooping: Annotated[Vlans | None, DERIVED] = Field(
        None, description="inspected, but no binding table stands behind it"
    )
    trusted_profiles: Annotated[Names, DERIVED] = Field(default_factory=list)
    validate_checks: Names = Field(default_factory=list, description="src-mac, dst-mac, ip")


class Dangling(FactModel):
    """Something that is named but defined nowhere."""

    kind: str
    referenced_by: Names


class MonitorSession(FactModel):
    """A SPAN or ERSPAN session."""

    type: str = "local"
    enabled: bool = False


class Config(FactModel):
    """The configuration as a whole."""

    unsaved: Annotated[bool | None, STATE] = Field(None, description="running differs from start-up configuration")
    running_changed: Annotated[int | None, IGNORED] = Field(None, description="SNMP change hint, TimeTicks")


class Facts(FactModel):
    """All facts of an NX-OS device."""

    hostname: Annotated[str | None, IDENTITY] = None
    software: Software | None = None
    features: dict[str, bool] = Field(
        default_factory=dict, description="effective, by the name of the `feature` command"
    )
    telnet: Service | None = None
    ssh: Ssh | None = None
    http: Service | None = None
    nxapi: Service | None = None
    banners: dict[str, Banner] = Field(default_factory=dict, description="motd, exec")
    lines: dict[str, Line] = Field(default_factory=dict, description="console, vty")
    management_access: ManagementAccess | None = None
    users: dict[str, User] = Field(default_factory=dict)
    admin_users: Annotated[Names | None, DERIVED] = None
    password_policy: PasswordPolicy | None = None
    aaa: Aaa | None = None
    snmp: Snmp | None = None
    ntp: Ntp | None = None
    logging: Logging | None = None
    vlans: dict[str, Vlan] = Field(default_factory=dict)
    acls: dict[str, Acl] = Field(default_factory=dict)
    dangling: Annotated[dict[str, Dangling], DERIVED] = Field(
        default_factory=dict, description='by "acl NAME", "aaa group NAME" ...'
    )
    dhcp_snooping: DhcpSnooping | None = None
    arp_inspection: ArpInspection | None = None
    unknown_unicast_blocked: bool | None = Field(None, description="Nexus 1000V: `uufb enable`")
    igmp_snooping: bool | None = None
    port_profiles: dict[str, PortProfile] = Field(default_factory=dict)
    interfaces: dict[str, Interface] = Field(default_factory=dict)
    svs: Svs | None = None
    redundancy: Redundancy | None = None
    modules: dict[str, Module] = Field(default_factory=dict)
    monitor_sessions: dict[str, MonitorSession] = Field(default_factory=dict)
    flow_exporters: dict[str, str] = Field(default_factory=dict, description="destination by name")
    call_home: bool | None = None
    source_routing: bool | None = None
    config: Config | None = None
    login_block: LoginBlock | None = None
    clock: Clock | None = None
    fips_mode: bool | None = None
    poap: bool | None = Field(
        None, description="`boot poap enable`: the next start takes its configuration from the wire"
    )
    guestshell: str | None = Field(None, description="state in small letters: activated, deactivated, destroyed ...")
    debugs: Annotated[Names | None, STATE] = Field(None, description="debugs that run, as `show debug` names them")
    copp: Copp | None = None
    trustpoints: Names | None = Field(None, description="certificate authorities that the switch trusts, by name")
    vtp: Vtp | None = None
    spanning_tree: SpanningTree | None = None
    tags_native_vlan: bool | None = Field(None, description="`vlan dot1q tag native`")
    dhcp_relay: Annotated[bool | None, DERIVED] = Field(None, description="an interface relays DHCP")
    private_vlans: Names | None = Field(None, description='"200 primary", "201 isolated" ...')
    key_chains: dict[str, RoutingKey] = Field(default_factory=dict, description='by "CHAIN key ID"')
    routing_sessions: dict[str, RoutingSession] = Field(default_factory=dict)
    bgp: dict[str, Bgp] = Field(default_factory=dict, description="by AS number")
    bgp_neighbors: dict[str, BgpNeighbor] = Field(default_factory=dict)
    jobs: Jobs | None = None
    vems: dict[str, Vem] = Field(default_factory=dict, description="bindings of slots to hosts, by slot")
    estate: Annotated[SupervisorEstate | None, IGNORED] = None
    names: Annotated[NameCheck | None, IGNORED] = None
    activity: Annotated[Activity | None, IGNORED] = None


class Supervisor(Facts):
    """The same of a Nexus 1000V: what stands in slots 3 and above belongs to the hosts that joined it."""

    interfaces: Annotated[
        dict[str, Interface], Compare(skip_keys="Vethernet", own_keys=r"Ethernet(?![12]/)\d+/|port-channel")
    ] = Field(default_factory=dict)
    modules: Annotated[dict[str, Module], Compare(own_keys=r"(?![12]$)\d+$")] = Field(default_factory=dict)
    vems: Annotated[dict[str, Vem], STATE] = Field(
        default_factory=dict, description="bindings of slots to hosts, by slot"
    )
