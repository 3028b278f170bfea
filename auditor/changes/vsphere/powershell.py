"""Text of PowerShell as statements and pipelines: what engineers type at PowerCLI, and no more of the language.

Nothing is evaluated here. A construct that is not read is an `Unread`, with its line.
"""

import re
from typing import Any

from auditor.changes.vsphere.psmodel import (
    Block,
    Command,
    Each,
    Leave,
    Maybe,
    Member,
    Pipeline,
    Sub,
    Unread,
    Var,
)
from auditor.changes.vsphere.psscan import Scanner

MAX_DEPTH = 40
_NAME = re.compile(r"[A-Za-z_][\w:]*")
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
SWITCHES = frozenset(
    {
        "whatif",
        "verbose",
        "force",
        "runasync",
        "standard",
        "distributed",
        "physical",
        "vmkernel",
        "console",
        "leavedomain",
        "joindomain",
        "disablevlan",
        "v2",
        "unique",
        "evacuate",
        "norecursion",
        "debug",
    }
)


def statements(text: str) -> tuple[Any, ...]:
    """All statements of a text. Raises ShellError."""
    reader = _Reader(text)
    found = reader.statements("", 0)
    return tuple(found)


class _Reader(Scanner):
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
            return Leave(line, loop=word in ("break", "continue"))
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
