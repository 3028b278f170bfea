"""Whatever a switch does, the answer is a failure or a gap with its reason, in time, and nothing turns green."""

import asyncio
import socket
import time
from pathlib import Path

import asyncssh
import pytest

from auditor.collectors.nexus1000v import read
from auditor.collectors.nexus1000v.commands import IDENTITY, LIMIT
from tests.collectors.nexus1000v.peers import captured, failed, seen
from tests.simulators.nxos import texts
from tests.simulators.nxos.device import INVALID, Device, running

pytestmark = pytest.mark.asyncio
WAYS = pytest.mark.parametrize("exec_allowed", [True, False], ids=["exec", "shell"])
RUNNING = "show running-config"


async def test_wrong_password_is_tried_once(tmp_path: Path) -> None:
    """A wrong password is one failed login, whatever methods the switch offers: two might lock people out."""
    async with running(Device()) as device:
        found = await failed(device, tmp_path, password="not the one")
    assert found.kind == "refused"
    assert device.logins == ["bad"]
    assert "not the one" not in found.reason


async def test_refused_connection(tmp_path: Path) -> None:
    """A closed port is unreachable, and the reason names address and port."""
    device = Device(host_key=asyncssh.generate_private_key("ssh-ed25519"))
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        device.port = closed.getsockname()[1]
        found = await failed(device, tmp_path)
    assert found.kind == "unreachable"
    assert f"127.0.0.1:{device.port}" in found.reason


async def test_changed_and_unknown_host_keys_are_untrusted(tmp_path: Path) -> None:
    """Another key, a key of another type, an empty known_hosts file and a missing one: no password is sent to any."""
    async with running(Device()) as device:
        other = device.known_hosts(tmp_path, asyncssh.generate_private_key("ssh-ed25519"))
        other_type = device.known_hosts(tmp_path, asyncssh.generate_private_key("ecdsa-sha2-nistp256"))
        empty = tmp_path / "empty"
        empty.touch()
        for file in (other, other_type, empty, tmp_path / "missing"):
            found = await failed(device, tmp_path, known_hosts=file)
            assert found.kind == "untrusted", found
    assert device.logins == []


async def test_a_peer_that_never_speaks(tmp_path: Path) -> None:
    """A port that accepts and says nothing ends as a time-out, within the time that was given."""
    device = Device(host_key=asyncssh.generate_private_key("ssh-ed25519"))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        device.port = silent.getsockname()[1]
        by_call = await failed(device, tmp_path, timeout=0.5)
        by_deadline = await failed(device, tmp_path, deadline=0.5)
    assert (by_call.kind, by_deadline.kind) == ("timeout", "timeout")
    assert "deadline of 0.5 s" in by_deadline.reason


@WAYS
async def test_hang_in_the_configuration(exec_allowed: bool, tmp_path: Path) -> None:
    """A configuration that stops in its middle is a failure that names the command."""
    async with running(Device(hang=RUNNING, exec_allowed=exec_allowed)) as device:
        found = await failed(device, tmp_path, timeout=0.7)
    assert found.kind == "timeout"
    assert RUNNING in found.reason


@WAYS
async def test_hang_in_a_section_loses_only_that_section(exec_allowed: bool, tmp_path: Path) -> None:
    """When another command hangs, its facts are a gap with the reason, and all other facts are there."""
    async with running(Device(hang="show module", exec_allowed=exec_allowed)) as device:
        found = await seen(device, tmp_path, timeout=0.7)
    assert "show module" in found.gaps["modules"]
    assert found.facts["svs"]["connected"] is True
    assert found.facts["telnet"]["enabled"] is False


@WAYS
async def test_deadline_beats_everything(exec_allowed: bool, tmp_path: Path) -> None:
    """The deadline of the source ends a hanging switch although each call would wait longer."""
    began = time.monotonic()
    async with running(Device(hang=RUNNING, exec_allowed=exec_allowed)) as device:
        found = await failed(device, tmp_path, timeout=3600.0, deadline=2.0)
    assert found.kind == "timeout"
    assert time.monotonic() - began < 60


