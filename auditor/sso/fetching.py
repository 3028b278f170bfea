"""Questions to the provider: verified TLS, no redirects, no proxy, bounded time and size, and only where it may be.

What the provider names at the issuer's own origin is asked wherever that is: an administrator named it. Anything else
has to be at a public address, or in a network that `oidc_networks` allows.
"""

import http.client
import socket
import ssl
from collections.abc import Mapping
from typing import Any
from urllib.parse import SplitResult, urlencode

import orjson

from auditor import __version__
from auditor.notify.addresses import refusal
from auditor.notify.senders.peers import cut, ended_after
from auditor.sso import UnavailableError
from auditor.sso.configured import Relying, is_loopback, parted

STEP, DEADLINE = 5.0, 15.0  # seconds: for a step of a conversation, and for all of it
MOST, MOST_ADDRESSES = 512 * 1024, 4  # bytes of an answer; addresses of a host that are tried
_PORTS = {"https": 443, "http": 80}


def asked(
    who: Relying, url: str, form: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
) -> tuple[int, Any]:
    """Status and JSON (None where there is none) of what answers; a form is posted. Raises UnavailableError."""
    parts = parted(url)
    if parts is None:
        raise UnavailableError("the provider names an address that is not https")
    host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
    said = {"Accept": "application/json", "User-Agent": f"auditor/{__version__}", "Connection": "close"}
    body = None
    if form is not None:
        said["Content-Type"] = "application/x-www-form-urlencoded"
        body = urlencode(form).encode()
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    peer = _connected(_addresses(who, parts, host, port), port)
    status, content = _talk(who, peer, (parts.scheme, host, port), path, body, {**said, **(headers or {})})
    try:
        return status, orjson.loads(content)
    except orjson.JSONDecodeError:
        return status, None


def origin(parts: SplitResult) -> tuple[str, str, int]:
    """Scheme, host and port of a URL."""
    return parts.scheme, parts.hostname or "", parts.port or _PORTS[parts.scheme]


def _addresses(who: Relying, parts: SplitResult, host: str, port: int) -> list[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise UnavailableError("the name of the provider is not known") from None
    issuer = parted(who.issuer)
    ours = issuer is not None and origin(issuer) == origin(parts)
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))[:MOST_ADDRESSES]
    for address in addresses:
        if parts.scheme == "http" and not is_loopback(address.partition("%")[0]):
            raise UnavailableError("the provider is asked without TLS on this machine only")
        if not ours and (why := refusal(address, who.networks)):
            raise UnavailableError(f"the provider leads to {why} at another host, which oidc_networks does not allow")
    return addresses


def _connected(addresses: list[str], port: int) -> socket.socket:
    for address in addresses:
        try:
            return socket.create_connection((address, port), STEP)
        except OSError:
            continue
    raise UnavailableError("the provider does not answer")


def _talk(
    who: Relying,
    connection: socket.socket,
    peer: tuple[str, str, int],
    path: str,
    body: bytes | None,
    headers: dict[str, str],
) -> tuple[int, bytes]:
    """Status and content of the answer. The connection is closed, whatever happens."""
    scheme, host, port = peer
    client = http.client.HTTPConnection(host, port, timeout=STEP)
    talk = connection
    try:
        if scheme == "https":
            client.default_port = _PORTS["https"]
            talk = who.tls.wrap_socket(connection, server_hostname=host, do_handshake_on_connect=False)
        with talk, ended_after(lambda: cut(talk), DEADLINE):
            if isinstance(talk, ssl.SSLSocket):
                talk.do_handshake()
            client.sock = talk
            client.request("GET" if body is None else "POST", path, body, headers)
            answer = client.getresponse()
            content = answer.read(MOST + 1)
    except ssl.SSLCertVerificationError:
        raise UnavailableError("the provider's certificate was not accepted") from None
    except (OSError, http.client.HTTPException, ValueError) as problem:
        raise UnavailableError(f"the conversation with the provider broke off ({type(problem).__name__})") from None
    finally:
        client.close()
        connection.close()
    if len(content) > MOST:
        raise UnavailableError(f"the provider's answer has more than {MOST >> 10} KiB")
    return answer.status, content
