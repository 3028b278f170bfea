"""Users, tokens and the journal on pages: secrets shown once, nothing done to oneself, and what everybody did."""

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from sqlalchemy import select, update

from auditor.access import Role
from auditor.api.context import Context
from auditor.service import journal_watch
from auditor.store import journal as chain
from auditor.store.access.acting import local_actor
from auditor.store.engine import Store
from auditor.store.sql import table_of
from auditor.store.tables import JournalRow
from auditor.web.app import make_site
from auditor.web.journal_words import details
from tests.api.caller import Caller, signed_in
from tests.api.rows import made
from tests.api.serving import served
from tests.api.sites import HOSTILE
from tests.store.access.people import OTHER, PASSWORD, dump, journal, person
from tests.web.browsing import Browser, browser
from tests.web.rights import PAGES

LINK, HIDDEN = re.compile(r'id="secret"[^>]*value="([^"]+)"'), "\u202e"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Store]]:
    """A service with an admin, an auditor, somebody of every role and somebody of none."""
    folder: Path = tmp_path_factory.mktemp("people")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AUDITOR_STATE", str(folder))
        store = made(f"sqlite:///{folder}/a.sqlite")
        person(store, "zoe", Role.ADMIN)
        person(store, "aud", Role.AUDITOR, password=None)
        person(store, "every", *Role, password=None)
        person(store, "none", password=None)
        with served(Context(store), make_site) as port:
            yield port, store
        store.close()


def secret_in(page: str) -> str:
    found = LINK.search(page)
    assert found, page
    return unescape(found[1])


def test_every_form_needs_the_token_of_its_session(world: tuple[int, Store]) -> None:
    """Each POST of each page, by who may do everything: without the token, or with another session's, nothing."""
    port, store = world
    caller, other = signed_in(port, store, "every"), signed_in(port, store, "every")
    caller.csrf, wrong = "", []
    before = len(journal(store))
    public = {"/sign-in", "/setup", "/password"}
    for method, path in sorted(PAGES):
        if method == "GET" or path in public:
            continue
        told = path.format(name="none", number=1, rule="x", step="pause", target=1)
        for body in (b"a=b", f"csrf={other.csrf}&reason=because".encode()):
            said = {"Accept": "text/html", "Content-Type": "application/x-www-form-urlencoded"}
            answer = caller.ask("POST", told, body, **said)
            if answer.status != 403 or "This form is too old" not in answer.text:
                wrong.append((path, answer.status))
    assert wrong == []
    assert len(journal(store)) == before


def test_an_admin_adds_a_user_and_hands_the_token_over(world: tuple[int, Store]) -> None:
    """It stands on one page that is not kept, in no address and no database; with it the user sets a password."""
    port, store = world
    zoe = browser(port, store, "zoe")
    zoe.get("/users/new")
    wrong = zoe.send("/users/new", name="Ann Smith", display="Ann", role="operator", scope="site")
    assert (wrong.status, 'value="Ann Smith"' in wrong.text) == (422, True)
    assert 'id="wrong-scope"' in wrong.text
    assert 'id="wrong-name"' in zoe.send("/users/new", name="Ann Smith", role="operator").text
    sent = {"name": "ann", "display": f"Ann {HOSTILE}", "role": "operator", "scope": "site=ams, team=web"}
    form = zoe.page
    made_ = zoe.send("/users/new", **sent)
    assert (made_.status, made_.headers["cache-control"], zoe.path) == (201, "no-store", "/users/new")
    token = secret_in(made_.text)
    assert "<script>alert" not in made_.text
    zoe.page = form
    assert token not in zoe.send("/users/new", **sent).text  # sent again: shown once
    assert zoe.path == "/users/ann"
    assert "site=ams" in zoe.page.text
    stranger = Browser(port)
    stranger.get("/password")
    assert stranger.send("/password", token=token, password=OTHER, again=OTHER).status == 200
    assert token.encode() not in dump(store)
    zoe.get("/users/new")
    assert zoe.send("/users/new", **sent | {"once": "x" * 20}).status == 422  # the name is taken
    assert "ann" in zoe.get("/users?part=AN").text
    assert HOSTILE in unescape(zoe.page.text)


