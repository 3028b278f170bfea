"""SNMP against a live snmpd: who answers, whether a well-known community does, and when silence counts."""

from pathlib import Path

import pytest

from auditor.collectors.nexus1000v import snmp
from auditor.collectors.nexus1000v.options import SnmpOptions
from auditor.domain import Credential, Secret
from auditor.evidence.redaction import parse_token
from tests.collectors.nexus1000v.configs import KEY
from tests.collectors.nexus1000v.peers import captured, seen
from tests.simulators.nxos.agent import Agent, snmpd
from tests.simulators.nxos.device import Device, running

pytestmark = [pytest.mark.asyncio, pytest.mark.needs_snmpd]
PATH = "snmp.default_community_answers"


def credential(agent: Agent, **changes: str) -> Credential:
    keys = {"auth_key": agent.auth_key, "priv_key": agent.priv_key, **changes}
    return Credential("snmp", agent.username, {name: Secret(key) for name, key in keys.items()})


async def test_silence_counts_when_the_agent_is_alive(tmp_path: Path) -> None:
    """No well-known community answers, the real user does before and after: that is a false, with its source."""
    with snmpd(tmp_path) as agent:
        async with running(Device()) as device:
            found = await seen(device, tmp_path, agent)
    assert found.facts["snmp"]["default_community_answers"] is False
    assert PATH not in found.gaps
    assert "silent" in found.sources[PATH]


async def test_a_known_community_that_answers_is_seen(tmp_path: Path) -> None:
    """A well-known community that answers is a true, named by its fingerprint only."""
    with snmpd(tmp_path, community="private") as agent:
        async with running(Device()) as device:
            capture = await captured(device, tmp_path, agent)
            found = await seen(device, tmp_path, agent)
    assert found.facts["snmp"]["default_community_answers"] is True
    (name,) = found.facts["snmp"]["answering_communities"]
    answering = {p["community"] for p in capture.body["snmp"]["probes"] if p["answer"] == "answered"}
    assert {parse_token(text).digest for text in answering if parse_token(text)} == {name}  # type: ignore[union-attr]
    assert "private" not in repr(capture.body["snmp"])


async def test_silence_of_a_dead_agent_is_a_gap(tmp_path: Path) -> None:
    """An agent that is gone is silent too: nothing is known, and the reason says so."""
    with snmpd(tmp_path) as agent:
        agent.stop()
        async with running(Device()) as device:
            found = await seen(device, tmp_path, agent)
    assert "silence proves nothing" in found.gaps[PATH]
    assert "default_community_answers" not in found.facts["snmp"]
    assert found.facts["hostname"] == "vsm-synthetic"


@pytest.mark.parametrize("kind", ["auth_key", "priv_key"])
async def test_wrong_keys_make_silence_worthless(kind: str, tmp_path: Path) -> None:
    """With a wrong key nobody knows whether the agent lives; a community that answers is proof all the same."""
    with snmpd(tmp_path, community="public") as agent:
        said = await snmp.ask(
            "127.0.0.1",
            SnmpOptions(credential="x", port=agent.port),
            credential(agent, **{kind: "wrong-wrong-wrong"}),
            KEY,
        )
    assert (said["alive_before"], said["alive_after"]) == (False, False)
    assert "SNMP user snmp" in said["reason"]
    assert {probe["answer"] for probe in said["probes"]} == {"answered", "silent"}


async def test_short_key_is_said(tmp_path: Path) -> None:
    """A key that no SNMP user can have is a reason, not a crash."""
    with snmpd(tmp_path) as agent:
        said = await snmp.ask(
            "127.0.0.1", SnmpOptions(credential="x", port=agent.port), credential(agent, auth_key="x"), KEY
        )
    assert said["reason"]
    assert not said["alive_after"]


async def test_without_a_key_nothing_is_asked(tmp_path: Path) -> None:
    """A credential without an SNMP key never becomes a request without authentication, answered or not."""
    with snmpd(tmp_path, community="public", unprotected=True) as agent:
        said = await snmp.ask(
            "127.0.0.1",
            SnmpOptions(credential="x", port=agent.port),
            Credential("snmp", agent.username, {"key_file": Secret("/dev/null")}),
            KEY,
        )
    assert "auth_key" in said["reason"]
    assert (said["alive_before"], said["alive_after"], said["probes"]) == (False, False, [])


async def test_identity_comes_with_the_real_user(tmp_path: Path) -> None:
    """sysDescr and sysObjectID are read over version 3 with privacy; a change hint that is not there is a gap."""
    with snmpd(tmp_path) as agent:
        async with running(Device()) as device:
            capture = await captured(device, tmp_path, agent)
            found = await seen(device, tmp_path, agent)
    assert capture.body["snmp"]["sysObjectID"] == "1.3.6.1.4.1.9.12.3.1.3.840"
    assert capture.body["snmp"]["sysDescr"].startswith("Cisco NX-OS(tm) n1000v")
    assert "config.running_changed" in found.gaps


async def test_no_snmp_key_is_a_gap(tmp_path: Path) -> None:
    """A source that names no SNMP leaves the question open."""
    async with running(Device()) as device:
        found = await seen(device, tmp_path)
    assert "snmp:" in found.gaps[PATH]
