"""Fact paths: `advanced[Security.AccountLockFailures]`, `services[TSM-SSH].running`, `.vlan` below a `for_each` item.

A path is checked against the platform's `Facts` model when a rule is loaded, and becomes a closure over plain facts.
"""

import re
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Union, get_args, get_origin

from auditor.domain import ABSENT
from auditor.facts.base import FactModel, FoldedDict

_SEGMENT = re.compile(r"\.?(?P<name>[A-Za-z_][A-Za-z0-9_]*)|\[(?P<key>[^\[\]]+)\]")
ITEM_KEY = "@key"


class PathError(ValueError):
    """A path that is not written well or that the platform's facts do not have."""


@dataclass(frozen=True, slots=True)
class Segment:
    """One step: a field name, or the key of a mapping in brackets."""

    text: str
    is_key: bool


@dataclass(frozen=True, slots=True)
class Path:
    """A parsed path. `relative` means below the `for_each` item; no segments means the item itself."""

    text: str
    segments: tuple[Segment, ...]
    relative: bool = False

    @property
    def prefixes(self) -> tuple[str, ...]:
        """The path and every path above it, longest first, as they stand in `sources` and `gaps`."""
        out, text = [], ""
        for segment in self.segments:
            text += f"[{segment.text}]" if segment.is_key else f".{segment.text}"
            out.append(text)
        return tuple(p.removeprefix(".") if not self.relative else p for p in reversed(out))


def parse_path(text: str) -> Path:
    """`text` as a path. Raises PathError."""
    if text == ITEM_KEY:
        return Path(text, (), relative=True)
    relative = text.startswith(".")
    rest, segments = (text[1:] if text == "." else text), []
    at = 0
    while at < len(rest):
        found = _SEGMENT.match(rest, at)
        if not found or (at and found["name"] and rest[at] != "."):
            raise PathError(f"the path {text!r} cannot be read at {rest[at:]!r}")
        segments.append(Segment(found["name"] or found["key"], found["key"] is not None))
        at = found.end()
    if not segments and text != ".":
        raise PathError("a path is empty")
    return Path(text, tuple(segments), relative)


def strip_optional(annotation: Any) -> Any:
    """The annotation without Annotated and None."""
    while True:
        origin = get_origin(annotation)
        if origin in (Union, types.UnionType):
            kept = [a for a in get_args(annotation) if a is not type(None)]
            if len(kept) != 1:
                return annotation
            annotation = kept[0]
        elif hasattr(annotation, "__metadata__"):
            annotation = annotation.__origin__
        else:
            return annotation


def type_at(annotation: Any, path: Path) -> Any:
    """The type that stands at `path` below `annotation`. Raises PathError naming what was probably meant."""
    current = strip_optional(annotation)
    for segment in path.segments:
        if isinstance(current, type) and issubclass(current, FactModel):
            fields = current.model_fields
            if segment.is_key or segment.text not in fields:
                close = get_close_matches(segment.text, fields, 1)
                hint = f"did you mean {close[0]!r}?" if close else f"it has {', '.join(sorted(fields))}"
                raise PathError(f"the path {path.text!r} is not a fact of this platform: no {segment.text!r}; {hint}")
            current = strip_optional(fields[segment.text].annotation)
        elif _is_mapping(current):
            if not segment.is_key:
                raise PathError(
                    f"in the path {path.text!r} write the key {segment.text!r} in brackets: [{segment.text}]"
                )
            current = strip_optional(get_args(current)[1]) if get_args(current) else Any
        elif current is Any:
            continue
        else:
            raise PathError(f"the path {path.text!r} goes on at {segment.text!r} below a single value")
    return current


def _is_mapping(annotation: Any) -> bool:
    origin = get_origin(annotation) or annotation
    return isinstance(origin, type) and issubclass(origin, Mapping)


def item_type(annotation: Any) -> tuple[Any, bool] | None:
    """(type of one member, is it a mapping) of a collection, or None when it is no collection."""
    current = strip_optional(annotation)
    if _is_mapping(current):
        args = get_args(current)
        return (strip_optional(args[1]) if args else Any), True
    if get_origin(current) in (list, tuple, set, frozenset):
        return strip_optional(get_args(current)[0]), False
    return None


Getter = Callable[[Any], Any]


def getter(path: Path) -> Getter:
    """A closure from plain facts (or an item) to the value at `path`, or ABSENT."""
    keys = tuple(s.text for s in path.segments)
    if not keys:
        return lambda facts: facts
    if len(keys) == 1:
        return _one(keys[0])
    if len(keys) == 2:
        return _two(*keys)

    def many(facts: Any) -> Any:
        for name in keys:
            facts = _step(facts, name)
        return facts

    return many


def _one(name: str) -> Getter:
    def get(facts: Any) -> Any:
        if type(facts) is dict:
            return facts.get(name, ABSENT)
        return _step(facts, name)

    return get


def _two(first: str, second: str) -> Getter:
    def get(facts: Any) -> Any:
        if type(facts) is dict:
            facts = facts.get(first, ABSENT)
            if type(facts) is dict:
                return facts.get(second, ABSENT)
            return _step(facts, second)
        return _step(_step(facts, first), second)

    return get


def _step(facts: Any, name: str) -> Any:
    if type(facts) is dict:
        return facts.get(name, ABSENT)
    if type(facts) is FoldedDict:
        found = facts.find(name)
        return ABSENT if found is None else found
    return ABSENT
