"""Population files: one target a line, `NAME` or `NAME<TAB>PLATFORM`; `#` begins a comment line."""

import os
from collections.abc import Iterable
from pathlib import Path

from auditor.domain import Member
from auditor.errors import InputError, Place
from auditor.facts import PLATFORMS


def read_population(path: Path, platform: str) -> tuple[Member, ...]:
    """The members named in `path`; `platform` is for lines that name none. A file that is not there yet is empty.

    Raises InputError for a line that cannot be read.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return ()
    except (OSError, UnicodeDecodeError) as problem:
        raise InputError(f"the population cannot be read: {problem}", where=str(path)) from None
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
        members.append(Member(name.strip(), named.strip() or platform))
    return tuple(dict.fromkeys(members))


def write_population(path: Path, members: Iterable[Member], platform: str, source: str) -> None:
    """Write `members` sorted, atomically. Raises InputError when the folder cannot be written."""
    lines = [f"# Targets behind {source}. Written by Auditor; a name that must stay in scope is added by hand."]
    for member in sorted(set(members), key=lambda m: (m.platform, m.name)):
        name = member.name.replace("\t", " ").replace("\n", " ")
        lines.append(name if member.platform == platform else f"{name}\t{member.platform}")
    partial = path.with_name(path.name + ".partial")
    try:
        partial.write_text("\n".join(lines) + "\n", encoding="utf-8")
        os.replace(partial, path)
    except OSError as problem:
        raise InputError(f"the population cannot be written: {problem.strerror}", where=str(path)) from None
