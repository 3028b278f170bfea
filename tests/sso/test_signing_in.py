"""Signing in through a provider: who comes in, as whom, with which roles; and what is left behind."""

from datetime import timedelta

import pytest

from auditor.access import Grant, Role, Scope
from auditor.store.access import grants, setting_out, users
from auditor.store.access.acting import local_actor
from auditor.store.access.attempts import ADDRESS
from auditor.store.access.setting_out import LIVES
from auditor.store.access_tables import SsoState, WebSession
from auditor.store.engine import now
from tests.api.caller import Caller
from tests.sso.conftest import World
from tests.sso.mock import SECRET
from tests.sso.travelling import SSO, Traveller, goes_on
from tests.store.access.people import count, dump, person, set_columns, spellings

AMS = Scope.of(site="ams")


def test_groups_become_roles_and_the_way_leads_back(world: World) -> None:
    """There and back, and on from a page of ours, so that the strict cookie comes along: one is who one is there."""
    one = world.traveller()
    answer = one.sign_in("/account")
    assert (answer.status, goes_on(answer)) == (200, "/account")
    assert "no-referrer" in answer.headers["referrer-policy"]
    assert one.jar.keys() == {"auditor_session"}  # the cookie of the way is gone
    assert one.jar["auditor_session"][1] == "strict"
    assert (
        one.open("/account", cross=True).status == 200
    )  # led there by another site: without the cookie, to come again
    assert "Zoe Example" in one.open(goes_on(answer)).text
    told = Caller(world.port, one.session).ask("GET", "/api/v1/session").json
    assert (told["name"], told["display"]) == ("zoe", "Zoe Example")
    assert told["grants"] == [{"role": "viewer", "scope": {"site": "ams"}}]
    assert world.actions() == ["user added", "role granted", "signed in"]


def test_the_second_time_it_is_the_same_user_and_another_session(world: World) -> None:
    """Whatever he calls himself meanwhile; and a session that the browser brings along is not taken over."""
    one = world.traveller()
    one.sign_in()
    first = one.session
    world.mock.person |= {"preferred_username": "root", "name": "Somebody"}
    one.jar["auditor_session"] = (first, "lax")
    one.sign_in()
    assert world.people().keys() == {"zoe"}
    assert one.session != first
    assert Caller(world.port, first).ask("GET", "/api/v1/session").status == 401
    planted = Traveller(world.port, {"auditor_session": ("x" * 43, "lax")})
    planted.sign_in()
    assert planted.session not in ("", "x" * 43)


def test_what_groups_say_replaces_what_they_said_and_nothing_else(world: World) -> None:
    """A role that was granted here stays; one of the groups of before goes, with the sessions that had it."""
    before = world.traveller()
    before.sign_in()
    with world.store.writing() as connection:
        grants.give(connection, "zoe", Grant(Role.OPERATOR, AMS), local_actor())
    before.sign_in()
    world.mock.person["groups"] = ["audit-team", "unknown"]
    world.traveller().sign_in()
    assert world.people()["zoe"].grants == {Grant(Role.AUDITOR), Grant(Role.OPERATOR, AMS)}
    assert Caller(world.port, before.session).ask("GET", "/api/v1/session").status == 401


def test_whom_no_group_lets_in_is_not_made_a_user(world: World) -> None:
    """A page says so; the journal has who it was; who had roles by his groups loses them, and his sessions."""
    world.mock.person["groups"] = ["unknown", 7, None]
    one = world.traveller()
    answer = one.sign_in()
    assert (answer.status, one.session) == (403, "")
    assert "<h1>You have no role here</h1>" in answer.text
    assert world.people() == {}
    world.mock.person["groups"] = "admins"
    one.sign_in()
    assert world.people()["zoe"].grants == {Grant(Role.ADMIN)}
    world.mock.person["groups"] = []  # the last admin: what the provider takes away is not kept
    assert world.traveller().sign_in().status == 403
    assert world.people()["zoe"].grants == frozenset()
    assert Caller(world.port, one.session).ask("GET", "/api/v1/session").status == 401
    assert world.refusals() == ["no-role", "no-role"]


def test_a_disabled_user_stays_outside(world: World) -> None:
    """Whatever the provider says; nothing of him changes."""
    world.traveller().sign_in()
    with world.store.writing() as connection:
        users.set_state(connection, "zoe", users.DISABLED, local_actor())
    world.mock.person["groups"] = ["admins"]
    one = world.traveller()
    answer = one.sign_in()
    assert (answer.status, one.session) == (403, "")
    assert "this user is disabled" in answer.text
    zoe = world.people()["zoe"]
    assert not zoe.active
    assert zoe.grants == {Grant(Role.VIEWER, AMS)}
    assert world.refusals() == ["disabled"]


