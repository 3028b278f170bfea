"""Every fact that differs between two snapshots of one target, with the lines that are the reason. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from auditor.changes.model import Why
from auditor.domain import ABSENT, GapValue, Snapshot, root_of
from auditor.golden.equality import equal
from auditor.golden.meaning import LEAF, Meaning, meaning_of
from auditor.golden.places import above, joined, steps

MAX_WHY = 5  # reasons that are named of one fact


class Change(NamedTuple):
    """A fact that would be another. `before` and `after` are plain values, ABSENT, or a GapValue.

    `derived`: it follows from other facts or is the state of a moment. `why`: the lines that do it; empty where it
    follows from what other lines changed.
    """

    path: str
    before: Any
    after: Any
    derived: bool
    why: tuple[Why, ...]


def differences(old: Snapshot, new: Snapshot, why: Sequence[Why] = ()) -> Iterator[Change]:
    """The differences in the order of their paths: values, members that come and go, gaps that come and go."""
    reasons = _Reasons(why)
    for path, before, after, derived in sorted(_found(old, new), key=lambda one: one[0]):
        yield Change(path, before, after, derived, reasons.of(path))


def _found(old: Snapshot, new: Snapshot) -> Iterator[tuple[str, Any, Any, bool]]:
    for path, before, after, derived in _model(meaning_of(new.platform), old.facts, new.facts, "", derived=False):
        was, now = _gap(old, path), _gap(new, path)
        if was is None and now is None:
            yield path, before, after, derived
    for path in {*old.gaps} ^ {*new.gaps}:
        was, now = _gap(old, path), _gap(new, path)
        if (was is None) != (now is None) and not _ignored(new.platform, path):
            yield path, was or _at(old.facts, path), now or _at(new.facts, path), False


def _gap(snapshot: Snapshot, path: str) -> GapValue | None:
    """The gap at a path, or above it."""
    if root_of(path) not in snapshot.gap_roots and "" not in snapshot.gaps:
        return None
    found = next((one for one in above(path) if one in snapshot.gaps), None)
    return None if found is None else GapValue(snapshot.gaps[found])


def _ignored(platform: str, path: str) -> bool:
    meaning = meaning_of(platform).fields.get(root_of(path))
    return meaning is not None and meaning.ignored and root_of(path) not in ("estate", "names")


def _model(
    meaning: Meaning, old: Mapping[str, Any], new: Mapping[str, Any], path: str, *, derived: bool
) -> Iterator[tuple[str, Any, Any, bool]]:
    for name in dict.fromkeys((*old, *new)):
        below = meaning.fields.get(name, LEAF)
        if below.ignored and path:
            continue
        if below.ignored and _ignored_root(name):
            continue
        here = joined(path, name, key=False)
        yield from _value(below, old.get(name), new.get(name), here, derived=derived or below.aside)


def _ignored_root(name: str) -> bool:
    return name not in ("estate", "names")


def _value(meaning: Meaning, old: Any, new: Any, path: str, *, derived: bool) -> Iterator[tuple[str, Any, Any, bool]]:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        if meaning.shape == "model":
            yield from _model(meaning, old, new, path, derived=derived)
            return
        below = meaning.item or LEAF
        for key in dict.fromkeys((*old, *new)):
            here = joined(path, str(key), key=True)
            yield from _value(below, old.get(key), new.get(key), here, derived=derived)
        return
    if old is None and new is None:
        return
    if old is None or new is None:
        yield path, ABSENT if old is None else old, ABSENT if new is None else new, derived
    elif old != new and not _equal(meaning, old, new):
        yield path, old, new, derived


def _equal(meaning: Meaning, old: Any, new: Any) -> bool:
    if meaning.shape == "list" and isinstance(old, list) and isinstance(new, list):
        item = meaning.item or LEAF
        if meaning.compare.kind == "set":
            return {item.token(one) for one in old} == {item.token(one) for one in new}
        return [item.token(one) for one in old] == [item.token(one) for one in new]
    return type(old) is type(new) and equal(old, new, meaning.compare)


def _at(facts: Mapping[str, Any], path: str) -> Any:
    value: Any = facts
    for name, _ in steps(path):
        value = value.get(name) if isinstance(value, Mapping) else None
    return ABSENT if value is None else value


class _Reasons:
    """Lines by the paths that they speak of: those at a fact, above it or below it; the nearest ones are named."""

    def __init__(self, why: Iterable[Why]) -> None:
        self._at: dict[str, list[Why]] = {}
        self._below: dict[str, list[Why]] = {}
        for one in why:
            if not one.path:
                continue
            self._at.setdefault(one.path, []).append(one)
            for upper in above(one.path):
                if upper and upper != one.path and len(self._below.setdefault(upper, [])) < MAX_WHY:
                    self._below[upper].append(one)

    def of(self, path: str) -> tuple[Why, ...]:
        for upper in reversed(list(above(path))):
            if found := self._at.get(upper):
                return tuple(found[-MAX_WHY:])  # later lines win, in files and in configurations
            if upper == path and (found := self._below.get(path)):
                return tuple(found)
        return ()
