"""Every fact that the rules for hosts and vCenters ask for comes from a live collection, or its place is named here."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.collectors.vsphere.peers import collect, failures, snapshots, source_of
from tests.rules.shipped import shipped_parts
from tests.simulators.vsphere.fake import FakeVCenter
from tests.simulators.vsphere.launch import vcsim

pytestmark = pytest.mark.needs_go
# What a good host of release 8.0.3 has not, and the test that sees it live:
ELSEWHERE = {
    "vsphere-host": {
        "firewall.rulesets[*].ip_list_configurable": "test_who_owns_a_rule_set: newer than the Go types",
        "firewall.rulesets[*].user_controllable": "test_who_owns_a_rule_set",
    },
    "vsphere-vcenter": {},
}


def paths(part: str) -> set[str]:
    """Paths that the rules of a part name; what is below a `for_each` begins with its list and an asterisk."""
    (baseline,) = (one.baseline for one in shipped_parts() if one.id == part)
    found: set[str] = set()
    for rule in baseline.rules:
        entries = [*rule.expect, *rule.where, *(path for branch in rule.any_of for path in branch)]
        found |= {rule.for_each} if rule.for_each else set()
        found |= {
            f"{rule.for_each}[*]{path}" if path.startswith(".") else path
            for path in entries
            if path not in ("@key", ".")
        }
    return found


def values(facts: Any, steps: list[str]) -> Iterator[Any]:
    """What stands at a path, at each member for an asterisk; keys in any letter case."""
    if not steps:
        yield facts
    elif isinstance(facts, list) and steps[0] == "*":
        for member in facts:
            yield from values(member, steps[1:])
    elif isinstance(facts, Mapping):
        for key in facts:
            if steps[0] == "*" or key.casefold() == steps[0].casefold():
                yield from values(facts[key], steps[1:])


@pytest.mark.parametrize(("part", "platform"), [("vsphere-host", "esxi"), ("vsphere-vcenter", "vcenter")])
def test_every_fact_of_a_rule_is_seen_live(part: str, platform: str) -> None:
    """A collection of one good host, esxcli included, has a value (or an empty list) at each path of each rule."""
    with vcsim(hosts=1) as sim:
        items = collect(source_of(sim, esxcli=True))
    assert not failures(items)
    (snapshot,) = snapshots(items, platform).values()
    assert snapshot.gaps == {}
    missing = set()
    for path in paths(part):
        steps = [name or key for name, key in re.findall(r"([A-Za-z_]\w*)|\[([^\]]+)\]", path)]
        if not list(values(snapshot.facts, steps)):
            missing.add(path)
    assert missing == set(ELSEWHERE[part])


def test_who_owns_a_rule_set() -> None:
    """Release 8 says of each rule set whether people may change it, and its addresses; older ones say nothing."""
    with FakeVCenter(hosts=1) as sim:
        assert sim.estate is not None
        (host,) = sim.estate.hosts.values()
        first, second, *_ = host.config.firewall.ruleset
        first.userControllable, first.ipListUserConfigurable = False, True
        (snapshot,) = snapshots(collect(source_of(sim))).values()
    found = snapshot.facts["firewall"]["rulesets"]
    assert (found[first.key]["user_controllable"], found[first.key]["ip_list_configurable"]) == (False, True)
    assert not {"user_controllable", "ip_list_configurable"} & set(found[second.key])