@pytest.mark.parametrize(
    ("called", "name"),
    [
        ("zoe", "zoe-2"),
        ("  ZOE ", "zoe-2"),
        ("ｚｏｅ", "zoe-2"),
        ("zoe@example.org", "zoe@example.org"),
        ('"><script>alert(1)</script>', "script-alert-1-script"),
        ("(command line)", "command-line"),
        ("../../etc", "etc"),
        ("\u202eeoz\0", "eoz"),
        ("名前", "user"),
        ("x" * 10_000, "x" * 60),
    ],
)  # fmt: skip
def test_nobody_takes_over_an_account_by_its_name(world: World, called: str, name: str) -> None:
    """Another name is found, and it is one that a user can have; what he is shown as has no hidden characters."""
    person(world.store, "zoe", Role.ADMIN, password=None)
    world.mock.person |= {"preferred_username": called, "name": "<x-y>\u202eZ\0o\u2028e</x-y>" + "e" * 10_000}
    one = world.traveller()
    assert one.sign_in().status == 200
    assert world.people().keys() == {"zoe", name}
    assert world.people()["zoe"].grants == {Grant(Role.ADMIN)}
    made = world.people()[name]
    assert made.display.startswith("<x-y>Zoe</x-y>e")
    assert (len(made.display) <= users.LONGEST_LINE, made.display.isprintable()) == (True, True)
    assert "<x-y>" not in one.open("/account").text


def test_two_of_one_name_are_two_users(world: World) -> None:
    """By their subjects; who has neither a name nor an address of mail is called by his subject."""
    for subject in ("u-1", "u-2"):
        world.mock.person["sub"] = subject
        world.traveller().sign_in()
    world.mock.person |= {"sub": "u-3", "preferred_username": 7, "email": None, "name": ["x"]}
    world.traveller().sign_in()
    assert {user.external[1]: name for name, user in world.people().items() if user.external} == {
        "u-1": "zoe", "u-2": "zoe-2", "u-3": "u-3",
    }  # fmt: skip


def test_groups_may_stand_in_userinfo_or_deeper_in_a_claim(world: World) -> None:
    """Where the ID token has none; but userinfo of somebody else is none."""
    mock = world.mock
    del mock.person["groups"]
    mock.userinfo = {"sub": "u-1", "groups": ["audit-team"], "iss": "canary"}
    world.traveller().sign_in()
    assert world.people()["zoe"].grants == {Grant(Role.AUDITOR)}
    mock.userinfo["sub"] = "u-2"
    assert world.traveller().sign_in().status == 403
    mock = world.anew(groups_claim="realm_access.roles")
    mock.person["realm_access"] = {"roles": ["audit-team"]}
    world.traveller().sign_in()
    assert world.people()["zoe"].grants == {Grant(Role.AUDITOR)}
    mock = world.anew()
    del mock.person["groups"]
    mock.claims = {"_claim_names": {"groups": "src1"}}
    assert "there are too many" in world.traveller().sign_in().text
    assert world.refusals() == ["groups-left-out"]


@pytest.mark.parametrize(
    "path", ["//evil.example", "/%5Cevil.example", "https:evil", "/%09/evil", "/%0A/evil", "/sso/start", "evil", "%20/"]
)
def test_the_way_leads_to_pages_of_ours_only(world: World, path: str) -> None:
    """To the overview, wherever a link wanted to lead."""
    assert goes_on(world.traveller().sign_in(path)) == "/"


def test_an_answer_is_good_once_and_soon_and_in_the_browser_that_set_out(world: World) -> None:
    """Neither replayed, nor brought by another browser (which uses it up), nor after ten minutes, nor made up."""
    one, other = world.traveller(), world.traveller()
    url = one.at_provider(one.set_out())
    assert other.set_out()  # it has a cookie of its own
    stolen = other.back(url)
    assert (stolen.status, other.session) == (400, "")
    assert "This sign-in is over" in stolen.text
    assert one.back(url).status == 400
    good = one.at_provider(one.set_out())
    kept = dict(one.jar)
    assert one.back(good).status == 200
    one.jar = kept
    assert one.back(good).status == 400
    late = one.at_provider(one.set_out())
    with world.store.reading() as connection:
        set_columns(world.store, SsoState, expires_at=now(connection))
    assert one.back(late).status == 400
    asked = len(world.mock.tokens)
    for query in ("", "?code=x", f"?code=x&state={'A' * 43}", "?code=x&state=%00", "?state=" + "A" * 5000):
        assert one.back(f"/sso/callback{query}").status == 400
    assert len(world.mock.tokens) == asked
    assert (count(world.store, WebSession), world.refusals()) == (1, ["another-browser", "another-browser"])


