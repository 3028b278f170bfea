"""Snapshots of an earlier release: what its collector could not know is a gap now, never absent. Pure.

A source covers all below its path (decision 0005), so a fact that came with a later release would seem to have been
looked for. So what a release could fill is kept beside its snapshots (`fields`), and told from what is known now.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from auditor.facts.base import FoldedDict, folded_fields
from auditor.facts.fields import Fields, fields_of

NOT_THEN = "not collected then: this fact came with a later release"
OTHERWISE = "collected in another form then: this fact was changed in a later release"


def not_collected(platform: str, facts: Mapping[str, Any], known: Fields) -> dict[str, str]:
    """Gaps for the facts of this release that `known`, of the release that collected, did not have, or had otherwise.

    Inside mappings and lists one for each member that is there.
    """
    gaps: dict[str, str] = {}
    done: set[str] = set()
    for place, kind in fields_of(platform).items():
        if known.get(place) == kind or _above(place, done):
            continue
        done.add(place)
        reason = OTHERWISE if place in known else NOT_THEN
        for path, value in _paths(facts, place.replace("[*]", ".[*]").split(".")):
            if reason is NOT_THEN or value is not None:
                gaps[path] = reason
    return gaps


def folded(platform: str, facts: Mapping[str, Any]) -> Mapping[str, Any]:
    """The facts, with mappings that ignore letter case as collectors make them: JSON does not keep that."""
    try:
        from auditor.facts import facts_model

        names = folded_fields(facts_model(platform))
    except KeyError:
        return facts
    found = {name: FoldedDict(facts[name]) for name in names if isinstance(facts.get(name), Mapping)}
    return {**facts, **found} if found else facts


def _above(place: str, done: set[str]) -> bool:
    """Whether a place lies below one that is a gap already."""
    while cut := max(place.rfind("."), place.rfind("[*]")):
        if cut < 0:
            return False
        place = place[:cut]
        if place in done:
            return True
    return False


def _paths(value: Any, steps: list[str], path: str = "") -> Iterator[tuple[str, Any]]:
    """(path, value) of a place in facts; a field is told even where the group that it belongs to is not there."""
    if not steps:
        yield path, value
        return
    step, rest = steps[0], steps[1:]
    if step != "[*]":
        below = value.get(step) if isinstance(value, Mapping) else None
        yield from _paths(below, rest, f"{path}.{step}" if path else step)
    elif isinstance(value, Mapping):
        for key, one in value.items():
            yield from _paths(one, rest, f"{path}[{key}]")
    elif isinstance(value, list):
        for index, one in enumerate(value):
            for key in _names(index, one):
                yield from _paths(one, rest, f"{path}[{key}]")


def _names(index: int, member: Any) -> list[str]:
    """What a rule may call a member of a list: by its place, or by any of its values (`subject`)."""
    if not isinstance(member, Mapping):
        return [str(member)]
    values = [str(one) for one in member.values() if isinstance(one, str | int | float)]
    return list(dict.fromkeys([str(index), *values]))
