"""The signs of PowerShell: blanks, comments, quotes and brackets."""

import re
from typing import Any

from auditor.changes.vsphere.psmodel import ShellError, Text, Var

_BLANK = re.compile(r"(?:[ \t]|`\n|<#(?:[^#]|#(?!>)){0,20000}#>)+")
_COMMENT = re.compile(r"#[^\n]*")
_WORD = re.compile(r"[^\s,;|(){}'\"]+")


class Scanner:
    """A text and a place in it."""

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

    def _advance(self) -> None:
        found = _WORD.match(self._text, self._at)
        self._at = found.end() if found else self._at + 1

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
