"""What a pipeline of PowerCLI has in hand: which objects, and whether this target is among them."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

MAX_PATTERN = 200


class Open:
    """A value that no line before gives."""

    def __repr__(self) -> str:
        return "open"


OPEN = Open()


@dataclass(frozen=True, slots=True)
class Chosen:
    """Objects of a kind. `hit`: this target is among them, or not, or (None) nobody can tell.

    `names` limit them to members of the target that are called so; None: all of them. `of` is what they belong to.
    """

    kind: str
    hit: bool | None = True
    names: tuple[str, ...] | None = None
    of: "Chosen | None" = None
    about: str = ""  # the line's own word for what it chose

    def named(self, names: tuple[str, ...] | None) -> "Chosen":
        """The same, limited to members of these names."""
        return self if names is None else replace(self, names=names)

    def unsure(self) -> "Chosen":
        """The same, where a filter is not read."""
        return replace(self, hit=None if self.hit is not False else False)


def both(first: bool | None, second: bool | None) -> bool | None:
    """Whether two conditions hold together."""
    if first is False or second is False:
        return False
    return True if first and second else None


def any_match(name: str, patterns: Sequence[Any]) -> bool | None:
    """Whether a name is among patterns with * and ?; None where one of them is open."""
    wanted = [one for one in patterns if isinstance(one, str)]
    if any(matches(name, one) for one in wanted):
        return True
    return False if len(wanted) == len(patterns) else None


def matches(name: str, pattern: str) -> bool:
    """Whether a name is of a pattern, in any letter case."""
    if len(pattern) > MAX_PATTERN:
        return False
    return _compiled(pattern.casefold()).fullmatch(name.casefold()) is not None


@lru_cache(1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    collapsed = re.sub(r"\*+", "*", pattern)
    return re.compile("".join({"*": ".*", "?": "."}.get(c, re.escape(c)) for c in collapsed), re.DOTALL)


def wild(pattern: str) -> bool:
    """Whether a name is a pattern."""
    return any(c in pattern for c in "*?")


def picked(known: Iterable[str], names: tuple[str, ...] | None) -> list[str]:
    """Those of the known names that are chosen, with names that are none of them and no patterns."""
    return list(known) if names is None else list(_picked(tuple(known), names))


@lru_cache(256)
def _picked(known: tuple[str, ...], names: tuple[str, ...]) -> tuple[str, ...]:
    plain = {one.casefold(): one for one in known}
    patterns = [one for one in names if wild(one)]
    wanted = {one.casefold() for one in names if not wild(one)}
    found = [one for one in known if one.casefold() in wanted or any(matches(one, name) for name in patterns)]
    return (*found, *(name for name in names if not wild(name) and name.casefold() not in plain))


def listed(value: Any) -> list[Any]:
    """A value as a list; nothing is an empty one."""
    return [] if value is None else list(value) if isinstance(value, list | tuple) else [value]
