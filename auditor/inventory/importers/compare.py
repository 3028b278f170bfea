"""What an import would change in an inventory: additions, changes, disappearances. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from auditor.errors import InputError
from auditor.inventory.importers.entry import ORIGIN, Entry, Imported, LeftOut, source_name
from auditor.inventory.model import SourceForm


@dataclass(frozen=True, slots=True)
class Change:
    """One value of an entry that is there: `key` is `address`, `labels.site` ...; None: not there."""

    key: str
    before: str | int | None
    after: str | int | None


@dataclass(frozen=True, slots=True)
class Changed:
    """An entry that the import says something else of."""

    name: str
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """What the import and the inventory do not agree on. `gone`: entries of this import that it does not name now."""

    origin: str
    added: tuple[Entry, ...]
    changed: tuple[Changed, ...]
    gone: tuple[str, ...]
    same: int
    left_out: tuple[LeftOut, ...]

    @property
    def empty(self) -> bool:
        """Whether there is nothing to do."""
        return not (self.added or self.changed or self.gone)


def compare(found: Imported, sources: Sequence[SourceForm]) -> Difference:
    """The difference. An entry is gone only if this import made it: one that was written by hand is nobody's to miss.

    What the import names and leaves out (a machine without an address) is not gone either.
    """
    there = {one.name: one for one in sources}
    changed = []
    same = 0
    for entry in found.entries:
        if (source := there.get(entry.name)) is not None:
            changes = tuple(_changes(entry, source, found))
            same += not changes
            if changes:
                changed.append(Changed(entry.name, changes))
    named = {entry.name for entry in found.entries} | {_named(one) for one in found.left_out}
    gone = tuple(one.name for one in sources if one.labels.get(ORIGIN) == found.origin and one.name not in named)
    added = tuple(entry for entry in found.entries if entry.name not in there)
    return Difference(found.origin, added, tuple(changed), gone, same, found.left_out)


def _named(one: LeftOut) -> str:
    try:
        return source_name(one.name)
    except InputError:
        return ""


def _changes(entry: Entry, source: SourceForm, found: Imported) -> list[Change]:
    said: Mapping[str, Any] = {
        "kind": None if entry.assumed else entry.kind,
        "address": entry.address or None,
        "port": entry.port,
        "credential": entry.credential,
    }
    out = [
        Change(key, getattr(source, key) or None, value)
        for key, value in said.items()
        if value is not None and getattr(source, key) != value
    ]
    for key, value in entry.labels.items():
        if source.labels.get(key) != value:
            out.append(Change(f"labels.{key}", source.labels.get(key), value))
    if source.labels.get(ORIGIN) == found.origin:
        lost = [key for key in source.labels if key not in entry.labels and key != ORIGIN and found.manages(key)]
        out += [Change(f"labels.{key}", source.labels[key], None) for key in lost]
    return out
