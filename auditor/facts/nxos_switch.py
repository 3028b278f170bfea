"""What a physical NX-OS switch has beyond a Nexus 1000V: spanning tree, routing, control plane, jobs, debugs."""

from typing import Annotated

from pydantic import Field

from auditor.facts.base import FactModel
from auditor.facts.semantics import AS_SET, DAYS, DERIVED, SECONDS

Names = Annotated[list[str], AS_SET]


class LoginBlock(FactModel):
    """`login block-for SECONDS attempts ATTEMPTS within WITHIN` (seconds)."""

    seconds: Annotated[int, SECONDS]
    attempts: int
    within: Annotated[int, SECONDS]


class Clock(FactModel):
    """The zone of the clock."""

    zone: str | None = None
    offset_minutes: int = Field(0, description="from UTC, as configured; 0 without a line")


class Copp(FactModel):
    """Control plane policing."""

    policy: str | None = Field(None, description="policy map attached to the control plane")
    profile: Annotated[str | None, DERIVED] = Field(
        None, description="strict, moderate, lenient, dense, when the policy is a shipped one"
    )


class Vtp(FactModel):
    """VLAN trunking protocol."""

    enabled: bool | None = Field(None, description="the feature")
    mode: str | None = Field(None, description="off, transparent, client, server")
    password: bool | None = Field(None, description="never read: only a command that prints the password tells")


class SpanningTree(FactModel):
    """Global spanning tree settings."""

    loopguard_default: bool = False
    bpduguard_default: bool = Field(False, description="on every port of type edge")
    edge_default: bool = Field(False, description="ports are of type edge unless they say otherwise")


class RoutingKey(FactModel):
    """A key of a key chain; its key in the mapping is "CHAIN key ID"."""

    algorithm: str | None = Field(None, description="as printed, in capitals; absent: the line is missing (MD5)")
    send_days: Annotated[int | None, DAYS] = Field(
        None, description="length of the send lifetime, rounded up; absent: without an end"
    )


class RoutingSession(FactModel):
    """Something that talks a routing protocol: "ospf Ethernet1/1", "eigrp Vlan10", "bgp 192.0.2.1"."""

    protocol: str
    authenticated: bool = False


class BgpNeighbor(FactModel):
    """A BGP neighbour, with what it inherits from templates."""

    external: bool | None = Field(None, description="its AS differs from ours; absent: it names none")
    maximum_prefix: int | None = Field(None, description="the least limit over its address families, if all have one")
    connected_check: bool = True


class Bgp(FactModel):
    """A BGP process."""

    enforce_first_as: bool = True


class Jobs(FactModel):
    """What the switch does by itself: event manager applets, scheduler jobs, aliases."""

    backup_applets: Names = Field(default_factory=list, description="that copy the configuration by scp or sftp")
    plain_copies: Names = Field(default_factory=list, description="sections with a copy by tftp, ftp or http")


class Vem(FactModel):
    """A `vem N` binding of a Nexus 1000V: the host that owns this slot, whether or not its module is online."""

    host_uuid: str | None = None
    present: bool | None = Field(None, description="`show module` lists the slot")
    uuid_matches: bool | None = Field(None, description="and the host there is the bound one")
