"""The facts of many hosts as votes: for each path, how many hosts have which value, and how many could be asked. Pure.

One pass over each snapshot; the work grows with the number of facts, whatever the hosts have in common.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from auditor.domain import ABSENT, Snapshot
from auditor.facts.semantics import Compare
from auditor.golden.equality import equal, member_token
from auditor.golden.meaning import LEAF, PLAIN, Meaning, meaning_of
from auditor.golden.places import above

Way = tuple[str, ...]  # names and [keys] on the way to a fact
NONE = ""  # the token of hosts that do not have it


@dataclass(slots=True)
class Question:
    """One path and what each host said there.

    `kind`: value, member (of a mapping or a set), group (a mapping or set, however many members it has), or own (per
    host by nature, so that nobody is asked).
    """

    way: Way
    kind: str
    compare: Compare = PLAIN
    votes: Counter[str] = field(default_factory=Counter)
    values: dict[str, Any] = field(default_factory=dict)  # by token
    said: dict[int, str] = field(default_factory=dict)  # token by host
    voters: int = 0
    unread: int = 0
    holder: "Question | None" = None  # the member of a mapping it is part of, or the group that it is a member of

    @property
    def path(self) -> str:
        """Its path as text."""
        return path_of(self.way)

    @property
    def winner(self) -> str:
        """The token that most hosts have; of several the one that sorts first."""
        return min(self.votes, key=lambda token: (-self.votes[token], token))

    @property
    def support(self) -> int:
        """How many hosts have it."""
        return self.votes[self.winner]


def path_of(way: Way) -> str:
    """The text of a path."""
    return "".join(part if part.startswith("[") or not n else f".{part}" for n, part in enumerate(way))


def ask(snapshots: Sequence[Snapshot]) -> dict[Way, Question]:
    """Every question that at least one host has an answer to. The snapshots are of one platform."""
    return _Poll().held(snapshots)


class _Poll:
    def __init__(self) -> None:
        self._asked: dict[Way, Question] = {}
        self._spelt: dict[tuple[Way, str], str] = {}  # keys without letter case, as the first host spells them
        self._gaps: Counter[str] = Counter()
        self._looks: Counter[str] = Counter()
        self._host = 0

    def held(self, snapshots: Sequence[Snapshot]) -> dict[Way, Question]:
        for self._host, snapshot in enumerate(snapshots):
            self._gapped = snapshot.gaps
            self._model(meaning_of(snapshot.platform), snapshot.facts, ())
            sources = _outermost(snapshot.sources or ("",))
            self._looks.update(sources)
            self._gaps.update(gap for gap in _outermost(snapshot.gaps) if any(one in sources for one in above(gap)))
        for question in self._asked.values():
            self._count(question)
        return self._asked

    def _say(self, way: Way, kind: str, token: str, value: Any, compare: Compare = PLAIN) -> None:
        question = self._asked.get(way)
        if question is None:
            question = self._asked[way] = Question(way, kind, compare)
        question.votes[token] += 1
        question.values.setdefault(token, value)
        question.said[self._host] = token

    def _model(self, meaning: Meaning, facts: Mapping[str, Any], way: Way) -> None:
        for name, value in facts.items():
            below = meaning.fields.get(name)
            if below is not None and not (below.ignored or below.aside) and value is not None:
                self._any(below, value, (*way, name))

    def _any(self, meaning: Meaning, value: Any, way: Way) -> None:
        if self._gapped and path_of(way) in self._gapped:
            return
        if meaning.per_host:
            self._say(way, "own", member_token(value, LEAF.compare), value)
        elif meaning.shape == "model" and isinstance(value, Mapping):
            self._model(meaning, value, way)
        elif meaning.shape == "map" and isinstance(value, Mapping):
            self._map(meaning, value, way)
        elif meaning.shape == "list" and isinstance(value, list | tuple):
            self._list(meaning, value, way)
        else:
            self._say(way, "value", member_token(value, meaning.compare), value, meaning.compare)

    def _map(self, meaning: Meaning, value: Mapping[str, Any], way: Way) -> None:
        item = meaning.item or LEAF
        self._say(way, "group", "map", {})
        for key, one in value.items():
            if meaning.skips(key):
                continue
            spelt = self._spelt.setdefault((way, key.casefold()), key) if meaning.compare.fold else key
            here = (*way, f"[{spelt}]")
            if self._gapped and path_of(here) in self._gapped:
                continue
            if not meaning.owns(key):
                if item.shape == "model":  # of all else its own question says whether it is there
                    self._say(here, "member", "here", {})
                self._any(item, one, here)
            elif item.shape != "model":
                self._say(here, "own", member_token(one, LEAF.compare), one)

    def _list(self, meaning: Meaning, value: Sequence[Any], way: Way) -> None:
        item = meaning.item or LEAF
        if meaning.compare.kind != "set":
            self._say(way, "value", str([item.token(one) for one in value]), list(value))
            return
        self._say(way, "group", "set", [])
        for one in {item.token(one): one for one in value}.values():
            self._say((*way, f"[{one}]"), "member", "here", one)

    def _count(self, question: Question) -> None:
        """How many hosts could be asked: those that have what it is a part of, without those that could not read it."""
        if question.compare.tolerance:
            _merge(question)
        held = question.holder = self._asked.get(_holder(question.way))
        path, upper = question.path, len(held.path) if held else -1
        base = len(held.said) if held else sum(self._looks[one] for one in above(path))
        question.unread = sum(self._gaps[one] for one in above(path) if len(one) > upper)
        question.voters = max(base - question.unread, len(question.said))
        if question.voters > len(question.said):
            question.votes[NONE] = question.voters - len(question.said)
            question.values[NONE] = ABSENT


def _holder(way: Way) -> Way:
    """The member of a mapping that a fact is part of, or the mapping or set that a member is in; () for neither."""
    end = len(way) - 1
    if way[end].startswith("["):
        return way[:end]
    while end and not way[end - 1].startswith("["):
        end -= 1
    return way[:end]


def _merge(question: Question) -> None:
    """Values within the tolerance of the most common one count as that."""
    first = question.winner
    common = question.values[first]
    near = {one for one in question.votes if one != first and equal(common, question.values[one], question.compare)}
    for token in near:
        question.votes[first] += question.votes.pop(token)
    question.said = {host: first if token in near else token for host, token in question.said.items()}


def _outermost(paths: Iterable[str]) -> set[str]:
    """Those paths that stand below no other one."""
    every = set(paths)
    return {one for one in every if not any(upper in every for upper in above(one) if upper != one)}
