"""The sweep: what keeps every run going, whoever died. Any process may do it, as often as it likes, several at once.

It takes shards from workers whose lease has ended, tells of shards that wait, and takes a run to its next phase when
the shards of the last one are over. What it decides stands in the database; a message that is lost is sent again.
"""

from collections.abc import Callable
from typing import NamedTuple

import structlog
from sqlalchemy import Connection

from auditor.service.request import request_of
from auditor.store import phases, shards
from auditor.store.engine import Store, StoreError
from auditor.store.phases import Piece
from auditor.store.shards import Key

RESEND = 120.0  # seconds after which a shard that waits is told of again: longer than a queue is usually long
Publish = Callable[[str, int, int], bool]  # (kind, run, number); False: the broker did not take it


class Swept(NamedTuple):
    """What a sweep did."""

    expired: int  # shards taken from workers that were silent for too long
    moved: int  # runs that went to their next phase
    published: int
    refused: int  # messages that the broker did not take


def sweep(store: Store, publish: Publish | None = None, *, resend: float = RESEND) -> Swept:
    """One round. Without `publish` nothing is told: workers look for themselves (`service.polling`).

    Raises StoreError when the database is away; the next round goes on.
    """
    with store.writing() as connection:
        expired = shards.expire(connection)
    with store.reading() as connection:
        going = phases.open_runs(connection)
    moved = 0
    for run, state in going:
        with store.writing() as connection:
            moved += _advance(connection, run, state)
    if publish is None:
        return Swept(expired, moved, 0, 0)
    with store.writing() as connection:
        due = shards.take_due(connection, resend)
    refused = _tell(due, publish)
    if refused:
        with store.writing() as connection:
            shards.unsend(connection, refused)
    return Swept(expired, moved, len(due) - len(refused), len(refused))


def advance(store: Store, run: int) -> None:
    """Take one run to its next phase if its present one is over: what the next sweep would do, at once.

    For whoever has just ended a shard; where the database cannot do it now, a sweep will.
    """
    try:
        with store.reading() as connection:
            state = phases.run_row(connection, run).state
        if state in phases.OPEN:
            with store.writing() as connection:
                _advance(connection, run, state)
    except StoreError as problem:
        structlog.get_logger().info("the run waits for a sweep", reason=str(problem)[:300])


def _tell(due: list[Key], publish: Publish) -> list[Key]:
    """Publish each; those that were not taken. A broker that is away is asked once a round."""
    for number, key in enumerate(due):
        try:
            taken = publish(key.kind, key.run, key.number)
        except Exception as problem:  # whatever a broker's client raises, the shard waits for the next round
            structlog.get_logger().warning("broker", problem=type(problem).__name__)
            taken = False
        if not taken:
            return due[number:]
    return []


def _advance(connection: Connection, run: int, state: str) -> bool:
    """Take a run to its next phase if its present one is over."""
    return {"collecting": _collected, "judging": _judged, "rendering": _rendered}[state](connection, run)


def _collected(connection: Connection, run: int) -> bool:
    if not phases.leave_phase(connection, run, "collect", "collecting", "judging", _errors(connection, run, "collect")):
        return False
    phases.add_shards(connection, run, "judge", [Piece({})])
    return True


def _judged(connection: Connection, run: int) -> bool:
    if any(one.state == "failed" for one in phases.shards_of(connection, run, "judge")):
        return phases.leave_phase(connection, run, "judge", "judging", "failed", _errors(connection, run, "judge"))
    row = phases.run_row(connection, run)
    formats = request_of(row.request).formats
    message = "" if row.population else "nothing was audited: every target is excluded"
    if missed := row.population - row.collected:
        message = f"{missed} of {row.population} targets were not read"
    if not phases.leave_phase(connection, run, "judge", "judging", "rendering" if formats else "done", message):
        return False
    phases.add_shards(connection, run, "render", [Piece({"format": form}) for form in formats])
    return True


def _rendered(connection: Connection, run: int) -> bool:
    return phases.leave_phase(connection, run, "render", "rendering", "done", _errors(connection, run, "render"))


def _errors(connection: Connection, run: int, kind: str) -> str:
    found = [one.error for one in phases.shards_of(connection, run, kind) if one.state == "failed" and one.error]
    return "\n".join(dict.fromkeys(found))
