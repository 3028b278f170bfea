"""The grammar of named.conf (BIND Administrator Reference Manual, "Configuration File"): statements, not their meaning.

Written by hand: the one parser library for it knows statements by name up to BIND 9.15 and refuses files of later ones.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

_TOKEN = re.compile(
    r"(?P<blank>[\s\ufeff]+|//[^\n]*|\#[^\n]*|/\*.*?\*/)"
    r'|"(?P<text>(?:[^"\\\n]|\\.)*)"'
    r"|(?P<mark>[{};])"
    r'|(?P<word>(?:(?!//|/\*)[^\s{};"\#])+)',
    re.S,
)
_DEPTH, _INCLUDES, _STATEMENTS = 40, 20, 200_000


class NamedConfError(Exception):
    """What is wrong, with the file and line in its words."""


@dataclass(slots=True)
class Statement:
    """Words up to the semicolon; what stood in braces among them, in order; words after the first brace in `after`."""

    words: list[str] = field(default_factory=list)
    blocks: list["list[Statement]"] = field(default_factory=list)
    after: list[str] = field(default_factory=list)
    place: str = ""

    @property
    def name(self) -> str:
        """The first word in lower case, "" when there is none."""
        return self.words[0].lower() if self.words else ""

    @property
    def body(self) -> "list[Statement]":
        """What stands in the first braces."""
        return self.blocks[0] if self.blocks else []


Reader = Callable[[str], str]


def parse(text: str, path: str, read: Reader, chain: tuple[str, ...] = ()) -> list[Statement]:
    """The statements of `text`, with the files that it includes put in their place.

    `read` gives the text of an included file and may raise. Raises NamedConfError for braces that do not match, a text
    or comment without end, an include that leads back to itself.
    """
    if path in chain:
        raise NamedConfError(f"{path} includes itself (by way of {', '.join(chain[-3:])})")
    if len(chain) >= _INCLUDES:
        raise NamedConfError(f"{path}: more than {_INCLUDES} includes within each other")
    chain = (*chain, path)
    top: list[Statement] = []
    open_: list[tuple[list[Statement], str]] = [(top, "")]
    current, count = Statement(), 0
    holders: list[Statement] = []
    for kind, value, line in _tokens(text, path):
        place = f"{path}:{line}"
        if kind == "mark" and value == "{":
            if len(open_) >= _DEPTH:
                raise NamedConfError(f"{place}: more than {_DEPTH} braces within each other")
            inner: list[Statement] = []
            current.place = current.place or place
            current.blocks.append(inner)
            holders.append(current)
            open_.append((inner, place))
            current = Statement()
        elif kind == "mark" and value == "}":
            if len(open_) == 1:
                raise NamedConfError(f"{place}: a closing brace without an opening one")
            if current.words or current.blocks:
                raise NamedConfError(f"{place}: the statement before the closing brace has no semicolon")
            open_.pop()
            current = holders.pop()
        elif kind == "mark":
            if current.name == "include" and len(current.words) == 2 and not current.blocks:
                open_[-1][0].extend(parse(read(current.words[1]), current.words[1], read, chain))
            elif current.words or current.blocks:
                open_[-1][0].append(current)
            count += 1
            if count > _STATEMENTS:
                raise NamedConfError(f"{place}: more than {_STATEMENTS} statements")
            current = Statement()
        else:
            current.place = current.place or place
            (current.after if current.blocks else current.words).append(value)
    if len(open_) > 1:
        raise NamedConfError(f"{open_[-1][1]}: an opening brace without a closing one")
    if current.words or current.blocks:
        raise NamedConfError(f"{current.place}: the last statement has no semicolon")
    return top


def _tokens(text: str, path: str) -> Iterator[tuple[str, str, int]]:
    at, line = 0, 1
    while at < len(text):
        found = _TOKEN.match(text, at)
        if not found:
            what = "a comment" if text.startswith("/*", at) else "a text in quotes"
            raise NamedConfError(f"{path}:{line}: {what} without end")
        kind = found.lastgroup or ""
        if kind != "blank":
            yield kind, found[kind], line
        line += text.count("\n", at, found.end())
        at = found.end()


def first(statements: list[Statement], *names: str) -> Statement | None:
    """The last statement of one of these names: named refuses most repeats, and takes the last of the others."""
    return next((one for one in reversed(statements) if one.name in names), None)


def every(statements: list[Statement], name: str) -> list[Statement]:
    """All statements of a name, in order."""
    return [one for one in statements if one.name == name]
