"""Paths of facts as text: from nested data to paths and back, and the place of a path: its keys as asterisks."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

_STEP = re.compile(r"([^.\[\]]+)|\[([^\]]*)\]")


def joined(path: str, name: str, *, key: bool) -> str:
    """`path` with one more step."""
    return f"{path}[{name}]" if key else f"{path}.{name}" if path else name


def above(path: str) -> Iterator[str]:
    """The empty path, all paths above one, and itself."""
    yield ""
    for n, letter in enumerate(path):
        if n and letter in ".[":
            yield path[:n]
    if path:
        yield path


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
