"""When something was so: intervals of the history that follow one another become one spell, with its first and last
moment and the moment at which it was over.

Failing and unknown are both open: what was failing and could not be looked at afterwards is not closed.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any


@dataclass(slots=True)
class Spell:
    """Rows of intervals without a break; `places` is of the readings of its target. `closed` is None while open."""

    rows: list[Any] = field(default_factory=list)
    first: int = 0
    last: int = 0
    closed: int | None = None
    _place: int = -1

    @property
    def row(self) -> Any:
        """Its last interval."""
        return self.rows[-1]


def spells(rows: Iterable[Any], read: Sequence[int]) -> list[Spell]:
    """The spells of one thing at one target: `rows` are its intervals by time, `read` the moments of readings.

    An interval that no reading has seen is left out: it is of a run without a result.
    """
    found: list[Spell] = []
    for row in rows:
        places = range(bisect_left(read, row.first), len(read) if row.last is None else bisect_right(read, row.last))
        if not places:
            continue
        if not found or places[0] > found[-1]._place + 1:
            found.append(Spell(first=read[places[0]]))
        spell = found[-1]
        spell.rows.append(row)
        spell._place = places[-1]
        spell.last = read[places[-1]]
        spell.closed = read[places[-1] + 1] if places[-1] + 1 < len(read) else None
    return found


def during(
    rows: Iterable[Any], read_of: dict[int, list[int]], key: Callable[[Any], Any], begin: int
) -> Iterator[tuple[int, Spell]]:
    """(target, spell) of all spells that were not over by `begin`; `rows` come by target and `key`."""
    for (target, _), group in groupby(rows, lambda row: (row.target, key(row))):
        for spell in spells(group, read_of.get(target, [])):
            if spell.closed is None or spell.closed >= begin:
                yield target, spell
