"""An NX-OS configuration as a tree of lines that keep their numbers, so that each fact can name its line."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from auditor.collectors.nexus1000v.scan import scan


@dataclass(slots=True)
class Line:
    """One command and what is indented under it. `content` is the inside of a banner."""

    text: str  # without indentation
    number: int = 0  # in the captured text, from 1
    children: list["Line"] = field(default_factory=list)
    kind: str = "command"
    content: str = ""

    def walk(self) -> Iterator["Line"]:
        """Every line below this one, in order; no recursion, so that depth cannot hurt."""
        waiting = list(reversed(self.children))
        while waiting:
            line = waiting.pop()
            yield line
            waiting.extend(reversed(line.children))


@dataclass(slots=True)
class Tree:
    """A parsed configuration. Repeated sections are all kept; look-ups join them."""

    root: Line
    header: dict[str, str] = field(default_factory=dict)  # of the comments: {"Command": "show running-config"}
    _by_text: dict[str, list[Line]] = field(default_factory=dict)

    @property
    def top(self) -> list[Line]:
        """Lines of the first level."""
        return self.root.children

    def section(self, header: str) -> list[Line]:
        """Children of all sections with this header, in order."""
        return [child for found in self._by_text.get(header, ()) for child in found.children]

    def line(self, text: str) -> Line | None:
        """The last line of the first level with this text."""
        found = self._by_text.get(text)
        return found[-1] if found else None

    def starting(self, *prefixes: str) -> Iterator[Line]:
        """Lines of the first level that begin with one of these."""
        return (line for line in self.top if line.text.startswith(prefixes))


def parse(text: str) -> Tree:
    """The tree of a configuration. Raises `scan.Unclosed` when a banner or certificate never ends."""
    root = Line("")
    tree = Tree(root)
    stack: list[tuple[int, Line]] = [(-1, root)]
    for item in scan(text):
        if item.kind == "comment":
            name, colon, value = item.text[1:].partition(":")
            if colon and name.isalpha():
                tree.header.setdefault(name, value.strip())
            continue
        bare = item.text.lstrip() if item.kind == "command" else item.text
        line = Line(bare, item.number, kind=item.kind, content=item.content)
        if item.kind == "banner":
            line.text = f"banner {item.name}"
            root.children.append(line)
            stack = [(-1, root)]
            continue
        if item.kind == "certificate":
            stack[-1][1].children.append(line)
            continue
        indent = len(item.text) - len(bare)
        while stack[-1][0] >= indent:
            stack.pop()
        stack[-1][1].children.append(line)
        stack.append((indent, line))
    for line in root.children:
        tree._by_text.setdefault(line.text, []).append(line)
    return tree


def render(lines: Iterable[Line], indent: int = 0) -> str:
    """The text of a tree without banners and certificates, two spaces a level: the inverse of `parse`."""
    written: list[str] = []
    waiting = [(indent, line) for line in reversed(list(lines))]
    while waiting:
        depth, line = waiting.pop()
        written.append(" " * depth + line.text)
        waiting.extend((depth + 2, child) for child in reversed(line.children))
    return "".join(line + "\n" for line in written)
