"""Facts of the network stack: links, bonds, address translation, TCP buffers."""

from typing import Annotated

from pydantic import Field

from auditor.facts.base import FactModel
from auditor.facts.semantics import AS_SET, BYTES, DERIVED, IDENTITY, MILLISECONDS, ORDERED, STATE

Names = Annotated[list[str], AS_SET]


class Link(FactModel):
    """A network interface now (`ip -d`)."""

    kind: str = Field(description="physical | loopback | bridge | bond | vlan | veth | tun | dummy ...")
    mtu: Annotated[int, BYTES]
    admin_up: bool
    carrier: Annotated[bool, STATE]
    expects_link: Annotated[bool, DERIVED] = Field(
        description="switched on, and of a kind that is of no use without a link: no loopback, bridge, tap or dummy"
    )
    master: str | None = Field(None, description="the bridge or bond it belongs to")
    parent: str | None = Field(None, description="the link below a VLAN or macvlan")
    members: Names = Field(default_factory=list)
    vlan: int | None = None
    promiscuous: bool = Field(
        description="takes frames of others though no bridge, bond or macvlan needs it: a sniffer, or a person"
    )
    mtu_fits: Annotated[bool | None, DERIVED] = Field(
        None, description="equals that of its bridge or bond, is not above that of its parent; absent: neither"
    )
    addresses: Annotated[Names, IDENTITY] = Field(default_factory=list)


class Bond(FactModel):
    """/proc/net/bonding."""

    mode: str = Field(description="802.3ad | active-backup | balance-rr ...")
    miimon: Annotated[int, MILLISECONDS] = Field(description="milliseconds; 0: link state is not watched")
    arp_interval: Annotated[int, MILLISECONDS] = Field(0, description="milliseconds; 0: peers are not asked")
    lacp_rate: str | None = Field(None, description="slow | fast")
    members: Names = Field(default_factory=list)
    members_down: Annotated[Names, STATE] = Field(default_factory=list)
    one_aggregator: Annotated[bool | None, STATE] = Field(
        None, description="802.3ad: all members are in the active aggregator"
    )
    partner_known: Annotated[bool | None, STATE] = Field(None, description="802.3ad: the switch answers LACP")
    hash_policy: str | None = None


class Nat(FactModel):
    """Rules that rewrite addresses, in the kernel now (needs root)."""

    rules: Annotated[list[str] | None, ORDERED] = Field(
        None, description="`ip nat POSTROUTING -s 10.0.0.0/8 -j MASQUERADE`, or in the words of nft for its own tables"
    )


class Tcp(FactModel):
    """Window and buffer settings, of which the kernel keeps three in one text."""

    receive_max: Annotated[int | None, BYTES] = Field(None, description="bytes, third number of tcp_rmem")
    send_max: Annotated[int | None, BYTES] = Field(None, description="bytes, third number of tcp_wmem")
