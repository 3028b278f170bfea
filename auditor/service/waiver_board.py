"""Waivers as a board: which hold and end soon, which wait for somebody, which hold no longer and why.

What the latest run with a result said of each stands beside it. What a waiver says of itself comes first: one that has
ended since is over, whatever that run saw.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine

from auditor.store import blobs, runs, waivers
from auditor.store.waivers import StoredWaiver
from auditor.waivers import State
from auditor.waivers.ends import SOON

IN_FORCE, REQUESTED, OVER = "in-force", "requested", "over"
SHELVES = (IN_FORCE, REQUESTED, OVER)
_said: WeakKeyDictionary[Engine, tuple[int, Mapping[str, Any]]] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class Stands:
    """A waiver with how it stands. `state` as an audit says it; `attention`: expired | lapsed | expiring | "".

    `run` is the latest run that said so, "" where none did.
    """

    stored: StoredWaiver
    state: str
    attention: str
    reason: str
    days_left: int
    covers: int | None
    lapsed: int
    run: str

    @property
    def shelf(self) -> str:
        """Where it lies."""
        if self.state == "approved":
            return IN_FORCE
        return REQUESTED if self.state == "requested" else OVER

    @property
    def key(self) -> tuple[int, int]:
        """Its place on its shelf: what ends first stands first, what was asked for first too; what is over, last."""
        end = int(self.stored.waiver.end.at.timestamp())
        if self.shelf == REQUESTED:
            return 0, self.stored.id
        if self.shelf == OVER:
            return -int(self.stored.changed_at.timestamp()), -self.stored.id
        return (0 if self.attention == "lapsed" else end), self.stored.id


def stands(connection: Connection, found: Iterable[StoredWaiver], at: datetime) -> list[Stands]:
    """The waivers as they stand at `at`."""
    run, said = _latest(connection)
    return [_stands(one, at, run, said.get(one.waiver.id)) for one in found]


def on_shelf(connection: Connection, shelf: str, rule: str, at: datetime) -> list[Stands]:
    """What lies on a shelf, in its order."""
    states: tuple[State, ...] = (State.REQUESTED,) if shelf == REQUESTED else (State.APPROVED,)
    if shelf == OVER:
        states = (State.APPROVED, State.REJECTED, State.REVOKED)
    found = stands(connection, waivers.listed(connection, states=states, rule=rule), at)
    return sorted((one for one in found if one.shelf == shelf), key=lambda one: one.key)


def _stands(one: StoredWaiver, at: datetime, run: str, said: Mapping[str, Any] | None) -> Stands:
    waiver, left = one.waiver, one.waiver.end.days_left(at)
    state, reason, attention = waiver.state.value, waiver.not_in_force(at), ""
    covers, lapsed = (said["covers"], said["lapsed"]) if said else (None, 0)
    if state == "approved" and at >= waiver.end.at:
        state = attention = "expired"
    elif state == "approved":
        if said and said["state"] in ("approved", "lapsed", "expired"):
            reason = said["reason"]
        if said and said["state"] == "lapsed":
            state = "lapsed"
        if lapsed:
            attention = "lapsed"
        elif left < SOON:
            attention = "expiring"
    return Stands(one, state, attention, reason, left, covers, lapsed, run if said else "")


def _latest(connection: Connection) -> tuple[str, Mapping[str, Any]]:
    """The latest run with a result, and what it says of waivers by their ids; read once for each run."""
    row = runs.find_run(connection, "latest")
    if row is None or row.head is None:
        return "", {}
    kept = _said.get(connection.engine)
    if kept is None or kept[0] != row.id:
        entries: Sequence[Mapping[str, Any]] = blobs.get_json(connection, row.head).get("waivers", ())
        kept = row.id, {str(one["id"]): one for one in entries}
        _said[connection.engine] = kept
    return str(row.name), kept[1]
