"""Configuration files that the program printed line by line: absent, unreadable, empty stay three different things."""

import re
from collections.abc import Iterator

from auditor.collectors.linux.evidence import Evidence, Unread

Lines = list[tuple[int, str]]
_KINDS = {"p": "a FIFO", "s": "a socket", "b": "a block device", "N": "a broken link", "L": "a loop of links"}


class Files:
    """The files of one grep batch."""

    def __init__(self, evidence: Evidence, key: str) -> None:
        self._lines = evidence.lines(key)
        self._denied = evidence.denied_paths(key)
        self._absent = evidence.absent_paths(key)
        self._cut = len(evidence.record(key).err.encode("utf-8", "replace")) >= 5900  # of 6000 bytes that are kept
        self._stray = evidence.stray(key)
        self._evidence, self._batch = evidence, key

    def check(self, path: str) -> None:
        """Raise Unread when `path`, a folder above it or something below it could not be read."""
        for bad, why in self._denied.items():
            if bad == path or path.startswith(f"{bad}/") or bad.startswith(f"{path}/"):
                raise Unread(f"{bad}: {why}")
        if self._batch == "conf" and path not in self._lines and not self._evidence.asked(path):
            raise Unread(f"{path}: the version that made this capture did not ask for it")
        for odd, kind in self._evidence.odd.items():
            if kind != "d" and (odd == path or odd.startswith(f"{path}/")):
                raise Unread(f"{odd}: {_KINDS.get(kind, 'no file')} where a configuration file belongs")
        if (self._cut or self._stray) and path not in self._lines and path not in self._absent:
            raise Unread(f"{path}: {self._stray or 'too many files failed on the host to tell which'}")

    def get(self, path: str) -> Lines | None:
        """Lines of a file, [] when it is empty, None when it is not there. Raises Unread."""
        if path in self._lines:
            return self._lines[path]
        self.check(path)
        if self._evidence.odd.get(path) == "d":
            raise Unread(f"{path}: a folder where a configuration file belongs")
        return None if path in self._absent else []

    def below(self, folder: str, suffix: str = "") -> dict[str, Lines]:
        """Files below a folder that hold text, by path, in order of their names. Raises Unread."""
        self.check(folder)
        found = {p: lines for p, lines in self._lines.items() if p.startswith(f"{folder}/") and p.endswith(suffix)}
        return dict(sorted(found.items()))

    def layered(self, folders: tuple[str, ...], main: str = "", suffix: str = ".conf") -> dict[str, Lines]:
        """`main`, then drop-ins by name; a name in an earlier folder hides the same one in later ones."""
        merged: dict[str, tuple[str, Lines]] = {}
        for folder in reversed(folders):
            for path, lines in self.below(folder, suffix).items():
                merged[path.rsplit("/", 1)[1]] = (path, lines)
        first = {main: self.get(main) or []} if main else {}
        return first | dict(merged[name] for name in sorted(merged))


def conf_lines(evidence: Evidence, path: str) -> Lines | None:
    """Lines of one configuration file, None when it is not there. Raises Unread, also when the whole batch was lost."""
    return Files(evidence, "conf").get(path)


def settings(lines: Lines, comments: str = "#;") -> Iterator[tuple[int, str, str]]:
    """`key = value`, `key value` and bare words as (line, key, value); comments and [sections] are left out."""
    for line, text in lines:
        text = text.strip()
        if not text or text[0] in comments or text[0] == "[":
            continue
        found = re.match(r"([^\s=]+)\s*(?:=|\s)?\s*(.*)", text)
        if found:
            yield line, found[1], found[2].strip()


def words(lines: Lines) -> Iterator[tuple[int, list[str]]]:
    """Words of each line that is no comment; a comment may also end a line."""
    for line, text in lines:
        if parts := text.split("#", 1)[0].split():
            yield line, parts
