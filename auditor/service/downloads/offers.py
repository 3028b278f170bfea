"""What can be chosen for a download, within the scope of who asks; and the state of one that was asked for."""

from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import Connection, Row, select

from auditor.access import Reach
from auditor.access.reaching import covers
from auditor.evidence.captures import iso
from auditor.reporting import FORMATS
from auditor.service.choosing import all_series
from auditor.service.downloads.choice import shown
from auditor.service.downloads.framework import present, title_of
from auditor.store import blobs, exports, periods, schedules
from auditor.store.engine import now
from auditor.store.listing.board import board
from auditor.store.listing.labels import within
from auditor.store.listing_tables import TargetLabel
from auditor.store.sql import table_of
from auditor.store.tables import TargetRow

_LABEL, _TARGET = table_of(TargetLabel), table_of(TargetRow)
MOST = 500  # values of one label, sources


def offers(connection: Connection, reach: Reach) -> dict[str, Any]:
    """What can be chosen: {formats, frameworks: [{id, title, rules}], schedules: [name], series: [{number, words, runs,
    last}], labels: {key: [value]}, platforms, sources}.

    Frameworks are those that rules of the latest run in reach serve; series are told to whom no scope limits; of a
    label and of sources the first 500.
    """
    return {
        "formats": list(FORMATS),
        "frameworks": _frameworks(connection, reach),
        "schedules": [
            one.name for one in schedules.listed(connection) if covers(reach, one.schedule.population.labels)
        ],
        "series": [one._asdict() for one in all_series(connection)] if reach.everything else [],
        **_of_targets(connection, reach),
    }


def _frameworks(connection: Connection, reach: Reach) -> list[dict[str, Any]]:
    series = periods.default_series(connection, reach)
    run = periods.last_run(connection, series, reach, now(connection)) if series is not None else None
    if run is None:
        return []
    rules = present(blobs.get_json(connection, run.rules))
    return [{"id": name, "title": title_of(name), "rules": count} for name, count in rules.items()]


def _of_targets(connection: Connection, reach: Reach) -> dict[str, Any]:
    """Of everything it is looked up once for a state: three passes over all targets are much for each page."""
    if not reach.everything:
        return _looked_up(connection, reach)
    whole = board(connection)
    found: dict[str, Any] | None = whole.remembered("offers")
    return found or whole.remember("offers", _looked_up(connection, reach))


def _looked_up(connection: Connection, reach: Reach) -> dict[str, Any]:
    inside = within(reach, _TARGET.c.id)
    own = _LABEL.alias()  # the condition looks at labels too
    pairs = select(own.c.key, own.c.value).join(_TARGET, _TARGET.c.id == own.c.target).where(inside)
    labels: dict[str, list[str]] = {}
    for key, value in connection.execute(pairs.distinct().order_by(own.c.key, own.c.value)):
        if len(values := labels.setdefault(key, [])) < MOST:
            values.append(value)
    platforms = select(_TARGET.c.platform).where(inside).distinct().order_by(_TARGET.c.platform)
    sources = select(_TARGET.c.source).where(inside).distinct().order_by(_TARGET.c.source).limit(MOST)
    found: dict[str, Sequence[str]] = {
        "platforms": list(connection.scalars(platforms)),
        "sources": list(connection.scalars(sources)),
    }
    return {"labels": labels, **found}


def state_of(row: Row[Any]) -> dict[str, Any]:
    """An export as the API and pages show it. `progress` is {stage, done, of} while it is made, else null."""
    made, gone = row.state == exports.MADE, row.state == exports.REMOVED
    return {
        "id": row.id,
        "run": row.run_name,
        "format": row.format,
        "chosen": shown(row.choice),
        "state": row.state,
        "progress": orjson.loads(row.progress) if row.state == exports.WAITING and row.progress else None,
        "size": row.size if made or gone else None,
        "sha256": bytes(row.sha256).hex() if made or gone else None,
        "note": row.note,
        "requested_by": row.requested_by,
        "created_at": iso(row.created_at),
        "finished_at": iso(row.finished_at) if row.finished_at else None,
        "removed_at": iso(row.removed_at) if gone and row.removed_at else None,
        "name": file_name(row),
        "content": f"/api/v1/reports/{row.id}/content" if made else None,
        "checksum": f"/api/v1/reports/{row.id}/checksum" if made else None,
    }


def file_name(row: Row[Any]) -> str:
    """The name under which an export is kept by who downloads it: `RUN.pdf`, or `RUN-7.pdf` of a choice."""
    return f"{row.run_name}{'' if row.choice is None else f'-{row.id}'}.{row.format}"


def checksum_line(row: Row[Any]) -> str:
    """What `sha256sum -c` reads."""
    return f"{bytes(row.sha256).hex()}  {file_name(row)}\n"