def test_grants_are_given_and_taken_by_others_only(world: tuple[int, Store]) -> None:
    """Within exactly a scope, each in the journal; one's own page offers nothing, and the server refuses."""
    port, store = world
    zoe = browser(port, store, "zoe")
    zoe.get("/users/none")
    zoe.send("/users/none/grants", role="approver", scope="site=fra")
    assert zoe.path == "/users/none?done=given"
    assert zoe.send("/users/none/grants", role="approver", scope="x" * 101 + "=y").status == 422
    zoe.get("/users/none")
    zoe.send("/users/none/grants/revoke")
    assert zoe.path == "/users/none?done=taken"
    assert "No role yet" in zoe.page.text
    zoe.send("/users/none/display", display="No One")
    zoe.send("/users/none/state")
    assert "Enable none" in zoe.page.text
    zoe.send("/users/none/state")
    zoe.send("/users/none/sessions")
    assert secret_in(zoe.send("/users/none/password-token").text)
    told = [action for actor, action, about in journal(store) if (actor, about) == ("zoe", "none")]
    steps = ["role granted", "role revoked", "user changed", "user disabled", "user enabled", "sessions ended"]
    assert told == [*steps, "one-time token made"]
    own = zoe.get("/users/zoe").text
    assert "This is you." in own
    assert "/users/zoe/grants" not in own
    token = zoe.hidden("/sign-out")["csrf"]
    for step, fields in (("grants", "role=viewer"), ("state", "state=disabled"), ("password-token", "")):
        caller = Caller(port, zoe.cookie, token)
        said = {"Accept": "text/html", "Content-Type": "application/x-www-form-urlencoded"}
        answer = caller.ask("POST", f"/users/zoe/{step}", fields.encode(), **said)
        assert (answer.status, "nobody does this to his own account" in answer.text) == (403, True), step
    assert zoe.get("/users/roles").text.count('scope="row"') >= 16


def test_a_token_of_ones_own_is_shown_once_and_revoked(world: tuple[int, Store]) -> None:
    """Never more than its owner; an admin sees and revokes all, and nobody else another's."""
    port, store = world
    aud, zoe = browser(port, store, "aud"), browser(port, store, "zoe")
    aud.get("/account")
    assert "users:write" not in aud.page.text
    wrong = aud.send("/account/tokens", title=f"{HOSTILE} kept", permissions="users:write", until="2026-13-01")
    assert (wrong.status, 'id="wrong-until"' in wrong.text) == (422, True)
    assert f"{HOSTILE} kept" in unescape(wrong.text)
    form = aud.page
    until = re.search(r'id="f-until"[^>]*value="([^"]*)"', aud.get("/account").text)
    assert until
    more = aud.send("/account/tokens", title="x", permissions="runs:write", until=until[1])
    assert (more.status, "does not have runs:write" in more.text) == (422, True)
    good = {"title": "export", "permissions": "results:read", "until": until[1], "scope": "site=ams"}
    aud.page = form
    made_ = aud.send("/account/tokens", **good)
    assert (made_.status, made_.headers["cache-control"], aud.path) == (201, "no-store", "/account/tokens")
    token = secret_in(made_.text)
    program = Caller(port, token=token)
    assert program.ask("GET", "/api/v1/runs").status == 200
    aud.page = form
    again = aud.send("/account/tokens", **good)
    assert (token in again.text, "made already" in again.text) == (False, True)
    assert token.encode() not in dump(store)
    number = re.search(r"/account/tokens/(\d+)/revoke", aud.get("/account").text)
    assert number
    assert "export" in zoe.get("/users/tokens").text
    every = browser(port, store, "none")
    every.get("/account")
    csrf = every.hidden("/sign-out")["csrf"]
    every.page = aud.page
    assert every.send(f"/account/tokens/{number[1]}/revoke", csrf=csrf).status == 404
    aud.send(f"/account/tokens/{number[1]}/revoke")
    assert aud.path == "/account?done=revoked"
    assert program.ask("GET", "/api/v1/runs").status == 401


