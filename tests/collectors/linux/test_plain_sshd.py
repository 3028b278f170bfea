"""OpenSSH's sshd in front of this machine: the way in, and what closes it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from auditor.domain import Capture, Failure, Source
from tests.collectors.linux.helpers import collect, local_source, snapshot, ssh_source
from tests.simulators.linux.keys import known_hosts, make_key
from tests.simulators.linux.plain_sshd import PlainSshd, free_port

pytestmark = [pytest.mark.needs_sshd, pytest.mark.asyncio]


@pytest.fixture(scope="module")
def sshd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlainSshd]:
    with PlainSshd(tmp_path_factory.mktemp("sshd")) as server:
        yield server


def source(sshd: PlainSshd) -> Source:
    return ssh_source("127.0.0.1", sshd.port, sshd.known_hosts, sshd.key, sshd.username)


async def test_the_same_facts_as_on_the_spot(sshd: PlainSshd) -> None:
    """Over SSH and locally one machine has the same packages, files, accounts and PAM stacks."""
    far, near = await snapshot(source(sshd)), await snapshot(local_source())
    for name in ("os", "packages", "files", "accounts", "groups", "pam", "login_defs", "banners"):
        assert far.facts.get(name) == near.facts.get(name), name


async def test_a_noisy_login_changes_nothing(tmp_path: Path) -> None:
    """Text that a start file prints, markup and colours in it, neither breaks the frame nor becomes a fact."""
    noise = r"""ForceCommand printf '<script>\\033[31mNUL follows\\000'; exec sh -c "$SSH_ORIGINAL_COMMAND" """
    with PlainSshd(tmp_path, noise + "\n") as sshd:
        item = await collect(source(sshd))
    assert isinstance(item, Capture)
    assert item.body["complete"] is True
    assert "<script>" not in str(item.body)


async def test_a_changed_host_key_is_not_trusted(sshd: PlainSshd, tmp_path: Path) -> None:
    """Another key than the known one: nothing is sent, and the reason says what to compare."""
    other = known_hosts(tmp_path / "known", "127.0.0.1", sshd.port, Path(f"{make_key(tmp_path / 'other')}.pub"))
    item = await collect(ssh_source("127.0.0.1", sshd.port, other, sshd.key, sshd.username))
    assert isinstance(item, Failure)
    assert item.kind == "untrusted"
    assert "known_hosts" in item.reason


async def test_an_unknown_host_key_is_not_trusted(sshd: PlainSshd, tmp_path: Path) -> None:
    """An empty known_hosts trusts nobody."""
    empty = tmp_path / "known"
    empty.write_text("")
    item = await collect(ssh_source("127.0.0.1", sshd.port, empty, sshd.key, sshd.username))
    assert isinstance(item, Failure)
    assert item.kind == "untrusted"


async def test_a_missing_known_hosts_file_is_not_trusted(sshd: PlainSshd, tmp_path: Path) -> None:
    """No file, no trust."""
    item = await collect(ssh_source("127.0.0.1", sshd.port, tmp_path / "none", sshd.key, sshd.username))
    assert isinstance(item, Failure)
    assert item.kind == "untrusted"


async def test_a_foreign_key_is_refused(sshd: PlainSshd, tmp_path: Path) -> None:
    """A login with the wrong key is refused, and not called unreachable."""
    item = await collect(
        ssh_source("127.0.0.1", sshd.port, sshd.known_hosts, make_key(tmp_path / "stranger"), sshd.username)
    )
    assert isinstance(item, Failure)
    assert item.kind == "refused"


async def test_nobody_listens(sshd: PlainSshd) -> None:
    """A closed port is unreachable."""
    item = await collect(ssh_source("127.0.0.1", free_port(), sshd.known_hosts, sshd.key))
    assert isinstance(item, Failure)
    assert item.kind == "unreachable"


async def test_a_shell_that_is_none(tmp_path: Path) -> None:
    """An account whose shell only says no is a failure that quotes it."""
    with PlainSshd(tmp_path, "ForceCommand echo This account is not available.\n") as sshd:
        item = await collect(source(sshd))
    assert isinstance(item, Failure)
    assert item.kind == "unreadable"
    assert "This account is not available." in item.reason
