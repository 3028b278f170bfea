"""What a document of several runs says beside its targets and findings: of each thing, what the newest run says."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row

from auditor.store import blobs
from auditor.store.runs import Seen

Entry = dict[str, Any]
Heads = Mapping[int, Mapping[str, Any]]


def merged_head(
    connection: Connection, seen: Sequence[Seen], newest: Sequence[int], rows: Mapping[int, Row[Any]]
) -> Entry:
    """The document without its rules and long lists, of the runs that targets were seen last in (`newest` first)."""
    heads = {run: blobs.get_json(connection, rows[run].head) for run in newest}
    head = dict(heads[newest[0]])
    sources = _each(heads, newest, "sources", "name")
    shown = {one.shown for one in seen}
    head["sources"] = sources
    head["run"] = {
        **head["run"],
        "made_of": [rows[run].name for run in newest],
        "scope": ", ".join(one["name"] for one in sources),
        "synthetic": any(one.about["synthetic"] and one.snapshot is not None for one in seen),
        "baselines": _listed((heads[run]["run"]["baselines"] for run in newest), "id"),
    }
    excluded = _listed((heads[run]["coverage"]["excluded"] for run in newest), "platform", "target")
    head["coverage"] = {**head["coverage"], "excluded": [one for one in excluded if one["target"] not in shown]}
    head["golden"] = [_golden(one, heads, seen) for one in _each(heads, newest, "golden", "id")]
    head["waivers"] = _each(heads, newest, "waivers", "id")
    return head


def merged_rules(connection: Connection, newest: Sequence[int], rows: Mapping[int, Row[Any]]) -> Entry:
    """The rules of the runs, each as the newest that judged it says."""
    rules: Entry = {}
    for ident in dict.fromkeys(rows[run].rules for run in reversed(newest)):
        rules |= blobs.get_json(connection, ident)
    return rules


def _each(heads: Heads, newest: Sequence[int], name: str, key: str) -> list[Entry]:
    return _listed((heads[run][name] for run in newest), key)


def _listed(lists: Iterable[Iterable[Mapping[str, Any]]], *keys: str) -> list[Entry]:
    """The entries of several lists, each once: as the first list has it."""
    found: dict[tuple[Any, ...], Entry] = {}
    for entries in lists:
        for one in entries:
            found.setdefault(tuple(one[key] for key in keys), dict(one))
    return list(found.values())


def _golden(entry: Entry, heads: Heads, seen: Sequence[Seen]) -> Entry:
    """A golden profile with its targets, each as its own run says."""
    own = {run: [one for one in head["golden"] if one["id"] == entry["id"]] for run, head in heads.items()}
    compared = {run: {name for one in entries for name in one["targets"]} for run, entries in own.items()}
    unset: dict[tuple[int, str], list[Entry]] = {}
    for run, entries in own.items():
        for missing in (one for entry_ in entries for one in entry_["not_compared"]):
            unset.setdefault((run, missing["target"]), []).append(missing)
    named = [(one, one.shown) for one in seen]
    return {
        **entry,
        "targets": [name for one, name in named if one.called in compared[one.run]],
        "not_compared": [
            {**missing, "target": name} for one, name in named for missing in unset.get((one.run, one.called), ())
        ],
    }
