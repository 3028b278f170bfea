"""What a provider says about itself (OpenID Connect Discovery 1.0, RFC 8414, RFC 9207), checked. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from auditor.sso import UnavailableError
from auditor.sso.configured import parted

WELL_KNOWN = "/.well-known/openid-configuration"
_METHODS = ("client_secret_basic", "client_secret_post")  # in our order of preference


@dataclass(frozen=True, slots=True)
class Described:
    """Where its endpoints are, and how it wants to be asked. `basic`: the secret goes into a header."""

    authorization: str
    token: str
    keys: str
    userinfo: str  # "" without one
    basic: bool
    names_itself: bool  # each way back has `iss`


def address_of(issuer: str) -> str:
    """Where an issuer describes itself."""
    return issuer.rstrip("/") + WELL_KNOWN


def described(issuer: str, said: Any, *, with_secret: bool) -> Described:
    """What a discovery document says. Raises UnavailableError: for another issuer, above all."""
    if not isinstance(said, Mapping):
        raise UnavailableError("the provider's description is no JSON object")
    if said.get("issuer") != issuer:
        raise UnavailableError("the provider calls itself by another name than oidc_issuer, to the letter")
    if "S256" not in said.get("code_challenge_methods_supported", ("S256",)):
        raise UnavailableError("the provider knows PKCE without S256 only")
    methods = said.get("token_endpoint_auth_methods_supported", _METHODS[:1])
    known = [one for one in _METHODS if one in methods] if isinstance(methods, list | tuple) else []
    if with_secret and not known:
        raise UnavailableError("the provider takes a client's secret neither by client_secret_basic nor _post")
    return Described(
        authorization=_endpoint(issuer, said, "authorization_endpoint"),
        token=_endpoint(issuer, said, "token_endpoint"),
        keys=_endpoint(issuer, said, "jwks_uri"),
        userinfo=_endpoint(issuer, said, "userinfo_endpoint") if said.get("userinfo_endpoint") else "",
        basic=known[:1] == ["client_secret_basic"],
        names_itself=said.get("authorization_response_iss_parameter_supported") is True,
    )


def _endpoint(issuer: str, said: Mapping[str, Any], name: str) -> str:
    url = said.get(name)
    parts = parted(url) if isinstance(url, str) else None
    if parts is None or (parts.scheme == "http" and not issuer.startswith("http:")):
        raise UnavailableError(f"the provider's {name} is no https address")
    return str(url)
