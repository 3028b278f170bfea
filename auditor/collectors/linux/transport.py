"""Run the program on this machine, or on a host by one SSH connection with one channel."""

import asyncio
import os
import random
import signal
import socket
from dataclasses import dataclass
from typing import Any

import asyncssh

from auditor.collectors.linux.options import Options
from auditor.collectors.said import said
from auditor.domain import Source

CAP = 8 << 20  # bytes per host; a usual host sends 0.2 MB
_CHUNK = 1 << 16
_RETRY = (0.5, 2.0)  # seconds: sshd drops logins at random above MaxStartups, so wait a random while
# What asyncssh offers beyond what OpenSSH itself still calls sound.
_MODERN: dict[str, Any] = {"kex_algs": "-gss-*,*-sha1", "mac_algs": "-hmac-sha1*", "server_host_key_algs": "-ssh-rsa"}


class Trouble(Exception):
    """`kind` is one of domain.Failure's; the message is a sentence a person can act on."""

    def __init__(self, kind: str, reason: str) -> None:
        self.kind, self.reason = kind, said(reason)
        super().__init__(self.reason)


@dataclass(slots=True)
class Stream:
    """What came back, and in words why it ended before its end, if it did."""

    data: bytearray
    lost: str = ""
    kind: str = "lost"  # kind of Failure when nothing usable came


async def run(source: Source, options: Options, program: bytes, stream: Stream, deadline: float) -> None:
    """Fill `stream`, for at most `deadline` seconds. Raises Trouble when the host could not be reached or trusted."""
    try:
        async with asyncio.timeout(deadline):
            if options.connection == "local":
                await _local(program, stream)
            else:
                await _remote(source, options, program, stream)
    except TimeoutError:
        stream.lost, stream.kind = f"no end of the answer within {deadline:.0f} s", "timeout"


async def _local(program: bytes, stream: Stream) -> None:
    environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"}
    process = await asyncio.create_subprocess_exec(
        "sh", "-s", stdin=-1, stdout=-1, stderr=asyncio.subprocess.DEVNULL, env=environment, start_new_session=True
    )
    assert process.stdin is not None and process.stdout is not None  # noqa: S101, PT018 - pipes were asked for
    try:
        process.stdin.write(program)
        process.stdin.close()
        await _drain(process.stdout, stream)
    finally:
        if process.returncode is None:
            _end_session(process.pid)
        for _ in range(200):  # until asyncio has seen the end: closing first would reap the child behind its back
            if process.returncode is not None:
                break
            await asyncio.sleep(0.01)
        transport: asyncio.SubprocessTransport = process._transport  # type: ignore[attr-defined]
        transport.close()  # `wait` would wait for whoever still holds the pipe


