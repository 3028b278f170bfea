"""Drift across hosts: by golden profile and path, with the values that are there instead, and how many have each."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, select

from auditor.reporting.words import shown
from auditor.store import blobs
from auditor.store.listing.board import Board, Kind, Targets
from auditor.store.sql import table_of
from auditor.store.tables import RunRow
from auditor.web.subjects import ref

MOST_KINDS = 200  # different answers at one path that are read
MOST_WAYS = 8
NAMED = 3
ODD, MANY = 0.25, 0.75
MOST_RUNS = 200  # of the board, the newest first, that are asked what was compared
_RUN = table_of(RunRow)
Place = tuple[str, str]


class Group(NamedTuple):
    """A path of a profile on which hosts differ."""

    golden: str
    path: str
    differ: int
    unknown: int
    compared: int

    @property
    def share(self) -> float:
        """The part of those that were compared; 1 where nobody knows how many those were."""
        return self.differ / self.compared if self.compared else 1.0


def groups(whole: Board, inside: Targets, compared: Mapping[str, Targets]) -> list[Group]:
    """Every path on which a target of these differs, or of which nobody can tell."""
    found = []
    for (golden, path), kinds in whole.drift.items():
        differ: set[int] = set()
        unknown: set[int] = set()
        for kind, targets in kinds.items():
            (unknown if kind.change == "unknown" else differ).update(targets & inside)
        if differ or unknown:
            count = len(compared.get(golden, frozenset()) & inside)
            found.append(Group(golden, path, len(differ), len(unknown - differ), max(count, len(differ | unknown))))
    return found


def odd_first(one: Group) -> tuple[bool, float, int, str, str]:
    """A key to sort by: where few of many differ, something happened to them; what nobody can tell comes last."""
    return (not one.differ, one.share, -one.compared, one.golden, one.path)


def most_first(one: Group) -> tuple[int, int, str, str]:
    """A key to sort by: where most differ first."""
    return (-one.differ, -one.unknown, one.golden, one.path)


def told(connection: Connection, whole: Board, inside: Targets, one: Group, named: int = NAMED) -> dict[str, Any]:
    """A group in words: what is expected, and the ways in which hosts differ from it, the most common first."""
    kinds = whole.drift[one.golden, one.path]
    here = {kind: targets & inside for kind, targets in kinds.items()}
    order = sorted((kind for kind, targets in here.items() if targets), key=lambda kind: -len(here[kind]))
    bodies = _bodies(connection, order[:MOST_KINDS])
    ways: dict[tuple[str, str], dict[str, Any]] = {}
    expectations: dict[str, Any] = {}
    for kind in order[:MOST_KINDS]:
        body = bodies[kind.body]
        expectations[_text(body["expected"])] = body["expected"]
        actual = body["reason"] if kind.change == "unknown" else body["actual"]
        way = ways.setdefault((kind.change, _text(actual)), {"change": kind.change, "actual": actual, "at": set()})
        way["at"] |= here[kind]
    listed = sorted(ways.values(), key=lambda way: (way["change"] == "unknown", -len(way["at"])))
    others = len(set().union(*(here[kind] for kind in order[MOST_KINDS:]), *(way["at"] for way in listed[MOST_WAYS:])))
    return {
        **one._asdict(),
        "expected": next(iter(expectations.values()), None),
        "differs_by_host": len(expectations) > 1,
        "ways": [_way(whole, way, named) for way in listed[:MOST_WAYS]],
        "others": others,
        "hint": _hint(one, listed),
    }


def compared(connection: Connection, whole: Board) -> dict[str, Targets]:
    """Which targets each profile was compared with, by the runs of the board."""
    found: dict[str, Targets] | None = whole.remembered("compared")
    if found is None:
        merged: dict[str, set[int]] = {}
        names: dict[int, dict[str, int]] = {}
        for line in whole.lines.values():
            if line.read:
                names.setdefault(line.run, {})[line.name] = line.target
        for run in whole.runs[:MOST_RUNS]:
            blob = connection.scalar(select(_RUN.c.head).where(_RUN.c.id == run))
            own = names.get(run, {})
            for one in blobs.get_json(connection, blob)["golden"] if blob is not None and own else ():
                merged.setdefault(one["id"], set()).update(own[name] for name in one["targets"] if name in own)
        found = whole.remember("compared", {name: frozenset(targets) for name, targets in merged.items()})
    return found


def targets_at(whole: Board, golden: str, path: str | None) -> Targets:
    """Those that differ from a profile, at a path (as `ref` has it) or anywhere; of every profile for ""."""
    found: set[int] = set()
    for (name, at), kinds in whole.drift.items():
        if (not golden or name == golden) and (path is None or ref(at) == path):
            found.update(*(targets for kind, targets in kinds.items() if kind.change != "unknown"))
    return frozenset(found)


def _way(whole: Board, way: Mapping[str, Any], named: int) -> dict[str, Any]:
    first = sorted(way["at"], key=lambda one: whole.lines[one].name)[:named]
    names = [{"number": one, "name": whole.lines[one].name} for one in first]
    return {"change": way["change"], "actual": way["actual"], "count": len(way["at"]), "first": names}


def _hint(one: Group, ways: Sequence[Mapping[str, Any]]) -> str:
    """What the numbers suggest: `odd` hosts, or a `profile` that most of them have left in one way."""
    if one.compared < 4 or not one.differ:
        return ""
    if one.share <= ODD:
        return "odd"
    return "profile" if len(ways[0]["at"]) > MANY * one.compared and ways[0]["change"] != "unknown" else ""


def _bodies(connection: Connection, kinds: Sequence[Kind]) -> dict[int, Any]:
    found = blobs.get_many(connection, {kind.body for kind in kinds})
    return {number: orjson.loads(content) for number, content in found.items()}


def _text(value: Any) -> str:
    return shown(value, 100_000).text
