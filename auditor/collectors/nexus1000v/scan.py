"""What each line of an NX-OS configuration is: a command, a comment, or part of a banner or certificate.

Both redaction and the tree stand on this. Only a `!` in the first column begins a comment; elsewhere it is text.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

_BANNER = re.compile(r"banner (?P<kind>motd|exec|login|incoming) +(?P<rest>\S.*)")
_BEGIN = re.compile(r"-----BEGIN [\w -]{1,60}-----")
_END = re.compile(r"-----END [\w -]{1,60}-----")


class Unclosed(ValueError):
    """A banner or a certificate begins and never ends: the text was cut, or is not what it seems."""


class Scanned(NamedTuple):
    """One logical line, `number` from 1. A banner or certificate of many lines is one item, `text` as printed."""

    number: int
    kind: str  # command | comment | banner | certificate
    text: str  # without its line end
    name: str = ""  # of a banner: motd, exec
    content: str = ""  # of a banner: what stands between its delimiters


def scan(text: str) -> Iterator[Scanned]:
    """The logical lines of `text`, blank ones left out. Raises Unclosed."""
    lines = text.split("\n")
    at = 0
    while at < len(lines):
        line, number = lines[at].rstrip(), at + 1
        at += 1
        if not line.strip():
            continue
        if line.startswith("!"):
            yield Scanned(number, "comment", line)
        elif found := _BANNER.fullmatch(line):
            taken, content = _banner(found["rest"], lines, at)
            yield Scanned(number, "banner", "\n".join([line, *lines[at : at + taken]]), found["kind"], content)
            at += taken
        elif _BEGIN.search(line):
            taken = 0 if _END.search(line) else _certificate(lines, at)
            yield Scanned(number, "certificate", "\n".join([line, *lines[at : at + taken]]))
            at += taken
        else:
            yield Scanned(number, "command", line)


def _banner(rest: str, lines: list[str], at: int) -> tuple[int, str]:
    """How many further lines the banner takes, and its content. What follows the closing delimiter is not content."""
    mark = "^C" if _caret_c(rest, lines, at) else rest[0]
    first = rest[len(mark) :]
    if mark in first:
        return 0, first[: first.index(mark)]
    content = [first] if first.strip() else []
    for taken, line in enumerate(lines[at:], 1):
        if mark in line:
            content.append(line[: line.index(mark)])
            return taken, "\n".join(content).rstrip("\n")
        content.append(line)
    raise Unclosed(f"the banner that begins at line {at} is never closed")


def _caret_c(rest: str, lines: list[str], at: int) -> bool:
    """The delimiter is the two characters `^C`, and not a caret before a word that begins with C."""
    if not rest.startswith("^C"):
        return False
    if "^" in rest[1:]:
        return rest.endswith("^C") and rest.count("^") == 2
    closing = next((line for line in lines[at:] if "^" in line), "")
    return rest == "^C" or closing.rstrip().endswith("^C")


def _certificate(lines: list[str], at: int) -> int:
    for taken, line in enumerate(lines[at:], 1):
        if _END.search(line):
            return taken
    raise Unclosed(f"the certificate that begins at line {at} is never closed")
