"""A configuration that can be edited: sections of lines, each found by what tells it from others.

What no line of a candidate touches keeps its text as it was captured.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from auditor.changes.nxos import modes
from auditor.changes.nxos.grammar import Command, Parsed, Refused, Unknown
from auditor.changes.nxos.keys import entry_of, key_of
from auditor.collectors.nexus1000v.tree import Line, parse

Key = tuple[str, ...]
_DELIMITERS = "#@~%|$&*+=§"


@dataclass(slots=True)
class Entry:
    """One line, and what stands under it. `lines` are children as captured, until somebody wants to edit them."""

    text: str
    key: Key
    command: Command | None = None
    mode: str = ""
    lines: list[Line] = field(default_factory=list)
    section: "Section | None" = None
    block: str = ""  # a banner or certificate, as it is printed

    def opened(self) -> "Section":
        """Its children, to be edited."""
        if self.section is None:
            self.section = Section(self.mode)
            self.section.load(self.lines)
            self.lines = []
        return self.section

    @property
    def negated(self) -> bool:
        """It begins with `no`."""
        return self.text.startswith("no ")


class Section:
    """Lines of one mode, in order."""

    def __init__(self, mode: str = "") -> None:
        self.mode = mode
        self.entries: dict[Key, Entry] = {}
        self.first: dict[Key, str] = {}  # what a repeated line said first: in `all`, the default
        self._under: dict[Key, dict[Key, None]] = {}

    def load(self, lines: Iterable[Line]) -> None:
        """Take lines of a capture."""
        for line in lines:
            entry = self._entry(line)
            there = self.entries.get(entry.key)
            if there is not None and entry.command is not None and entry.command.mode:
                there.lines += entry.lines  # the same section once more
                continue
            if there is not None:
                self.first.setdefault(entry.key, there.text)
            self.put(entry)

    def _entry(self, line: Line) -> Entry:
        if line.kind == "banner":
            return Entry(
                line.text, ("banner", line.text.removeprefix("banner ")), block=banner(line.text, line.content)
            )
        if line.kind == "certificate":
            return Entry(line.text, ("certificate", line.text), block=line.text)
        found = understood(self.mode, line.text)
        if found is None:
            return Entry(line.text, ("?", line.text), lines=line.children)
        return Entry(line.text, key_of(found), found.command, found.command.mode, line.children)

    def put(self, entry: Entry) -> None:
        """Set a line; one with the same key keeps its place."""
        self.entries[entry.key] = entry
        self._under.setdefault(entry.key[:2], {})[entry.key] = None

    def drop(self, key: Key) -> Entry | None:
        """Take a line away."""
        entry = self.entries.pop(key, None)
        if entry is not None:
            self._under[key[:2]].pop(key, None)
        return entry

    def like(self, *first: str) -> list[Key]:
        """Keys that begin with these one or two parts."""
        if len(first) == 2:
            return list(self._under.get(first, ()))
        return [key for key in self.entries if key[0] == first[0]]

    def text(self, *key: str) -> str:
        """The line with this key, "" when there is none."""
        entry = self.entries.get(key)
        return entry.text if entry else ""

    def sort(self, of: str) -> None:
        """Put entries of one name into the order of their numbers; the others come first."""
        numbered = sorted((key for key in self.entries if key[0] == of), key=lambda key: int(key[1]))
        for key in numbered:
            self.entries[key] = self.entries.pop(key)


def understood(mode: str, text: str) -> Parsed | None:
    """What a captured line of a mode says; None when nobody knows."""
    known = modes.mode(mode)
    if known is None:
        return None
    negated = text.startswith("no ")
    bare = text[3:] if negated else text
    if mode in ("acl", "numbered") and (entry := entry_of(bare)):
        return entry
    try:
        return known.parse(bare, negated=negated)
    except (Unknown, Refused):
        return None


def banner(head: str, content: str) -> str:
    """A banner as it is printed, between a delimiter that is not in it."""
    mark = "^C" if "^" not in content else next((mark for mark in _DELIMITERS if mark not in content), "^")
    return f"{head} {mark}\n{content}\n{mark}"


def loaded(text: str) -> Section:
    """The configuration in a captured text."""
    root = Section("global")
    root.load(parse(text).top)
    return root


def rendered(root: Section, head: str) -> str:
    """The text of a configuration, after the comments that stood before it."""
    written = [head] if head else []
    written.extend(_lines(root))
    return "\n".join(written) + "\n"


def _lines(root: Section) -> Iterator[str]:
    waiting: list[tuple[int, Entry | Line]] = [(0, entry) for entry in reversed(root.entries.values())]
    while waiting:
        depth, item = waiting.pop()
        if isinstance(item, Line):
            yield item.text if item.kind == "certificate" else "  " * depth + item.text
            waiting.extend((depth + 1, child) for child in reversed(item.children))
            continue
        yield item.block or "  " * depth + item.text
        if item.section is None:
            waiting.extend((depth + 1, line) for line in reversed(item.lines))
        else:
            waiting.extend((depth + 1, below) for below in reversed(item.section.entries.values()))
