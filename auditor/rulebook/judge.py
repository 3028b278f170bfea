"""Judging one value: absence, gaps and constraints become a verdict with its observation."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from auditor.domain import ABSENT, GapValue, Observation, Snapshot, Status
from auditor.rulebook.constraints import Constraint
from auditor.rulebook.paths import ITEM_KEY, Path, getter
from auditor.rulebook.schema import Absence, DefaultValue, PerVersion
from auditor.rulebook.values import words
from auditor.rulebook.versions import VersionRange

FAIL, UNKNOWN, PASS, NOTAPPLICABLE = 3, 2, 1, 0  # the greater beats the smaller within a finding
STATUS = {FAIL: Status.FAIL, UNKNOWN: Status.UNKNOWN, PASS: Status.PASS, NOTAPPLICABLE: Status.NOTAPPLICABLE}
MAX_SHOWN = 4000  # characters of one value that an observation keeps

Verdict = tuple[int, Observation]
Meaning = Callable[[str], tuple[int, str]]  # platform version -> verdict and what it was judged by


@dataclass(frozen=True, slots=True)
class Item:
    """The member of a `for_each` list that is being judged."""

    key: str
    value: Any
    prefix: str  # its path, e.g. interfaces[Vethernet3]


@dataclass(frozen=True, slots=True)
class Check:
    """One entry of expect, any_of or where."""

    path: Path
    constraint: Constraint
    run: Callable[[Snapshot, Item | None], Verdict]


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
    if isinstance(value, Mapping | list) and prefixes:
        own = prefixes[0]
        for path, reason in gaps.items():
            if path.startswith(own) and path[len(own) : len(own) + 1] in (".", "["):
                return f"{path}: {reason}"
    return None


def find_source(sources: Mapping[str, str], prefixes: tuple[str, ...]) -> str:
    """Where the value at the first prefix came from: the source of the longest path."""
    for prefix in prefixes:
        if (source := sources.get(prefix)) is not None:
            return source
    return sources.get("", "")


def bounded(value: Any) -> Any:
    """A value short enough to keep as evidence; what was cut is said."""
    if isinstance(value, str) and len(value) > MAX_SHOWN:
        return value[:MAX_SHOWN] + f" ... ({len(value)} characters)"
    if isinstance(value, list) and len(value) > 200:
        return [*value[:200], f"... ({len(value)} members)"]
    if isinstance(value, Mapping) and len(value) > 60:
        return {**dict(list(value.items())[:60]), "...": f"{len(value)} keys"}
    return value


def make_check(path: Path, constraint: Constraint, rule_absent: Absence) -> Check:
    """The check of `constraint` at `path`, below the facts or below a `for_each` item."""
    get, meaning = getter(path), absence(rule_absent, constraint)
    test, expected = constraint.test, constraint.words
    fixed_prefixes, text = path.prefixes, path.text
    must_be_absent = constraint.absent is True

    def decide(value: Any, prefixes: tuple[str, ...], name: str, snapshot: Snapshot) -> Verdict:
        source = find_source(snapshot.sources, prefixes)
        if snapshot.gaps and (reason := find_gap(snapshot.gaps, prefixes, value)) is not None:
            return UNKNOWN, Observation(name, expected, GapValue(reason), source)
        if value is ABSENT or value is None:
            verdict, note = meaning(snapshot.version)
            return verdict, Observation(name, expected if note == "absent" else f"{expected}; {note}", ABSENT, source)
        held = not must_be_absent and test(value)
        return (PASS if held else FAIL), Observation(name, expected, bounded(value), source)

    if not path.relative:
        return Check(path, constraint, lambda snapshot, _: decide(get(snapshot.facts), fixed_prefixes, text, snapshot))

    def relative(snapshot: Snapshot, item: Item | None) -> Verdict:
        assert item is not None  # noqa: S101 - compile only makes relative checks below for_each
        if text == ITEM_KEY:
            return decide(item.key, (item.prefix,), f"{item.prefix} (its name)", snapshot)
        prefixes = (*(item.prefix + p for p in fixed_prefixes), *item_prefixes(item.prefix))
        return decide(get(item.value), prefixes, prefixes[0], snapshot)

    return Check(path, constraint, relative)


def item_prefixes(prefix: str) -> tuple[str, ...]:
    """The item's own path, then that of its list and everything above."""
    out = [prefix]
    while (cut := max(prefix.rfind("["), prefix.rfind("."))) > 0:
        prefix = prefix[:cut]
        out.append(prefix)
    return tuple(out)
