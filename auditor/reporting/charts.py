"""Drawings: strips of the heat map for HTML, and whole pictures with their numbers in words for the PDF."""

import base64
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from auditor.reporting.heat import Row
from auditor.reporting.pages import light_tokens
from auditor.reporting.tally import Tally
from auditor.reporting.words import count, percent

FONT = 'font-family="DejaVu Sans, Noto Sans, sans-serif"'
HEIGHT = {"critical": 16, "high": 12, "medium": 8, "low": 5, "info": 3, "unknown": 16, "clear": 1}
KIND_WORDS = {
    "critical": "critical",
    "high": "high",
    "medium": "medium",
    "low": "low",
    "info": "info",
    "unknown": "not judged",
    "clear": "clear",
}


@dataclass(frozen=True, slots=True)
class Strip:
    """One cell of the heat map as SVG path data: a bar per host, 4 units apart and 16 high."""

    paths: dict[str, str]  # kind -> path data
    width: int  # units
    words: str


@dataclass(frozen=True, slots=True)
class StripRow:
    """One row: the strip of urgent failures, then one strip per family."""

    load: Strip
    cells: list[Strip]


def strips(rows: Sequence[Row]) -> list[StripRow]:
    """The strips of a heat map."""
    top = max((h.urgent for row in rows for h in row.hosts), default=0)
    return [StripRow(_load(row, max(top, 4)), [_cell(row, f) for f in range(len(row.cells))]) for row in rows]


def _bar(x: int, height: int) -> str:
    return f"M{4 * x} {16 - height}h3v{height}h-3"


def _load(row: Row, top: int) -> Strip:
    parts: defaultdict[str, list[str]] = defaultdict(list)
    for x, host in enumerate(row.hosts):
        if host.read:
            parts["load"].append(_bar(x, min(16, max(1, round(16 * host.urgent / top)))))
        else:
            parts["unread"].append(_bar(x, 16))
    most = max((h.urgent for h in row.hosts), default=0)
    unread = sum(not h.read for h in row.hosts)
    words = f"{sum(h.urgent for h in row.hosts)} open, most on one host {most}" + (
        f", {unread} not read" if unread else ""
    )
    return Strip({k: "".join(v) for k, v in parts.items()}, 4 * len(row.hosts), words)


