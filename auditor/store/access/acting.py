"""Who does something, and from where: what the journal is told of every action."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from auditor.access import Principal, local_principal
from auditor.store import journal


@dataclass(frozen=True, slots=True)
class Actor:
    """A principal, its address ("" on the command line) and the id of its request."""

    principal: Principal
    address: str = ""
    request: str = ""

    @property
    def name(self) -> str:
        """Its name in the journal."""
        return self.principal.name

    def note(self, connection: Connection, action: str, object_: str, detail: Mapping[str, Any] | None = None) -> None:
        """Write into the journal that it did this; as late in a transaction as can be."""
        how = {"via": str(self.principal.via), "from": self.address, "request": self.request}
        told = {name: text for name, text in how.items() if text}
        journal.append(connection, self.name, action, object_, {**told, **(detail or {})})


Who = Actor | str  # a name alone: of whoever is no user of the service, such as a scheduler


def name_of(who: Who) -> str:
    """The name under which it stands in the journal."""
    return who if isinstance(who, str) else who.name


def note(connection: Connection, who: Who, action: str, object_: str, detail: Mapping[str, Any] | None = None) -> None:
    """Write into the journal that somebody did this; of an actor also how and from where."""
    if isinstance(who, str):
        journal.append(connection, who, action, object_, detail)
    else:
        who.note(connection, action, object_, detail)


def local_actor() -> Actor:
    """Whoever runs a command on the server, as the operating system knows him; it is no proof."""
    import getpass

    try:
        return Actor(local_principal(f"{getpass.getuser()} (command line)"))
    except (KeyError, OSError):
        return Actor(local_principal())
