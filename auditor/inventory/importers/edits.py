"""Single edits of the text of an inventory. Each finds its place anew; a place that is not plain is refused."""

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from auditor.inventory.importers.emit import block, inline
from auditor.yamlfile import composed

_FIRST = ("name", "kind", "address", "port", "credential")  # a new key follows the last of these that is there
_LINE_END = re.compile(r"[^\r\n]*")
_AFTER_PAIR = re.compile(r"\s*,[^\S\r\n]*")
_BEFORE_PAIR = re.compile(r",\s*\Z")


class TooIntricate(Exception):
    """The text is written in a way that these edits do not know."""


def pieces(text: str, names: Collection[str]) -> dict[str, tuple[int, int]]:
    """Where the lines of each of these sources begin and end, the last of them first; {} where they have no lines."""
    root = _root(text)
    pair = _pair(root, "sources") if root is not None and names else None
    if pair is None or pair[1].id != "sequence" or pair[1].flow_style:
        return {}
    found: dict[str, tuple[int, int]] = {}
    for item in reversed(pair[1].value):
        name = _pair(item, "name")
        if name and name[1].value in names:
            _inside(pair[1], item)
            start, end = _span(item)
            found[name[1].value] = (_line_start(text, len(text[:start].rstrip()) - 1), _next_line(text, end))
    return found


def without(text: str, name: str) -> str:
    """The text without the source `name`; comments above and below it stay."""
    sources = _sources(text)
    entry = _entry(sources, name)
    start, end = _span(entry)
    if sources.flow_style:
        return _cut(text, start, end)
    dash = len(text[:start].rstrip()) - 1
    begin = _line_start(text, dash)
    if dash < 0 or text[dash] != "-" or text[begin:dash].strip():
        raise TooIntricate
    return text[:begin] + text[_next_line(text, end) :]


def with_value(text: str, name: str, key: str, value: Any) -> str:
    """The text with a key of the source `name` set; `labels.KEY` is one of its labels, None takes it away."""
    entry = _entry(_sources(text), name)
    key, _, label = key.partition(".")
    pair = _pair(entry, key)
    if not label:
        return _replaced(text, entry, pair, value) if pair else _inserted(text, entry, key, value)
    if pair is None:
        return _inserted(text, entry, "labels", {label: value})
    labels = pair[1]
    if labels.id != "mapping" or not labels.value:
        return _replaced(text, entry, pair, {label: value})
    _inside(entry, labels)
    own = _pair(labels, label)
    if value is None and own:
        start, end = own[0].start_mark.index, _span(own[1])[1]
        if labels.flow_style:
            return _cut(text, start, end)
        begin = _line_start(text, start)
        if text[begin:start].strip():
            raise TooIntricate
        return text[:begin] + text[_next_line(text, end) :]
    if own:
        return _replaced(text, labels, own, value)
    return _after(text, labels, labels.value[-1], label, value)


def with_entries(text: str, entries: Sequence[Mapping[str, Any]]) -> str:
    """The text with new sources behind the last one, in the style of the others."""
    if not entries:
        return text
    newline = "\r\n" if "\r\n" in text else "\n"
    root = _root(text)
    pair = _pair(root, "sources") if root is not None else None
    if pair is None:
        if root is not None and (root.id != "mapping" or root.flow_style):
            raise TooIntricate
        gap = newline if text and not text.endswith(("\n", "\r")) else ""
        return f"{text}{gap}sources:{_items(entries, '  ', newline, flow=False)}{newline}"
    sources = pair[1]
    items = sources.value if sources.id == "sequence" else []
    if not items:
        at, end = sources.start_mark.index, sources.end_mark.index
        if sources.id == "scalar":  # `sources:`, and whatever comes next
            at = end = pair[0].end_mark.index + 1
        return text[:at].rstrip(" ") + _items(entries, "  ", newline, flow=False) + text[end:]
    start, end = _span(items[-1])
    if sources.flow_style:
        return text[:end] + "".join(f", {inline(one)}" for one in entries) + text[end:]
    dash = len(text[:start].rstrip()) - 1
    indent = text[_line_start(text, dash) : dash]
    if indent.strip():
        raise TooIntricate
    stop = _line_end(text, end)
    return text[:stop] + _items(entries, indent, newline, flow=all(one.flow_style for one in items)) + text[stop:]


