"""Unified diffs (GNU diff -u, git diff): read into files and hunks, and put onto lines that are known."""

import re
from collections.abc import Iterator, Sequence

from auditor.changes.candidate import File, Hunk
from auditor.errors import InputError, Place

_HUNK = re.compile(r"@@ -(\d{1,7})(?:,(\d{1,7}))? \+(\d{1,7})(?:,(\d{1,7}))? @@")
_NULL = "/dev/null"
MOST_COMPARED = 20_000_000  # lines, for all hunks of a file
_MEND = "Make it with `diff -u` or `git diff` and do not edit it by hand."


def is_diff(lines: Sequence[str]) -> bool:
    """Whether text looks like a unified diff: its first line that says something is a head of one."""
    for n, line in enumerate(lines):
        if line.startswith("diff --git "):
            return True
        if line.startswith("--- "):
            return n + 1 < len(lines) and lines[n + 1].startswith("+++ ")
        if line.strip() and not line.startswith(("diff ", "Index: ", "===", "#")):
            return False
    return False


def parse_diff(name: str, lines: Sequence[str]) -> Iterator[File]:
    """The files of a diff. Raises InputError, with its line, for a hunk that is cut or counts wrong."""
    at, seen = 0, set()
    mode = ""
    while at < len(lines):
        line = lines[at]
        if line.startswith(("new file mode ", "new mode ")):
            mode = line.rsplit(" ", 1)[1][-4:]
        if line.startswith(("rename ", "copy ", "Binary files ", "GIT binary patch")):
            raise InputError("a rename, a copy or a binary file is not foretold", where=Place(name, at + 1), mend=_MEND)
        if not line.startswith("--- "):
            at += 1
            continue
        if at + 1 >= len(lines) or not lines[at + 1].startswith("+++ "):
            raise InputError("after `---` comes no `+++`", where=Place(name, at + 1), mend=_MEND)
        old, new = _path(line[4:]), _path(lines[at + 1][4:])
        target = _on_target(name, at + 1, old, new)
        if target in seen:
            raise InputError(f"{target} is changed twice", where=Place(name, at + 1), mend="Put it into one part.")
        seen.add(target)
        head = at
        at += 2
        hunks: list[Hunk] = []
        while at < len(lines) and (found := _HUNK.match(lines[at])):
            hunk, at = _hunk(name, lines, at, found)
            hunks.append(hunk)
        if not hunks:
            raise InputError(f"{target} has no hunk", where=Place(name, head + 1), mend=_MEND)
        yield File(
            name, (), target, tuple(hunks), removed=new == _NULL, created=old == _NULL, mode=mode, first=head + 1
        )
        mode = ""
    if not seen:
        raise InputError("this diff changes no file", where=name, mend=_MEND)


def applied(file: File, lines: Sequence[str]) -> list[tuple[str, int]]:
    """The lines after the hunks of `file`, each with its line in the diff, 0 for one that stays.

    A hunk that stands some lines off is looked for, as patch(1) does, but what it takes away and stands beside must be
    there word for word. Raises InputError with the line of the hunk that does not fit.
    """
    out: list[tuple[str, int]] = []
    at = shift = 0
    search = _Search(lines)
    for hunk in file.hunks:
        old = [line[1:] for line in hunk.lines if line[:1] in (" ", "-")]
        wanted = (max(hunk.start - 1, 0) if old else hunk.start) + shift
        start = search.place(old, wanted, at, *_ends(hunk))
        if start is None:
            raise InputError(
                f"this hunk does not fit {file.target_path} as it was last read",
                where=Place(file.name, hunk.number),
                mend="Make the diff against the file on this target.",
            )
        shift += start - wanted  # what stands behind has most likely moved along, as patch(1) takes it
        out += [(line, 0) for line in lines[at:start]]
        at = start
        for number, line in zip(hunk.numbers, hunk.lines, strict=True):
            if line[:1] == "+":
                out.append((line[1:], number))
                continue
            if line[:1] == " ":
                out.append((lines[at], 0))
            at += 1
    out += [(line, 0) for line in lines[at:]]
    return out


