"""A golden profile as a snapshot: what a host would be that is as the profile says, for rules to judge beforehand.

Only what the profile says is known. A mapping that is not open for more members is whole; a field that nobody named is
a gap, and so is one that waits for a customisation.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from auditor.domain import Snapshot
from auditor.golden.meaning import Meaning, meaning_of
from auditor.golden.places import joined, place_of
from auditor.golden.profile import Golden

UNSAID = "the profile does not say"
_MOMENT = datetime(1970, 1, 1, tzinfo=UTC)  # an intention has no time


def intended(golden: Golden, version: str = "", values: Mapping[str, Any] | None = None) -> Snapshot:
    """The snapshot of a host that is as the profile says. `version` is that of the platform, "" when it is open."""
    profile = golden.profile
    builder = _Builder(golden.id, frozenset(profile.extra), values or {})
    facts = builder.model(meaning_of(profile.for_.platform), profile.facts, "")
    for path in profile.absent:
        builder.sources[path] = builder.source
    gaps = {path: why for path, why in builder.gaps.items() if path not in builder.sources}
    return Snapshot(
        golden.id, profile.for_.platform, "golden profile", _MOMENT, facts, builder.sources, gaps, version=version
    )


class _Builder:
    def __init__(self, name: str, extra: frozenset[str], values: Mapping[str, Any]) -> None:
        self.source = f"golden profile {name}"
        self._extra, self._values = extra, values
        self.sources: dict[str, str] = {}
        self.gaps: dict[str, str] = {}

    def model(self, meaning: Meaning, data: Mapping[str, Any], path: str) -> dict[str, Any]:
        out: dict[str, Any] = {}
        for name, below in meaning.fields.items():
            here = joined(path, name, key=False)
            if name in data:
                self._put(out, name, below, data[name], here)
            elif not below.ignored:
                self.gaps[here] = UNSAID
        return out

    def _put(self, out: dict[str, Any], name: str, meaning: Meaning, value: Any, path: str) -> None:
        if isinstance(value, str) and value.startswith("$") and not value.startswith("$$"):
            if value[1:] not in self._values:
                self.gaps[path] = f"the customisation {value} has no value"
                return
            value = self._values[value[1:]]
        if meaning.shape == "model" and isinstance(value, Mapping):
            out[name] = self.model(meaning, value, path)
        elif meaning.shape == "map" and isinstance(value, Mapping) and meaning.item is not None:
            members: dict[str, Any] = {}
            for key, member in value.items():
                plain = key[1:] if key.startswith("$$") else key
                self._put(members, plain, meaning.item, member, joined(path, plain, key=True))
            out[name] = members
            if place_of(path) not in self._extra:
                self.sources[path] = self.source  # no other member is meant to be there
        else:
            out[name] = _unescaped(value)
            self.sources[path] = self.source


def _unescaped(value: Any) -> Any:
    if isinstance(value, str):
        return value[1:] if value.startswith("$$") else value
    return [_unescaped(one) for one in value] if isinstance(value, list) else value
