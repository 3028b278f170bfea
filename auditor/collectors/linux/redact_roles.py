"""Secrets of role software that stand where no word of the common kind announces them, or lines away from it.

BIND: `secret` of a key, whatever stands between the two. libvirt: `passwd` of a console. Postfix: logins written into
main.cf or master.cf as a table of their own.
"""

import re

from auditor.evidence.redaction import parse_token, redactor

# Blanks, comments and the `path:line:` with which grep begins a line. Nothing here is tried twice, and no comment is
# followed far: a host sends what it likes.
_BETWEEN = (
    r"(?:\s++|/\*[^*]{0,1000}(?:\*(?!/)[^*]{0,1000}){0,100}\*/|//[^\n]{0,1000}+\n|\#[^\n]{0,1000}+\n|"
    r"(?<=\n)/[^:\n]{1,300}+:\d{1,9}+:){1,200}"  # no group is possessive: before Python 3.11.5 those match wrongly
)
_SECRET = re.compile(rf'(?P<head>(?<![\w-])secret{_BETWEEN})(?:"(?P<secret>[^"\n]*)"?|(?P<bare>[^\s";]+))', re.I)
_BLANK = r"(?:\s++|(?<=\n)/[^:\n]{1,300}+:\d{1,9}+:){0,20}"
_PASSWD = re.compile(rf"(?P<head>\bpasswd{_BLANK}={_BLANK}(?P<quote>['\"]))(?P<secret>[^'\"<]++)", re.I)
_STATIC = re.compile(r"(?P<head>\bstatic:(?:\{\s{0,5})?[^\s:{}]{1,200}+:)(?P<secret>[^\s{}]+)")
_INLINE = re.compile(r"(?P<head>(?<=[\s{,])[^\s={}]{1,300}+\s{0,5}=\s{0,5}[^\s:{}]{1,200}+:)(?P<secret>[^\s{}]+)")
_BIND_PW = re.compile(r"(?P<head>(?:bind_pw|_password)\s{0,20}=\s{0,20})(?P<secret>\S+)", re.I)
_RECORDS = {
    "named": (_SECRET,),
    "named_files": (_SECRET,),
    "libvirt": (_PASSWD,),
    "libvirt_conf": (),
    "postconf": (_STATIC, _INLINE, _BIND_PW),
    "postconf_own": (_STATIC, _INLINE, _BIND_PW),
    "aliases": (),
}
RECORDS = frozenset(_RECORDS)


def roles(key: str, text: str) -> str:
    """The text of a record of role software with those secrets replaced by fingerprints."""
    for pattern in _RECORDS.get(key, ()):
        if pattern is _INLINE:
            lines = text.split("\n")
            text = "\n".join(pattern.sub(_fingerprint, line) if "inline:" in line else line for line in lines)
        else:
            text = pattern.sub(_bind if pattern is _SECRET else _fingerprint, text)
    return text


def _fingerprint(found: re.Match[str]) -> str:
    return found["head"] + _token(found["secret"])


def _bind(found: re.Match[str]) -> str:
    """A fingerprint has semicolons in it: without quotes it would end the statement."""
    return f'{found["head"]}"{_token(found["secret"] or found["bare"] or "")}"'


def _token(secret: str) -> str:
    known = parse_token(secret) or set(secret) <= {"?"} or secret.startswith("hmac:")
    return secret if known else str(redactor().token(secret))
