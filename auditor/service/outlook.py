"""The figures of a judged run as a scope sees them: counted once, kept in the database, told to every reader."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine

from auditor.access import Reach
from auditor.service.counting import counted
from auditor.store import phases
from auditor.store.engine import Store
from auditor.store.history import COUNTED
from auditor.store.listing import runs
from auditor.store.listing.looks import WHOLE
from auditor.store.outlook import changes, kept, lines
from auditor.store.outlook.kept import CHANGES, COUNTS, FIGURES, TURNS

Figures = Mapping[str, Any]
Key = tuple[str, int, str]  # what, run, scope
REMEMBERED, MOST_REMEMBERED = 60.0, 2000  # seconds, entries: of what cannot be kept while a run goes on
_memory: WeakKeyDictionary[Engine, OrderedDict[Key, tuple[float, Figures]]] = WeakKeyDictionary()
_one_counts = threading.Lock()


def remember(store: Store, run: int, fence: Callable[[Connection], None]) -> None:
    """Count what is told of a run that was judged right now. Raises StoreError, and what `fence` raises."""
    with store.reading() as connection:
        row = phases.run_row(connection, run)
        found, figures = changes.found_in(connection, row), counted(connection, row, WHOLE)
    with store.writing() as connection:
        fence(connection)
        changes.keep(connection, run, found, WHOLE)
        kept.put(connection, FIGURES, {run: figures}, WHOLE)


def figures_of(store: Store, run: Any, reach: Reach) -> Figures:
    """The figures of a judged run (its row), as `counting.counted` says. Who asks first waits for them."""
    return _once(store, FIGURES, run, reach, lambda connection: counted(connection, run, reach))


def turns_of(store: Store, run: Any, reach: Reach) -> Figures:
    """How much changed with a judged run (its row), as `changes.counts` says."""
    changes_ready(store, run)
    return _once(store, TURNS, run, reach, lambda connection: changes.counts(connection, run.id, reach))


def _once(store: Store, what: str, run: Any, reach: Reach, count: Callable[[Connection], Figures]) -> Figures:
    key = what, int(run.id), kept.key_of(reach)
    with store.reading() as connection:
        if (found := kept.get(connection, what, [key[1]], reach)) or (found := _told(store, key)):
            return found[key[1]]
    with _one_counts:  # a crowd of readers counts once
        with store.reading() as connection:
            if (found := kept.get(connection, what, [key[1]], reach)) or (found := _told(store, key)):
                return found[key[1]]
            made, busy = count(connection), lines.is_any_open(connection)
        _tell(store, key, made)
        if not busy:  # a run that goes on may change labels, and should not be waited for
            with store.writing() as connection:
                kept.put(connection, what, {key[1]: made}, reach)
    return made


def counts_of(store: Store, rows: Sequence[Any], reach: Reach) -> dict[int, dict[str, int]]:
    """population, collected, stale and the counts of checks of runs with a result, within reach, by number.

    They are those of when somebody first asked: a host that has other labels since is counted as before.
    """
    names = ("population", "collected", "stale", *COUNTED)
    if reach.everything:
        return {row.id: {name: getattr(row, name) for name in names} for row in rows}
    with store.reading() as connection:
        found = {run: dict(one) for run, one in kept.get(connection, COUNTS, [row.id for row in rows], reach).items()}
        for row in rows:
            found |= {run: dict(one) for run, one in _told(store, (COUNTS, row.id, kept.key_of(reach))).items()}
        missing = [row.id for row in rows if row.id not in found]
        summed = runs.counts(connection, missing, reach) if missing else {}
        fresh = {run: summed.get(run) or dict.fromkeys(names, 0) for run in missing}
        busy = lines.is_any_open(connection)
    for run, one in fresh.items():
        _tell(store, (COUNTS, run, kept.key_of(reach)), one)
    if fresh and not busy:
        with store.writing() as connection:
            kept.put(connection, COUNTS, fresh, reach)
    return found | fresh


def changes_ready(store: Store, run: Any) -> None:
    """See to it that the changes of a judged run stand in their table: of one that an older release judged, now."""
    with store.reading() as connection:
        if kept.get(connection, CHANGES, [run.id], WHOLE):
            return
    with _one_counts:
        with store.reading() as connection:
            if kept.get(connection, CHANGES, [run.id], WHOLE):
                return
            found = changes.found_in(connection, run)
        with store.writing() as connection:
            changes.keep(connection, run.id, found, WHOLE)


def _told(store: Store, key: Key) -> dict[int, Figures]:
    found = _memory.get(store.engine, OrderedDict()).get(key)
    return {key[1]: found[1]} if found and time.monotonic() - found[0] < REMEMBERED else {}


def _tell(store: Store, key: Key, made: Figures) -> None:
    own = _memory.setdefault(store.engine, OrderedDict())
    own[key] = time.monotonic(), made
    while len(own) > MOST_REMEMBERED:
        own.popitem(last=False)
