"""Tokens for programs: shown once, kept as a hash, narrower than their owner, and they always end."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import Connection, Row, Select, func, insert, select, update

from auditor.access import Narrowing, Permission, Principal, Scope, Via, may, scope_filter
from auditor.access.permissions import NEVER_BY_TOKEN
from auditor.errors import ConflictError, InputError, NotFoundError
from auditor.store.access.acting import Actor
from auditor.store.access.grants import scope_of, scope_text, vouched_at
from auditor.store.access.secret import TOKEN, digest_of, new_secret
from auditor.store.access.users import User, by_id
from auditor.store.access_tables import AccountRow, ApiToken
from auditor.store.engine import Store, now
from auditor.store.sql import clean, table_of

LONGEST = timedelta(days=366)
TOUCH = timedelta(minutes=1)
MOST = 100  # good ones of one user
_TABLE, _ACCOUNT = table_of(ApiToken), table_of(AccountRow)


@dataclass(frozen=True, slots=True)
class Token:
    """What is known of a token; its secret is not."""

    id: int
    owner: str
    title: str
    permissions: tuple[Permission, ...]
    scope: Scope
    created_by: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    used_at: datetime | None
    used_from: str

    def good(self, at: datetime) -> bool:
        """Whether it is neither revoked nor expired then."""
        return self.revoked_at is None and at < self.expires_at


def make(
    connection: Connection, user: User, title: str, narrowing: Narrowing, expires_at: datetime, actor: Actor
) -> tuple[Token, str]:
    """A new token and its secret, which is nowhere after. Raises InputError for more than the owner has."""
    at = now(connection)
    _check(user, title, narrowing, expires_at, at)
    good = (_TABLE.c.account == user.id) & _TABLE.c.revoked_at.is_(None) & (_TABLE.c.expires_at > at)
    if connection.execute(select(func.count()).select_from(_TABLE).where(good)).scalar_one() >= MOST:
        raise ConflictError(f"{user.name} has {MOST} tokens already", mend="Revoke those that are not used.")
    secret = new_secret(TOKEN)
    row = {
        "digest": digest_of(secret, TOKEN),
        "account": user.id,
        "title": clean(title, 200),
        "permissions": orjson.dumps(sorted(narrowing.permissions)).decode(),
        "scope": scope_text(narrowing.scope),
        "created_by": actor.name,
        "created_at": at,
        "expires_at": expires_at,
        "used_from": "",
    }
    number = int(connection.execute(insert(_TABLE).values(row).returning(_TABLE.c.id)).scalar_one())
    token = find(connection, number)
    told = {"token": number, "title": token.title, "permissions": token.permissions, "scope": token.scope.as_dict()}
    actor.note(connection, "token made", user.name, {**told, "until": expires_at.isoformat()})
    return token, secret


def bearer(store: Store, secret: str, address: str, days: int = 0) -> tuple[User, Token, Principal] | None:
    """Who asks with this token, if it is good. Raises StoreError.

    `days`: for how long after a sign-in tokens of somebody are good for whom another service vouches; 0: without end.
    """
    if (digest := digest_of(secret, TOKEN)) is None:
        return None
    with store.reading() as connection:
        at = now(connection)
        row = connection.execute(_tokens().where(_TABLE.c.digest == digest)).first()
        if row is None:
            return None
        token, user = _token(row), by_id(connection, row.account)
        forgotten = bool(days and user.external) and not _vouched(connection, user, at - timedelta(days=days))
    if forgotten or not token.good(at) or not user.active:
        return None
    if token.used_at is None or abs(at - token.used_at) >= TOUCH or token.used_from != address:
        with store.writing() as connection:
            used = {"used_at": at, "used_from": clean(address, 100)}
            connection.execute(update(_TABLE).where(_TABLE.c.id == token.id).values(used))
    narrowing = Narrowing(frozenset(token.permissions), token.scope)
    return user, token, user.principal(Via.TOKEN, narrowing, token.expires_at)


def find(connection: Connection, number: int) -> Token:
    """The token of that number. Raises InputError."""
    row = connection.execute(_tokens().where(_TABLE.c.id == number)).first() if 0 < number < 1 << 62 else None
    if row is None:
        raise NotFoundError(f"there is no token {number}", mend="`auditor token list` names them.")
    return _token(row)


def listed(connection: Connection, owner: str | None = None, after: int = 0, limit: int = 1000) -> list[Token]:
    """Tokens with numbers above `after`, of one user or of all, by number."""
    query = _tokens().where(_TABLE.c.id > after).order_by(_TABLE.c.id).limit(limit)
    if owner is not None:
        query = query.where(_ACCOUNT.c.name == clean(owner, 200))
    return [_token(row) for row in connection.execute(query)]


def revoke(connection: Connection, number: int, actor: Actor) -> bool:
    """Let it be good for nothing from now on; False if it was. Raises InputError."""
    token = find(connection, number)
    open_ = (_TABLE.c.id == number) & _TABLE.c.revoked_at.is_(None)
    if not connection.execute(update(_TABLE).where(open_).values(revoked_at=now(connection))).rowcount:
        return False
    actor.note(connection, "token revoked", token.owner, {"token": number, "title": token.title})
    return True


def _check(user: User, title: str, narrowing: Narrowing, expires_at: datetime, at: datetime) -> None:
    if not title.strip() or not title.isprintable():
        raise InputError("a token needs a title of one line", mend="Say what it is for: nightly export.")
    if not at < expires_at <= at + LONGEST:
        raise InputError("a token ends at some time between now and a year from now", mend="Give another expiry.")
    if not narrowing.permissions:
        raise InputError("a token needs at least one permission", mend="Name what it is for: results:read.")
    if never := sorted(narrowing.permissions & NEVER_BY_TOKEN):
        raise InputError(f"no token may have {', '.join(never)}", mend="That is done signed in, or on the server.")
    owner = user.principal()
    as_token = user.principal(Via.TOKEN, narrowing)
    for permission in sorted(narrowing.permissions):
        if not may(owner, permission):
            raise InputError(f"{user.name} does not have {permission}, so no token of it has", mend="Leave it out.")
        if scope_filter(as_token, permission).nothing:
            what = f"{user.name} has nothing of {permission} within {narrowing.scope}"
            raise InputError(what, mend="Give a scope that lies in the grants, or none.")


def _vouched(connection: Connection, user: User, since: datetime) -> bool:
    last = vouched_at(connection, user.id, user.external[0]) if user.external else None
    return last is not None and last >= since


def _tokens() -> Select[Any]:
    return select(_TABLE, _ACCOUNT.c.name.label("owner")).join(_ACCOUNT, _ACCOUNT.c.id == _TABLE.c.account)


def _token(row: Row[Any]) -> Token:
    known: Sequence[Permission] = [Permission(one) for one in orjson.loads(row.permissions) if one in set(Permission)]
    return Token(
        row.id,
        row.owner,
        row.title,
        tuple(known),
        scope_of(row.scope),
        row.created_by,
        row.created_at,
        row.expires_at,
        row.revoked_at,
        row.used_at,
        row.used_from,
    )