def test_a_password_is_changed_by_who_knows_it(world: tuple[int, Store]) -> None:
    """Each fault at its field, no password on the page; other sessions end, this one goes on as a new one."""
    port, store = world
    person(store, "pat", Role.VIEWER)
    pat, elsewhere = browser(port, store, "pat"), browser(port, store, "pat")
    for said, field in (
        ({"current": "wrong plums 1 at noon", "new": OTHER, "again": OTHER}, "current"),
        ({"current": PASSWORD, "new": OTHER, "again": PASSWORD}, "again"),
        ({"current": PASSWORD, "new": "short", "again": "short"}, "new"),
    ):
        pat.get("/account")
        answer = pat.send("/account/password", **said)
        assert (answer.status, f'id="wrong-{field}"' in answer.text) == (422, True), field
        assert not any(text in answer.text for text in said.values())
    before = pat.cookie
    pat.get("/account")
    pat.send("/account/password", current=PASSWORD, new=OTHER, again=OTHER)
    assert pat.path == "/account?done=password"
    assert pat.cookie != before
    elsewhere.get("/account")
    assert elsewhere.path.startswith("/sign-in")


def test_the_journal_is_told_in_words_and_filtered(world: tuple[int, Store]) -> None:
    """Hostile words stay words; filters and pages lie in the address; days are UTC."""
    port, store = world
    with store.writing() as connection:
        for n in range(60):
            local_actor().note(connection, "waiver revoked", f"W-{n}", {"why": f"{HOSTILE}{HIDDEN}{n}"})
    aud = browser(port, store, "aud")
    first = aud.get("/journal?action=waiver+revoked").text
    assert "took the waiver" in first
    assert 'href="/waivers/W-59"' in first
    assert "<script>alert" not in first
    assert HIDDEN not in first
    rest = aud.get(unescape(re.search(r'rel="next" href="([^"]*)"', first)[1]).join(["/journal", ""])).text  # type: ignore[index]
    assert ("W-0<" in rest, "W-59<" in rest) == (True, False)
    assert "W-7<" in aud.get("/journal?object=W-7").text
    assert "No entry is like that" in aud.get("/journal?actor=nobody-at-all").text
    assert "No entry is like that" in aud.get("/journal?until=2020-01-01").text
    assert "took the waiver" in aud.get("/journal?since=2020-01-01&action=waiver+revoked").text
    assert aud.get("/journal?since=2026-02-31").status == 422
    assert browser(port, store, "none").get("/journal").status == 403


def test_details_are_lines_and_not_json() -> None:
    """Of a change only what is otherwise; how it was done stands elsewhere; however long, it is bounded."""
    bound = [
        {"target": "a", "observed": "x = 1", "observed_sha256": "0" * 64},
        {"target": "b", "labels": {"site": "ams"}},
    ]
    found = dict(details({"via": "session", "bound": bound, "approved_by": "ann", "ok": True, "long": "x" * 9000}))
    assert found["bound"] == "target: a\nobserved: x = 1\n\ntarget: b\nlabels: site=ams"
    assert (found["approved by"], found["ok"], len(found["long"])) == ("ann", "yes", 4002)
    before = {"cron": "1 2 * * *", "work": {"formats": ["json"], "inventory": "/i"}, "zone": "UTC"}
    after = {"cron": "1 3 * * *", "work": {"formats": [], "inventory": "/i"}, "zone": "UTC"}
    assert details({"before": before, "after": after}) == [
        ("cron", "1 2 * * * → 1 3 * * *"),
        ("work formats", "json → nothing"),
    ]


def test_the_journal_says_how_far_it_was_checked_and_what_broke(world: tuple[int, Store]) -> None:
    """Piece by piece; a changed entry is told by its number, whoever changed it. That somebody checked is an entry."""
    port, store = world
    aud = browser(port, store, "aud")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(journal_watch, "PIECE", 5)
        journal_watch._walks.clear()
        aud.get("/journal")
        assert "Verified up to entry 5<" in aud.page.text
        aud.send("/journal/check")
        assert ("journal checked" in {action for _, action, _ in journal(store)}, "?done=checked" in aud.path) == (
            True,
            True,
        )
        assert "Verified up to entry 5<" not in aud.page.text
    table = table_of(JournalRow)
    with store.reading() as connection:
        kept = connection.scalar(select(table.c.detail).where(table.c.id == 3))
        assert chain.verify_on(connection, chain.Verified(0, chain.START), 4).entries == 4
    with store.writing() as connection:
        connection.execute(update(table).where(table.c.id == 3).values(detail='{"who":"me"}'))
    aud.send("/journal/check", anew="1")
    assert "entry 3 does not hold" in aud.page.text
    with store.writing() as connection:
        connection.execute(update(table).where(table.c.id == 3).values(detail=kept))
    aud.send("/journal/check", anew="1")
    assert chain.verify(store).broken is None
    assert "tampered" not in aud.page.text
