"""Users: added, found, listed, disabled, enabled, given a password. A name is for ever: it stands in the journal."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from auditor.access import Grant, Narrowing, Permission, Principal, Via
from auditor.errors import ConflictError, InputError, NotFoundError
from auditor.store.access import grants
from auditor.store.access.acting import Actor
from auditor.store.access_tables import AccountRow, WebSession
from auditor.store.engine import now
from auditor.store.sql import clean, table_of

ACTIVE, DISABLED = "active", "disabled"
LONGEST_LINE, LONGEST_IDENTITY = 200, 500  # characters
NAME = re.compile(r"[a-z0-9][a-z0-9._@-]{0,99}", re.ASCII)
_TABLE, _SESSION = table_of(AccountRow), table_of(WebSession)


@dataclass(frozen=True, slots=True)
class User:
    """A user as it stands. `external` is (issuer, subject) where another service vouches for it."""

    id: int
    name: str
    display: str
    state: str
    external: tuple[str, str] | None
    has_password: bool
    created_at: datetime
    changed_at: datetime
    grants: frozenset[Grant]

    @property
    def active(self) -> bool:
        """Whether it may do anything."""
        return self.state == ACTIVE

    def principal(
        self, via: Via = Via.SESSION, narrowing: Narrowing | None = None, expires_at: datetime | None = None
    ) -> Principal:
        """What `auditor.access` decides about."""
        return Principal(self.name, self.grants, via, self.active, narrowing, expires_at)


def none_yet(connection: Connection) -> bool:
    """Whether there is no user at all."""
    return connection.execute(select(_TABLE.c.id).limit(1)).first() is None


def add(
    connection: Connection,
    name: str,
    actor: Actor,
    *,
    display: str = "",
    password_hash: str | None = None,
    external: tuple[str, str] | None = None,
) -> User:
    """A new user, without any role yet. Raises InputError for a name or an identity that is taken, or is none."""
    if not NAME.fullmatch(name):
        what = f"{name[:100]!r} is no name of a user" if name.isprintable() else "this is no name of a user"
        raise InputError(what, mend="Take small letters, digits, '.', '_', '-', '@'; 100 of them at most.")
    taken = ConflictError(f"there is a user {name} already", mend="Choose another name; one is never used twice.")
    if is_taken(connection, name):
        raise taken
    at = now(connection)
    issuer, subject = _identity(*external) if external else (None, None)
    row = {
        "name": name,
        "display": _line(display),
        "state": ACTIVE,
        "issuer": issuer,
        "subject": subject,
        "password": password_hash,
        "created_at": at,
        "changed_at": at,
    }
    try:
        connection.execute(insert(_TABLE), row)
    except IntegrityError:  # somebody else's transaction ended meanwhile; ours cannot go on either
        raise taken from None
    actor.note(connection, "user added", name, {"password": password_hash is not None, "issuer": issuer})
    return find(connection, name)


def is_taken(connection: Connection, name: str) -> bool:
    """Whether somebody has that name."""
    return connection.execute(select(_TABLE.c.id).where(_TABLE.c.name == clean(name, 200))).first() is not None


def find(connection: Connection, name: str, *, lock: bool = False) -> User:
    """The user of that name. Raises InputError with a near name."""
    query = select(_TABLE).where(_TABLE.c.name == clean(name, 200))
    row = connection.execute(query.with_for_update() if lock else query).first()
    if row is not None:
        return _user(connection, row)
    names = [one for (one,) in connection.execute(select(_TABLE.c.name).limit(1000))]
    near = get_close_matches(name[:100], names, 1)
    mend = f"Did you mean {near[0]}?" if near else "`auditor user list` names them."
    raise NotFoundError(f"there is no user {name[:100]!r}", mend=mend)


def by_id(connection: Connection, number: int) -> User:
    """The user of that number; it is there."""
    return _user(connection, connection.execute(select(_TABLE).where(_TABLE.c.id == number)).one())


def by_identity(connection: Connection, issuer: str, subject: str) -> User | None:
    """The user that another service vouches for under this identity."""
    try:
        _identity(issuer, subject)
    except InputError:
        return None
    found = select(_TABLE).where(_TABLE.c.issuer == issuer, _TABLE.c.subject == subject)
    row = connection.execute(found).first()
    return None if row is None else _user(connection, row)


def listed(connection: Connection, after: str = "", limit: int = 1000, part: str = "") -> list[User]:
    """Users whose names come after this one, by name; only those with `part` in one of their two names."""
    query = select(_TABLE).where(_TABLE.c.name > clean(after, 200)).order_by(_TABLE.c.name).limit(limit)
    if part:
        wanted = clean(part, 200).lower()
        either = [func.lower(_TABLE.c[name]).contains(wanted, autoescape=True) for name in ("name", "display")]
        query = query.where(or_(*either))
    rows = connection.execute(query).fetchall()
    held = grants.held(connection, [row.id for row in rows])
    return [_from(row, held.get(row.id, frozenset())) for row in rows]


def rename(connection: Connection, name: str, display: str, actor: Actor) -> None:
    """Show the user under another name of a person. Raises InputError."""
    _change(connection, find(connection, name, lock=True), display=_line(display))
    actor.note(connection, "user changed", name, {"display": display})


def set_state(connection: Connection, name: str, state: str, actor: Actor) -> bool:
    """Disable (with all its sessions; its tokens rest) or enable; False if it was so. Raises InputError."""
    grants.alone(connection)
    user = find(connection, name, lock=True)
    if user.state == state:
        return False
    _change(connection, user, state=state)
    if state == DISABLED:
        end_sessions(connection, user.id)
        grants.refuse_to_be_without_admin(connection, user.grants)
    actor.note(connection, f"user {'enabled' if state == ACTIVE else 'disabled'}", name)
    return True


def set_password(connection: Connection, name: str, password_hash: str | None, actor: Actor) -> None:
    """Another password (None: none); ends all its sessions. Raises InputError."""
    user = find(connection, name, lock=True)
    _change(connection, user, password=password_hash)
    end_sessions(connection, user.id)
    actor.note(connection, "password changed" if password_hash else "password removed", name)


def kept_hash(connection: Connection, name: str) -> tuple[int, str | None] | None:
    """Number and password hash of the user of that name; None where there is none."""
    row = connection.execute(select(_TABLE.c.id, _TABLE.c.password).where(_TABLE.c.name == clean(name, 200))).first()
    return None if row is None else (row.id, row.password)


def rehash(connection: Connection, number: int, before: str, after: str) -> None:
    """Keep the same password under newer parameters, unless it was changed meanwhile."""
    same = (_TABLE.c.id == number) & (_TABLE.c.password == before)
    connection.execute(update(_TABLE).where(same).values(password=after))


def end_sessions(connection: Connection, number: int, but: bytes = b"") -> int:
    """End all sessions of a user, or all but one. How many there were."""
    gone = delete(_SESSION).where(_SESSION.c.account == number, _SESSION.c.digest != but)
    return connection.execute(gone).rowcount


def permissions_of(user: User) -> Sequence[Permission]:
    """What it may do to at least one thing, in the order of the table."""
    from auditor.access import allowed_permissions

    return [one for one in Permission if one in allowed_permissions(user.principal())]


def _line(display: str) -> str:
    if len(display) > LONGEST_LINE or not display.isprintable():
        mend = f"Take {LONGEST_LINE} characters at most, none of them hidden."
        raise InputError("the name of a person is one line", mend=mend)
    return display


def _identity(issuer: str, subject: str) -> tuple[str, str]:
    """The two as they are, or InputError: a database must not have to change them, or two could become one."""
    for text in (issuer, subject):
        if not 0 < len(text) <= LONGEST_IDENTITY or not text.isprintable():
            what = "an identity of another service is two texts of one line"
            raise InputError(what, mend=f"They have {LONGEST_IDENTITY} characters at most.")
    return issuer, subject


def _change(connection: Connection, user: User, **values: Any) -> None:
    values["changed_at"] = now(connection)
    connection.execute(update(_TABLE).where(_TABLE.c.id == user.id).values(values))


def _user(connection: Connection, row: Row[Any]) -> User:
    return _from(row, grants.held(connection, [row.id]).get(row.id, frozenset()))


def _from(row: Row[Any], held: frozenset[Grant]) -> User:
    external = (row.issuer, row.subject) if row.issuer is not None else None
    has = row.password is not None
    return User(row.id, row.name, row.display, row.state, external, has, row.created_at, row.changed_at, held)
