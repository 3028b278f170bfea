"""Facts set as they are said: by a JSON patch (RFC 6902) on facts, or by a golden profile that is to be applied. Pure.

What follows from such a fact stands in no evidence: it is a gap of the predicted snapshot.
"""

import copy
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from auditor.changes.candidate import Candidate, File
from auditor.changes.model import Edit, Edited, Remark, Unpredicted
from auditor.domain import ABSENT, Capture, Drift, Snapshot
from auditor.errors import InputError, InputErrors, Place
from auditor.facts import facts_model, plain
from auditor.golden.equality import number
from auditor.golden.meaning import Meaning, meaning_at, meaning_of
from auditor.golden.places import above, joined, steps
from auditor.golden.profile import Unset
from auditor.goldens import golden_of

MAX_OPERATIONS = 5_000
FOLLOWS = "it follows from facts that were set by hand, and no evidence tells how"
_OPS = ("add", "replace", "remove", "test", "move", "copy")


def patch_edits(capture: Capture, candidate: Candidate, before: Snapshot) -> Edited:
    """The edits of a JSON patch; pointers name facts: `/sysctl/net.ipv4.ip_forward/now`. Raises InputErrors.

    `add` and `replace` set a value, `remove` takes it away, `test` must hold before anything is set. Elements of lists
    are not addressed by number: a list is set as a whole.
    """
    file, operations = candidate.only, candidate.data
    if len(operations) > MAX_OPERATIONS:
        raise InputError(f"more than {MAX_OPERATIONS} operations", where=file.name, mend="Split the change.")
    lines = _lines_of(file, len(operations))
    facts, edits, errors = copy.deepcopy(dict(before.facts)), [], []
    for line, operation in zip(lines, operations, strict=True):
        try:
            edits.append(_operation(before, facts, operation, file, line))
        except InputError as problem:
            errors.append(problem)
    if errors:
        raise InputErrors(errors)
    made = tuple(one for one in edits if one is not None)
    return Edited(capture.body, edits=made, unknown=tuple(_follows(before.platform, [one.path for one in made])))


def golden_edits(capture: Capture, candidate: Candidate, before: Snapshot, values: Mapping[str, Any]) -> Edited:
    """The edits by which a target becomes as a golden profile says. Raises InputError for a profile of others."""
    golden = golden_of(candidate.only.text, candidate.name)
    if golden.profile.for_.platform != capture.platform:
        raise InputError(
            f"{golden.id} is a profile for {golden.profile.for_.platform}, {capture.target} is {capture.platform}",
            where=Place(candidate.name, 1),
            mend="Nothing was checked.",
        )
    drifts, unset = golden.check(before, values)
    edits = list(_applied(drifts, before, candidate, golden.id))
    unknown = [*_unset(unset), *_follows(capture.platform, [one.path for one in edits])]
    remark = Remark("", f"every value of {golden.id} is taken as set; what else setting it does is not foretold")
    return Edited(capture.body, unknown=tuple(unknown), remarks=(remark,), edits=tuple(edits))


def with_edits(snapshot: Snapshot, edits: Sequence[Edit]) -> Snapshot:
    """The snapshot with these facts set. Raises InputError where a value does not fit the facts of the platform."""
    if not edits:
        return snapshot
    sources, gaps = dict(snapshot.sources), dict(snapshot.gaps)
    for one in edits:
        gaps = {path: why for path, why in gaps.items() if not _within(path, one.path)}
        sources[one.path] = one.where
    try:
        facts = _valid(snapshot, edits)
    except (ValidationError, RecursionError) as problem:
        one = _first_wrong(snapshot, edits)
        what = problem.errors()[0]["msg"] if isinstance(problem, ValidationError) else "nested too deep"
        raise InputError(f"{one.path} cannot be {str(one.value)[:80]!r}: {what}", where=one.where) from None
    return replace(snapshot, facts=facts, sources=sources, gaps=gaps)


def _valid(snapshot: Snapshot, edits: Sequence[Edit]) -> dict[str, Any]:
    """The facts with these edits. Raises ValidationError, RecursionError."""
    facts = copy.deepcopy(dict(snapshot.facts))
    for one in edits:
        _put(facts, steps(one.path), one.value)
    return plain(facts_model(snapshot.platform).model_validate(facts))


def _first_wrong(snapshot: Snapshot, edits: Sequence[Edit]) -> Edit:
    """An edit that makes facts which are none of those that were some, found by halving."""
    good, bad = 0, len(edits)
    while bad - good > 1:
        middle = (good + bad) // 2
        try:
            _valid(snapshot, edits[:middle])
            good = middle
        except (ValidationError, RecursionError):
            bad = middle
    return edits[bad - 1]


def _applied(drifts: Iterable[Drift], before: Snapshot, candidate: Candidate, golden: str) -> Iterator[Edit]:
    """The edits that end these drifts; what nobody knows of the target stays unknown."""
    lists: dict[str, list[Any]] = {}
    for one in drifts:
        if one.change == "unknown":
            continue
        whole = next(
            (p for p in above(one.path) if p and (m := meaning_at(before.platform, p)) and m.shape == "list"), ""
        )
        if whole and whole != one.path:  # a member of a set
            members = lists.setdefault(whole, list(_at(before.facts, steps(whole)) or ()))
            if one.change == "missing":
                members.append(one.expected)
            else:
                members[:] = [member for member in members if member != one.actual]
            continue
        yield _edit(candidate, golden, one.path, _in_unit(before.platform, one.path, one.expected))
    for path, members in lists.items():
        yield _edit(candidate, golden, path, members)


