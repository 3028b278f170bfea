"""Every rule that pages can speak of: those of the runs that the board is made of, and those of the rule files."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, select

from auditor.library import places_by_hand
from auditor.reporting.words import framework
from auditor.rulebook.byhand import by_hand
from auditor.rulebook.families import FAMILIES
from auditor.service import catalogue
from auditor.store import blobs
from auditor.store.listing.board import Board
from auditor.store.sql import in_batches, table_of
from auditor.store.tables import RunRow

MOST = 12  # different sets of rules, of the newest runs of the board, that are kept in memory
_RUN = table_of(RunRow)
Entry = Mapping[str, Any]
Book = Mapping[str, Entry]


def book(connection: Connection, whole: Board) -> Book:
    """Every rule in short, by id; severity as the runs have it, `used` whether one of them judged by it."""
    library = catalogue.baselines()
    key = ("book", id(library))
    kept: tuple[object, Book] | None = whole.remembered(key)
    if kept is not None:
        return kept[1]
    found: dict[str, dict[str, Any]] = {}
    for loaded, one in catalogue.rules().values():
        entry = catalogue.rule_entry(loaded, one)
        references = {name: ids for name, ids in one.references.items() if name != "facts"}
        found[one.id] = {**entry, "references": references, "baselines": [loaded.id], "used": False}
    for blob in reversed(_sets(connection, whole)):  # the newest has the last word
        for name, said in _rules(connection, whole, blob).items():
            known = found.get(name)
            baselines = list(dict.fromkeys([*said["baselines"], *(known["baselines"] if known else ())]))
            plain = {key: said[key] for key in ("title", "severity", "cat", "family", "references")}
            platform = known["platform"] if known else [name.partition("-")[0]]
            more = {"platform": platform, "baselines": baselines, "manual": bool(said["manual"]), "used": True}
            found[name] = {"id": name, "baseline": baselines[0] if baselines else "", **plain, **more}
    for name, severity in whole.severity.items():
        if name in found:
            found[name] = {**found[name], "severity": severity}
    whole.remember(key, (library, found))  # keeping the library keeps its number from being another's
    return found


def rule(connection: Connection, whole: Board, name: str, prefer: int | None = None) -> dict[str, Any] | None:
    """All of a rule: as a run had it (`prefer`, or the newest), else as the rule file has it. None: there is none."""
    own = connection.scalar(select(_RUN.c.rules).where(_RUN.c.id == prefer)) if prefer is not None else None
    for blob in dict.fromkeys([*([own] if own is not None else []), *_sets(connection, whole)]):
        found = _rules(connection, whole, blob).get(name)
        if found is not None:
            return {"id": name, "parameters": _parameters(name), **found}
    known = catalogue.rules().get(name)
    if known is None:
        return None
    loaded, one = known
    defaults = {key: value.default for key, value in loaded.baseline.parameters.items() if value.default is not None}
    entry = catalogue.rule_entry(loaded, one)
    references = {key: ids for key, ids in one.references.items() if key != "facts"}
    manual = {"reason": one.manual.reason, "steps": one.manual.steps} if one.manual else None
    said = {"rationale": one.rationale.strip(), "fix": one.fix.strip(), "family_name": FAMILIES[one.family]}
    check = by_hand(one, places_by_hand(), defaults)
    more = {"check": check, "references": references, "baselines": [loaded.id], "manual": manual, "version": ""}
    return {**entry, **said, **more, "parameters": _parameters(name)}


def matching(rules: Book, text: str, of: str, control: str) -> frozenset[str] | None:
    """The ids of rules that fit: `text` is an id, or a part of an id or title. None where nothing is asked for."""
    if not (text or of or control):
        return None
    if text in rules and not (of or control):
        return frozenset([text])
    wanted, number = text.lower(), control.lower()
    return frozenset(
        name
        for name, one in rules.items()
        if (not wanted or text == name or (text not in rules and wanted in f"{name} {one['title']}".lower()))
        and (not of or one["references"].get(of))
        and (not number or any(_is(number, ids) for key, ids in one["references"].items() if not of or key == of))
    )


def frameworks(whole: Board, rules: Book) -> list[tuple[str, str]]:
    """The frameworks that rules refer to, with their words."""
    key = ("frameworks", id(rules))
    kept: tuple[Book, list[tuple[str, str]]] | None = whole.remembered(key)
    if kept is None:
        named = sorted({one for rule in rules.values() for one in rule["references"]})
        kept = whole.remember(key, (rules, [(one, framework(one)) for one in named]))
    return kept[1]


def _is(control: str, ids: Any) -> bool:
    return any(
        str(one).lower() == control or str(one).lower().startswith((f"{control}(", f"{control} ")) for one in ids
    )


def _parameters(name: str) -> list[dict[str, Any]]:
    """The parameters that a rule's text in the rule file names, with title and default."""
    known = catalogue.rules().get(name)
    if known is None:
        return []
    loaded, one = known
    text = one.model_dump_json()
    return [
        {"name": key, "title": value.title, "default": value.default}
        for key, value in sorted(loaded.baseline.parameters.items())
        if f'"${key}"' in text
    ]


def _sets(connection: Connection, whole: Board) -> list[int]:
    """The blobs with the rules of the runs of the board, the newest first; runs with the same rules share one."""
    found: list[int] | None = whole.remembered("sets")
    if found is None:
        newest: dict[int, int] = {}
        for batch in in_batches(whole.runs):
            rows = connection.execute(select(_RUN.c.id, _RUN.c.rules).where(_RUN.c.id.in_(batch)))
            newest.update({row.id: row.rules for row in rows if row.rules is not None})
        order = dict.fromkeys(newest[run] for run in whole.runs if run in newest)
        found = whole.remember("sets", list(order)[:MOST])
    return found


def _rules(connection: Connection, whole: Board, blob: int) -> Book:
    found: Book | None = whole.remembered(("rules", blob))
    if found is None:
        read: Book = blobs.get_json(connection, blob)
        return whole.remember(("rules", blob), read) if blob in _sets(connection, whole) else read
    return found
