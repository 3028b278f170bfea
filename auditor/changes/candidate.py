"""A candidate: what somebody means to change, as text that was read once and bounded."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from auditor.errors import InputError, Place

MAX_BYTES = 16 << 20  # of all files together
MAX_LINES = 200_000
MAX_FILES = 2_000
NOTHING = "none"  # the kind of a change without a candidate


@dataclass(frozen=True, slots=True)
class Hunk:
    """A hunk of a unified diff: its first line in the old file (from 1), its lines with their sign, where it stands."""

    start: int
    lines: tuple[str, ...]
    number: int  # line of its header in the candidate
    numbers: tuple[int, ...]  # of `lines` in the candidate: "\\ No newline at end of file" stands between them


@dataclass(frozen=True, slots=True)
class File:
    """One file of a candidate. Line numbers count from 1 in `name`."""

    name: str  # as its user knows it: "change/etc/sysctl.d/99-x.conf"
    lines: tuple[str, ...] = ()  # without line ends, of Windows or not
    target_path: str = ""  # "/etc/sysctl.d/99-x.conf"; "" where it stands for no file of the target
    hunks: tuple[Hunk, ...] = ()  # of a diff, in place of lines
    removed: bool = False  # a diff that deletes the file
    created: bool = False  # a diff that makes it
    mode: str = ""  # "0640" where the candidate says so
    first: int = 1  # number of the first of `lines` in `name`

    @property
    def text(self) -> str:
        """Its lines, each with a line end."""
        return "".join(line + "\n" for line in self.lines)

    def place(self, number: int) -> str:
        """`name:number` of the line at `number` (from 1) of `lines`."""
        return f"{self.name}:{number + self.first - 1}"

    def error(self, number: int, what: str, mend: str = "") -> InputError:
        """An input error at a line (from 1) of `lines`."""
        return InputError(what, where=Place(self.name, number + self.first - 1), mend=mend)


@dataclass(frozen=True, slots=True)
class Candidate:
    """What is to be changed.

    `kind`: text (commands, a configuration, a kickstart), files (laid out like the target's root), diff (unified),
    ansible (check-mode JSON), patch (RFC 6902 on facts), golden (a profile to be applied), yaml (settings by fact),
    none (an emergency: nothing was written down).
    `data` is the parsed JSON or YAML of the last four.
    """

    name: str
    kind: str
    files: tuple[File, ...]
    sha256: str  # over names and contents as they were read
    data: Any = None
    crlf: bool = False  # some line ended as on Windows

    @property
    def only(self) -> File:
        """The one file of a candidate that is no folder and no diff."""
        return self.files[0]

    def with_files(self, files: Iterable[File], data: Any = None) -> "Candidate":
        """The same with other contents: without its secrets, say."""
        return replace(self, files=tuple(files), data=self.data if data is None else data)


def no_candidate() -> Candidate:
    """What stands in place of a candidate in an emergency: nothing is foretold, and what happens is told afterwards."""
    return Candidate("no candidate", NOTHING, (), digest(()))


def digest(contents: Iterable[tuple[str, bytes]]) -> str:
    """SHA-256 (hex) over names and contents, each with its length before it."""
    found = hashlib.sha256()
    for name, content in contents:
        for part in (name.encode("utf-8", "surrogateescape"), content):
            found.update(f"{len(part)}:".encode() + part)
    return found.hexdigest()
