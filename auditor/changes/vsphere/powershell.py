"""Text of PowerShell as statements and pipelines: what engineers type at PowerCLI, and no more of the language.

Nothing is evaluated here. A construct that is not read is an `Unread`, with its line.
"""

import re
from dataclasses import dataclass, field
from typing import Any

MAX_DEPTH = 40
_NAME = re.compile(r"[A-Za-z_][\w:]*")
_BLANK = re.compile(r"(?:[ \t]|`\n|<#(?:[^#]|#(?!>)){0,20000}#>)+")
_COMMENT = re.compile(r"#[^\n]*")
_PARAMETER = re.compile(r"-([A-Za-z]\w*)(:?)")
_ASSIGN = re.compile(r"\$(?:(?:global|script|local):)?([A-Za-z_]\w*)((?:\.\w+)*)[ \t]*(\+?=)(?!=)[ \t]*", re.IGNORECASE)
_TYPE = re.compile(r"\[[A-Za-z][\w.\[\]]{0,60}\](?=[$@('\"\d])")
_WORD = re.compile(r"[^\s,;|(){}'\"]+")
_NUMBER = re.compile(r"-?\d+(?=[\s,;|)}]|$)")
_KEYWORD = re.compile(
    r"(foreach|if|elseif|else|while|for|do|try|catch|finally|function|switch|param|begin|process|end|return|exit|break|"
    r"continue|throw)\b(?!-)",
    re.IGNORECASE,
)
_FOREACH = re.compile(r"\(\s*\$(\w+)\s+in\s+", re.IGNORECASE)
SWITCHES = frozenset({"whatif", "verbose", "force", "runasync", "standard", "distributed", "physical", "vmkernel", "console",
                      "leavedomain", "joindomain", "disablevlan", "v2", "unique", "evacuate", "norecursion", "debug"})  # fmt: skip


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
    """`return`, `exit` and their kind."""

    line: int


def statements(text: str) -> tuple[Any, ...]:
    """All statements of a text. Raises ShellError."""
    reader = _Reader(text)
    found = reader.statements("", 0)
    return tuple(found)


