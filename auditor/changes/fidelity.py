"""After the window: what was planned against what is. Pure.

Three readings are compared: before, as predicted, and now. What nobody foretold is told apart from what happened
though nobody planned it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from auditor.changes.differences import Change, differences
from auditor.domain import ABSENT, GapValue, Snapshot

DONE, MISSING, DIFFERENT, UNPLANNED, UNFORETOLD, UNREAD = (
    "done",
    "missing",
    "different",
    "unplanned",
    "unforetold",
    "unread",
)
WORDS = {
    DONE: "done as planned",
    MISSING: "planned but missing",
    DIFFERENT: "changed otherwise than planned",
    UNPLANNED: "happened but unplanned",
    UNFORETOLD: "could not be foretold",
    UNREAD: "not read any more",
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """One fact after the window. Values are plain, ABSENT or a GapValue; `source` is where the present one is from."""

    path: str
    kind: str  # one of WORDS
    before: Any
    planned: Any
    now: Any
    source: str = ""
    derived: bool = False  # it follows from other facts, or is the state of a moment


def outcomes(before: Snapshot, predicted: Snapshot, now: Snapshot) -> list[Outcome]:
    """Every planned fact and every other that is not as it was, by kind and path."""
    planned = list(differences(before, predicted))
    happened = _Overlap(differences(before, now))
    off = list(differences(predicted, now))
    differs = _Overlap(off)
    found = [_planned(one, happened, differs, now) for one in planned]
    below = _Overlap(planned)
    found += [one for change in off if (one := _unplanned(change, below, happened, now))]
    order = {kind: n for n, kind in enumerate((UNPLANNED, MISSING, DIFFERENT, UNREAD, UNFORETOLD, DONE))}
    return sorted(found, key=lambda one: (order[one.kind], one.path))


def _planned(one: Change, happened: "_Overlap", differs: "_Overlap", now: Snapshot) -> Outcome:
    source = _source(now, one.path)
    other = differs.touching(one.path)
    if not other:
        kind = UNFORETOLD if isinstance(one.after, GapValue) else DONE
        return Outcome(one.path, kind, one.before, one.after, one.after, source, one.derived)
    seen = next((change.after for change in other if change.path == one.path), None)
    seen = seen if seen is not None else _below(other, one)
    if isinstance(one.after, GapValue):
        kind = UNFORETOLD
    elif any(isinstance(change.after, GapValue) for change in other):
        kind = UNREAD
    else:
        kind = DIFFERENT if happened.touching(one.path) else MISSING
    return Outcome(one.path, kind, one.before, one.after, seen, source, one.derived)


def _below(other: Sequence[Change], one: Change) -> Any:
    """What is seen of a fact of which only parts differ, or which is gone with what it belonged to."""
    upper = next((change for change in other if len(change.path) < len(one.path)), None)
    if upper is not None:
        return upper.after if isinstance(upper.after, GapValue) else ABSENT
    return {change.path[len(one.path) :].lstrip("."): _plain(change.after) for change in other}


def _plain(value: Any) -> Any:
    if value is ABSENT:
        return None
    return {"gap": value.reason} if isinstance(value, GapValue) else value


def _unplanned(one: Change, planned: "_Overlap", happened: "_Overlap", now: Snapshot) -> Outcome | None:
    """A difference from the prediction where nothing was planned; None where it belongs to what was."""
    if planned.covering(one.path):
        return None
    source = _source(now, one.path)
    if isinstance(one.before, GapValue):  # unread before, or not foretold
        kind = UNFORETOLD if happened.touching(one.path) else ""
        if not kind:
            return None
        return Outcome(one.path, kind, one.before, one.before, one.after, source, one.derived)
    kind = UNREAD if isinstance(one.after, GapValue) else UNPLANNED
    return Outcome(one.path, kind, one.before, one.before, one.after, source, one.derived)


def _source(snapshot: Snapshot, path: str) -> str:
    sources, upper = snapshot.sources, path
    while upper:
        if upper in sources:
            return sources[upper]
        upper = upper[: max(upper.rfind("."), upper.rfind("["), 0)]
    return sources.get("", "")


class _Overlap:
    """Changes by their paths: at a path, above it, below it."""

    def __init__(self, changes: Iterable[Change]) -> None:
        self._at: dict[str, Change] = {}
        self._under: dict[str, list[Change]] = {}
        for one in changes:
            self._at[one.path] = one
            for upper in _uppers(one.path):
                self._under.setdefault(upper, []).append(one)

    def covering(self, path: str) -> bool:
        """Whether one of them is at this path or above it."""
        return path in self._at or any(upper in self._at for upper in _uppers(path))

    def touching(self, path: str) -> list[Change]:
        """Those at this path, above it or below it."""
        found = [self._at[path]] if path in self._at else []
        found += [self._at[upper] for upper in _uppers(path) if upper in self._at]
        return found + self._under.get(path, [])


def _uppers(path: str) -> list[str]:
    return [path[:n] for n, letter in enumerate(path) if n and letter in ".["]
