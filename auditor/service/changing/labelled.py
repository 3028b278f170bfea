"""Drift that an approved change foretold: which one, where the value is what it said it would be.

A change counts for a reading when it was approved in the 90 days before it: what a document of a run says stays so.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from auditor.domain import ABSENT
from auditor.facts.observed import plain_value
from auditor.golden.places import steps
from auditor.store import changes
from auditor.store.changes import Approved

KEPT = timedelta(days=90)
MOST = 500  # snapshots that are looked into for one page or document
Key = tuple[str, str, str]  # platform, source, own name
Label = dict[str, Any]


class Labels:
    """Approved changes of targets. Made for one page or document, and asked while its connection is open."""

    def __init__(self, connection: Connection, earliest: datetime) -> None:
        """`earliest`: the oldest of the readings that it will be asked about."""
        self._connection = connection
        self._of: dict[Key, list[Approved]] = {}
        for one in changes.approved_since(connection, earliest - KEPT):
            self._of.setdefault((one.platform, one.source, one.own), []).append(one)
        self._read: dict[int, Mapping[str, Any]] = {}

    @property
    def known(self) -> bool:
        """Whether there is any change at all that could have foretold something."""
        return bool(self._of)

    def of(self, key: Key, read_at: datetime, drift: Mapping[str, Any]) -> Label | None:
        """{id, ticket} of the newest change that foretold a drift entry of a target; None where none did."""
        if drift["change"] == "unknown" or not drift["path"]:
            return None
        for one in self._of.get(key, ()):
            if one.decided_at <= read_at <= one.decided_at + KEPT and self._foretold(one, drift):
                return {"id": one.name, "ticket": one.ticket or None}
        return None

    def _foretold(self, one: Approved, drift: Mapping[str, Any]) -> bool:
        if one.snapshots not in self._read and len(self._read) >= MOST:
            return False
        if one.snapshots not in self._read:
            self._read[one.snapshots] = changes.snapshots_in(self._connection, one.snapshots)
        found = self._read[one.snapshots]
        return foretold(found["before"]["facts"], found["predicted"]["facts"], drift)


def foretold(before: Mapping[str, Any], predicted: Mapping[str, Any], drift: Mapping[str, Any]) -> bool:
    """Whether a change from one to the other does what a drift entry found."""
    way = [name for name, _ in steps(drift["path"])]
    old: Any = before
    new: Any = predicted
    rest = way
    for place, name in enumerate(way):
        if isinstance(new, list) or isinstance(old, list):
            rest = way[place:]
            break
        old, new, rest = _below(old, name), _below(new, name), []
    if rest:  # a member of a list
        was, now = (one if isinstance(one, Sequence) else () for one in (old, new))
        if drift["change"] == "missing":
            return drift["expected"] in was and drift["expected"] not in now
        return drift["actual"] in now and drift["actual"] not in was
    return bool(plain_value(new) == drift["actual"] and plain_value(old) != drift["actual"])


def _below(value: Any, name: str) -> Any:
    found = value.get(name) if isinstance(value, Mapping) else None
    return ABSENT if found is None else found
