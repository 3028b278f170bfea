"""A store with people in it, and what may stand nowhere."""

import base64
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import MetaData, func, select, update

from auditor.access import EVERYTHING, Grant, Role, Scope
from auditor.store.access import grants, users
from auditor.store.access.acting import Actor, local_actor
from auditor.store.access.hashing import hashed
from auditor.store.access.users import User
from auditor.store.engine import Store
from auditor.store.sql import table_of
from auditor.store.tables import JournalRow

PASSWORD = "canary plums 7 at dawn"
OTHER = "canary pears 9 at dusk"
ADDRESS = "192.0.2.7"
JOURNAL = table_of(JournalRow)


@cache
def kept(password: str = PASSWORD) -> str:
    """Its hash; computed once, for it takes long on purpose."""
    return hashed(password)


def person(store: Store, name: str, *roles: Role, scope: Scope = EVERYTHING, password: str | None = PASSWORD) -> User:
    """A user with these roles within the scope."""
    actor = local_actor()
    with store.writing() as connection:
        users.add(connection, name, actor, password_hash=kept(password) if password else None)
        for role in roles:
            grants.give(connection, name, Grant(role, scope), actor)
        return users.find(connection, name)


def actor_of(user: User) -> Actor:
    """The same, as one who does something."""
    return Actor(user.principal(), ADDRESS, "request-1")


def set_columns(store: Store, model: Any, **values: datetime | int | str | None) -> None:
    """Turn the clock: change every row of a table."""
    with store.writing() as connection:
        connection.execute(update(table_of(model)).values(values))


def journal(store: Store) -> list[tuple[str, str, str]]:
    """(actor, action, object) of every entry."""
    with store.reading() as connection:
        columns = (JOURNAL.c.actor, JOURNAL.c.action, JOURNAL.c.object)
        return [(row[0], row[1], row[2]) for row in connection.execute(select(*columns).order_by(JOURNAL.c.id))]


def count(store: Store, model: Any) -> int:
    """Rows of a table."""
    with store.reading() as connection:
        return connection.execute(select(func.count()).select_from(table_of(model))).scalar_one()


def dump(store: Store) -> bytes:
    """Every value of every row of the database, and of an SQLite file each byte."""
    metadata, said = MetaData(), b""
    with store.reading() as connection:
        metadata.reflect(connection)
        for table in metadata.sorted_tables:
            for row in connection.execute(select(table)):
                said += b"\n".join(one if isinstance(one, bytes) else str(one).encode() for one in row)
    return said


def spellings(secret: str) -> Mapping[str, bytes]:
    """How a secret may hide."""
    raw = secret.encode()
    return {"plain": raw, "base64": base64.b64encode(raw)[:-4], "hex": raw.hex().encode()}
