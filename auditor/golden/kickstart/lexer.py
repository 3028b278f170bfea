"""A shell script as words, operators and here-documents with their lines. Reads the language; runs nothing."""

import re
from dataclasses import dataclass

from auditor.golden.kickstart import marks
from auditor.golden.kickstart.sections import KickstartError, check_typography

_OPERATOR = re.compile(r";;|&&|\|\||\|&|[;&|()]")
_REDIRECT = re.compile(r"\d*(?:<<-|<<<|<<|>>|>\||>&|<&|<>|>|<)|&>>?")
_NAME = re.compile(r"[A-Za-z_]\w*|[0-9?@*#!$-]")
_PLAIN = re.compile("[^\\s\\\\'\"$`;&|()<>#\x01]+")


@dataclass(slots=True)
class Token:
    """`kind`: word | operator | redirect | newline. `body` is a here-document's text; `bare`: without any quoting."""

    kind: str
    text: str
    line: int
    last: int
    bare: bool = True
    body: str = ""


def tokens(text: str, first: int) -> list[Token]:
    """All tokens of a script whose first line has the number `first`. Raises KickstartError with a line."""
    return _Lexer(marks.templates(text), first).run()


class _Lexer:
    def __init__(self, text: str, first: int) -> None:
        self._text, self._at, self._line = text, 0, first
        self._found: list[Token] = []
        self._waiting: list[tuple[Token, Token, bool]] = []  # here-documents: redirect, delimiter, tabs stripped

    def run(self) -> list[Token]:
        text = self._text
        while self._at < len(text):
            c = text[self._at]
            if c == "\n":
                self._end_line()
            elif c in " \t":
                self._at += 1
            elif text.startswith("\\\n", self._at):
                self._skip(2)
            elif c == "#":
                self._at = self._to("\n")
            elif found := _REDIRECT.match(text, self._at):
                self._redirect(found[0])
            elif found := _OPERATOR.match(text, self._at):
                self._add("operator", found[0])
            else:
                self._word()
        self._end_line()
        return self._found

    def _to(self, end: str) -> int:
        at = self._text.find(end, self._at)
        return len(self._text) if at < 0 else at

    def _skip(self, length: int) -> str:
        taken = self._text[self._at : self._at + length]
        self._at += length
        self._line += taken.count("\n")
        return taken

    def _add(self, kind: str, text: str) -> Token:
        self._found.append(Token(kind, text, self._line, self._line))
        self._skip(len(text))
        return self._found[-1]

    def _redirect(self, text: str) -> None:
        token = self._add("redirect", text)
        while self._text[self._at : self._at + 1] in (" ", "\t"):
            self._at += 1
        if self._text[self._at : self._at + 1] in ("", "\n", ";", "&", "|", ")") and not text.endswith("&"):
            raise KickstartError(f"nothing behind {text!r}", token.line, "Name the file, or the end of the document.")
        if text.lstrip("0123456789") in ("<<", "<<-"):
            delimiter = self._word()
            self._waiting.append((token, delimiter, text.endswith("-")))

    def _end_line(self) -> None:
        if self._at < len(self._text):
            self._add("newline", "\n")
        for token, delimiter, tabs in self._waiting:
            self._document(token, delimiter, tabs)
        self._waiting.clear()

    def _document(self, token: Token, delimiter: Token, tabs: bool) -> None:
        body: list[str] = []
        end = marks.shown(delimiter.text) if marks.marked(delimiter.text) else delimiter.text
        while self._at < len(self._text):
            line = self._skip(self._to("\n") - self._at + 1).removesuffix("\n")
            line = line.lstrip("\t") if tabs else line
            if line == end:
                token.body = "".join(f"{one}\n" for one in body)
                if delimiter.bare:
                    token.body = _unquoted(token.body, token.line)
                token.last = self._line - 1
                return
            body.append(line)
        mend = f"End it with a line that is {end[:40]} alone, without blanks around it."
        raise KickstartError(f"the here-document {end[:40]!r} has no end", token.line, mend)

    def _word(self) -> Token:
        text, start, parts, bare = self._text, self._line, [""], True
        while self._at < len(text):
            c = text[self._at]
            if found := _PLAIN.match(text, self._at):
                check_typography(found[0], self._line)
                parts.append(self._skip(len(found[0])))
            elif c == "#":
                parts.append(self._skip(1))
            elif text.startswith("\\\n", self._at):
                self._skip(2)
            elif c == "\\":
                self._skip(1)
                parts.append(self._skip(1))
                bare = False
            elif c in "'\"":
                parts.append(self._quoted(c))
                bare = False
            elif c in "$`":
                parts.append(self._dollar(marks.UNQUOTED))
            elif c == "\x01":
                parts.append(self._skip(text.index("\x02", self._at) + 1 - self._at))
            elif c.isspace() and c not in " \t\n":
                check_typography(c, self._line)
                parts.append(self._skip(1))
            else:
                break
        token = Token("word", "".join(parts), start, self._line, bare)
        self._found.append(token)
        return token

    def _quoted(self, quote: str) -> str:
        start, parts = self._line, [""]
        self._skip(1)
        while self._at < len(self._text):
            c = self._text[self._at]
            if c == quote:
                self._skip(1)
                return "".join(parts)
            if quote == '"' and c == "\\" and self._text[self._at + 1 : self._at + 2] in ('"', "\\", "$", "`", "\n"):
                self._skip(1)
                parts.append(self._skip(1).replace("\n", ""))
            elif quote == '"' and c in "$`":
                parts.append(self._dollar(marks.QUOTED))
            else:
                parts.append(self._skip(1))
        raise KickstartError("a quote that does not end", start, "Close the quote.")

    def _dollar(self, sign: str) -> str:
        taken, length = dollar(self._text, self._at, sign)
        if length < 0:
            raise KickstartError("a command substitution that does not end", self._line, "Close ` or $( or ${.")
        self._skip(length)
        return taken


