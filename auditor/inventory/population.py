r"""Population files: one target a line, `NAME` or `NAME<TAB>PLATFORM`; `#` begins a comment line.

A name may hold anything (a distributed switch is called what its owner likes). What would break a line is written as
`\xNN` or `\uNNNN`: control characters, line separators, blanks at its ends, a leading `#`; a backslash is doubled.
"""

import os
import re
from collections.abc import Iterable
from pathlib import Path

from auditor.domain import Member
from auditor.errors import InputError, Place
from auditor.facts import PLATFORMS

_ESCAPED = re.compile(r"\\(?:\\|x(?P<byte>[0-9a-f]{2})|u(?P<code>[0-9a-f]{4}))")
_BREAKS_A_LINE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]|^#|^\s|\s$")


def read_population(path: Path, platform: str) -> tuple[Member, ...]:
    """The members named in `path`; `platform` is for lines that name none. A file that is not there yet is empty.

    Raises InputError for a line that cannot be read.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except FileNotFoundError:
        return ()
    except (OSError, ValueError) as problem:  # ValueError: not UTF-8, or a NUL in the path
        why = getattr(problem, "strerror", None) or "not text"
        raise InputError(f"the population cannot be read: {why}", where=str(path), mend="Correct the path.") from None
    members = []
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        name, _, named = line.strip().partition("\t")
        if named.strip() and named.strip() not in PLATFORMS:
            raise InputError(
                f"unknown platform {named.strip()!r}",
                where=Place(str(path), number),
                mend=f"Known platforms: {', '.join(PLATFORMS)}.",
            )
        members.append(Member(_ESCAPED.sub(_character, name.strip()), named.strip() or platform))
    return tuple(dict.fromkeys(members))


def write_population(path: Path, members: Iterable[Member], platform: str, source: str) -> None:
    """Write `members` sorted, atomically. Raises InputError when the folder cannot be written."""
    lines = [f"# Targets behind {source}. Written by Auditor; a name that must stay in scope is added by hand."]
    for member in sorted(set(members), key=lambda m: (m.platform, m.name)):
        name = _BREAKS_A_LINE.sub(_escape, member.name.replace("\\", "\\\\"))
        lines.append(name if member.platform == platform else f"{name}\t{member.platform}")
    partial = path.with_name(path.name + ".partial")
    try:
        partial.write_text("\n".join(lines) + "\n", encoding="utf-8")
        os.replace(partial, path)
    except OSError as problem:
        raise InputError(f"the population cannot be written: {problem.strerror}", where=str(path)) from None


def _escape(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def _character(found: re.Match[str]) -> str:
    code = found["byte"] or found["code"]
    return chr(int(code, 16)) if code else "\\"
