"""Grants: roles within scopes, given and taken. There is always somebody left who can give them."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, update

from auditor.access import EVERYTHING, Grant, Permission, Role, Scope, parsed_scope
from auditor.access.roles import ROLES
from auditor.errors import ConflictError
from auditor.evidence.captures import canonical
from auditor.store.access.acting import Actor
from auditor.store.access_tables import AccountGrant, AccountRow
from auditor.store.engine import now
from auditor.store.sql import in_batches, table_of

LOCAL = "local"
MOST = 100  # of one user
_GRANT, _ACCOUNT = table_of(AccountGrant), table_of(AccountRow)
_ADMIN_LOCK = 0x61756469_74000010  # PostgreSQL: changes that could leave nobody who gives roles wait for each other


def held(connection: Connection, accounts: Sequence[int]) -> dict[int, frozenset[Grant]]:
    """The grants of each account, by its number. A role of another release grants nothing."""
    found: dict[int, set[Grant]] = {}
    for batch in in_batches(accounts):
        columns = (_GRANT.c.account, _GRANT.c.role, _GRANT.c.scope)
        for account, role, scope in connection.execute(select(*columns).where(_GRANT.c.account.in_(batch))):
            if role in set(Role):
                found.setdefault(account, set()).add(Grant(Role(role), scope_of(scope)))
    return {account: frozenset(grants) for account, grants in found.items()}


def told(connection: Connection, account: int) -> list[dict[str, Any]]:
    """The grants of an account in order of their roles: role, scope, origin, who granted it and when (ISO 8601)."""
    rows = connection.execute(select(_GRANT).where(_GRANT.c.account == account)).all()
    known = sorted((row for row in rows if row.role in set(Role)), key=lambda row: list(Role).index(row.role))
    return [
        {
            "role": row.role,
            "scope": scope_of(row.scope).as_dict(),
            "origin": row.origin,
            "by": row.granted_by,
            "at": row.granted_at.isoformat(),
        }
        for row in known
    ]


def give(connection: Connection, name: str, grant: Grant, actor: Actor, origin: str = LOCAL) -> bool:
    """Grant a role to a user; False if it was. Its sessions end, so that it signs in anew. Raises InputError."""
    from auditor.store.access.users import end_sessions, find

    user = find(connection, name, lock=True)
    same = _same(user.id, grant, origin)
    if connection.execute(select(_GRANT.c.id).where(*same)).first() is not None:
        return False
    if len(user.grants) >= MOST:
        raise ConflictError(f"{name} has {MOST} grants already", mend="Revoke some, or grant a wider scope.")
    row = {
        "account": user.id,
        "role": grant.role.value,
        "scope": scope_text(grant.scope),
        "origin": origin,
        "granted_by": actor.name,
        "granted_at": now(connection),
    }
    connection.execute(insert(_GRANT), row)
    end_sessions(connection, user.id)
    actor.note(connection, "role granted", name, _told(grant, origin))
    return True


def take(connection: Connection, name: str, grant: Grant, actor: Actor, origin: str = LOCAL) -> bool:
    """Revoke a grant; False if there was none. Its sessions end. Raises InputError when nobody could grant then.

    What another service granted goes in any case: it must not be kept against its word, and the server's own command
    line can always make an admin.
    """
    from auditor.store.access.users import end_sessions, find

    alone(connection)
    user = find(connection, name, lock=True)
    if not connection.execute(delete(_GRANT).where(*_same(user.id, grant, origin))).rowcount:
        return False
    end_sessions(connection, user.id)
    if user.active and origin == LOCAL:
        refuse_to_be_without_admin(connection, [grant])
    actor.note(connection, "role revoked", name, _told(grant, origin))
    return True


def replace(connection: Connection, name: str, grants: Iterable[Grant], origin: str, actor: Actor) -> bool:
    """Make these all that the user has of this origin, as at each sign-in by another service; whether any changed.

    Those that stay are granted anew: `vouched_at` tells when that was.
    """
    from auditor.store.access.users import find

    alone(connection)
    user, wanted = find(connection, name, lock=True), set(grants)
    rows = connection.execute(
        select(_GRANT.c.role, _GRANT.c.scope).where(_GRANT.c.account == user.id, _GRANT.c.origin == origin)
    )
    before = {Grant(Role(role), scope_of(scope)) for role, scope in rows if role in set(Role)}
    changed = [take(connection, name, one, actor, origin) for one in sorted(before - wanted, key=str)]
    changed += [give(connection, name, one, actor, origin) for one in sorted(wanted - before, key=str)]
    own = (_GRANT.c.account == user.id, _GRANT.c.origin == origin)
    connection.execute(update(_GRANT).where(*own).values(granted_at=now(connection)))
    return any(changed)


def vouched_at(connection: Connection, account: int, issuer: str) -> datetime | None:
    """When a user signed in last by the word of an issuer that gave roles; None when it gives none any more."""
    own = (_GRANT.c.account == account, _GRANT.c.origin == issuer)
    found: datetime | None = connection.scalar(select(func.max(_GRANT.c.granted_at)).where(*own))
    return found


def alone(connection: Connection) -> None:
    """Wait for others that are about to take an admin away: two must not each leave the other as the last."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_ADMIN_LOCK)))


def refuse_to_be_without_admin(connection: Connection, taken: Iterable[Grant]) -> None:
    """Raise InputError when what was just taken away was the last of its kind."""
    if not any(Permission.USERS_WRITE in ROLES[one.role] and one.scope == EVERYTHING for one in taken):
        return
    admins = [role.value for role in Role if Permission.USERS_WRITE in ROLES[role]]
    left = (
        select(_GRANT.c.id)
        .join(_ACCOUNT, _ACCOUNT.c.id == _GRANT.c.account)
        .where(_GRANT.c.role.in_(admins), _GRANT.c.scope == scope_text(EVERYTHING), _ACCOUNT.c.state == "active")
        .limit(1)
    )
    if connection.execute(left).first() is None:
        raise ConflictError("this is the last admin", mend="Make another user admin first.")


def scope_text(scope: Scope) -> str:
    """A scope as it is kept: equal scopes are equal text."""
    return canonical(scope.as_dict()).decode()


def scope_of(text: str) -> Scope:
    """The scope that was kept. Raises InputError for a text that is none."""
    return parsed_scope(orjson.loads(text))


def _same(account: int, grant: Grant, origin: str) -> tuple[ColumnElement[bool], ...]:
    return (
        _GRANT.c.account == account,
        _GRANT.c.role == grant.role.value,
        _GRANT.c.scope == scope_text(grant.scope),
        _GRANT.c.origin == origin,
    )


def _told(grant: Grant, origin: str) -> dict[str, object]:
    return {"role": grant.role.value, "scope": grant.scope.as_dict(), "origin": origin}
