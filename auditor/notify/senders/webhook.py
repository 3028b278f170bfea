"""Signed webhooks, as Standard Webhooks 1.0.0 has them: id, timestamp and HMAC-SHA256 over `id.timestamp.body`.

No proxy, no redirect, a bounded answer of which nothing is kept but its status.
"""

import base64
import binascii
import hashlib
import hmac
import http.client
import socket
import ssl
import time
from urllib.parse import urlsplit

import orjson

from auditor import __version__
from auditor.errors import InputError
from auditor.notify import secrets
from auditor.notify.addresses import within
from auditor.notify.channels import Webhook, checked_url
from auditor.notify.messages import Message
from auditor.notify.senders import TIMEOUT, SendError, Ways
from auditor.notify.senders.peers import addresses_of, connected, cut, ended_after, verifying

LEAST_KEY = 24  # bytes, as Standard Webhooks asks for
MOST_ANSWER = 65_536  # bytes
_PORTS = {"https": 443, "http": 80}


def key_of(secret: str) -> bytes:
    """The key that a secret means: `whsec_` and base64, or any text. Raises InputError for one that is too short."""
    key = secret.encode()
    if secret.startswith("whsec_"):
        try:
            key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
        except (binascii.Error, ValueError):
            raise InputError("the webhook's secret is not base64 behind whsec_", mend="Correct it.") from None
    if len(key) < LEAST_KEY:
        mend = "`openssl rand -base64 32` makes one."
        raise InputError(f"the webhook's secret is shorter than {LEAST_KEY} bytes", mend=mend)
    return key


def signature(key: bytes, ident: str, timestamp: int, body: bytes) -> str:
    """What stands in `webhook-signature`."""
    signed = b".".join([ident.encode(), str(timestamp).encode(), body])
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def body_of(message: Message) -> bytes:
    """The JSON that is sent: type, subject, and the events."""
    return orjson.dumps({"type": message.data["type"], "subject": message.subject, "data": message.data["data"]})


def post(channel: Webhook, message: Message, ways: Ways) -> None:
    """Send it. Raises SendError, InputError."""
    url = _url(channel)
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
    addresses = addresses_of(host, port, ways.allowed)
    if parts.scheme == "http":
        _only_inside(addresses, ways)
    key, timestamp, body = key_of(secrets.read(channel.secret)), int(time.time()), body_of(message)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": f"auditor/{__version__}",
        "Connection": "close",
        "webhook-id": message.id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature(key, message.id, timestamp, body),
    }
    if message.again:
        headers["auditor-repeated"] = "true"
    context = verifying(channel.ca_file) if parts.scheme == "https" else None
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    status = _status(connected(addresses, port), context, (host, port), path, body, headers)
    if not 200 <= status < 300:
        moved = " (redirects are not followed)" if 300 <= status < 400 else ""
        raise SendError(f"it answered {status}{moved}", final=status == 410)


def _url(channel: Webhook) -> str:
    if not secrets.is_reference(channel.url):
        return channel.url
    try:
        return checked_url(secrets.read(channel.url).strip())
    except ValueError as problem:
        raise InputError(f"the webhook's URL: {problem}", where=channel.url, mend="Correct it.") from None


def _only_inside(addresses: list[str], ways: Ways) -> None:
    """Plain HTTP is for the networks that the setting names, and no others."""
    if not all(within(address, ways.allowed) for address in addresses):
        raise SendError("http:// is for addresses in notify_networks only: use https://")


def _status(
    connection: socket.socket,
    context: ssl.SSLContext | None,
    peer: tuple[str, int],
    path: str,
    body: bytes,
    headers: dict[str, str],
) -> int:
    """The status of the answer. The connection is closed, whatever happens."""
    client = http.client.HTTPConnection(*peer, timeout=TIMEOUT)
    talk = connection
    if context is not None:
        client.default_port = _PORTS["https"]
        talk = context.wrap_socket(connection, server_hostname=peer[0], do_handshake_on_connect=False)
    try:
        with talk, ended_after(lambda: cut(talk)):
            if isinstance(talk, ssl.SSLSocket):
                talk.do_handshake()
            client.sock = talk
            client.request("POST", path, body, headers)
            answer = client.getresponse()
            answer.read(MOST_ANSWER)
            return answer.status
    except ssl.SSLCertVerificationError:
        raise SendError("its certificate was not accepted") from None
    except (OSError, http.client.HTTPException, ValueError) as problem:
        raise SendError(f"the conversation broke off ({type(problem).__name__})") from None
    finally:
        client.close()
