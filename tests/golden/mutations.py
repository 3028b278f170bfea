"""Seeded changes of single facts, with the one drift that each must show: its path, and the kind of the difference."""

import copy
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from auditor.domain import Snapshot
from auditor.golden.meaning import Meaning, meaning_of
from auditor.golden.places import above

Step = Callable[[Any], None]  # changes the mapping or list that holds the fact


@dataclass(frozen=True)
class Mutation:
    """One change, and the (path, kind) that it must be reported as. `captured`: a golden profile can know it too."""

    path: str
    change: str
    way: tuple[str, ...]
    do: Step
    captured: bool = True

    def of(self, snapshot: Snapshot) -> Snapshot:
        """The snapshot with the change."""
        facts: Any = copy.deepcopy(snapshot.facts)
        held = facts
        for name in self.way:
            held = held[name]
        self.do(held)
        return replace(snapshot, facts=facts)


def mutations(snapshot: Snapshot, count: int, seed: int) -> list[Mutation]:
    """`count` changes of different facts, spread over all kinds of difference and all top-level facts."""
    dice = random.Random(seed)
    found: dict[tuple[str, str], list[Mutation]] = {}
    for one in _model(meaning_of(snapshot.platform), snapshot.facts, "", (), dice):
        ways = set(above(one.path))
        gapped = ways & set(snapshot.gaps) or any(one.path in set(above(gap)) for gap in snapshot.gaps)
        if not gapped and ways & set(snapshot.sources):
            found.setdefault((one.change, one.path.partition(".")[0].partition("[")[0]), []).append(one)
    groups = sorted(found)
    dice.shuffle(groups)
    by_kind: dict[str, list[tuple[str, str]]] = {}
    for group in groups:
        by_kind.setdefault(group[0], []).append(group)
    taken: list[Mutation] = []
    kinds = sorted(by_kind)
    while len(taken) < count and any(by_kind.values()):
        for kind in kinds:
            if by_kind[kind] and len(taken) < count:
                taken.append(dice.choice(found[by_kind[kind].pop()]))
    return taken


def _model(
    meaning: Meaning, facts: Mapping[str, Any], path: str, way: tuple[str, ...], dice: random.Random
) -> Iterator[Mutation]:
    for name, below in meaning.fields.items():
        here = f"{path}.{name}" if path else name
        if below.ignored or below.aside:
            continue
        if facts.get(name) is None:
            if below.shape == "leaf":
                yield Mutation(here, "extra", way, _put(name, "new"), captured=False)
        else:
            yield from _any(below, facts[name], here, (*way, name), dice)


def _any(meaning: Meaning, value: Any, path: str, way: tuple[str, ...], dice: random.Random) -> Iterator[Mutation]:
    above, name = way[:-1], way[-1]
    if meaning.shape == "model":
        yield from _model(meaning, value, path, way, dice)
    elif meaning.shape == "map":
        yield from _map(meaning, value, path, way, dice)
    elif meaning.shape == "list":
        yield from _list(meaning, value, path, way)
    else:
        yield Mutation(path, "changed", above, lambda held: held.update({name: _other(held[name])}))
        if not isinstance(value, list | dict):
            yield Mutation(path, "missing", above, lambda held: held.pop(name))


def _map(
    meaning: Meaning, value: Mapping[str, Any], path: str, way: tuple[str, ...], dice: random.Random
) -> Iterator[Mutation]:
    item = meaning.item or Meaning("leaf")
    keys = [key for key in value if not meaning.skips(key) and not meaning.owns(key)]
    for key in keys:
        yield from _any(item, value[key], f"{path}[{key}]", (*way, key), dice)
        if item.shape != "leaf":
            yield Mutation(f"{path}[{key}]", "missing", way, _drop(key))
    if keys:
        model = copy.deepcopy(value[dice.choice(keys)])
        yield Mutation(f"{path}[new-one]", "extra", way, lambda held: held.update({"new-one": model}))


def _list(meaning: Meaning, value: list[Any], path: str, way: tuple[str, ...]) -> Iterator[Mutation]:
    texts = all(isinstance(one, str) for one in value)
    if meaning.compare.kind == "set":
        for one in dict.fromkeys(value):
            yield Mutation(f"{path}[{one}]", "missing", way, _take(one))
        known = bool(value) or not meaning.per_host  # an empty list is no customisation
        yield Mutation(f"{path}[new-one]", "extra", way, lambda held: held.append("new-one"), captured=known)
    elif texts:
        yield Mutation(path, "changed", way, lambda held: held.append("new-one"))
        if len(set(value)) > 1:
            yield Mutation(path, "reordered", way, lambda held: held.append(held.pop(0)))


def _put(name: str, value: Any) -> Step:
    return lambda held: held.update({name: value})


def _drop(name: str) -> Step:
    return lambda held: held.pop(name)


def _take(member: Any) -> Step:
    return lambda held: held.remove(member)


def _other(value: Any) -> Any:
    """Another value of the same type, whatever counts as equal there."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value * 2 + 7
    return [*value, "new-one"] if isinstance(value, list) else f"{value}-other"
