"""One object for each equal piece of facts, so that a thousand hosts that are set up alike take little memory. Pure.

Facts are never changed once they are read: that is what makes them fit to be shared.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import orjson

from auditor.domain import Snapshot

SMALLEST = 64  # bytes of JSON: what is smaller costs no less shared
_Key = tuple[str, str, type, bytes]


class Shared:
    """Gives back, for a piece that it has seen before, the first of those that were equal."""

    def __init__(self) -> None:
        self._pieces: dict[_Key, Any] = {}

    def snapshot(self, snapshot: Snapshot) -> Snapshot:
        """The same snapshot, made of shared pieces."""
        platform = snapshot.platform
        facts = {name: self._section(platform, name, value) for name, value in snapshot.facts.items()}
        sources, gaps = (self._piece(platform, "", dict(one))[0] for one in (snapshot.sources, snapshot.gaps))
        return replace(snapshot, facts=facts, sources=sources, gaps=gaps)

    def _section(self, platform: str, path: str, value: Any) -> Any:
        """The section, or one of the same kind with shared parts: what differs in one place is equal in the others."""
        piece, known = self._piece(platform, path, value)
        if known or not isinstance(piece, dict | list):
            return piece
        parts = piece.items() if isinstance(piece, dict) else enumerate(piece)
        for key, part in list(parts):
            if isinstance(part, dict | list):
                piece[key] = self._piece(platform, f"{path}.{'' if isinstance(piece, list) else key}", part)[0]
        return piece

    def _piece(self, platform: str, path: str, value: Any) -> tuple[Any, bool]:
        """The piece, and whether it is one that was there before. The order of keys is part of what is equal."""
        if not isinstance(value, Mapping | list):
            return value, False
        try:
            content = orjson.dumps(value)
        except TypeError:  # what is no JSON is not compared
            return value, False
        if len(content) < SMALLEST:
            return value, False
        key = (platform, path, type(value), hashlib.sha256(content).digest())
        first = self._pieces.setdefault(key, value)
        return first, first is not value
