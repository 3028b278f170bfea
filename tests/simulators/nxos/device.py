"""An NX-OS device that speaks SSH: exec and shell, paging, login banner, and every way a real one misbehaves.

It knows what `Device.answers` says and nothing more. Synthetic: no answer came from a Cisco device.
"""

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncssh

from tests.simulators.nxos import texts
from tests.simulators.nxos.machine import Machine

OLD_ALGORITHMS: dict[str, Any] = {
    "kex_algs": ["diffie-hellman-group1-sha1"],
    "encryption_algs": ["aes128-cbc"],
    "mac_algs": ["hmac-sha1"],
    "signature_algs": ["ssh-rsa"],
}
INVALID = "                 ^\n% Invalid command at '^' marker.\n"


@dataclass
class Device:
    """What the device answers and how it misbehaves. Change it between, or during, collections."""

    answers: dict[str, str] = field(default_factory=texts.answers)
    username: str = "audit"
    password: str = field(default_factory=lambda: secrets.token_urlsafe(12))
    prompt: str = "vsm-synthetic# "
    kbdint: str = "asks"  # keyboard-interactive: asks for the password, is "off", or "stalls" (fails before it asks)
    exec_allowed: bool = True
    exec_deaf: bool = False  # takes exec requests and never acts on them
    echo: bool = True
    exit_status: int | None = 0  # None: the channel closes without one
    banner: str = "Only for people who may.\n"
    page: int = 0  # lines of a page in the shell until `terminal length 0`; 0 = no paging
    terminal_refused: bool = False  # as for a role without permit for `terminal ...`
    columns: int = 0  # the shell breaks lines here until `terminal width`; 0 = never
    hang: str = ""  # the command that never ends
    cut: str = ""  # the command in whose middle the connection breaks
    flood: str = ""  # the command that sends without end
    pager_in_exec: str = ""  # the command that stops at a pager prompt in the exec channel
    swap_after: int = 0  # after that many commands another supervisor is active
    swap_often: bool = False
    machine: Machine | None = None  # a switch that can be configured answers in place of `answers`
    commands: list[str] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)
    open_channels: int = 0
    most_channels: int = 0
    sent: int = 0
    port: int = 0
    host_key: asyncssh.SSHKey | None = None

    def known_hosts(self, folder: Path, key: asyncssh.SSHKey | None = None) -> Path:
        """A known_hosts file that pins this device's key, or another one."""
        key = key or self.host_key
        assert key is not None
        file = folder / f"known_hosts_{self.port}_{secrets.token_hex(3)}"
        file.write_text(f"[127.0.0.1]:{self.port} {key.export_public_key().decode()}")
        return file

    def answer(self, command: str) -> str:
        """The text of a command, as of now."""
        self.commands.append(command)
        if self.swap_after and len(self.commands) > self.swap_after:
            self.answers["show system redundancy status"] = texts.REDUNDANCY.format(active="sup-2", standby="sup-1")
            self.answers["show version"] = texts.VERSION.format(serial=secrets.token_hex(4), seconds=1)
            self.swap_after = self.swap_after + 8 if self.swap_often else 0
        if self.machine is not None:
            shown = self.machine.show(command)
            return self.machine.type(command) or "\n" if shown is None else shown
        return self.answers.get(command, INVALID)


class _Server(asyncssh.SSHServer):
    def __init__(self, device: Device) -> None:
        self._device = device

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._connection = conn

    def begin_auth(self, username: str) -> bool:
        if self._device.banner:
            self._connection.send_auth_banner(self._device.banner)
        return True

    def password_auth_supported(self) -> bool:
        return True

    def kbdint_auth_supported(self) -> bool:
        return super().kbdint_auth_supported() if self._device.kbdint == "asks" else self._device.kbdint == "stalls"

    def validate_password(self, username: str, password: str) -> bool:
        good = secrets.compare_digest(
            (username + password).encode(), (self._device.username + self._device.password).encode()
        )
        self._device.logins.append("good" if good else "bad")
        return good


