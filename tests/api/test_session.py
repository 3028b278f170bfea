"""Signing in with a browser: cookies, forged requests, guesses."""

from datetime import timedelta

import pytest

from auditor.access import Role
from auditor.api.context import Context
from auditor.api.doorway import Doorway
from auditor.store.access import sessions
from auditor.store.access.attempts import PAIR
from auditor.store.access_tables import SignInAttempt, WebSession
from auditor.store.engine import Store, now
from tests.api.caller import PLAIN, SECURE, Caller, cookie_in, signed_in
from tests.api.serving import served
from tests.store.access.people import OTHER, PASSWORD, count, journal, person, set_columns

SESSION = "/api/v1/session"


def test_a_person_signs_in_looks_and_signs_out(store: Store) -> None:
    """After signing out the cookie is good for nothing, and both stand in the journal with the address."""
    person(store, "zoe", Role.VIEWER, Role.ADMIN)
    with served(Context(store)) as port:
        zoe = Caller(port)
        said = zoe.sign_in("zoe", PASSWORD)
        assert (said.status, said.json["name"], said.json["via"]) == (200, "zoe", "session")
        who = zoe.ask("GET", SESSION)
        assert who.json == said.json
        assert "users:write" in who.json["permissions"]
        assert "waivers:decide" not in who.json["permissions"]
        assert zoe.ask("GET", "/api/v1/users").status == 200
        gone = zoe.ask("DELETE", SESSION)
        assert gone.status == 204
        assert 'auditor_session=""' in gone.headers["set-cookie"]
        assert zoe.ask("GET", SESSION).status == 401
    assert journal(store)[-2:] == [("zoe", "signed in", "zoe"), ("zoe", "signed out", "zoe")]
    assert count(store, WebSession) == 0


@pytest.mark.parametrize("secure", [False, True])
def test_the_cookie_is_as_strict_as_can_be(store: Store, *, secure: bool) -> None:
    """No script reads it, no other site sends it, no other host gets it, and with TLS it goes over TLS only."""
    person(store, "zoe")
    door = Doorway("https://audit.example.org") if secure else Doorway()
    with served(Context(store, door=door)) as port:
        zoe = Caller(port, name=SECURE if secure else PLAIN)
        answer = zoe.sign_in("zoe", PASSWORD)
        parts = {part.strip().lower() for part in answer.headers["set-cookie"].split(";")[1:]}
        assert parts == {"httponly", "path=/", "samesite=strict"} | ({"secure"} if secure else set())
        assert ("strict-transport-security" in answer.headers) == secure
        assert answer.headers["cache-control"] == "no-store"
        assert zoe.ask("GET", SESSION).status == 200
        wrong = Caller(port, zoe.cookie, name=PLAIN if secure else SECURE)
        assert wrong.ask("GET", SESSION).status == 401


def test_a_session_that_was_planted_is_not_taken_over(store: Store) -> None:
    """Whatever a cookie says before signing in, the session after is a new one, and the old one is over."""
    person(store, "zoe")
    person(store, "mallory")
    with served(Context(store)) as port:
        mallory = Caller(port)
        mallory.sign_in("mallory", PASSWORD)
        for planted in (mallory.cookie, "A" * 43, "'; DROP TABLE account; --"):
            zoe = Caller(port, planted)
            zoe.sign_in("zoe", PASSWORD)
            assert zoe.cookie != planted
            assert zoe.ask("GET", SESSION).json["name"] == "zoe"
            assert Caller(port, planted).ask("GET", SESSION).status == 401


def test_changes_need_the_token_of_the_session(store: Store) -> None:
    """Without, with another session's, with part of it: refused, and nothing is changed."""
    person(store, "zoe", Role.ADMIN)
    person(store, "ann")
    with served(Context(store)) as port:
        zoe, other = signed_in(port, store, "zoe"), signed_in(port, store, "ann")
        assert other.csrf != zoe.csrf
        for wrong in ("", other.csrf, zoe.csrf[:-1], zoe.csrf + "A", "null", "\u00e9"):
            answer = Caller(port, zoe.cookie).ask(
                "PATCH", "/api/v1/users/ann", {"state": "disabled"}, x_csrf_token=wrong
            )
            assert (answer.status, answer.json["type"]) == (403, "/problems/csrf")
        assert zoe.ask("GET", "/api/v1/users/ann").json["state"] == "active"
        assert zoe.ask("PATCH", "/api/v1/users/ann", {"state": "disabled"}).json["state"] == "disabled"


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example.org"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1"},
        {"Origin": ""},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
    ],
)
def test_a_page_of_somebody_else_changes_nothing(store: Store, headers: dict[str, str]) -> None:
    """Even one that knows the token; signing somebody in from elsewhere neither."""
    person(store, "zoe", Role.ADMIN)
    with served(Context(store)) as port:
        zoe = signed_in(port, store, "zoe")
        for answer in (
            zoe.ask("DELETE", SESSION, **headers),
            Caller(port).sign_in("zoe", PASSWORD, **headers),
            Caller(port).ask("POST", "/api/v1/setup", {}, **headers),
        ):
            assert (answer.status, answer.json["type"]) == (403, "/problems/foreign-origin")
        assert zoe.ask("GET", SESSION).status == 200
        own = {"Origin": f"http://127.0.0.1:{port}", "Sec_Fetch_Site": "same-origin"}
        assert zoe.ask("DELETE", SESSION, **own).status == 204


