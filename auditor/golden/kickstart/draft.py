"""Facts while a kickstart is read: the last writer wins, lists grow, what was removed must be absent."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from auditor.golden.kickstart.forms import Always, Form, Given
from auditor.golden.kickstart.marks import Open, marked
from auditor.golden.kickstart.values import Refused
from auditor.golden.places import steps

Step = tuple[str, bool]  # a name, and whether it is the key of a mapping
Way = tuple[Step, ...]
PRESENT: dict[str, Any] = {}  # that it is there is all that is known
MAX_REMARKS = 1000
_PASSWORD = re.compile(r"://[^\s:/@]*:[^\s@/]+@")
FOLDED = frozenset({"advanced"})  # keys in any letter case


class NoFact(Exception):
    """A line that is understood, and says nothing that facts hold, with the reason."""


@dataclass
class Draft:
    """What the lines so far have set. `line` is the one being read."""

    line: int = 0
    values: dict[Way, Any] = field(default_factory=dict)
    writers: dict[Way, list[int]] = field(default_factory=dict)
    absent: dict[Way, int] = field(default_factory=dict)
    begun: set[str] = field(default_factory=set)  # switches whose adapters are known from the beginning
    remarks: list[str] = field(default_factory=list)
    touched: set[Way] = field(default_factory=set)
    unsure: set[Way] = field(default_factory=set)  # what a line may have changed that may not have run
    numbers_unsure: bool = False  # whether such a line may have made a VMkernel adapter
    changes: int = 0
    _spelt: dict[str, str] = field(default_factory=dict)

    def put(self, path: str, value: Any, given: Given | None = None) -> None:
        """The fact at a path has this value."""
        way = self.way(path, given or {})
        if isinstance(value, str) and _PASSWORD.search(value):
            raise NoFact("an address with a password in it stays out of a profile")
        self._touch(way)
        for length in range(1, len(way) + 1):
            self.absent.pop(way[:length], None)
        before = self.values.get(way, value)
        if before not in (value, PRESENT) and not isinstance(value, list):
            self._remark(f"line {self.line} overrides line {self.writers[way][-1]} at {shown(way)}")
        if value is not PRESENT or way not in self.values:
            self.values[way] = value
            self.writers.setdefault(way, []).append(self.line)

    def add(self, path: str, value: Any, given: Given | None = None) -> None:
        """The list at a path has these members more."""
        members = value if isinstance(value, list) else [value]
        self._sure(path, given)
        before = self.get(path, given) or []
        if not isinstance(before, list):
            raise NoFact("the list that it adds to is open")
        self.put(path, [*before, *(one for one in members if one not in before)], given)

    def take(self, path: str, value: Any, given: Given | None = None) -> None:
        """The list at a path has this member no more."""
        self._sure(path, given)
        before = self.get(path, given)
        if not isinstance(before, list) or value not in before:
            raise NoFact("no line before it added what it takes away")
        self.put(path, [one for one in before if one != value], given)

    def _remark(self, words: str) -> None:
        if len(self.remarks) < MAX_REMARKS:
            self.remarks.append(words)

    def _touch(self, way: Way) -> None:
        self.changes += 1
        self.touched.add(way)
        self.unsure.discard(way)

    def _sure(self, path: str, given: Given | None) -> None:
        if self.way(path, given or {}) in self.unsure:
            self._touch(self.way(path, given or {}))
            self.unsure.add(self.way(path, given or {}))
            raise NoFact("a line that may not have run leaves open what the list held")

    def copy(self) -> "Draft":
        """The same, to be changed apart from this."""
        return replace(
            self, values=dict(self.values), writers=dict(self.writers), absent=dict(self.absent), remarks=[],
            begun=set(self.begun), touched=set(), unsure=set(self.unsure), _spelt=dict(self._spelt),
        )  # fmt: skip

    def doubt(self, trial: "Draft") -> None:
        """Forgets what a line would change that may not have run: `trial` is this draft after it ran."""
        for way in trial.touched:
            if way[0][0] == "vmkernel" and way[1][0] not in self.keys("vmkernel"):
                self.numbers_unsure = True
            hit = [one for one in (*self.values, *self.absent) if _same(one, way)] if _wide(way) else [way]
            for one in hit:
                if self.values.get(one) == trial.values.get(way) and (one in self.absent) == (way in trial.absent):
                    continue
                if one in self.values or one in self.absent:
                    self._remark(f"line {self.line} may change {shown(one)}, so it is not in the profile")
                self.values.pop(one, None)
                self.absent.pop(one, None)
                self.unsure.add(one)

    def get(self, path: str, given: Given | None = None) -> Any:
        """What was set at a path; None when nothing was."""
        return self.values.get(self.way(path, given or {}))

    def forget(self, path: str, given: Given | None = None) -> None:
        """Nothing is known any more at a path and below it."""
        way = self.way(path, given or {})
        for one in [one for one in self.values if one[: len(way)] == way]:
            del self.values[one]
            self._touch(one)

    def remove(self, path: str, given: Given | None = None) -> None:
        """What is at a path must not be there."""
        way = self.way(path, given or {})
        if any(marked(name) for name, _ in way):
            raise Refused("what it removes has no fixed name")
        self.forget(path, given)
        self._touch(way)
        self.absent[way] = self.line

    def rename(self, place: str, old: Any, new: Any) -> None:
        """A member of a mapping has another name: its facts go with it, and the old name must be absent."""
        if isinstance(old, Open) or isinstance(new, Open):
            raise Refused("a name that is open")
        before, after = self.way(f"{place}[{{k}}]", {"k": old}), self.way(f"{place}[{{k}}]", {"k": new})
        moved = {way: value for way, value in self.values.items() if way[: len(before)] == before}
        self.remove(f"{place}[{{k}}]", {"k": old})
        self.absent.pop(after, None)
        for way, value in moved.items():
            self.values[after + way[len(before) :]] = value
            self.writers.setdefault(after + way[len(before) :], []).append(self.line)
            self._touch(after + way[len(before) :])

    def keys(self, path: str) -> list[str]:
        """Keys that were named in the mapping at a path."""
        way = self.way(path, {})
        found = (one[len(way)][0] for one in self.values if len(one) > len(way) and one[: len(way)] == way)
        return list(dict.fromkeys(found))

    def way(self, path: str, given: Given) -> Way:
        """A path with the values of options in its keys."""
        found: list[Step] = []
        for name, key in steps(path):
            text = re.sub(r"\{([\w-]+)\}", lambda one: _text(given[one[1]]), name) if key else name
            if key and found[-1][0] in FOLDED:
                text = self._spelt.setdefault(text.casefold(), text)
            if key and not marked(text) and not _keyed(text):
                raise Refused("a name that no path can hold")
            found.append((text, key))
        return tuple(found)

    def follow(self, form: Form, given: Given) -> None:
        """Does what a form says. Raises Refused, and NoFact after what could be done."""
        if form.why:
            raise NoFact(form.why)
        before = (len(self.remarks), dict(self.values), dict(self.absent))
        sets, adds, takes = (list(_given(one, given)) for one in (form.sets, form.adds, form.takes))
        try:
            for path in form.removes:
                self.remove(path, given)
            for path, value in sets:
                self.put(path, value, given)
            for path, value in adds:
                self.add(path, value, given)
            for path, value in takes:
                self.take(path, value, given)
            if form.apply:
                form.apply(self, given)
        except Refused:
            del self.remarks[before[0] :]
            self.values, self.absent = before[1], before[2]  # a line counts as a whole or not at all
            raise
        left = [option.names[-1] for option in form.declared if option.names and option.key in given
                and not form.uses(option.key)]  # fmt: skip
        if left:
            raise NoFact(f"no fact shows what {', '.join(left)} sets")
        if not (sets or adds or takes or form.removes or form.apply):
            raise Refused("it sets nothing")


def _given(sets: Any, given: Given) -> Iterator[tuple[str, Any]]:
    for path, source in sets.items():
        if isinstance(source, Always):
            yield path, source.value
        elif source in given:
            yield path, given[source]


def _wide(way: Way) -> bool:
    return any(key and marked(name) for name, key in way)


def _same(one: Way, pattern: Way) -> bool:
    """Whether a path may be the one that an open name stands for."""
    return len(one) == len(pattern) and all(
        a == b or (b[1] and marked(b[0])) for a, b in zip(one, pattern, strict=True)
    )


def _text(value: Any) -> str:
    return value.text if isinstance(value, Open) else str(value)


def _keyed(name: str) -> bool:
    return bool(name) and "[" not in name and "]" not in name and name != "*"


def shown(way: Way) -> str:
    """A path as it is written."""
    return "".join(f"[{Open(name).shown}]" if key else f".{name}" for name, key in way).lstrip(".")
