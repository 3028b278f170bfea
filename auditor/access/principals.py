"""Who asks: a name, the roles granted to it, and how it showed who it is."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from auditor.access.permissions import Permission
from auditor.access.roles import Role
from auditor.access.scopes import EVERYTHING, Scope

LOCAL_NAME = "(command line)"


class Via(StrEnum):
    """How a principal showed who it is."""

    SESSION = "session"
    TOKEN = "token"  # noqa: S105  a word, no secret
    LOCAL = "local"  # on the server's own command line: whoever may open the database anyway


@dataclass(frozen=True, slots=True)
class Grant:
    """A role within a scope."""

    role: Role
    scope: Scope = EVERYTHING


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What a token is for, at most: it never gives what its owner has not."""

    permissions: frozenset[Permission]
    scope: Scope = EVERYTHING


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody who asks. `narrowing` and `expires_at` are a token's; `active` False has nothing."""

    name: str
    grants: frozenset[Grant] = frozenset()
    via: Via = Via.SESSION
    active: bool = True
    narrowing: Narrowing | None = None
    expires_at: datetime | None = None


def local_principal(name: str = LOCAL_NAME) -> Principal:
    """Whoever runs a command on the server itself: every role, for he may open the database too."""
    return Principal(name, frozenset(Grant(role) for role in Role), Via.LOCAL)
