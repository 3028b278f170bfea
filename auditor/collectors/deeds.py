"""What collectors share about who changed what: bounds, and secrets out of the words of a log."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from auditor.collectors.said import said
from auditor.evidence.redaction import crypt_algorithm, redactor

NEWEST = 500  # deeds of one target
WORDS = 300  # characters of one deed
DAYS = 30  # how far back logs are asked for: what a vCenter keeps by default (`event.maxAge`)
_WHO, _OBJECT = 100, 120
_NAMES = r"(?:passw(?:or)?d|passphrase|secret|token|community|pwd|credential|(?:api|auth|private|priv|access)[_-]?key)"
_VALUE = r"(?P<secret>[^\s\"';,-][^\s\"';,]{2,200})"
_SECRETS = (
    re.compile(rf"(?P<head>{_NAMES}\s{{0,5}}[=:]\s{{0,5}}[\"']?){_VALUE}", re.I),
    re.compile(
        rf"(?P<head>(?:(?<=-){_NAMES}|\b(?:password|passphrase|secret|community))\s{{1,5}}[\"']?){_VALUE}", re.I
    ),
    re.compile(r"(?P<head>\b[a-z][a-z0-9+.-]{1,20}://[^\s:/@]{1,100}:)(?P<secret>[^\s@/]{1,200})(?=@)", re.I),
    re.compile(r"(?P<head>(?<=\s)(?:-p|-u\s?[^\s:]{1,100}:)\s?)(?P<secret>[^\s/:-][^\s/:]{3,200})"),
    re.compile(r"(?P<head>)(?P<secret>\$(?:[0-9]|2[abxy]|y|gy)\$[./0-9A-Za-z$,=]{8,200})"),
    re.compile(r"(?P<head>)(?P<secret>\b(?:0x)?[0-9a-fA-F]{32,200}\b)"),
)


def hushed(words: str) -> str:
    """`words` of a log with what may be a secret replaced by its fingerprint."""
    for pattern in _SECRETS:
        words = pattern.sub(_fingerprint, words)
    return words


def _fingerprint(found: re.Match[str]) -> str:
    secret = found["secret"]
    if secret.startswith(("hmac:", "/")) or set(secret) == {"*"}:
        return found[0]
    return found["head"] + str(redactor().token(secret, crypt_algorithm(secret) or "plain"))


def deed(at: float, who: str, what: str, thing: str = "") -> dict[str, Any]:
    """One deed as plain data. `at` is in seconds since 1970, UTC. Raises ValueError, OverflowError or OSError."""
    out: dict[str, Any] = {"at": moment(at), "who": said(who, _WHO), "what": said(what, WORDS)}
    return out | ({"object": said(thing, _OBJECT)} if thing else {})


def moment(at: float) -> str:
    """Seconds since 1970 as ISO 8601 in UTC. Raises ValueError, OverflowError or OSError for a time beyond dates."""
    return datetime.fromtimestamp(int(at), UTC).isoformat().replace("+00:00", "Z")


def activity(deeds: Iterable[dict[str, Any]], begins: float | None) -> dict[str, Any]:
    """The plain `Activity` facts: oldest first, each deed once, no more than NEWEST of them."""
    once = {tuple(sorted(one.items())): one for one in deeds}
    kept = sorted(once.values(), key=lambda one: str(one["at"]))
    start = None if begins is None else moment(begins)
    if len(kept) > NEWEST:
        kept = kept[-NEWEST:]
        start = max(start or "", str(kept[0]["at"]))
    return {"begins": start, "deeds": kept}
