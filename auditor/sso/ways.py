"""The way to the provider and back: what the browser is sent with, and who it was that came back.

State and cookie are random; nonce and PKCE verifier are made out of both and kept nowhere, so that only the browser
that set out can come back, and only with the answer to its own question.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus, urlencode

import structlog

from auditor.sso import SsoError, UnavailableError
from auditor.sso.configured import Relying
from auditor.sso.provider import Provider

MOST_GROUPS = 10_000
_KNOWN_ERRORS = frozenset(  # RFC 6749 4.1.2.1 and 5.2, OpenID Connect Core 3.1.2.6
    {
        "access_denied", "account_selection_required", "consent_required", "interaction_required", "invalid_client",
        "invalid_grant", "invalid_request", "invalid_request_object", "invalid_request_uri", "invalid_scope",
        "login_required", "registration_not_supported", "request_not_supported", "request_uri_not_supported",
        "server_error", "temporarily_unavailable", "unauthorized_client", "unsupported_grant_type",
        "unsupported_response_type",
    }
)  # fmt: skip
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Trip:
    """One way there and back: our address for it, the state in the URL, the secret in the browser's cookie."""

    redirect_uri: str
    state: str
    browser: str

    @property
    def nonce(self) -> str:
        """What the ID token has to repeat."""
        return self._made(b"auditor sso nonce 1")

    @property
    def verifier(self) -> str:
        """What whoever exchanges the code has to know (RFC 7636)."""
        return self._made(b"auditor sso verifier 1")

    @property
    def challenge(self) -> str:
        """The SHA-256 of it, which the browser carries."""
        return _base64(hashlib.sha256(self.verifier.encode()).digest())

    def _made(self, what: bytes) -> str:
        return _base64(hmac.new(self.browser.encode(), what + b" " + self.state.encode(), hashlib.sha256).digest())


@dataclass(frozen=True, slots=True)
class Vouched:
    """Somebody whom the provider vouches for. `subject` is who it is; names are what he calls himself, hostile text."""

    issuer: str
    subject: str
    name: str
    display: str
    groups: frozenset[str]


def way_there(provider: Provider, trip: Trip) -> str:
    """The URL at the provider that a browser is sent to. Raises UnavailableError."""
    asked = {
        "response_type": "code",
        "client_id": provider.who.client_id,
        "redirect_uri": trip.redirect_uri,
        "scope": " ".join(provider.who.scopes),
        "state": trip.state,
        "nonce": trip.nonce,
        "code_challenge": trip.challenge,
        "code_challenge_method": "S256",
    }
    address = provider.described().authorization
    return f"{address}{'&' if '?' in address else '?'}{urlencode(asked)}"


def known_error(text: str) -> str:
    """An error that a provider may answer with, or "another error": its own text goes nowhere."""
    return text if text in _KNOWN_ERRORS else "another error"


def who_came_back(provider: Provider, trip: Trip, code: str, iss: str | None) -> Vouched:
    """Who signed in at the provider. Raises SsoError, whose message is for people and has no text of the provider's."""
    said = provider.described()
    if iss != provider.who.issuer and (iss is not None or said.names_itself):  # RFC 9207: mixed up with another one
        raise SsoError("bad-answer", "the answer is not from our provider")
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": trip.redirect_uri,
        "code_verifier": trip.verifier,
    }
    form, headers = _with_client(provider.who, form, basic=said.basic)
    status, answer = provider.asked(said.token, form, headers)
    if status != 200 or not isinstance(answer, Mapping):
        error = answer.get("error") if isinstance(answer, Mapping) else None
        told = known_error(error) if isinstance(error, str) else "no error named"
        _log.warning("the provider gave no token", status=status, error=told)
        if told == "invalid_grant":
            raise SsoError("code-refused", "the provider does not know this sign-in (any more)")
        raise UnavailableError(f"the provider gave no token ({told})")
    claims = provider.claims_of(answer.get("id_token"), trip.nonce)
    groups = _claimed(claims, provider.who.groups_claim)
    if groups is None and said.userinfo and isinstance(answer.get("access_token"), str):
        claims = {**_userinfo(provider, said.userinfo, answer["access_token"], claims["sub"]), **claims}
        groups = _claimed(claims, provider.who.groups_claim)
    if groups is None and provider.who.groups_claim in _mapping(claims.get("_claim_names")):
        raise SsoError("groups-left-out", "the provider says that there are groups, but not which: there are too many")
    name = next((text for key in ("preferred_username", "email") if (text := _text(claims.get(key)))), claims["sub"])
    return Vouched(provider.who.issuer, claims["sub"], name, _text(claims.get("name")), groups or frozenset())


def _with_client(who: Relying, form: dict[str, str], *, basic: bool) -> tuple[dict[str, str], dict[str, str]]:
    """Form and headers with who we are (RFC 6749 2.3.1)."""
    if who.secret and basic:
        pair = f"{quote_plus(who.client_id)}:{quote_plus(who.secret)}"
        return form, {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
    secret = {"client_secret": who.secret} if who.secret else {}
    return {**form, "client_id": who.client_id, **secret}, {}


def _userinfo(provider: Provider, url: str, access: str, subject: str) -> dict[str, Any]:
    """More claims about the same person, or none."""
    if not access.isascii() or not access.isprintable() or len(access) > 16_384:
        return {}
    status, said = provider.asked(url, headers={"Authorization": f"Bearer {access}"})
    if status != 200 or not isinstance(said, Mapping):
        _log.warning("the provider told nothing more about a person", status=status)
        return {}
    if said.get("sub") != subject:  # OpenID Connect Core 5.3.4
        raise SsoError("bad-answer", "the provider told about somebody else")
    return dict(said)


def _claimed(claims: Mapping[str, Any], name: str) -> frozenset[str] | None:
    """The groups in a claim, None where there is none. `realm_access.roles` is also `roles` within `realm_access`."""
    found: Any = claims
    for part in [name] if name in claims else name.split("."):
        found = _mapping(found).get(part)
    if isinstance(found, str):
        return frozenset({found})
    if not isinstance(found, list):
        return None
    if len(found) > MOST_GROUPS:
        raise SsoError("groups-left-out", f"the provider names more than {MOST_GROUPS} groups")
    return frozenset(one for one in found if isinstance(one, str))


def _mapping(said: Any) -> Mapping[str, Any]:
    return said if isinstance(said, Mapping) else {}


def _text(said: Any) -> str:
    return said if isinstance(said, str) else ""


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
