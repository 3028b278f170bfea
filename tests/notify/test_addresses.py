"""No message leaves for the inside unless a setting allows it, however the address is written."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.errors import InputError
from auditor.notify.addresses import networks, refusal, within

# Written down here anew, from RFC 6890, 6598, 4193, 4291, and the pages of the clouds: not read from the code.
INSIDE = [
    *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24"),
    *("192.0.2.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4"),
    "240.0.0.0/4",
]
INSIDE_6 = [
    *("::1/128", "::/128", "fc00::/7", "fe80::/10", "ff00::/8", "2001:db8::/32", "2001::/32", "2002::/16"),
    *("fec0::/10", "100::/64"),
]
PUBLIC = ["8.8.8.8", "1.1.1.1", "93.184.216.34", "2606:4700:4700::1111", "2a00:1450:4001:81b::200e", "172.32.0.1"]


def members(listed: list[str]) -> st.SearchStrategy[str]:
    """Addresses in any of these networks, its ends often."""

    def of(text: str) -> st.SearchStrategy[str]:
        network = ip_network(text)
        first, last = int(network.network_address), int(network.broadcast_address)
        kind = IPv4Address if isinstance(network, IPv4Network) else IPv6Address
        return (st.just(first) | st.just(last) | st.integers(first, last)).map(lambda number: str(kind(number)))

    return st.sampled_from(listed).flatmap(of)


@given(members(INSIDE))
def test_every_inner_ipv4_address_is_refused_in_each_of_its_forms(address: str) -> None:
    """As itself, mapped into IPv6, and behind the translators of IPv6 networks."""
    number = int(IPv4Address(address))
    forms = [address, IPv6Address((0xFFFF << 32) | number), IPv6Address((0x64FF9B << 96) | number)]
    forms += [IPv6Address((0x2002 << 112) | (number << 80)), IPv6Address(number)]
    assert [refusal(str(one)) for one in forms if not refusal(str(one))] == []


@given(members(INSIDE_6))
def test_every_inner_ipv6_address_is_refused(address: str) -> None:
    """With a zone and without."""
    assert refusal(address)
    assert refusal(f"{address}%eth0")


@pytest.mark.parametrize(
    "address", ["169.254.169.254", "168.63.129.16", "100.100.100.200", "192.0.0.192", "fd00:ec2::254", "169.254.170.2"]
)
def test_what_clouds_tell_their_guests_is_out_of_reach(address: str) -> None:
    """The metadata services of the large clouds, one of which has a public address."""
    assert refusal(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_open(address: str) -> None:
    """The refusal is not of everything."""
    assert refusal(address) == ""


@given(members(INSIDE))
def test_a_named_network_opens_itself_and_nothing_else(address: str) -> None:
    """10.0.0.0/8 allowed: its addresses go, also mapped into IPv6, and all others stay refused."""
    allowed = networks("10.0.0.0/8")
    inside = IPv4Address(address) in IPv4Network("10.0.0.0/8")
    mapped = str(IPv6Address((0xFFFF << 32) | int(IPv4Address(address))))
    assert (refusal(address, allowed) == "") is inside
    assert (refusal(mapped, allowed) == "") is inside
    assert within(mapped, allowed) is inside


@given(st.text(max_size=30))
def test_what_is_no_address_is_refused(text: str) -> None:
    """Nothing falls through because it cannot be read."""
    try:
        IPv4Address(text)
    except ValueError:
        if ":" not in text:
            assert refusal(text)


@given(st.integers(0, 2**32 - 1))
def test_python_never_knows_better(number: int) -> None:
    """Whatever the interpreter's own tables take for private, link-local, multicast or loopback is refused here too."""
    address = IPv4Address(number)
    bad = address.is_private or address.is_link_local or address.is_multicast or address.is_loopback
    shared = address in IPv4Network("100.64.0.0/10")
    assert not (bad or shared) or refusal(str(address))


@pytest.mark.parametrize("text", ["10.0.0.1/8", "10.0.0.0/33", "inside", "10.0.0.0/8;::1"])
def test_a_setting_that_is_no_network_is_refused(text: str) -> None:
    """A mistake in the setting is told, it does not open or close anything by guess."""
    with pytest.raises(InputError, match="is no network"):
        networks(text)


def test_networks_are_a_comma_list() -> None:
    """Blanks and empty places mean nothing."""
    assert [str(one) for one in networks(" 10.0.0.0/8, ,2001:db8::/32,")] == ["10.0.0.0/8", "2001:db8::/32"]
