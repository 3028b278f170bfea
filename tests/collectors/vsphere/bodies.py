"""Synthetic captures to read from."""

import copy
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from auditor.collectors.vsphere.reading import read
from auditor.domain import Capture, Snapshot

FOLDER = Path(__file__).parent / "synthetic"
TAKEN_AT = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
_BODIES = {file.stem: json.loads(file.read_text()) for file in FOLDER.glob("*.json")}


def body(platform: str) -> dict[str, Any]:
    """A fresh copy of the synthetic body of a platform."""
    found: dict[str, Any] = copy.deepcopy(_BODIES[platform])
    return found


def reading(platform: str, data: Any) -> Snapshot:
    """What `read` makes of it."""
    return read(Capture("vc01", "it", platform, TAKEN_AT, data))
