"""Commands over one interactive shell, for devices that deny the exec channel."""

import asyncio
import re

import asyncssh

from auditor.collectors.nexus1000v.commands import ALL, LIMIT, RUNNING, Answer, judged
from auditor.collectors.nexus1000v.text import PAGER, clean
from auditor.collectors.nexus1000v.trouble import Trouble

# The whole last line: a name, perhaps a mode, and # or >. A learnt prompt alone is not to be relied on.
PROMPT = re.compile(rb"(?:^|[\r\n])(?P<prompt>[A-Za-z0-9][\w.-]{0,62}(?:\([\w/.-]{1,40}\))?[#>]) ?\Z")
WIDTH = 511
QUIET = 0.15  # seconds without a byte after a prompt, so that a line cut by the network is not taken for one


class ShellSession:
    """A shell with paging off and wide lines. The prompt that comes back proves that an answer is whole."""

    transport = "shell"

    def __init__(self, connection: asyncssh.SSHClientConnection, timeout: float) -> None:
        self._connection, self._timeout = connection, timeout
        self._process: asyncssh.SSHClientProcess[bytes] | None = None
        self._prompt = b""
        self._wide = False
        self._echoes: bool | None = None  # not known yet

    async def run(self, command: str) -> Answer:
        """As in Session. After a time-out the shell is closed and the next command opens a new one."""
        try:
            async with asyncio.timeout(self._timeout):
                if self._process is None:
                    await self._open()
                raw = await self._send(command)
        except TimeoutError:
            await self.close()
            return Answer(command, "", "timeout", f"`{command}` gave no whole answer within {self._timeout:g} s")
        if raw is None:
            await self.close()
            return Answer(command, "", "oversize", f"`{command}` sent more than {LIMIT // 2**20} MB and was cut off")
        answer = judged(command, clean(raw))
        if answer.ok and not self._wide and (width := _wrapped(answer)):
            reason = f"`{command}` may be wrapped at {width} columns: the device refused `terminal width`"
            return Answer(command, answer.text, "incomplete", reason)
        return answer

    async def close(self) -> None:
        """Leave the shell."""
        process, self._process = self._process, None
        if process is not None:
            process.close()
            try:
                async with asyncio.timeout(1):
                    await process.wait_closed()
            except (TimeoutError, asyncssh.Error):
                pass  # the connection ends next, and takes the channel along

    async def _open(self) -> None:
        self._process = await self._connection.create_process(
            encoding=None, term_type="vt100", term_size=(WIDTH, 512), stderr=asyncssh.STDOUT
        )
        self._prompt = b""
        greeting = await self._until_prompt()
        found = PROMPT.search(greeting or b"")
        if not found:
            raise Trouble("unreadable", "the device sends no prompt that ends in # or >")
        self._prompt = found["prompt"]
        await self._send("terminal length 0")  # when it is refused, the pager is answered instead
        width = await self._send(f"terminal width {WIDTH}")
        self._wide = width is not None and judged("", clean(width)).ok

    async def _send(self, command: str) -> bytes | None:
        """The output of a command without its echo; None when it is over the limit."""
        assert self._process is not None  # noqa: S101 - opened by `run`
        self._process.stdin.write(command.encode() + b"\n")
        output = await self._until_prompt()
        if output is None:
            return None
        body = output[: output.rindex(self._prompt)]
        first, _, rest = body.lstrip(b"\r\n").partition(b"\n")
        echoed = first.strip().endswith(command.encode())
        if self._echoes is None:  # the first command, whose own output is empty or a refusal
            self._echoes = echoed
        if not self._echoes:
            return body
        if not echoed:
            raise Trouble("lost", f"the device's answers ran out of step at `{command}`")
        return rest

    async def _until_prompt(self) -> bytes | None:
        assert self._process is not None  # noqa: S101 - opened by `run`
        taken = bytearray()
        answered = 0
        while True:
            if self._at_prompt(taken):
                try:
                    async with asyncio.timeout(QUIET):
                        chunk = await self._process.stdout.read(65536)
                except TimeoutError:
                    return bytes(taken)
            else:
                chunk = await self._process.stdout.read(65536)
            if not chunk:
                raise Trouble("lost", "the device closed the shell")
            taken += chunk
            if len(taken) > LIMIT:
                return None
            if len(taken) > answered and PAGER.search(taken[-40:]):
                answered = len(taken)
                self._process.stdin.write(b" ")

    def _at_prompt(self, taken: bytearray) -> bool:
        found = PROMPT.search(taken[-160:])
        return bool(found and (not self._prompt or found["prompt"] == self._prompt))


def _wrapped(answer: Answer) -> int:
    """The column at which an 80-column terminal broke a configuration, or 0. Tables are that wide anyway."""
    longest = max((len(line) for line in answer.text.split("\n")), default=0)
    return longest if longest in (79, 80) and answer.command in (RUNNING, ALL) else 0
