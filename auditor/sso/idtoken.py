"""ID tokens: signed by a key of the provider's, for us, now, and for this very sign-in (OpenID Connect Core, 3.1.3.7).

Only asymmetric algorithms: with `none` or HMAC under a key that everybody may know, anybody could be anybody.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey

from auditor.sso import SsoError

LEEWAY = 60.0  # seconds that two clocks may differ
MOST, MOST_KEYS = 100_000, 50  # characters of a token; keys of a provider
LEAST_RSA, MOST_RSA = 2048, 16_384  # bits
_RSA = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")
_CURVES = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521", "Ed25519": "Ed25519"}
ALGORITHMS = (*_RSA, *_CURVES, "EdDSA")


class KeyUnknownError(SsoError):
    """No key of those that we know fits: the provider may have new ones."""

    def __init__(self) -> None:
        super().__init__("bad-token", "the provider's answer is not signed by one of its keys")


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key of the provider's; `id` and `algorithm` as it says, "" where it does not."""

    id: str
    algorithm: str
    key: Key

    def fits(self, algorithm: str, ident: object) -> bool:
        """Whether a token with this head may be signed by it."""
        if (ident is not None and ident != self.id) or self.algorithm not in ("", algorithm):
            return False
        if isinstance(self.key, RSAKey):
            return algorithm in _RSA
        curve = self.key.curve_name if isinstance(self.key, ECKey | OKPKey) else ""
        return curve == _CURVES.get(algorithm) or (algorithm == "EdDSA" and curve == "Ed25519")


def public_keys(said: Any) -> tuple[PublicKey, ...]:
    """The keys of a JWK set that can sign ID tokens; others are left out. None is an empty tuple."""
    entries = said.get("keys") if isinstance(said, Mapping) else None
    found = [_key(one) for one in entries[:MOST_KEYS]] if isinstance(entries, list) else []
    return tuple(one for one in found if one is not None)


@dataclass(frozen=True, slots=True)
class Expected:
    """What a token has to say; `at` in seconds since 1970."""

    issuer: str
    client_id: str
    nonce: str
    at: float


def checked(token: Any, keys: Sequence[PublicKey], expected: Expected) -> dict[str, Any]:
    """The claims of a token that holds in every respect. Raises SsoError; KeyUnknownError when newer keys may help."""
    claims = _signed(token, keys)
    audience = claims.get("aud")
    every = audience if isinstance(audience, list) else [audience]
    party = claims.get("azp", expected.client_id if len(every) == 1 else None)
    expires, issued, begins = (_seconds(claims.get(name)) for name in ("exp", "iat", "nbf"))
    if claims.get("iss") != expected.issuer:
        raise _bad("is from another issuer")
    if expected.client_id not in every or party != expected.client_id:
        raise _bad("is for somebody else")
    if expires is None or expires <= expected.at - LEEWAY:
        raise _bad("is over; see whether both clocks are right")
    if issued is None or issued > expected.at + LEEWAY:
        raise _bad("is from the future; see whether both clocks are right")
    if "nbf" in claims and (begins is None or begins > expected.at + LEEWAY):
        raise _bad("does not hold yet; see whether both clocks are right")
    if claims.get("nonce") != expected.nonce:
        raise _bad("is the answer to another question")
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= 255 or not subject.isprintable():
        raise _bad("does not say who it is about")
    return claims


def _signed(token: Any, keys: Sequence[PublicKey]) -> dict[str, Any]:
    """The claims of a token that one of these keys signed."""
    if not isinstance(token, str) or len(token) > MOST or token.count(".") != 2 or not token.isascii():
        raise _bad("is no signed token")
    registry = jws.JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)  # unknown parts of a head are ignored
    registry.max_header_length = 16_384  # it may hold certificates
    try:
        head = jws.extract_compact(token.encode(), registry=registry).headers()
        algorithm, ident = head.get("alg"), head.get("kid")
        if algorithm not in ALGORITHMS or "crit" in head or "b64" in head:
            raise _bad("is signed in a way that is not taken")
        for key in keys:
            if key.fits(algorithm, ident) and (claims := _by(key, token, registry)) is not None:
                return claims
    except (JoseError, ValueError, TypeError):
        raise _bad("is no signed token") from None
    raise KeyUnknownError


def _by(key: PublicKey, token: str, registry: jws.JWSRegistry) -> dict[str, Any] | None:
    try:
        claims = orjson.loads(jws.deserialize_compact(token, key.key, registry=registry).payload or b"")
    except (JoseError, ValueError):
        return None
    return claims if isinstance(claims, dict) else None


def _key(said: Any) -> PublicKey | None:
    kinds: dict[Any, type[RSAKey] | type[ECKey] | type[OKPKey]] = {"RSA": RSAKey, "EC": ECKey, "OKP": OKPKey}
    if not isinstance(said, dict) or said.get("use", "sig") != "sig" or said.get("kty") not in kinds:
        return None
    public = {name: said[name] for name in ("kty", "n", "e", "crv", "x", "y") if name in said}
    try:
        key = kinds[said["kty"]].import_key(public)
        if isinstance(key, RSAKey) and not LEAST_RSA <= key.public_key.key_size <= MOST_RSA:
            return None
        return PublicKey(_text(said.get("kid")), _text(said.get("alg")), key)
    except (JoseError, ValueError, TypeError, KeyError):
        return None


def _text(said: Any) -> str:
    return said if isinstance(said, str) else ""


def _seconds(said: Any) -> float | None:
    number = isinstance(said, int | float) and not isinstance(said, bool) and math.isfinite(said)
    return float(said) if number else None


def _bad(how: str) -> SsoError:
    return SsoError("bad-token", f"the provider's answer {how}")