def _cell(row: Row, family: int) -> Strip:
    parts: defaultdict[str, list[str]] = defaultdict(list)
    for x, cell in enumerate(row.cells[family]):
        if cell.kind != "none":
            parts[cell.kind].append(_bar(x, HEIGHT[cell.kind]))
    tally = row.tally(family)
    words = ", ".join(f"{tally[k]} {w}" for k, w in KIND_WORDS.items() if tally[k])
    return Strip({k: "".join(v) for k, v in parts.items()}, 4 * len(row.hosts), words or "no rule applies")


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture for `<img>`: the source as a data URI and the same numbers in words."""

    src: str
    alt: str


def picture(width: float, height: float, body: str, alt: str) -> Picture:
    """An SVG drawing of ours as a picture; lengths in CSS pixels. Text inside must be escaped by the caller."""
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}" '
        f'viewBox="0 0 {width:g} {height:g}">'
        f"{body}</svg>"
    )
    return Picture("data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode(), alt)


def hatched(x: float, y: float, width: float, height: float, colour: str, step: float = 5.0) -> str:
    """A hatched box drawn as lines, because not every PDF renderer repeats a pattern well."""
    lines = []
    at = x - height
    while at < x + width:
        x1, y1, x2, y2 = at, y + height, at + height, y
        if x1 < x:
            y1, x1 = y1 - (x - x1), x
        if x2 > x + width:
            y2, x2 = y2 + (x2 - x - width), x + width
        if x2 > x1:
            lines.append(f"M{x1:.2f} {y1:.2f}L{x2:.2f} {y2:.2f}")
        at += step
    return (
        f'<rect x="{x + 0.4:.2f}" y="{y + 0.4:.2f}" width="{max(width - 0.8, 0.2):.2f}" height="{height - 0.8:.2f}" '
        f'fill="#ffffff" stroke="{colour}" stroke-width="0.6"/>'
        f'<path d="{"".join(lines)}" stroke="{colour}" stroke-width="{step * 0.26:.2f}"/>'
    )


def coverage_bar(coverage: Mapping[str, Any], width: int = 680) -> Picture:
    """Assessed, unreachable, stale and excluded targets as one stacked bar."""
    t = light_tokens()
    parts = coverage_parts(coverage)
    total = sum(n for _, n in parts) or 1
    least = [max(n / total, 0.006) if n else 0.0 for _, n in parts]  # one lost host of 1,000 must be seen
    x, body = 0.0, ""
    for (name, n), share in zip(parts, least, strict=True):
        if not n:
            continue
        w = width * share / sum(least)
        if name == "unreachable":
            body += hatched(x, 0, w, 18, t["fail"])
        elif name == "stale":
            body += hatched(x, 0, w, 18, t["unknown"])
        else:
            body += (
                f'<rect x="{x:.2f}" width="{w:.2f}" height="18" fill="{t["base"] if name == "assessed" else t["k"]}"/>'
            )
        x += w
    alt = "Targets: " + ", ".join(f"{count(n)} {name}" for name, n in parts)
    return picture(width, 18, body, alt)


def coverage_parts(coverage: Mapping[str, Any]) -> list[tuple[str, int]]:
    """Name and number of targets, in the order in which the bar shows them."""
    return [
        ("assessed", coverage["collected"]),
        ("unreachable", len(coverage["unreachable"])),
        ("stale", len(coverage["stale"])),
        ("excluded", len(coverage["excluded"])),
    ]


def range_bar(
    lower: float | None, upper: float | None, width: int = 680, *, ticks: bool = True, height: int = 12
) -> Picture:
    """The score as a range: solid to the lower bound, hatched to the upper one."""
    t = light_tokens()
    body = f'<rect y="3" width="{width}" height="{height}" fill="{t["line"]}"/>'
    if lower is None or upper is None:
        return picture(width, height + 6, body, "No score: no rule applies")
    a, b = width * lower / 100, width * upper / 100
    body += f'<rect y="3" width="{a:.2f}" height="{height}" fill="{t["base"]}"/>'
    if upper > lower:
        body += hatched(a, 0, max(b - a, 2.0), height + 6, t["unknown"])
    total = height + 6
    if ticks:
        total += 14
        for tick in (0, 25, 50, 75, 100):
            anchor = "start" if tick == 0 else "end" if tick == 100 else "middle"
            body += (
                f'<text x="{width * tick / 100:.1f}" y="{total - 1}" font-size="10" {FONT} '
                f'fill="{t["soft"]}" text-anchor="{anchor}">{tick}</text>'
            )
    return picture(width, total, body, f"Score between {percent(lower)} and {percent(upper)} percent")


def tally_bar(tally: Tally, label: str, width: int = 300, height: int = 12) -> Picture:
    """Fail, waived, unknown and pass as one bar; hatched is unknown, so a black and white print stays readable."""
    t = light_tokens()
    total = tally.judged
    x, body = 0.0, f'<rect width="{width}" height="{height}" fill="{t["line"]}"/>'
    for n, kind in ((tally.fail, "fail"), (tally.waived, "waived"), (tally.unknown, "unknown"), (tally.passed, "base")):
        if not n:
            continue
        w = width * n / total
        if kind == "unknown":
            body += hatched(x, 0, w, height, t["unknown"])
        elif kind == "waived":
            body += (
                f'<rect x="{x + 0.5:.2f}" y="0.5" width="{max(w - 1, 0.2):.2f}" height="{height - 1}" '
                f'fill="#ffffff" stroke="{t["waived"]}"/>'
            )
        else:
            body += (
                f'<rect x="{x:.2f}" width="{w:.2f}" height="{height}" fill="{t["k"] if kind == "base" else t[kind]}"/>'
            )
        x += w
    numbers = (("fail", tally.fail), ("waived", tally.waived), ("unknown", tally.unknown), ("pass", tally.passed))
    alt = f"{label}: " + ", ".join(f"{count(n)} {word}" for word, n in numbers)
    return picture(width, height, body, alt)
