"""Read what people write: YAML 1.2 with the line of every key; pydantic's complaints become file, line and mend.

YAML 1.1 turns `no`, `0640` and `12:30` into False, 416 and 750; here they stay text, as does any number with a
leading zero.
"""

import io
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from auditor.errors import InputError, InputErrors, Place

Loc = tuple[str | int, ...]
M = TypeVar("M", bound=BaseModel)
MAX_BYTES = 32 << 20
MAX_NODES = 1_000_000  # keys and values, aliases expanded: each costs some 300 bytes
_LONG = 4096  # characters
_kept: ContextVar[dict[tuple[str, bool], Any] | None] = ContextVar("composed", default=None)
_LEADING_ZERO = re.compile(r"[-+]?0\d+$")
_WANTED_A_PART = {"model_type", "model_attributes_type", "dict_type"}  # pydantic: text where keys were wanted


@dataclass(frozen=True, slots=True)
class Document:
    """The data of one file and where each of its keys stands."""

    file: str
    data: Any
    lines: Mapping[Loc, int]

    def place(self, loc: Sequence[str | int]) -> Place:
        """Where `loc` (keys and indexes from the root) stands; the nearest known parent when it is not there itself."""
        wanted = tuple(loc)
        while wanted and wanted not in self.lines:
            wanted = wanted[:-1]
        return Place(self.file, self.lines.get(wanted, 1))

    def error(self, loc: Sequence[str | int], what: str, mend: str = "") -> InputError:
        """An input error at `loc`."""
        return InputError(what, where=self.place(loc), mend=mend)

    def validate(self, model: type[M], data: Any = None, loc: Loc = ()) -> M:
        """`data` (default: the whole document) as `model`. Raises InputErrors naming the line of each complaint."""
        try:
            return model.model_validate(self.data if data is None else data)
        except ValidationError as problem:
            raise InputErrors([self._explain(model, loc, one) for one in problem.errors(include_url=False)]) from None

    def _explain(self, model: type[BaseModel], loc: Loc, one: Any) -> InputError:
        where: Loc = (*loc, *one["loc"])
        name = ".".join(str(part) for part in one["loc"]) or "the document"
        if one["type"] == "extra_forbidden":
            known = _known_keys(model, one["loc"][:-1])
            close = get_close_matches(str(one["loc"][-1]), known, 1)
            mend = (
                f"Did you mean {close[0]!r}?" if close else f"Known keys: {', '.join(sorted(known))}." if known else ""
            )
            return self.error(where, f"unknown key {one['loc'][-1]!r}", mend)
        if one["type"] == "missing":
            return self.error(where[:-1], f"the key {one['loc'][-1]!r} is missing", "Add it.")
        message = str(one["msg"]).removeprefix("Value error, ")
        if "credentials" in where:  # what stands there may be a secret that was written by mistake
            return self.error(where, f"{name}: {message}", "Write a reference.")
        found = one.get("input")
        if isinstance(found, Mapping | list) or one["type"] in _WANTED_A_PART:  # so may what stands in here
            return self.error(where, f"{name}: {message}", "Correct it.")
        shown = repr(found)
        return self.error(where, f"{name}: {message}", f"Found {shown if len(shown) <= 80 else shown[:77] + '...'}.")


def _known_keys(model: Any, loc: Sequence[str | int]) -> list[str]:
    """Keys that the model at `loc` below `model` knows; empty when the way there cannot be followed."""
    current: Any = model
    for part in loc:
        if isinstance(current, type) and issubclass(current, BaseModel):
            fields = {(info.alias or name): info for name, info in current.model_fields.items()}
            if part not in fields:
                return []
            current = _unwrapped(fields[str(part)].annotation)
        else:  # a list's index or a mapping's key
            current = _innermost_model(current)
    current = _innermost_model(current)
    if isinstance(current, type) and issubclass(current, BaseModel):
        return [info.alias or name for name, info in current.model_fields.items()]
    return []


def _unwrapped(annotation: Any) -> Any:
    """A model that may also be None, as the model; collections stay."""
    arguments = getattr(annotation, "__args__", ())
    models = [one for one in arguments if isinstance(one, type) and issubclass(one, BaseModel)]
    return models[0] if len(models) == 1 and type(None) in arguments else annotation