def _ends(hunk: Hunk) -> tuple[bool, bool]:
    """Whether a hunk has fewer lines around it before than behind, so that it began the file, or the other way, so that
    it ended it: patch(1) puts it nowhere else.
    """
    kept = [line[:1] == " " for line in hunk.lines]
    before = next((n for n, same in enumerate(kept) if not same), len(kept))
    behind = next((n for n, same in enumerate(reversed(kept)) if not same), len(kept))
    return before < behind, behind < before


class _Search:
    """Looks for hunks in the lines of a file, and does so many comparisons for all of them and no more."""

    def __init__(self, lines: Sequence[str]) -> None:
        self._lines, self._room = lines, MOST_COMPARED

    def place(self, old: Sequence[str], wanted: int, least: int, first: bool, final: bool) -> int | None:
        """Where `old` stands, the nearest to `wanted`, of two the later; not before `least`. `first`: at the beginning
        of the file alone; `final`: at its end.
        """
        lines, last = self._lines, len(self._lines) - len(old)
        if not old:
            return min(max(wanted, least), len(lines))
        if first or final:
            place = 0 if first else last
            return place if place >= least and list(lines[place : place + len(old)]) == list(old) else None
        for off in range(max(wanted - least, last - wanted, 0) + 1):
            for place in (wanted + off, wanted - off):
                self._room -= 1
                if least <= place <= last and lines[place] == old[0]:
                    self._room -= len(old)
                    if list(lines[place : place + len(old)]) == list(old):
                        return place
            if self._room < 0:
                return None
        return None


def _hunk(name: str, lines: Sequence[str], at: int, found: re.Match[str]) -> tuple[Hunk, int]:
    olds, news = (int(found[n]) if found[n] is not None else 1 for n in (2, 4))
    number = at + 1
    body: list[str] = []
    numbers: list[int] = []
    at += 1
    while olds > 0 or news > 0:
        if at >= len(lines):
            raise InputError("the diff ends in the middle of this hunk", where=Place(name, number), mend=_MEND)
        line = lines[at] or " "  # an empty line of context, of which an editor took the space
        if line[0] not in " +-\\":
            raise InputError("a line of a hunk begins with space, + or -", where=Place(name, at + 1), mend=_MEND)
        if line[0] != "\\":
            body.append(line)
            numbers.append(at + 1)
            olds -= line[0] in " -"
            news -= line[0] in " +"
        if olds < 0 or news < 0:
            raise InputError("this hunk has other lines than its head says", where=Place(name, at + 1), mend=_MEND)
        at += 1
    while at < len(lines) and lines[at].startswith("\\"):
        at += 1
    return Hunk(int(found[1]), tuple(body), number, tuple(numbers)), at


def _path(text: str) -> str:
    """The path of a head, without the time behind it and the a/ or b/ before it."""
    bare = text.split("\t")[0].rstrip()
    return bare if bare == _NULL else re.sub(r"^[ab]/", "/", bare)


def _on_target(name: str, number: int, old: str, new: str) -> str:
    path = old if new == _NULL else new
    if path == _NULL:
        raise InputError("this part of the diff names no file", where=Place(name, number), mend=_MEND)
    path = path if path.startswith("/") else f"/{path}"
    if ".." in path.split("/"):
        raise InputError(f"{path[:100]!r} is no path of a target", where=Place(name, number), mend=_MEND)
    if old != _NULL and new != _NULL and old.lstrip("/") != new.lstrip("/") and not _same_name(old, new):
        raise InputError(f"a rename ({old[:80]} to {new[:80]}) is not foretold", where=Place(name, number), mend=_MEND)
    return path


def _same_name(old: str, new: str) -> bool:
    """`diff -u sshd_config.orig /etc/ssh/sshd_config`: the old name is a copy of the new one."""
    return old.rsplit("/", 1)[-1].startswith(new.rsplit("/", 1)[-1])