@WAYS
async def test_broken_connection_is_lost(exec_allowed: bool, tmp_path: Path) -> None:
    """A connection that breaks inside the configuration is a lost source; half a configuration is never judged."""
    async with running(Device(cut=RUNNING, exec_allowed=exec_allowed)) as device:
        found = await failed(device, tmp_path)
    assert found.kind == "lost"


@WAYS
async def test_two_hundred_megabytes_are_cut_off(exec_allowed: bool, tmp_path: Path) -> None:
    """A switch that sends 200 MB is cut off soon after the limit and becomes a failure."""
    async with running(Device(flood=RUNNING, exec_allowed=exec_allowed)) as device:
        found = await failed(device, tmp_path)
    assert found.kind == "unreadable"
    assert "8 MB" in found.reason
    assert device.sent < 3 * LIMIT


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (texts.RUNNING[: texts.RUNNING.index("svs-domain") + 30], "last line is cut"),
        (texts.RUNNING[: texts.RUNNING.index("What you do")], "never closed"),
        (texts.RUNNING[: texts.RUNNING.index("-----END")], "never closed"),
        ("\n".join(line.lstrip() for line in texts.RUNNING.split("\n")), "indentation was lost"),
        (texts.RUNNING.replace("svs-domain\n", "svs-domain\nvservice x\n", 1), "indentation was lost"),
        ("", "no `version` line"),
        ("hostname x\n", "no `version` line"),
        (texts.RUNNING + "--More--\n", "pager prompt"),
    ],
    ids=["cut-line", "cut-banner", "cut-certificate", "flat", "empty-domain", "empty", "headless", "pager"],
)
async def test_misshapen_configuration_is_refused(text: str, words: str, tmp_path: Path) -> None:
    """A configuration that is cut, flattened, empty or holds a pager prompt is refused, with what is wrong with it."""
    async with running(Device(answers={**texts.answers(), RUNNING: text})) as device:
        found = await failed(device, tmp_path)
    assert found.kind == "unreadable"
    assert words in found.reason


@pytest.mark.parametrize("marker", ["line vty\n", "port-profile type vethernet db\n"], ids=["domain", "profile"])
async def test_configuration_cut_between_lines_is_refused(marker: str, tmp_path: Path) -> None:
    """A configuration that ends cleanly, but before what every VSM prints, is refused: absent lines would look good."""
    text = texts.RUNNING[: texts.RUNNING.index(marker)]
    async with running(Device(answers={**texts.answers(), RUNNING: text})) as device:
        found = await failed(device, tmp_path)
    assert "svs-domain" in found.reason
    begin = texts.RUNNING.index("port-profile type vethernet db\n")
    end = texts.RUNNING.index("svs-domain")
    async with running(
        Device(answers={**texts.answers(), RUNNING: texts.RUNNING[:begin] + texts.RUNNING[end:]})
    ) as device:
        found = await failed(device, tmp_path)
    assert "port-profile type vethernet db" in found.reason


async def test_wrapped_terminal_is_refused(tmp_path: Path) -> None:
    """An 80-column shell that cannot be widened breaks lines in two; its configuration is refused."""
    async with running(Device(exec_allowed=False, columns=80, terminal_refused=True)) as device:
        found = await failed(device, tmp_path)
    assert "80 columns" in found.reason


