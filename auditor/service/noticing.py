"""What has happened goes into the outbox: ends of runs, due times without a run, waivers that end.

Any process may look, as often as it likes, several at once: a run is looked at once, and an event is in a subscriber's
part of the outbox once. What happened before somebody subscribed is not told to them.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import Connection, Row

from auditor.notify.events import Event, Item, Kind
from auditor.notify.happened import DueTime, Ended, Ending, of_due_time, of_run, of_waiver
from auditor.notify.subscriptions import told
from auditor.store import waivers
from auditor.store.engine import Store, now
from auditor.store.notify import noticing, outbox
from auditor.store.notify.subscribers import Subscribed, subscriptions

AGO = timedelta(days=7)  # how long ago a due time may have been decided that is told of
OVER = timedelta(days=2)  # how long ago a waiver may have ended that is told of


def notice_runs(store: Store) -> int:
    """Put the events of runs that have ended into the outbox; how many runs. Raises StoreError."""
    with store.reading() as connection:
        since = min((one.created_at for one in subscriptions(connection)), default=None)
        rows = noticing.unnoticed(connection, since) if since is not None else ()
    for row in rows:
        events = _events(store, row)
        with store.writing() as connection:
            if noticing.take(connection, row.id):
                _put(connection, events, subscriptions(connection))
    return len(rows)


def _events(store: Store, row: Row[Any]) -> list[Event]:
    """What happened in a run; of one whose content cannot be read nothing is known, and others must not wait for it."""
    try:
        with store.reading() as connection:
            return of_run(_ended(connection, row))
    except (LookupError, ValueError, TypeError) as problem:
        structlog.get_logger().error("a run cannot be told of", run=row.name, problem=type(problem).__name__)
        return []


def notice_schedules(store: Store) -> None:
    """Put due times without a run into the outbox. Raises StoreError."""
    with store.reading() as connection:
        wanted = _wanting(connection, Kind.SCHEDULE_MISSED)
        if not wanted:
            return
        since = max(min(one.created_at for one in wanted), now(connection) - AGO)
        rows = noticing.without_run(connection, since)
    _keep(store, [of_due_time(_due_time(row)) for row in rows], Kind.SCHEDULE_MISSED)


def notice_waivers(store: Store) -> None:
    """Put waivers that end soon, or have just ended, into the outbox. Raises StoreError."""
    with store.reading() as connection:
        wanted = _wanting(connection, Kind.WAIVER_EXPIRING)
        if not wanted:
            return
        at = now(connection)
        ending = waivers.ending(connection, timedelta(days=max(one.wanted.days for one in wanted) + 1))
        soon = [one.waiver for one in ending if one.waiver.end.at > at - OVER]
        labels = noticing.labels_of(connection, {(b.source, b.target) for one in soon for b in one.bound})
        events = [
            of_waiver(
                Ending(one.id, one.rule, one.end.at, one.end.words, one.end.days_left(at), _covered(one, labels)), at
            )
            for one in soon
        ]
    _keep(store, events, Kind.WAIVER_EXPIRING)


def _covered(waiver: Any, labels: Mapping[tuple[str, str], Mapping[str, str]]) -> tuple[Item, ...]:
    own = dict([waiver.scope.label]) if waiver.scope.label else {}
    places = dict.fromkeys((one.source, one.target) for one in waiver.bound)
    return tuple(Item(place[1], {**labels.get(place, {}), **own}, waiver.rule) for place in places)


def _wanting(connection: Connection, kind: Kind) -> list[Subscribed]:
    return [one for one in subscriptions(connection) if kind in one.wanted.events]


def _keep(store: Store, events: Iterable[Event], kind: Kind) -> None:
    """Put what is not there yet; nothing is written where all of it is, as on nearly every look."""
    listed = list(events)
    keys = [one.key for one in listed]
    with store.reading() as connection:
        wanted = _wanting(connection, kind) if listed else ()
        fresh = any(
            told(event, one.wanted) is not None and event.at >= one.created_at and event.key not in there
            for one in wanted
            for there in [outbox.known(connection, one.id, keys)]
            for event in listed
        )
    if fresh:
        with store.writing() as connection:
            _put(connection, listed, _wanting(connection, kind))


def _put(connection: Connection, events: Iterable[Event], wanting: Iterable[Subscribed]) -> None:
    listed = list(events)
    for one in wanting:
        made = [told(event, one.wanted) for event in listed if event.at >= one.created_at]
        outbox.put(connection, one.id, one.wanted, [each for each in made if each is not None])


def _ended(connection: Connection, row: Row[Any]) -> Ended:
    request = json.loads(row.request)
    labels = {key: tuple(values) for key, values in (request.get("labels") or {}).items()}
    floor = float(request.get("min_coverage", 100.0))
    if row.state != "done" or row.head is None:
        return Ended(row.name, row.state, row.finished_at, floor, labels=labels)
    first = noticing.is_first(connection, row)
    return Ended(
        row.name,
        row.state,
        row.finished_at,
        floor,
        first,
        labels,
        noticing.members_of(connection, row.id),
        () if first else noticing.new_failures(connection, row),
        () if first else noticing.new_drift(connection, row),
    )


def _due_time(row: Any) -> DueTime:
    selected = json.loads(row.definition).get("population", {}).get("labels", {})
    labels = {key: tuple(values) for key, values in selected.items()}
    return DueTime(row.name, row.due_at, row.decided_at, row.outcome, labels)