def test_two_tabs_both_come_back(world: World) -> None:
    """For they have one cookie."""
    one = world.traveller()
    urls = [one.at_provider(one.set_out(path)) for path in ("/account", "/runs")]
    kept = dict(one.jar)
    assert goes_on(one.back(urls[1])) == "/runs"
    one.jar = kept
    assert goes_on(one.back(urls[0])) == "/account"


def test_a_code_of_somebody_else_is_of_no_use(world: World) -> None:
    """Put into one's own answer: the provider wants the verifier of whoever it was given for, which we have not."""
    victim, thief = world.traveller(), world.traveller()
    stolen = victim.at_provider(victim.set_out()).rpartition("code=")[2]
    own = thief.at_provider(thief.set_out()).rpartition("code=")[0]
    answer = thief.back(f"{own}code={stolen}")
    assert (answer.status, thief.session) == (403, "")
    assert "canary" not in answer.text
    assert world.refusals() == ["code-refused"]


def test_who_refuses_at_the_provider_is_told_in_our_words(world: World) -> None:
    """Nothing of what the provider writes is on the page or in the journal; an answer of another provider is none."""
    world.mock.denies = "access_denied"
    one = world.traveller()
    answer = one.sign_in()
    assert (answer.status, one.session) == (403, "")
    assert "the provider refused (access_denied)" in answer.text
    world.mock.denies = "<b>canary"
    assert "canary" not in one.sign_in().text
    world.mock.denies = ""
    mixed = one.at_provider(one.set_out()).replace("iss=http", "iss=https")
    assert one.back(mixed).status == 403
    lacking = one.at_provider(one.set_out()).replace("iss=", "was=")
    assert one.back(lacking).status == 403
    said = ["provider: access_denied", "provider: another error", "bad-answer", "bad-answer"]
    assert world.refusals() == said
    assert world.mock.tokens == []


def test_many_failures_from_one_address_are_told_to_wait(world: World) -> None:
    """As with passwords; the provider is asked nothing meanwhile, and a sign-in that succeeds does not count."""
    one = world.traveller()
    one.sign_in()
    world.mock.denies = "access_denied"
    while (answer := one.sign_in()).status == 403:
        assert len(world.refusals()) <= ADDRESS.free
    assert (answer.status, len(world.refusals())) == (429, ADDRESS.free)
    assert int(answer.headers["retry-after"]) >= 1


def test_who_sets_out_again_and_again_leaves_little_behind(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """From one address the oldest goes; from all together there is an end."""
    monkeypatch.setattr(setting_out, "MOST_HERE", 3)
    one = world.traveller()
    for _ in range(5):
        one.set_out()
    assert count(world.store, SsoState) == 3
    monkeypatch.setattr(setting_out, "MOST", 3)
    monkeypatch.setattr(setting_out, "MOST_HERE", 9)
    assert one.open("/sso/start").status == 503
    with world.store.reading() as connection:
        before = now(connection) - LIVES - timedelta(seconds=1)
    set_columns(world.store, SsoState, expires_at=before)
    one.set_out()
    assert count(world.store, SsoState) == 1


def test_no_secret_of_the_way_is_kept(world: World) -> None:
    """Neither state, cookie, code, nonce, verifier, token nor the client's secret: not in any row, on any page."""
    one = world.traveller()
    url = one.set_out()
    state = url.partition("state=")[2].partition("&")[0]
    nonce = url.partition("nonce=")[2].partition("&")[0]
    way = one.jar[SSO][0]
    middle = dump(world.store)
    back = one.at_provider(url)
    answer = one.back(back)
    code = back.partition("code=")[2]
    verifier = world.mock.tokens[-1]["code_verifier"]
    secrets = {"state": state, "nonce": nonce, "way": way, "code": code, "verifier": verifier, "client": SECRET}
    kept = middle + dump(world.store)
    for name, secret in {**secrets, "session": one.session, "access": "canary-access"}.items():
        for spelling, found in spellings(secret).items():
            assert found not in kept, (name, spelling)
        assert secret not in answer.text, name


def test_pages_are_told_that_there_is_a_provider(world: World) -> None:
    """By name, to everybody; and what is sent there is what OpenID Connect asks for."""
    answer = Caller(world.port).ask("GET", "/api/v1/session/methods")
    assert answer.json == {"password": True, "sso": {"name": "localhost", "start": "/sso/start"}}
    person(world.store, "ann", Role.VIEWER, password=None)
    assert "Sign in with localhost" in world.traveller().open("/sign-in?next=/runs").text
    url = world.traveller().set_out()
    for part in ("authorize?tenant=a&response_type=code&", "code_challenge_method=S256", "scope=openid+profile+email"):
        assert part in url
    assert f"redirect_uri=http%3A%2F%2F127.0.0.1%3A{world.port}%2Fsso%2Fcallback" in url
