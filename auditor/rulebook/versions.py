"""Versions compared as versions: 8.0.10 > 8.0.9, vmx-17 > vmx-09, 5.2(1)SV3(2.1) > 5.2(1)SV3(1.5b), 7.0U1 = 7.0.1."""

import re
from collections.abc import Callable
from functools import lru_cache
from itertools import zip_longest

Key = tuple[tuple[int, int, str], ...]
_PART = re.compile(r"\d+|[a-z]+")
_UPDATE = re.compile(r"(?<=\d)\s*(?:u|update)\s*(?=\d)")
_CONDITION = re.compile(r"^\s*(>=|<=|==|!=|>|<)\s*([0-9A-Za-z][\w.()+:~-]*)\s*$")


_BEFORE = frozenset({"alpha", "beta", "pre", "rc"})
_END = (1, 0, "")


@lru_cache(maxsize=4096)
def key(version: str) -> Key:
    """Parts that sort: pre-release words, then numbers as numbers, then other words; trailing zeros do not count."""
    text = _UPDATE.sub(".", version.lower())
    parts = [(1, int(p), "") if p.isdigit() else (0 if p in _BEFORE else 2, 0, p) for p in _PART.findall(text)]
    while parts and parts[-1] == _END:
        parts.pop()
    return tuple(parts)


def compare(left: str, right: str) -> int:
    """-1, 0 or 1. A missing part counts as zero: 8.0 = 8.0.0, 8.0rc1 < 8.0 < 8.0.1 < 8.0.1b."""
    a, b = key(str(left)), key(str(right))
    for x, y in zip_longest(a, b, fillvalue=_END):
        if x != y:
            return -1 if x < y else 1
    return 0


_TESTS: dict[str, Callable[[int], bool]] = {
    ">=": lambda c: c >= 0,
    "<=": lambda c: c <= 0,
    "==": lambda c: c == 0,
    "!=": lambda c: c != 0,
    ">": lambda c: c > 0,
    "<": lambda c: c < 0,
}


class VersionRange:
    """A range such as ">=6.7,<8": every condition must hold. Raises ValueError when it cannot be read."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.conditions: tuple[tuple[str, str], ...] = tuple(_condition(part) for part in text.split(","))

    def __contains__(self, version: str) -> bool:
        return all(_TESTS[sign](compare(version, bound)) for sign, bound in self.conditions)


def _condition(text: str) -> tuple[str, str]:
    found = _CONDITION.match(text)
    if not found:
        raise ValueError(f'{text.strip()!r} is not a version condition; write for example ">=6.7,<8"')
    return found[1], found[2]
