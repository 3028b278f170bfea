"""A golden profile that was checked against the facts of its platform, and filled in for one host."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from auditor.domain import ABSENT, Drift, Snapshot, Target
from auditor.golden.compare import Comparison, Policy
from auditor.golden.meaning import Meaning, meaning_of
from auditor.golden.places import joined, steps
from auditor.golden.schema import GoldenProfile
from auditor.rulebook.versions import VersionRange

Loc = tuple[str | int, ...]


class ProfileError(ValueError):
    """Something in a profile that its platform does not know. `loc` is where it stands."""

    def __init__(self, message: str, loc: Loc, mend: str = "") -> None:
        self.loc, self.mend = loc, mend
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Unset:
    """A customisation without a value for a host: what hangs on it is not compared."""

    name: str
    path: str


@dataclass(frozen=True, slots=True)
class Approval:
    """Under which number a profile was proposed in the service, by whom, and who approved it when (ISO 8601)."""

    number: int
    proposed_by: str
    approved_by: str
    approved_at: str


@dataclass(frozen=True, slots=True)
class Golden:
    """A golden profile with the digest (SHA-256) of its text; one out of a file has no approval."""

    profile: GoldenProfile
    digest: str = ""
    approval: Approval | None = None

    @property
    def id(self) -> str:
        """Its name."""
        return self.profile.golden

    def fits(self, target: Target) -> bool:
        """Whether the profile is for a target; one that was not read fits by platform and labels alone."""
        wanted, snapshot = self.profile.for_, target.snapshot
        if wanted.platform != target.platform:
            return False
        if snapshot is None:
            return not wanted.labels
        labels = dict(snapshot.labels)
        if any(labels.get(name) != value for name, value in wanted.labels.items()):
            return False
        return not wanted.version or not snapshot.version or snapshot.version in VersionRange(wanted.version)

    def check(self, snapshot: Snapshot, values: Mapping[str, Any]) -> tuple[list[Drift], list[Unset]]:
        """Drifts of a snapshot, and what could not be compared because a customisation has no value for the host."""
        unset: list[Unset] = []
        expected = self._filled(self.profile.facts, values, "", meaning_of(snapshot.platform), unset)
        for path in self.profile.absent:
            _put(expected, steps(path), ABSENT)
        skipped = {one.path for one in unset}
        policy = Policy(frozenset(self.profile.extra), frozenset({*self.profile.ignore, *skipped}), strangers=False)
        return list(Comparison(snapshot, policy, self.id).drifts(expected)), unset

    def _filled(self, data: Any, values: Mapping[str, Any], path: str, meaning: Meaning, unset: list[Unset]) -> Any:
        if isinstance(data, str) and data.startswith("$"):
            return self._value(data, values, path, unset)
        if isinstance(data, Mapping):
            return dict(self._members(data, values, path, meaning, unset))
        if isinstance(data, list):
            before = len(unset)
            filled = [self._filled(one, values, path, meaning, unset) for one in data]
            return None if len(unset) > before else filled  # its path is skipped
        return data

    def _members(
        self, data: Mapping[str, Any], values: Mapping[str, Any], path: str, meaning: Meaning, unset: list[Unset]
    ) -> Iterator[tuple[str, Any]]:
        keyed = meaning.shape == "map"
        for name, value in data.items():
            key = self._value(name, values, path, unset) if keyed and name.startswith("$") else name
            below = meaning.item if keyed else meaning.fields.get(name)
            yield (
                str(key),
                self._filled(value, values, joined(path, str(key), key=keyed), below or Meaning("leaf"), unset),
            )

    def _value(self, text: str, values: Mapping[str, Any], path: str, unset: list[Unset]) -> Any:
        if text.startswith("$$"):
            return text[1:]
        name = text[1:]
        if name in values:
            return values[name]
        unset.append(Unset(name, path))
        return text


def _put(data: dict[str, Any], way: Sequence[tuple[str, bool]], value: Any) -> None:
    for name, _ in way[:-1]:
        below = data.setdefault(name, {})
        if not isinstance(below, dict):
            return
        data = below
    data[way[-1][0]] = value


def golden(profile: GoldenProfile, content: bytes = b"") -> Golden:
    """The profile, if its platform knows all it names. Raises ProfileError for the first thing that it does not."""
    _verify(profile.facts, meaning_of(profile.for_.platform), ("facts",), profile)
    for field in ("extra", "ignore", "absent"):
        for n, path in enumerate(getattr(profile, field)):
            _verify_path(path, profile.for_.platform, (field, n), places=field != "absent")
    for name, one in profile.customisations.items():
        if one.path:
            _verify_path(one.path, profile.for_.platform, ("customisations", name), places=False)
    return Golden(profile, hashlib.sha256(content).hexdigest())


def _verify(data: Any, meaning: Meaning, loc: Loc, profile: GoldenProfile) -> None:
    if data is None:
        raise ProfileError("a value is missing", loc, "Write the path under `absent` if the fact must not be there.")
    if isinstance(data, str) and data.startswith("$") and not data.startswith("$$"):
        if data[1:] not in profile.customisations:
            known = get_close_matches(data[1:], profile.customisations, 1)
            hint = (
                f"Did you mean ${known[0]}?"
                if known
                else "Declare it under `customisations`, or write $$ for a dollar."
            )
            raise ProfileError(f"there is no customisation {data[1:]!r}", loc, hint)
        return
    if meaning.shape == "leaf":
        if isinstance(data, Mapping):
            raise ProfileError("a single value stands here, not a mapping", loc)
        return
    if meaning.shape == "list":
        if not isinstance(data, list):
            raise ProfileError("a list stands here", loc, "Write it with dashes or in brackets.")
        return
    if not isinstance(data, Mapping):
        raise ProfileError("a mapping stands here", loc)
    for name, value in data.items():
        below = meaning.item if meaning.shape == "map" else meaning.fields.get(name)
        if below is None:
            close = get_close_matches(name, meaning.fields, 1)
            hint = f"Did you mean {close[0]!r}?" if close else f"Known are {', '.join(sorted(meaning.fields)[:40])}."
            raise ProfileError(f"{name!r} is no fact of this platform", (*loc, name), hint)
        if below.ignored:
            mend = "Take it out: it is a counter, an age or a value of the moment, and is never compared."
            raise ProfileError(f"{name!r} cannot be intended", (*loc, name), mend)
        _verify(value, below, (*loc, name), profile)


def _verify_path(path: str, platform: str, loc: Loc, *, places: bool) -> None:
    meaning: Meaning | None = meaning_of(platform)
    for name, key in steps(path):
        shape = meaning.shape if meaning else ""
        meaning = (
            (meaning.item if key and shape == "map" else meaning.fields.get(name) if not key else None)
            if meaning
            else None
        )
        if meaning is None:
            raise ProfileError(f"the path {path!r} is no fact of this platform: no {name!r}", loc)
    if "[*]" in path and not places:
        raise ProfileError("a path names one fact: write a key, not *", loc)
