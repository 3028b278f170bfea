"""Logs that tell who did what: which of their lines a capture keeps, and what a line says.

sudo(8) writes `NAME : TTY=... ; PWD=... ; USER=... ; COMMAND=...` to syslog; auditd writes
`type=T msg=audit(S.MS:N): k=v ...`.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from auditor.collectors.deeds import hushed
from auditor.collectors.linux.wanted import SUDO_COMMANDS

JOURNAL, FILES, AUDIT = "log_journal", ("log_auth", "log_secure"), "log_audit"
_LATEST, _LONGEST = 3000, 1000  # lines of a log, characters of a line
_EPOCH = re.compile(r"(?P<at>\d{9,11})\.\d{1,6} (?P<text>.*)")
_ISO = re.compile(r"(?P<at>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d)) (?P<text>.*)")
_OLD = re.compile(r"(?P<at>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d) (?P<text>.*)")
_SUDO = re.compile(
    r"\S{1,255} sudo(?:\[\d{1,10}\])?:\s{1,20}(?P<who>\S{1,100}) : (?:HOST=\S{1,255} ; )?(?:TTY=[^;]{0,100} ; )?"
    r"(?:CHROOT=[^;]{0,300} ; )?(?:PWD=[^;]{0,1000} ; )?USER=[^;]{0,100} ; (?:GROUP=[^;]{0,100} ; )?"
    r"(?:TSID=\S{1,30} ; )?(?:ENV=[^;]{0,1000} ; )?COMMAND=(?P<command>.*)"
)
_EVENT = re.compile(
    r"(?:node=\S{1,255} )?type=(?P<type>[A-Z_]{3,30}) "
    r"msg=audit\((?P<at>\d{9,11})\.\d{3}:(?P<id>\d{1,12})\):(?P<rest>.*)"
)
_PAIR = re.compile(r"(?<![\w-])(?P<key>\w{1,30})=(?:\"(?P<quoted>[^\"]*)\"|(?P<bare>[^\s'\"]+))")
_TOLDS = """USER_CMD CONFIG_CHANGE ADD_USER DEL_USER ADD_GROUP DEL_GROUP USER_MGMT GRP_MGMT USER_CHAUTHTOK ACCT_LOCK
ACCT_UNLOCK ROLE_ASSIGN MAC_STATUS MAC_CONFIG_CHANGE MAC_POLICY_LOAD"""
_TOLD = frozenset(_TOLDS.split())
_COMMAND = re.compile(r"COMMAND=(?P<sudo>.*)| cmd=\"(?P<audit>[^\"]*)\"")
_OWN = {command.removesuffix(' ""').replace("\\", "") for command in SUDO_COMMANDS.values()}
_HEX = re.compile(r"(?P<head>\b(?:cmd|name)=)(?P<hex>(?:[0-9A-F]{2}){2,2000})(?=\s|'|$)")


class Said(NamedTuple):
    """A line of a log: seconds since 1970, the account (a name, or `#` and its number), what it did and to what."""

    at: float
    who: str
    what: str
    thing: str = ""


def kept(key: str, text: str) -> str:
    """Of the text of a log the lines that name a deed, after the time of its first line; other text as it is."""
    if key not in (JOURNAL, *FILES, AUDIT):
        return text
    lines = [line[:_LONGEST] for line in text.split("\n") if line]
    if key != JOURNAL and lines and not _first_is_whole(lines[0]):
        lines = lines[1:]  # `tail -c` begins anywhere
    first = [_beginning(line) for line in lines[:1]]
    told = map(_plain, _of_audit(lines)) if key == AUDIT else (line for line in lines if " sudo" in line)
    others = [line for line in told if (key == AUDIT or "COMMAND=" in line) and not _ours(line)]
    return "".join(line + "\n" for line in [*first, *map(hushed, others[-_LATEST:])])


def _ours(line: str) -> bool:
    """Whether it tells of a line of this collector, which changes nothing. Told by whom does not matter."""
    found = _COMMAND.search(line)
    command = (found["audit"] or found["sudo"] or "").strip() if found else ""
    return command in _OWN or command.startswith("/usr/sbin/sshd -T ")


def _first_is_whole(line: str) -> bool:
    return any(pattern.match(line) for pattern in (_ISO, _OLD, _EVENT))


def _beginning(line: str) -> str:
    for pattern in (_EPOCH, _ISO, _OLD):
        if found := pattern.match(line):
            return line[: found.start("text")] + "- begin:"
    return line[: found.start("rest")] if (found := _EVENT.match(line)) else ""


def _of_audit(lines: list[str]) -> Iterator[str]:
    """Told events, and of watched system calls those with a key, with their paths."""
    events = [(line, found) for line in lines if (found := _EVENT.match(line))]
    watched = {
        found["id"] for line, found in events if found["type"] == "SYSCALL" and re.search(r'\bkey="', line)
    }  # fmt: skip
    for line, found in events:
        if found["type"] in _TOLD or (found["id"] in watched and found["type"] in ("SYSCALL", "PATH")):
            yield line


def _plain(line: str) -> str:
    """A command that auditd wrote in hexadecimal, because it has blanks, as text."""
    return _HEX.sub(lambda found: found["head"] + '"' + _text(found["hex"]) + '"', line)


def _text(digits: str) -> str:
    words = bytes.fromhex(digits).decode("utf-8", "replace").replace('"', "'")
    return "".join(c if c.isprintable() else " " for c in words)


def sudo_calls(text: str, now: datetime, zone: str) -> tuple[list[Said], float | None]:
    """Commands that sudo ran, and when the log begins. `now` gives old lines their year, `zone` (+0100) their place."""
    found, begins = [], None
    for line in text.split("\n"):
        at, words = _when(line, now, zone)
        if at is None:
            continue
        begins = at if begins is None else min(begins, at)
        if call := _SUDO.fullmatch(words):
            found.append(Said(at, call["who"], call["command"]))
    return found, begins


def _when(line: str, now: datetime, zone: str) -> tuple[float | None, str]:
    try:
        if found := _EPOCH.fullmatch(line):
            return float(found["at"]), found["text"]
        if found := _ISO.fullmatch(line):
            return datetime.fromisoformat(found["at"]).timestamp(), found["text"]
        if found := _OLD.fullmatch(line):
            return _of_year(found["at"], now, zone), found["text"]
    except ValueError:
        pass
    return None, ""


def _of_year(text: str, now: datetime, zone: str) -> float:
    """`Nov 21 17:00:00` in the latest year that is not in the future. Raises ValueError."""
    offset = datetime.strptime(zone, "%z").utcoffset() or timedelta()
    for year in (now.year + 1, now.year, now.year - 1):
        try:
            at = datetime.strptime(f"{year} {' '.join(text.split())}", "%Y %b %d %H:%M:%S").replace(tzinfo=UTC) - offset
        except ValueError:  # 29 February
            continue
        if at <= now + timedelta(days=1):
            return at.timestamp()
    raise ValueError(text)


def audited(text: str) -> tuple[list[Said], float | None]:
    """What auditd tells, and when its log begins."""
    found: list[Said] = []
    begins: float | None = None
    calls: dict[str, dict[str, str]] = {}
    for line in text.split("\n"):
        event = _EVENT.match(line)
        if event is None:
            continue
        at = float(event["at"])
        begins = at if begins is None else min(begins, at)
        pairs = dict(_pairs(event["rest"].split("\ufffd")))
        if event["type"] == "SYSCALL":
            calls[event["id"]] = pairs
        elif event["type"] == "PATH":
            call = calls.get(event["id"])
            if call and call.get("success") != "no" and pairs.get("nametype") != "PARENT":
                what = f"{call.get('exe', '')} ({call.get('comm', '')}, key {call.get('key', '')})"
                found.append(Said(at, _who(call), what, pairs.get("name", "")))
        elif event["type"] in _TOLD and pairs.get("res", "success") not in ("failed", "0"):
            words = pairs.get("cmd") or f"{event['type']} {pairs.get('op', '')} {pairs.get('exe', '')}".strip()
            found.append(Said(at, _who(pairs), words, pairs.get("acct") or pairs.get("key") or ""))
    return found, begins


def _pairs(parts: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Keys and values; auditd appends names in capitals (`AUID="root"`) after a separator where it is told to."""
    for part in parts:
        for pair in _PAIR.finditer(part):
            yield pair["key"], pair["quoted"] if pair["quoted"] is not None else pair["bare"]


def _who(pairs: dict[str, str]) -> str:
    """Whoever logged in, also where that one became root since; else the account of the process."""
    unset = ("", "unset", "4294967295", "-1")
    for upper, lower in (("AUID", "auid"), ("UID", "uid")):
        if pairs.get(lower, "") not in unset:
            return pairs[upper] if pairs.get(upper, "") not in unset else f"#{pairs[lower]}"
    return "#?"
