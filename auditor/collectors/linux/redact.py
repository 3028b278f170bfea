"""Secrets in the text of configuration files become keyed fingerprints before a capture exists.

Password hashes are no matter here: the program reduces them on the host, and none arrives.
"""

import re

from auditor.collectors.linux.frame import Record
from auditor.collectors.linux.logs import kept
from auditor.collectors.linux.redact_roles import RECORDS, roles
from auditor.evidence.redaction import crypt_algorithm, parse_token, redactor

# Words that announce a secret, whatever stands before them (db_password, rd.luks.key). No pattern here may try again
# from every place of a long word: a host sends what it likes, and a line of megabytes must cost one pass.
_WORDS = (
    r"(?:passw(?:or)?d|passphrase|secret|token|luks\.key|community|credential(?:_binary)?|pwd|bindpw|"
    r"(?:api|access|secret|private|auth|signing|encryption|uid|fastopen)[_-]?key)"
)
# Words that do so only before an equals sign or a colon: PAM has `use_authtok` and `try_first_pass` as settings.
_ASSIGNED = r"(?:authtok|(?<![a-z])pass|rootpw|psk)"
_VALUE = r"""(?P<secret>(?<=")[^"\n]{3,}|(?<=')[^'\n]{3,}|[^\s"',;)#]{3,})"""
_NAMED = re.compile(
    rf"(?P<head>(?:{_WORDS}(?:\.[\w-]{{1,40}})?|{_ASSIGNED})\s{{0,20}}[=:]\s{{0,20}}[\"']?|"
    rf"(?<!/){_WORDS}\s{{1,20}}[\"']?|\bcrypto pw\s{{1,20}}){_VALUE}",
    re.I,
)
_CRYPT = re.compile(
    r"\$(?:[0-9]|2[abxy]|y|gy|md5|sha1)\$[./0-9A-Za-z$,=]{8,}|\bgrub\.pbkdf2\.\w{1,10}\.\d{1,10}\.\w[\w.]{7,}"
)
_URL = re.compile(r"(?P<head>\b[a-z][a-z0-9+.-]{1,20}://[^\s:/@]{1,100}:)(?P<secret>[^\s@/]{1,200})(?=@)", re.I)
_MYSQL = re.compile(r"(?P<head>:om(?:mysql|pgsql):[^,\s]{0,200},[^,\s]{0,200},[^,\s]{0,200},)(?P<secret>[^\s;]+)")
# Other places of a secret that no word announces: HTTP logins, log tokens of a service, logins on a command line.
_PLACED = (
    re.compile(r"(?P<head>\b(?:Authorization:\s{0,5}Basic|Bearer)\s{1,5})(?P<secret>[^\s\"']{6,})", re.I),
    re.compile(r"(?P<head>\[)(?P<secret>[0-9A-Fa-f-]{30,100})(?=@\d)"),
    re.compile(r"(?P<head>\buser(?:name)?=[^\s,%]{1,100}%)(?P<secret>[^\s,]+)"),
    re.compile(r"(?P<head>\biscsi:)(?P<secret>[^\s@/]{3,200})(?=@)"),
    re.compile(r"(?P<head>\bcurl\s(?:[^\n]{0,100}?\s)?(?:-u|--user)[\s=]{0,3}[^\s:]{1,100}:)(?P<secret>[^\s]+)"),
    re.compile(r"(?P<head>\b(?:mysql|mariadb)\w{0,10}\s(?:[^\n]{0,100}?\s)?-p)(?P<secret>[^\s,]+)"),
)
# Where such words stand for settings, not for secrets.
_SETTINGS = re.compile(
    r"^(?:yes|no|none|true|false|on|off|required|requisite|sufficient|optional|include|substack|\[.*|pam_\w+\.so|file|prompt|-?\d{1,5})$",
    re.I,
)
_TEXTS = frozenset({
    "conf", "profile", "cmdline", "sudoers", "mount_units", "modprobe", "sysctl_text", "sshd_text", "sshd_cmdline",
    "root_shell", "modprobe_text", "boot_entries", "grub_default", "crypto_files", "rescue",
    "log_journal", "log_auth", "log_secure", "log_audit",
})  # fmt: skip
_PLACE = re.compile(r"^/[^:]*:\d+:")
# sshd's methods: `publickey,password publickey` is two lists of them, no secret behind the word.
_METHODS = re.compile(r"\s*AuthenticationMethods\b", re.I)
_METHOD = re.compile(r"(?:publickey|password|keyboard-interactive|hostbased|gssapi-with-mic)(?::\w{1,20})?", re.I)
_SUDO_TAG = re.compile(r"\b(?:NO)?PASSWD\s*:\s*$")


def redact(records: dict[str, Record]) -> dict[str, Record]:
    """The same records; in those that hold free text, secrets are fingerprints, and nothing else is changed.

    A password hash is one wherever it stands: the program sends none, but a host may answer what it likes.
    """
    clean = {key: text if key in _TEXTS or key in RECORDS else hashes for key in records}
    return {
        key: Record(clean[key](kept(key, roles(key, r.out))), r.rc, clean[key](r.err)) for key, r in records.items()
    }


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
    for pattern in (_URL, _MYSQL, *_PLACED, _NAMED):
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
        or (_METHODS.match(found.string) and _METHOD.fullmatch(secret))
    ):
        return found[0]
    return found["head"] + str(redactor().token(secret))
