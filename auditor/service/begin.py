"""A run begins: its sources are shared out, and all of that stands in the database before anybody is told of it."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path

from sqlalchemy import Connection

from auditor.collectors import collector_for
from auditor.domain import Source
from auditor.errors import InputError
from auditor.inventory.load import Inventory, OpenInventory
from auditor.inventory.select import needed
from auditor.pipeline import run_id
from auditor.service.request import Out, Request
from auditor.store import phases, runs
from auditor.store.engine import now
from auditor.store.phases import Piece
from auditor.store.sql import in_batches

TOGETHER = 25  # sources in one shard: enough to be worth a claim, few enough that little is repeated
PORTS = {"vcenter": 443}


def begin(
    connection: Connection, request: Request, *, schedule: int | None = None, requested_by: str | None = None
) -> int:
    """The number of a run that begins now, with all its shards, in the caller's transaction.

    One that finds nothing to do is over at once: its row's `message` says why, its `state` is "done" and it has no
    shards. Raises InputError for an inventory that is faulty: then there is no run.
    """
    digest = digest_of(request.inventory)
    declared = declared_in(request.inventory, digest)
    chosen, nothing = narrowed(declared, request)
    request = request.model_copy(
        update={
            "inventory": str(Path(request.inventory).absolute()),
            "inventory_sha256": digest,
            "excluded": tuple(
                Out(target=one.target, reason=one.reason, until=one.until, platform=one.platform)
                for one in declared.excluded
            ),
            "requested_by": request.requested_by if requested_by is None else requested_by,
        }
    )
    started = now(connection).replace(microsecond=0)
    name = run_id(started)
    while phases.is_taken(connection, name):
        name = run_id(started)
    run = runs.new_run(
        connection,
        name,
        request.series(),
        request.model_dump(mode="json"),
        schedule=schedule,
        requested_by=request.requested_by,
        whole=not request.patterns,
        started_at=started,
        message=nothing,
        state="done" if nothing else "collecting",
        finished_at=started if nothing else None,
    )
    phases.add_shards(connection, run, "collect", list(pieces(chosen)))
    return run


def narrowed(declared: Inventory, request: Request) -> tuple[list[Source], str]:
    """The sources that the request is for; when there are none, why."""
    labelled = [source for source in declared.sources if request.wants(source.labels)]
    if not labelled:
        wanted = " and ".join(f"{key}={'|'.join(values)}" for key, values in sorted(request.labels.items()))
        return [], f"nothing to do: no source of {len(declared.sources)} has the label {wanted}"
    chosen = needed(request.patterns, labelled)
    if not chosen:
        return [], f"nothing to do: no source or target matches {' '.join(request.patterns)}"
    return chosen, ""


def pieces(sources: Iterable[Source]) -> Iterator[Piece]:
    """The shards: a source that allows one session has one of its own; the slowest kinds come first."""
    listed = sorted(sources, key=lambda source: -source.deadline)
    rest: list[Source] = []
    for source in listed:
        if name := one_session(source):
            yield _piece([source], name)
        else:
            rest.append(source)
    for batch in in_batches(rest, TOGETHER):
        yield _piece(batch)


def _piece(sources: Sequence[Source], exclusive: str = "") -> Piece:
    """A shard that knows so much of its sources that they have a place in the report whatever becomes of the file."""
    return Piece({"sources": [one.name for one in sources], "kinds": [one.kind for one in sources]}, exclusive)


def one_session(source: Source) -> str:
    """The name under which only one session at a time may be open, "" for a source that bears more."""
    if not getattr(collector_for(source.kind), "ONE_SESSION", False):
        return ""
    return f"{source.kind}:{source.address.lower()}:{source.port or PORTS.get(source.kind, '')}"


def digest_of(file: str) -> str:
    """SHA-256 of an inventory's bytes, in hexadecimal. Raises InputError."""
    try:
        return hashlib.sha256(Path(file).read_bytes()).hexdigest()
    except OSError as problem:
        raise InputError(f"the inventory cannot be read: {problem.strerror}", where=file) from None


@lru_cache(maxsize=8)
def open_inventory(file: str, digest: str) -> OpenInventory:
    """The inventory with these bytes, read once in a process. Raises InputError."""
    return OpenInventory(Path(file))


def declared_in(file: str, digest: str) -> Inventory:
    """All that an inventory declares, without secrets. Raises InputError."""
    return open_inventory(file, digest).whole(secrets=False)
