"""A simulated switch that stays up while one line after another is changed, collected over SSH each time."""

import asyncio
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from auditor.evidence import redaction
from auditor.rulebook.compile import compile_rule
from tests.collectors.nexus1000v.peers import seen
from tests.rules.shipped import shipped_rules
from tests.simulators.nxos import texts
from tests.simulators.nxos.agent import Agent
from tests.simulators.nxos.device import Device, running

Answers = dict[str, str]
Change = Callable[[Answers], None]
Verdicts = dict[tuple[str, str | None], str]
CONFIG, ALL = "show running-config", "show running-config all"
OWN: dict[str, Any] = {  # what the owner of our switches would declare
    "approved_cas": ["synthetic-ca"],
    "banner_text": "belongs to its owner",
    "downlink_ports": ["Ethernet1/3", "port-channel10"],
    "external_interfaces": ["Ethernet1/2"],
    "fibre_ports": ["Ethernet1/2", "Ethernet1/3"],
    "fips_required": False,
    "local_accounts": ["admin", "audit"],
    "ntp_servers": ["192.0.2.41", "192.0.2.42"],
    "oldest_release": "9.3(8)",
    "private_vlans": [],
    "syslog_servers": ["192.0.2.61", "192.0.2.62"],
    "trap_hosts": ["192.0.2.31"],
    "unused_vlan": 990,
    "user_ports": ["Ethernet1/1"],
}


def line(old: str, new: str) -> Change:
    """Lines of the running configuration, as often as they stand there, become other ones. "" takes them out."""

    def change(answers: Answers) -> None:
        before = answers[CONFIG]
        assert f"\n{old}\n" in before, old
        answers[CONFIG] = before.replace(f"\n{old}\n", f"\n{new}\n" if new else "\n")

    return change


def words(old: str, new: str) -> Change:
    """A part of a line changes, wherever it stands in the running configuration."""
    return shown(CONFIG, old, new)


def added(text: str) -> Change:
    """A new line or section of the first level."""

    def change(answers: Answers) -> None:
        answers[CONFIG] += text + "\n"

    return change


def shown(command: str, old: str, new: str) -> Change:
    """The answer of a show command changes, everywhere in it."""

    def change(answers: Answers) -> None:
        assert old in answers[command], old
        answers[command] = answers[command].replace(old, new)

    return change


def both(*changes: Change) -> Change:
    """Several changes that a device makes together: a line, and what a command shows because of it."""

    def change(answers: Answers) -> None:
        for one in changes:
            one(answers)

    return change


class Switch:
    """A device under change. `verdicts` collects it and judges every rule of its platform."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, device: Device, folder: Path, kind: str, agent: Agent | None
    ) -> None:
        self._loop, self.device, self._folder, self._kind, self._agent = loop, device, folder, kind, agent
        self._defaults = texts.with_defaults if kind == "nexus1000v" else texts.leaf_with_defaults
        self._good = dict(device.answers)
        rules = shipped_rules(kind).values()
        self._rules = [compile_rule(rule, {**values, **OWN}) for rule, values in rules if rule.manual is None]
        self._hosts = device.known_hosts(folder)

    def verdicts(self) -> Verdicts:
        """Status by rule and subject, through fetch, read and judge."""
        settings = {"kind": self._kind, "known_hosts": self._hosts}
        snapshot = self._loop.run_until_complete(seen(self.device, self._folder, self._agent, **settings))
        return {
            (finding.rule, finding.subject): finding.status.value
            for rule in self._rules
            for finding in rule.judge(snapshot)
        }

    @contextmanager
    def changed(self, change: Change) -> Iterator[None]:
        """Within, the device has the change; afterwards it is as it was."""
        answers = dict(self._good)
        change(answers)
        assert answers != self._good
        if answers[CONFIG] != self._good[CONFIG] and answers[ALL] == self._good[ALL]:
            answers[ALL] = self._defaults(answers[CONFIG])
        self.device.answers = answers
        try:
            yield
        finally:
            self.device.answers = dict(self._good)


@contextmanager
def switched_on(answers: Answers, folder: Path, kind: str, agent: Agent | None = None) -> Iterator[Switch]:
    """A device that answers these commands on a loopback port, until the end of the block."""
    before = os.environ.get(redaction.KEY_VARIABLE)
    os.environ[redaction.KEY_VARIABLE] = "a key that only these tests use 0123"
    redaction.redactor.cache_clear()
    loop = asyncio.new_event_loop()
    serving = running(Device(answers=answers))
    try:
        device = loop.run_until_complete(serving.__aenter__())
        try:
            yield Switch(loop, device, folder, kind, agent)
        finally:
            loop.run_until_complete(serving.__aexit__(None, None, None))
    finally:
        loop.close()
        os.environ.pop(redaction.KEY_VARIABLE)
        if before is not None:
            os.environ[redaction.KEY_VARIABLE] = before
        redaction.redactor.cache_clear()
