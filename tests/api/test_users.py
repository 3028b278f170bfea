"""Users, tokens and the journal over HTTP: what an admin does, and what nobody does to himself."""

from datetime import UTC, datetime, timedelta

from auditor.access import Role, Scope
from auditor.api.context import Context
from auditor.store.access import onetime
from auditor.store.access.acting import local_actor
from auditor.store.engine import Store
from auditor.store.journal import verify
from tests.api.caller import Answer, Caller, signed_in
from tests.api.serving import served
from tests.store.access.people import OTHER, PASSWORD, person

USERS, TOKENS = "/api/v1/users", "/api/v1/tokens"


def kind(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.json["type"]


def ends(days: float = 1) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).isoformat()


def test_the_first_admin_is_made_with_the_printed_token(store: Store) -> None:
    """Once; a weak password or a wrong name leaves the token good."""
    with store.writing() as connection:
        token = onetime.setup_token(connection, local_actor())
    with served(Context(store)) as port:
        stranger = Caller(port)
        assert stranger.ask("GET", "/api/v1/setup").json == {"needed": True}
        good = {"token": token, "name": "zoe", "password": PASSWORD}
        for wrong in ({"token": "audonce_" + "A" * 43}, {"password": "zoe"}, {"name": "Zoé"}):
            assert stranger.ask("POST", "/api/v1/setup", good | wrong).status == 422
        made = stranger.ask("POST", "/api/v1/setup", good)
        assert (made.status, made.json["grants"]) == (201, [{"role": "admin", "scope": {}}])
        assert stranger.ask("POST", "/api/v1/setup", good | {"name": "ann"}).status == 422
        assert stranger.ask("GET", "/api/v1/setup").json == {"needed": False}
        assert stranger.sign_in("zoe", PASSWORD).status == 200


def test_an_admin_adds_a_user_who_sets_a_password(store: Store) -> None:
    """The admin never knows it; the token is good once; the journal has each step, and no secret."""
    person(store, "zoe", Role.ADMIN)
    with served(Context(store)) as port:
        zoe = signed_in(port, store, "zoe")
        new = {"name": "ann", "display": "Ann", "grants": [{"role": "operator", "scope": {"site": "ams"}}]}
        made = zoe.ask("POST", USERS, new)
        assert made.status == 201
        assert made.json["user"]["grants"] == [{"role": "operator", "scope": {"site": "ams"}}]
        assert kind(zoe.ask("POST", USERS, new)) == (409, "/problems/conflict")
        token = made.json["password"]["token"]
        assert Caller(port).sign_in("ann", "").status == 401
        assert Caller(port).ask("POST", "/api/v1/password", {"token": token, "password": OTHER}).status == 204
        assert Caller(port).ask("POST", "/api/v1/password", {"token": token, "password": PASSWORD}).status == 422
        ann = Caller(port)
        assert ann.sign_in("ann", OTHER).status == 200
        told = zoe.ask("GET", "/api/v1/journal?limit=500").json["items"]
        assert {"user added", "role granted", "one-time token made", "password changed", "signed in"} <= {
            one["action"] for one in told
        }
        over_http = [one["detail"] for one in told if one["detail"].get("request", "request-1") != "request-1"]
        assert len(over_http) >= 5
        assert {one["from"] for one in over_http} == {"127.0.0.1"}
        assert all(secret not in str(told) for secret in (token, OTHER, PASSWORD, ann.cookie, ann.csrf))
    assert verify(store).broken is None


def test_nobody_changes_his_own_roles(store: Store) -> None:
    """Neither grants nor revokes, nor disables himself, nor makes himself a token for a password."""
    person(store, "zoe", Role.ADMIN)
    with served(Context(store)) as port:
        zoe = signed_in(port, store, "zoe")
        for name in ("zoe", "Zoe", "ZOE"):
            for answer in (
                zoe.ask("POST", f"{USERS}/{name}/grants", {"role": "approver"}),
                zoe.ask("DELETE", f"{USERS}/{name}/grants/admin"),
                zoe.ask("PATCH", f"{USERS}/{name}", {"state": "disabled"}),
                zoe.ask("POST", f"{USERS}/{name}/password-token"),
            ):
                assert kind(answer) == (403, "/problems/own-account")
        assert zoe.ask("PATCH", f"{USERS}/zoe", {"display": "Zoé"}).json["display"] == "Zoé"


def test_a_role_that_is_taken_is_gone_at_once(store: Store) -> None:
    """The session ends; after signing in anew there is less to see. Disabling ends everything."""
    person(store, "zoe", Role.ADMIN)
    person(store, "ann", Role.AUDITOR, Role.VIEWER, scope=Scope.of(site="ams"))
    with served(Context(store)) as port:
        zoe, ann = signed_in(port, store, "zoe"), signed_in(port, store, "ann")
        left = zoe.ask("DELETE", f"{USERS}/ann/grants/auditor?label=site%3Dams")
        assert left.json["grants"] == [{"role": "viewer", "scope": {"site": "ams"}}]
        assert ann.ask("GET", "/api/v1/session").status == 401
        again = signed_in(port, store, "ann")
        assert "evidence:read" not in again.ask("GET", "/api/v1/session").json["permissions"]
        assert zoe.ask("DELETE", f"{USERS}/ann/sessions").json == {"sessions": 1}
        zoe.ask("PATCH", f"{USERS}/ann", {"state": "disabled"})
        assert Caller(port).sign_in("ann", PASSWORD).status == 401


