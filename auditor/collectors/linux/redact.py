"""Secrets in the text of configuration files become keyed fingerprints before a capture exists.

Password hashes are no matter here: the program reduces them on the host, and none arrives.
"""

import re

from auditor.collectors.linux.frame import Record
from auditor.evidence.redaction import crypt_algorithm, parse_token, redactor

# name=secret, name: secret, name "secret", in any case; a name may carry a prefix (db_password, rd.luks.key).
_NAMED = re.compile(
    r"(?P<head>\b[\w.-]*(?:passw(?:or)?d|passphrase|secret|token|api_?key|luks\.key|community|credential|pwd|uid_?key|fastopen_key)\b"
    r"\s*(?:[=:]\s*|\s)[\"']?)(?P<secret>[^\s\"',;)#]{3,})",
    re.I,
)
_CRYPT = re.compile(r"\$(?:[0-9]|2[abxy]|y|gy|md5|sha1)\$[./0-9A-Za-z$,=]{8,}")
_URL = re.compile(r"(?P<head>\b[a-z][a-z0-9+.-]{1,20}://[^\s:/@]{1,100}:)(?P<secret>[^\s@/]{1,200})(?=@)", re.I)
_MYSQL = re.compile(r"(?P<head>:om(?:mysql|pgsql):[^,\s]*,[^,\s]*,[^,\s]*,)(?P<secret>[^\s;]+)")
# Where such words stand for settings, not for secrets.
_SETTINGS = re.compile(
    r"^(?:yes|no|none|true|false|on|off|required|requisite|sufficient|optional|include|substack|\[.*|pam_\w+\.so|file|prompt|-?\d{1,5})$",
    re.I,
)
_TEXTS = frozenset({"conf", "profile", "cmdline", "sudoers", "mount_units", "modprobe", "sysctl_text"})
_PLACE = re.compile(r"^/[^:]*:\d+:")
_SUDO_TAG = re.compile(r"\b(?:NO)?PASSWD\s*:\s*$")


def redact(records: dict[str, Record]) -> dict[str, Record]:
    """The same records; in those that hold free text, secrets are fingerprints, and nothing else is changed.

    A password hash is one wherever it stands: the program sends none, but a host may answer what it likes.
    """
    clean = {key: text if key in _TEXTS else hashes for key in records}
    return {key: Record(clean[key](r.out), r.rc, clean[key](r.err)) for key, r in records.items()}


def text(value: str) -> str:
    """`value` with its secrets replaced, line by line; the `path:line:` before a line of a file is left alone."""
    return "\n".join(_line(line) for line in value.split("\n"))


def hashes(value: str) -> str:
    """`value` with its password hashes replaced."""
    return _CRYPT.sub(lambda found: str(redactor().token(found[0], crypt_algorithm(found[0]) or "crypt")), value)


def _line(line: str) -> str:
    place = _PLACE.match(line)
    head, value = (place[0], line[place.end() :]) if place else ("", line)
    value = hashes(value)
    for pattern in (_URL, _MYSQL, _NAMED):
        value = pattern.sub(_fingerprint, value)
    return head + value


def _fingerprint(found: re.Match[str]) -> str:
    secret = found["secret"]
    if (
        _SUDO_TAG.search(found["head"])
        or parse_token(secret)
        or secret.startswith("hmac:")
        or _SETTINGS.match(secret)
        or secret.startswith("/")
    ):
        return found[0]
    return found["head"] + str(redactor().token(secret))
