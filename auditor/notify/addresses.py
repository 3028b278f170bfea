"""Which addresses a message may be sent to: the public internet, and the networks that a setting names. Pure.

The tables are ours and not `is_global`: Python 3.11.2 takes some ranges of IANA's special-purpose registries for
global ones, and no version knows the addresses at which clouds answer their guests.
"""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from auditor.errors import InputError

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# IANA IPv4 and IPv6 special-purpose address registries (RFC 6890 and later), multicast, and 168.63.129.16, at which
# Azure answers its guests.
_CLOSED: tuple[tuple[str, str], ...] = (
    ("0.0.0.0/8", "an unspecified address"),
    ("10.0.0.0/8", "a private address"),
    ("100.64.0.0/10", "an address behind a carrier's NAT"),
    ("127.0.0.0/8", "this machine"),
    ("168.63.129.16/32", "a cloud's metadata service"),
    ("169.254.0.0/16", "a link-local address"),
    ("172.16.0.0/12", "a private address"),
    ("192.0.0.0/24", "a reserved address"),
    ("192.0.2.0/24", "a reserved address"),
    ("192.31.196.0/24", "a reserved address"),
    ("192.52.193.0/24", "a reserved address"),
    ("192.88.99.0/24", "a reserved address"),
    ("192.168.0.0/16", "a private address"),
    ("192.175.48.0/24", "a reserved address"),
    ("198.18.0.0/15", "a reserved address"),
    ("198.51.100.0/24", "a reserved address"),
    ("203.0.113.0/24", "a reserved address"),
    ("224.0.0.0/4", "a multicast address"),
    ("240.0.0.0/4", "a reserved address"),
    ("::/128", "an unspecified address"),
    ("::1/128", "this machine"),
    ("fc00::/7", "a private address"),
    ("fe80::/10", "a link-local address"),
    ("fec0::/10", "a private address"),
    ("ff00::/8", "a multicast address"),
    ("2001::/23", "a reserved address"),
    ("2001:db8::/32", "a reserved address"),
    ("2002::/16", "an address of a tunnel"),
    ("2620:4f:8000::/48", "a reserved address"),
    ("3fff::/20", "a reserved address"),
)
_TABLE = tuple((ip_network(network), what) for network, what in _CLOSED)
_GLOBAL = IPv6Network("2000::/3")  # all that IANA has given out so far
_NAT64 = IPv6Network("64:ff9b::/96")


def networks(text: str, where: str = "notify_networks") -> tuple[Network, ...]:
    """The networks of a comma list. Raises InputError."""
    found = []
    for part in filter(None, (one.strip() for one in text.split(","))):
        try:
            found.append(ip_network(part))
        except ValueError:
            mend = "Write it like 10.20.0.0/16 or 2001:db8::/32, with no bit set behind the mask."
            raise InputError(f"{part[:60]!r} is no network", where=where, mend=mend) from None
    return tuple(found)


def refusal(address: str | Address, allowed: Iterable[Network] = ()) -> str:
    """Why nothing is sent to an address, "" when it may be."""
    try:
        plain = _plain(address)
    except ValueError:
        return "no address"
    if within(plain, allowed):
        return ""
    for network, what in _TABLE:
        if plain in network:
            return what
    if isinstance(plain, IPv6Address):
        if plain in _NAT64:
            return refusal(IPv4Address(int(plain) & 0xFFFF_FFFF), allowed)
        if plain not in _GLOBAL:
            return "a reserved address"
    return ""


def within(address: str | Address, allowed: Iterable[Network]) -> bool:
    """Whether an address lies in one of some networks. Raises ValueError for what is no address."""
    plain = _plain(address)
    return any(plain in network for network in allowed)  # one of the other version never is


def _plain(address: str | Address) -> Address:
    """The address that a connection goes to: an IPv4 address within an IPv6 one is that IPv4 address."""
    found = ip_address(address.partition("%")[0]) if isinstance(address, str) else address
    if isinstance(found, IPv6Address):
        return found.ipv4_mapped or IPv6Address(int(found))  # without its zone
    return found
