"""What `auditor user` and `auditor token` share: the store, passwords that never stand on a command line, columns."""

import getpass
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from auditor.cli.database import database_url
from auditor.errors import InputError

if TYPE_CHECKING:
    from auditor.access import Grant
    from auditor.store.access.tokens import Token
    from auditor.store.access.users import User
    from auditor.store.engine import Store

LONGEST_LINE = 10_000  # characters read from standard input
Format = Annotated[str, typer.Option("--format", "-f", help="text or json")]
Label = Annotated[
    list[str] | None, typer.Option("--label", metavar="KEY=VALUE", help="Only what has this label; several: all.")
]


@contextmanager
def open_database(database: str | None) -> "Iterator[Store]":
    """The store, ready, and closed after. Raises InputError."""
    from auditor.store.migrate import ready_store

    store = ready_store(database_url(database))
    try:
        yield store
    finally:
        store.close()


def new_password(name: str) -> str:
    """A password, typed twice at a terminal, else one line of standard input; its hash. Raises InputError."""
    from auditor.access.passwords import checked_password
    from auditor.store.access.hashing import hashed

    if sys.stdin.isatty():
        typed = getpass.getpass(f"Password of {name}: ")
        if getpass.getpass("Once more: ") != typed:
            raise InputError("the two are not the same", mend="Type the same password twice.")
    else:
        typed = sys.stdin.readline(LONGEST_LINE).rstrip("\r\n")
        if not typed:
            mend = "Send it as one line of standard input, or run this at a terminal; --no-password makes none."
            raise InputError("there is no password on standard input", mend=mend)
    return hashed(checked_password(typed, name))


def grants_text(grants: "frozenset[Grant]") -> str:
    """`operator (site=ams), viewer`."""
    told = sorted(f"{one.role} ({one.scope})" if one.scope.labels else str(one.role) for one in grants)
    return ", ".join(told) or "-"


def user_data(user: "User") -> dict[str, Any]:
    """A user as JSON."""
    ordered = sorted(user.grants, key=lambda one: (one.role, str(one.scope)))
    return {
        "name": user.name,
        "display": user.display,
        "state": user.state,
        "password": user.has_password,
        "issuer": user.external[0] if user.external else None,
        "grants": [{"role": one.role, "scope": one.scope.as_dict()} for one in ordered],
        "created_at": user.created_at,
        "changed_at": user.changed_at,
    }


def token_data(token: "Token") -> dict[str, Any]:
    """What is known of a token, as JSON."""
    return {
        "id": token.id,
        "owner": token.owner,
        "title": token.title,
        "permissions": list(token.permissions),
        "scope": token.scope.as_dict(),
        "created_by": token.created_by,
        "created_at": token.created_at,
        "expires_at": token.expires_at,
        "revoked_at": token.revoked_at,
        "used_at": token.used_at,
        "used_from": token.used_from,
    }


def when(at: datetime | None) -> str:
    """A time in UTC for people, "-" for none."""
    return f"{at:%Y-%m-%d %H:%M} UTC" if at is not None else "-"
