"""What the sources of a run gave: their captures and how each of them ended, before anything is judged."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, Row, select

from auditor.domain import Capture
from auditor.evidence.captures import canonical
from auditor.store import blobs
from auditor.store.engine import now
from auditor.store.sql import clean, in_batches, table_of, upsert
from auditor.store.tables import RunCapture, RunSource

LONGEST = 512  # characters of a target's name: PostgreSQL takes no longer keys
_SOURCE, _CAPTURE = table_of(RunSource), table_of(RunCapture)


class SourceRow(NamedTuple):
    """How a source ended in a run; `result` is as `service.results` writes it."""

    source: str
    status: str
    seconds: float
    attempts: int
    result: Mapping[str, Any]


def put_source(connection: Connection, run: int, row: SourceRow, captures: Sequence[Capture]) -> None:
    """Keep what a source gave, in place of what it gave before: written twice, it stands once.

    Captures have different names (`pipeline.distinct`) that `clean` leaves alone; earlier ones of other targets stay.
    """
    bodies = blobs.put_many(connection, [canonical(one.body) for one in captures])
    abouts = blobs.put_many(connection, [canonical(_about(one)) for one in captures])
    rows = [
        {
            "run": run,
            "source": row.source,
            "platform": one.platform,
            "target": one.target,
            "number": number,
            "taken_at": one.taken_at,
            "capture": body,
            "about": about,
        }
        for number, (one, body, about) in enumerate(zip(captures, bodies, abouts, strict=True))
    ]
    for batch in in_batches(rows):
        upsert(connection, _CAPTURE, batch)
    ended = {
        "run": run,
        "source": row.source,
        "status": row.status,
        "seconds": row.seconds,
        "attempts": row.attempts,
        "result": blobs.put_json(connection, row.result),
        "finished_at": now(connection),
    }
    upsert(connection, _SOURCE, [ended])


def sources_of(connection: Connection, run: int, names: Iterable[str] | None = None) -> dict[str, SourceRow]:
    """How sources of a run ended, by name: all that have, or those of `names` that have."""
    columns = (_SOURCE.c.source, _SOURCE.c.status, _SOURCE.c.seconds, _SOURCE.c.attempts, _SOURCE.c.result)
    query = select(*columns).where(_SOURCE.c.run == run)
    queries = [query] if names is None else [query.where(_SOURCE.c.source.in_(batch)) for batch in in_batches(names)]
    rows = [row for one in queries for row in connection.execute(one).all()]
    return {
        name: SourceRow(name, status, seconds, attempts, blobs.get_json(connection, result))
        for name, status, seconds, attempts, result in rows
    }


def captured(connection: Connection, run: int, source: str) -> set[tuple[str, str]]:
    """(platform, target) of each capture of a source."""
    query = select(_CAPTURE.c.platform, _CAPTURE.c.target).where(_CAPTURE.c.run == run, _CAPTURE.c.source == source)
    return {(platform, target) for platform, target in connection.execute(query)}


def captures_of(connection: Connection, run: int, source: str) -> list[Capture]:
    """The captures of a source, in the order of their arrival. Raises StoreError when one is gone or was changed."""
    return captures_in(connection, capture_rows(connection, run, source))


def capture_rows(connection: Connection, run: int, source: str) -> Sequence[Row[Any]]:
    """The captures of a source without what is in them, in the order of their arrival: for `captures_in`."""
    query = (
        select(_CAPTURE)
        .where(_CAPTURE.c.run == run, _CAPTURE.c.source == source)
        .order_by(_CAPTURE.c.number, _CAPTURE.c.platform, _CAPTURE.c.target)
    )
    return connection.execute(query).all()


def captures_in(connection: Connection, rows: Sequence[Row[Any]]) -> list[Capture]:
    """The captures of these rows. Raises StoreError when one is gone or was changed."""
    contents = blobs.get_many(connection, [ident for row in rows for ident in (row.about, row.capture)])
    found = []
    for row in rows:
        about = orjson.loads(contents[row.about])
        found.append(
            Capture(
                row.source,
                row.target,
                row.platform,
                row.taken_at,
                orjson.loads(contents[row.capture]),
                about["labels"],
                about["synthetic"],
                tuple(about["warnings"]),
            )
        )
    return found


def fit(text: str) -> str:
    """A target's name as it can stand in a key."""
    return clean(text, LONGEST)


def _about(capture: Capture) -> dict[str, Any]:
    return {
        "labels": dict(capture.labels),
        "synthetic": capture.synthetic,
        "warnings": list(capture.warnings),
    }
