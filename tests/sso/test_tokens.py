"""What a provider may answer with: an ID token that holds in every respect, over addresses that may be asked."""

import hmac
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import ECKey, RSAKey

from auditor.api.sockets import listening
from auditor.notify.addresses import networks
from auditor.notify.senders.peers import verifying
from auditor.sso import SsoError, UnavailableError, fetching
from auditor.sso.described import described
from auditor.sso.fetching import asked
from auditor.sso.provider import AGAIN, AT_ONCE, KEPT, PAUSE, Provider
from tests.simulators.pki import Authority
from tests.sso.conftest import World, relying
from tests.sso.mock import CLIENT, SECRET, Later, plain, provider_there, rsa_key, signed

NONE = b'{"alg": "none"}'
Signs = Callable[[Mapping[str, Any]], str]


def unsigned(claims: Mapping[str, Any]) -> str:
    """With `alg: none`."""
    return f"{plain(NONE)}.{plain(json.dumps(dict(claims)).encode())}."


def by_hmac(secret: bytes) -> Signs:
    """With a key that everybody has, or that is no key of signatures; by hand, for our library would refuse."""

    def sign(claims: Mapping[str, Any]) -> str:
        head, body = (plain(json.dumps(one).encode()) for one in ({"alg": "HS256", "kid": "one"}, dict(claims)))
        return f"{head}.{body}.{plain(hmac.digest(secret, f'{head}.{body}'.encode(), 'sha256'))}"

    return sign


def with_critical(claims: Mapping[str, Any]) -> str:
    """With a head that whoever does not understand it must refuse."""
    return signed(claims, rsa_key("one"), crit=["exp"], exp=1)


def with_key_inside(claims: Mapping[str, Any]) -> str:
    """By a key that the token brings along."""
    key = rsa_key("evil")
    return signed(claims, key, kid="one", jwk=key.as_dict(private=False))


def renamed(claims: Mapping[str, Any]) -> str:
    """By another key that calls itself as the provider's."""
    return signed(claims, RSAKey.import_key(rsa_key("evil").as_dict(private=True), {"kid": "one"}))


def elliptic(claims: Mapping[str, Any]) -> str:
    """By another algorithm than the provider's key is for."""
    return signed(claims, ECKey.generate_key("P-256", {"kid": "one"}), "ES256")


def forged(claims: Mapping[str, Any]) -> str:
    """With a signature over something else."""
    good, other = signed({**claims, "sub": "u-9"}, rsa_key("one")), signed(claims, rsa_key("one"))
    return ".".join([*other.split(".")[:2], good.split(".")[2]])


PUBLIC = rsa_key("one").as_pem(private=False)
SIGNED_WRONG: dict[str, Signs] = {
    "none": unsigned,
    "HMAC under the public key": by_hmac(PUBLIC),
    "HMAC under the client's secret": by_hmac(SECRET.encode()),
    "another key of the same name": renamed,
    "a key that nobody published": lambda claims: signed(claims, rsa_key("evil")),
    "another algorithm than the key": elliptic,
    "critical": with_critical,
    "a key inside": with_key_inside,
    "a signature of something else": forged,
    "no token": lambda _: "canary",
    "an empty signature": lambda claims: signed(claims, rsa_key("one")).rpartition(".")[0] + ".",
    "an encrypted one": lambda _: "a.b.c.d.e",
}  # fmt: skip
CLAIMED_WRONG: dict[str, dict[str, Any]] = {
    "another question": {"nonce": "x"},
    "no question": {"nonce": None},
    "for somebody else": {"aud": "another"},
    "for nobody": {"aud": None},
    "for several": {"aud": [CLIENT, "another"]},
    "for several, used by another": {"aud": [CLIENT, "another"], "azp": "another"},
    "used by another": {"azp": "another"},
    "another issuer": {"iss": "http://localhost/realm"},
    "an issuer with a slash more": {"iss": "/"},
    "over": {"exp": Later(-3600)},
    "without end": {"exp": None},
    "with an end that is no number": {"exp": "2999-01-01"},
    "with an end that is no time": {"exp": True},
    "from the future": {"iat": Later(3600)},
    "without a beginning": {"iat": None},
    "not yet": {"nbf": Later(3600)},
    "about nobody": {"sub": None},
    "about an empty one": {"sub": ""},
    "about a list": {"sub": ["u-1"]},
    "about half a character": {"sub": "\ud800"},
    "about hidden characters": {"sub": "u-1\n"},
}


@pytest.mark.parametrize("how", SIGNED_WRONG)
def test_a_token_that_no_key_of_the_provider_signed_is_none(world: World, how: str) -> None:
    """Nobody is signed in, nobody is made, and the journal says why."""
    world.mock.sign = SIGNED_WRONG[how]
    refused(world)


