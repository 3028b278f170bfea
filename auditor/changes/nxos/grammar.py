"""The form of NX-OS commands, as data: which words make a command, what tells one of its lines from another.

A pattern is written as a manual writes it. `{host}` is an argument that tells lines apart (two NTP servers), `<0-7>`
one that is only a value; `[key <1-65535>]` may stand or not, in any order; `<text>` takes the rest of the line.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import Enum, auto
from functools import cache
from typing import NamedTuple

from auditor.changes.nxos import arguments


class Kind(Enum):
    """How lines of a command stand beside each other."""

    FLAG = auto()  # on or off
    SINGLE = auto()  # one value: a new one takes the place of the old one
    KEYED = auto()  # one line for each identity
    MULTI = auto()  # every line beside the others
    SECTION = auto()  # opens a mode of its own
    SPECIAL = auto()  # a rule of its own: `Command.do` names it


class Part(NamedTuple):
    """One part of a pattern."""

    text: str  # a literal word, or the name of an argument
    role: str  # word | identity | value | options
    options: tuple[tuple[str, tuple[str, ...]], ...] = ()  # word -> its arguments


@dataclass(frozen=True, slots=True)
class Command:
    """A command of a mode. `facts` are the paths it tells of: {0} is its first identity, {in} what the mode is on."""

    words: tuple[str, ...]
    parts: tuple[Part, ...]
    kind: Kind
    facts: tuple[str, ...] = ()
    on: str = ""  # of a flag, families that have it on by default: "*" is any
    shown: bool = False  # a flag of which both forms are written down: the default differs from port to port
    default: str | None = ""  # the line of a single value that is in force without one; None: not known
    mode: str = ""  # of a section: the mode of what stands under it
    needs: str = ""  # the feature without which a switch does not know the command
    do: str = ""

    @property
    def name(self) -> str:
        """Its words."""
        return " ".join(self.words)


@dataclass(frozen=True, slots=True)
class Parsed:
    """A line that is understood. `text` is how the device writes it, without `no`."""

    command: Command
    text: str
    ids: tuple[str, ...] = ()
    values: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, ...]:
        """What tells the line from others of its section."""
        rest = (" ".join(self.values),) if self.command.kind in (Kind.MULTI, Kind.SECTION) and self.values else ()
        return (self.command.name, *self.ids, *rest)


class Refused(ValueError):
    """What the device itself would not take: `% Invalid ...`."""


class Unknown(ValueError):
    """Nothing that is known here."""


@dataclass(slots=True)
class _Node:
    below: dict[str, "_Node"] = field(default_factory=dict)
    commands: list[Command] = field(default_factory=list)


_PART = re.compile(r"\[([^\]]+)\]|\{([^}]+)\}|<([^>]+)>|(\S+)")


def pattern(text: str) -> tuple[tuple[str, ...], tuple[Part, ...]]:
    """The leading words of a pattern, and the parts after them."""
    words: list[str] = []
    parts: list[Part] = []
    options: list[tuple[str, tuple[str, ...]]] = []
    for found in _PART.finditer(text):
        if found[1]:
            name, *arguments_of = found[1].split(" ", 1)
            options.append((name, tuple(re.findall(r"<([^>]+)>", arguments_of[0])) if arguments_of else ()))
        elif found[2]:
            parts.append(Part(found[2], "identity"))
        elif found[3]:
            parts.append(Part(found[3], "value"))
        elif parts:
            parts.append(Part(found[4], "word"))
        else:
            words.append(found[4])
    if options:
        parts.append(Part("", "options", tuple(options)))
    return tuple(words), tuple(parts)


class Mode:
    """The commands of one mode, found by their words or by the unambiguous beginnings of them."""

    def __init__(self, commands: Iterable[Command]) -> None:
        self._root = _Node()
        for command in commands:
            node = self._root
            for word in command.words:
                node = node.below.setdefault(word, _Node())
            node.commands.append(command)

    def parse(self, text: str, *, negated: bool = False) -> Parsed:
        """What a line without its `no` says. Raises Unknown, or Refused for an argument that no device takes."""
        words = text.split()
        node, path = self._root, [self._root]
        for word in words:
            below = _below(node, word)
            if below is None:
                break
            node = below
            path.append(node)
        refused: Refused | None = None
        for depth in range(len(path) - 1, 0, -1):
            for command in path[depth].commands:
                try:
                    return _arguments(command, text, words[depth:], negated=negated)
                except Refused as problem:
                    refused = refused or problem
                except Unknown:
                    continue
        if refused:
            raise refused
        raise Unknown(text)


def _below(node: _Node, word: str) -> _Node | None:
    """The branch of a word, or the only one that begins with it."""
    exact = node.below.get(word)
    if exact is not None or len(word) < 2 or not word[0].isalpha():
        return exact
    found = [name for name in node.below if name.startswith(word)]
    return node.below[found[0]] if len(found) == 1 else None


def _arguments(command: Command, text: str, words: list[str], *, negated: bool) -> Parsed:
    ids: list[str] = []
    values: list[str] = []
    written = list(command.words)
    waiting = list(words)
    for part in command.parts:
        if part.text == "text":
            rest = text.split(None, len(text.split()) - len(waiting))[-1] if waiting else ""
            waiting = []
            if rest:
                values.append(rest)
                written.append(rest)
            elif not negated:
                raise Refused(f"`{command.name}` wants more words")
            continue
        if part.role == "options":
            _options(part, waiting, values, written)
            continue
        if not waiting:
            if negated and part.role != "identity":
                return Parsed(command, " ".join(written), tuple(ids), tuple(values))
            if part.role == "word":
                raise Unknown(text)
            raise Refused(f"`{' '.join(written)}` wants {arguments.named(part.text)} after it")
        word = waiting.pop(0)
        if part.role == "word":
            if not part.text.startswith(word):
                raise Unknown(text)
            written.append(part.text)
            continue
        try:
            value = _check(part.text)(word)
        except ValueError as problem:
            raise Refused(str(problem)) from None
        (ids if part.role == "identity" else values).append(value)
        written.append(value)
    if waiting:
        raise Unknown(text)
    return Parsed(command, " ".join(written), tuple(ids), tuple(values))


def _options(part: Part, waiting: list[str], values: list[str], written: list[str]) -> None:
    known = dict(part.options)
    while waiting:
        typed = waiting.pop(0)
        names = [typed] if typed in known else [name for name in known if name.startswith(typed)]
        if len(names) != 1:
            raise Unknown(typed)
        taken = [names[0]]
        for argument in known[names[0]]:
            if not waiting:
                raise Refused(f"`{names[0]}` wants {arguments.named(argument)} after it")
            try:
                taken.append(_check(argument)(waiting.pop(0)))
            except ValueError as problem:
                raise Refused(str(problem)) from None
        values += taken
        written += taken


@cache
def _check(name: str) -> Callable[[str], str]:
    return arguments.check(name)
