"""Paths of facts as text: from nested data to paths and back, and the place of a path: its keys as asterisks."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

_STEP = re.compile(r"([^.\[\]]+)|\[([^\]]*)\]")


def joined(path: str, name: str, *, key: bool) -> str:
    """`path` with one more step."""
    return f"{path}[{name}]" if key else f"{path}.{name}" if path else name


def covers(upper: str, path: str) -> bool:
    """Whether a path is `upper`, or stands below it. The empty path covers everything."""
    return not upper or path == upper or path.startswith((f"{upper}.", f"{upper}["))


def place_of(path: str) -> str:
    """`vswitches[vSwitch0].mtu` -> `vswitches[*].mtu`."""
    return re.sub(r"\[[^\]]*\]", "[*]", path)


def steps(path: str) -> list[tuple[str, bool]]:
    """(name, is it a key) of every step of a path."""
    return [(name or key, not name) for name, key in _STEP.findall(path)]


def leaves(data: Any, path: str = "") -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every value in nested mappings with the names on the way to it."""
    if isinstance(data, Mapping) and data:
        for name, value in data.items():
            for below, leaf in leaves(value):
                yield (str(name), *below), leaf
    else:
        yield (), data