def _innermost_model(annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in getattr(annotation, "__args__", ()):
        found = _innermost_model(argument)
        if isinstance(found, type) and issubclass(found, BaseModel):
            return found
    return annotation


def read(path: Path, *, ours: bool = False) -> Document:
    """The document in `path`. Raises InputError when it cannot be read or is not YAML. `ours`: as in `parse`."""
    return parse(content(path), str(path), ours=ours)


def content(path: Path) -> str:
    """The text of a file. Raises InputError when it cannot be read, is too large, or no UTF-8."""
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
        if len(raw) > MAX_BYTES:
            raise InputError(f"the file is larger than {MAX_BYTES >> 20} MiB", where=str(path), mend="Split it.")
        return raw.decode("utf-8")
    except UnicodeDecodeError as problem:
        raise InputError(
            f"not UTF-8 at byte {problem.start}", where=str(path), mend="Save the file as UTF-8."
        ) from None
    except OSError as problem:
        raise InputError(
            f"cannot be read: {problem.strerror}", where=str(path), mend="Check the path and its permissions."
        ) from None


def parse(text: str, file: str = "<text>", *, ours: bool = False) -> Document:
    """The document in `text`. Raises InputError with file and line.

    `ours` is for files that ship with Auditor: the C parser reads them eight times as fast, but it ends the whole
    process on deeply nested input, so it is for nothing else.
    """
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        node = composed(text, ours=ours)
    except MarkedYAMLError as problem:
        mark = problem.problem_mark or problem.context_mark
        raise InputError(
            f"not valid YAML: {problem.problem or problem.context}",
            where=Place(file, mark.line + 1 if mark else 0),
            mend="Check indentation, quotes and brackets on that line and the one before.",
        ) from None
    except (YAMLError, RecursionError) as problem:
        at = getattr(problem, "position", None)  # of a character that YAML does not know
        line = text.count("\n", 0, at) + 1 if isinstance(at, int) else 0
        raise InputError(
            f"not valid YAML: {str(problem).splitlines()[0]}", where=Place(file, line), mend="Is it a text file?"
        ) from None
    lines: dict[Loc, int] = {}
    data = _Builder(file, lines).build(node, (), 0) if node is not None else None
    return Document(file, data, lines)


def composed(text: str, *, ours: bool = False) -> Any:
    """The nodes of a YAML text as ruamel.yaml makes them, to be read only. Raises YAMLError, RecursionError."""
    from ruamel.yaml import YAML

    kept = _kept.get()
    if kept is not None and (text, ours) in kept:
        return kept[text, ours]
    loader = YAML(typ="safe", pure=not ours)
    if ours:
        loader.Resolver = _quick_resolver()
    node = loader.compose(io.StringIO(text))
    if kept is not None and len(text) >= _LONG:
        kept[text, ours] = node
    return node


@contextmanager
def each_text_once() -> Iterator[None]:
    """Within the block, a long text that is parsed again is not composed again: that takes a second for each 10,000
    lines. What is kept goes with the block.
    """
    before = _kept.set({})
    try:
        yield
    finally:
        _kept.reset(before)


@cache
def _quick_resolver() -> type:
    """Tells kinds of scalars by YAML 1.2 without asking for each of them which version is meant: 40 % less time."""
    from ruamel.yaml.resolver import VersionedResolver

    class Resolver(VersionedResolver):
        processing_version = (1, 2)

    return Resolver


class _Builder:
    """Turns composed nodes into plain data and notes their lines."""

    def __init__(self, file: str, lines: dict[Loc, int]) -> None:
        self.file, self.lines, self.count = file, lines, 0

    def build(self, node: Any, loc: Loc, depth: int) -> Any:
        line = node.start_mark.line + 1
        self.lines.setdefault(loc, line)
        self.count += 1
        if depth > 60 or self.count > MAX_NODES:
            raise InputError(
                "nested too deep or expanded too far", where=Place(self.file, line), mend="Write it without aliases."
            )
        if node.id == "sequence":
            return [self.build(item, (*loc, index), depth + 1) for index, item in enumerate(node.value)]
        if node.id == "mapping":
            return self._mapping(node, loc, depth)
        return self._scalar(node)

    def _mapping(self, node: Any, loc: Loc, depth: int) -> dict[str, Any]:
        out: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if key_node.id != "scalar":
                raise InputError("a key must be plain text", where=Place(self.file, line))
            key = key_node.value
            if key in out:
                raise InputError(
                    f"the key {key!r} stands twice", where=Place(self.file, line), mend="Keep one of them."
                )
            self.lines[(*loc, key)] = line
            out[key] = self.build(value_node, (*loc, key), depth + 1)
        return out

    def _scalar(self, node: Any) -> Any:
        text: str = node.value
        kind = str(node.tag).rsplit(":", 1)[-1]
        if kind == "null":
            return None
        if kind == "bool":
            return text.lower() == "true"
        try:
            if kind == "int" and not _LEADING_ZERO.match(text):
                return int(text.replace("_", ""), 0)
            if kind == "float":
                value = float(text.replace("_", ""))
                return value if math.isfinite(value) else text
        except ValueError:  # `-_`, `!!int abc`, thousands of digits: no number
            return text
        return text
