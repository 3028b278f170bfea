"""Takes secrets out of NX-OS text before it is kept: a token tells algorithm, length class, known default.

Everything that is not inside a banner or certificate is looked at, whatever command printed it.
"""

import re

from auditor.collectors.nexus1000v.scan import Unclosed, scan
from auditor.evidence.redaction import Redactor, crypt_algorithm

_VALUE = r'(?P<secret>"[^"\n]*"|\S+)'
_TYPES = {"0": "plain", "3": "3des", "5": "hash", "6": "type6", "7": "type7", "8": "pbkdf2", "9": "scrypt"}
# Lines that hold one of the words below without being a secret.
_HARMLESS = re.compile(
    r"(?:no )?(?:userpassphrase|password strength-check|feature password|password secure-mode|ssh key)\b"
)
_KEEP = {
    "encryption",
    "strength-check",
    "strength",
    "lifetime",
    "warntime",
    "gracetime",
    "min-length",
    "prompt",
    "on",
    "aes",
}
_TYPED = rf"(?:(?P<type>[0-9]) )?{_VALUE}"
_NO_COMMUNITY = r"(?!(?:version 3|use-vrf|filter-vrf|source-interface|traps|informs)(?:\s|$))"
# What `show running-config diff` puts before a line, and what a comment or a `no` form does.
_BEFORE = re.compile(r"\s*(?:[-+!*<>]+\s*)?(?:no )?")
_LINES = tuple(
    re.compile(pattern)
    for pattern in (
        rf"snmp-server community {_VALUE}",
        rf"snmp-server (?:mib )?community-map {_VALUE}",
        rf"snmp-server host \S+ (?:(?:traps?|informs?) )?(?:version (?:1|2c) )?{_NO_COMMUNITY}{_VALUE}",
        rf"ntp authentication-key \d+ (?P<type>[a-z][\w-]*) {_VALUE}",
        rf"crypto (?:isakmp|ike\S*) key {_TYPED}",
    )
)
# Wherever they stand in a line, and as often as they do.
_ANYWHERE = re.compile(
    r"(?<![\w-])(?:password|secret|passphrase|passwd|community|auth-key|psk|key-string|key-octet-string|shared-secret|"
    rf"pre-shared-key|(?<!ntp )authentication-key|authentication text)(?: ?[:=] ?| ){_TYPED}"
)
_DIGEST = re.compile(rf"\bmessage-digest-key \d+ (?P<type>md5) (?:[0-9] )?{_VALUE}")
_SERVER = re.compile(r"(?:tacacs|radius|ldap)-server (?:host \S+ )?")
_SERVER_KEY = re.compile(rf"(?<![\w-])key {_TYPED}")
_SNMP_USER = re.compile(r"snmp-server user \S+ ?")
_USER = re.compile(
    r"(?P<kind>auth|priv) (?P<algorithm>(?:md5|sha(?:-?\d{3})?|aes(?:-?\d{3})?|des|3des) )?(?!(?:auth|priv)\s)" + _VALUE
)
_URL = re.compile(r"\b[a-z][a-z0-9+.-]{1,20}://[^\s:/@]{1,100}:(?P<secret>[^\s@/]{1,200})(?=@)")
_LOOSE = re.compile(r"\$(?:1|2[aby]|5|6|y|gy|7|8|9)\$[^\s\"]{8,}|\b0x[0-9a-fA-F]{24,}\b")
MASKED = re.compile(r'"?\*{3,}"?')
NO_PASSWORD = ("!", "*")  # `password 5 !`: a user whom no password lets in


def redact(text: str, with_redactor: Redactor) -> str:
    """`text` with every secret replaced by its token. Line numbers stay as they were."""
    try:
        items = list(scan(text))
    except Unclosed:  # cut text: nothing in it can be trusted to be a banner
        return "\n".join(_line(line, with_redactor) for line in text.split("\n"))
    lines = text.split("\n")
    for item in items:
        first = item.number - 1
        if item.kind in ("command", "comment"):
            lines[first] = _line(lines[first], with_redactor)
            continue
        private = item.kind == "certificate" and "PRIVATE KEY-----" in lines[first]
        for at in range(first, first + item.text.count("\n") + 1):
            if private and lines[at].strip() and "-----" not in lines[at]:
                lines[at] = str(with_redactor.token(lines[at].strip(), "private-key"))
            else:
                lines[at] = _hashes(lines[at], with_redactor)
    return "\n".join(lines)


def _hashes(line: str, with_redactor: Redactor) -> str:
    return _LOOSE.sub(lambda loose: str(with_redactor.token(loose[0], crypt_algorithm(loose[0]) or "hex")), line)


def _line(line: str, with_redactor: Redactor) -> str:
    def put(found: re.Match[str]) -> str:
        return _replace(found, with_redactor)

    begin = _BEFORE.match(line)
    before = begin[0] if begin else ""
    command = line[len(before) :]
    if found := _SNMP_USER.match(command):
        command = found[0] + _USER.sub(put, command[found.end() :])
    elif not _HARMLESS.match(command):
        for pattern in _LINES:
            if found := pattern.match(command):
                command = put(found) + command[found.end() :]
                break
        if found := _SERVER.match(command):
            command = found[0] + _SERVER_KEY.sub(put, command[found.end() :])
        command = _ANYWHERE.sub(put, _DIGEST.sub(put, _URL.sub(put, command)))
    return before + _hashes(command, with_redactor)


def _replace(found: re.Match[str], with_redactor: Redactor) -> str:
    """What matched, with a token in place of its secret."""
    secret = found["secret"].strip('"')
    if secret in NO_PASSWORD and found.groupdict().get("type") == "5":
        return found[0]
    if secret in _KEEP or MASKED.fullmatch(secret) or secret.startswith("hmac:"):
        return found[0]
    begin, end = (place - found.start() for place in found.span("secret"))
    return found[0][:begin] + str(with_redactor.token(secret, _algorithm(found.groupdict(), secret))) + found[0][end:]


def _algorithm(groups: dict[str, str | None], secret: str) -> str:
    if groups.get("kind"):
        return (groups["algorithm"] or "").strip() or ("des" if groups["kind"] == "priv" else "")
    kind = groups.get("type") or ""
    hashed = crypt_algorithm(secret) if secret.startswith("$") else ""
    return hashed or _TYPES.get(kind, kind or "plain")
