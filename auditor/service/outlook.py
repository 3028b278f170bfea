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
from auditor.store.outlook.kept import CHANGES, COUNTS, FIGURES

Figures = Mapping[str, Any]
REMEMBERED, MOST_REMEMBERED = 60.0, 300  # seconds, entries: of what cannot be kept while a run goes on
_memory: WeakKeyDictionary[Engine, OrderedDict[Any, tuple[float, Figures]]] = WeakKeyDictionary()
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
    with store.reading() as connection:
        if (found := kept.get(connection, FIGURES, [run.id], reach)) or (found := _told(store, run.id, reach)):
            return found[int(run.id)]
    with _one_counts:  # a crowd of readers counts once
        with store.reading() as connection:
            if (found := kept.get(connection, FIGURES, [run.id], reach)) or (found := _told(store, run.id, reach)):
                return found[run.id]
            made, busy = counted(connection, run, reach), lines.is_any_open(connection)
        _tell(store, run.id, reach, made)
        if not busy:  # a run that goes on may change labels, and should not be waited for
            with store.writing() as connection:
                kept.put(connection, FIGURES, {run.id: made}, reach)
    return made


def counts_of(store: Store, rows: Sequence[Any], reach: Reach) -> dict[int, dict[str, int]]:
    """population, collected, stale and the counts of checks of runs with a result, within reach, by number."""
    names = ("population", "collected", "stale", *COUNTED)
    if reach.everything:
        return {row.id: {name: getattr(row, name) for name in names} for row in rows}
    with store.reading() as connection:
        found = {run: dict(one) for run, one in kept.get(connection, COUNTS, [row.id for row in rows], reach).items()}
        missing = [row.id for row in rows if row.id not in found]
        fresh = runs.counts(connection, missing, reach) if missing else {}
        busy = lines.is_any_open(connection)
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


def _told(store: Store, run: int, reach: Reach) -> dict[int, Figures]:
    found = _memory.get(store.engine, OrderedDict()).get((run, kept.key_of(reach)))
    return {run: found[1]} if found and time.monotonic() - found[0] < REMEMBERED else {}


def _tell(store: Store, run: int, reach: Reach, made: Figures) -> None:
    own = _memory.setdefault(store.engine, OrderedDict())
    own[run, kept.key_of(reach)] = time.monotonic(), made
    while len(own) > MOST_REMEMBERED:
        own.popitem(last=False)
