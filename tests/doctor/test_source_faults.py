"""Faults planted in switches, vCenters and inventories: each is named, and what its mend says makes it well."""

import hashlib
import os
from pathlib import Path

import pytest

from auditor.cli.doctor import _print
from auditor.doctor import own
from auditor.doctor.model import Check
from tests.cli.running import auditor
from tests.doctor.looking import addressed, commands, follow, only, sources, switch, troubles
from tests.simulators.linux.plain_sshd import free_port
from tests.simulators.nxos import texts
from tests.simulators.nxos.agent import snmpd
from tests.simulators.nxos.device import Device
from tests.simulators.vsphere.fake import FakeSim, FakeVCenter

REFUSAL = "% Permission denied for the role\n"


def switch_inventory(device: Device, folder: Path, known_hosts: Path | None = None) -> Path:
    """An inventory with the switch alone."""
    (folder / "password").write_text(device.password)
    inventory = folder / "inventory.yaml"
    inventory.write_text(
        f"credentials:\n  vsm: {{username: {device.username}, password: {{file: password}}}}\nsources:\n"
        f"  - {{name: vsm01, kind: nexus1000v, address: 127.0.0.1, "
        f"ssh: {{credential: vsm, port: {device.port}, known_hosts: '{known_hosts or device.known_hosts(folder)}'}}}}\n"
    )
    return inventory


def vcenter_inventory(sim: FakeSim, folder: Path, tls: str) -> Path:
    """An inventory with the vCenter alone."""
    (folder / "password").write_text(sim.password)
    inventory = folder / "inventory.yaml"
    inventory.write_text(
        f"credentials:\n  vc: {{username: '{sim.username}', password: {{file: password}}}}\nsources:\n"
        f"  - {{name: vc01, kind: vcenter, address: {sim.host}, port: {sim.port}, credential: vc, {tls}}}\n"
    )
    return inventory


def test_a_role_that_refuses_commands(place: Path) -> None:
    """Each command that a switch's role refuses is named with the line of the role that permits it."""
    device = Device(answers=texts.answers() | {"show ssh key": REFUSAL, "show running-config all": REFUSAL})
    with switch(device):
        inventory = switch_inventory(device, place)
        found = only(sources(inventory))
        assert (found.name, found.state) == ("vsm01", "warn")
        assert "refuses show running-config all, show ssh key" in found.says
        rules = [line.split(" permit command ") for line in found.mend.splitlines()[1:]]
        assert [number for number, _ in rules] == ["rule 30", "rule 31"]
        for _, command in rules:
            device.answers[command] = texts.answers()[command]
        assert troubles(sources(inventory)) == []


def test_a_switch_that_nobody_knows_or_lets_in(place: Path) -> None:
    """Its host key is not known, then its password is wrong: each named, each by its mend."""
    device = Device()
    with switch(device):
        (place / "hosts").write_text("")
        inventory = switch_inventory(device, place, place / "hosts")
        (place / "password").write_text("wrong")
        found = only(sources(inventory))
        assert found.says == "its host key is not known: known_hosts has none for 127.0.0.1"
        assert "`show ssh key` there" in found.mend
        follow(found.mend, place)
        found = only(sources(inventory))
        assert (found.name, found.state) == ("vsm01", "wrong")
        assert "refused the login" in found.says
        assert "Correct the password of user audit of credential vsm" in found.mend
        (place / "password").write_text(device.password)
        assert troubles(sources(inventory)) == []


@pytest.mark.needs_snmpd
def test_an_agent_that_does_not_know_the_user(place: Path) -> None:
    """A switch that is read by SSH and not by SNMP: named, with the line of the user; its passphrase makes it well."""
    with switch(Device()) as device, snmpd(place) as agent:
        inventory = switch_inventory(device, place)
        (place / "priv").write_text(agent.priv_key)
        (place / "auth").write_text("another passphrase")
        text = inventory.read_text().replace(
            "sources:",
            f"  agent: {{username: {agent.username}, auth_key: {{file: auth}}, priv_key: {{file: priv}}}}\nsources:",
        )
        more = f", snmp: {{credential: agent, port: {agent.port}, probe_communities: []}}}}\n"
        inventory.write_text(text.removesuffix("}\n") + more)
        found = only(sources(inventory))
        assert (found.name, found.state) == ("vsm01", "warn")
        assert "SNMP is not read: SNMP user agent" in found.says
        line = f"snmp-server user {agent.username} network-operator auth sha PASSPHRASE priv aes-128 PASSPHRASE"
        assert line in found.mend.splitlines()
        (place / "auth").write_text(agent.auth_key)
        assert troubles(sources(inventory)) == []


