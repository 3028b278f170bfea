"""The answer of the program: `NUL BEGIN NUL`, records `key NUL stdout NUL rc NUL stderr NUL`, the last with key END.

What stands before BEGIN (start files of the login shell may print) is skipped. Without END, or with a field count
that is no multiple of four, the answer is cut: the half record is dropped, and the missing keys were never looked at.
"""

import re
from dataclasses import dataclass

BEGIN = b"\0BEGIN\0"
# Control characters except tab and newline, and the characters that turn writing direction: no fact needs them.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_RECORDS = 200
RECORD_CAP = 3_000_000  # bytes of one record, as `CAP` of the program
CUT = 141  # the status of a command whose output was cut: 128 + SIGPIPE


@dataclass(frozen=True, slots=True)
class Record:
    """One probe: what it printed, how it ended."""

    out: str
    rc: int
    err: str


@dataclass(frozen=True, slots=True)
class Answer:
    """All records of one host. `begun` is False when the program never spoke."""

    records: dict[str, Record]
    begun: bool
    complete: bool


def clean(raw: bytes) -> str:
    """Text without anything that could act: invalid UTF-8, control characters and direction marks become U+FFFD."""
    return _UNPRINTABLE.sub("\ufffd", raw.decode("utf-8", "replace").replace("\r\n", "\n"))


def parse(raw: bytes) -> Answer:
    """The records in a stream, as far as it goes. Never raises."""
    _, begin, rest = raw.partition(BEGIN)
    if not begin:
        return Answer({}, begun=False, complete=False)
    fields = rest.split(b"\0")
    complete = len(fields) % 4 == 1 and fields[-5:-4] == [b"END"]
    records: dict[str, Record] = {}
    for key, out, rc, err in zip(fields[0:-1:4], fields[1:-1:4], fields[2:-1:4], fields[3:-1:4], strict=False):
        name = clean(key)[:40]
        if name == "END" or len(records) >= _RECORDS:
            break
        status = int(rc) if re.fullmatch(rb"\d{1,3}", rc) else -1
        if len(out) >= RECORD_CAP:  # a command that was about to end anyway does not notice that it was cut
            status = CUT
        records[name] = Record(clean(out), status, clean(err).strip())
    return Answer(records, begun=True, complete=complete)