def _items(entries: Sequence[Mapping[str, Any]], indent: str, newline: str, *, flow: bool) -> str:
    shown = (inline(one) if flow else block(one, indent + "  ", newline) for one in entries)
    return "".join(f"{newline}{indent}- {one}" for one in shown)


def _root(text: str) -> Any:
    return composed(text)


def _sources(text: str) -> Any:
    pair = _pair(_root(text), "sources")
    if pair is None or pair[1].id != "sequence":
        raise TooIntricate
    return pair[1]


def _entry(sources: Any, name: str) -> Any:
    for one in sources.value:
        pair = _pair(one, "name")
        if pair and pair[1].value == name:
            _inside(sources, one)
            return one
    raise TooIntricate


def _pair(node: Any, key: str) -> Any:
    if node is None or node.id != "mapping":
        raise TooIntricate
    return next((pair for pair in node.value if pair[0].value == key), None)


def _inside(outer: Any, inner: Any) -> None:
    """An alias stands for a node elsewhere, which is not to be changed from here."""
    if not outer.start_mark.index <= inner.start_mark.index <= inner.end_mark.index <= outer.end_mark.index:
        raise TooIntricate


def _replaced(text: str, outer: Any, pair: Any, value: Any) -> str:
    node = pair[1]
    _inside(outer, node)
    start, end = node.start_mark.index, node.end_mark.index
    if (node.id == "scalar" and node.style in ("|", ">")) or node.anchor:
        raise TooIntricate
    if start == end:  # `port:`
        start = end = pair[0].end_mark.index + 1
        return f"{text[:start]} {inline(value)}{text[end:]}"
    return text[:start] + inline(value) + text[end:]


def _inserted(text: str, entry: Any, key: str, value: Any) -> str:
    anchor = max((pair for pair in entry.value if pair[0].value in _FIRST), key=lambda one: one[0].start_mark.index)
    return _after(text, entry, anchor, key, value)


def _after(text: str, node: Any, anchor: Any, key: str, value: Any) -> str:
    end = _span(anchor[1])[1]
    if node.flow_style:
        return f"{text[:end]}, {inline(key)}: {inline(value)}{text[end:]}"
    newline, stop = "\r\n" if "\r\n" in text else "\n", _line_end(text, end)
    return f"{text[:stop]}{newline}{' ' * anchor[0].start_mark.column}{inline(key)}: {inline(value)}{text[stop:]}"


def _span(node: Any) -> tuple[int, int]:
    """Where a node begins, and where the last of what it holds ends: its own end may lie behind comments."""
    if node.id == "scalar":
        if node.style in ("|", ">"):
            raise TooIntricate
        return node.start_mark.index, node.end_mark.index
    if node.flow_style or not node.value:
        return node.start_mark.index, node.end_mark.index
    last = node.value[-1]
    return node.start_mark.index, _span(last[1] if node.id == "mapping" else last)[1]


def _cut(text: str, start: int, end: int) -> str:
    """The text without a part of a flow collection, and without one of the commas beside it."""
    if found := _AFTER_PAIR.match(text, end):
        return text[:start] + text[found.end() :]
    return _BEFORE_PAIR.sub("", text[:start]) + text[end:]


def _line_start(text: str, at: int) -> int:
    return text.rfind("\n", 0, max(at, 0)) + 1


def _next_line(text: str, at: int) -> int:
    end = _line_end(text, at)
    return end + (2 if text.startswith("\r\n", end) else 1 if text.startswith("\n", end) else 0)


def _line_end(text: str, at: int) -> int:
    found = _LINE_END.match(text, at)
    return found.end() if found else len(text)
