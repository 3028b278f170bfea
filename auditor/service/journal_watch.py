"""How far the journal's chain was walked since this process began: a piece at a time, so that nobody waits for all."""

import threading
import time
from dataclasses import dataclass, replace
from datetime import datetime
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine

from auditor.store.engine import now
from auditor.store.journal import START, Verified, last_number, verify_on

PIECE = 1000  # entries
_lock = threading.Lock()
_walks: WeakKeyDictionary[Engine, "Walk"] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class Walk:
    """What was found: entries 1 to `found.entries` hold, as they were read between `began` and `at`."""

    found: Verified
    began: datetime
    at: datetime
    last: int  # number of the newest entry

    @property
    def left(self) -> int:
        """How many entries nobody has looked at yet."""
        return 0 if self.found.broken is not None else max(0, self.last - self.found.entries)


def walk_on(connection: Connection, seconds: float = 0.0, *, anew: bool = False) -> Walk:
    """Look at one more piece, and at more of them while there are `seconds` left; `anew` from the first entry.

    A chain that broke is not walked on, and one that is shorter than it was is looked at anew. While somebody else is
    walking, what is known by then is the answer.
    """
    known = _walks.get(connection.engine)
    if not _lock.acquire(blocking=known is None):
        assert known is not None  # noqa: S101  else it was waited for
        return known
    try:
        engine, at, last = connection.engine, now(connection), last_number(connection)
        walk = _walks.get(engine)
        if walk is None or anew or last < walk.found.entries:
            walk = Walk(Verified(0, START), at, at, last)
        walk, end = replace(walk, at=at, last=last), time.monotonic() + seconds
        while walk.left:
            walk = replace(walk, found=verify_on(connection, walk.found, PIECE))
            if time.monotonic() >= end:
                break
        _walks[engine] = walk
        return walk
    finally:
        _lock.release()
