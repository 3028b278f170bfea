"""Facts of a distributed switch and its port groups. `roles`: vmware | nexus1000v."""

from typing import Annotated

from pydantic import Field

from auditor.facts.base import FactModel
from auditor.facts.estate import SwitchEstate
from auditor.facts.semantics import AS_SET, DERIVED, IDENTITY, IGNORED, ORDERED, VERSION
from auditor.facts.vsphere import Inherited, Security, Teaming


class Vlan(FactModel):
    """VLAN of a distributed port group."""

    kind: str | None = Field(None, description="id | trunk | pvlan")
    id: int | None = Field(None, description="0: untagged; of a private VLAN the secondary id")
    pvlan_primary: int | None = None
    ranges: Annotated[list[str], AS_SET] = Field([], description="of a trunk, `first-last`")
    count: Annotated[int | None, DERIVED] = Field(None, description="how many VLAN ids a trunk carries")
    reserved: Annotated[bool | None, DERIVED] = Field(
        None,
        description="touches ids that Nexus switches reserve (3968-4047, 4094); of a private VLAN both numbers count",
    )


class Overrides(FactModel):
    """What single ports may set differently from their group: true means allowed."""

    vlan: bool | None = None
    teaming: bool | None = None
    security: bool | None = None
    mac_management: bool | None = None
    netflow: bool | None = None
    shaping: bool | None = None
    vendor_config: bool | None = None
    network_resource_pool: bool | None = None
    traffic_filter: bool | None = None
    block: bool | None = None
    live_port_moving: bool | None = None


class DvPortGroup(FactModel):
    """A distributed port group; `security` and `teaming` are what is in force."""

    key: Annotated[str | None, IDENTITY] = None
    uplink: bool | None = Field(None, description="carries the physical uplinks: trunks by design")
    type: str | None = Field(None, description="earlyBinding | lateBinding | ephemeral")
    ports: int | None = None
    auto_expand: bool | None = None
    vlan: Vlan = Vlan()
    security: Security = Security()
    security_inherited: Annotated[Inherited, IGNORED] = Inherited()
    security_from: Annotated[str | None, IGNORED] = Field(
        None, description="macManagementPolicy (switch 6.6 and later) | securityPolicy"
    )
    mac_learning: bool | None = None
    teaming: Teaming = Teaming()
    overrides: Overrides = Overrides()
    reset_at_disconnect: bool | None = None
    netflow: bool | None = None
    blocked: bool | None = None
    shaping_in: bool | None = None
    shaping_out: bool | None = None
    traffic_filter: bool | None = None


class DvPort(FactModel):
    """A single port that sets something itself; everything but `own` is what is in force at it.

    Keyed `group/port`. Ports are read of groups that let them differ in anything but being blocked.
    """

    group: str | None = None
    connected: Annotated[bool | None, IGNORED] = Field(None, description="a machine or VMkernel adapter is plugged in")
    own: Annotated[list[str], AS_SET] = Field(
        [],
        description="what it sets itself: vlan | teaming | security | mac_management | netflow | shaping_in | "
        "shaping_out | traffic_filter",
    )
    vlan: Vlan = Vlan()
    security: Security = Security()
    security_from: Annotated[str | None, IGNORED] = Field(
        None, description="macManagementPolicy (switch 6.6 and later) | securityPolicy"
    )
    mac_learning: bool | None = None
    teaming: Teaming = Teaming()
    netflow: bool | None = None
    traffic_filter: bool | None = None


class Netflow(FactModel):
    """NetFlow (IPFIX) export."""

    collector: str | None = Field(None, description="absent or empty: not used")
    port: int | None = None
    internal_only: bool | None = None


class Discovery(FactModel):
    """Link discovery."""

    protocol: str | None = Field(None, description="cdp | lldp")
    operation: str | None = Field(None, description="none | listen | advertise | both")


class PrivateVlan(FactModel):
    """One entry of the private VLAN map, keyed `primary/secondary`."""

    primary: Annotated[int | None, DERIVED] = None
    secondary: Annotated[int | None, DERIVED] = None
    type: str | None = Field(None, description="promiscuous | isolated | community")


class Facts(FactModel):
    """Everything that rules and golden profiles may say about a distributed switch."""

    name: Annotated[str | None, IDENTITY] = None
    roles: Annotated[list[str], AS_SET, DERIVED] = Field([])
    uuid: Annotated[str | None, IDENTITY] = None
    vendor: str | None = None
    product: str | None = None
    version: Annotated[str | None, VERSION] = None
    managed_by: str | None = Field(None, description="key of the extension that manages it; absent: vCenter itself")
    nexus1000v: Annotated[bool | None, DERIVED] = Field(None, description="a Nexus 1000v VSM manages it")
    mtu: int | None = Field(None, description="bytes")
    uplinks: Annotated[list[str], ORDERED] = Field([])
    hosts: Annotated[list[str], AS_SET, IDENTITY] = Field(
        [], description="names of the member hosts that the account may see"
    )
    discovery: Discovery = Discovery()
    netflow: Netflow = Netflow()
    health_check: dict[str, bool] = Field({}, description="vlan_mtu, teaming: switched on")
    nioc: bool | None = Field(None, description="network I/O control")
    lacp_api: str | None = None
    lags: dict[str, int] = Field({}, description="ports of each link aggregation group, by its name")
    multicast_filtering: str | None = None
    mirror_sessions: Annotated[list[str], AS_SET] = Field([], description="enabled port mirroring sessions")
    private_vlans: dict[str, PrivateVlan] = Field({})
    security: Security = Security()
    mac_learning: bool | None = None
    teaming: Teaming = Teaming()
    contact: Annotated[str | None, IGNORED] = None
    port_groups: dict[str, DvPortGroup] = Field({})
    ports: dict[str, DvPort] = Field({}, description="single ports that differ from their group")
    estate: Annotated[SwitchEstate | None, IGNORED] = None
