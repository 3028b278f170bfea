"""Reading a piece of configuration without a peer, for what only the text decides."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from auditor.collectors.nexus1000v import read
from auditor.collectors.nexus1000v.redact import redact
from auditor.domain import Capture, Snapshot
from auditor.evidence.redaction import Redactor
from tests.simulators.nxos import texts

KEY = Redactor(b"a key that only these tests use.")


def answer(text: str, status: str = "ok", reason: str = "") -> dict[str, str]:
    return {"text": text, "status": status, "reason": reason}


def capture(body: Mapping[str, Any], platform: str = "nexus1000v") -> Capture:
    return Capture("vsm", "vsm", platform, datetime(2026, 2, 2, tzinfo=UTC), body)


def facts_of(config: str, *, everything: str = "", platform: str = "nexus1000v", **commands: str) -> Snapshot:
    """The snapshot of a VSM (or of an `nxos` switch without `show version`) with this running configuration."""
    found = {"show running-config": answer(redact("version 5.2(1)SV3(4.1)\n" + config, KEY))}
    if everything:
        found["show running-config all"] = answer(redact("version 5.2(1)SV3(4.1)\n" + everything, KEY))
    if platform == "nexus1000v":
        found["show version"] = answer(texts.VERSION.format(serial="S", seconds=1))
    for name, text in commands.items():
        found["show " + name.replace("_", " ")] = answer(text)
    return read(capture({"commands": found}, platform))
