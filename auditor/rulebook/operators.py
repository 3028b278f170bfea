"""The constraint operators: each takes its argument once and gives a test on a (converted) value, and its words.

`OPERATORS` is the whole list; the reference page and the mutation check walk it.
"""

import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

import re2

from auditor.rulebook.values import among, finder, is_number, same, words

Test = Callable[[Any], bool]
Argument = Any
MAX_TEXT = 65_536  # characters of a device's text that a regular expression looks at


class ArgumentError(ValueError):
    """An operator's argument that makes no sense."""


@dataclass(frozen=True, slots=True)
class Operator:
    """`build(argument, unlimited)` gives the test. `shape` is what the argument must be, for messages and pages."""

    name: str
    shape: str  # value | number | pair | list | set (a list that may be empty) | regex | mode | constraint
    words: str  # with {} for the argument
    build: Callable[[Argument, Collection[Any]], Test]
    about: str


def members(value: Any) -> Collection[Any]:
    """Members of a list or keys of a mapping; a single value is a list of one."""
    if isinstance(value, list | tuple | set | frozenset):
        return value
    return list(value) if isinstance(value, Mapping) else [value]


def _bounded(low: Any, high: Any, unlimited: Collection[Any]) -> Test:
    infinite = tuple(unlimited)

    def test(value: Any) -> bool:
        if infinite and among(value, infinite):
            return high is None
        if low is not None and not _ordered(low, value):
            return False
        return high is None or _ordered(value, high)

    return test


def _ordered(small: Any, big: Any) -> bool:
    if type(small) is int and type(big) is int:
        return small <= big
    if is_number(small) and is_number(big):
        return not (math.isnan(small) or math.isnan(big)) and small <= big
    return type(small) is type(big) and isinstance(small, str) and type(small) is not str and small <= big


def _pattern(argument: Any) -> Any:
    try:
        options = re2.Options()
        options.log_errors = False
        options.max_mem = 8 << 20
        return re2.compile(argument, options)
    except re2.error as problem:
        raise ArgumentError(f"the regular expression {argument!r} is not valid: {problem}") from None


def _matches(argument: Any, _: Collection[Any]) -> Test:
    search = _pattern(argument).search

    def test(value: Any) -> bool:
        try:
            return isinstance(value, str) and search(value[:MAX_TEXT]) is not None
        except UnicodeEncodeError:  # half a character: no text that an expression could be about
            return False

    return test


def _not_matches(argument: Any, _: Collection[Any]) -> Test:
    search = _pattern(argument).search

    def test(value: Any) -> bool:
        try:
            return isinstance(value, str) and len(value) <= MAX_TEXT and search(value) is None
        except UnicodeEncodeError:
            return False

    return test


def _contains(argument: Any, _: Collection[Any]) -> Test:
    def test(value: Any) -> bool:
        if isinstance(value, str):
            return isinstance(argument, str) and argument in value
        return among(argument, members(value))

    return test


def _none_of(argument: Any, _: Collection[Any]) -> Test:
    listed = finder(argument)

    def test(value: Any) -> bool:
        if type(value) is str:
            return not listed(value)
        return not any(listed(one) for one in members(value))

    return test


def _subset_of(argument: Any, _: Collection[Any]) -> Test:
    listed = finder(argument)
    return lambda value: all(listed(one) for one in members(value))


def parse_mode(text: Any) -> int:
    """Permission bits from octal text such as "0640". Raises ValueError."""
    if not isinstance(text, str):
        raise ValueError("a file mode is octal text in quotes")
    bits = int(text, 8)
    if not 0 <= bits <= 0o7777:
        raise ValueError("a file mode lies between 0000 and 7777")
    return bits


def _mode_within(argument: Any, _: Collection[Any]) -> Test:
    try:
        forbidden = ~parse_mode(argument)
    except ValueError as problem:
        raise ArgumentError(str(problem)) from None

    def test(value: Any) -> bool:
        try:
            return parse_mode(value) & forbidden == 0
        except ValueError:
            return False

    return test


def _op(name: str, shape: str, text: str, about: str, build: Callable[[Argument, Collection[Any]], Test]) -> Operator:
    return Operator(name, shape, text, build, about)


OPERATORS: dict[str, Operator] = {
    operator.name: operator
    for operator in (
        _op("equals", "value", "{}", "The same value of the same type.", lambda a, _: lambda v: same(v, a)),
        _op("not_equals", "value", "not {}", "Any other value.", lambda a, _: lambda v: not same(v, a)),
        _op("at_least", "number", "at least {}", "A number (or version) not below.", lambda a, u: _bounded(a, None, u)),
        _op("at_most", "number", "at most {}", "A number (or version) not above.", lambda a, u: _bounded(None, a, u)),
        _op("between", "pair", "between {}", "Both bounds are good values.", lambda a, u: _bounded(a[0], a[1], u)),
        _op("one_of", "set", "one of {}", "One of the listed values.", lambda a, _: finder(a)),
        _op(
            "none_of",
            "set",
            "none of {}",
            "Not a listed value; of a list, no member is listed.",
            _none_of,
        ),
        _op("contains", "value", "contains {}", "A list with this member, or text with this part.", _contains),
        _op(
            "contains_all",
            "list",
            "contains all of {}",
            "A list with every listed member.",
            lambda a, _: lambda v: all(among(one, members(v)) for one in a),
        ),
        _op(
            "contains_any",
            "list",
            "contains any of {}",
            "A list with at least one listed member.",
            lambda a, _: lambda v: any(among(one, members(v)) for one in a),
        ),
        _op(
            "subset_of",
            "set",
            "only {}",
            "A list without any other member.",
            _subset_of,
        ),
        _op(
            "same_set",
            "set",
            "exactly {}",
            "The same members; order and repeats do not matter.",
            lambda a, _: (
                lambda v: all(among(one, a) for one in members(v)) and all(among(one, members(v)) for one in a)
            ),
        ),
        _op("matches", "regex", "matches {}", "Text in which the RE2 expression is found.", _matches),
        _op(
            "not_matches", "regex", "does not match {}", "Text in which the RE2 expression is not found.", _not_matches
        ),
        _op(
            "mode_within",
            "mode",
            "no permission beyond {}",
            "A file mode without any bit that the argument lacks.",
            _mode_within,
        ),
    )
}
NESTED = {
    "each": "every member: {}",
    "count": "number of members: {}",
}  # built in constraints.py, they hold a constraint


def argument_words(name: str, argument: Any) -> str:
    """The words of one operator with its argument."""
    if name == "between":
        return f"between {words(argument[0])} and {words(argument[1])}"
    return OPERATORS[name].words.format(words(argument))
