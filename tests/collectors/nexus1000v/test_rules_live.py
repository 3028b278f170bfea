"""Every fact of a shipped rule comes through `fetch` from a live peer; rules tell good switches from poor ones."""

from pathlib import Path
from typing import Any

import pytest

from auditor.domain import Snapshot
from tests.collectors.nexus1000v.peers import at, seen
from tests.flips.nxos_switch import OWN
from tests.rules.shipped import shipped_parts, shipped_rules
from tests.simulators.nxos import texts
from tests.simulators.nxos.agent import snmpd
from tests.simulators.nxos.device import Device, running

pytestmark = [pytest.mark.asyncio, pytest.mark.needs_snmpd]
# What no peer of ours can show, with the reason; docs/reference/facts-never-seen.md says the same.
NEVER_SEEN = {"vtp.password": "the one command that tells prints the password"}
# Rules on what one switch says of itself; those that need other targets, or the name service, stand elsewhere.
_OWN_PARTS = {rule.id for part in shipped_parts() if part.id.startswith("nxos-") for rule in part.baseline.rules}
_SHIPPED = {name: found for name, found in shipped_rules("nexus1000v", "nxos").items() if name in _OWN_PARTS}
_ESTATE: dict[str, Snapshot] = {}


def rules() -> list[dict[str, Any]]:
    return [rule.model_dump(exclude_unset=True) for rule, _ in _SHIPPED.values() if rule.manual is None]


def paths(rule: dict[str, Any]) -> list[str]:
    sections = [rule.get("where", {}), rule.get("expect", {}), *rule.get("any_of", [])]
    return [path for section in sections for path in section if path not in (".", "@key")]


def has(snapshot: Snapshot, rule: dict[str, Any], path: str) -> bool:
    """The path holds a value there: for one of the subjects, when the rule has some."""
    try:
        if not path.startswith("."):
            at(snapshot.facts, path)
            return True
        members = at(snapshot.facts, rule["for_each"])
    except KeyError:
        return False
    for item in members.values():
        try:
            at(item, path[1:])
        except KeyError:
            continue
        return True
    return False


async def estate(folder: Path) -> dict[str, Snapshot]:
    """A good VSM, a poor one, a good physical switch and a poor one, each collected live, once for this module."""
    found = _ESTATE
    if found:
        return found
    with snmpd(folder, community="public") as agent:
        async with running(Device(answers=texts.poor_answers())) as device:
            found["poor"] = await seen(device, folder, agent)
    (folder / "snmpd").rename(folder / "snmpd-poor")
    with snmpd(folder) as agent:
        async with running(Device()) as device:
            found["good"] = await seen(device, folder, agent)
    async with running(Device(answers=texts.leaf_answers())) as device:
        found["leaf"] = await seen(device, folder, kind="nxos")
    async with running(Device(answers=texts.poor_leaf_answers())) as device:
        found["poor-leaf"] = await seen(device, folder, kind="nxos")
    return found


async def test_every_fact_of_a_rule_is_seen_live(tmp_path: Path) -> None:
    """Each path of each rule holds a value in a snapshot that came through fetch, or is listed as never seen."""
    snapshots = (await estate(tmp_path)).values()
    unseen = {path for rule in rules() for path in paths(rule) if not any(has(one, rule, path) for one in snapshots)}
    assert unseen == set(NEVER_SEEN)


def verdicts(snapshot: Snapshot) -> dict[str, set[str]]:
    """The statuses of each rule's findings, by rule, for what the owner declared."""
    from auditor.rulebook.compile import compile_rule

    known = {rule["id"] for rule in rules()}
    return {
        rule.id: {finding.status.value for finding in compile_rule(rule, {**values, **OWN}).judge(snapshot)}
        for rule, values in _SHIPPED.values()
        if rule.id in known and snapshot.platform in rule.applies_to.platform
    }


def having(found: dict[str, set[str]], status: str) -> set[str]:
    return {rule for rule, statuses in found.items() if status in statuses}


async def test_rules_tell_good_from_poor(tmp_path: Path) -> None:
    """Of good switches only known weak points fail; on poor ones every rule does but those they happen to meet."""
    found = {name: verdicts(snapshot) for name, snapshot in (await estate(tmp_path)).items()}
    assert having(found["good"], "fail") == {"nexus1000v-profiles-used", "nexus1000v-software-supported"}
    assert having(found["good"], "unknown") == set()
    assert having(found["leaf"], "fail") == set()
    assert having(found["leaf"], "unknown") == {"nexus1000v-snmp-default-silent"}
    assert found["poor"].keys() - having(found["poor"], "fail") == {
        "nexus1000v-console-login-central",
        "nexus1000v-domain-id",
        "nexus1000v-log-servers-approved",
        "nexus1000v-login-central",
        "nexus1000v-ntp-servers-approved",
        "nexus1000v-one-active-supervisor",
        "nexus1000v-private-vlans-declared",
        "nexus1000v-snmp-traps-approved",
        "nexus1000v-ssh-on",
    }
    assert found["poor-leaf"].keys() - having(found["poor-leaf"], "fail") == {
        "nexus1000v-log-servers-approved",
        "nexus1000v-ntp-servers-approved",
        "nexus1000v-snmp-default-silent",
        "nexus1000v-ssh-on",
        "nxos-release-supported",
        "nxos-user-ports-access",
        "nxos-vtp-harmless",
    }