def test_lists_go_on_where_they_ended(store: Store) -> None:
    """By key: everyone once, in order, and no next at the end."""
    person(store, "zoe", Role.ADMIN)
    for number in range(7):
        person(store, f"user{number}", password=None)
    with served(Context(store)) as port:
        zoe = signed_in(port, store, "zoe")
        seen, after = [], ""
        while True:
            page = zoe.ask("GET", f"{USERS}?limit=3&after={after}").json
            seen += [one["name"] for one in page["items"]]
            if (after := page["next"]) is None:
                break
        assert seen == [*[f"user{number}" for number in range(7)], "zoe"]
        numbers: list[int] = []
        before = "9000000"
        while before is not None:
            page = zoe.ask("GET", f"/api/v1/journal?limit=4&before={before}").json
            numbers += [one["number"] for one in page["items"]]
            before = page["next"]
        assert numbers == list(range(len(numbers), 0, -1))
        only = zoe.ask("GET", "/api/v1/journal?action=user+added&object=user3").json["items"]
        assert [one["object"] for one in only] == ["user3"]
        for wrong in ("limit=0", "limit=501", "before=0", "before=x", f"before={1 << 63}"):
            assert zoe.ask("GET", f"/api/v1/journal?{wrong}").status == 422


def test_unknown_users_and_hostile_names_are_not_found(store: Store) -> None:
    """Whatever stands in the path."""
    person(store, "zoe", Role.ADMIN)
    with served(Context(store)) as port:
        zoe = signed_in(port, store, "zoe")
        for name in ("nobody", "%22%3E%3Cscript%3E", "..%2F..%2Fetc", "%00", "%ED%A0%80", "x" * 10_000, "%E2%80%AEzoe"):
            answer = zoe.ask("GET", f"{USERS}/{name}")
            assert answer.status == 404, name
            assert "<script>" not in answer.text.replace("\\u003c", "<") or "json" in answer.headers["content-type"]


def test_a_token_is_shown_once_and_is_its_owners_business(store: Store) -> None:
    """Nobody else sees or revokes it, but an admin; a program makes none."""
    person(store, "zoe", Role.ADMIN)
    for name in ("ann", "bob"):
        person(store, name, Role.VIEWER)
    with served(Context(store)) as port:
        zoe, ann, bob = (signed_in(port, store, name) for name in ("zoe", "ann", "bob"))
        new = {"title": "export", "permissions": ["results:read", "account:read"], "expires_at": ends()}
        made = ann.ask("POST", TOKENS, new)
        assert made.status == 201
        secret, path = made.json["secret"], f"{TOKENS}/{made.json['token']['id']}"
        program = Caller(port, token=secret)
        assert program.ask("GET", "/api/v1/session").json["via"] == "token"
        assert program.ask("GET", "/api/v1/session").json["permissions"] == ["account:read", "results:read"]
        assert program.ask("POST", TOKENS, new).status == 403
        assert bob.ask("GET", path).status == bob.ask("DELETE", path).status == 404
        assert bob.ask("GET", f"{TOKENS}?owner=ann").status == bob.ask("GET", f"{TOKENS}?owner=*").status == 403
        assert bob.ask("GET", TOKENS).json["items"] == []
        assert ann.ask("GET", path).json["used_from"] == "127.0.0.1"
        assert [one["title"] for one in zoe.ask("GET", f"{TOKENS}?owner=*").json["items"]] == ["export"]
        assert secret not in ann.ask("GET", TOKENS).text + zoe.ask("GET", f"{TOKENS}?owner=ann").text
        assert zoe.ask("DELETE", path).json["revoked_at"] is not None
        assert program.ask("GET", "/api/v1/session").status == 401
        wrongs: list[dict[str, object]] = [
            {"permissions": ["runs:write"]},
            {"permissions": ["account:write"]},
            {"permissions": []},
            {"permissions": ["everything"]},
            {"expires_at": ends(400)},
            {"expires_at": "2026-12-31T00:00:00"},
            {"expires_at": None},
            {"scope": {"site": ""}},
        ]
        for wrong in wrongs:
            assert ann.ask("POST", TOKENS, new | wrong).status == 422, wrong


def test_a_good_cookie_does_not_help_a_bad_token(store: Store) -> None:
    """Who sends both is taken at the word of the token."""
    person(store, "zoe", Role.ADMIN)
    with served(Context(store)) as port:
        zoe = signed_in(port, store, "zoe")
        for header in ("Bearer aud_" + "A" * 43, "Basic em9lOng=", "Bearer", ""):
            assert zoe.ask("GET", "/api/v1/session", Authorization=header).status == 401
