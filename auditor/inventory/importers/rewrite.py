"""How inventory.yaml reads after an import: text in, text out.

ruamel.yaml says where each value stands, and only what changes is replaced: everything else, with comments, quotes and
order, stays as it was, byte for byte. What came out is read again, and must say exactly what was meant.
"""

from collections.abc import Collection, Mapping
from typing import Any

from ruamel.yaml.error import YAMLError

from auditor.errors import InputError
from auditor.inventory.importers import edits
from auditor.inventory.importers.compare import Changed, Difference
from auditor.inventory.importers.entry import ORIGIN, Entry
from auditor.yamlfile import parse

_HEAD = "sources:\n"
New = Mapping[str, Mapping[str, Any]]  # keys that a new entry begins with, by its kind


def rewritten(text: str, file: str, difference: Difference, new: New, *, remove: bool) -> str:
    """The inventory `text` with the difference in it. Entries that are gone stay unless `remove`.

    Raises InputError where it cannot be done without touching something else.
    """
    gone = difference.gone if remove else ()
    data = parse(text, file).data or {}
    added = [entry_data(entry, difference.origin, new) for entry in difference.added]
    meant = _meant(data, difference, added, gone)
    try:
        result = _edited(text, {one.name: one for one in difference.changed}, gone)
        result = edits.with_entries(result, added)
        said = parse(result, file).data or {}
    except (InputError, edits.TooIntricate, YAMLError):
        said = None
    if said != meant:
        mend = "Write the entries in block style (`- name: ...`), without anchors; or make the changes by hand."
        raise InputError("it is too intricate to be changed without touching the rest of it", where=file, mend=mend)
    return result


def _edited(text: str, changed: Mapping[str, Changed], gone: Collection[str]) -> str:
    """Each entry is changed by itself, the last first, so that a long inventory is not read again for each of them."""
    names = {*changed, *gone}
    places = edits.pieces(text, names)
    for name, (start, end) in places.items():
        piece = _edited_one(_HEAD + text[start:end], name, changed.get(name))
        text = text[:start] + piece.removeprefix(_HEAD) + text[end:]
    for name in sorted(names - set(places)):
        text = _edited_one(text, name, changed.get(name))
    return text


def _edited_one(text: str, name: str, changed: Changed | None) -> str:
    if changed is None:
        return edits.without(text, name)
    for change in changed.changes:
        text = edits.with_value(text, name, change.key, change.after)
    return text


def entry_data(entry: Entry, origin: str, new: New) -> dict[str, Any]:
    """The keys of a new entry, in the order in which they are written."""
    data: dict[str, Any] = {"name": entry.name, "kind": entry.kind}
    said = {"address": entry.address or None, "port": entry.port, "credential": entry.credential}
    data |= {key: value for key, value in said.items() if value is not None}
    begins = new.get(entry.kind, {})
    rest = {**{key: value for key, value in begins.items() if key != "labels"}, **entry.extra}
    data |= {key: value for key, value in rest.items() if key not in data}
    data["labels"] = {**begins.get("labels", {}), **entry.labels, ORIGIN: origin}
    return data


def _meant(data: Mapping[str, Any], difference: Difference, added: list[Any], gone: Collection[str]) -> dict[str, Any]:
    sources = [dict(one) for one in data.get("sources") or [] if one["name"] not in gone]
    by_name = {one["name"]: one for one in sources}
    for changed in difference.changed:
        _change(by_name[changed.name], changed)
    return {**data, "sources": [*sources, *added]} if "sources" in data or added else dict(data)


def _change(source: dict[str, Any], changed: Changed) -> None:
    labels = dict(source.get("labels") or {})
    for change in changed.changes:
        key, _, label = change.key.partition(".")
        if not label:
            source[key] = change.after
        elif change.after is None:
            del labels[label]
        else:
            labels[label] = change.after
    if labels or "labels" in source:
        source["labels"] = labels
