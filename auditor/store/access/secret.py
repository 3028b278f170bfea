"""Secrets that we make: 256 random bits as text, shown once, and what is kept of them."""

import base64
import hashlib
import hmac
import re
import secrets

TOKEN = "aud_"  # noqa: S105  how a token for programs begins, so that it is known when it lies somewhere
ONCE = "audonce_"
_FORM = re.compile(r"(?:aud_|audonce_|)[A-Za-z0-9_-]{43}")


def new_secret(prefix: str = "") -> str:
    """A prefix and 43 characters of URL-safe base64: 256 bits."""
    return prefix + secrets.token_urlsafe(32)


def digest_of(secret: str, prefix: str = "") -> bytes | None:
    """What a database keeps of a secret: its SHA-256. None for a text that is none of ours."""
    if not secret.startswith(prefix) or not _FORM.fullmatch(secret):
        return None
    return hashlib.sha256(secret.encode()).digest()


def csrf_of(session: str) -> str:
    """The token that a page sends with every change: only who knows the session's secret can make it; kept nowhere."""
    mac = hmac.new(session.encode(), b"auditor csrf 1", hashlib.sha256).digest()
    return base64.urlsafe_b64encode(mac).rstrip(b"=").decode()


def same(one: str, other: str) -> bool:
    """Whether two secrets are equal, in a time that does not tell where they differ."""
    return hmac.compare_digest(one.encode("utf-8", "replace"), other.encode("utf-8", "replace"))
