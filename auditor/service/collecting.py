"""One collect shard: ask its sources at once, outside of any transaction, and keep what each gives in one of its own.

A source that has its row is not asked again, whoever works on the shard. Sources over which a worker has died twice are
read one at a time, so that the one that kills its reader is known, and named, and left.
"""

import asyncio
import random
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial

import structlog
from sqlalchemy import Connection

from auditor.domain import Failure, Source
from auditor.errors import InputError
from auditor.runners import GRACE, Collected, Silent, collect_source
from auditor.service import results
from auditor.service.begin import digest_of, open_inventory
from auditor.service.request import Request, request_of
from auditor.service.worker import Heart, StoppingError, Worker, persist
from auditor.store import collected as kept
from auditor.store import phases, shards
from auditor.store.collected import SourceRow
from auditor.store.engine import Store
from auditor.store.shards import Claim

SLACK = 10.0  # seconds beyond deadline and grace, after which a source that does not end is given up with its process
LOOKUPS = 1800.0  # seconds more where the names of thousands of targets may be looked up
LONGEST_WAIT = 1800.0  # seconds between two tries of a source
ALONE = 2  # deaths of a worker from which on a source is read with no other beside it


@dataclass(slots=True)
class Shard:
    """A claimed collect shard and what is known of it."""

    store: Store
    worker: Worker
    claim: Claim
    request: Request
    rows: dict[str, SourceRow]  # what stands already
    deaths: dict[str, int]

    def open(self) -> list[str]:
        """The sources that are still to be asked."""
        return [name for name in self.claim.items["sources"] if not _ended(self.rows.get(name))]

    def note(self, reading: Sequence[str]) -> None:
        """Keep who is being read, before he is."""
        items = {**self.claim.items, "reading": list(reading), "deaths": self.deaths}

        self.claim = persist(self.store, partial(shards.note, claim=self.claim, items=items))

    def leave(self, after: float = 0.0) -> None:
        """Hand it back: nobody is being read any more."""
        claim = replace(self.claim, items={**self.claim.items, "reading": [], "deaths": self.deaths})
        with self.store.writing() as connection:
            shards.hand_back(connection, claim, after)


def _ended(row: SourceRow | None) -> bool:
    return row is not None and not row.result["again"]


def collect_shard(store: Store, claim: Claim, worker: Worker) -> str:
    """Work on a shard until it is done, or is to be gone on with later; says which: done | returned.

    Raises LostShardError, or StoreError when the database could not take a result.
    """
    with store.reading() as connection:
        request = request_of(phases.run_row(connection, claim.key.run).request)
        rows = kept.sources_of(connection, claim.key.run, claim.items["sources"])
    shard = Shard(store, worker, claim, request, rows, _deaths(claim, rows))
    try:
        asyncio.run(_read_all(shard))
    except StoppingError:
        shard.leave()
        return "returned"
    waiting = [row.attempts for row in shard.rows.values() if row.result["again"]]
    if waiting:
        later = min(LONGEST_WAIT, request.retry_after * 2 ** (max(waiting) - 1))
        shard.leave(later * random.uniform(0.75, 1.25) + 0.001)  # noqa: S311 - spreads the load, hides nothing
        return "returned"
    persist(store, partial(shards.finish, claim=shard.claim))
    return "done"


def _deaths(claim: Claim, rows: Mapping[str, SourceRow]) -> dict[str, int]:
    """How often a worker has died over each source: those that the last one was reading have one death more."""
    deaths = {str(name): int(count) for name, count in claim.items.get("deaths", {}).items()}
    for name in claim.items.get("reading", ()):
        if not _ended(rows.get(name)):
            deaths[name] = deaths.get(name, 0) + 1
    return deaths


