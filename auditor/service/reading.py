"""The sources of a run as they were stored, for the same pipeline that judges live ones."""

from collections.abc import Sequence

import orjson
from sqlalchemy import Connection

from auditor.domain import Failure, Source
from auditor.runners import Collected, Progress
from auditor.service import results
from auditor.store import collected, phases
from auditor.store.engine import Store


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
        """One result per source, in the order of `sources`. Raises StoreError when one is not what it was."""
        found = []
        with self._store.reading() as connection:
            rows = collected.sources_of(connection, self._run)
            errors = {name: error for name, _, error in _asked(connection, self._run)}
            for source in sources:
                if (row := rows.get(source.name)) is None:
                    reason = errors.get(source.name) or "it was not asked"
                    one = Collected(source, [], [Failure(source.name, reason, kind="lost")])
                else:
                    captures = collected.captures_of(connection, self._run, source.name)
                    one = Collected(source, captures, results.failures_of(row.result), row.seconds)
                found.append(one)
                progress.update(one, "done")
        return found


def _asked(connection: Connection, run: int) -> list[tuple[str, str, str]]:
    """(name, kind, why its shard failed) of each source of a run."""
    found = []
    for shard in phases.shards_of(connection, run, "collect"):
        items = orjson.loads(shard.items)
        found += [(name, kind, shard.error) for name, kind in zip(items["sources"], items["kinds"], strict=True)]
    return found
