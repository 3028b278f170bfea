"""Consensus: the majority's profile, exactly the planted outliers, exactly the fields that are each host's own."""

from dataclasses import replace
from typing import Any

import pytest

from auditor.domain import ABSENT, Snapshot
from auditor.golden.consensus import consensus
from auditor.golden.profile import golden
from auditor.golden.restless import restless
from auditor.golden.schema import GoldenProfile
from auditor.golden.write import profile_text
from auditor.yamlfile import parse
from tests.golden.estates import OWN, facts, host

PLANTED: dict[int, tuple[dict[str, Any], str, Any]] = {
    17: ({"advanced": {**facts(17)["advanced"], "Group3.Option3": 99}}, "advanced[Group3.Option3]", 99),
    31: ({"time": {"ntp_servers": ["ntp2.example.test", "ntp1.example.test"]}}, "time.ntp_servers", None),
    64: ({"services": {k: v for k, v in facts(64)["services"].items() if k != "TSM"}}, "services[TSM]", ABSENT),
    99: ({"port_groups": {**facts(99)["port_groups"], "stray": {"vlan": 7}}}, "port_groups[stray]", None),
    120: ({"datastores": ["shared-1", "esx-0120-local"]}, "datastores[shared-2]", ABSENT),
    121: ({"datastores": ["shared-1", "shared-2", "esx-0121-local", "usb"]}, "datastores[usb]", "usb"),
    200: ({"lockdown": {"mode": "lockdownDisabled"}}, "lockdown.mode", "lockdownDisabled"),
    250: ({"hardware": {"serial": "S250", "model": "Tower", "memory_bytes": 137438953472}}, "hardware.model", "Tower"),
    299: ({"vmkernel": {"vmk0": {"ip": "10.0.1.43", "mtu": 9000}}}, "vmkernel[vmk0].mtu", 9000),
}


def estate(count: int = 300) -> list[Snapshot]:
    """`count` hosts, nine of them spoilt if there are enough."""
    return [host(n, PLANTED[n][0] if n in PLANTED else None) for n in range(count)]


def test_300_hosts_with_nine_outliers() -> None:
    """The nine are found with what differs, and the fields that are each host's own are proposed: no others."""
    found = consensus(estate())
    assert {name: [one.path for one in off] for name, off in found.outliers.items()} == {
        f"esx-{n:04}.example.test": [path] for n, (_, path, _) in PLANTED.items()
    }
    for n, (_, _, actual) in PLANTED.items():
        (one,) = found.outliers[f"esx-{n:04}.example.test"]
        assert (one.support, one.voters) == (299, 300)
        assert actual is None or one.actual == actual
    assert set(found.captured.customisations.values()) == OWN
    assert (found.contested, found.extra, found.unread) == ([], [], {})


def test_the_profile_is_what_the_hosts_have_in_common() -> None:
    """Written, read back and checked, only the nine drift, where they differ; lines tell the support."""
    hosts = estate()
    found = consensus(hosts)
    written = profile_text(found.captured, "test", "A test", notes=found.notes, extra=found.extra)
    assert "    Group3.Option3: 3  # 299 of 300\n" in written
    assert "shared-2: 299 of 300" in written
    assert "  ntp_servers: [ntp1.example.test, ntp2.example.test]  # 299 of 300\n" in written
    assert written.count("Group4.Option4: 4\n") == 1
    loaded = golden(parse(written).validate(GoldenProfile))
    drifting = {}
    for one in hosts:
        drift, unset = loaded.check(one, found.values[one.target])
        assert unset == []
        if drift:
            drifting[one.target] = [each.path for each in drift]
    blamed = {name: [one.path for one in off] for name, off in found.outliers.items()}
    del blamed["esx-0200.example.test"]  # what most hosts do not have at all is in no profile
    assert drifting == blamed


