"""Which lines of a candidate are the reason of a verdict: those of the facts that the verdict looked at. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

MOST = 5


class Line(NamedTuple):
    """A line of the candidate: in which file, at which line (0 where it is none), what it says and does."""

    file: str
    number: int
    text: str
    effect: str

    @property
    def where(self) -> str:
        """`file:12`, or the file."""
        return f"{self.file}:{self.number}" if self.number else self.file


class Causes:
    """The lines behind the facts of one target of a check."""

    def __init__(self, target: Mapping[str, Any]) -> None:
        self._at: dict[str, Mapping[str, Any]] = {}
        self._below: dict[str, list[Mapping[str, Any]]] = {}
        for fact in (*target["facts"], *(_untold(one) for one in target["unpredicted"] if one["path"])):
            if not fact["why"]:
                continue
            self._at[fact["path"]] = fact
            for upper in _uppers(fact["path"]):
                below = self._below.setdefault(upper, [])
                if len(below) < MOST:
                    below.append(fact)

    def of_finding(self, finding: Mapping[str, Any]) -> list[Line]:
        """The lines behind what it observed; else those behind what changed in the same part of the facts."""
        paths = [str(one["path"]) for one in finding["observations"]]
        return self._of(paths)

    def of_path(self, path: str) -> list[Line]:
        """The lines behind a fact."""
        return self._of([path])

    def _of(self, paths: list[str]) -> list[Line]:
        near = [fact for path in paths for fact in self._touching(path)]
        far = [] if near else [fact for path in paths for fact in self._below.get(_root(path), [])]
        found = dict.fromkeys(line_of(why) for fact in near or far for why in fact["why"])
        return list(found)[:MOST]

    def _touching(self, path: str) -> Iterator[Mapping[str, Any]]:
        for one in (path, *reversed(list(_uppers(path)))):
            if one in self._at:
                yield self._at[one]
                return
        yield from self._below.get(path, [])


def line_of(why: Mapping[str, Any]) -> Line:
    """The line of a `why` entry."""
    file, number = place_of(why["where"])
    return Line(file, number, why["text"], why["effect"])


def place_of(where: str | None) -> tuple[str, int]:
    """File and line of `change.cfg:12`; line 0 where none is named."""
    file, colon, number = (where or "").rpartition(":")
    if colon and number.isascii() and number.isdigit() and len(number) < 10:
        return file, int(number)
    return where or "", 0


def _untold(one: Mapping[str, Any]) -> dict[str, Any]:
    where = one["where"]
    why = [{"where": where, "text": "", "effect": one["reason"]}] if where else []
    return {"path": one["path"], "why": why}


def _uppers(path: str) -> Iterable[str]:
    return (path[:n] for n, letter in enumerate(path) if n and letter in ".[")


def _root(path: str) -> str:
    return next(iter(_uppers(path)), path)