def test_a_vcenter_that_is_not_trusted_and_an_account_that_lacks(place: Path) -> None:
    """Its certificate is fetched and expected by the mend; the privilege that lacks is named with its role."""
    with FakeVCenter(hosts=1) as sim:
        assert sim.estate is not None
        inventory = vcenter_inventory(sim, place, "tls: {}")
        found = only(sources(inventory))
        assert (found.name, found.state) == ("vc01", "wrong")
        assert "the TLS certificate was not accepted" in found.says
        follow(found.mend, place)
        (line,) = [line for line in found.mend.splitlines() if line.startswith("tls: ")]
        inventory = vcenter_inventory(sim, place, line)
        assert troubles(sources(inventory)) == []

        sim.estate.lacking = {"Global.Settings", "Certificate.Manage"}
        first, second = troubles(sources(inventory))
        assert (first.name, first.state) == ("vc01", "warn")
        assert f"{sim.username} lacks Certificate.Manage; unread: the authorities that hosts trust" in first.says
        assert "the role auditor-deep" in first.mend
        assert "lacks Global.Settings" in second.says
        for one in (first, second):
            *_, role, privilege = one.mend.splitlines()[-1].split()
            assert role in ("auditor-host", "auditor-deep")
            sim.estate.lacking.discard(privilege)
        assert troubles(sources(inventory)) == []

        (place / "password").write_text("wrong")
        found = only(sources(inventory))
        assert "user name or password was refused" in found.says
        assert f"user {sim.username} of credential vc" in found.mend


def test_a_secret_that_is_missing_hides_no_other_source(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable that is not set is named with file and line; the source beside it is asked all the same."""
    inventory = place / "inventory.yaml"
    port = free_port()
    inventory.write_text(
        "credentials:\n  vc: {username: audit, password: {env: VC_PASSWORD}}\nsources:\n"
        "  - {name: here, kind: linux, connection: local}\n"
        f"  - {{name: vc01, kind: vcenter, address: 127.0.0.1, port: {port}, credential: vc, tls: {{verify: false}}}}\n"
    )
    checks = sources(inventory)
    found = next(one for one in troubles(checks) if one.name == "inventory")
    assert f"{inventory}:2" in found.says
    assert "the environment variable VC_PASSWORD is not set" in found.says
    assert found.mend == "export VC_PASSWORD=..."
    assert ("here", "well") in [(one.name, one.state) for one in checks]
    monkeypatch.setenv("VC_PASSWORD", "something")
    found = next(one for one in troubles(sources(inventory)) if one.name == "vc01")
    assert f"address 127.0.0.1, port {port}" in found.mend


def test_what_a_peer_says_is_bounded_and_acts_on_nothing(place: Path) -> None:
    """A switch that answers with colours, line ends and a megabyte: what doctor prints has none of them."""
    evil = "% Permission denied \x1b[2J\x1b[31m\u202e" + "x" * 1_000_000 + "\nrule 1 permit read-write\n"
    device = Device(answers=texts.answers() | {"show ssh key": evil, "show version": "\x1b]0;owned\x07" + evil})
    with switch(device):
        found = troubles(sources(switch_inventory(device, place)))
    assert found
    for one in found:
        assert len(one.says) <= 500
        assert (one.name + one.says + one.mend.replace("\n", "")).isprintable()
        assert "rule 1 permit read-write" not in one.mend.splitlines()


def test_nothing_is_changed(place: Path) -> None:
    """No file is made or touched, no key either: reading a source needs one, and gets one that nobody keeps."""
    inventory = place / "inventory.yaml"
    inventory.write_text("sources:\n  - {name: here, kind: linux, connection: local, population: {file: here.txt}}\n")
    before = tree(place)
    assert ("here", "well") in [(one.name, one.state) for one in sources(inventory)]
    assert troubles([*own.state_checks(), *addressed()]) == []
    assert tree(place) == before
    assert "AUDITOR_HMAC_KEY" not in os.environ


def tree(folder: Path) -> dict[str, str]:
    """Every file below, with the hash of its content."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_bad_usage_ends_with_two(place: Path) -> None:
    """A source that is none, and a form that is none, are told before anything is asked."""
    (place / "inventory.yaml").write_text("sources:\n  - {name: here, kind: linux, connection: local}\n")
    done = auditor(place, "doctor", "-f", "xml")
    assert (done.status, done.out) == (2, "")
    assert "text, json" in done.err
    done = auditor(place, "doctor", "nowhere", "-i", "inventory.yaml")
    assert done.status == 2
    assert "Known sources: here" in done.err


def test_a_mend_of_many_hosts_is_printed_once(capsys: pytest.CaptureFixture[str]) -> None:
    """A hundred hosts that want the same lines get them once; what differs stands with each."""
    mend = "In sudoers:\nfirst\nsecond\nthird"
    _print([Check("source", f"web{n}", "warn", "unread", mend) for n in range(100)])
    _print([Check("source", f"db{n}", "wrong", "away", f"Look at db{n}.") for n in range(2)])
    said = capsys.readouterr().out
    assert said.count("      first\n") == 1
    assert said.count("The same lines as for web0 above.") == 99
    assert "      Look at db1.\n" in said


def test_commands_of_a_mend_are_marked() -> None:
    """What `commands` finds is what begins with a dollar sign, so that no test runs a line for a file."""
    assert commands("Do this:\n$ true\nrule 1 permit command show clock") == ["true"]
