"""Names of targets, asked of a name server on loopback: agreement, disagreement, absence, silence stay apart."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import auditor.resolving as resolving
from auditor.domain import Capture, NameServers, Snapshot, Source
from auditor.relate.names import with_names
from tests.simulators.dns import Table, name_server

WHEN = datetime(2026, 1, 1, tzinfo=UTC)
GOOD: Table = {
    ("esx-01.example.test", "A"): ["192.0.2.11"],
    ("11.2.0.192.in-addr.arpa", "PTR"): ["ESX-01.example.test."],
    ("esx-02.example.test", "A"): ["192.0.2.99"],
    ("99.2.0.192.in-addr.arpa", "PTR"): ["other.example.test."],
    ("esx-03.example.test", "AAAA"): ["2001:db8::3"],
    ("3.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa", "PTR"): ["esx-03.example.test."],
}


def looked_up(target: str, table: Table = GOOD, **options: frozenset[str]) -> dict[str, Any]:
    """What is put into a capture about a target."""

    async def run() -> Capture:
        async with name_server(table, **options) as server:
            source = Source("s", "esxi", resolve_names=NameServers(("127.0.0.1",), server.port))
            (found,) = await resolving.with_names([Capture("s", target, "esxi", WHEN, {"props": {}})], source)
            return found

    found: dict[str, Any] = asyncio.run(run()).body[resolving.KEY]
    return found


def names(lookup: dict[str, Any], *ips: str, gaps: dict[str, str] | None = None) -> Snapshot:
    """The snapshot of a host with these addresses, its name looked up."""
    vmkernel = {f"vmk{n}": {"ip": ip} for n, ip in enumerate(ips)}
    return with_names(Snapshot("t", "esxi", "s", WHEN, {"vmkernel": vmkernel}, gaps=gaps or {}), lookup)


def test_a_name_that_leads_there_and_back_agrees() -> None:
    """Forward to an own address, backward to the name in any letter case."""
    facts = names(looked_up("esx-01.example.test"), "192.0.2.11").facts["names"]
    assert facts == {
        "name": "esx-01.example.test",
        "qualified": True,
        "addresses": ["192.0.2.11"],
        "forward_agrees": True,
        "reverse": {"192.0.2.11": ["esx-01.example.test"]},
        "reverse_agrees": True,
    }


def test_ipv6_counts_in_any_spelling() -> None:
    """An address is compared as an address, not as text."""
    facts = names(looked_up("esx-03.example.test"), "2001:0db8:0::0003").facts["names"]
    assert (facts["forward_agrees"], facts["reverse_agrees"]) == (True, True)


def test_a_name_that_leads_elsewhere_disagrees() -> None:
    """An address that is none of the host's, or a way back to another name, is a disagreement."""
    elsewhere = names(looked_up("esx-02.example.test"), "192.0.2.12").facts["names"]
    assert (elsewhere["forward_agrees"], elsewhere["reverse_agrees"]) == (False, False)
    back = names(looked_up("esx-02.example.test"), "192.0.2.99").facts["names"]
    assert (back["forward_agrees"], back["reverse_agrees"]) == (True, False)


def test_a_name_that_does_not_exist_is_absent_and_no_gap() -> None:
    """The servers looked, and there is no such name: that is an answer."""
    snapshot = names(looked_up("esx-09.example.test"), "192.0.2.11")
    assert snapshot.facts["names"]["forward_agrees"] is False
    assert not snapshot.gaps


@pytest.mark.parametrize("how", ["silent", "broken"])
def test_servers_that_give_no_answer_are_a_gap(how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Silence and SERVFAIL say nothing about the name: a gap with the reason."""
    monkeypatch.setattr(resolving, "SECONDS", 0.4)
    lookup = looked_up("esx-01.example.test", {}, **{how: frozenset({"esx-01.example.test"})})
    snapshot = names(lookup, "192.0.2.11")
    assert snapshot.gaps["names"]
    assert snapshot.facts["names"] == {}


def test_a_missing_way_back_is_told_from_an_unanswered_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without PTR record the way back disagrees; with a silent server it is a gap, and the way there stays known."""
    monkeypatch.setattr(resolving, "SECONDS", 0.4)
    table: Table = {("esx-01.example.test", "A"): ["192.0.2.11"]}
    missing = names(looked_up("esx-01.example.test", table), "192.0.2.11")
    assert (missing.facts["names"]["reverse_agrees"], dict(missing.gaps)) == (False, {})
    silent = names(looked_up("esx-01.example.test", table, silent=frozenset({"11.2.0.192.in-addr.arpa"})), "192.0.2.11")
    assert "reverse_agrees" not in silent.facts["names"]
    assert silent.facts["names"]["forward_agrees"] is True
    assert list(silent.gaps) == ["names.reverse_agrees"]


def test_an_address_is_first_led_back_to_its_name() -> None:
    """A target known by its address alone is judged by the name that the address leads to."""
    facts = names(looked_up("192.0.2.11"), "192.0.2.11").facts["names"]
    assert (facts["name"], facts["forward_agrees"], facts["reverse_agrees"]) == ("esx-01.example.test", True, True)
    nameless = names(looked_up("192.0.2.77"), "192.0.2.77")
    assert (nameless.facts["names"]["forward_agrees"], dict(nameless.gaps)) == (False, {})


def test_addresses_that_were_not_read_leave_it_open() -> None:
    """Without the host's own addresses nobody knows whether the name leads to it."""
    snapshot = names(looked_up("esx-01.example.test"), gaps={"vmkernel": "not allowed"})
    assert snapshot.gaps["names.forward_agrees"] == "not allowed"


def test_nobody_is_asked_without_the_wish() -> None:
    """Without `resolve_names` captures stay as they are, and so do snapshots."""
    capture = Capture("s", "esx-01.example.test", "esxi", WHEN, {"props": {}})
    assert asyncio.run(resolving.with_names([capture], Source("s", "esxi"))) == [capture]
    snapshot = Snapshot("t", "esxi", "s", WHEN, {})
    assert with_names(snapshot, None) is snapshot


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda x: (
            st.lists(x)
            | st.dictionaries(st.sampled_from(["name", "forward", "reverse", "status", "addresses", "names", "ok"]), x)
        ),
    )
)
def test_any_stored_lookup_is_read(lookup: Any) -> None:
    """Whatever a stored capture says of names, reading it raises nothing and claims no agreement by itself."""
    if isinstance(lookup, dict):
        facts = names(lookup, "192.0.2.11").facts["names"]
        assert facts.get("reverse_agrees") is not True
