"""Every page, asked for by every kind of caller."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.routing import APIRoute

from auditor.access import Role
from auditor.api.context import Context
from auditor.api.guard import routes_of
from auditor.store.engine import Store
from auditor.web.app import make_site
from tests.api.rights import CALLERS, NO_ONE
from tests.api.rows import made
from tests.api.serving import served
from tests.api.test_rights import AMS, caller
from tests.store.access.people import person
from tests.web.rights import PAGES


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Store]]:
    """A service with one user of each kind."""
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
        with served(Context(store), make_site) as port:
            yield port, store
        store.close()


def test_every_page_has_its_row_and_every_row_its_page(tmp_path: Path) -> None:
    """A new page fails here until somebody has thought about who may use it."""
    app = make_site(Context(made(f"sqlite:///{tmp_path}/a.sqlite")))
    found = {
        (method, route.path)
        for route in routes_of(app)
        if isinstance(route, APIRoute) and not route.include_in_schema
        for method in route.methods or ()
    }
    assert found == set(PAGES)


@pytest.mark.parametrize("kind", sorted(CALLERS))
def test_each_caller_gets_what_the_table_says_and_no_more(world: tuple[int, Store], kind: str) -> None:
    """Who is not known is led to the form, or refused; who may not is told so; whoever may gets neither."""
    port, store = world
    wrong = []
    for (method, path), may in sorted(PAGES.items()):
        told = path.format(name="ann", role="viewer", number=1, rule="x", target=1, step="pause")
        headers = {"Accept": "text/html"}
        if method == "POST":
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        answer = caller(port, store, kind).ask(method, told, b"a=b" if method == "POST" else None, **headers)
        if answer.status == 303 and answer.headers["location"].startswith("/sign-in") and path != "/setup":
            refused = path != "/sign-out" or kind in NO_ONE
        else:
            refused = answer.status in (401, 403) and path != "/sign-in"
        if (kind in may) == refused or answer.status >= 500:
            wrong.append((method, path, answer.status))
        assert "content-security-policy" in answer.headers
    assert wrong == []
