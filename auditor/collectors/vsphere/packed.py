"""Captures that wait for the closing check."""

import zlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from auditor.domain import Capture, Source

FORMAT = "vsphere/1"


@dataclass(slots=True)
class Packed:
    """A capture held back; compressed, for a thousand hosts wait together."""

    target: str
    platform: str
    taken_at: datetime
    data: bytes

    @classmethod
    def of(cls, target: str, platform: str, body: dict[str, Any]) -> "Packed":
        """Of a body that is plain JSON data."""
        return cls(target, platform, datetime.now(UTC), zlib.compress(orjson.dumps(body), 1))

    def capture(self, source: Source) -> Capture:
        """The capture itself."""
        body = orjson.loads(zlib.decompress(self.data))
        return Capture(
            source.name, self.target, self.platform, self.taken_at, body, source.labels, False, source.warnings
        )
