"""What the facts of the platforms say of their comparison: own values, state of the moment, runtime members, units."""

from datetime import UTC, datetime
from typing import Any

import pytest

from auditor.domain import Snapshot
from auditor.drift import between
from auditor.facts import PLATFORMS
from auditor.golden.capture import capture
from auditor.golden.meaning import Meaning, counts, meaning_at, meaning_of
from auditor.golden.profile import ProfileError, golden
from auditor.golden.schema import GoldenProfile

Facts = dict[str, Any]


def seen(platform: str, facts: dict[str, Any], target: str = "t") -> Snapshot:
    """A snapshot of a target."""
    return Snapshot(target, platform, "s", datetime(2026, 1, 1, tzinfo=UTC), facts, {"": "test"})


def drift(platform: str, intended: dict[str, Any], facts: dict[str, Any], **more: Any) -> list[tuple[str, str]]:
    """(path, kind) of the drift of facts from a profile that names `intended`."""
    data = {"golden": "test", "title": "A test", "for": {"platform": platform}, "facts": intended, **more}
    found, _ = golden(GoldenProfile.model_validate(data)).check(seen(platform, facts), {})
    return [(one.path, one.change) for one in found]


def since(platform: str, old: dict[str, Any], new: dict[str, Any]) -> list[tuple[str, str]]:
    """(path, kind) of what changed between two days."""
    return [(one.path, one.change) for one in between(seen(platform, old), seen(platform, new))]


def test_what_follows_from_others_is_compared_where_it_is_named() -> None:
    """A derived fact is in no capture and no drift between days; a profile that names it is held to it."""
    first, second = {"syslog": {"hosts": ["udp://a:514"]}}, {"syslog": {"hosts": ["udp://b:514"]}}
    assert capture(seen("esxi", first)).facts == {}
    assert since("esxi", first, second) == []
    assert drift("esxi", first, second) == [
        ("syslog.hosts[udp://a:514]", "missing"),
        ("syslog.hosts[udp://b:514]", "extra"),
    ]


def test_what_can_never_be_intended_is_an_error() -> None:
    """A profile that names a counter or an age is refused: it would never be compared."""
    with pytest.raises(ProfileError, match="'live_paths' cannot be intended"):
        drift("esxi", {"multipath": {"naa.1": {"live_paths": 4}}}, {})


@pytest.mark.parametrize(
    ("platform", "intended", "facts", "found"),
    [
        ("linux", {"session": {"timeout": "15min"}}, {"session": {"timeout": 900}}, []),
        ("linux", {"session": {"timeout": "15min"}}, {"session": {"timeout": 901}}, [("session.timeout", "changed")]),
        ("nexus1000v", {"logging": {"logfile": {"size": "4MiB"}}}, {"logging": {"logfile": {"size": 4194304}}}, []),
        ("nexus1000v", {"lines": {"vty": {"exec_timeout_minutes": "1h"}}},
         {"lines": {"vty": {"exec_timeout_minutes": 60}}}, []),
        ("vm", {"memory": {"size": "8GiB"}}, {"memory": {"size": 8192}}, []),
        ("esxi", {"hardware": {"memory_bytes": "128GiB"}}, {"hardware": {"memory_bytes": 137338482688}}, []),
        ("esxi", {"hardware": {"memory_bytes": "128GiB"}}, {"hardware": {"memory_bytes": 68719476736}},
         [("hardware.memory_bytes", "changed")]),
    ],
)  # fmt: skip
def test_units(platform: str, intended: dict[str, Any], facts: dict[str, Any], found: list[tuple[str, str]]) -> None:
    """A profile may write a unit where the fact has one; equal machines may differ by some MiB of memory."""
    assert drift(platform, intended, facts) == found


def test_members_that_come_and_go_are_no_drift() -> None:
    """Ports of machines on a supervisor, links of guests, rotated logs: neither missing nor extra, on no day."""
    for platform, field, key, kept in (
        ("nexus1000v", "interfaces", "Vethernet7", "mgmt0"),
        ("linux", "links", "veth12ab", "eth0"),
        ("linux", "files", "/var/log/messages.1", "/etc/passwd"),
        ("linux", "listeners", "udp 0.0.0.0 45211", "udp 0.0.0.0 123"),
        ("linux", "listeners", "tcp 127.0.0.1 6010", "tcp 127.0.0.1 25"),
        ("linux", "listeners", "tcp ::1 40000", "tcp ::1 631"),
        ("linux", "units", "session-3.scope", "sshd.service"),
        ("linux", "sysctl", "kernel.random.boot_id", "kernel.kptr_restrict"),
    ):
        more: Facts = {field: {key: {}, kept: {}}}
        less: Facts = {field: {kept: {}}}
        assert since(platform, more, less) == since(platform, less, more) == []
        assert drift(platform, less, more) == []
        assert since(platform, less, {field: {}}) == [(f"{field}[{kept}]", "missing")]


