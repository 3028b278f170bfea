"""How many targets are gone, for whoever asks."""

from sqlalchemy import Connection, func, select

from auditor.access import Reach
from auditor.store.listing.labels import within
from auditor.store.listing.vanished import vanished
from auditor.store.sql import one_of, table_of
from auditor.store.tables import TargetRow

_TARGET = table_of(TargetRow)


def gone_in(connection: Connection, reach: Reach) -> int:
    """Targets within reach that are gone, and that nobody has confirmed to be."""
    missed = [one.target for one in vanished(connection).values() if not one.retired]
    if reach.everything or not missed:
        return len(missed)
    query = select(func.count()).select_from(_TARGET).where(one_of(_TARGET.c.id, missed), within(reach, _TARGET.c.id))
    return int(connection.scalar(query) or 0)
