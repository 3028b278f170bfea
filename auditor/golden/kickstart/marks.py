"""What a kickstart leaves open: `@@VAR@@`, `{{ VAR }}`, `$VAR`, `$(command)`, as marks inside otherwise plain text.

A mark is U+0001, a sign, a name, U+0002; no kickstart file that was accepted holds these characters itself.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

TEMPLATE, COMMAND, QUOTED, UNQUOTED = "@", "(", '"', "$"
_MARK = re.compile("\x01(.)([^\x01\x02]*)\x02")
_TEMPLATES = re.compile(
    r"@@\s*(?P<a>\w[\w.-]*)\s*@@|\{\{-?\s*(?P<b>\w[\w.\[\]-]*)\s*-?\}\}|%\((?P<c>\w+)\)s|<%=\s*@?(?P<d>\w+)\s*%>"
)


@dataclass(frozen=True, slots=True)
class Open:
    """A value with at least one mark in it."""

    text: str

    @property
    def name(self) -> str:
        """The variable that it is; empty when it is more than one variable."""
        found = _MARK.fullmatch(self.text)
        return found[2] if found and found[1] != COMMAND else ""

    @property
    def shown(self) -> str:
        """As a person would write it."""
        return shown(self.text)


def mark(sign: str, name: str) -> str:
    """The mark itself."""
    return f"\x01{sign}{name}\x02"


def marked(text: str) -> bool:
    """Whether something in it is open."""
    return "\x01" in text


def templates(text: str) -> str:
    """`text` with the placeholders of templates as marks."""
    return _TEMPLATES.sub(lambda found: mark(TEMPLATE, next(name for name in found.groups() if name)), text)


def shown(text: str) -> str:
    """`text` with `$NAME` for marks, `$(...)` for commands."""
    return _MARK.sub(lambda found: "$(...)" if found[1] == COMMAND else f"${found[2]}", text)


def expanded(word: str, known: Mapping[str, str | None]) -> list[str]:
    """The words that a word becomes: known variables filled in, and split where the shell would."""
    done: list[str] = [""]
    some, at = False, 0
    for found in _MARK.finditer(word):
        done[-1] += word[at : found.start()]
        some, at = some or found.start() > at, found.end()
        value = known.get(found[2]) if found[1] in (QUOTED, UNQUOTED) else None
        if value is None:
            done[-1] += found[0]
            some = True
        elif found[1] == QUOTED:
            done[-1] += value
            some = True
        else:
            first, *more = re.split(r"[ \t\n]+", value)
            done[-1] += first
            done += more
            some = some or bool(value)
    done[-1] += word[at:]
    some = some or at < len(word) or not word
    return [one for one in done if one or (some and len(done) == 1)]


def filled(text: str, known: Mapping[str, str | None]) -> str:
    """As `expanded`, without splitting."""
    return _MARK.sub(
        lambda found: (
            value if found[1] in (QUOTED, UNQUOTED) and (value := known.get(found[2])) is not None else found[0]
        ),
        text,
    )