def test_a_tcp_listener_is_never_taken_for_a_client() -> None:
    """Only UDP sockets and those on the loopback come and go at high ports: a TCP listener for others is drift."""
    assert drift("linux", {"listeners": {}}, {"listeners": {"tcp 0.0.0.0 45211": {}}}) == [
        ("listeners[tcp 0.0.0.0 45211]", "extra")
    ]


def test_members_of_its_own_are_no_drift_from_a_profile() -> None:
    """A socket at the host's address, or a module beyond the supervisors, differs per host; a change of it is seen."""
    for platform, field, key in (
        ("linux", "listeners", "tcp 10.0.0.5 22"),
        ("linux", "sysctl", "net.ipv4.conf.ens192.rp_filter"),
        ("nexus1000v", "modules", "5"),
        ("nexus1000v", "interfaces", "Ethernet5/2"),
    ):
        with_it: Facts = {field: {key: {}}}
        without: Facts = {field: {}}
        assert capture(seen(platform, with_it)).facts.get(field) in ({}, None)
        assert drift(platform, without, with_it) == []
        assert since(platform, with_it, without) == [(f"{field}[{key}]", "missing")]
    assert drift("nxos", {"interfaces": {}}, {"interfaces": {"Ethernet5/2": {}}}) == [
        ("interfaces[Ethernet5/2]", "extra")
    ]


def test_own_sets_have_no_order() -> None:
    """Addresses of a host are its own, and still a set."""
    assert since("linux", *({"links": {"eth0": {"addresses": a}}} for a in (["a", "b"], ["b", "a"]))) == []


def test_lines_of_a_stack_do_not_count() -> None:
    """A comment that moves the lines of a PAM file is no drift; another order of its modules is."""

    def stack(*lines: tuple[str, str]) -> dict[str, Any]:
        entry = [{"type": "auth", "control": "required", "module": m, "source": s} for m, s in lines]
        return {"pam": {"stacks": {"sshd": entry}}}

    first = stack(("pam_env.so", "x:1"), ("pam_unix.so", "x:2"))
    assert since("linux", first, stack(("pam_env.so", "x:4"), ("pam_unix.so", "x:9"))) == []
    turned = stack(("pam_unix.so", "x:1"), ("pam_env.so", "x:2"))
    assert since("linux", first, turned) == [("pam.stacks[sshd]", "reordered")]


def test_text_with_the_name_of_the_host_is_its_own() -> None:
    """`esx-07-local` and `/logs/esx-07` differ on the next host; names without a number are nobody's own."""
    facts = {"datastores": ["esx-07-local", "shared"], "dns": {"domain": "esx-070.example.test"}}
    taken = capture(seen("esxi", facts, "esx-07.example.test"))
    assert taken.facts["datastores"] == ["$datastores", "shared"]
    assert taken.values == {"datastores": "esx-07-local"}
    assert capture(seen("esxi", {"datastores": ["storage"]}, "storage")).facts["datastores"] == ["storage"]


def test_paths_are_looked_up() -> None:
    """The meaning at a path, of members too; whether it counts when nobody names it."""
    assert meaning_at("esxi", "advanced[Net.X]") is not None
    assert meaning_at("esxi", "nothing.there") is None
    assert counts("esxi", "services[TSM].running")
    assert not counts("esxi", "syslog.hosts")
    assert not counts("nexus1000v", "interfaces[Vethernet3].mode")


@pytest.mark.parametrize("platform", PLATFORMS)
def test_patterns_stand_at_mappings_and_orders_at_lists(platform: str) -> None:
    """Each declared semantics stands where it has an effect."""

    def walk(meaning: Meaning, path: str) -> None:
        kind, compare = meaning.shape, meaning.compare
        assert not (compare.skip_keys or compare.own_keys) or kind == "map", path
        assert compare.kind not in ("set", "number", "version", "mode", "path") or kind in (
            ("list",) if compare.kind == "set" else ("leaf",)
        ), path
        for name, below in meaning.fields.items():
            walk(below, f"{path}.{name}")
        if meaning.item:
            walk(meaning.item, f"{path}[*]")

    walk(meaning_of(platform), platform)
