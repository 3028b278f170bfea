"""How the pipeline is spread over sources. A runner is the only difference between a laptop and the service."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from auditor.collectors import Collector, collector_for
from auditor.domain import Capture, Failure, Source
from auditor.errors import InputError
from auditor.resolving import with_names

GRACE = 5.0  # seconds that a collector may take to end in order after its deadline
MAX_REASON = 600  # characters of a reason that came from outside


@dataclass(slots=True)
class Collected:
    """Everything that one source gave, in the order of arrival."""

    source: Source
    captures: Sequence[Capture] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    seconds: float = 0.0


class Progress(Protocol):
    """Watches a run."""

    def update(self, collected: Collected, stage: str) -> None:
        """`stage`: waiting | reading | done."""
        ...


class Runner(Protocol):
    """Collects from all sources; one that fails never ends the others."""

    async def collect(self, sources: Sequence[Source], progress: Progress) -> list[Collected]:
        """One result per source, in the order of `sources`."""
        ...


class Silent:
    """Progress that nobody watches."""

    def update(self, collected: Collected, stage: str) -> None:
        """Say nothing."""


async def collect_source(source: Source, progress: Progress) -> Collected:
    """Ask one source, for at most its deadline. Whatever goes wrong becomes a Failure: this never raises."""
    captures: list[Capture] = []
    collected = Collected(source, captures)
    progress.update(collected, "reading")
    begun = time.monotonic()
    try:
        async with asyncio.timeout(source.deadline + GRACE):
            await _drain(collector_for(source.kind), collected, captures, progress)
    except TimeoutError:
        reason = f"no end after {source.deadline:.0f} s, the deadline of this source"
        collected.failures.append(Failure(source.name, reason, kind="timeout"))
    except InputError as problem:
        collected.failures.append(Failure(source.name, str(problem), kind="unreadable"))
    except Exception as problem:  # one bad source never ends a run (architecture, law 5)
        reason = f"the collector broke off: {type(problem).__name__}: {problem}"
        collected.failures.append(Failure(source.name, reason[:MAX_REASON], kind="unreadable"))
    collected.captures = await with_names(captures, source)
    collected.seconds = time.monotonic() - begun
    if not collected.captures and not collected.failures:
        collected.failures.append(Failure(source.name, "the source answered with nothing", kind="unreadable"))
    progress.update(collected, "done")
    return collected


async def _drain(collector: Collector, collected: Collected, captures: list[Capture], progress: Progress) -> None:
    items = collector.fetch(collected.source, collected.source.deadline)
    async for item in items:
        if isinstance(item, Capture):
            captures.append(item)
        else:
            collected.failures.append(item)
        progress.update(collected, "reading")


class SerialRunner:
    """One source after the other."""

    async def collect(self, sources: Sequence[Source], progress: Progress) -> list[Collected]:
        """One result per source."""
        return [await collect_source(source, progress) for source in sources]


class ConcurrentRunner:
    """Up to `limit` sources at once on one event loop; collectors move blocking work to threads of their own."""

    def __init__(self, limit: int = 100) -> None:
        self._limit = limit

    async def collect(self, sources: Sequence[Source], progress: Progress) -> list[Collected]:
        """One result per source, in the order of `sources`."""
        gate = asyncio.Semaphore(self._limit)

        async def one(source: Source) -> Collected:
            progress.update(Collected(source), "waiting")
            async with gate:
                return await collect_source(source, progress)

        return list(await asyncio.gather(*(one(source) for source in sources)))


def run_sync(runner: Runner, sources: Sequence[Source], progress: Progress | None = None) -> list[Collected]:
    """`runner.collect` from code without an event loop."""
    return asyncio.run(runner.collect(sources, progress or Silent()))
