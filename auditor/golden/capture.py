"""A golden profile from one snapshot: every fact that is meant to be the same tomorrow and on the host beside it. Pure.

Left out are facts that are ignored by nature (uuids, counters, runtime state) and what could not be read. Values that
are per host by nature become customisations, `$name`, with the path they stand at.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from auditor.domain import Snapshot
from auditor.golden.meaning import Meaning, meaning_of
from auditor.golden.places import joined


@dataclass(slots=True)
class Captured:
    """The parts of a profile: facts, customisations by name with their path, and the values that this host has."""

    platform: str
    facts: dict[str, Any]
    customisations: dict[str, str] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    gaps: dict[str, str] = field(default_factory=dict)


def capture(snapshot: Snapshot) -> Captured:
    """What a profile of this host says. The same facts give the same parts."""
    made = Captured(snapshot.platform, {}, gaps=dict(sorted(snapshot.gaps.items())))
    taken = _Taker(snapshot.gaps, made).model(meaning_of(snapshot.platform), snapshot.facts, "")
    made.facts = taken if isinstance(taken, dict) else {}
    return made


class _Taker:
    def __init__(self, gaps: Mapping[str, str], made: Captured) -> None:
        self._gaps, self._made = gaps, made

    def model(self, meaning: Meaning, value: Mapping[str, Any], path: str) -> dict[str, Any] | None:
        found = {}
        for name in sorted(value):
            below = meaning.fields.get(name)
            if below is not None:
                taken = self._any(below, value[name], joined(path, name, key=False))
                if taken is not None:
                    found[name] = taken
        return found or None

    def _any(self, meaning: Meaning, value: Any, path: str) -> Any:
        if meaning.ignored or value is None or path in self._gaps:
            return None
        if meaning.per_host:
            return self._customised(value, path) if value not in ([], {}) else None
        if meaning.shape == "model":
            return self.model(meaning, value, path) if isinstance(value, Mapping) else None
        if meaning.shape == "map":
            return self._map(meaning, value, path) if isinstance(value, Mapping) else None
        if meaning.shape == "list" and isinstance(value, list | tuple):
            members = [_escaped(one) for one in value]
            return sorted(members, key=_order) if meaning.compare.kind == "set" else members
        return _escaped(value)

    def _map(self, meaning: Meaning, value: Mapping[str, Any], path: str) -> dict[str, Any] | None:
        found: dict[str, Any] = {}
        for key in sorted(value):
            if meaning.skips(key) or meaning.item is None:
                continue
            where = joined(path, key, key=True)
            if meaning.owns(key) and where not in self._gaps:
                found[_escaped(key)] = self._customised(value[key], where)
                continue
            taken = self._any(meaning.item, value[key], where)
            if taken is None and meaning.item.shape == "model" and where not in self._gaps and not meaning.item.ignored:
                taken = {}  # that it is there is a fact, though nothing else of it is
            if taken is not None:
                found[_escaped(key)] = taken
        return found or None

    def _customised(self, value: Any, path: str) -> str:
        name = _name(path)
        number = 2
        while name in self._made.customisations:
            name, number = f"{_name(path)}_{number}", number + 1
        self._made.customisations[name] = path
        self._made.values[name] = value
        return f"${name}"


def _name(path: str) -> str:
    """A name for a customisation: `vmkernel[vmk0].ip` -> `vmkernel_vmk0_ip`."""
    return re.sub(r"[^a-z0-9]+", "_", path.lower()).strip("_")


def _escaped(value: Any) -> Any:
    """Text of a host that begins with a dollar is no name of a customisation."""
    if isinstance(value, str) and value.startswith("$"):
        return f"${value}"
    if isinstance(value, Mapping):
        return {_escaped(str(k)): _escaped(v) for k, v in sorted(value.items())}
    return [_escaped(one) for one in value] if isinstance(value, list | tuple) else value


def _order(value: Any) -> tuple[str, str]:
    return (type(value).__name__, str(value))
