"""A golden profile from one snapshot: every fact that is meant to be the same tomorrow and on the host beside it. Pure.

Left out are facts that are ignored by nature (counters, ages), state of the moment, what follows from other facts, and
what could not be read. Values that are per host by nature, and text with the host's own name in it (`esx-01-local`),
become customisations, `$name`, with the path they stand at; groups of facts that are (a socket at the host's own
address) are left out. A list or mapping that was looked at and is empty stands there empty: what another host has there
is extra.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from auditor.domain import Snapshot
from auditor.golden.meaning import Meaning, counts, meaning_of
from auditor.golden.places import above, joined


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
    gaps = {path: why for path, why in sorted(snapshot.gaps.items()) if counts(snapshot.platform, path)}
    made = Captured(snapshot.platform, {}, gaps=gaps)
    taken = _Taker(snapshot, made).model(meaning_of(snapshot.platform), snapshot.facts, "")
    made.facts = taken if isinstance(taken, dict) else {}
    return made


def intended(snapshot: Snapshot, meaning: Meaning, value: Any, path: str) -> Any:
    """One value of a host as a profile would write it, without what is the host's own."""
    taken = _Taker(snapshot, Captured(snapshot.platform, {}), own=False).any(meaning, value, path)
    return {} if taken is None and isinstance(value, Mapping) else taken


class _Taker:
    def __init__(self, snapshot: Snapshot, made: Captured, *, own: bool = True) -> None:
        self._gaps, self._sources, self._made = snapshot.gaps, snapshot.sources, made
        self._gapped = {upper for gap in snapshot.gaps for upper in above(gap)}  # with a gap there or below
        self._keep = own
        self._own = own_name(snapshot.target) if own else None

    def model(self, meaning: Meaning, value: Mapping[str, Any], path: str) -> dict[str, Any] | None:
        found = {}
        for name in sorted(value):
            below = meaning.fields.get(name)
            if below is not None:
                taken = self.any(below, value[name], joined(path, name, key=False))
                if taken is not None:
                    found[name] = taken
        return found or None

    def any(self, meaning: Meaning, value: Any, path: str) -> Any:
        if meaning.ignored or meaning.aside or value is None or path in self._gaps:
            return None
        if meaning.per_host:
            return self._customised(value, path) if self._keep and value not in ([], {}) else None
        if meaning.shape == "model":
            return self.model(meaning, value, path) if isinstance(value, Mapping) else None
        if meaning.shape == "map":
            return self._map(meaning, value, path) if isinstance(value, Mapping) else None
        if meaning.shape == "list" and isinstance(value, list | tuple):
            members = in_order(value) if meaning.compare.kind == "set" else value
            return [self._leaf(one, path) for one in members]
        return self._leaf(value, path)

    def _leaf(self, value: Any, path: str) -> Any:
        if self._own and isinstance(value, str) and self._own.search(value):
            return self._customised(value, path)
        return escaped(value)

    def _map(self, meaning: Meaning, value: Mapping[str, Any], path: str) -> dict[str, Any] | None:
        found: dict[str, Any] = {}
        for key in sorted(value):
            if meaning.skips(key) or meaning.item is None:
                continue
            where = joined(path, key, key=True)
            if meaning.owns(key):
                if self._keep and meaning.item.shape != "model" and where not in self._gaps:
                    found[escaped(key)] = self._customised(value[key], where)
                continue
            taken = self.any(meaning.item, value[key], where)
            if taken is None and meaning.item.shape == "model" and where not in self._gaps and not meaning.item.ignored:
                taken = {}  # that it is there is a fact, though nothing else of it is
            if taken is not None:
                found[escaped(key)] = taken
        return found if found or self._looked(path) else None

    def _looked(self, path: str) -> bool:
        """Whether absence means that it is not there, here and for all members: no gap, and a source."""
        if path in self._gapped:
            return False
        return not self._sources or any(one in self._sources for one in above(path))

    def _customised(self, value: Any, path: str) -> str:
        name = name_for(path, self._made.customisations)
        self._made.customisations[name] = path
        self._made.values[name] = value
        return f"${name}"


def name_for(path: str, taken: Collection[str]) -> str:
    """A new name for a customisation: `vmkernel[vmk0].ip` -> `vmkernel_vmk0_ip`."""
    first = name = re.sub(r"[^a-z0-9]+", "_", path.lower()).strip("_") or "value"
    number = 2
    while name in taken:
        name, number = f"{first}_{number}", number + 1
    return name


def own_name(target: str) -> re.Pattern[str] | None:
    """The name of the host, as a word: without its domain if it has a number in it (`esx-01`), else a whole one."""
    name = target.rpartition("/")[2]
    short = name if re.fullmatch(r"[0-9.]+", name) else name.partition(".")[0]
    if len(short) < 4 or not re.search(r"[A-Za-z-]\d", short):
        short = name
    if "." not in short and not re.search(r"\d", short):
        return None
    return re.compile(rf"(?<![A-Za-z0-9]){re.escape(short)}(?![A-Za-z0-9])", re.IGNORECASE)


def escaped(value: Any) -> Any:
    """`value` as it is written in a profile: text of a host that begins with a dollar is no name of a customisation."""
    if isinstance(value, str) and value.startswith("$"):
        return f"${value}"
    if isinstance(value, Mapping):
        return {escaped(str(k)): escaped(v) for k, v in sorted(value.items())}
    return [escaped(one) for one in value] if isinstance(value, list | tuple) else value


def in_order(members: Iterable[Any]) -> list[Any]:
    """The members of a set in the one order that they are written in."""
    return sorted(members, key=lambda one: (type(one).__name__, str(one)))
