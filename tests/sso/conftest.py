"""A service with pages, on SQLite, whose people a mock provider vouches for."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete

from auditor.access import Grant, GroupRule, Role, Scope
from auditor.api.context import Context
from auditor.notify.senders.peers import verifying
from auditor.sso.configured import Relying
from auditor.sso.provider import Provider
from auditor.store.access import users
from auditor.store.access.users import User
from auditor.store.access_tables import AccountGrant, AccountRow, SignInAttempt, SsoState, WebSession
from auditor.store.engine import Store
from auditor.store.sql import table_of
from auditor.store.tables import JournalRow
from auditor.web.app import make_site
from tests.api.rows import made
from tests.api.serving import served
from tests.sso.mock import CLIENT, SECRET, MockProvider, provider_there
from tests.sso.travelling import Traveller
from tests.store.access.people import JOURNAL, journal

RULES = (
    GroupRule("audit-ams", Grant(Role.VIEWER, Scope.of(site="ams"))),
    GroupRule("audit-team", Grant(Role.AUDITOR)),
    GroupRule("admins", Grant(Role.ADMIN)),
)


@dataclass
class Clock:
    """What the service takes for the time: `passed` seconds more than it is."""

    passed: float = 0.0

    def __call__(self) -> float:
        return self.passed


def relying(mock: MockProvider, **more: Any) -> Relying:
    """What settings would say of a mock."""
    said: dict[str, Any] = {"issuer": mock.issuer, "client_id": CLIENT, "rules": RULES, "secret": SECRET}
    return Relying(**said | {"tls": verifying(None)} | more)


@dataclass
class World:
    """A service (`port`, `store`), its provider (`mock`), and what it knows of it, which `anew` forgets."""

    port: int
    store: Store
    mock: MockProvider
    provider: Provider
    clock: Clock = field(default_factory=Clock)

    def anew(self, **more: Any) -> MockProvider:
        """Everybody is gone, and the provider is an honest one that was never asked."""
        fresh = MockProvider(issuer=self.mock.issuer)
        self.mock.__dict__.update(fresh.__dict__)
        self.clock.passed = 0.0
        self.provider.__init__(relying(self.mock, **more), self.clock)  # type: ignore[misc]
        with self.store.writing() as connection:
            for model in (AccountGrant, WebSession, SsoState, SignInAttempt, AccountRow, JournalRow):
                connection.execute(delete(table_of(model)))
        return self.mock

    def traveller(self) -> Traveller:
        """Somebody with an empty browser."""
        return Traveller(self.port)

    def people(self) -> dict[str, User]:
        """Every user by name."""
        with self.store.reading() as connection:
            return {one.name: one for one in users.listed(connection)}

    def refusals(self) -> list[str]:
        """Why nobody was signed in, as the journal has it."""
        import orjson
        from sqlalchemy import select

        with self.store.reading() as connection:
            rows = connection.execute(select(JOURNAL.c.action, JOURNAL.c.detail).order_by(JOURNAL.c.id)).all()
        details = [(row[0], orjson.loads(row[1]) if isinstance(row[1], str | bytes) else row[1]) for row in rows]
        return [detail["reason"] for action, detail in details if action == "sign-in refused"]

    def actions(self) -> list[str]:
        """What the journal has, without who did it."""
        return [action for _, action, _ in journal(self.store)]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One service and one provider for all tests of a module."""
    folder: Path = tmp_path_factory.mktemp("sso")
    with pytest.MonkeyPatch.context() as patch, provider_there() as mock:
        patch.setenv("AUDITOR_STATE", str(folder))
        store = made(f"sqlite:///{folder}/a.sqlite")
        clock = Clock()
        provider = Provider(relying(mock), clock)
        with served(Context(store, sso=provider), make_site) as port:
            yield World(port, store, mock, provider, clock)
        store.close()


@pytest.fixture
def world(shared: World) -> World:
    """The same, where nothing has happened yet."""
    shared.anew()
    return shared
