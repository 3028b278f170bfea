"""The list of targets: what a scope and filters leave of the board, in an order."""

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from typing import Literal, NamedTuple

from sqlalchemy import Connection

from auditor.access import Reach
from auditor.access.scopes import parsed_scope
from auditor.api import cursors
from auditor.reporting.words import platform_word
from auditor.store.listing.board import Board, Line, Targets, sight

SHOWN = 50
Sort = Literal["", "name", "drift", "seen", "score"]
_Key = tuple[int, str, int]
_Figures = tuple[int, dict[str, int], int, list[tuple[str, str]]]
_KEYS: dict[str, Callable[[Line], _Key]] = {  # the last part makes each different
    "": lambda one: (-one.critical * 100_000 - one.high, "", one.target),
    "name": lambda one: (0, one.name.lower()[:200], one.target),
    "drift": lambda one: (-one.drift, "", one.target),
    "seen": lambda one: (one.moment, "", one.target),
    "score": lambda one: (_share(one), "", one.target),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wish:
    """The filters, as the address has them; "" is all. Labels are `key=value`, with commas between them."""

    name: str = ""
    platform: str = ""
    source: str = ""
    status: str = ""
    label: str = ""
    gone: str = ""
    sort: Sort = ""


class Found(NamedTuple):
    """A page of the list. `population` and `coverage` are of all that is there and in reach, whatever the filters."""

    lines: list[Line]
    more: str
    fitting: int
    population: int
    coverage: dict[str, int]
    gone: int
    platforms: list[tuple[str, str]]  # with their words


def _share(one: Line) -> int:
    """The part that surely passes, in millionths; of one that was not read, after all others."""
    return 1_000_000 * one.passed // max(1, one.passed + one.failed + one.unknown) if one.read else 2_000_000


def labels_in(text: str) -> dict[str, str]:
    """Labels of a filter. Raises InputError."""
    return parsed_scope([one for one in text.split(",") if one.strip()]).as_dict()


def chosen(connection: Connection, whole: Board, reach: Reach, wish: Wish) -> Targets:
    """The numbers of targets that fit. Raises InputError."""
    among = sight(connection, whole, reach, labels_in(wish.label))
    if wish.gone != "all":
        among = among - whole.present if wish.gone == "yes" else whole.among_present(among)
    lines, name, source = whole.lines, wish.name.lower(), wish.source.lower()
    if wish.platform:
        among = frozenset(one for one in among if lines[one].platform == wish.platform)
    if wish.status == "unread":
        among -= whole.readable
    elif wish.status:
        among = frozenset(one for one in among if lines[one].status == wish.status)
    if name:
        among = frozenset(one for one in among if name in lines[one].name.lower())
    if source:
        exact = frozenset(one for one in among if lines[one].source.lower() == source)
        among = exact or frozenset(one for one in among if source in lines[one].source.lower())
    return among


def listed(connection: Connection, whole: Board, reach: Reach, wish: Wish, after: str) -> Found:
    """A page. Raises InputError for labels that are none, ProblemError for no place in the list."""
    place = cursors.read(after, int, str, int)
    among = chosen(connection, whole, reach, wish)
    order = _order(whole, wish.sort)
    start = bisect_right(order, tuple(place)) if place else 0
    shown = list(islice((key for key in islice(order, start, None) if key[2] in among), SHOWN + 1))
    more = cursors.written(*shown[SHOWN - 1]) if len(shown) > SHOWN else ""
    figures = _figures(whole, sight(connection, whole, reach))
    return Found([whole.lines[key[2]] for key in shown[:SHOWN]], more, len(among), *figures)


def _order(whole: Board, sort: Sort) -> list[_Key]:
    """The keys of all lines in their order: sorted once for each board."""
    found: list[_Key] | None = whole.remembered(("order", sort))
    if found is None:
        found = whole.remember(("order", sort), sorted(map(_KEYS[sort], whole.lines.values())))
    return found


def platforms_in(whole: Board, inside: Targets) -> list[tuple[str, str]]:
    """The platforms of these targets with their words, for a filter."""
    return _figures(whole, inside)[3]


def _figures(whole: Board, inside: Targets) -> _Figures:
    key = ("figures", inside)
    found: _Figures | None = whole.remembered(key)
    if found is None:
        there = [whole.lines[one] for one in whole.among_present(inside)]
        coverage = {kind: sum(one.status == kind for one in there) for kind in ("collected", "stale", "unreachable")}
        missing = sum(not whole.gone[one].retired for one in inside & whole.gone.keys())
        platforms = [(one, platform_word(one)) for one in sorted({one.platform for one in there})]
        found = whole.remember(key, (len(there), coverage, missing, platforms))
    return found
