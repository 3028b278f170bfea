"""What many hosts of one kind have in common, as a golden profile; who differs; what is each host's own. Pure.

A field belongs to the profile when more than half of the hosts that could be asked have the same value there. Where
nearly every host (`OWN`) has a value of its own, the field is proposed as a customisation. A host off a value that at
least `CLEAR` of the hosts share is an outlier; where fewer share it the field is contested, and nobody is blamed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from auditor.domain import ABSENT, Snapshot
from auditor.golden.capture import Captured, escaped, in_order, name_for, own_name
from auditor.golden.places import above
from auditor.golden.votes import NONE, Question, Way, ask, path_of

OWN = 0.9
CLEAR = 0.75
FEWEST = 3  # hosts, for anything to be each host's own


class Deviation(NamedTuple):
    """A fact of one host that the others have differently. `expected` ABSENT: the others do not have it."""

    path: str
    expected: Any
    actual: Any
    support: int
    voters: int


class Contested(NamedTuple):
    """A field on which the hosts do not agree. `ways` are its values with the number of hosts, most common first."""

    path: str
    voters: int
    ways: tuple[tuple[Any, int], ...]


@dataclass(slots=True)
class Consensus:
    """A proposed profile (`captured`, with the `notes` of its lines), and what does not fit in it."""

    hosts: int
    captured: Captured
    notes: dict[Way, str] = field(default_factory=dict)
    outliers: dict[str, list[Deviation]] = field(default_factory=dict)
    contested: list[Contested] = field(default_factory=list)
    values: dict[str, dict[str, Any]] = field(default_factory=dict)  # of the customisations, by host
    extra: list[str] = field(default_factory=list)  # mappings in which nearly every host has members of its own
    unread: dict[str, int] = field(default_factory=dict)  # hosts that could not be asked, by path


def consensus(snapshots: Sequence[Snapshot], names: Sequence[str] = ()) -> Consensus:
    """The consensus of at least one host. All snapshots are of one platform; `names` are those of the hosts."""
    made = Consensus(len(snapshots), Captured(snapshots[0].platform, {}))
    _Maker(snapshots, names or [one.target for one in snapshots], made).take(ask(snapshots))
    return made


class _Maker:
    def __init__(self, snapshots: Sequence[Snapshot], names: Sequence[str], made: Consensus) -> None:
        self._snapshots, self._names, self._made = snapshots, names, made
        self._strange: dict[Way, dict[int, list[Question]]] = {}  # members that few have, by mapping and host
        self._left_out: set[Way] = set()
        self._sets: dict[Way, list[Any]] = {}

    def take(self, asked: Mapping[Way, Question]) -> None:
        for way, question in asked.items():  # what stands above a fact was asked before it
            if any(way[:end] in self._left_out for end in range(1, len(way))):
                continue
            if question.unread:
                self._made.unread[question.path] = question.unread
            if question.kind == "own" or _is_own(question):
                self._customise(way, {host: question.values[said] for host, said in question.said.items()})
            elif (question.voters - question.votes[NONE]) * 2 <= question.voters:
                self._rare(way, question)
            elif question.kind == "value":
                self._value(way, question)
            else:
                self._common(way, question)
        for way, by_host in self._strange.items():
            self._strangers(way, by_host, asked[way])
        for way, members in self._sets.items():
            self._put(way, in_order(members))
        self._drop_hidden(asked)
        self._made.captured.facts = _sorted(self._made.captured.facts)
        self._made.captured.gaps = {path: f"on {hosts} hosts" for path, hosts in sorted(self._made.unread.items())}
        self._made.outliers = dict(sorted(self._made.outliers.items(), key=lambda one: (-len(one[1]), one[0])))
        self._made.contested.sort(key=lambda one: one.path)

    def _drop_hidden(self, asked: Mapping[Way, Question]) -> None:
        """An empty mapping claims that nothing is there: not where hosts have members that could not be read."""
        gapped = {upper for one in self._snapshots for gap in one.gaps for upper in above(gap)}
        for way, question in asked.items():
            if question.kind == "group" and question.path in gapped:
                *upper, last = _keys(way)
                data: Any = self._made.captured.facts
                for name in upper:
                    data = data.get(name, {})
                if data.get(last) in ({}, []):
                    del data[last]

    def _value(self, way: Way, question: Question) -> None:
        if question.support * 2 > question.voters:
            self._put(way, escaped(question.values[question.winner]))
            self._note(way, question)
        self._deviate(question)

    def _common(self, way: Way, question: Question) -> None:
        """A mapping, a set, or a member that most hosts have."""
        value = question.values[question.winner]
        if question.kind == "member" and not isinstance(value, Mapping):
            self._sets[way[:-1]].append(escaped(value))
        elif question.winner == "set":
            self._sets[way] = []
        else:
            self._put(way, {})
        self._note(way, question)
        self._deviate(question)

    def _rare(self, way: Way, question: Question) -> None:
        """What most hosts do not have."""
        self._left_out.add(way)
        if question.kind == "member":
            strangers = self._strange.setdefault(way[:-1], {})
            for host in question.said:
                strangers.setdefault(host, []).append(question)
        else:
            self._deviate(question)

    def _strangers(self, way: Way, by_host: Mapping[int, list[Question]], group: Question) -> None:
        """Members that most hosts do not have: of each host its own, or signs of outliers."""
        lone = {host: [one for one in found if len(one.said) == 1] for host, found in by_host.items()}
        having = sum(bool(found) for found in lone.values())
        odd = {one.way: one for found in by_host.values() for one in found}
        if group.voters >= FEWEST and having >= OWN * group.voters:
            own = {host: one for host, found in lone.items() if (one := self._own_member(host, found))}
            if way in self._sets and len(own) >= OWN * group.voters:
                values = {host: one.values["here"] for host, one in own.items()}
                self._sets[way].append(self._customisation(way, values))
                mine = {one.way for one in own.values()}
                odd = {member: one for member, one in odd.items() if member not in mine}
            else:
                self._made.extra.append(path_of(way))
                odd = {member: one for member, one in odd.items() if len(one.said) > 1}
        for question in odd.values():
            self._deviate(question)

    def _own_member(self, host: int, lone: Sequence[Question]) -> Question | None:
        """The one member that is the host's own: the only one, or the only one with the host's name in it."""
        if len(lone) > 1 and (name := own_name(self._names[host])):
            lone = [one for one in lone if name.search(one.way[-1])]
        return lone[0] if len(lone) == 1 else None

    def _deviate(self, question: Question) -> None:
        """Blame the hosts that are off a clear majority; tell where there is none."""
        token, support = question.winner, question.support
        if support == question.voters:
            return
        if support < CLEAR * question.voters:
            ways = sorted(question.votes.items(), key=lambda one: (-one[1], one[0]))
            told = tuple((question.values[said], hosts) for said, hosts in ways)
            self._made.contested.append(Contested(question.path, question.voters, told))
            return
        off = {host: question.values[said] for host, said in question.said.items() if said != token}
        if token != NONE and question.votes[NONE]:
            off |= dict.fromkeys(self._silent(question), ABSENT)
        for host in sorted(off):
            found = Deviation(question.path, question.values[token], off[host], support, question.voters)
            self._made.outliers.setdefault(self._names[host], []).append(found)

    def _silent(self, question: Question) -> Iterable[int]:
        """Hosts that were asked and do not have it."""
        asked = question.holder.said if question.holder else range(len(self._snapshots))
        upper = question.holder.path if question.holder else ""
        for host in asked:
            if host not in question.said and _could_read(self._snapshots[host], question.path, upper):
                yield host

    def _customise(self, way: Way, values: Mapping[int, Any]) -> None:
        if any(value not in ([], {}) for value in values.values()):
            self._put(way, self._customisation(way, values))

    def _customisation(self, way: Way, values: Mapping[int, Any]) -> str:
        name = name_for(path_of(way), self._made.captured.customisations)
        self._made.captured.customisations[name] = path_of(way)
        for host, value in values.items():
            self._made.values.setdefault(self._names[host], {})[name] = value
        return f"${name}"

    def _put(self, way: Way, value: Any) -> None:
        data = self._made.captured.facts
        *above, last = _keys(way)
        for name in above:
            data = data.setdefault(name, {})
        data[last] = value

    def _note(self, way: Way, question: Question) -> None:
        if question.support == question.voters and not question.unread:
            return
        said = f"{question.support} of {question.voters}" + (f", {question.unread} unread" if question.unread else "")
        if question.kind == "member" and way[:-1] in self._sets:
            way, said = way[:-1], f"{way[-1][1:-1]}: {said}"
        keys = _keys(way)
        self._made.notes[keys] = "; ".join(filter(None, (self._made.notes.get(keys), said)))


def _sorted(data: Mapping[str, Any]) -> dict[str, Any]:
    return {k: _sorted(v) if isinstance(v, Mapping) else v for k, v in sorted(data.items())}


def _is_own(question: Question) -> bool:
    different = len(question.votes) - (NONE in question.votes)
    return question.kind == "value" and question.voters >= FEWEST and different >= OWN * question.voters


def _could_read(snapshot: Snapshot, path: str, upper: str) -> bool:
    """Whether absence on this host means that it is not there, given that `upper` was read."""
    if snapshot.gaps and any(one in snapshot.gaps for one in above(path) if len(one) > len(upper)):
        return False
    return bool(upper) or not snapshot.sources or any(one in snapshot.sources for one in above(path))


def _keys(way: Way) -> Way:
    """The keys of the profile on the way to a fact."""
    return tuple(str(escaped(part[1:-1])) if part.startswith("[") else part for part in way)
