"""PowerShell as data: statements, pipelines, commands and values."""

from dataclasses import dataclass, field
from typing import Any


class ShellError(ValueError):
    """A text that PowerShell would refuse. `line` counts from 1."""

    def __init__(self, what: str, line: int) -> None:
        self.line = line
        super().__init__(what)


@dataclass(frozen=True, slots=True)
class Var:
    """`$name`."""

    name: str


@dataclass(frozen=True, slots=True)
class Text:
    """A text with variables in it."""

    parts: tuple[Any, ...]  # str and Var


@dataclass(frozen=True, slots=True)
class Member:
    """`base.name`, or `base.name(arguments)`."""

    base: Any
    name: str
    arguments: tuple[Any, ...] | None = None


@dataclass(frozen=True, slots=True)
class Sub:
    """`( statements )`, `$( ... )`, `@( ... )`."""

    statements: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """`{ statements }`, with its text."""

    statements: tuple[Any, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Unread:
    """Something that is not read."""

    text: str


@dataclass(frozen=True, slots=True)
class Command:
    """A command with its parameters (names in lower case) and arguments."""

    name: str
    parameters: dict[str, Any] = field(default_factory=dict)
    arguments: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Stages: commands and, in front, perhaps a value. `target`: `name` or `name.member` that it is assigned to."""

    line: int
    text: str
    stages: tuple[Any, ...]
    target: str = ""
    adds: bool = False


@dataclass(frozen=True, slots=True)
class Each:
    """`foreach ($name in source) { body }`."""

    line: int
    text: str
    name: str
    source: Any
    body: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Maybe:
    """A body that runs sometimes, often, or never; `about` names what decides it, "" when it does run."""

    line: int
    about: str
    body: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Leave:
    """`return`, `exit` and their kind; `loop`: it leaves no more than a turn of a loop, or the loop."""

    line: int
    loop: bool = False