class _Reader:
    def __init__(self, text: str) -> None:
        self._text, self._at, self._from, self._line = text, 0, 0, 1

    def _error(self, what: str) -> ShellError:
        return ShellError(what, self._number(self._at))

    def _number(self, at: int) -> int:
        """The line of a place; places are asked for in ascending order, nearly always."""
        if at < self._from:
            return self._line - self._text.count("\n", at, self._from)
        self._line += self._text.count("\n", self._from, at)
        self._from = at
        return self._line

    def _peek(self, text: str) -> bool:
        return self._text.startswith(text, self._at)

    def _skip(self, *, lines: bool = False) -> None:
        while True:
            start = self._at
            if found := _BLANK.match(self._text, self._at):
                self._at = found.end()
            if found := _COMMENT.match(self._text, self._at):
                self._at = found.end()
            while lines and self._text[self._at : self._at + 1] in ("\n", ";", "\r") and self._at < len(self._text):
                self._at += 1
            if self._at == start:
                return

    def statements(self, end: str, depth: int) -> list[Any]:
        if depth > MAX_DEPTH:
            raise self._error("nested too deep")
        found: list[Any] = []
        while True:
            self._skip(lines=True)
            if self._at >= len(self._text):
                if end:
                    raise self._error(f"{end!r} is missing at the end")
                return found
            if end and self._peek(end):
                self._at += 1
                return found
            start = self._at
            found.append(self._statement(end, depth))
            if self._at == start:
                raise self._error(f"{self._text[start : start + 1]!r} stands where a command begins")

    def _statement(self, end: str, depth: int) -> Any:
        keyword = _KEYWORD.match(self._text, self._at)
        if keyword:
            return self._structure(keyword[1].lower(), keyword.end(), depth)
        start, line = self._at, self._number(self._at)
        target, adds = "", False
        if found := _ASSIGN.match(self._text, self._at):
            target, adds, self._at = (found[1] + found[2]).lower(), found[3] == "+=", found.end()
        stages = self._pipeline(end, depth)
        return Pipeline(line, " ".join(self._text[start : self._at][:400].split()), tuple(stages), target, adds)

    def _structure(self, word: str, at: int, depth: int) -> Any:
        line, start = self._number(self._at), self._at
        self._at = at
        self._skip()
        if word == "foreach" and (found := _FOREACH.match(self._text, self._at)):
            self._at = found.end()
            source = Sub(tuple(self.statements(")", depth + 1)))
            return Each(line, self._text[start : self._at][:200], found[1].lower(), source, self._body(depth))
        if word in ("return", "exit", "break", "continue", "throw"):
            self._pipeline("}", depth) if not self._at_end("}") else None
            return Leave(line)
        if word == "param":
            self._balanced("(", ")")
            return Maybe(line, "", ())
        if word == "function":
            name = _WORD.match(self._text, self._at)
            self._at = name.end() if name else self._at
            self._skip(lines=True)
        if self._peek("("):
            self._balanced("(", ")")
        if word == "catch":
            self._skip()
            while self._peek("["):
                self._balanced("[", "]")
                self._skip()
        body = self._body(depth)
        if word == "do":
            self._skip(lines=True)
            if found := re.compile(r"(?i)(while|until)\s*").match(self._text, self._at):
                self._at = found.end()
                self._balanced("(", ")")
        return Maybe(
            line, "" if word in ("try", "finally", "begin", "process", "end") else f"`{word}` of line {line}", body
        )

    def _body(self, depth: int) -> tuple[Any, ...]:
        self._skip(lines=True)
        if not self._peek("{"):
            raise self._error("a block in braces is missing")
        self._at += 1
        return tuple(self.statements("}", depth + 1))

    def _balanced(self, opening: str, closing: str) -> str:
        """The text between brackets, which is not looked into but for quotes."""
        start, depth = self._at, 0
        while self._at < len(self._text):
            c = self._text[self._at]
            if c in "'\"":
                self._quoted()
                continue
            depth += (c == opening) - (c == closing)
            self._at += 1
            if not depth:
                return self._text[start + 1 : self._at - 1]
        self._at = start
        raise self._error(f"{closing!r} is missing")

    def _at_end(self, end: str) -> bool:
        self._skip()
        c = self._text[self._at : self._at + 1]
        return c in ("", "\n", ";", "\r") or c == (end or "\n") or c in ")}"

    def _pipeline(self, end: str, depth: int) -> list[Any]:
        stages = [self._stage(end, depth)]
        while True:
            self._skip()
            if not self._peek("|") or self._peek("||"):
                break
            self._at += 1
            self._skip(lines=True)
            stages.append(self._stage(end, depth))
        if not self._at_end(end):  # an operator that is not read
            start = self._at
            while not self._at_end(end):
                before = self._at
                self._value(depth) if self._text[self._at] in "'\"({$@" else self._advance()
                if self._at == before:
                    self._advance()
            stages.append(Unread(self._text[start : self._at][:100]))
        return stages

    def _advance(self) -> None:
        found = _WORD.match(self._text, self._at)
        self._at = found.end() if found else self._at + 1

    def _stage(self, end: str, depth: int) -> Any:
        self._skip()
        c = self._text[self._at : self._at + 1]
        if c in ("$", "(", "@", "'", '"', "[") or c.isdigit():
            return self._list(depth)
        word = _WORD.match(self._text, self._at)
        if word is None:
            raise self._error("a command is missing")
        self._at = word.end()
        parameters: dict[str, Any] = {}
        arguments: list[Any] = []
        while not self._at_end(end) and not self._peek("|"):
            before = self._at
            if found := _PARAMETER.match(self._text, self._at):
                self._at = found.end()
                self._skip()
                name = found[1].lower()
                parameters[name] = True if self._is_switch(name, bool(found[2]), end) else self._list(depth)
            else:
                arguments.append(self._list(depth))
            if self._at == before:
                self._at += 1
        return Command(word[0], parameters, tuple(arguments))

    def _is_switch(self, name: str, colon: bool, end: str) -> bool:
        if colon:
            return False
        nothing = self._at_end(end) or self._peek("|") or _PARAMETER.match(self._text, self._at) is not None
        return nothing or name in SWITCHES

    def _list(self, depth: int) -> Any:
        first = self._value(depth)
        many = [first]
        while True:
            self._skip()
            if not self._peek(","):
                return many if len(many) > 1 else first
            self._at += 1
            self._skip(lines=True)
            many.append(self._value(depth))

    def _value(self, depth: int) -> Any:
        if depth > MAX_DEPTH:
            raise self._error("nested too deep")
        if found := _TYPE.match(self._text, self._at):
            self._at = found.end()
        c = self._text[self._at : self._at + 1]
        if c in "'\"" and c:
            return self._members(self._quoted(), depth)
        if c == "$" and self._text[self._at + 1 : self._at + 2] == "(":
            self._at += 2
            return self._members(Sub(tuple(self.statements(")", depth + 1))), depth)
        if c == "$":
            return self._variable(depth)
        if c == "(" or self._peek("@("):
            self._at += 1 if c == "(" else 2
            return self._members(Sub(tuple(self.statements(")", depth + 1))), depth)
        if self._peek("@{"):
            self._at += 2
            return self._hash(depth)
        if self._peek('@"\n') or self._peek("@'\n"):
            return self._here()
        if c == "{":
            start = self._at
            self._at += 1
            found_body = tuple(self.statements("}", depth + 1))
            return Block(found_body, self._text[start + 1 : self._at - 1][:2000])
        if found := _NUMBER.match(self._text, self._at):
            self._at = found.end()
            return int(found[0]) if len(found[0]) < 20 else found[0]
        word = _WORD.match(self._text, self._at)
        if word is None:
            self._at += 1
            return Unread(c)
        self._at = word.end()
        return word[0]

    def _variable(self, depth: int) -> Any:
        self._at += 1
        if self._peek("_"):
            self._at += 1
            return self._members(Var("_"), depth)
        if self._peek("{"):
            name = self._balanced("{", "}")
        else:
            found = _NAME.match(self._text, self._at)
            if found is None:
                return Unread("$")
            name, self._at = found[0], found.end()
        low = name.lower().rpartition(":")[2]
        if low in ("true", "false", "null"):
            return {"true": True, "false": False, "null": None}[low]
        return self._members(Var(low), depth)

    def _members(self, base: Any, depth: int) -> Any:
        while True:
            if self._peek(".") and (found := _NAME.match(self._text, self._at + 1)):
                self._at = found.end()
                arguments: tuple[Any, ...] | None = None
                if self._peek("("):
                    self._at += 1
                    self._skip(lines=True)
                    given: list[Any] = []
                    while not self._peek(")"):
                        if self._at >= len(self._text):
                            raise self._error("')' is missing")
                        before = self._at
                        one = self._list(depth + 1)
                        given += one if isinstance(one, list) else [one]
                        self._skip(lines=True)
                        if self._at == before:
                            raise self._error("these arguments cannot be read")
                    self._at += 1
                    arguments = tuple(given)
                base = Member(base, found[0].lower(), arguments)
            elif self._peek("["):
                self._balanced("[", "]")
                base = Member(base, "[]")
            else:
                return base

    def _hash(self, depth: int) -> dict[str, Any]:
        made: dict[str, Any] = {}
        while True:
            self._skip(lines=True)
            if self._peek("}"):
                self._at += 1
                return made
            key = re.compile(r"[\"']?([\w.-]+)[\"']?\s*=\s*").match(self._text, self._at)
            if key is None or self._at >= len(self._text):
                raise self._error("a pair of name and value is missing, or '}'")
            self._at = key.end()
            made[key[1].lower()] = self._list(depth + 1)

    def _quoted(self) -> Any:
        quote, start = self._text[self._at], self._at
        at = self._at + 1
        parts: list[Any] = []
        plain: list[str] = []
        text = self._text
        while at < len(text):
            c = text[at]
            if c == quote:
                if text[at + 1 : at + 2] == quote:
                    plain.append(quote)
                    at += 2
                    continue
                self._at = at + 1
                return _joined(parts, plain)
            if quote == '"' and c == "`":
                plain.append({"n": "\n", "t": "\t", "\n": ""}.get(text[at + 1 : at + 2], text[at + 1 : at + 2]))
                at += 2
            elif (
                quote == '"'
                and c == "$"
                and (found := re.compile(r"\$\{?([A-Za-z_]\w*|_)\}?(?:\.\w+)*").match(text, at))
            ):
                parts += ["".join(plain), Var(found[1].lower() if found[0] == f"${found[1]}" else f"?{found[1]}")]
                plain, at = [], found.end()
            elif quote == '"' and text.startswith("$(", at):
                parts += ["".join(plain), Var("?")]
                plain, here = [], self._at
                self._at = at + 1
                self._balanced("(", ")")
                at, self._at = self._at, here
            else:
                end = at + 1
                while end < len(text) and text[end] not in ("'", '"', "`", "$"):
                    end += 1
                plain.append(text[at:end])
                at = end
        self._at = start
        raise self._error("a quote that does not end")

    def _here(self) -> Any:
        quote = self._text[self._at + 1]
        end = self._text.find(f"\n{quote}@", self._at)
        if end < 0:
            raise self._error("a here-string that does not end")
        text = self._text[self._at + 3 : end]
        self._at = end + 3
        return Text((text, Var("?"))) if quote == '"' and "$" in text else text


def _joined(parts: list[Any], plain: list[str]) -> Any:
    last = "".join(plain)
    return Text((*parts, last)) if parts else last
