"""Every fact of a shipped rule comes through `fetch` from a live peer; rules tell good switches from poor ones."""

from pathlib import Path
from typing import Any

import pytest

from auditor.domain import Snapshot
from tests.collectors.nexus1000v.peers import at, seen
from tests.rules.shipped import shipped_rules
from tests.simulators.nxos import texts
from tests.simulators.nxos.agent import snmpd
from tests.simulators.nxos.device import Device, running

pytestmark = [pytest.mark.asyncio, pytest.mark.needs_snmpd]
# What no peer of ours can show, with the reason; docs/reference/facts-never-seen.md says the same.
NEVER_SEEN: dict[str, str] = {}


def rules() -> list[dict[str, Any]]:
    found = (rule for rule, _ in shipped_rules("nexus1000v", "nxos").values())
    return [rule.model_dump(exclude_unset=True) for rule in found if rule.manual is None]


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


async def estate(folder: Path) -> list[Snapshot]:
    """A good VSM, a poor one, and a physical switch, each collected live."""
    with snmpd(folder, community="public") as agent:
        async with running(Device(answers=texts.poor_answers())) as poor:
            second = await seen(poor, folder, agent)
    (folder / "snmpd").rename(folder / "snmpd-poor")
    with snmpd(folder) as agent:
        async with running(Device()) as good:
            first = await seen(good, folder, agent)
    async with running(Device(answers=texts.switch_answers())) as switch:
        third = await seen(switch, folder, kind="nxos")
    return [first, second, third]


async def test_every_fact_of_a_rule_is_seen_live(tmp_path: Path) -> None:
    """Each path of each rule holds a value in a snapshot that came through fetch, or is listed as never seen."""
    snapshots = await estate(tmp_path)
    unseen = {path for rule in rules() for path in paths(rule) if not any(has(one, rule, path) for one in snapshots)}
    assert unseen == set(NEVER_SEEN)


async def test_rules_tell_good_from_poor(tmp_path: Path) -> None:
    """Of the good VSM only known weak points fail; on the poor one every rule does but those it happens to meet."""
    from auditor.rulebook.compile import compile_rule

    shipped = shipped_rules("nexus1000v", "nxos").values()
    good, poor, _ = await estate(tmp_path)
    failing: dict[str, set[str]] = {"good": set(), "poor": set(), "passing-poor": set()}
    for rule, values in shipped:
        if rule.manual or "nexus1000v" not in rule.applies_to.platform:
            continue
        judge = compile_rule(rule, values).judge
        if any(finding.status == "fail" for finding in judge(good)):
            failing["good"].add(rule.id)
        statuses = {finding.status.value for finding in judge(poor)}
        failing["poor" if "fail" in statuses else "passing-poor"].add(rule.id)
    assert failing["good"] == {"nexus1000v-profiles-used", "nexus1000v-software-supported"}
    assert failing["passing-poor"] == {
        "nexus1000v-banner-text",
        "nexus1000v-console-login-central",
        "nexus1000v-log-servers-approved",
        "nexus1000v-login-central",
        "nexus1000v-snmp-traps-approved",
        "nexus1000v-ssh-on",
    }
