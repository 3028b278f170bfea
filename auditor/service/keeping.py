"""An audit that was made without the service, kept in the store as if it had been: `auditor audit --save`."""

from collections.abc import Iterable
from datetime import timedelta
from itertools import groupby

from sqlalchemy import Connection

from auditor.document import Cover
from auditor.domain import Member, Source
from auditor.pipeline import Audit, Gathered, Past
from auditor.service.request import Request
from auditor.service.results import row_of, storable
from auditor.service.saving import Saved, save
from auditor.store import collected, history, runs
from auditor.store.engine import Store
from auditor.store.gone import without_retired

SAVING = "saving"  # a run of this state belongs to the process that writes it: no sweep takes it further


def past_of(
    store: Store, sources: Iterable[Source], stale_after: timedelta | None = None, before: int | None = None
) -> Past:
    """What earlier runs know of the sources: who stood behind them, and when each target was last read.

    `before` leaves out the run of that number and later ones.
    """
    names = [source.name for source in sources]
    with store.reading() as connection:
        known = {name: tuple(_known(connection, name, before)) for name in names}
        return Past(known, history.last_good(connection, names, before), stale_after)


def _known(connection: Connection, source: str, before: int | None) -> list[Member]:
    return without_retired(connection, source, history.last_known(connection, source, before))


def keep(store: Store, audit: Audit, cover: Cover, request: Request) -> None:
    """Write a finished audit: its captures, targets, findings and drift. Raises StoreError.

    A process that dies while it writes leaves a run that is called "saving" for ever and is no part of any history that
    is asked for by run; what it had written of targets stands.
    """
    with store.writing() as connection:
        number = runs.new_run(
            connection,
            audit.id,
            request.series(),
            request.model_dump(mode="json"),
            state=SAVING,
            whole=not request.patterns,
            started_at=audit.started_at,
            requested_by=request.requested_by,
        )
        series = runs.series_of(connection, number)
    for result in audit.sources:
        one = result.collected
        captures, failures = storable(one.captures, one.source.name)
        failed = [*result.failures, *failures]
        row = row_of(one.source, failed, len(captures), one.seconds, 1, again=False)
        with store.writing() as connection:
            collected.put_source(connection, number, row, captures)
    by_target = {key: list(judged) for key, judged in groupby(audit.judged, lambda one: id(one.target))}
    found = Gathered(audit.started_at, audit.sources, audit.coverage)
    save(
        store,
        Saved(number, series, audit.id, audit.started_at),
        found,
        audit.plan,
        cover,
        finished_at=lambda: audit.finished_at,
        judge=lambda target: by_target.get(id(target), []),
        standings=audit.waivers,
    )
    with store.writing() as connection:
        runs.change_run(connection, number, state="done")
