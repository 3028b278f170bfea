"""Rows of findings for lists of pages."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from auditor.access import Reach
from auditor.api import cursors
from auditor.evidence.captures import iso
from auditor.service.stored import finding_entry
from auditor.service.waived import waived_at
from auditor.store.engine import now
from auditor.store.history import time_of
from auditor.store.listing import looks, runs, worst
from auditor.store.listing.board import Board, still_within
from auditor.store.listing.worst import Found, Wish


def rows(
    connection: Connection, whole: Board, reach: Reach, wish: Wish, start: worst.Place, limit: int
) -> tuple[list[dict[str, Any]], str]:
    """Findings behind a place with their evidence, as they stand now, and the cursor of what follows."""
    found = worst.worst(connection, whole, wish, start, limit + 1)
    shown, more = found[:limit], len(found) > limit
    return told(connection, whole, reach, shown), cursors.written(*shown[-1].place) if more else ""


def told(connection: Connection, whole: Board, reach: Reach, found: Sequence[Found]) -> list[dict[str, Any]]:
    """Findings with their evidence, as they stand now; those of targets out of reach are left out."""
    if not found:
        return []
    visible = still_within(connection, [one.kept.target for one in found], reach)
    kept = [one.kept for one in found if one.kept.target in visible]
    lines = [whole.lines[one.target] for one in kept]
    seen = {one.target: one for one in looks.seen_at(connection, [(one.run, one.target) for one in lines])}
    rules = runs.rules_of(connection, {one.run for one in lines})
    entries = [finding_entry(seen[one.target], one, rules[seen[one.target].run]) for one in kept]
    return [
        {**entry, "target_id": one.target, "since": iso(time_of(one.first)) if one.first is not None else None}
        for entry, one in zip(waived_at(entries, now(connection)), kept, strict=True)
    ]