def test_a_form_of_a_page_is_no_json(store: Store) -> None:
    """What a page can make a browser send without asking is not read as JSON."""
    person(store, "zoe")
    body = b'{"name": "zoe", "password": "' + PASSWORD.encode() + b'"}'
    with served(Context(store)) as port:
        for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
            assert Caller(port).ask("POST", SESSION, body, Content_Type=kind).status == 422


def test_guessing_is_told_to_wait(store: Store) -> None:
    """The same answer for a wrong password and for nobody; after some, 429 with the time to wait, the same for both."""
    person(store, "zoe")
    with served(Context(store)) as port:
        names = ("zoe", "nobody")
        refused = [Caller(port).sign_in(name, OTHER) for name in names for _ in range(PAIR.free)]
        assert {one.status for one in refused} == {401}
        assert len({str({**one.json, "request": ""}) for one in refused}) == 1
        with store.reading() as connection:
            late = now(connection) + timedelta(minutes=10)
        set_columns(store, SignInAttempt, until=late)  # this machine may be slower than the first wait is long
        for name in names:
            answer = Caller(port).sign_in(name, PASSWORD)
            assert (answer.status, answer.json["type"]) == (429, "/problems/too-many-attempts")
            assert 60 < int(answer.headers["retry-after"]) <= 600
            assert "set-cookie" not in answer.headers


def test_another_password_ends_all_sessions_but_a_new_one(store: Store) -> None:
    """The cookie that was used is over too; a wrong current password changes nothing, and a weak new one neither."""
    person(store, "zoe")
    with served(Context(store)) as port:
        zoe, elsewhere = signed_in(port, store, "zoe"), signed_in(port, store, "zoe")
        path, old = f"{SESSION}/password", zoe.cookie
        wrong = zoe.ask("PUT", path, {"current": OTHER, "new": "four green tables run"})
        assert (wrong.status, wrong.json["type"]) == (403, "/problems/wrong-password")
        weak = zoe.ask("PUT", path, {"current": PASSWORD, "new": "Password2026!"})
        assert weak.status == 422
        assert "Password2026!" not in weak.text
        done = zoe.ask("PUT", path, {"current": PASSWORD, "new": OTHER})
        assert done.status == 200
        new = Caller(port, cookie_in(done), done.json["csrf"])
        assert [one.ask("GET", SESSION).status for one in (Caller(port, old), elsewhere, new)] == [401, 401, 200]
        assert Caller(port).sign_in("zoe", PASSWORD).status == 401
        assert Caller(port).sign_in("zoe", OTHER).status == 200


@pytest.mark.parametrize(("column", "ago"), [("seen_at", sessions.IDLE), ("expires_at", timedelta(0))])
def test_a_session_that_is_over_is_told_so(store: Store, column: str, ago: timedelta) -> None:
    """With 401, as one that never was."""
    person(store, "zoe")
    with served(Context(store)) as port:
        zoe = signed_in(port, store, "zoe")
        with store.reading() as connection:
            before = now(connection) - ago
        set_columns(store, WebSession, **{column: before})
        answer = zoe.ask("GET", SESSION)
        assert (answer.status, answer.headers["www-authenticate"]) == (401, "Bearer")


def test_what_was_sent_is_in_no_answer(store: Store) -> None:
    """Neither a wrong type nor an unknown key nor broken JSON is given back, for it may hold a password."""
    bodies: list[object] = [
        {"name": "zoe", "password": [PASSWORD]},
        {"name": "zoe", "password": PASSWORD * 200},
        {"name": [PASSWORD], "password": "x"},
        {"name": "zoe", "password": PASSWORD, "extra": PASSWORD},
        PASSWORD,
        b'{"name": "zoe", "password": "' + PASSWORD.encode(),
        b"\xff\xfe" + PASSWORD.encode(),
        b'{"a":' * 5000 + b"}" * 5000,
    ]
    with served(Context(store)) as port:
        for body in bodies:
            answer = Caller(port).ask("POST", SESSION, body)
            assert answer.status in (400, 422), body
            assert answer.headers["content-type"] == "application/problem+json"
            assert "canary" not in answer.text


def test_a_secret_does_not_pass_a_network_in_plain_text(store: Store) -> None:
    """Called by a name that is not this machine's, or through a proxy that nobody told of: refused with the mend."""
    person(store, "zoe")
    with served(Context(store)) as port:
        zoe = signed_in(port, store, "zoe")
        cases = ({"Host": f"rebound.example.org:{port}"}, {"X_Forwarded_For": "192.0.2.1"}, {"Forwarded": "for=x"})
        for headers in cases:
            for answer in (
                Caller(port).sign_in("zoe", PASSWORD, **headers),
                zoe.ask("GET", SESSION, **headers),
                Caller(port, token="aud_" + "A" * 43).ask("GET", SESSION, **headers),
            ):
                assert (answer.status, answer.json["type"]) == (403, "/problems/insecure-transport")
        assert zoe.ask("GET", SESSION, Host=f"localhost:{port}").status == 200


def test_every_answer_keeps_browsers_careful(store: Store) -> None:
    """Success, error, nothing there: the same headers, and an id that no two share."""
    with served(Context(store)) as port:
        every = [Caller(port).ask("GET", path) for path in ("/health/live", "/api/v1/users", "/nowhere", "/%00")]
    for answer in every:
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "strict-transport-security" not in answer.headers
    assert len({answer.headers["x-request-id"] for answer in every}) == len(every)
