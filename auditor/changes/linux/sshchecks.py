"""Lines that sshd would refuse: what `sshd -t` says of a keyword, of its values, of where it stands."""

import re

from auditor.changes.linux.plan import Plan
from auditor.changes.linux.sshvalues import words
from auditor.changes.linux.sshwords import (
    ALIASES,
    CHOICES,
    CRITERIA,
    DEPRECATED,
    IN_MATCH,
    JOINED,
    KNOWN,
    LISTS,
    NUMBERS,
    ONE_EACH,
    REST,
    SINCE,
    TIMES,
    seconds,
)
from auditor.changes.linux.work import Line, Work
from auditor.collectors.linux.sections.ssh_files import DROPINS, MAIN
from auditor.errors import InputError

_SEVERAL = {*ONE_EACH, *JOINED, *REST, "subsystem", "ipqos", "permitlisten", "rekeylimit", "include", "match",
            "logverbose", "channeltimeout", "pubkeyauthoptions", "persourcepenalties", "listenaddress"}  # fmt: skip
_NAME = re.compile(r"\s*(\w+)(?:\s*=\s*|\s+|$)(.*)", re.S)
_CIPHERS = {
    "3des-cbc", "aes128-cbc", "aes192-cbc", "aes256-cbc", "aes128-ctr", "aes192-ctr", "aes256-ctr",
    "aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "chacha20-poly1305@openssh.com", "rijndael-cbc@lysator.liu.se",
    "none",
}  # fmt: skip
_MACS = re.compile(r"(?:hmac-(?:sha1|sha1-96|sha2-256|sha2-512|md5|md5-96)|umac-(?:64|128))(?:-etm)?(?:@openssh\.com)?")
_AUTHENTICATION = {"publickey", "password", "keyboard-interactive", "gssapi-with-mic", "hostbased", "none",
                   "gssapi-keyex"}  # fmt: skip
_MEND = "See sshd_config(5)."


def check(work: Work, plan: Plan) -> None:
    """Faults of the candidate's lines into `work.errors`."""
    version = _version(work)
    for change in plan.below(MAIN, DROPINS):
        if change.path != MAIN and (not change.path.endswith(".conf") or change.path.count("/") != 4):
            work.remark(change.where, f"{change.path}: the Include of Debian and RHEL takes *.conf of this folder only")
            continue
        in_match = False
        for line in change.lines if change.lines is not None else change.added:
            key, value = _split(line.text)
            if not key:
                continue
            what = _fault(key, value, in_match, version)
            in_match = in_match or key == "match"
            if what and line.where:
                work.errors.append(InputError(what, where=line.where, mend=_MEND))


def _version(work: Work) -> tuple[int, int] | None:
    for row in (*work.out("dpkg").splitlines(), *work.out("rpm").splitlines()):
        if row.startswith("openssh-server ") and (found := re.search(r"\s(?:\d+:)?(\d+)\.(\d+)", row)):
            return int(found[1]), int(found[2])
    return None


def _split(text: str) -> tuple[str, str]:
    bare = text.strip()
    if not bare or bare[0] == "#":
        return "", ""
    found = _NAME.match(bare)
    if found is None:
        return bare.split()[0], ""
    return found[1].lower(), re.sub(r"(?:^|\s+)#.*$", "", found[2]).strip()


def _fault(key: str, value: str, in_match: bool, version: tuple[int, int] | None) -> str:
    if key not in KNOWN:
        return f"sshd does not know the keyword {key[:60]!r}"
    if key in DEPRECATED or (key in ALIASES and not ALIASES[key]):
        return ""
    if key in SINCE and version is not None and version < SINCE[key]:
        return f"{key} came with OpenSSH {'.'.join(map(str, SINCE[key]))}; this host has {'.'.join(map(str, version))}"
    name = ALIASES.get(key, key)
    if in_match and name not in IN_MATCH:
        return f"{key} may not stand in a Match block"
    try:
        parts = words(value)
    except ValueError:
        return f"{key}: a quote without its other half"
    if not parts:
        return f"no argument stands after {key}"
    if name == "match":
        return _criteria(parts)
    if len(parts) > 1 and name not in _SEVERAL:
        return f"{key} takes one argument"
    return _value(name, parts)


def _criteria(parts: list[str]) -> str:
    parts = [part for word in parts for part in (word.split("=", 1) if "=" in word else [word])]
    if parts[0].lower() == "all":
        return "" if len(parts) == 1 else "`Match all` stands alone"
    at = 0
    while at < len(parts):
        name = parts[at].lower()
        if name not in CRITERIA:
            return f"Match does not know {parts[at][:40]!r}"
        if at + 1 >= len(parts):
            return f"Match {name} needs a pattern"
        at += 2
    return ""


def _value(name: str, parts: list[str]) -> str:
    word = parts[0]
    if name in CHOICES and word.lower() not in CHOICES[name]:
        return f"{name} takes {', '.join(dict.fromkeys(CHOICES[name]))}, not {word[:40]!r}"
    if name in TIMES and seconds(word) is None:
        return f"{name}: {word[:40]!r} is no time"
    if name in NUMBERS and not re.fullmatch(r"\d{1,9}", word):
        return f"{name}: {word[:40]!r} is no number from 0"
    if name == "port" and not (re.fullmatch(r"\d{1,5}", word) and 0 < int(word) < 65536):
        return f"{word[:40]!r} is no port"
    if name == "maxstartups" and not _startups(word):
        return f"{word[:40]!r} is no start:rate:full"
    if name == "authenticationmethods":
        methods = [m.split(":")[0] for part in parts for m in part.split(",")]
        bad = next((m for m in methods if m not in _AUTHENTICATION), "")
        if bad and parts != ["any"]:
            return f"{bad[:40]!r} is no authentication method"
    if name in LISTS:
        return _algorithms(name, word)
    return ""


def _startups(word: str) -> bool:
    if re.fullmatch(r"[1-9]\d{0,6}", word):
        return True
    found = re.fullmatch(r"(\d{1,6}):(\d{1,3}):(\d{1,6})", word)
    return found is not None and 0 < int(found[1]) <= int(found[3]) and 1 <= int(found[2]) <= 100


def _algorithms(name: str, word: str) -> str:
    if word[:1] == "-":
        return ""
    listed = word.lstrip("+^").split(",")
    for one in listed:
        if "*" in one or "?" in one:
            continue
        if name == "ciphers" and one not in _CIPHERS:
            return f"no cipher is called {one[:40]!r}"
        if name == "macs" and not _MACS.fullmatch(one):
            return f"no MAC is called {one[:40]!r}"
    return ""


def bare(line: Line) -> tuple[str, str]:
    """Keyword and value of a line, for the risk notes."""
    return _split(line.text)
