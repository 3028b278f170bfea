"""SSH servers that misbehave after a good login (asyncssh), and a door that is slammed first."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncssh

from tests.simulators.linux.keys import known_hosts, make_key

Process = asyncssh.SSHServerProcess[bytes]
Behaviour = Callable[[Process], Awaitable[None]]


@dataclass(frozen=True)
class Peer:
    """Where a misbehaving server listens, and what opens it."""

    port: int
    known_hosts: Path
    key: Path


async def hang(process: Process) -> None:
    """Says nothing, and stays."""
    await asyncio.Event().wait()


def say(text: bytes, *, leave: bool) -> Behaviour:
    """Sends `text`, then either ends or stays."""

    async def behave(process: Process) -> None:
        process.stdout.write(text)
        if not leave:
            await asyncio.Event().wait()
        process.exit(0)

    return behave


def break_off(text: bytes) -> Behaviour:
    """Sends `text`, then drops the connection."""

    async def behave(process: Process) -> None:
        process.stdout.write(text)
        await process.stdout.drain()
        process.channel.get_connection().abort()

    return behave


def flood(first: bytes, total: int, counted: list[int]) -> Behaviour:
    """Sends `first`, then up to `total` bytes of rubbish; `counted` says how many left."""

    async def behave(process: Process) -> None:
        process.stdout.write(first)
        chunk = b"x" * 65536
        while sum(counted) < total:
            process.stdout.write(chunk)
            counted.append(len(chunk))
            await process.stdout.drain()

    return behave


@asynccontextmanager
async def peer(folder: Path, behaviour: Behaviour) -> AsyncIterator[Peer]:
    """A server whose every command behaves like this."""
    host_key, user_key = make_key(folder / "host"), make_key(folder / "user")

    async def safe(process: Process) -> None:
        try:
            await behaviour(process)
        except (asyncssh.Error, OSError, asyncio.CancelledError):
            pass

    server = await asyncssh.listen(
        "127.0.0.1", 0, server_host_keys=[str(host_key)], authorized_client_keys=f"{user_key}.pub",
        process_factory=safe, encoding=None,
    )  # fmt: skip
    port = server.get_port()
    try:
        yield Peer(port, known_hosts(folder / "known_hosts", "127.0.0.1", port, Path(f"{host_key}.pub")), user_key)
    finally:
        server.close()


@asynccontextmanager
async def slammed_door(port: int, times: int) -> AsyncIterator[tuple[int, list[int]]]:
    """A port that resets the first `times` connections, as sshd does above MaxStartups, and passes later ones on."""
    seen: list[int] = []

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(1)
        if len(seen) <= times:
            writer.transport.abort()
            return
        there, back = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(pump(reader, back), pump(there, writer))

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1], seen
    finally:
        server.close()


@asynccontextmanager
async def hangs_up_on_passwords(folder: Path) -> AsyncIterator[tuple[int, Path, list[str]]]:
    """A server that drops the connection at each password, without a word; the passwords are listed."""
    passwords: list[str] = []

    class Rude(asyncssh.SSHServer):
        def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
            self._connection = conn

        def password_auth_supported(self) -> bool:
            return True

        def validate_password(self, username: str, password: str) -> bool:
            passwords.append(password)
            self._connection.abort()
            return False

    host_key = make_key(folder / "host")
    server = await asyncssh.listen("127.0.0.1", 0, server_host_keys=[str(host_key)], server_factory=Rude)
    port = server.get_port()
    try:
        yield port, known_hosts(folder / "known_hosts", "127.0.0.1", port, Path(f"{host_key}.pub")), passwords
    finally:
        server.close()
