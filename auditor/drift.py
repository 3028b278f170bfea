"""A snapshot against an earlier one of the same target: the same comparison as against a golden profile. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from auditor.domain import ABSENT, Drift, Snapshot, root_of
from auditor.golden.compare import Comparison, Policy
from auditor.golden.meaning import Meaning, meaning_of
from auditor.golden.places import above, joined


def between(old: Snapshot, new: Snapshot) -> Iterator[Drift]:
    """What changed from `old` to `new`: every fact that is not ignored by nature, no state of the moment,
    and does not follow from other facts.

    What was not read then, or is not read now, is unknown: nobody can tell whether it changed.
    """
    meaning = meaning_of(new.platform)
    beside = {name for name, field in meaning.fields.items() if field.ignored}
    ignored = frozenset(path for path in old.gaps if path not in new.gaps and root_of(path) not in beside)
    expected = _whole(meaning, old.facts, old, "")
    yield from Comparison(new, Policy(ignore=ignored)).drifts(expected)
    for path in sorted(ignored):
        yield Drift(new.target, path, "unknown", ABSENT, ABSENT, reason=f"not read before: {old.gaps[path]}")


def _whole(meaning: Meaning, facts: Mapping[str, Any], old: Snapshot, path: str) -> dict[str, Any]:
    """The facts, with every field that the old host did not have named as absent: it is extra now."""
    out: dict[str, Any] = {}
    for name, below in meaning.fields.items():
        here = joined(path, name, key=False)
        if below.ignored or below.aside:
            continue
        value = facts.get(name)
        if value is None:
            if _looked(old, here):
                out[name] = ABSENT
        elif below.shape == "model" and isinstance(value, Mapping):
            out[name] = _whole(below, value, old, here)
        elif below.shape == "map" and isinstance(value, Mapping) and below.item and below.item.shape == "model":
            out[name] = {k: _whole(below.item, v, old, joined(here, k, key=True)) for k, v in value.items()}
        else:
            out[name] = value
    return out


def _looked(old: Snapshot, path: str) -> bool:
    """Whether absence in the old snapshot means that it was not there."""
    if old.gaps and any(one in old.gaps for one in above(path)):
        return False
    return not old.sources or any(one in old.sources for one in above(path))
