"""Figures that were counted once, by run and scope. What is not there is counted by who asks, who then keeps it."""

from collections.abc import Collection, Mapping
from typing import Any

import orjson
from sqlalchemy import Connection, delete, select

from auditor.access import Reach
from auditor.store.exports import scope_key
from auditor.store.outlook_tables import RunFigure
from auditor.store.sql import in_batches, insert_new, key_text, table_of

CHANGES, COUNTS, FIGURES, TURNS = "changes", "counts", "figures", "turns"
EVERYTHING = "[{}]"
_TABLE = table_of(RunFigure)
Made = Mapping[str, Any]


def key_of(reach: Reach) -> str:
    """A reach as it stands in the column."""
    return key_text(scope_key(reach), 1000)


def get(connection: Connection, what: str, runs: Collection[int], reach: Reach) -> dict[int, Made]:
    """What was kept of these runs, by their numbers."""
    found: dict[int, Made] = {}
    for batch in in_batches(runs):
        own = (_TABLE.c.what == what, _TABLE.c.scope == key_of(reach), _TABLE.c.run.in_(batch))
        rows = connection.execute(select(_TABLE.c.run, _TABLE.c.made).where(*own))
        found.update({run: orjson.loads(made or "{}") for run, made in rows})
    return found


def put(connection: Connection, what: str, made: Mapping[int, Made], reach: Reach) -> None:
    """Keep them; what is there already stays."""
    scope = key_of(reach)
    rows = [{"run": run, "what": what, "scope": scope, "made": orjson.dumps(one).decode()} for run, one in made.items()]
    insert_new(connection, _TABLE, rows)


def forget_parts(connection: Connection) -> None:
    """Forget what was told to whom a scope limits: labels have changed, so others are within it now."""
    connection.execute(delete(_TABLE).where(_TABLE.c.what.in_((FIGURES, TURNS)), _TABLE.c.scope != EVERYTHING))
