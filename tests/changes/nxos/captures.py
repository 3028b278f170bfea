"""Captures of the simulated switches without a network, for what needs no peer."""

import re
from dataclasses import replace
from datetime import UTC, datetime

from auditor.changes import nxos
from auditor.changes.candidate import Candidate
from auditor.changes.load import candidate_of
from auditor.changes.model import Edited, Risk
from auditor.collectors.nexus1000v import read
from auditor.collectors.nexus1000v.redact import redact
from auditor.domain import Capture, Snapshot
from auditor.evidence.redaction import Redactor, redactor
from tests.simulators.nxos import texts
from tests.simulators.nxos.machine import Machine

RUNNING = "show running-config"


def capture_of(answers: dict[str, str], platform: str, key: Redactor | None = None) -> Capture:
    """A capture with these answers."""
    keep = key or redactor()
    commands = {name: {"text": redact(text, keep), "status": "ok", "reason": ""} for name, text in answers.items()}
    return Capture(source="switch", target="switch", platform=platform, taken_at=datetime(2026, 2, 2, tzinfo=UTC),
                   body={"commands": commands, "snmp": {}})  # fmt: skip


def shown(machine: Machine) -> dict[str, str]:
    """Every answer of a machine."""
    return {name: text for name in machine.fixed if (text := machine.show(name)) is not None}


def leaf() -> Capture:
    """The physical switch."""
    return capture_of(shown(Machine(texts.LEAF, texts.leaf_answers(), vsm=False)), "nxos")


def vsm() -> Capture:
    """The Nexus 1000V."""
    return capture_of(shown(Machine(texts.RUNNING, texts.answers(), vsm=True)), "nexus1000v")


def candidate(text: str, name: str = "change.cfg") -> Candidate:
    """A candidate without its secrets."""
    return nxos.clean(candidate_of(name, text.encode()))


def edited(capture: Capture, text: str) -> Edited:
    """What the predictor makes of a candidate."""
    return nxos.edit(capture, candidate(text))


def facts_after(capture: Capture, found: Edited) -> Snapshot:
    """The edited capture, read."""
    return read(replace(capture, body=found.body))


def running(body: object) -> str:
    """The running configuration in a body."""
    assert hasattr(body, "get")
    text: str = body.get("commands")[RUNNING]["text"]
    return text


def risks(capture: Capture, text: str) -> list[Risk]:
    """The notes of risk of a candidate."""
    found = edited(capture, text)
    return list(nxos.risks(read(capture), facts_after(capture, found), candidate(text), found))


def rows(text: str) -> set[tuple[str, ...]]:
    """A configuration as a set of lines, each with the lines above it; comments and marks of banners left out."""
    found, above = set(), list[tuple[int, str]]()
    for line in re.sub(r"^(banner \S+) \S+$", r"\1", text, flags=re.M).split("\n"):
        if line.strip() in ("", "#", "^C") or line.startswith("!"):
            continue
        indent = len(line) - len(line.lstrip())
        while above and above[-1][0] >= indent:
            above.pop()
        above.append((indent, " ".join(line.split())))
        found.add(tuple(words for _, words in above))
    return found
