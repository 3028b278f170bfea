"""Rules that cannot both pass on one target: they want different things of the same fact. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from auditor.rulebook.constraints import ConstraintError, ParameterUnset, build, resolve
from auditor.rulebook.schema import Absence, DefaultValue, PerVersion, Rule
from auditor.rulebook.versions import VersionRange
from auditor.rulebook.witness import compatible

Entries = Mapping[str, Any]  # resolved constraints by path


@dataclass(frozen=True, slots=True)
class Stated:
    """A rule with its parameters filled in: the alternatives that make it pass, and for which subjects."""

    rule: Rule
    alternatives: tuple[Entries, ...]
    where: Entries


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two rules that cannot both pass, the path that shows it, and what each wants there."""

    first: str
    second: str
    path: str
    first_wants: str
    second_wants: str


def stated(rule: Rule, parameters: Mapping[str, Any]) -> Stated | None:
    """`rule` with its parameters; None when it is manual, or a parameter is not set: then it is never judged."""
    if rule.manual:
        return None
    try:
        expect, where = resolve(rule.expect, parameters), resolve(rule.where, parameters)
        branches = [{**expect, **resolve(branch, parameters)} for branch in rule.any_of]
    except (ParameterUnset, ConstraintError):
        return None
    return Stated(rule, tuple(branches) or (expect,), where)


def conflicts(first: Iterable[Stated], second: Iterable[Stated]) -> Iterator[Conflict]:
    """Pairs of one rule of each side that cannot both pass; a rule and itself only where its parameters differ.

    Compared is what stands at the same path, of the same subject. A rule over subjects and one that names a single
    subject in its path are not compared with each other.
    """
    by_path: dict[tuple[str | None, str], list[Stated]] = {}
    for other in second:
        for path in _paths(other):
            by_path.setdefault(_key(other, path), []).append(other)
    seen: set[tuple[str, str]] = set()
    for one in first:
        for path in _paths(one):
            for other in by_path.get(_key(one, path), ()):
                pair = (one.rule.id, other.rule.id)
                if pair in seen or pair[::-1] in seen:
                    continue
                seen.add(pair)
                if found := _conflict(one, other):
                    yield found


def _key(one: Stated, path: str) -> tuple[str | None, str]:
    relative = path.startswith((".", "@"))
    return (one.rule.for_each if relative else None, path)


def _paths(one: Stated) -> list[str]:
    return list(dict.fromkeys(path for entries in one.alternatives for path in entries))


def _conflict(one: Stated, other: Stated) -> Conflict | None:
    if not _meet(one, other):
        return None
    shown: Conflict | None = None
    for mine in one.alternatives:
        for theirs in other.alternatives:
            path = next((p for p in mine if p in theirs and not _together(one, mine[p], other, theirs[p])), None)
            if path is None:
                return None
            wants = build(mine[path]).words, build(theirs[path]).words
            shown = shown or Conflict(one.rule.id, other.rule.id, path, *wants)
    return shown


def _meet(one: Stated, other: Stated) -> bool:
    """Whether both may be judged on one target and one subject."""
    a, b = one.rule.applies_to, other.rule.applies_to
    if not set(a.platform) & set(b.platform) or not _versions_meet(a.version, b.version):
        return False
    if a.os and b.os and not set(a.os) & set(b.os):
        return False
    return all(compatible(spec, other.where[path]) for path, spec in one.where.items() if path in other.where)


def _versions_meet(one: str, other: str) -> bool:
    if not one or not other:
        return True
    first, second = VersionRange(one), VersionRange(other)
    bounds = [str(bound) for _, bound in (*first.conditions, *second.conditions)]
    tried = [*bounds, *(f"{bound}.1" for bound in bounds), "0.1"]
    return any(version in first and version in second for version in tried)


def _together(one: Stated, mine: Any, other: Stated, theirs: Any) -> bool:
    if compatible(mine, theirs):
        return True
    return _spares(one.rule, mine) and _spares(other.rule, theirs)


def _spares(rule: Rule, spec: Any) -> bool:
    """Whether the rule does not fail when the fact is absent."""
    own = spec.get("absent") if isinstance(spec, Mapping) else None
    if own is True:
        return True
    absent: Absence | Any = rule.absent if own is None else own
    if isinstance(absent, DefaultValue):
        absent = {"default": absent.default}
    if isinstance(absent, Mapping) and "default" in absent:
        return bool(build(spec).test(absent["default"]))
    if isinstance(absent, PerVersion) or (isinstance(absent, Mapping) and "versions" in absent):
        return True  # of some version it may be spared: then nothing is proven
    return absent in ("pass", "notapplicable")
