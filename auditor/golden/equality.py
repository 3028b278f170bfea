"""When two values of a fact count as equal: by the kind that its model declares, not by their text."""

import json
import posixpath
import re
from collections.abc import Mapping
from typing import Any

from auditor.facts.semantics import Compare
from auditor.rulebook import versions
from auditor.rulebook.operators import parse_mode
from auditor.rulebook.values import same

# Units that a profile may write numbers in, by the unit of the fact itself.
_UNITS: Mapping[str, Mapping[str, float]] = {
    "s": {"s": 1, "min": 60, "m": 60, "h": 3600, "d": 86400},
    "ms": {"ms": 1, "s": 1000, "min": 60_000},
    "min": {"min": 1, "m": 1, "h": 60, "d": 1440},
    "d": {"d": 1, "w": 7},
    "B": {"B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40},
    "MiB": {"MiB": 1, "GiB": 1 << 10, "TiB": 1 << 20},
}
_QUANTITY = re.compile(r"^\s*(-?\d+(?:\.\d+)?)\s*([A-Za-z]+)\s*$")


def equal(expected: Any, actual: Any, compare: Compare) -> bool:
    """Whether `actual` is what `expected` means."""
    if compare.fold and isinstance(expected, str) and isinstance(actual, str):
        expected, actual = expected.casefold(), actual.casefold()
    kind = compare.kind
    if kind == "number" or (compare.unit and isinstance(expected, str)):
        one, other = number(expected, compare.unit), number(actual, compare.unit)
        if one is not None and other is not None:
            return abs(one - other) <= compare.tolerance
    if isinstance(expected, str) and isinstance(actual, str):
        if kind == "version":
            return versions.compare(expected, actual) == 0
        if kind == "path":
            return posixpath.normpath(expected) == posixpath.normpath(actual)
        if kind == "mode":
            try:
                return parse_mode(expected) == parse_mode(actual)
            except ValueError:
                return expected == actual
    return same(expected, actual)


def number(value: Any, unit: str = "") -> int | float | None:
    """`value` as a number in `unit`; a text may carry a unit (`15min` of a fact in seconds). None when it is none."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return value
    found = _QUANTITY.match(value) if isinstance(value, str) else None
    factor = _UNITS.get(unit, {}).get(found[2]) if found else None
    return float(found[1]) * factor if found and factor else None


def member_token(value: Any, compare: Compare) -> str:
    """A key by which equal members of a set meet; only of kinds without tolerance."""
    if isinstance(value, str):
        if compare.fold:
            value = value.casefold()
        if compare.kind == "path":
            value = posixpath.normpath(value)
    return json.dumps(value, sort_keys=True, default=str, ensure_ascii=True)
