"""Facts before and after a change, side by side, for the risk notes."""

from collections.abc import Iterator, Mapping
from typing import Any

from auditor.changes.candidate import Candidate
from auditor.changes.model import Edited
from auditor.domain import Snapshot, root_of
from auditor.golden.places import above, steps

ROLLBACK = (
    "vCenter rolls back a change of networks that cuts its own connection to the host; what is typed on the host"
    " itself is not rolled back, so have its console at hand."
)


class Sides:
    """What was and what is foretold. A fact that nobody can foretell is neither as before nor otherwise."""

    def __init__(self, before: Snapshot, after: Snapshot, candidate: Candidate, edited: Edited) -> None:
        self.before, self.after, self.candidate = before, after, candidate
        self.kind = str(edited.meta.get("kind") or "")  # shell | powercli | kickstart | yaml | golden
        self._unknown = {one.path for one in edited.unknown if one.path}
        self._single = {
            path for path in self._unknown if root_of(path) != path
        }  # not all of a kind, for a blank reason
        self._holds_unknown = {upper for path in self._single for upper in above(path) if upper}
        self._where: dict[str, str] = {}
        for why in edited.why:
            self._where[why.path] = why.where

    def was(self, path: str) -> Any:
        """The value before; None where it is absent."""
        return _at(self.before.facts, path)

    def will(self, path: str) -> Any:
        """The value afterwards; None where it is absent."""
        return _at(self.after.facts, path)

    def open(self, path: str) -> bool:
        """Whether nobody can tell the value afterwards."""
        return path in self._holds_unknown or any(upper in self._unknown for upper in above(path))

    def changes(self, path: str) -> bool:
        """Whether a fact is another afterwards, or may be."""
        if self.was(path) != self.will(path):
            return True
        return path in self._holds_unknown or any(upper in self._single for upper in above(path))

    def becomes(self, path: str, value: Any) -> bool:
        """Whether a fact gets this value, which it did not have."""
        return self.will(path) == value and self.was(path) != value and not self.open(path)

    def emptied(self, path: str) -> bool:
        """Whether a list with members has none any more."""
        return bool(self.was(path)) and not self.will(path) and not self.open(path)

    def keys(self, path: str) -> Iterator[str]:
        """Members of a mapping, before or afterwards."""
        for side in (self.was(path), self.will(path)):
            if isinstance(side, Mapping):
                yield from (key for key in side if side is not self.will(path) or key not in (self.was(path) or {}))

    def where(self, *paths: str) -> str:
        """The last line that did something at one of these paths, or below; "" for none."""
        for path in paths:
            if path in self._where:
                return self._where[path]
        for path in paths:
            for done, where in reversed(self._where.items()):
                if _within(done, path) or _within(path, done):
                    return where
        return ""

    def said(self, *words: str) -> str:
        """Where the candidate's text says one of these words; "" where it does not."""
        for file in self.candidate.files:
            for number, line in enumerate(file.lines, 1):
                if any(word in line for word in words) and not line.lstrip().startswith("#"):
                    return file.place(number)
        return ""


def _at(facts: Any, path: str) -> Any:
    for name, _ in steps(path):
        facts = facts.get(name) if isinstance(facts, Mapping) else None
    return facts


def _within(path: str, upper: str) -> bool:
    return path == upper or path.startswith((f"{upper}.", f"{upper}["))