def dollar(text: str, at: int, sign: str) -> tuple[str, int]:
    """What stands at a `$` or backquote: its mark and its length; -1 where it does not end."""
    if text[at] == "`":
        end = text.find("`", at + 1)
        return marks.mark(marks.COMMAND, ""), (end + 1 - at if end > 0 else -1)
    following = text[at + 1 : at + 2]
    if following in ("(", "{"):
        length = _balanced(text, at + 1, following)
        inner = text[at + 2 : at + length - 1]
        name = _NAME.fullmatch(inner)
        if following == "{" and name:
            return marks.mark(sign, inner), length
        return marks.mark(marks.COMMAND, ""), length
    found = _NAME.match(text, at + 1)
    return (marks.mark(sign, found[0]), 1 + len(found[0])) if found else ("$", 1)


def _balanced(text: str, at: int, opening: str) -> int:
    """Length from the `$` before `at` to the bracket that closes; quotes inside count. -1: none."""
    closing, depth, quote, n = {"(": ")", "{": "}"}[opening], 0, "", at
    while n < len(text):
        c = text[n]
        if c == "\\" and quote != "'":
            n += 1
        elif quote:
            quote = "" if c == quote else quote
        elif c in "'\"":
            quote = c
        elif c == opening:
            depth += 1
        elif c == closing:
            depth -= 1
            if not depth:
                return n + 2 - at
        n += 1
    return -1


def _unquoted(text: str, line: int) -> str:
    """A here-document whose delimiter is not quoted: its variables as marks."""
    done, at = [], 0
    while at < len(text):
        if text[at] == "\\" and text[at + 1 : at + 2] in ("$", "`", "\\"):
            done.append(text[at + 1])
            at += 2
        elif text.startswith("\\\n", at):
            at += 2
        elif text[at] in "$`":
            taken, length = dollar(text, at, marks.QUOTED)
            if length < 0:
                what = "a here-document with a command substitution that does not end"
                raise KickstartError(what, line, "Close it, or put the name of the end into quotes.")
            done.append(taken)
            at += length
        else:
            done.append(text[at])
            at += 1
    return "".join(done)
