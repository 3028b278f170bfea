"""Who changed a switch: a planted actor is named from the accounting log that the device itself answers."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from auditor.attribution import Origin, origin
from auditor.collectors.nexus1000v import read
from auditor.domain import Snapshot
from auditor.drift import between
from auditor.evidence import redaction
from tests.collectors.nexus1000v.peers import captured
from tests.simulators.nxos import texts
from tests.simulators.nxos.device import Device, running

CONFIG, LOG, CLOCK = "show running-config", "show accounting log", "show clock"
NEW = "ntp server 192.0.2.99"
ZONE = timezone(timedelta(hours=5, minutes=30))


@pytest.fixture(autouse=True)
def _fingerprint_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(redaction.KEY_VARIABLE, "a key that only these tests use 0123")
    redaction.redactor.cache_clear()


def written(at: datetime, user: str, command: str, *, old: bool = False) -> str:
    """One line of the log, by a clock in ZONE."""
    shown = at.astimezone(ZONE).strftime("%a %b %d %H:%M:%S %Y")
    if old:
        return f"{shown}:update:192.0.2.7@pts/1:{user}:{command} (SUCCESS)\n"
    return f"{shown}:type=update:id=192.0.2.7@pts/1:user={user}:cmd={command} (SUCCESS)\n"


def clock() -> str:
    return datetime.now(ZONE).strftime("%H:%M:%S.123 IST %a %b %d %Y\n")


async def seen(device: Device, folder: Path, *, activity: bool = True) -> Snapshot:
    """Facts of the device with its clock as of now."""
    if CLOCK in device.answers:
        device.answers[CLOCK] = clock()
    return read(await captured(device, folder, activity=activity))


async def changed(folder: Path, lines: list[str], *, activity: bool = True, log: bool = True) -> list[Origin]:
    """Origins of the drift that a new time server makes, where the accounting log has these lines afterwards."""
    device = Device()
    device.answers |= {CLOCK: "", LOG: ""} if log else {}
    async with running(device):
        old = await seen(device, folder, activity=activity)
        device.answers[CONFIG] += NEW + "\n"
        device.answers["show running-config all"] = texts.with_defaults(device.answers[CONFIG])
        if log:
            device.answers[LOG] = "".join(lines)
        new = await seen(device, folder, activity=activity)
    found = [one for one in between(old, new) if one.path.startswith("ntp") and one.change != "unknown"]
    assert found
    return [origin(one, old, new) for one in found]


@pytest.mark.asyncio
@pytest.mark.parametrize("old", [False, True], ids=["since 5.2", "before"])
async def test_the_planted_actor_is_named(tmp_path: Path, old: bool) -> None:
    """Of two people at work since the last good reading, the one whose command touches the fact comes first; one of
    last week is not named; times in the zone of the device become UTC.
    """
    now = datetime.now(UTC)
    later = now + timedelta(seconds=1)
    lines = [
        written(now - timedelta(days=7), "yesterday", f"configure terminal ; {NEW}", old=old),
        written(later, "planter", f"configure terminal ; {NEW}", old=old),
        written(later, "gardener", "configure terminal ; interface mgmt0 ; description blue", old=old),
    ]
    device = Device()
    device.answers |= {CLOCK: "", LOG: ""}
    async with running(device):
        before = await seen(device, tmp_path)
        device.answers[CONFIG] += NEW + "\n"
        device.answers["show running-config all"] = texts.with_defaults(device.answers[CONFIG])
        device.answers[LOG] = "".join(lines)
        after = await seen(device, tmp_path)
    before = replace(before, taken_at=now - timedelta(hours=1))
    after = replace(after, taken_at=now + timedelta(hours=1))
    (drift,) = [one for one in between(before, after) if one.path.startswith("ntp") and one.change == "extra"][:1]
    found = origin(drift, before, after)
    assert [one.who for one in found.actors] == ["planter", "gardener"]
    assert NEW in found.actors[0].what
    assert abs(datetime.fromisoformat(found.actors[0].at) - later) < timedelta(seconds=5)
    assert (found.unknown, found.first_seen is not None, found.last_good is not None) == ("", True, True)


@pytest.mark.asyncio
async def test_without_a_readable_log_it_says_why(tmp_path: Path) -> None:
    """Not asked for, not known to the role, silent, or too young: each has its own reason, and nobody is named."""
    young = written(datetime.now(UTC) + timedelta(days=1), "later", "configure terminal ; vlan 9")
    ancient = written(datetime.now(UTC) - timedelta(days=7), "earlier", "configure terminal ; vlan 9")
    reasons = []
    for lines, options in (
        ([], {"activity": False}),
        ([], {"log": False}),
        (["nothing that anybody could read\n"], {}),
        ([young], {}),
        ([ancient], {}),
    ):
        found = (await changed(tmp_path, lines, **options))[0]
        assert found.actors == ()
        reasons.append(found.unknown)
    assert "activity: true" in reasons[0]
    assert "the log could not be read: `show accounting log` is not known" in reasons[1]
    assert "not how far back" in reasons[2]
    assert "the log begins at" in reasons[3]
    assert reasons[4] == "the log names nobody between the two readings"


@pytest.mark.asyncio
async def test_the_log_is_hostile_text(tmp_path: Path) -> None:
    """Secrets in commands are fingerprints, escapes do nothing, and of ten thousand deeds the newest 500 are kept."""
    at = datetime.now(UTC) - timedelta(days=1)
    lines = [written(at + timedelta(seconds=n), f"u{n}", f"configure terminal ; vlan {n}") for n in range(10_000)]
    lines.append(
        written(at + timedelta(hours=9), "p\x1b[31m<b>x", "configure terminal ; username z password 0 Geheim-99")
    )
    lines.append(written(at + timedelta(hours=9), "q", "snmp-server community Geheim-98 ro ; " + "x" * 5000))
    device = Device()
    device.answers |= {CLOCK: "", LOG: "".join(lines)}
    async with running(device):
        device.answers[CLOCK] = clock()
        capture = await captured(device, tmp_path, activity=True)
    assert "Geheim" not in str(capture.body)
    deeds = read(capture).facts["activity"]["deeds"]
    assert (len(deeds), deeds[-3]["who"]) == (500, "u9999")
    assert max(len(one["what"]) for one in deeds) <= 300
    assert all(one["who"].isprintable() for one in deeds)
    assert "hmac:" in deeds[-1]["what"]
