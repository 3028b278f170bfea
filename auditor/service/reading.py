"""The sources of a run as they were stored, for the same pipeline that judges live ones."""

from collections.abc import Iterator, Sequence
from typing import Any, overload

import orjson
from sqlalchemy import Connection, Row

from auditor.domain import Capture, Failure, Source
from auditor.runners import Collected, Progress
from auditor.service import results
from auditor.store import collected, phases
from auditor.store.engine import Store
from auditor.store.sql import in_batches

AT_ONCE = 50  # captures in memory


class StoredRunner:
    """A Runner that talks to nobody: it gives back what a run has stored."""

    def __init__(self, store: Store, run: int) -> None:
        self._store, self._run = store, run

    def sources(self) -> list[Source]:
        """Every source that the run was to ask, without secrets, in the order of its shards."""
        with self._store.reading() as connection:
            rows = collected.sources_of(connection, self._run)
            return [
                results.source_of(rows[name].result) if name in rows else Source(name, kind)
                for name, kind, _ in _asked(connection, self._run)
            ]

    async def collect(self, sources: Sequence[Source], progress: Progress) -> list[Collected]:
        """One result per source, in the order of `sources`. Their captures are read when they are asked for."""
        found = []
        with self._store.reading() as connection:
            rows = collected.sources_of(connection, self._run)
            errors = {name: error for name, _, error in _asked(connection, self._run)}
            for source in sources:
                if (row := rows.get(source.name)) is None:
                    reason = errors.get(source.name) or "it was not asked"
                    one = Collected(source, [], [Failure(source.name, reason, kind="lost")])
                else:
                    rest = collected.capture_rows(connection, self._run, source.name)
                    failures = results.failures_of(row.result)
                    one = Collected(source, StoredCaptures(self._store, rest), failures, row.seconds)
                found.append(one)
                progress.update(one, "done")
        return found


class StoredCaptures(Sequence[Capture]):
    """Captures that are read when they are asked for: those of thousands of hosts are never in memory at once.

    Raises StoreError when one is gone, or is not what it was.
    """

    def __init__(self, store: Store, rows: Sequence[Row[Any]]) -> None:
        self._store, self._rows = store, rows

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[Capture]:
        for rows in in_batches(self._rows, AT_ONCE):
            yield from self._read(rows)

    @overload
    def __getitem__(self, place: int) -> Capture: ...

    @overload
    def __getitem__(self, place: slice) -> list[Capture]: ...

    def __getitem__(self, place: int | slice) -> Capture | list[Capture]:
        if isinstance(place, slice):
            return self._read(self._rows[place])
        return self._read([self._rows[place]])[0]

    def _read(self, rows: Sequence[Row[Any]]) -> list[Capture]:
        with self._store.reading() as connection:
            return collected.captures_in(connection, rows)


def _asked(connection: Connection, run: int) -> list[tuple[str, str, str]]:
    """(name, kind, why its shard failed) of each source of a run."""
    found = []
    for shard in phases.shards_of(connection, run, "collect"):
        items = orjson.loads(shard.items)
        found += [(name, kind, shard.error) for name, kind in zip(items["sources"], items["kinds"], strict=True)]
    return found