@pytest.mark.parametrize("how", CLAIMED_WRONG)
def test_a_token_that_says_something_else_is_none(world: World, how: str) -> None:
    """However well it is signed."""
    world.mock.claims = CLAIMED_WRONG[how]
    refused(world)


def refused(world: World) -> None:
    one = world.traveller()
    answer = one.sign_in()
    assert (answer.status, one.session, world.people()) == (403, "", {})
    assert "You are not signed in" in answer.text
    assert "canary" not in answer.text
    assert world.refusals() == ["bad-token"]


@pytest.mark.parametrize(
    "claims", [{"aud": [CLIENT]}, {"aud": [CLIENT, "x"], "azp": CLIENT}, {"exp": Later(-20)}, {"iat": Later(20.5)}]
)
def test_a_token_that_holds_is_taken(world: World, claims: dict[str, Any]) -> None:
    """Also where two clocks differ by half a minute."""
    world.mock.claims = claims
    assert world.traveller().sign_in().status == 200


@pytest.mark.parametrize(("curve", "algorithm"), [("P-256", "ES256"), ("P-521", "ES512")])
def test_other_keys_than_rsa_are_taken(world: World, curve: str, algorithm: str) -> None:
    """Beside keys that are of no use here."""
    key = ECKey.generate_key(curve, {"kid": "elliptic"})
    world.mock.keys = [key]
    odd = [{"kty": "oct", "k": "AAAA", "kid": "elliptic"}, {"kty": "new"}, {"kty": "RSA", "n": "AQAB"}, 7]
    body = json.dumps({"keys": [*odd, key.as_dict(private=False)]}).encode()
    world.mock.answers["/keys"] = (200, {}, body)
    world.mock.sign = lambda claims: signed(claims, key, algorithm)
    assert world.traveller().sign_in().status == 200


def test_new_keys_are_looked_for_once_a_minute(world: World) -> None:
    """A token by a key that is not known makes us look; many of them do not make us look again at once."""
    mock, one = world.mock, world.traveller()
    assert one.sign_in().status == 200
    mock.keys, mock.sign = [rsa_key("two")], lambda claims: signed(claims, rsa_key("two"))
    assert [one.sign_in().status for _ in range(3)] == [403] * 3
    assert mock.asked.count("/keys") == 1
    world.clock.passed += AGAIN
    assert [one.sign_in().status for _ in range(2)] == [200] * 2
    assert mock.asked.count("/keys") == 2
    mock.sign = lambda claims: signed(claims, rsa_key("one"))  # one that was withdrawn
    world.clock.passed += KEPT
    assert one.sign_in().status == 403
    assert mock.asked.count("/.well-known/openid-configuration") == 2


BAD_DESCRIPTIONS: dict[str, dict[str, Any]] = {
    "another issuer": {"issuer": "http://localhost/realm"},
    "a slash more": {"issuer": "/"},
    "no token endpoint": {"token_endpoint": None},
    "keys over plain HTTP": {"jwks_uri": "http://login.example.org/keys"},
    "keys in a file": {"jwks_uri": "file:///etc/passwd"},
    "a way that is a script": {"authorization_endpoint": "javascript:alert(1)"},
    "a way with an end of line": {"authorization_endpoint": "https://login.example.org/\r\nSet-Cookie: a=b"},
    "a password in an address": {"token_endpoint": "https://u:p@login.example.org/"},
    "a number": {"token_endpoint": 7},
    "no S256": {"code_challenge_methods_supported": ["plain"]},
    "no way to show a secret": {"token_endpoint_auth_methods_supported": ["private_key_jwt"]},
}


@pytest.mark.parametrize("how", BAD_DESCRIPTIONS)
def test_a_provider_that_describes_itself_wrongly_is_not_used(world: World, how: str) -> None:
    """Nobody is sent anywhere; the page says what is wrong, in our words."""
    world.mock.described = BAD_DESCRIPTIONS[how]
    answer = world.traveller().open("/sso/start")
    assert (answer.status, answer.headers.get("location")) == (502, None)
    assert "Your provider does not answer as it should" in answer.text


def test_a_provider_with_tls_does_not_lead_to_one_without() -> None:
    """Not even on this machine, where one without may be."""
    for issuer, taken in (("http://localhost:9/a", True), ("https://login.example.org", False)):
        names = ("authorization_endpoint", "token_endpoint", "jwks_uri")
        said = {"issuer": issuer, **dict.fromkeys(names, "http://localhost:9/a")}
        if taken:
            assert described(issuer, said, with_secret=True).basic
            continue
        with pytest.raises(UnavailableError, match="no https address"):
            described(issuer, said, with_secret=True)


