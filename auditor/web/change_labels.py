"""Approved changes beside drift, and the changes of one target, as pages show them."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, select

from auditor.access import Reach
from auditor.service.changing.labelled import Labels
from auditor.service.changing.records import those_seen, told
from auditor.store import changes
from auditor.store.history import time_of
from auditor.store.listing.board import Board
from auditor.store.sql import table_of
from auditor.store.tables import TargetRow

MOST = 20
_TARGET = table_of(TargetRow)


def label_ways(connection: Connection, whole: Board, rows: Sequence[dict[str, Any]]) -> None:
    """Add `by_change`, the approved changes that foretold a way, to each way of rows of drift; of the hosts shown."""
    numbers = {host["number"] for row in rows for way in row["ways"] for host in way["first"]}
    moments = [time_of(whole.lines[one].moment) for one in numbers]
    labels = Labels(connection, min(moments)) if moments else None
    names: dict[int, str] = {}
    if labels is not None and labels.known:
        query = select(_TARGET.c.id, _TARGET.c.name).where(_TARGET.c.id.in_(numbers))
        names = {row.id: row.name for row in connection.execute(query)}
    for row in rows:
        for way in row["ways"]:
            found = {}
            for host in way["first"] if labels is not None else ():
                line = whole.lines[host["number"]]
                key = (line.platform, line.source, names.get(line.target, ""))
                said = {"path": row["path"], "expected": row["expected"], **way}
                label = labels.of(key, time_of(line.moment), said) if labels is not None else None
                if label is not None:
                    found[label["id"]] = label
            way["by_change"] = list(found.values())


def of_target(connection: Connection, platform: str, source: str, own: str, reach: Reach) -> list[dict[str, Any]]:
    """The changes of one target that somebody may see, the newest first, in short."""
    found = changes.of_target(connection, platform, source, own, most=MOST)
    return [told(one) for one in those_seen(connection, found, reach)]
