"""The course of a run: begun, collecting, judging, rendering, over. Every step is taken once, whoever tries it."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, and_, exists, insert, select, update

from auditor.evidence.captures import canonical
from auditor.store.engine import now
from auditor.store.sql import clean, table_of
from auditor.store.tables import RunRow, Shard

OPEN = ("collecting", "judging", "rendering")
_RUN, _SHARD = table_of(RunRow), table_of(Shard)
_STILL_OPEN = ("pending", "running")


class Piece(NamedTuple):
    """A shard to be made."""

    items: Mapping[str, Any]
    exclusive: str = ""


class Ended(NamedTuple):
    """A shard as it stands."""

    number: int
    state: str
    items: str
    error: str


def is_taken(connection: Connection, name: str) -> bool:
    """Whether a run is called so."""
    return connection.scalar(select(_RUN.c.id).where(_RUN.c.name == name)) is not None


def run_row(connection: Connection, run: int) -> Any:
    """The run's row. Raises LookupError when there is none."""
    row = connection.execute(select(_RUN).where(_RUN.c.id == run)).first()
    if row is None:
        raise LookupError(f"there is no run {run}")
    return row


def add_shards(connection: Connection, run: int, kind: str, pieces: Sequence[Piece]) -> None:
    """Make the shards of a phase. They stand before anybody is told of them."""
    rows = [
        {
            "run": run,
            "kind": kind,
            "number": number,
            "items": canonical(piece.items).decode(),
            "exclusive": clean(piece.exclusive, 300),
            "state": "pending",
            "attempt": 0,
            "worker": "",
            "error": "",
        }
        for number, piece in enumerate(pieces)
    ]
    if rows:
        connection.execute(insert(_SHARD), rows)


def open_runs(connection: Connection) -> list[tuple[int, str]]:
    """Number and state of every run that is not over, oldest first."""
    rows = connection.execute(select(_RUN.c.id, _RUN.c.state).where(_RUN.c.state.in_(OPEN)).order_by(_RUN.c.id))
    return [(number, state) for number, state in rows]


def open_run_of(connection: Connection, schedule: int) -> str | None:
    """The name of a run of the schedule that is not over, None when there is none."""
    query = select(_RUN.c.name).where(_RUN.c.schedule == schedule, _RUN.c.state.in_(OPEN)).order_by(_RUN.c.id)
    return connection.scalar(query.limit(1))


def shards_of(connection: Connection, run: int, kind: str) -> list[Ended]:
    """The shards of one phase."""
    columns = (_SHARD.c.number, _SHARD.c.state, _SHARD.c["items"], _SHARD.c.error)
    query = select(*columns).where(_SHARD.c.run == run, _SHARD.c.kind == kind).order_by(_SHARD.c.number)
    return [Ended(*row) for row in connection.execute(query)]


def leave_phase(connection: Connection, run: int, kind: str, state: str, after: str, message: str = "") -> bool:
    """Take the run from `state` to `after`, if it is still there and no shard of `kind` is open. Once, for all who try.

    `message` is added to what the run says already; a run that is over gets its end.
    """
    open_shard = exists().where(_SHARD.c.run == run, _SHARD.c.kind == kind, _SHARD.c.state.in_(_STILL_OPEN))
    return _go(connection, run, and_(_RUN.c.state == state, ~open_shard), after, message)


def close_run(connection: Connection, run: int, state: str, message: str) -> bool:
    """End an open run with `state` (failed, cancelled); its open shards are over, and who works on one loses it."""
    if not _go(connection, run, _RUN.c.state.in_(OPEN), state, message):
        return False
    connection.execute(
        update(_SHARD)
        .where(_SHARD.c.run == run, _SHARD.c.state.in_(_STILL_OPEN))
        .values(state="failed", lease=None, worker="", error=clean(message))
    )
    return True


def _go(connection: Connection, run: int, condition: Any, after: str, message: str) -> bool:
    query = select(_RUN.c.message).where(_RUN.c.id == run).with_for_update()
    before = connection.scalar(query) or ""
    lines = [*before.splitlines(), *message.splitlines()]
    said = clean("\n".join(dict.fromkeys(line for line in lines if line)))
    values: dict[str, Any] = {"message": said, "state": after}
    if after not in OPEN:
        values["finished_at"] = now(connection)
    return connection.execute(update(_RUN).where(_RUN.c.id == run, condition).values(**values)).rowcount == 1
