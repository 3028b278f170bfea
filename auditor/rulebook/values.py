"""Typed comparison of fact values: 5 is not "5", true is not 1; what a constraint asks to convert is converted."""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from auditor.rulebook import versions

Convert = Callable[[Any], Any]


class _NotConvertible:
    """What a value becomes when it cannot be read as the wanted type: equal to nothing, so the constraint fails."""

    def __repr__(self) -> str:
        return "not convertible"


NOT_CONVERTIBLE = _NotConvertible()


def same(left: Any, right: Any) -> bool:
    """Equal in value and in type; whole and fractional numbers may meet, booleans only meet booleans."""
    if type(left) is type(right) and type(left) in (bool, str, int):
        return bool(left == right)
    if left is NOT_CONVERTIBLE or right is NOT_CONVERTIBLE:
        return False
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, int | float) and isinstance(right, int | float):
        return left == right
    if isinstance(left, list | tuple) and isinstance(right, list | tuple):
        return len(left) == len(right) and all(same(a, b) for a, b in zip(left, right, strict=True))
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return left.keys() == right.keys() and all(same(left[k], right[k]) for k in left)
    return type(left) is type(right) and bool(left == right)


def among(value: Any, wanted: Iterable[Any]) -> bool:
    """Is `value` the same as a member of `wanted`?"""
    return any(same(value, one) for one in wanted)


def finder(wanted: Collection[Any]) -> Callable[[Any], bool]:
    """`among` for many questions about the same members: plain text is looked up, the rest compared."""
    texts = frozenset(one for one in wanted if type(one) is str)
    others = tuple(one for one in wanted if type(one) is not str)
    if not others:
        return lambda value: value in texts if type(value) is str else among(value, wanted)
    return lambda value: (type(value) is str and value in texts) or among(value, others)


def is_number(value: Any) -> bool:
    """A number that is not a boolean."""
    return isinstance(value, int | float) and not isinstance(value, bool)


class VersionText(str):
    """Text that compares as a version."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str) and versions.compare(self, other) == 0

    def __lt__(self, other: str) -> bool:
        return versions.compare(self, other) < 0

    def __le__(self, other: str) -> bool:
        return versions.compare(self, other) <= 0

    __hash__ = str.__hash__


_TRUE, _FALSE = {"true", "yes", "on", "1", "enabled"}, {"false", "no", "off", "0", "disabled"}


def to_integer(value: Any) -> Any:
    """A whole number from text such as "600" or "0x1F"; numbers stay."""
    if is_number(value):
        return value
    try:
        text = str(value).strip() if isinstance(value, str) else ""
        return int(text, 16) if text.lower().startswith("0x") else int(text, 10)
    except ValueError:
        return NOT_CONVERTIBLE


def to_boolean(value: Any) -> Any:
    """True or False from yes/no, on/off, true/false, 1/0 in any letter case; booleans stay."""
    if isinstance(value, bool):
        return value
    text = str(value).strip().lower() if isinstance(value, str | int) else ""
    return True if text in _TRUE else False if text in _FALSE else NOT_CONVERTIBLE


def to_version(value: Any) -> Any:
    """Text that compares as a version."""
    return VersionText(value) if isinstance(value, str) and versions.key(value) else NOT_CONVERTIBLE


def to_text(value: Any) -> Any:
    """Text of a number, boolean or text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else NOT_CONVERTIBLE


CONVERSIONS: dict[str, Convert] = {"integer": to_integer, "boolean": to_boolean, "version": to_version, "text": to_text}


def deep(convert: Convert) -> Convert:
    """`convert`, applied to each member when the value is a list."""

    def apply(value: Any) -> Any:
        return [convert(one) for one in value] if isinstance(value, list | tuple) else convert(value)

    return apply


def fold(value: Any) -> Any:
    """Text in one letter case; other values stay."""
    return value.casefold() if type(value) is str else value


def splitter(separator: str) -> Convert:
    """Text to a list: cut at `separator`, trimmed, empties dropped. Other values stay."""

    def split(value: Any) -> Any:
        if not isinstance(value, str):
            return value
        parts = value.split() if separator.isspace() else value.split(separator)
        return [text for part in parts if (text := part.strip())]

    return split


def words(value: Any) -> str:
    """A value as a reader of a report sees it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value if value else '""'
    if isinstance(value, list | tuple):
        return ", ".join(words(one) for one in value) if value else "none"
    return str(value)
