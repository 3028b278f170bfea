"""Whether two constraints on the same path can hold together: looks for a value, a witness, that satisfies both.

Candidates are made from the arguments of both (bounds and their neighbours, listed members, their unions). For bounds,
listed values and sets that finds a witness whenever there is one; where regular expressions or nested constraints
decide, not finding one proves nothing, and the answer is that they may.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any

from auditor.rulebook.constraints import Constraint, build
from auditor.rulebook.operators import NESTED
from auditor.rulebook.values import is_number

_OPEN = {"matches", "not_matches", *NESTED}  # a witness may exist that no candidate is
_FRESH = ("a value that no rule names", 987_654_321, -987_654_321)


def compatible(one: Any, other: Any) -> bool:
    """Whether some value may satisfy both resolved specs; False is proven."""
    if _absent(one) or _absent(other):
        return _absent(one) and _absent(other)
    first, second = build(one), build(other)
    if any(_holds(first, second, value) for value in candidates(one, other)):
        return True
    return _undecided(one, other)


def _absent(spec: Any) -> bool:
    return isinstance(spec, Mapping) and spec.get("absent") is True


def _holds(first: Constraint, second: Constraint, value: Any) -> bool:
    return bool(first.test(value)) and bool(second.test(value))


def _undecided(one: Any, other: Any) -> bool:
    """True where an expression is involved and neither spec lists all its values."""
    specs = [spec for spec in (one, other) if isinstance(spec, Mapping)]
    if not any(_OPEN & set(spec) for spec in specs):
        return False
    return not any(_finite(spec) for spec in (one, other))


def _finite(spec: Any) -> bool:
    return not isinstance(spec, Mapping) or bool({"equals", "one_of", "same_set"} & set(spec))


def candidates(*specs: Any) -> Iterator[Any]:
    """Values worth trying against all specs."""
    scalars = list(dict.fromkeys((*_FRESH, 0, *chain.from_iterable(_scalars(spec) for spec in specs))))
    numbers = [n + step for n in scalars if is_number(n) for step in (-1, 1)]
    texts = [one for one in scalars if isinstance(one, str)]
    lists = list(chain.from_iterable(_lists(spec) for spec in specs))
    lists += [[*one, text] for one in ([], *lists) for text in texts if text not in one]
    lists += [[*a, *(x for x in b if x not in a)] for a in lists for b in lists]
    lists += [[x for x in a if x in b] for a in lists[:8] for b in lists[:8]]
    lists += [[one] for one in scalars if one not in texts]
    separators = [spec["split"] for spec in specs if isinstance(spec, Mapping) and spec.get("split")]
    joined = [separator.join(map(str, one)) for separator in separators for one in lists]
    written = [str(one) for one in (*scalars, *numbers)]
    both = ["".join(texts), " ".join(texts)]
    yield from (*scalars, *numbers, True, False, "", "0000", [], {}, *lists, *joined, *written, *both)


def _scalars(spec: Any) -> Iterator[Any]:
    if isinstance(spec, Mapping):
        for value in spec.values():
            yield from _scalars(value)
    elif isinstance(spec, list):
        for value in spec:
            yield from _scalars(value)
    elif spec is not None and not isinstance(spec, bool):
        yield spec


def _lists(spec: Any) -> Iterator[list[Any]]:
    if isinstance(spec, Mapping):
        values: Iterable[Any] = spec.values()
        for value in values:
            yield from _lists(value)
    elif isinstance(spec, list):
        yield spec
