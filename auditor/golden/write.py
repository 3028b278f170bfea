"""Profiles as YAML text that people read and git compares: sorted keys, one way to write each value, no aliases."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from auditor.golden.capture import Captured

_PLAIN = re.compile(r"[A-Za-z_/.][A-Za-z0-9_/.@+-]*\Z")
_WORDS = {"true", "false", "null", "yes", "no", "on", "off", "y", "n", "nan", "inf", ".nan", ".inf", "~"}
WIDTH = 100

Way = tuple[str, ...]  # the keys on the way to a line
Notes = Mapping[Way, str]
NONE: Notes = {}


def profile_text(
    captured: Captured,
    name: str,
    title: str,
    comment: str = "",
    *,
    extra: Sequence[str] = (),
    ignore: Sequence[str] = (),
    notes: Notes = NONE,
) -> str:
    """The YAML of a profile. The same parts give the same bytes. `notes` become comments on the lines of `facts`."""
    data: dict[str, Any] = {"golden": name, "title": title, "version": "1", "for": {"platform": captured.platform}}
    if captured.customisations:
        data["customisations"] = dict(sorted(captured.customisations.items()))
    data |= {key: list(paths) for key, paths in (("extra", extra), ("ignore", ignore)) if paths}
    head = "".join(f"# {line}\n" for line in comment.splitlines())
    for path, reason in captured.gaps.items():
        head += f"# not read, so not in this profile: {_one_line(path)}: {_one_line(reason)}\n"
    return head + text(data) + text({"facts": captured.facts}, {("facts", *way): note for way, note in notes.items()})


def text(data: Mapping[str, Any], notes: Notes = NONE) -> str:
    """Block YAML of nested mappings, lists and scalars. Reading it back gives the same data."""
    above = {way[:end] for way in notes for end in range(len(way))}  # what may not stand on one line
    return "".join(f"{line}\n" for line in _mapping(data, "", (), _Notes(notes, above)))


class _Notes(NamedTuple):
    lines: Notes
    above: Collection[Way]


def _mapping(data: Mapping[str, Any], indent: str, way: Way, notes: _Notes) -> Iterator[str]:
    for key, value in data.items():
        here = (*way, str(key))
        first, *more = _entry(f"{indent}{scalar(str(key))}:", value, indent, here, notes)
        note = notes.lines.get(here)
        yield f"{first}  # {_one_line(note)}" if note else first
        yield from more


def _entry(head: str, value: Any, indent: str, way: Way, notes: _Notes) -> Iterator[str]:
    if isinstance(value, Mapping) and value:
        flow = None if way in notes.above else _flow(value)
        if flow is not None and len(head) + len(flow) < WIDTH:
            yield f"{head} {flow}"
        else:
            yield head
            yield from _mapping(value, f"{indent}  ", way, notes)
    elif isinstance(value, list) and value:
        flow = _flow(value)
        if flow is not None and len(head) + len(flow) < WIDTH:
            yield f"{head} {flow}"
        else:
            yield head
            for one in value:
                yield f"{indent}  - {inline(one)}"
    else:
        yield f"{head} {inline(value)}"


def _flow(value: Any) -> str | None:
    """A small collection of single values on one line; None for anything deeper."""
    members = value.values() if isinstance(value, Mapping) else value
    if any(isinstance(one, Mapping | list) and one for one in members) or len(value) > 12:
        return None
    return inline(value)


def inline(value: Any) -> str:
    """A value on one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{scalar(str(k))}: {inline(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(inline(one) for one in value) + "]"
    return scalar(value)


def scalar(value: Any) -> str:
    """One value; text is quoted unless it can be nothing but text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if value is None:
        return "null"
    written = str(value)
    if _PLAIN.match(written) and written.lower() not in _WORDS and not written.startswith("."):
        return written
    return '"' + "".join(_letter(c) for c in written) + '"'


def _letter(c: str) -> str:
    """One character inside double quotes: what does not show, or may not stand in YAML, as an escape."""
    if c in '"\\':
        return "\\" + c
    if c.isprintable() and not 0xD800 <= ord(c) <= 0xDFFF and c != "\ufeff":
        return c
    return {"\n": "\\n", "\t": "\\t"}.get(c) or (f"\\x{ord(c):02x}" if ord(c) < 256 else f"\\U{ord(c):08x}")


def _one_line(written: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in written).split())[:200]
