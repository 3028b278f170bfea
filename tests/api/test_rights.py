"""Every route of the OpenAPI document, asked for by every kind of caller."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI
from sqlalchemy import update
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route

from auditor.access import Narrowing, Permission, Role, Scope
from auditor.access.permissions import NEVER_BY_TOKEN
from auditor.api.app import make_app
from auditor.api.context import Context
from auditor.api.guard import allowed, check_declared, public
from auditor.store.access import sessions, tokens, users
from auditor.store.access.secret import csrf_of
from auditor.store.access_tables import AccountRow, ApiToken
from auditor.store.engine import Store, now
from auditor.store.sql import table_of
from tests.api.caller import Caller
from tests.api.rights import CALLERS, NO_ONE, PEOPLE, RIGHTS
from tests.api.rows import made
from tests.api.serving import served
from tests.store.access.people import actor_of, person

AMS = Scope.of(site="ams")
METHODS = {"get", "post", "put", "patch", "delete"}
EVERY = frozenset(Permission) - NEVER_BY_TOKEN
READS = frozenset({Permission.RESULTS_READ})


def operations(described: Any) -> set[tuple[str, str]]:
    """Method and path of everything that the document offers."""
    return {(m.upper(), path) for path, methods in described["paths"].items() for m in methods if m in METHODS}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Store]]:
    """A service with one user of each kind, and one, "ann", that is acted upon."""
    folder: Path = tmp_path_factory.mktemp("rights")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AUDITOR_STATE", str(folder))
        store = made(f"sqlite:///{folder}/a.sqlite")
        person(store, "ann", Role.VIEWER, password=None)
        person(store, "nobody", password=None)
        for role in Role:
            person(store, role.value, role, password=None)
        person(store, "admin-of-a-site", Role.ADMIN, scope=AMS, password=None)
        person(store, "auditor-of-a-site", Role.AUDITOR, scope=AMS, password=None)
        for name in ("everything", "disabled"):
            person(store, name, *Role, password=None)
        with served(Context(store)) as port:
            yield port, store
        store.close()


def caller(port: int, store: Store, kind: str) -> Caller:
    """A fresh one each time: some requests end their session."""
    if kind == "anonymous":
        return Caller(port)
    if "token" not in kind:
        return browser(port, store, kind)
    good = kind in ("token of everything", "token to read results")
    owner = "disabled" if kind == "token of a disabled user" else "everything"
    with store.writing() as connection:
        user = replace(users.find(connection, owner), state=users.ACTIVE)
        narrowing = Narrowing(READS if kind == "token to read results" else EVERY)
        end = now(connection) + timedelta(hours=1)
        connection.execute(update(table_of(ApiToken)).values(revoked_at=now(connection)))  # nobody has hundreds
        token, secret = tokens.make(connection, user, kind, narrowing, end, actor_of(user))
        table = table_of(ApiToken)
        mine = update(table).where(table.c.id == token.id)
        if kind == "expired token":
            connection.execute(mine.values(expires_at=now(connection)))
        elif kind == "revoked token":
            connection.execute(mine.values(revoked_at=now(connection)))
        else:
            assert good or owner == "disabled"
    turn_off(store)
    return Caller(port, token=secret)


def browser(port: int, store: Store, kind: str) -> Caller:
    with store.writing() as connection:
        user = users.find(connection, kind.replace(" ", "-"))
        secret = sessions.open_session(connection, user, actor_of(user)).secret
    turn_off(store)  # its session is still there: that alone must not do
    return Caller(port, secret, csrf_of(secret))


def turn_off(store: Store) -> None:
    table = table_of(AccountRow)
    with store.writing() as connection:
        connection.execute(update(table).where(table.c.name == "disabled").values(state=users.DISABLED))


def test_every_route_has_its_row_and_every_row_its_route(world: tuple[int, Store]) -> None:
    """A new route fails here until somebody has thought about who may use it."""
    described = Caller(world[0]).ask("GET", "/api/v1/openapi.json").json
    assert operations(described) == set(RIGHTS)
    assert set().union(*RIGHTS.values()) == CALLERS


@pytest.mark.parametrize("kind", sorted(CALLERS))
def test_each_caller_gets_what_the_table_says_and_no_more(world: tuple[int, Store], kind: str) -> None:
    """401 for whoever is not known, 403 for who may not; whoever may gets neither."""
    port, store = world
    wrong = []
    for (method, path), may in sorted(RIGHTS.items()):
        told = path.format(name="ann", role="viewer", number=1)
        body: dict[str, str] | None = None if method in ("GET", "DELETE") else {}
        answer = caller(port, store, kind).ask(method, told, body)
        refused = 401 if kind in NO_ONE else 403
        if (kind in may) == (answer.status in (401, 403)) or (kind not in may and answer.status != refused):
            wrong.append((method, path, answer.status))
        if answer.status >= 400 and path != "/health/ready":
            assert answer.headers["content-type"] == "application/problem+json", (method, path)
            assert answer.json["status"] == answer.status
            assert answer.json["request"] == answer.headers["x-request-id"]
    assert wrong == []


def test_the_table_knows_the_callers_that_are_tried() -> None:
    """Each kind is made as it is called."""
    assert {one for one in CALLERS if "token" not in one} == PEOPLE | {"anonymous", "disabled"}


def app_with(router: APIRouter) -> FastAPI:
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    app.include_router(router)
    return app


def test_a_route_without_a_guard_does_not_start() -> None:
    """Nor one with two, nor something else that answers; with one it does, however deep it is included."""
    open_, twice, good = APIRouter(), APIRouter(dependencies=[public()]), APIRouter(prefix="/a")

    @open_.get("/x")
    @twice.get("/x", dependencies=[allowed(Permission.USERS_READ)])
    @good.get("/x", dependencies=[allowed(Permission.USERS_READ)])
    def nothing() -> None: ...

    outer, bad = APIRouter(prefix="/b"), APIRouter()
    outer.include_router(good)
    bad.include_router(open_)
    check_declared(app_with(good))
    check_declared(app_with(outer))
    for router in (open_, twice, bad):
        with pytest.raises(RuntimeError, match="guards"):
            check_declared(app_with(router))
    for route in (Mount("/m", app=PlainTextResponse("x")), Route("/r", nothing)):
        app = app_with(good)
        app.routes.append(route)
        with pytest.raises(RuntimeError, match="no route that a guard"):
            check_declared(app)
    with pytest.raises(RuntimeError, match="guards"):
        check_declared(FastAPI(openapi_url=None, docs_url=None, redoc_url=None, routes=list(app_with(open_).routes)))


def test_the_real_app_declares_every_route(tmp_path: Path) -> None:
    """It starts, and adding one unguarded route to it is found."""
    app = make_app(Context(made(f"sqlite:///{tmp_path}/a.sqlite")))

    @app.get("/forgotten")
    def forgotten() -> str:
        return "open"

    with pytest.raises(RuntimeError, match="/forgotten has 0 guards"):
        check_declared(app)
