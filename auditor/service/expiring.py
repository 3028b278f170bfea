"""Waivers that end soon, for pages that show them to everybody: looked for again only when a waiver has changed."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, func, select

from auditor.store import waivers
from auditor.store.sql import table_of
from auditor.store.tables import WaiverRow
from auditor.store.waivers import StoredWaiver
from auditor.waivers import State

SOON, LATELY = timedelta(days=30), timedelta(days=7)
_TABLE = table_of(WaiverRow)
_known: WeakKeyDictionary[Engine, tuple[Any, Sequence[StoredWaiver]]] = WeakKeyDictionary()


def ending_soon(connection: Connection, at: Any) -> list[StoredWaiver]:
    """Approved waivers that end within thirty days of `at`, or ended in the week before, the next to end first."""
    state = tuple(connection.execute(select(func.count(), func.max(_TABLE.c.changed_at))).one())
    kept = _known.get(connection.engine)
    if kept is None or kept[0] != state:
        approved = waivers.listed(connection, states=[State.APPROVED])
        kept = state, sorted(approved, key=lambda one: (one.waiver.end.at, one.id))
        _known[connection.engine] = kept
    return [one for one in kept[1] if at - LATELY < one.waiver.end.at <= at + SOON]
