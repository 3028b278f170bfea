"""What a waiver is bound to: the observed value and the expectation of a failing finding, as hashes and in words.

The order of observations does not count, nor that of members where the fact's model says that it means nothing (sets).
Everything else does.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from auditor.domain import EMPTY, Finding, Observation, Status
from auditor.facts.observed import plain_value
from auditor.golden.meaning import LEAF, Meaning, meaning_at
from auditor.waivers.model import Bound, Scope

MAX_WORDS = 300  # characters of a value in words; the hash is over all of it


@dataclass(frozen=True, slots=True)
class Seen:
    """A finding as waivers look at it: with its target and the version of its rule.

    `own_name` is the target's name at its source, where that is not the one in the finding.
    """

    finding: Finding
    platform: str
    source: str
    rule_version: str
    labels: Mapping[str, str] = EMPTY
    own_name: str = ""

    @property
    def name(self) -> str:
        """The target's name at its source."""
        return self.own_name or self.finding.target

    def within(self, scope: Scope) -> bool:
        """Whether its target lies in a scope now."""
        return scope.covers(self.finding.target, self.source, self.labels, self.own_name)


def seen_of(finding: Mapping[str, Any], target: Mapping[str, Any]) -> Seen:
    """An entry of `findings` of an audit document, with the entry of its target."""
    observations = tuple(
        Observation(one["path"], one["expected"], one["actual"], one["source"]) for one in finding["observations"]
    )
    made = Finding(
        finding["rule"],
        finding["target"],
        Status(finding["status"]),
        finding["subject"],
        finding["reason"],
        observations,
    )
    own = finding["target"].removeprefix(f"{target['source']}/")
    return Seen(made, finding["platform"], target["source"], finding["rule_version"], target["labels"], own)


def bind(seen: Seen) -> Bound:
    """What a waiver stores of a failing finding when it is approved."""
    finding = seen.finding
    values, expected = _values(seen), _expected(finding)
    return Bound(
        seen.name,
        seen.source,
        finding.subject,
        seen.rule_version,
        _hash(values),
        _words([(path, _value_words(value)) for path, value in values], " = "),
        _hash(expected),
        _words([(path, str(words)) for path, words in expected], ": "),
    )


def _values(seen: Seen) -> list[tuple[str, Any]]:
    pairs = [
        (o.path, _settled(plain_value(o.actual), _meaning(seen.platform, o.path))) for o in seen.finding.observations
    ]
    return _ordered(pairs)


def _expected(finding: Finding) -> list[tuple[str, Any]]:
    return _ordered((o.path, o.expected) for o in finding.observations)


def _meaning(platform: str, path: str) -> Meaning:
    try:
        return meaning_at(platform, path) or LEAF
    except KeyError:  # no platform of this version
        return LEAF


def _settled(value: Any, meaning: Meaning) -> Any:
    """`value` with the members of each set in one order, each once."""
    if isinstance(value, Mapping):
        below = meaning.fields if meaning.shape == "model" else {}
        other = (meaning.item if meaning.shape == "map" else None) or LEAF
        return {name: _settled(one, below.get(name, other)) for name, one in value.items()}
    if isinstance(value, list):
        members = [_settled(one, meaning.item or LEAF) for one in value]
        if meaning.shape == "list" and meaning.compare.kind == "set":
            return [member for _, member in sorted({_canonical(one): one for one in members}.items())]
        return members
    return value


def _ordered(pairs: Iterable[tuple[str, Any]]) -> list[tuple[str, Any]]:
    """The pairs in one order, each once."""
    return [pair for _, pair in sorted({_canonical(pair): pair for pair in pairs}.items())]


def _canonical(data: Any) -> str:
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def _hash(data: Any) -> str:
    return hashlib.sha256(_canonical(data).encode()).hexdigest()


def _words(pairs: Sequence[tuple[str, str]], sign: str) -> str:
    text = "; ".join(f"{path}{sign}{words}" for path, words in pairs)
    shown = "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text[:MAX_WORDS])
    return shown if len(text) <= MAX_WORDS and len(shown) <= MAX_WORDS else shown[: MAX_WORDS - 3] + "..."


def _value_words(value: Any) -> str:
    """A text that could be taken for another type keeps its quotes: "1" is not 1."""
    if value == {"absent": True}:
        return "absent"
    if not isinstance(value, str):
        return json.dumps(value, sort_keys=True, ensure_ascii=False)
    try:
        json.loads(value)
    except (ValueError, RecursionError):
        return value or '""'
    return json.dumps(value, ensure_ascii=False)