def _end_session(leader: int) -> None:
    """Kill what the program left running: each `timeout` leads a process group of its own, but not a session."""
    for _ in range(3):  # who forks meanwhile is found the next time
        found = [pid for pid in map(int, filter(str.isdecimal, os.listdir("/proc"))) if _session_of(pid) == leader]
        for pid in found:
            try:
                os.kill(pid, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                pass  # gone, or become root by sudo: its own time limit ends it
        if not found:
            return


def _session_of(pid: int) -> int:
    try:
        return os.getsid(pid)
    except OSError:
        return -1


async def _remote(source: Source, options: Options, program: bytes, stream: Stream) -> None:
    where = f"{source.address}:{source.port}" if source.port else source.address
    door = _Door()
    try:
        try:
            connection = await _connect(source, options, door)
        except (ConnectionResetError, asyncssh.ConnectionLost):
            if door.spoke:  # it may have seen the login, and another try may lock the account
                raise
            await asyncio.sleep(random.uniform(*_RETRY))  # noqa: S311 - jitter, no cryptography
            connection = await _connect(source, options, door)
    except Exception as problem:
        raise trouble_of(problem, where) from problem
    try:
        process = await connection.create_process("sh -s", encoding=None)
        try:
            process.stdin.write(program)
            process.stdin.write_eof()
        except OSError:
            pass  # whoever answered without listening may still have said why
        await _drain(process.stdout, stream)
    except (asyncssh.Error, OSError) as problem:
        stream.lost = said(f"the SSH connection to {where} broke: {getattr(problem, 'reason', '') or problem}", 300)
    finally:
        connection.abort()


async def _drain(reader: asyncio.StreamReader | asyncssh.SSHReader[bytes], stream: Stream) -> None:
    while len(stream.data) < CAP:
        chunk = await reader.read(_CHUNK)
        if not chunk:
            return
        stream.data += chunk
    stream.lost, stream.kind = f"the answer is longer than {CAP >> 20} MB and was cut", "unreadable"


@dataclass(slots=True)
class _Door:
    """An attempt's connection. Only when its peer has said who it is can a login have begun."""

    connection: asyncssh.SSHClientConnection | None = None

    @property
    def spoke(self) -> bool:
        return self.connection is not None and bool(self.connection.get_extra_info("server_version"))


class _OneTry(asyncssh.SSHClient):
    """Sends the password once: a second wrong try may lock the account."""

    def __init__(self, password: str | None, door: _Door) -> None:
        self._password, self._door = password, door

    def connection_made(self, conn: asyncssh.SSHClientConnection) -> None:
        self._door.connection = conn

    def password_auth_requested(self) -> str | None:
        taken, self._password = self._password, None
        return taken


def _login(source: Source, options: Options, door: _Door) -> dict[str, Any]:
    known_hosts = os.path.expanduser(options.known_hosts or "")
    if not os.path.isfile(known_hosts):
        raise Trouble(
            "untrusted", f"the known_hosts file {options.known_hosts} is not there: put the host's key into it"
        )
    credential = source.credential
    if credential is None or not credential.username:
        raise Trouble("refused", "the source has no credential with a username: name one by `credential:`")
    key = credential.secret("key_file")
    try:
        keys = [asyncssh.read_private_key(os.path.expanduser(key), credential.secret("passphrase"))] if key else None
    except (OSError, asyncssh.KeyImportError) as problem:
        raise Trouble("refused", f"the key file of credential {credential.name} cannot be read: {problem}") from problem
    password = credential.secret("password")
    return {
        "username": credential.username,
        "client_keys": keys,
        "client_factory": lambda: _OneTry(password, door),
        "known_hosts": known_hosts,
    }


async def _connect(source: Source, options: Options, door: _Door) -> asyncssh.SSHClientConnection:
    return await asyncssh.connect(
        source.address,
        source.port or 22,
        agent_path=None,
        config=None,
        gss_host=None,
        x509_trusted_certs=None,  # else ~/.ssh/ca-bundle.crt would vouch for hosts beside known_hosts
        compression_algs=["none"],
        connect_timeout=source.timeout,
        login_timeout=source.timeout,
        keepalive_interval=15,
        **_MODERN,
        **_login(source, options, door),
    )


def trouble_of(problem: Exception, where: str) -> Trouble:
    """What an error of connecting means. `where` is the address for the message."""
    match problem:
        case Trouble():
            return problem
        case asyncssh.HostKeyNotVerifiable():
            reason = (
                f"the host key of {where} is not the one in known_hosts: the host was made anew, or another machine "
                "answers. Compare the fingerprint on its console before you replace the entry."
            )
            return Trouble("untrusted", reason)
        case asyncssh.PermissionDenied():
            return Trouble("refused", f"{where} refused the login: check user name, key or password")
        case asyncssh.KeyExchangeFailed():
            return Trouble("untrusted", f"{where} offers no SSH algorithm that is accepted")
        case socket.gaierror():
            return Trouble("unreachable", f"the name {source_name(where)} cannot be resolved")
        case ConnectionRefusedError():
            return Trouble("unreachable", f"{where} refuses connections: does sshd run, and is the port right?")
        case TimeoutError():
            return Trouble("timeout", f"{where} did not answer in time")
        case asyncssh.Error():
            return Trouble("lost", f"the SSH connection to {where} broke: {str(problem.reason)[:200]}")
        case OSError():
            return Trouble("unreachable", f"{where} cannot be reached: {problem.strerror or type(problem).__name__}")
        case _:
            return Trouble("unreadable", f"{where}: {type(problem).__name__}")


def source_name(where: str) -> str:
    """The name without its port."""
    return where.rsplit(":", 1)[0] if where.count(":") == 1 else where