@WAYS
@pytest.mark.parametrize(
    "refusal",
    [
        "% Permission denied for the role\n",
        "% Permission denied\n",
        "Error: AAA authorization failed for command:show AAA_AUTHOR_STATUS_METHOD=16(0x10)\n% Authorization failed\n",
        "Command authorization failed.\n",
        "Cmd exec error.\n",
        INVALID,
    ],
    ids=["role", "short", "aaa", "command", "cmd-exec", "invalid"],
)
async def test_refusal_inside_the_output_is_a_gap(refusal: str, exec_allowed: bool, tmp_path: Path) -> None:
    """A refused command is a gap for everything read from it, never "line absent", and the other facts stay."""
    answers = {**texts.answers(), RUNNING: refusal, "show feature": refusal}
    async with running(Device(answers=answers, exec_allowed=exec_allowed)) as device:
        found = await seen(device, tmp_path)
    for path in ("port_profiles", "users", "aaa", "ntp", "logging", "telnet", "dhcp_snooping", "snmp.communities"):
        assert RUNNING in found.gaps[path], path
    assert found.facts["modules"]["3"]["status"] == "ok"


async def test_refusal_in_the_midst_of_a_configuration(tmp_path: Path) -> None:
    """A refusal that arrives after half of the configuration spoils all of it: its first half looks whole otherwise."""
    half = texts.RUNNING[: texts.RUNNING.index("svs-domain")] + "% Permission denied for the role\n"
    async with running(Device(answers={**texts.answers(), RUNNING: half})) as device:
        found = await seen(device, tmp_path)
    assert "refused" in found.gaps["svs.mode"]
    assert "refused" in found.gaps["port_profiles"]


async def test_nothing_but_refusals_is_a_failure(tmp_path: Path) -> None:
    """When neither `show version` nor the configuration may be read, nobody knows what answered: a failure."""
    answers = dict.fromkeys(texts.answers(), "% Permission denied for the role\n")
    async with running(Device(answers=answers)) as device:
        found = await failed(device, tmp_path)
    assert found.kind == "refused"


async def test_refused_identity_is_a_warning(tmp_path: Path) -> None:
    """With the configuration alone the switch is judged, and the report says that a switch-over would go unseen."""
    answers = {**texts.answers(), **dict.fromkeys(IDENTITY, "% Permission denied\n")}
    async with running(Device(answers=answers)) as device:
        found = await captured(device, tmp_path)
    assert "same supervisor" in found.warnings[0]
    snapshot = read(found)
    assert "redundancy" in snapshot.gaps
    assert snapshot.version == "5.2(1)SV3(4.1)"
    assert snapshot.sources["software"] == "show running-config:5"


async def test_supervisor_that_keeps_changing(tmp_path: Path) -> None:
    """A second change of the active supervisor is a failure of the source."""
    async with running(Device(swap_after=5, swap_often=True)) as device:
        found = await failed(device, tmp_path)
    assert found.kind == "lost"
    assert "supervisor" in found.reason


async def test_hostile_text_stays_text(tmp_path: Path) -> None:
    """Markup, escape sequences, refusals and prompts inside a banner or description are data and break nothing."""
    evil = "<script>alert(1)</script> \x1b[2J% Permission denied --More-- vsm-synthetic# "
    text = texts.RUNNING.replace("This system belongs", evil + "This system belongs").replace(
        "description synthetic-web-1", "description --More-- </td><script>x</script> % Invalid command"
    )
    async with running(Device(answers=texts.answers(text))) as device:
        found = await seen(device, tmp_path)
    assert "<script>alert(1)</script>" in found.facts["banners"]["motd"]["text"]
    assert "\x1b" not in repr(found.facts)
    assert "</td><script>x</script>" in found.facts["interfaces"]["Vethernet2"]["description"]
    assert "port_profiles" not in found.gaps


async def test_two_sources_do_not_disturb_each_other(tmp_path: Path) -> None:
    """A hanging switch beside a good one: the good one is read, whole."""
    async with running(Device()) as good, running(Device(hang=RUNNING)) as bad:
        whole, broken = await asyncio.gather(
            captured(good, tmp_path, timeout=5.0), failed(bad, tmp_path, timeout=1.0, deadline=20.0)
        )
    assert read(whole).facts["hostname"] == "vsm-synthetic"
    assert broken.kind == "timeout"
