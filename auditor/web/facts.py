"""Facts of a target as lines: path, value, where it came from. Pure."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from auditor.domain import root_of
from auditor.golden.meaning import Meaning, meaning_of
from auditor.golden.places import above, joined
from auditor.reporting.words import value_text

MOST = 100_000  # lines of one target
SEARCHED = 2000  # characters of a value


class Line(NamedTuple):
    """A value. `place` is what it stands in, `name` its own part of the path."""

    path: str
    place: str
    name: str
    value: Any
    source: str


class Root(NamedTuple):
    """A fact at the top, with how many values and gaps lie below it."""

    name: str
    values: int
    gaps: int


def lines(data: Mapping[str, Any], platform: str) -> list[Line]:
    """Every value of a snapshot's plain data, by path."""
    sources: Mapping[str, str] = data["sources"]
    found = []
    for path, place, value in values(data["facts"], platform):
        source = next((sources[one] for one in reversed(list(above(path))) if one in sources), "")
        found.append(Line(path, place, path.removeprefix(place).removeprefix("."), value, source))
        if len(found) >= MOST:
            break
    return found


def values(data: Mapping[str, Any], platform: str) -> Iterator[tuple[str, str, Any]]:
    """(path, what it stands in, value) of nested facts, by path."""
    return _walked(data, "", "", meaning_of(platform))


def roots(every: list[Line], gaps: Mapping[str, str]) -> list[Root]:
    """What there is at the top, by name."""
    there = Counter(root_of(one.path) for one in every)
    missing = Counter(map(root_of, gaps))
    return [Root(name, there[name], missing[name]) for name in sorted({*there, *missing})]


def chosen(every: list[Line], root: str, text: str) -> list[Line]:
    """Those below a root, and with a text in their path or value; "" is all."""
    wanted = text.lower()
    return [
        one
        for one in every
        if (not root or root_of(one.path) == root)
        and (not wanted or wanted in one.path.lower() or wanted in value_text(one.value, SEARCHED).lower())
    ]


def _walked(data: Any, path: str, place: str, meaning: Meaning | None) -> Iterator[tuple[str, str, Any]]:
    if isinstance(data, Mapping) and data:
        keyed = meaning is not None and meaning.shape == "map"
        for name in sorted(map(str, data)):
            below = (meaning.item if keyed else meaning.fields.get(name)) if meaning else None
            key = keyed or not name.replace("_", "").isalnum()
            yield from _walked(data.get(name), joined(path, name, key=key), path, below)
    elif isinstance(data, list) and any(isinstance(one, Mapping) for one in data):
        for number, one in enumerate(data):
            yield from _walked(one, joined(path, str(number), key=True), path, meaning.item if meaning else None)
    else:
        yield path, place, data
