"""What is gone, for lists of what there is: found again only when a run has ended or somebody has confirmed."""

from collections.abc import Mapping
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, func, select

from auditor.store.gone import Gone, all_gone
from auditor.store.retired_tables import RetiredTarget
from auditor.store.sql import table_of
from auditor.store.tables import RunRow

_RUN, _RETIRED = table_of(RunRow), table_of(RetiredTarget)
_known: WeakKeyDictionary[Engine, tuple[Any, Mapping[int, Gone]]] = WeakKeyDictionary()


def vanished(connection: Connection) -> Mapping[int, Gone]:
    """Every target that is gone by its number, retired ones too."""
    done = select(func.count(), func.max(_RUN.c.id), func.max(_RUN.c.finished_at)).where(_RUN.c.state == "done")
    confirmed = select(func.count(), func.max(_RETIRED.c.at))
    state = (tuple(connection.execute(done).one()), tuple(connection.execute(confirmed).one()))
    kept = _known.get(connection.engine)
    if kept is None or kept[0] != state:
        kept = state, {one.target: one for one in all_gone(connection)}
        _known[connection.engine] = kept
    return kept[1]
