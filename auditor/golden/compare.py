"""The comparison: expected facts against a snapshot, by what each fact means. Golden profiles and drift share it. Pure.

Compared is only what is expected: a profile may be partial. A member beyond the expected ones of a mapping or set is
extra, where that is not allowed. What was not read, or not looked at, is unknown and never equal.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from auditor.domain import ABSENT, Drift, Snapshot
from auditor.golden.equality import equal
from auditor.golden.meaning import LEAF, Meaning, meaning_of
from auditor.rulebook.judge import NOT_LOOKED

MUST_BE_ABSENT = ABSENT  # as an expected value


@dataclass(frozen=True, slots=True)
class Policy:
    """What a comparison leaves out. `extra` are places (`port_groups`, `vswitches[*].port_groups`) open for more."""

    extra: frozenset[str] = frozenset()
    ignore: frozenset[str] = frozenset()
    identities: bool = True  # false: values that are per host by nature do not count
    strangers: bool = True  # false: a member that is per host by nature is never extra


@dataclass(slots=True)
class Comparison:
    """One snapshot under comparison."""

    snapshot: Snapshot
    policy: Policy = Policy()
    golden: str = ""
    _members: dict[str, list[str]] = field(default_factory=dict, init=False)  # keys known by a gap, by mapping

    def __post_init__(self) -> None:
        for gap in self.snapshot.gaps:
            upper, _, key = gap.rpartition("[")
            if key.endswith("]"):
                self._members.setdefault(upper, []).append(key[:-1])

    def drifts(self, expected: Mapping[str, Any]) -> Iterator[Drift]:
        """Every difference between the expected facts and those of the snapshot."""
        return self._model(meaning_of(self.snapshot.platform), expected, self.snapshot.facts, "", "")

    def _any(self, meaning: Meaning, expected: Any, actual: Any, path: str, place: str) -> Iterator[Drift]:
        if meaning.ignored or place in self.policy.ignore or path in self.policy.ignore:
            return
        if meaning.per_host and not self.policy.identities:
            return
        if (reason := self.snapshot.gaps.get(path)) is not None:
            yield self._drift(path, "unknown", expected, ABSENT, reason)
        elif expected is MUST_BE_ABSENT:
            yield from self._absent(meaning, actual, path)
        elif actual is ABSENT or actual is None:
            yield from self._missing(meaning, expected, path)
        elif meaning.shape == "model" and isinstance(expected, Mapping) and isinstance(actual, Mapping):
            yield from self._model(meaning, expected, actual, path, place)
        elif meaning.shape == "map" and isinstance(expected, Mapping) and isinstance(actual, Mapping):
            yield from self._map(meaning, expected, actual, path, place)
        elif meaning.shape == "list" and isinstance(expected, Sequence) and isinstance(actual, Sequence):
            yield from self._list(meaning, expected, actual, path, place)
        elif not equal(expected, actual, meaning.compare):
            yield self._drift(path, "changed", expected, actual)

    def _model(
        self, meaning: Meaning, expected: Mapping[str, Any], actual: Mapping[str, Any], path: str, place: str
    ) -> Iterator[Drift]:
        for name, wanted in expected.items():
            below = meaning.fields.get(name, LEAF)
            joined, joined_place = (f"{path}.{name}", f"{place}.{name}") if path else (name, name)
            yield from self._any(below, wanted, actual.get(name, ABSENT), joined, joined_place)

    def _map(
        self, meaning: Meaning, expected: Mapping[str, Any], actual: Mapping[str, Any], path: str, place: str
    ) -> Iterator[Drift]:
        fold, item, below = meaning.compare.fold, meaning.item or LEAF, f"{place}[*]"
        keys = {(key.casefold() if fold else key): key for key in actual}
        for key, wanted in expected.items():
            if meaning.skips(key) or (meaning.owns(key) and not self.policy.identities):
                keys.pop(key.casefold() if fold else key, None)
                continue
            found = keys.pop(key.casefold() if fold else key, None)
            value = ABSENT if found is None else actual[found]
            if value is not ABSENT or wanted is MUST_BE_ABSENT:
                yield from self._any(item, wanted, value, f"{path}[{found or key}]", below)
            else:
                yield from self._member(wanted, f"{path}[{key}]", below)
        if place in self.policy.extra:
            return
        for key in keys.values():
            own = not (self.policy.identities and self.policy.strangers) and meaning.owns(key)
            if own or meaning.skips(key) or {f"{path}[{key}]", below} & self.policy.ignore:
                continue
            if (reason := self.snapshot.gaps.get(f"{path}[{key}]")) is not None:
                yield self._drift(f"{path}[{key}]", "unknown", ABSENT, ABSENT, reason)
            else:
                yield self._drift(f"{path}[{key}]", "extra", ABSENT, actual[key])
        yield from self._hidden(expected, actual, path, fold)

    def _member(self, expected: Any, path: str, place: str) -> Iterator[Drift]:
        """A member that is expected, however little of it, and not there."""
        if path in self.policy.ignore or place in self.policy.ignore:
            return
        reason = self.snapshot.gaps.get(path) or ("" if self._looked(path) else NOT_LOOKED)
        yield self._drift(path, "unknown" if reason else "missing", expected, ABSENT, reason)

    def _hidden(self, expected: Mapping[str, Any], actual: Mapping[str, Any], path: str, fold: bool) -> Iterator[Drift]:
        """Members that are known by a gap alone: nobody can tell whether they are extra."""
        if path not in self._members:
            return
        known = {key.casefold() if fold else key for key in (*expected, *actual)}
        for key in self._members[path]:
            if (key.casefold() if fold else key) not in known:
                gap = f"{path}[{key}]"
                yield self._drift(gap, "unknown", ABSENT, ABSENT, self.snapshot.gaps[gap])

    def _list(
        self, meaning: Meaning, expected: Sequence[Any], actual: Sequence[Any], path: str, place: str
    ) -> Iterator[Drift]:
        item = meaning.item or LEAF
        first, second = [item.token(one) for one in expected], [item.token(one) for one in actual]
        if meaning.compare.kind == "set":
            wanted, found = dict(zip(first, expected, strict=True)), dict(zip(second, actual, strict=True))
            for key, one in wanted.items():
                if key not in found:
                    yield self._drift(f"{path}[{one}]", "missing", one, ABSENT)
            if place not in self.policy.extra:
                for key, one in found.items():
                    if key not in wanted:
                        yield self._drift(f"{path}[{one}]", "extra", ABSENT, one)
            return
        if first != second:
            change = "reordered" if Counter(first) == Counter(second) else "changed"
            yield self._drift(path, change, list(expected), list(actual))

    def _missing(self, meaning: Meaning, expected: Any, path: str) -> Iterator[Drift]:
        if _empty(meaning, expected):
            return
        if self._looked(path):
            yield self._drift(path, "missing", expected, ABSENT)
        else:
            yield self._drift(path, "unknown", expected, ABSENT, NOT_LOOKED)

    def _absent(self, meaning: Meaning, actual: Any, path: str) -> Iterator[Drift]:
        if actual is not ABSENT and not _empty(meaning, actual):
            yield self._drift(path, "extra", ABSENT, actual)
        elif not self._looked(path):
            yield self._drift(path, "unknown", ABSENT, ABSENT, NOT_LOOKED)

    def _looked(self, path: str) -> bool:
        return not self.snapshot.sources or bool(self._source(path))

    def _source(self, path: str) -> str:
        """Where the value at a path came from: the source of the longest path above it."""
        sources, upper = self.snapshot.sources, path
        while upper:
            if upper in sources:
                return sources[upper]
            upper = upper[: max(upper.rfind("."), upper.rfind("["), 0)]
        return sources.get("", "")

    def _drift(self, path: str, change: str, expected: Any, actual: Any, reason: str = "") -> Drift:
        target = self.snapshot.target
        return Drift(target, path, change, expected, actual, self._source(path), self.golden, reason)


def _empty(meaning: Meaning, value: Any) -> bool:
    """Whether a value says nothing: a list or mapping without members, a group of facts of which none is there."""
    if value is None or value is ABSENT or value == []:
        return True
    if not isinstance(value, Mapping):
        return False
    if meaning.shape == "model":
        return all(_empty(meaning.fields.get(name, LEAF), one) for name, one in value.items())
    return not value
