"""Signing in and out on pages, and what keeps strangers out."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from auditor.api.context import Context
from auditor.store.access.acting import local_actor
from auditor.store.access.onetime import setup_token
from auditor.web.app import make_site
from auditor.web.landing import landing
from tests.api.rows import made
from tests.api.serving import served
from tests.store.access.people import PASSWORD, person
from tests.web.browsing import Browser
from tests.web.conftest import Site


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, str]]:
    """A service without users, and the token that it printed."""
    folder: Path = tmp_path_factory.mktemp("empty")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AUDITOR_STATE", str(folder))
        store = made(f"sqlite:///{folder}/a.sqlite")
        with store.writing() as connection:
            token = setup_token(connection, local_actor())
        with served(Context(store), make_site) as port:
            yield port, str(token)
        store.close()


def test_the_first_admin_is_made_with_the_token_and_signs_in(empty: tuple[int, str]) -> None:
    """From nothing to a signed-in administrator, each step by the form that the page shows."""
    port, token = empty
    browser = Browser(port)
    browser.get("/sign-in")
    assert browser.path == "/setup"
    wrong = {"token": "audonce_" + "x" * 43, "name": "zoe", "password": PASSWORD, "again": PASSWORD}
    assert browser.send("/setup", **wrong).status == 422
    assert 'role="alert"' in browser.page.text
    assert PASSWORD not in browser.page.text
    assert browser.send("/setup", **{**wrong, "token": token, "again": "another"}).status == 422
    assert browser.send("/setup", **{**wrong, "token": token}).status == 200
    assert browser.path == "/sign-in?done=made"
    browser.send("/sign-in", name="zoe", password=PASSWORD)
    assert browser.cookie
    assert Browser(port, browser.cookie).get("/setup").status == 200  # leads to the form to sign in: there is one now


def test_a_wrong_password_is_refused_in_the_same_words_as_a_wrong_name(site: Site) -> None:
    """Nobody learns which names there are; the password is not shown again."""
    person(site.store, "real")
    said = []
    for name in ("real", "nobody-at-all"):
        browser = Browser(site.port)
        browser.get("/sign-in?next=/runs")
        answer = browser.send("/sign-in", name=name, password="wrong plums 1 at noon")
        assert answer.status == 401
        assert "wrong plums" not in answer.text
        said.append(answer.text.replace(name, "NAME"))
    assert said[0] == said[1]
    assert 'name="next" value="/runs"' in said[0]


def test_signing_in_makes_a_new_session_and_signing_out_ends_it(site: Site) -> None:
    """A cookie that somebody planted before is not the one that is good afterwards."""
    person(site.store, "fresh")
    browser = Browser(site.port, "x" * 43)
    browser.get("/sign-in")
    browser.send("/sign-in", name="fresh", password=PASSWORD)
    kept = browser.cookie
    assert kept != "x" * 43
    browser.get("/nix")
    browser.page = browser.get("/sign-in")
    asked = Browser(site.port, kept)
    answer = asked.get("/sign-out")
    assert answer.status == 405  # a link cannot sign anybody out


@pytest.mark.parametrize(
    ("headers", "csrf"),
    [
        ({}, ""),
        ({}, "of-another-session"),
        ({"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}, "real"),
        ({"Origin": "null"}, "real"),
    ],
)
def test_a_form_of_another_page_does_nothing(site: Site, headers: dict[str, str], csrf: str) -> None:
    """Without the token of the session, or from another origin, even with it."""
    from tests.api.caller import signed_in

    caller = signed_in(site.port, site.store, "viewer")
    token = caller.csrf if csrf == "real" else csrf
    caller.csrf = ""
    said = {"Accept": "text/html", "Content-Type": "application/x-www-form-urlencoded", **headers}
    answer = caller.ask("POST", "/sign-out", f"csrf={token}".encode(), **said)
    assert answer.status == 403
    assert "<h1>" in answer.text
    assert caller.ask("GET", "/api/v1/session").status == 200


@pytest.mark.parametrize(
    "wanted",
    [
        "//evil.example", "/\\evil.example", "https://evil.example", "javascript:alert(1)", "/\t/evil.example",
        "/\n/evil", "\\\\evil", "", "runs", "/" + "x" * 3000, "/\u2028x", " /x",
    ],
)  # fmt: skip
def test_a_link_never_leads_elsewhere_after_signing_in(wanted: str) -> None:
    """Whatever it asks for: the overview instead."""
    assert landing(wanted) == "/"


@pytest.mark.parametrize("wanted", ["/", "/runs", "/targets/7?at=2026-11-01T00:00:00Z&x=%2F%2Fevil", "/a//b"])
def test_a_link_to_a_page_of_ours_leads_there(wanted: str) -> None:
    """With its query."""
    assert landing(wanted) == wanted


def test_who_comes_from_a_mail_comes_again_from_here(site: Site) -> None:
    """The strict cookie is kept back by the browser then: the page leads to itself, and not to the form."""
    answer = Browser(site.port).get("/sign-out-x?a=<b>", Sec_Fetch_Site="cross-site")
    assert answer.status == 404
    cross = Browser(site.port).get("/account", Sec_Fetch_Site="cross-site")
    assert 'content="0;url=/account"' in cross.text
    direct = Browser(site.port)
    direct.get("/account")
    assert direct.path == "/sign-in?next=%2Faccount"


def test_a_program_gets_problems_where_a_person_gets_pages(site: Site) -> None:
    """By what it says it accepts, and always below /api."""
    from tests.api.caller import Caller

    for path, accept, kind in (
        ("/nix", "text/html", "text/html; charset=utf-8"),
        ("/nix", "application/json", "application/problem+json"),
        ("/api/v1/nix", "text/html", "application/problem+json"),
    ):
        answer = Caller(site.port).ask("GET", path, Accept=accept)
        assert (answer.status, answer.headers["content-type"]) == (404, kind)
