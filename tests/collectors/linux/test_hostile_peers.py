"""Peers that hang, lie, stop midway or never stop: one failure or precise gaps, within the deadline, nothing green."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from auditor.collectors import linux
from auditor.collectors.linux.transport import CAP
from auditor.domain import Capture, Credential, Failure, Secret, Source
from tests.collectors.linux.helpers import META, OS, VIRT, collect, ssh_source
from tests.simulators.linux import hostile
from tests.simulators.linux.keys import known_hosts

pytestmark = pytest.mark.asyncio

HEAD = b"\0BEGIN\0" + b"".join(
    f"{key}\0{text}\0{0}\0\0".encode() for key, text in (("meta", META), ("os", OS), ("virt", VIRT))
)


def at(peer: hostile.Peer) -> Source:
    return ssh_source("127.0.0.1", peer.port, peer.known_hosts, peer.key)


async def test_a_peer_that_hangs_is_a_timeout(tmp_path: Path) -> None:
    """A login that leads nowhere ends at the deadline, and says so."""
    async with hostile.peer(tmp_path, hostile.hang) as peer:
        item = await collect(at(peer), deadline=2)
    assert isinstance(item, Failure)
    assert item.kind == "timeout"


async def test_a_pager_is_a_timeout(tmp_path: Path) -> None:
    """A prompt that waits for a key is never answered, and is no answer."""
    async with hostile.peer(tmp_path, hostile.say(b"--More--", leave=False)) as peer:
        item = await collect(at(peer), deadline=2)
    assert isinstance(item, Failure)
    assert item.kind == "timeout"


async def test_an_answer_that_stops_makes_gaps(tmp_path: Path) -> None:
    """The records that came are facts; everything after them is a gap with the reason, and nothing is absent."""
    async with hostile.peer(tmp_path, hostile.say(HEAD + b"dpkg\0bash 5.2", leave=True)) as peer:
        item = await collect(at(peer))
    assert isinstance(item, Capture)
    found = linux.read(item)
    assert found.facts["os"]["id"] == "debian"
    assert "packages" not in found.facts or not found.facts["packages"]
    for path in ("packages", "units", "sysctl", "files", "accounts", "pam", "mounts", "sshd.effective", "sudoers"):
        assert "ended before" in found.gaps[path], path


async def test_a_connection_that_breaks_makes_gaps(tmp_path: Path) -> None:
    """A connection lost midway is told from an answer that simply stopped."""
    async with hostile.peer(tmp_path, hostile.break_off(HEAD)) as peer:
        item = await collect(at(peer))
    assert isinstance(item, Capture)
    assert "not received" in linux.read(item).gaps["packages"]


async def test_a_slow_answer_is_cut_at_the_deadline(tmp_path: Path) -> None:
    """What came before the deadline is kept, the rest is a gap that names the deadline."""
    async with hostile.peer(tmp_path, hostile.say(HEAD, leave=False)) as peer:
        item = await collect(at(peer), deadline=2)
    assert isinstance(item, Capture)
    assert "within 2 s" in linux.read(item).gaps["packages"]


async def test_a_flood_is_cut(tmp_path: Path) -> None:
    """Of 200 MB not much more than the cap leaves the peer, and the host is read as far as it told the truth."""
    sent: list[int] = []
    async with hostile.peer(tmp_path, hostile.flood(HEAD + b"dpkg\0", 200 << 20, sent)) as peer:
        item = await collect(at(peer))
    assert sum(sent) < 4 * CAP
    assert isinstance(item, Capture)
    assert "longer than 8 MB" in linux.read(item).gaps["packages"]


async def test_a_flood_without_a_frame_is_a_failure(tmp_path: Path) -> None:
    """Rubbish without a frame is unreadable."""
    async with hostile.peer(tmp_path, hostile.flood(b"", 200 << 20, [])) as peer:
        item = await collect(at(peer))
    assert isinstance(item, Failure)
    assert item.kind == "unreadable"


async def test_one_slammed_door_is_tried_again(tmp_path: Path) -> None:
    """A connection reset before the banner, as above MaxStartups, is tried once more and then works."""
    behaviour = hostile.say(HEAD + b"END\0\x000\0\0", leave=True)
    async with hostile.peer(tmp_path, behaviour) as peer, hostile.slammed_door(peer.port, 1) as (port, seen):
        known = known_hosts(tmp_path / "door", "127.0.0.1", port, tmp_path / "host.pub")
        item = await collect(ssh_source("127.0.0.1", port, known, peer.key))
    assert isinstance(item, Capture)
    assert len(seen) == 2


async def test_a_door_that_stays_shut_is_a_failure(tmp_path: Path) -> None:
    """It is tried twice and no more."""
    async with hostile.peer(tmp_path, hostile.hang) as peer, hostile.slammed_door(peer.port, 9) as (port, seen):
        known = known_hosts(tmp_path / "door", "127.0.0.1", port, tmp_path / "host.pub")
        item = await collect(ssh_source("127.0.0.1", port, known, peer.key))
    assert isinstance(item, Failure)
    assert len(seen) == 2


async def test_a_login_is_not_sent_twice(tmp_path: Path) -> None:
    """A host that hangs up on a password, as some do that refuse it, is not given the password again."""
    async with hostile.hangs_up_on_passwords(tmp_path) as (port, known, passwords):
        options = linux.Options.model_validate({"known_hosts": str(known)})
        credential = Credential("login", "audit", {"password": Secret("tried once")})
        item = await collect(Source("host", "linux", "127.0.0.1", port, options, {"": credential}, timeout=20))
    assert isinstance(item, Failure)
    assert passwords == ["tried once"]


@pytest.mark.parametrize("kind", ["certificates", "config", "keys", "agent"])
async def test_nothing_of_the_users_own_is_used(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """~/.ssh has no say: no configuration, no default key, no agent and no CA bundle of it reaches the connection."""
    seen: dict[str, Any] = {}

    async def connect(*where: Any, **options: Any) -> None:
        seen.update(options)
        raise OSError

    monkeypatch.setattr("asyncssh.connect", connect)
    source = Source("host", "linux", "127.0.0.1", 22, credentials={"": Credential("login", "audit")})
    known = tmp_path / "known_hosts"
    known.touch()
    await collect(replace(source, options=linux.Options.model_validate({"known_hosts": str(known)})))
    names = {"certificates": "x509_trusted_certs", "config": "config", "keys": "client_keys", "agent": "agent_path"}
    assert seen[names[kind]] is None
