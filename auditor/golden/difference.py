"""How one golden profile demands something else than another: by what facts mean, never by how the text is written."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from auditor.golden.equality import equal
from auditor.golden.meaning import LEAF, Meaning, meaning_of
from auditor.golden.places import joined
from auditor.golden.schema import GoldenProfile


class Change(NamedTuple):
    """A difference. `part` is the key of the profile that it stands in, `kind`: added | removed | changed."""

    part: str
    kind: str
    path: str
    before: Any
    after: Any


def difference(before: GoldenProfile | None, after: GoldenProfile) -> list[Change]:
    """What `after` demands otherwise; of a profile that is new, all of it. Values are plain data, None where none is.

    Facts of two platforms cannot be compared: then all of the one is removed, and all of the other added.
    """
    found = list(_head(before, after))
    same = before is not None and before.for_.platform == after.for_.platform
    if before is not None and same:
        found += _facts(before.facts, after.facts, "", meaning_of(after.for_.platform))
    else:
        if before is not None:
            found += _facts(before.facts, {}, "", meaning_of(before.for_.platform))
        found += _facts({}, after.facts, "", meaning_of(after.for_.platform))
    for part in ("absent", "extra", "ignore"):
        old: list[str] = getattr(before, part) if before else []
        new: list[str] = getattr(after, part)
        found += [Change(part, "removed", one, one, None) for one in dict.fromkeys(old) if one not in new]
        found += [Change(part, "added", one, None, one) for one in dict.fromkeys(new) if one not in old]
    return found


def _head(before: GoldenProfile | None, after: GoldenProfile) -> Iterator[Change]:
    first, second = _heads(before) if before else {}, _heads(after)
    for path in dict.fromkeys([*first, *second]):
        if first.get(path) != second.get(path):
            yield _change(path.partition(".")[0], path, first.get(path), second.get(path))


def _heads(one: GoldenProfile) -> dict[str, Any]:
    said = {"title": one.title, "version": one.version, "description": one.description or None}
    said |= {"for.platform": one.for_.platform, "for.version": one.for_.version or None}
    said |= {f"for.labels.{name}": value for name, value in sorted(one.for_.labels.items())}
    own = {f"customisations.{name}": value.path or value.title for name, value in sorted(one.customisations.items())}
    return {**said, **own}


def _facts(before: Any, after: Any, path: str, meaning: Meaning) -> Iterator[Change]:
    """What differs at a path and below it; None is nothing there."""
    if _nested(before, meaning) and _nested(after, meaning):
        yield from _members(before or {}, after or {}, path, meaning)
    elif before is None or after is None:
        yield _change("facts", path, before, after)
    elif meaning.shape == "list" and isinstance(before, list) and isinstance(after, list):
        yield from _lists(before, after, path, meaning)
    elif not equal(before, after, meaning.compare):
        yield _change("facts", path, before, after)


def _members(before: Mapping[str, Any], after: Mapping[str, Any], path: str, meaning: Meaning) -> Iterator[Change]:
    keyed = meaning.shape == "map"
    fold = keyed and meaning.compare.fold
    first, second = ({(name.casefold() if fold else name): name for name in one} for one in (before, after))
    for key in sorted({*first, *second}):
        old, new = first.get(key), second.get(key)
        name = new if new is not None else old
        below = (meaning.item if keyed else meaning.fields.get(str(name))) or LEAF
        one = None if old is None else before[old]
        other = None if new is None else after[new]
        where = joined(path, str(name), key=keyed)
        if (one == {} and other is None) or (one is None and other == {}):  # it is there, and nothing more is said
            yield _change("facts", where, one, other)
        else:
            yield from _facts(one, other, where, below)


def _lists(before: Sequence[Any], after: Sequence[Any], path: str, meaning: Meaning) -> Iterator[Change]:
    item = meaning.item or LEAF
    first, second = {item.token(one): one for one in before}, {item.token(one): one for one in after}
    if meaning.compare.kind == "set" and first and second:
        for key in [one for one in first if one not in second]:
            yield _change("facts", f"{path}[{first[key]}]"[:500], first[key], None)
        for key in [one for one in second if one not in first]:
            yield _change("facts", f"{path}[{second[key]}]"[:500], None, second[key])
    elif [item.token(one) for one in before] != [item.token(one) for one in after]:
        yield _change("facts", path, list(before), list(after))


def _nested(value: Any, meaning: Meaning) -> bool:
    return meaning.shape in ("model", "map") and (value is None or isinstance(value, Mapping))


def _change(part: str, path: str, before: Any, after: Any) -> Change:
    kind = "added" if before is None else "removed" if after is None else "changed"
    return Change(part, kind, path, before, after)