@contextlib.asynccontextmanager
async def running(device: Device, *, legacy: bool = False) -> AsyncIterator[Device]:
    """Serve `device` on a free port of the loopback address."""
    made = (
        asyncssh.generate_private_key("ssh-rsa", key_size=2048)
        if legacy
        else asyncssh.generate_private_key("ssh-ed25519")
    )
    device.host_key = device.host_key or made
    tasks: set[asyncio.Task[None]] = set()

    async def handle(process: asyncssh.SSHServerProcess[str]) -> None:
        device.open_channels += 1
        device.most_channels = max(device.most_channels, device.open_channels)
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            await (_exec(device, process) if process.command is not None else _shell(device, process))
        except (BrokenPipeError, ConnectionError, asyncssh.Error):
            pass
        finally:
            device.open_channels -= 1
            tasks.discard(task)

    server = await asyncssh.create_server(
        lambda: _Server(device),
        "127.0.0.1",
        device.port,
        server_host_keys=[device.host_key],
        process_factory=handle,
        line_editor=False,
        encoding="utf-8",
        **(OLD_ALGORITHMS if legacy else {}),
    )
    device.port = server.sockets[0].getsockname()[1]
    try:
        yield device
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await server.wait_closed()


async def _exec(device: Device, process: asyncssh.SSHServerProcess[str]) -> None:
    command = process.command or ""
    if device.exec_deaf:
        await asyncio.Event().wait()
    if not device.exec_allowed:
        process.stdout.write("Exec is not allowed for this user\n")
        process.exit(1)
        return
    text = device.answer(command)
    if await _misbehave(device, process, command, text):
        return
    if command == device.pager_in_exec:
        middle = text.index("\n", len(text) // 2) + 1
        head, tail = text[:middle], text[middle:]
        process.stdout.write(head + "--More--")
        await process.stdin.read(1)
        process.stdout.write("\r        \r" + tail)
    else:
        process.stdout.write(text)
    if device.exit_status is None:
        process.close()
    else:
        process.exit(device.exit_status)


async def _misbehave(device: Device, process: asyncssh.SSHServerProcess[str], command: str, text: str) -> bool:
    if command == device.hang:
        process.stdout.write(text[: len(text) // 3])
        await asyncio.Event().wait()
    if command == device.cut:
        process.stdout.write(text[: len(text) // 2])
        await process.stdout.drain()
        process.channel.get_connection().abort()
        return True
    if command == device.flood:
        block = "interface Vethernet1\n" * 3000
        for _ in range(200 * 2**20 // len(block)):
            process.stdout.write(block)
            device.sent += len(block)
            await process.stdout.drain()
        process.exit(0)
        return True
    return False


async def _shell(device: Device, process: asyncssh.SSHServerProcess[str]) -> None:
    page, columns = device.page, device.columns
    process.stdout.write(f"Synthetic NX-OS\n\r\n{device.prompt}")
    while line := await process.stdin.readline():
        command = line.strip()
        if device.machine is not None and device.machine.configuring:
            process.stdout.write(command + "\r\n" + device.machine.type(line) + device.prompt)
            continue
        if device.echo:
            process.stdout.write(command + "\r\n")  # in order
        if command in ("exit", "quit"):
            break
        if command.startswith("terminal "):
            device.commands.append(command)
            if device.terminal_refused:
                process.stdout.write("% Permission denied for the role\r\n")
            elif "length" in command:
                page = 0
            else:
                columns = 0
        elif command:
            text = device.answer(command)
            if await _misbehave(device, process, command, text):
                return
            await _print(process, text, page, columns)
        process.stdout.write(device.prompt)
    process.exit(0)


async def _print(process: asyncssh.SSHServerProcess[str], text: str, page: int, columns: int) -> None:
    lines = text.removesuffix("\n").split("\n")
    if columns:
        lines = [line[at : at + columns] for line in lines for at in range(0, max(len(line), 1), columns)]
    for number, line in enumerate(lines, 1):
        process.stdout.write(line + "\r\n")
        if page and number % page == 0 and number < len(lines):
            process.stdout.write("\x1b[7m--More--\x1b[m")
            if not await process.stdin.read(1):
                return
            process.stdout.write("\r        \r")