def _edit(candidate: Candidate, golden: str, path: str, value: Any) -> Edit:
    way: tuple[str | int, ...] = ("facts", *(name for name, _ in steps(path)))
    return Edit(path, value, str(candidate.data.place(way)), f"golden profile {golden}")


def _in_unit(platform: str, path: str, value: Any) -> Any:
    meaning = meaning_at(platform, path)
    if meaning is None or not meaning.compare.unit or not isinstance(value, str):
        return value
    found = number(value, meaning.compare.unit)
    return value if found is None else int(found) if found == int(found) else found


def _operation(
    before: Snapshot, facts: dict[str, Any], operation: Mapping[str, Any], file: File, line: int
) -> Edit | None:
    where, op, pointer = Place(file.name, line), operation.get("op"), operation.get("path")
    if op not in _OPS or not isinstance(pointer, str):
        raise InputError(f"an operation has one of {', '.join(_OPS)} as op, and a path", where=where)
    if op in ("move", "copy"):
        raise InputError(f"{op} is not taken", where=where, mend="Write add and remove.")
    path, meaning = _path(before.platform, pointer, where)
    if op == "test":
        if _at(facts, steps(path)) != operation.get("value"):
            raise InputError(f"test failed: {path} is {str(_at(facts, steps(path)))[:100]!r}", where=where)
        return None
    if op in ("add", "replace") and "value" not in operation:
        raise InputError(f"{op} without a value", where=where, mend="Add the key value.")
    if op in ("remove", "replace") and _at(facts, steps(path)) is None:
        raise InputError(f"{path} is not there", where=where, mend="Use add to set what is absent.")
    if meaning.ignored:
        raise InputError(f"{path} cannot be set: it is a counter or a value of the moment", where=where)
    value = ABSENT if op == "remove" else operation["value"]
    _put(facts, steps(path), value)
    return Edit(path, value, str(where), f"{op} {pointer}"[:200])


def _path(platform: str, pointer: str, where: Place) -> tuple[str, Meaning]:
    """The fact path of a JSON pointer (RFC 6901) and what it means. Raises InputError for no fact of the platform."""
    if not pointer.startswith("/"):
        raise InputError(f"{pointer[:100]!r} is no JSON pointer", where=where, mend="Write /services/TSM-SSH/running.")
    meaning, path = meaning_of(platform), ""
    for raw in pointer[1:].split("/"):
        name = raw.replace("~1", "/").replace("~0", "~")
        below = meaning.item if meaning.shape == "map" else meaning.fields.get(name)
        if below is None or meaning.shape in ("leaf", "list"):
            known = ", ".join(sorted(meaning.fields)[:30])
            mend = f"Known here: {known}." if known else "A list is set as a whole."
            raise InputError(f"{pointer[:100]!r}: {name[:60]!r} is no fact of {platform}", where=where, mend=mend)
        path = joined(path, name, key=meaning.shape == "map")
        meaning = below
    return path, meaning


def _follows(platform: str, paths: Iterable[str]) -> Iterator[Unpredicted]:
    """What may follow from facts that were set: the derived facts beside them that were not set themselves."""
    wanted = list(dict.fromkeys(paths))
    beside = dict.fromkeys(one for path in wanted for one in _beside(platform, path))
    whole = frozenset(wanted)
    reached = {upper for path in wanted for upper in above(path)}
    for path in sorted(beside):
        if path not in reached and whole.isdisjoint(above(path)):
            yield Unpredicted(path, "", FOLLOWS)


def _beside(platform: str, path: str) -> Iterator[str]:
    """The derived facts of every model that a path leads through."""
    meaning, here = meaning_of(platform), ""
    for name, key in steps(path):
        below = meaning.item if meaning.shape == "map" else meaning.fields.get(name)
        if below is None:
            return
        meaning, here = below, joined(here, name, key=key)
        yield from _aside(meaning, here) if meaning.shape == "model" else ()


def _aside(meaning: Meaning, path: str) -> Iterator[str]:
    if meaning.aside:
        yield path
        return
    if meaning.shape == "model":
        for name, below in meaning.fields.items():
            yield from _aside(below, joined(path, name, key=False))


def _unset(unset: Iterable[Unset]) -> Iterator[Unpredicted]:
    for one in unset:
        yield Unpredicted(one.path, "", f"the customisation ${one.name} has no value for this target")


def _put(facts: dict[str, Any], way: Sequence[tuple[str, bool]], value: Any) -> None:
    for name, _ in way[:-1]:
        below = facts.get(name)
        if not isinstance(below, dict):
            if value is ABSENT:
                return
            below = facts[name] = {}
        facts = below
    if value is ABSENT:
        facts.pop(way[-1][0], None)
    else:
        facts[way[-1][0]] = value


def _at(facts: Mapping[str, Any], way: Sequence[tuple[str, bool]]) -> Any:
    value: Any = facts
    for name, _ in way:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _within(path: str, upper: str) -> bool:
    return path == upper or path.startswith((f"{upper}.", f"{upper}["))


def _lines_of(file: File, count: int) -> list[int]:
    """The line of each operation: that of its "op", where each stands on a line of its own; else 1."""
    found = [n for n, line in enumerate(file.lines, file.first) for _ in range(line.count('"op"'))]
    return found if len(found) == count else [1] * count