def test_gaps_do_not_vote() -> None:
    """Hosts that could not read a fact are told and not counted: neither for a value nor as lacking it."""
    hosts = estate(20)
    blind = {"time": {}, "services": {**facts(0)["services"], "TSM": {"policy": "on"}}}
    for n in range(12):
        gaps = {"time": "refused", "services[TSM].running": "refused"}
        hosts[n] = replace(hosts[n], facts={**hosts[n].facts, **blind}, gaps=gaps)
    found = consensus(hosts)
    assert found.outliers == {"esx-0017.example.test": found.outliers["esx-0017.example.test"]}
    assert found.captured.facts["time"] == {"ntp_servers": ["ntp1.example.test", "ntp2.example.test"]}
    assert found.notes["time", "ntp_servers"] == "8 of 8, 12 unread"
    assert found.unread == {"time.ntp_servers": 12, "services[TSM].running": 12}


def test_an_empty_mapping_with_hidden_members_is_no_claim() -> None:
    """Where all that is known of a mapping is that a member could not be read, the profile says nothing of it."""
    hosts = [host(n, {"fips": {}}, gaps={"fips[ssh]": "not read"}) for n in range(5)]
    assert "fips" not in consensus(hosts).captured.facts
    assert consensus([host(n, {"fips": {}}) for n in range(5)]).captured.facts["fips"] == {}


def test_what_nobody_looked_at_is_no_vote() -> None:
    """A host whose sources do not cover a fact does not lack it."""
    hosts = [host(n) for n in range(9)]
    facts_ = {k: v for k, v in facts(9).items() if k != "datastores"}
    seen = dict.fromkeys(facts_, "x")
    hosts.append(replace(hosts[0], target="narrow", facts=facts_, sources=seen))
    assert consensus(hosts).outliers == {}


def test_no_majority_is_no_fact() -> None:
    """Three equal camps: the field is contested, told with its ways, and nobody is an outlier."""
    hosts = [host(n, {"power_policy": ["static", "dynamic", "low"][n % 3]}) for n in range(30)]
    found = consensus(hosts)
    assert "power_policy" not in found.captured.facts
    assert [(one.path, one.ways) for one in found.contested] == [
        ("power_policy", (("dynamic", 10), ("low", 10), ("static", 10)))
    ]
    assert found.outliers == {}


def test_members_of_their_own_open_the_mapping() -> None:
    """Where nearly every host has a member that nobody else has, the mapping is open for more."""
    hosts = [host(n, {"port_groups": {**facts(n)["port_groups"], f"own-{n}": {"vlan": n}}}) for n in range(30)]
    found = consensus(hosts)
    assert (found.extra, found.outliers) == (["port_groups"], {})
    assert set(found.captured.facts["port_groups"]) == {f"group-{n}" for n in range(6)}


def test_two_nights_show_what_to_ignore() -> None:
    """What changed on many hosts by the next night is proposed as ignored; what changed on one is only told."""
    first = {one.target: one for one in estate()}
    second = {}
    for n, (name, one) in enumerate(first.items()):
        changed: dict[str, Any] = {**one.facts, "datastores": [*one.facts["datastores"], f"scratch-{n}"]}
        if n == 5:
            changed["power_policy"] = "low"
        second[name] = replace(one, facts=changed)
    nights = restless(first, second)
    assert (nights.hosts, nights.ignore) == (300, ["datastores"])
    assert nights.changed == {"datastores": 300, "power_policy": 1}


@pytest.mark.parametrize("count", [1, 2, 5])
def test_few_hosts_make_no_outliers_out_of_nothing(count: int) -> None:
    """One, two or five hosts that are alike: no contested field but each one's own values."""
    found = consensus([host(n) for n in range(count)])
    assert found.outliers == {}
    assert {one.path.partition("[esx-")[0] for one in found.contested} <= OWN


def test_members_that_are_lists_agree_as_a_whole() -> None:
    """PAM's stacks: a mapping whose members are ordered lists; one host, several that agree, one that is another."""

    def stack(module: str) -> dict[str, Any]:
        return {"pam": {"stacks": {"login": [{"type": "auth", "control": "required", "module": module, "args": []}]}}}

    def told(modules: str) -> list[Snapshot]:
        return [replace(host(n), platform="linux", facts=stack(one), gaps={}) for n, one in enumerate(modules)]

    for modules in ("a", "aaa", "aaaab"):
        found = consensus(told(modules))
        assert found.captured.facts == stack("a"), modules
        assert [len(each) for each in found.outliers.values()] == [1] * ("b" in modules)
