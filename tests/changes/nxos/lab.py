"""A simulated switch that is read over SSH, changed over SSH, and read again: what was foretold beside what came."""

import asyncio
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import asyncssh

from auditor.changes import nxos
from auditor.changes.load import candidate_of
from auditor.changes.model import Edited
from auditor.collectors.nexus1000v import read
from auditor.domain import Capture, Snapshot
from auditor.evidence import redaction
from tests.collectors.nexus1000v.peers import captured
from tests.simulators.nxos import texts
from tests.simulators.nxos.device import Device, running
from tests.simulators.nxos.machine import Machine

# Left out of the comparison: what no change can decide.
VOLATILE = {
    "config.running_changed": "TimeTicks of the device, which count on by themselves",
}


@dataclass
class Outcome:
    """What became of each fact of one change."""

    exact: int = 0  # facts that the change touched, foretold as they came
    unknown: list[str] = field(default_factory=list)  # of those that came otherwise: said to be unknown
    wrong: list[str] = field(default_factory=list)  # foretold otherwise, without a word
    untold: list[str] = field(default_factory=list)  # foretold as changed, and no line is given as the reason
    overcautious: int = 0  # said to be unknown, and it came as the edited capture says


class Lab:
    """One switch. `change` types lines into it and reads it; the next change finds it as it was."""

    def __init__(self, loop: asyncio.AbstractEventLoop, device: Device, folder: Path, *, vsm: bool) -> None:
        self._loop, self.device, self._folder, self.vsm = loop, device, folder, vsm
        self.platform = "nexus1000v" if vsm else "nxos"
        self._hosts = device.known_hosts(folder)
        self._key = device.host_key
        self.renew()
        self.before = self.capture()

    def renew(self) -> Machine:
        """Put the switch back to where it was."""
        answers = texts.answers() if self.vsm else texts.leaf_answers()
        self.device.machine = Machine(texts.RUNNING if self.vsm else texts.LEAF, answers, vsm=self.vsm)
        return self.device.machine

    def capture(self) -> Capture:
        """The switch as it is now, through `fetch`."""
        settings: dict[str, Any] = {"kind": self.platform, "known_hosts": self._hosts}
        return self._loop.run_until_complete(captured(self.device, self._folder, **settings))

    def type(self, text: str) -> None:
        """Type lines into the switch over SSH, in configuration mode."""
        self._loop.run_until_complete(self._typed(text))

    async def _typed(self, text: str) -> None:
        async with asyncssh.connect(
            "127.0.0.1", self.device.port, username=self.device.username, password=self.device.password,
            known_hosts=str(self._hosts), client_keys=None,
        ) as connection, connection.create_process(term_type="vt100") as process:  # fmt: skip
            process.stdin.write(f"configure terminal\n{text}\nend\nexit\n")
            process.stdin.write_eof()
            await process.stdout.read()

    def foretell(self, text: str) -> Edited:
        """What the predictor says of the lines."""
        return nxos.edit(self.before, nxos.clean(candidate_of("change.cfg", text.encode())))

    def outcome(self, text: str) -> Outcome:
        """Foretell, apply, read, and compare every fact."""
        edited = self.foretell(text)
        machine = self.renew()
        if re.search(r"^version ", text, re.M):
            machine.files["candidate"] = text
            self.type("exit\nconfigure replace bootflash:candidate")
        else:
            self.type(text)
        after = read(self.capture())
        self.renew()
        return compared(read(self.before), foretold(self.before, edited), after, edited)


def foretold(before: Capture, edited: Edited) -> Snapshot:
    """The predicted snapshot: the edited capture, read, with what cannot be told as gaps."""
    told = read(replace(before, body=edited.body))
    return replace(told, gaps={**told.gaps, **{one.path: one.reason for one in edited.unknown}})


def compared(before: Snapshot, told: Snapshot, after: Snapshot, edited: Edited) -> Outcome:
    """Field by field over all facts."""
    was, said, came = (dict(leaves(snapshot.facts)) for snapshot in (before, told, after))
    found = Outcome()
    for path in sorted(was.keys() | said.keys() | came.keys()):
        if path in VOLATILE:
            continue
        same, gapped = said.get(path) == came.get(path), covered(path, told.gaps)
        if not same:
            (found.unknown if gapped else found.wrong).append(f"{path}: {said.get(path)!r}, came {came.get(path)!r}")
        elif was.get(path) != came.get(path):
            found.exact += not gapped
            found.overcautious += gapped
        if was.get(path) != said.get(path) and not gapped and not explained(path, edited):
            found.untold.append(path)
    for path in after.gaps:  # what could not be read must not have been foretold
        if path not in VOLATILE and path not in told.gaps and not covered(path, told.gaps):
            found.wrong.append(f"{path}: foretold, and it cannot be read ({after.gaps[path]})")
    return found


def leaves(facts: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Facts by path, as rules name them; a list is one value."""
    if isinstance(facts, dict):
        named = not path or path.rpartition(".")[2] not in _KEYED
        for name, value in facts.items():
            below = f"{path}.{name}" if path and named else f"{path}[{name}]" if path else name
            yield from leaves(value, below)
    elif facts is not None:
        yield path, facts


_KEYED = {
    "features", "banners", "lines", "users", "groups", "servers", "communities", "receivers", "levels", "vlans", "acls",
    "dangling", "port_profiles", "interfaces", "modules", "monitor_sessions", "flow_exporters", "key_chains",
    "routing_sessions", "bgp", "bgp_neighbors", "vems", "connections",
}  # fmt: skip


def covered(path: str, paths: Any) -> bool:
    """Whether a path, or one above it, is among these."""
    while path:
        if path in paths:
            return True
        cut = path.rfind("[") if path.endswith("]") else path.rfind(".")
        path = path[:cut] if cut > 0 else ""
    return False


def explained(path: str, edited: Edited) -> bool:
    """Whether some line is given as the reason."""
    return covered(path, {why.path for why in edited.why})


@contextmanager
def switched_on(folder: Path, *, vsm: bool) -> Iterator[Lab]:
    """A switch on a loopback port, until the end of the block."""
    before = os.environ.get(redaction.KEY_VARIABLE)
    os.environ[redaction.KEY_VARIABLE] = "a key that only these tests use 0123"
    redaction.redactor.cache_clear()
    loop = asyncio.new_event_loop()
    serving = running(Device())
    try:
        device = loop.run_until_complete(serving.__aenter__())
        try:
            yield Lab(loop, device, folder, vsm=vsm)
        finally:
            loop.run_until_complete(serving.__aexit__(None, None, None))
    finally:
        loop.close()
        os.environ.pop(redaction.KEY_VARIABLE)
        if before is not None:
            os.environ[redaction.KEY_VARIABLE] = before
        redaction.redactor.cache_clear()
