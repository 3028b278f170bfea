"""A provider of OpenID Connect on loopback: a real HTTP server with real keys, which lies when told to."""

import base64
import hashlib
import http.server
import json
import secrets
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import parse_qs, unquote_plus, urlencode, urlsplit

from joserfc.jwk import ECKey, RSAKey
from joserfc.jws import JWSRegistry

from tests.simulators.pki import Pair

CLIENT, SECRET = "auditor", "canary-client/secret+7"
ZOE = {"sub": "u-1", "preferred_username": "Zoe", "name": "Zoe Example", "groups": ["audit-ams"]}


@cache
def rsa_key(name: str) -> RSAKey:
    """A key; one of each name for all tests, for making one takes long."""
    return RSAKey.generate_key(2048, {"kid": name})


@dataclass(frozen=True)
class Later:
    """A time as seconds from when the token is made: a suite may have collected its tests long before."""

    seconds: float


def signed(claims: Mapping[str, Any], key: RSAKey | ECKey, algorithm: str = "RS256", **head: Any) -> str:
    """A token as providers make them, or worse: put together here, for our library would not sign just anything."""
    parts = ({"alg": algorithm, "kid": key.kid, **head}, dict(claims))
    text = ".".join(plain(json.dumps(part).encode()) for part in parts)
    return f"{text}.{plain(JWSRegistry.algorithms[algorithm].sign(text.encode(), key))}"


def plain(raw: bytes) -> str:
    """Bytes as tokens write them."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@dataclass
class MockProvider:
    """Who is signed in there is `person`. `claims`, `described` change what it says (None leaves out); `sign` how."""

    issuer: str = ""
    person: dict[str, Any] = field(default_factory=lambda: dict(ZOE))
    keys: list[RSAKey | ECKey] = field(default_factory=lambda: [rsa_key("one")])
    claims: dict[str, Any] = field(default_factory=dict)
    described: dict[str, Any] = field(default_factory=dict)
    sign: Callable[[Mapping[str, Any]], str] = lambda claims: signed(claims, rsa_key("one"))
    userinfo: dict[str, Any] | None = None
    secret: str = SECRET
    denies: str = ""  # the error that it sends people back with
    answers: dict[str, tuple[int, dict[str, str], bytes]] = field(default_factory=dict)  # instead, by path
    asked: list[str] = field(default_factory=list)
    tokens: list[dict[str, str]] = field(default_factory=list)  # forms of the token endpoint
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def description(self) -> dict[str, Any]:
        """Its discovery document."""
        said = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize?tenant=a",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "userinfo_endpoint": f"{self.issuer}/userinfo" if self.userinfo else None,
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": True,
        }
        return {name: value for name, value in (said | self.described).items() if value is not None}

    def authorized(self, asked: dict[str, str]) -> str:
        """Where somebody is sent who comes with this query."""
        back = {"state": asked["state"], "iss": self.issuer}
        if self.denies:
            said = {**back, "error": self.denies, "error_description": "<script>canary</script>"}
            return f"{asked['redirect_uri']}?{urlencode(said)}"
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({**back, 'code': code})}"

    def token(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        """The answer of the token endpoint: each code is good once, for who holds the verifier."""
        self.tokens.append(form)
        scheme, _, pair = authorization.partition(" ")
        name, _, secret = base64.b64decode(pair).decode().partition(":")
        if scheme != "Basic" or (unquote_plus(name), unquote_plus(secret)) != (CLIENT, self.secret):
            return 401, {"error": "invalid_client"}
        asked = self.codes.pop(form["code"], None)
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        if asked is None or asked["code_challenge"] != plain(digest) or asked["redirect_uri"] != form["redirect_uri"]:
            return 400, {"error": "invalid_grant", "error_description": "<b>canary</b>"}
        at = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT, "iat": at, "exp": at + 300, "nonce": asked["nonce"]}
        told = self.person | self.claims
        claims |= {name: at + one.seconds if isinstance(one, Later) else one for name, one in told.items()}
        token = self.sign({name: value for name, value in claims.items() if value is not None})
        return 200, {"access_token": "canary-access", "token_type": "Bearer", "id_token": token}


class _Handler(http.server.BaseHTTPRequestHandler):
    provider: MockProvider

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        path = parts.path.removeprefix("/realm")
        self.provider.asked.append(path)
        if path in self.provider.answers:
            status, headers, body = self.provider.answers[path]
            self._say(status, body, headers)
        elif path == "/.well-known/openid-configuration":
            self._say(200, self.provider.description())
        elif path == "/keys":
            self._say(200, {"keys": [key.as_dict(private=False) for key in self.provider.keys]})
        elif path == "/authorize":
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            self._say(303, b"", {"Location": self.provider.authorized(query)})
        elif path == "/userinfo" and self.headers["Authorization"] == "Bearer canary-access":
            self._say(200, self.provider.userinfo or {})
        else:
            self._say(404, b"")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        form = {name: values[0] for name, values in parse_qs(body).items()}
        self._say(*self.provider.token(form, self.headers.get("Authorization", "")))

    def _say(self, status: int, body: Any, headers: Mapping[str, str] | None = None) -> None:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  named so by http.server
        pass


@contextmanager
def provider_there(pair: Pair | None = None) -> Iterator[MockProvider]:
    """A provider at `localhost`, which to a browser is another site than 127.0.0.1; over TLS with a pair."""
    found = MockProvider()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"provider": found}))
    if pair is not None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(pair.cert_file, pair.key_file)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    found.issuer = f"http{'s' if pair else ''}://localhost:{server.server_address[1]}/realm"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
        thread.join(30)
