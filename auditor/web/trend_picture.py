"""Where the marks of the trend stand: columns in percent of the width, heights in pixels. The template draws them."""

from collections.abc import Sequence
from itertools import pairwise
from math import ceil, floor
from statistics import median
from typing import Any

from auditor.evidence.captures import iso
from auditor.reporting.words import clock, pair, percent
from auditor.service.trend import Point, said

HEIGHT, COVER = 140, 34  # pixels of the score's part, and of the coverage's
LEAST_SPAN = 20  # percent of the axis
SPAN = 3  # runs at each end
WORDS = {
    "better": "It gets better",
    "worse": "It gets worse",
    "same": "It stays as it is",
    "unclear": "It cannot be told yet",
}


def drawing(points: Sequence[Point]) -> dict[str, Any]:
    """What the template of a trend needs; `columns` is empty where there is nothing to draw."""
    told = [one for one in points if one.lower is not None and one.upper is not None]
    low, high = _axis([one.lower or 0.0 for one in told], [one.upper or 0.0 for one in told])
    step = 100 / max(len(points), 8)
    begin = 100 - step * len(points)

    def height(value: float) -> float:
        return round(HEIGHT - HEIGHT * (value - low) / (high - low), 2)

    columns = []
    for place, one in enumerate(points):
        known = one.lower is not None and one.upper is not None
        columns.append(
            {
                "point": one,
                "at": iso(one.at),
                "known": known,
                "x": round(begin + step * place, 3),
                "middle": round(begin + step * (place + 0.5), 3),
                "top": height(one.upper or 0.0) if known else 0,
                "bottom": height(one.lower or 0.0) if known else 0,
                "read": round(COVER * one.coverage / 100, 2),
                "words": _words(one),
            }
        )
    every = (high - low) / 4
    return {
        "columns": columns,
        "step": step,
        "segments": [(one, after) for one, after in pairwise(columns) if one["known"] and after["known"]],
        "ticks": [(round(low + every * n), height(low + every * n)) for n in range(5)],
        "height": HEIGHT,
        "cover": COVER,
        "label": _label(points, told),
        "ends": list(dict.fromkeys(_day(one) for one in [*points[:1], *points[1:][-1:]])),  # one, where it is one day
    }


def headline(points: Sequence[Point]) -> dict[str, Any] | None:
    """The answer to whether it gets better; None with one run alone.

    With six runs or more by the middle ones of the first and of the last three, so that one bad night does not decide;
    with fewer by the run before.
    """
    told = [one for one in points if one.lower is not None]
    if len(told) < 2:
        return None
    now, before, first = told[-1], told[-2], told[0]
    many = len(told) >= 2 * SPAN
    answer = said(_middle(told[-SPAN:]), _middle(told[:SPAN])) if many else said(now, before)
    return {
        "answer": answer,
        "words": WORDS[answer],
        "many": many,
        "before": before,
        "now": now,
        "first": first,
        "runs": len(told),
        "gaps": sum(bool(one.gap) for one in points),
    }


def _middle(points: Sequence[Point]) -> Point:
    """A point with the median of each bound."""
    lower, upper = (
        median(bounds) for bounds in zip(*((one.lower or 0, one.upper or 0) for one in points), strict=True)
    )
    return points[-1]._replace(lower=lower, upper=upper)


def _axis(lower: Sequence[float], upper: Sequence[float]) -> tuple[int, int]:
    """From a multiple of 20 below everything to one above: the quarters between are round then."""
    if not lower:
        return 0, 100
    low = max(0, LEAST_SPAN * floor((min(lower) - 1) / LEAST_SPAN))
    high = min(100, LEAST_SPAN * ceil((max(upper) + 1) / LEAST_SPAN))
    return (low, high) if high - low >= LEAST_SPAN else (max(0, high - LEAST_SPAN), max(high, LEAST_SPAN))


def _day(one: Point) -> str:
    return f"{one.at.day} {one.at:%b}"


def _words(one: Point) -> str:
    when = clock(iso(one.at))
    if one.gap:
        return f"{when}: no score, {one.gap}"[:200]
    return f"{when}: {pair(one.lower, one.upper)} % of checks pass, {one.collected} of {one.population} targets read"


def _label(points: Sequence[Point], told: Sequence[Point]) -> str:
    if not told:
        return "No run has a score yet"
    gaps = sum(bool(one.gap) for one in points)
    first, last = told[0], told[-1]
    return (
        f"{len(told)} runs with a score: first {pair(first.lower, first.upper)} percent, "
        f"last {pair(last.lower, last.upper)} percent; coverage first {percent(first.coverage)}, "
        f"last {percent(last.coverage)} percent; {gaps} without a score. The numbers stand in the table below."
    )
