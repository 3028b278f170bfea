"""What `auditor drift` says of a drift: when it was last good, when it was first seen, and who might have done it."""

import sys
from collections.abc import Iterable
from typing import Any

from auditor.attribution import Origin
from auditor.cli.output import one_line
from auditor.domain import Drift, Snapshot, Target


def centres(run: Any) -> dict[str, Snapshot]:
    """The vCenter that was read of each source of a run, whoever was asked for."""
    targets: Iterable[Target] = (one for result in run.sources for one in result.targets)
    return {one.source: one.snapshot for one in targets if one.platform == "vcenter" and one.snapshot}


def entry(found: Origin) -> dict[str, Any]:
    """The keys of an origin in JSON."""
    return {
        "last_good": found.last_good,
        "first_seen": found.first_seen,
        "actors": [one._asdict() for one in found.actors],
        "actors_unknown": found.unknown or None,
    }


def show(one: Drift, found: Origin, note: str = "") -> None:
    """A drift on a line, and its origin below it."""
    same = shown(one.expected) == shown(one.actual)
    values = f"is {shown(one.actual)}" if same else f"was {shown(one.expected)}, is {shown(one.actual)}"
    words = one.reason if one.change == "unknown" else "; ".join(part for part in (note, values, one.reason) if part)
    where = one_line(one.path or "the whole target")
    sys.stdout.write(f"{one_line(one.target, 60)}  {one.change:9}  {where}: {one_line(words, 220)}\n")
    if one.change == "unknown":
        return
    times = f"last good {found.last_good or 'never'}, first seen {found.first_seen or 'never'}"
    who = "; ".join(f"{actor.who} at {actor.at}: {actor.what[:120]}" for actor in found.actors)
    sys.stdout.write(f"    {times}, by {one_line(who or f'unknown: {found.unknown}', 500)}\n")


def shown(value: Any) -> str:
    """A value in words."""
    from auditor.facts.observed import plain_value

    plain = plain_value(value)
    return "absent" if plain == {"absent": True} else str(plain)
