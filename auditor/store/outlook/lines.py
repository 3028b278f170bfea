"""Runs that are points of one line: by the same rules, of the same schedule or begun by hand."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, select

from auditor.access import Reach
from auditor.store.listing.runs import in_reach
from auditor.store.phases import OPEN
from auditor.store.schedules import RETIRED
from auditor.store.sql import table_of
from auditor.store.tables import RunRow, ScheduleRow

_RUN, _SCHEDULE = table_of(RunRow), table_of(ScheduleRow)
_RESULT = (_RUN.c.state == "done", _RUN.c.head.is_not(None))


def with_result(
    connection: Connection, reach: Reach, limit: int, *, series: int | None = None, schedule: str = "", planned: bool
) -> Sequence[Row[Any]]:
    """The newest runs with a result; `planned`: only those of schedules in use."""
    query = _rows(reach).where(*_RESULT)
    if series is not None:
        query = query.where(_RUN.c.series == series)
    if schedule:
        query = query.where(_SCHEDULE.c.name == schedule)
    if planned:
        query = query.where(_SCHEDULE.c.state != RETIRED)
    return connection.execute(query.order_by(_RUN.c.id.desc()).limit(limit)).all()


def alike(connection: Connection, run: Any, limit: int) -> Sequence[Row[Any]]:
    """Runs that are over, after this one (its row), by the same rules and the same schedule or none.

    Whoever asks leaves out those without a target within his reach: their counts, which are kept, say so.
    """
    told = _RUN.c.state.not_in(OPEN) | (_RUN.c.id == run.id)  # it may still write its reports
    query = _rows(None).where(_RUN.c.series == run.series, _RUN.c.id <= run.id, told)
    query = query.where(_RUN.c.schedule.is_(None) if run.schedule is None else _RUN.c.schedule == run.schedule)
    return connection.execute(query.order_by(_RUN.c.id.desc()).limit(limit)).all()


def going_on(connection: Connection, reach: Reach, actor: str, limit: int) -> Sequence[Row[Any]]:
    """Runs that are not over, the newest first; for whom a scope limits, those with a target in it, and his own."""
    query = _rows(None).where(_RUN.c.state.in_(OPEN), in_reach(reach, actor))
    return connection.execute(query.order_by(_RUN.c.id.desc()).limit(limit)).all()


def schedules_with_result(connection: Connection) -> list[str]:
    """Names of schedules in use that have a run with a result."""
    query = select(_SCHEDULE.c.name).where(_SCHEDULE.c.state != RETIRED)
    query = query.where(select(_RUN.c.id).where(_RUN.c.schedule == _SCHEDULE.c.id, *_RESULT).exists())
    return list(connection.scalars(query.order_by(_SCHEDULE.c.name).limit(200)))


def is_any_open(connection: Connection) -> bool:
    """Whether a run goes on."""
    return connection.scalar(select(_RUN.c.id).where(_RUN.c.state.in_(OPEN)).limit(1)) is not None


def _rows(reach: Reach | None) -> Any:
    joined = _RUN.outerjoin(_SCHEDULE, _RUN.c.schedule == _SCHEDULE.c.id)
    query = select(_RUN, _SCHEDULE.c.name.label("planned")).select_from(joined)
    return query if reach is None else query.where(in_reach(reach, ""))
