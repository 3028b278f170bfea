"""Both sides of a change, to be asked for facts."""

from collections.abc import Iterable, Mapping
from typing import Any

from auditor.changes.candidate import Candidate
from auditor.changes.model import Edited, Risk
from auditor.domain import Severity, Snapshot

_SHOWN = 12  # names in one note


class Sight:
    """Facts before and after, and the lines behind what changed."""

    def __init__(self, before: Snapshot, after: Snapshot, candidate: Candidate, edited: Edited) -> None:
        self.before, self.after, self.edited = before, after, edited
        self.file = candidate.only
        self.meta: Mapping[str, Any] = edited.meta
        self.vsm = before.platform == "nexus1000v"

    def old(self, *keys: str) -> Any:
        """A fact before the change, None without it."""
        return _at(self.before.facts, keys)

    def new(self, *keys: str) -> Any:
        """A fact after it, as far as lines say."""
        return _at(self.after.facts, keys)

    def named(self, *keys: str, old: bool = False) -> dict[str, Mapping[str, Any]]:
        """Things of one kind by name."""
        found = self.old(*keys) if old else self.new(*keys)
        return {name: said for name, said in found.items() if isinstance(said, Mapping)} if isinstance(
            found, Mapping) else {}  # fmt: skip

    def line(self, number: Any) -> str:
        """The place of a line by its number."""
        return self.file.place(number) if isinstance(number, int) and number > 0 else self.file.name

    def where(self, *paths: str) -> str:
        """The last line that acts on one of these facts, else the first on something below or above them."""
        for path in paths:
            exact = [why.where for why in self.edited.why if why.path == path]
            if exact:
                return exact[-1]
        for path in paths:
            for why in self.edited.why:
                if why.path.startswith((f"{path}.", f"{path}[")) or path.startswith((f"{why.path}.", f"{why.path}[")):
                    return why.where
        return ""

    def last(self, *paths: str) -> str:
        """The last line that acts on one of these facts, whichever it is."""
        wanted = frozenset(paths)
        return next((why.where for why in reversed(self.edited.why) if why.path in wanted), "")

    def touched(self, path: str) -> bool:
        """Whether a line acts on this very fact, or on something below it."""
        return any(why.path == path or why.path.startswith((f"{path}.", f"{path}[")) for why in self.edited.why)


def _at(value: Any, keys: Iterable[str]) -> Any:
    for key in keys:
        if not isinstance(value, Mapping):
            return None
        value = value.get(key)
    return value


def listed(names: Iterable[object]) -> str:
    """Some names, and how many more there are."""
    every = [str(name) for name in names]
    more = f" and {len(every) - _SHOWN} more" if len(every) > _SHOWN else ""
    return ", ".join(every[:_SHOWN]) + more


__all__ = ["Risk", "Severity", "Sight", "listed"]