BAD_ANSWERS: dict[str, tuple[int, dict[str, str], bytes]] = {
    "somewhere else": (302, {"Location": "/realm/elsewhere"}, b""),
    "not JSON": (200, {}, b"<html>canary"),
    "a list": (200, {}, b"[]"),
    "deep": (200, {}, b"[" * 100_000),
    "large": (200, {}, b'{"a": "' + b"x" * 600_000 + b'"}'),
    "less than it said": (200, {"Content-Length": "100"}, b"{}"),
    "an error": (500, {}, b"canary"),
}


@pytest.mark.parametrize("how", BAD_ANSWERS)
def test_an_answer_that_is_none_is_not_used(world: World, how: str) -> None:
    """No redirect is followed, no more than so much is read; and it is not asked again and again meanwhile."""
    world.mock.answers["/.well-known/openid-configuration"] = BAD_ANSWERS[how]
    one = world.traveller()
    for _ in range(2):
        answer = one.open("/sso/start")
        assert answer.status == 502
        assert "canary" not in answer.text
        assert ("more than 512 KiB" in answer.text) == (how == "large")
    assert world.mock.asked == ["/.well-known/openid-configuration"]
    world.mock.answers = {}
    world.clock.passed += PAUSE
    one.set_out()
    world.mock.answers["/keys"] = BAD_ANSWERS[how]
    assert one.sign_in().status in (403, 502)
    assert "/elsewhere" not in world.mock.asked


@contextmanager
def another_server() -> Iterator[str]:
    """Something else on this machine, that nobody may be led to."""
    server = HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.server_close()


@pytest.mark.parametrize("name", ["jwks_uri", "token_endpoint"])
def test_a_provider_leads_to_itself_and_to_public_addresses_only(world: World, name: str) -> None:
    """Another address inside is not connected to, unless a setting allows its network."""
    with provider_there() as other:
        world.mock.described = {name: f"{other.issuer}/{'keys' if name == 'jwks_uri' else 'token'}"}
        answer = world.traveller().sign_in()
        assert (answer.status, other.asked, other.tokens) == (502, [], [])
        assert "this machine at another host, which oidc_networks does not allow" in answer.text
        assert world.refusals() == ["provider-unavailable"]
        mock = world.anew(networks=networks("127.0.0.0/8"))
        mock.described = {name: f"{other.issuer}/{'keys' if name == 'jwks_uri' else 'token'}"}
        world.traveller().sign_in()
        assert bool(other.asked or other.tokens)


def test_a_client_that_is_not_known_there_is_told_so(world: World) -> None:
    """A wrong secret: in our words, and without the secret."""
    world.mock.secret = "another"
    answer = world.traveller().sign_in()
    assert answer.status == 502
    assert "the provider gave no token (invalid_client)" in answer.text
    assert SECRET not in answer.text


def test_the_provider_is_verified(tmp_path: Path) -> None:
    """By the authorities of the setting alone, under its own name, in time."""
    ours, foreign = Authority(tmp_path / "ours"), Authority(tmp_path / "foreign")
    for authority, names, days, taken in (
        (ours, ("localhost",), 30, True),
        (foreign, ("localhost",), 30, False),
        (ours, ("login.example.org",), 30, False),
        (ours, ("localhost",), -1, False),
    ):
        with provider_there(authority.issue(*names, days=days)) as mock:
            who = relying(mock, tls=verifying(str(ours.ca_file)))
            if taken:
                assert Provider(who).described().token == f"{mock.issuer}/token"
                continue
            with pytest.raises(UnavailableError, match="certificate was not accepted"):
                Provider(who).described()


def test_a_provider_that_is_slow_does_not_hold_everybody_up(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is given up after a while; and who would be one too many to wait is sent away."""
    monkeypatch.setattr(fetching, "STEP", 0.1)
    with listening("127.0.0.1", 0) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(UnavailableError, match="broke off"):
            asked(relying(world.mock, issuer=address), address)
    turns = [world.provider._turn.acquire(blocking=False) for _ in range(AT_ONCE)]
    assert all(turns)
    answer = world.traveller().open("/sso/start")
    assert (answer.status, answer.headers["retry-after"]) == (503, "5")
    assert world.mock.asked == []


def test_nobody_there_is_told_so(world: World) -> None:
    """At a port where nothing listens, or by a name that is not known."""
    with another_server() as address:
        gone = f"{address}/realm"
    for issuer in (gone, "https://login.invalid"):
        with pytest.raises(SsoError):
            asked(relying(world.mock, issuer=issuer), issuer)
