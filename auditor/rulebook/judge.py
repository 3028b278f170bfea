"""Judging one value: absence, gaps and constraints become a verdict with its observation."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from auditor.domain import ABSENT, GapValue, Observation, Snapshot, Status, root_of
from auditor.facts.base import FoldedDict
from auditor.rulebook.constraints import Constraint
from auditor.rulebook.paths import ITEM_KEY, Getter, Path, getter
from auditor.rulebook.schema import Absence, DefaultValue, PerVersion
from auditor.rulebook.values import words
from auditor.rulebook.versions import VersionRange

FAIL, UNKNOWN, PASS, NOTAPPLICABLE = 3, 2, 1, 0  # the greater beats the smaller within a finding
STATUS = {FAIL: Status.FAIL, UNKNOWN: Status.UNKNOWN, PASS: Status.PASS, NOTAPPLICABLE: Status.NOTAPPLICABLE}
_SMALL = frozenset({bool, int, float})  # never too long to keep as evidence
_CONTAINERS = (dict, list, FoldedDict)
_new = tuple.__new__
NOT_LOOKED = "the collector names no source for this fact, so nobody looked"
MAX_SHOWN = 4000  # characters of one value that an observation keeps

Verdict = tuple[int, Observation]
Run = Callable[[Snapshot, "Item | None"], Verdict]
Meaning = Callable[[str], tuple[int, str]]  # platform version -> verdict and what it was judged by


class Item(NamedTuple):
    """The member of a `for_each` list that is being judged."""

    key: str
    value: Any
    prefix: str  # its path, e.g. interfaces[Vethernet3]


@dataclass(frozen=True, slots=True)
class Check:
    """One entry of expect, any_of or where."""

    path: Path
    constraint: Constraint
    run: Run
    get: Getter  # the value alone, below the facts or the item


def _as_meaning(verdict: Any, constraint: Constraint) -> tuple[int, str]:
    if isinstance(verdict, DefaultValue):
        held = constraint.test(verdict.default)
        return (PASS if held else FAIL), f"absent, so the default {words(verdict.default)} is in force"
    return {"fail": FAIL, "pass": PASS, "notapplicable": NOTAPPLICABLE}[verdict], "absent"


def absence(rule: Absence, constraint: Constraint) -> Meaning:
    """What a missing value means for this constraint, per platform version."""
    if constraint.absent is True:
        return lambda _: (PASS, "absent")
    spec = constraint.absent if constraint.absent is not None else rule
    if not isinstance(spec, PerVersion):
        fixed = _as_meaning(spec, constraint)
        return lambda _: fixed
    ranges = [(VersionRange(text), _as_meaning(verdict, constraint)) for text, verdict in spec.versions.items()]

    def per_version(version: str) -> tuple[int, str]:
        if not version:
            return UNKNOWN, "absent, and the version that decides its default is not known"
        return next((m for r, m in ranges if version in r), (UNKNOWN, f"absent, and no default is known for {version}"))

    return per_version


def find_gap(gaps: Mapping[str, str], prefixes: tuple[str, ...], value: Any) -> str | None:
    """Why the value at the first prefix could not be read (or a part of it), None when it could."""
    for prefix in prefixes:
        if (reason := gaps.get(prefix)) is not None:
            return reason
    missing = value is ABSENT or value is None
    if prefixes and (missing or type(value) in _CONTAINERS):
        own = prefixes[0].casefold() if missing else prefixes[0]  # a device may spell a key in another letter case
        for path, reason in gaps.items():
            spelled = path.casefold() if missing else path
            if spelled.startswith(own) and spelled[len(own) : len(own) + 1] in ("", ".", "["):
                return f"{path}: {reason}"
    return None


def find_gap_above(gaps: Mapping[str, str], prefixes: tuple[str, ...]) -> str | None:
    """Why the whole value at the first prefix could not be read; gaps in parts of it do not count."""
    return next((reason for prefix in prefixes if (reason := gaps.get(prefix)) is not None), None)


def find_source(sources: Mapping[str, str], prefixes: tuple[str, ...]) -> str:
    """Where the value at the first prefix came from: the source of the longest path."""
    for prefix in prefixes:
        if (source := sources.get(prefix)) is not None:
            return source
    return sources.get("", "")


def bounded(value: Any) -> Any:
    """A value short enough to keep as evidence; what was cut is said, with a digest that tells two values apart."""
    if isinstance(value, str) and len(value) > MAX_SHOWN:
        return f"{value[:MAX_SHOWN]} ... ({len(value)} characters, {_digest(value)})"
    if isinstance(value, list) and len(value) > 200:
        return [*value[:200], f"... ({len(value)} members, {_digest(value)})"]
    if isinstance(value, Mapping) and len(value) > 60:
        return {**dict(list(value.items())[:60]), "...": f"{len(value)} keys, {_digest(value)}"}
    return value


def _digest(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, default=str)
    return f"SHA-256 {hashlib.sha256(text.encode()).hexdigest()[:16]}"


def make_check(path: Path, constraint: Constraint, rule_absent: Absence) -> Check:
    """The check of `constraint` at `path`, below the facts or below a `for_each` item."""
    run = _relative(path, constraint, rule_absent) if path.relative else _absolute(path, constraint, rule_absent)
    return Check(path, constraint, run, getter(path))


# The two closures below are the hot path of a run: named tuples are made by tuple.__new__, which skips a Python frame.


def _absolute(path: Path, constraint: Constraint, rule_absent: Absence) -> Run:
    get, prefixes, text, expected = getter(path), path.prefixes, path.text, constraint.words
    first, rest, root = prefixes[0], prefixes[1:], root_of(text)
    test = _never if constraint.absent is True else constraint.test
    missing = _missing(constraint, rule_absent)

    def run(snapshot: Snapshot, _: Item | None) -> Verdict:
        value = get(snapshot.facts)
        sources = snapshot.sources
        source = sources.get(first) or find_source(sources, rest)
        if root in snapshot.gap_roots and (reason := find_gap(snapshot.gaps, prefixes, value)) is not None:
            return UNKNOWN, Observation(text, expected, GapValue(reason), source)
        if value is ABSENT or value is None:
            return missing(snapshot, text, source)
        shown = value if type(value) in _SMALL else bounded(value)
        return (PASS if test(value) else FAIL), _new(Observation, (text, expected, shown, source))

    return run


def _relative(path: Path, constraint: Constraint, rule_absent: Absence) -> Run:
    get, below, expected = getter(path), path.prefixes, constraint.words
    is_key, tail = path.text == ITEM_KEY, below[0] if below else ""
    test = _never if constraint.absent is True else constraint.test
    missing = _missing(constraint, rule_absent)

    def run(snapshot: Snapshot, item: Item | None) -> Verdict:
        key, member, prefix = item  # type: ignore[misc]  # compile makes relative checks only below for_each
        value = key if is_key else get(member)
        name = prefix + tail
        sources, above = snapshot.sources, _above(prefix, below)
        source = sources.get(name) or find_source(sources, above)
        if above[-1] in snapshot.gap_roots:
            reason = find_gap(snapshot.gaps, (name, *above), value)
            if reason is not None:
                return UNKNOWN, Observation(name, expected, GapValue(reason), source)
        if value is ABSENT or value is None:
            return missing(snapshot, name, source)
        shown = value if type(value) in _SMALL else bounded(value)
        return (PASS if test(value) else FAIL), _new(Observation, (name, expected, shown, source))

    return run


def _missing(constraint: Constraint, rule_absent: Absence) -> Callable[[Snapshot, str, str], Verdict]:
    meaning, expected = absence(rule_absent, constraint), constraint.words

    def missing(snapshot: Snapshot, name: str, source: str) -> Verdict:
        if not source and snapshot.sources:
            return UNKNOWN, Observation(name, expected, GapValue(NOT_LOOKED), source)
        verdict, note = meaning(snapshot.version)
        wanted = expected if note == "absent" else f"{expected}; {note}"
        return verdict, Observation(name, wanted, ABSENT, source)

    return missing


def _never(_: Any) -> bool:
    return False


@lru_cache(maxsize=65_536)
def _above(prefix: str, below: tuple[str, ...]) -> tuple[str, ...]:
    """The paths between an item's fact and the item, the item itself, its list, and everything above."""
    return (*(prefix + part for part in below[1:]), *item_prefixes(prefix))


def item_prefixes(prefix: str) -> tuple[str, ...]:
    """The item's own path, then that of its list and everything above."""
    out = [prefix]
    at = prefix.find("[")  # a key may hold dots and brackets of its own: only the list's path is cut further
    prefix = prefix[:at] if at > 0 else ""
    while prefix:
        out.append(prefix)
        prefix = prefix.rpartition(".")[0]
    return tuple(out)
