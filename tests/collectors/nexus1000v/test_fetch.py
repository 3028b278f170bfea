"""`fetch` against a live SSH peer: ways in, and that nothing of a good switch is lost on any of them."""

from pathlib import Path

import pytest

from auditor.collectors.nexus1000v import Options, read
from auditor.domain import Capture
from tests.collectors.nexus1000v.peers import captured, collect, seen
from tests.simulators.nxos import texts
from tests.simulators.nxos.device import Device, running

pytestmark = pytest.mark.asyncio


async def test_exec_channel_gives_every_answer(tmp_path: Path) -> None:
    """The exec channel comes first, one channel at a time, one login, and every command is answered in full."""
    async with running(Device()) as device:
        found = await captured(device, tmp_path)
    assert found.body["transport"] == "exec"
    assert {name for name, record in found.body["commands"].items() if record["status"] == "ok"} == set(device.answers)
    assert device.logins == ["good"]
    assert device.most_channels == 1
    assert device.open_channels == 0


async def test_only_reading_commands_are_sent(tmp_path: Path) -> None:
    """No command but `show` and `terminal` is ever sent, in either way."""
    for exec_allowed in (True, False):
        async with running(Device(exec_allowed=exec_allowed)) as device:
            await captured(device, tmp_path)
        assert all(command.startswith(("show ", "terminal length", "terminal width")) for command in device.commands)


WAYS = {
    "shell": Device(exec_allowed=False),
    "paging": Device(exec_allowed=False, page=20, columns=80),
    "pager-answered": Device(exec_allowed=False, page=20, terminal_refused=True),
    "no-status": Device(exit_status=None),
    "odd-status": Device(exit_status=1),
    "pager-in-exec": Device(pager_in_exec="show running-config"),
    "no-echo": Device(exec_allowed=False, echo=False),
    "deaf-exec": Device(exec_deaf=True),
    "password": Device(kbdint="off"),
    "stall": Device(kbdint="stalls"),
    "no-banner": Device(banner="", exec_allowed=False),
    "odd-banner": Device(banner="<script>alert(1)</script>\nvsm-synthetic# \n"),
}


@pytest.mark.parametrize("device", WAYS.values(), ids=WAYS)
async def test_every_way_gives_the_same_facts(device: Device, tmp_path: Path) -> None:
    """Exec, shell, paging with and without `terminal`, and odd log-in dialogs give the very same facts and sources."""
    async with running(Device()) as plain:
        wanted = await seen(plain, tmp_path)
    async with running(device):
        found = await seen(device, tmp_path, timeout=2.0)
    assert found.facts == wanted.facts
    assert found.gaps == wanted.gaps
    assert found.sources == wanted.sources


async def test_legacy_algorithms_only_when_asked(tmp_path: Path) -> None:
    """A switch that knows only SHA-1 and CBC is read when its source says so, with a warning, and refused otherwise."""
    async with running(Device(), legacy=True) as device:
        refused = await collect(device, tmp_path)
        asked = await collect(device, tmp_path, ssh={"legacy_algorithms": True})
    assert not isinstance(refused, Capture)
    assert refused.kind == "untrusted"
    assert "legacy_algorithms: true" in refused.reason
    assert isinstance(asked, Capture)
    options = Options.model_validate({"ssh": {"credential": "a", "known_hosts": "hosts", "legacy_algorithms": True}})
    assert any("legacy" in warning for warning in options.warnings())


async def test_supervisor_change_is_collected_again_once(tmp_path: Path) -> None:
    """When another supervisor becomes active meanwhile, the first reading is thrown away, and the report says so."""
    async with running(Device(swap_after=5)) as device:
        found = await captured(device, tmp_path)
    assert found.body["recollected"] is True
    assert any("supervisor changed" in warning for warning in found.warnings)
    assert read(found).facts["redundancy"]["this_state"] == "active"
    assert device.logins == ["good"]


async def test_secrets_are_gone_from_the_capture(tmp_path: Path) -> None:
    """No hash, key or community of the configuration is left in what `fetch` yields; what rules need still is."""
    async with running(Device(answers=texts.poor_answers())) as device:
        found = await captured(device, tmp_path)
    text = repr(found)
    for secret in ("SYNTHETC", "YetAnotherHash", "synthetic07", "0x0011", "community public", "2c public", "NotOnAny"):
        assert secret not in text
    facts = read(found).facts
    assert sorted(c["known_default"] for c in facts["snmp"]["communities"].values()) == [False, True]
    assert facts["users"]["admin"]["algorithm"] == "md5crypt"


async def test_another_family_is_said(tmp_path: Path) -> None:
    """A switch that is not what its source says it is is read by its own defaults, with a warning."""
    async with running(Device(answers=texts.switch_answers())) as device:
        found = await captured(device, tmp_path)
    assert found.warnings == ("the source is of kind nexus1000v, but a nexus9000 answers",)
    assert read(found).facts["telnet"]["enabled"] is False


async def test_key_file_login(tmp_path: Path) -> None:
    """A key file that cannot be read is a refused login that names the credential, not a crash."""
    from auditor.collectors.nexus1000v import fetch
    from auditor.domain import Credential, Failure, Secret, Source

    options = Options.model_validate({"ssh": {"credential": "ssh", "known_hosts": str(tmp_path / "kh")}})
    (tmp_path / "kh").touch()
    credential = Credential("vsm", "audit", {"key_file": Secret(str(tmp_path / "none"))})
    source = Source("vsm", "nexus1000v", "127.0.0.1", options=options, credentials={"ssh": credential})
    (found,) = [item async for item in fetch(source, 10)]
    assert isinstance(found, Failure)
    assert (found.kind, "credential vsm" in found.reason) == ("refused", True)
