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
_NO_COMMUNITY = r"(?!(?:version 3|use-vrf|filter-vrf|source-interface|traps|informs)\b)"
_LINES = tuple(
    re.compile(pattern)
    for pattern in (
        rf"snmp-server community {_VALUE}",
        rf"snmp-server host \S+ (?:(?:traps?|informs?) )?(?:version (?:1|2c) )?{_NO_COMMUNITY}{_VALUE}",
        r"(?:tacacs|radius|ldap)-server (?:host \S+ (?:[a-z][\w-]* (?:\d+ )?)*?)?(?:key|password|rootDN .* password) "
        + _TYPED,
        rf"ntp authentication-key \d+ (?P<type>[a-z][\w-]*) {_VALUE}",
        rf"\s*(?:key-string|authentication-key|shared-secret|pre-shared-key|authentication text) {_TYPED}",
        rf".*\bmessage-digest-key \d+ (?P<type>md5) (?:[0-9] )?{_VALUE}",
        rf".*(?<![\w-])(?:password|secret|passphrase|key-string|passwd|community|auth-key|psk) {_TYPED}",
    )
)
_USER = re.compile(r"(?P<kind>auth|priv) (?P<algorithm>(?:(?:md5|sha|aes|des|3des)\S*) )?" + _VALUE)
_LOOSE = re.compile(r"\$(?:1|2[aby]|5|6|y|gy|7|8|9)\$[^\s\"]{8,}|\b0x[0-9a-fA-F]{24,}\b")
MASKED = re.compile(r'"?\*{3,}"?')


def redact(text: str, with_redactor: Redactor) -> str:
    """`text` with every secret replaced by its token. Line numbers stay as they were."""
    try:
        items = list(scan(text))
    except Unclosed:  # cut text: nothing in it can be trusted to be a banner
        return "\n".join(_line(line, with_redactor) for line in text.split("\n"))
    lines = text.split("\n")
    for item in items:
        if item.kind in ("command", "comment"):
            lines[item.number - 1] = _line(lines[item.number - 1], with_redactor)
    return "\n".join(lines)


def _line(line: str, with_redactor: Redactor) -> str:
    if line.lstrip().startswith("snmp-server user"):
        return _USER.sub(lambda found: _replace(found, line, with_redactor, 0), line)
    if not _HARMLESS.match(line.lstrip()):
        for pattern in _LINES:
            if found := pattern.match(line):
                if found["secret"] not in _KEEP and not MASKED.fullmatch(found["secret"]):
                    begin, end = found.span("secret")
                    line = line[:begin] + _token(found, with_redactor) + line[end:]
                break
    return _LOOSE.sub(lambda loose: str(with_redactor.token(loose[0], crypt_algorithm(loose[0]) or "hex")), line)


def _replace(found: re.Match[str], line: str, with_redactor: Redactor, _: int) -> str:
    if MASKED.fullmatch(found["secret"]):
        return found[0]
    algorithm = (found["algorithm"] or "").strip() or ("des" if found["kind"] == "priv" else "")
    head = found[0][: found.start("secret") - found.start()]
    return head + str(with_redactor.token(found["secret"], algorithm))


def _token(found: re.Match[str], with_redactor: Redactor) -> str:
    secret = found["secret"].strip('"')
    kind = found.groupdict().get("type")
    hashed = crypt_algorithm(secret) if secret.startswith("$") else ""
    algorithm = hashed or _TYPES.get(kind or "", kind or "plain")
    return str(with_redactor.token(secret, algorithm))