async def _read_all(shard: Shard) -> None:
    """Ask all open sources; the most dangerous last."""
    loop, main = asyncio.get_running_loop(), asyncio.current_task()

    def interrupt() -> None:
        try:
            loop.call_soon_threadsafe(main.cancel if main else loop.stop)
        except RuntimeError:
            pass  # the loop has ended: so has the work

    writer = ThreadPoolExecutor(1, thread_name_prefix="results")
    with Heart(shard.store, shard.claim, shard.worker, interrupt) as heart:
        heart.when_overdue(partial(_stand_still, shard))
        one = partial(_read, shard, heart, writer)
        try:
            for name in shard.open():
                if shard.deaths.get(name, 0) >= shard.worker.attempts:
                    reason = f"its worker died {shard.deaths[name]} times while reading it"
                    _save(shard, heart, Collected(_declared(shard, name), [], [Failure(name, reason, kind="lost")]))
            suspects = [name for name in shard.open() if shard.deaths.get(name, 0) >= ALONE]
            if together := [name for name in shard.open() if name not in suspects]:
                await loop.run_in_executor(writer, shard.note, together)
                async with asyncio.TaskGroup() as group:
                    for name in together:
                        group.create_task(one(name))
            for name in suspects:
                await loop.run_in_executor(writer, shard.note, [name])
                await one(name)
        except asyncio.CancelledError:
            heart.check()
            raise
        except BaseExceptionGroup as several:
            heart.check()
            raise several.exceptions[0] from None
        finally:
            writer.shutdown(wait=True)


async def _read(shard: Shard, heart: Heart, writer: ThreadPoolExecutor, name: str) -> None:
    """Ask one source and keep what it gives."""
    try:
        source = _source(shard.request, name)
    except InputError as problem:
        found = Collected(_declared(shard, name), [], [Failure(name, str(problem), kind="unreadable")])
    else:
        heart.watch(name, source.deadline + GRACE + SLACK + (LOOKUPS if source.resolve_names else 0.0))
        found = await collect_source(source, Silent())
    heart.done(name)
    row = await asyncio.get_running_loop().run_in_executor(writer, _save, shard, heart, found)
    structlog.get_logger().info("source done", source=row.source, status=row.status, seconds=row.seconds)


def _save(shard: Shard, heart: Heart, found: Collected) -> SourceRow:
    """Keep what a source gave, and know it."""

    def write(connection: Connection) -> SourceRow:
        heart.fence(connection)
        return _keep(connection, shard, found)

    row = shard.rows[found.source.name] = persist(shard.store, write, heart.check)
    return row


def _source(request: Request, name: str) -> Source:
    """The source with its secrets, as its inventory declares it now. Raises InputError."""
    return open_inventory(request.inventory, digest_of(request.inventory)).source(name)


def _declared(shard: Shard, name: str) -> Source:
    """The source as far as it can be known without its secrets, or the file that they stand in."""
    try:
        return open_inventory(shard.request.inventory, digest_of(shard.request.inventory)).source(name, secrets=False)
    except InputError:
        if (row := shard.rows.get(name)) is not None:
            return results.source_of(row.result)
        kinds = dict(zip(shard.claim.items["sources"], shard.claim.items["kinds"], strict=True))
        return Source(name, kinds[name])


def _keep(connection: Connection, shard: Shard, found: Collected) -> SourceRow:
    """Write what a source gave, after what it gave in an earlier try of this run."""
    source, run, earlier = found.source, shard.claim.key.run, shard.rows.get(found.source.name)
    stored, unfit = results.storable(found.captures, source.name)
    said = results.failures_of(results.result_of(source, [*found.failures, *unfit]))
    tries = 1
    targets = {(one.platform, one.target) for one in stored}
    if earlier is not None:
        tries = earlier.attempts + 1
        targets |= kept.captured(connection, run, source.name)
        said = results.merged(results.failures_of(earlier.result), said, targets)
    again = results.heals(said) and tries < shard.request.tries and shard.deaths.get(source.name, 0) < ALONE
    row = results.row_of(source, said, len(targets), found.seconds, tries, again=again)
    kept.put_source(connection, run, row, stored)
    return row


def _stand_still(shard: Shard, names: Sequence[str]) -> None:
    """Hand the shard back whose process holds a source that cannot be cut off: late are all that are read beside it.

    The one that was read with no other is named; of several none is blamed, and each is read alone from now on.
    """
    open_ = [name for name in shard.claim.items["reading"] if not _ended(shard.rows.get(name))]
    with shard.store.writing() as connection:
        shards.renew(connection, shard.claim)
        for name in open_:
            shard.deaths[name] = max(ALONE, shard.deaths.get(name, 0))
        if len(open_) == 1 and list(names) == open_:
            reason = "no end after its deadline, and it could not be cut off"
            failure = Failure(open_[0], reason, kind="timeout")
            _keep(connection, shard, Collected(_declared(shard, open_[0]), [], [failure]))
        claim = replace(shard.claim, items={**shard.claim.items, "reading": [], "deaths": shard.deaths})
        shards.hand_back(connection, claim)
