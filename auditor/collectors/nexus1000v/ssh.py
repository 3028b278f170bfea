"""One SSH connection to a switch, and commands over its exec channel."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import asyncssh

from auditor.collectors.nexus1000v.commands import LIMIT, Answer, judged
from auditor.collectors.nexus1000v.options import SshOptions
from auditor.collectors.nexus1000v.text import PAGER, clean
from auditor.collectors.nexus1000v.trouble import Trouble
from auditor.domain import Credential

# Only for sources that ask: what NX-OS 4.x and 5.x releases offer.
LEGACY: dict[str, Any] = {
    "kex_algs": "+diffie-hellman-group-exchange-sha1,diffie-hellman-group14-sha1,diffie-hellman-group1-sha1",
    "encryption_algs": "+aes256-cbc,aes192-cbc,aes128-cbc,3des-cbc",
    "mac_algs": "+hmac-sha1",
    "server_host_key_algs": "+ssh-rsa",
}
# asyncssh still offers SHA-1 by itself; nobody gets it without having asked.
MODERN: dict[str, Any] = {
    "kex_algs": "-gss-*,*-sha1",
    "encryption_algs": (),
    "mac_algs": "-hmac-sha1*",
    "server_host_key_algs": "-ssh-rsa",
}


class Session(Protocol):
    """A way to run commands one after another."""

    transport: str

    async def run(self, command: str) -> Answer:
        """Send one command and judge what comes back. Trouble only when the connection itself is gone."""
        ...

    async def close(self) -> None:
        """End it, so that its line is free again."""
        ...


class _OneTry(asyncssh.SSHClient):
    """Sends the password once, by whichever method is offered first: a second wrong try may lock people out."""

    def __init__(self, password: str | None) -> None:
        self._password = password
        self._asked = False

    def _take(self) -> str | None:
        taken, self._password = self._password, None
        return taken

    def password_auth_requested(self) -> str | None:
        return self._take()

    def kbdint_auth_requested(self) -> str | None:
        asked, self._asked = self._asked, True  # a server that never gets to its question is not asked again
        return None if asked or self._password is None else ""

    def kbdint_challenge_received(
        self, name: str, instructions: str, lang: str, prompts: Sequence[tuple[str, bool]]
    ) -> list[str] | None:
        if not prompts:
            return []
        password = self._take()
        return [password] if password is not None and len(prompts) == 1 else None


async def connect(
    address: str, options: SshOptions, credential: Credential, seconds: float
) -> asyncssh.SSHClientConnection:
    """Log in, within `seconds`. Raises Trouble, OSError or asyncssh.Error."""
    known_hosts = Path(options.known_hosts).expanduser()  # noqa: ASYNC240 - a local path, read once
    if not known_hosts.is_file():
        reason = f"known_hosts file {options.known_hosts} does not exist: put the switch's host key there"
        raise Trouble("untrusted", reason)
    password = credential.secret("password")
    return await asyncssh.connect(
        address,
        options.port,
        username=credential.username,
        client_keys=_keys(credential),
        client_factory=lambda: _OneTry(password),
        known_hosts=str(known_hosts),
        agent_path=None,
        config=None,
        gss_host=None,
        x509_trusted_certs=None,  # else ~/.ssh/ca-bundle.crt would vouch for devices beside known_hosts
        compression_algs=["none"],
        connect_timeout=seconds,
        login_timeout=seconds,
        keepalive_interval=15,
        **(LEGACY if options.legacy_algorithms else MODERN),
    )


def _keys(credential: Credential) -> list[asyncssh.SSHKey] | None:
    file = credential.secret("key_file")
    if not file:
        return None
    try:
        return [asyncssh.read_private_key(Path(file).expanduser(), credential.secret("passphrase"))]
    except (OSError, asyncssh.KeyImportError) as problem:
        raise Trouble("refused", f"the key file of credential {credential.name} cannot be read: {problem}") from problem


class ExecUnusable(Exception):
    """The exec channel is denied, or does not tell when an answer is whole: use a shell."""


class ExecSession:
    """One exec channel per command, one at a time. Its exit status proves that an answer is whole."""

    transport = "exec"

    def __init__(self, connection: asyncssh.SSHClientConnection, timeout: float) -> None:
        self._connection, self._timeout = connection, timeout
        self._proven = False  # some command ended with status 0
        self._received = 0  # bytes so far

    async def run(self, command: str) -> Answer:
        """As in Session. Raises ExecUnusable when the first command shows that this way does not work."""
        try:
            process = await self._connection.create_process(
                command, encoding=None, stdin=asyncssh.PIPE, stderr=asyncssh.STDOUT
            )
        except asyncssh.ChannelOpenError as problem:
            if self._connection.is_closed():
                raise
            raise ExecUnusable from problem
        try:
            async with asyncio.timeout(self._timeout):
                raw = await self._read(process)
                if raw is None:
                    return Answer(
                        command, "", "oversize", f"`{command}` sent more than {LIMIT // 2**20} MB and was cut off"
                    )
                await process.wait_closed()
        except TimeoutError as problem:
            if not (self._proven or self._received):
                raise ExecUnusable from problem  # some devices take the request and never act on it
            return Answer(command, "", "timeout", f"`{command}` gave no whole answer within {self._timeout:g} s")
        finally:
            process.close()
        if self._connection.is_closed():
            raise Trouble("lost", f"the connection broke during `{command}`")
        answer = judged(command, clean(raw))
        if process.exit_status == 0:
            self._proven = True
        elif answer.ok:
            if not self._proven:
                raise ExecUnusable
            reason = f"`{command}` ended without proof that it is whole (exit status {process.exit_status})"
            return Answer(command, answer.text, "incomplete", reason)
        return answer

    async def _read(self, process: "asyncssh.SSHClientProcess[bytes]") -> bytes | None:
        taken = bytearray()
        while chunk := await process.stdout.read(65536):
            taken += chunk
            self._received += len(chunk)
            if len(taken) > LIMIT:
                return None
            if PAGER.search(taken[-40:]):
                process.stdin.write(b" ")
        return bytes(taken)

    async def close(self) -> None:
        """Nothing stays open between commands."""
