"""Scopes by label: which part of the estate a grant or a token is for."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from auditor.errors import InputError

MOST_LABELS = 10
LONGEST = 100  # characters of a key or a value


@dataclass(frozen=True, slots=True)
class Scope:
    """Labels that a target must all have. Without any it is the whole estate."""

    labels: frozenset[tuple[str, str]] = frozenset()

    @classmethod
    def of(cls, **labels: str) -> "Scope":
        """`Scope.of(site="ams", team="web")`."""
        return cls(frozenset(labels.items()))

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether a target with these labels lies in it."""
        return all(labels.get(key) == value for key, value in self.labels)

    def within(self, other: "Scope") -> "Scope | None":
        """What lies in both; None when nothing can, because they want different values of one label."""
        both = self.labels | other.labels
        return Scope(both) if len({key for key, _ in both}) == len(both) else None

    def as_dict(self) -> dict[str, str]:
        """Its labels by key, in their order."""
        return dict(sorted(self.labels))

    def __str__(self) -> str:
        return ",".join(f"{key}={value}" for key, value in sorted(self.labels)) or "everything"


EVERYTHING = Scope()


@dataclass(frozen=True, slots=True)
class Reach:
    """The part of the estate that somebody reaches: what lies in any of the scopes. Without a scope, nothing."""

    scopes: frozenset[Scope] = frozenset()

    @classmethod
    def of(cls, scopes: Iterable[Scope]) -> "Reach":
        """The union, without scopes that lie in others."""
        every = set(scopes)
        return cls(frozenset(one for one in every if not any(other.labels < one.labels for other in every)))

    @property
    def everything(self) -> bool:
        """Whether it is the whole estate."""
        return EVERYTHING in self.scopes

    @property
    def nothing(self) -> bool:
        """Whether no target lies in it."""
        return not self.scopes

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether a target with these labels lies in it."""
        return any(one.matches(labels) for one in self.scopes)

    def any_of(self) -> list[dict[str, str]]:
        """For queries: a target is in reach when it has all labels of one of these. [{}] is everything, [] nothing."""
        return [one.as_dict() for one in sorted(self.scopes, key=lambda one: sorted(one.labels))]


def parsed_scope(labels: Mapping[str, str] | Iterable[str]) -> Scope:
    """A scope out of `{"site": "ams"}` or `["site=ams"]`. Raises InputError."""
    mend = "Write site=ams; a target must have all labels of a scope."
    pairs = list(labels.items()) if isinstance(labels, Mapping) else [_pair(one, mend) for one in labels]
    if len(pairs) > MOST_LABELS:
        raise InputError(f"a scope has at most {MOST_LABELS} labels", mend=mend)
    for key, value in pairs:
        if not (0 < len(key) <= LONGEST and 0 < len(value) <= LONGEST and (key + value).isprintable()):
            raise InputError(f"a label has a key and a value of 1 to {LONGEST} printable characters", mend=mend)
        if "=" in key:
            raise InputError("the key of a label has no '='", mend=mend)
    if len({key for key, _ in pairs}) != len(pairs):
        raise InputError("a label can have only one value; give two grants for two values", mend=mend)
    return Scope(frozenset(pairs))


def _pair(text: str, mend: str) -> tuple[str, str]:
    key, sign, value = text.partition("=")
    if not sign:
        raise InputError(f"{text[:80]!r} is no label", mend=mend)
    return key.strip(), value.strip()
