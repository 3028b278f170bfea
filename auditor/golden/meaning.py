"""What a fact means when it is compared: read once from the annotations of a `Facts` model."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, get_args, get_origin

from auditor.facts import FactModel, facts_model
from auditor.facts.semantics import Compare
from auditor.golden.equality import member_token
from auditor.golden.places import steps
from auditor.rulebook.paths import strip_optional

PLAIN = Compare()
_BESIDE = {"ignored", "identity", "aside"}  # kinds that say nothing of how values are compared


@dataclass(slots=True)
class Meaning:
    """A place in the facts. `shape`: model | map | list | leaf; `fields` of a model, `item` of a map or list.

    `ignored`: never drift. `per_host`: a customisation by nature. `aside`: compared only where it is asked for.
    """

    shape: str
    compare: Compare = PLAIN
    fields: Mapping[str, "Meaning"] = field(default_factory=dict)
    item: "Meaning | None" = None
    ignored: bool = False
    per_host: bool = False
    aside: bool = False

    def token(self, value: Any) -> str:
        """A key by which equal members of a list meet: of a group of facts, without what does not count there."""
        if self.shape == "model" and isinstance(value, Mapping):
            value = {k: v for k, v in value.items() if not ((m := self.fields.get(k)) and (m.ignored or m.aside))}
        return member_token(value, self.compare)

    def skips(self, key: str) -> bool:
        """Whether a member of this mapping is runtime state."""
        return self._is(key, self.compare.skip_keys)

    def owns(self, key: str) -> bool:
        """Whether a member of this mapping is per host by nature."""
        return self._is(key, self.compare.own_keys)

    def _is(self, key: str, pattern: str) -> bool:
        return bool(pattern) and re.match(pattern, key, re.IGNORECASE if self.compare.fold else 0) is not None


LEAF = Meaning("leaf")  # of what no model speaks of


@cache
def meaning_of(platform: str) -> Meaning:
    """The meaning of all facts of a platform. Raises KeyError for an unknown one."""
    return _model(facts_model(platform))


def meaning_at(platform: str, path: str) -> Meaning | None:
    """The meaning at a path of facts; None where the platform knows no such fact."""
    found: Meaning | None = meaning_of(platform)
    for name, key in steps(path):
        if found is None or (found.shape == "leaf"):
            return None
        found = found.item if key else found.fields.get(name)
    return found


def counts(platform: str, path: str) -> bool:
    """Whether a fact is compared when nobody names it: neither ignored nor aside, and nothing above it is."""
    found: Meaning | None = meaning_of(platform)
    for name, key in steps(path):
        if found is None or found.ignored or found.aside or (key and found.skips(name)):
            return False
        found = found.item if key else found.fields.get(name)
    return found is not None and not found.ignored and not found.aside


@cache
def _model(model: type[FactModel]) -> Meaning:
    fields = {name: _meaning(info.annotation, tuple(info.metadata)) for name, info in model.model_fields.items()}
    return Meaning("model", PLAIN, fields)


def _meaning(annotation: Any, metadata: tuple[Any, ...]) -> Meaning:
    inner, found = annotation, [one for one in metadata if isinstance(one, Compare)]
    while True:
        found += [one for one in getattr(inner, "__metadata__", ()) if isinstance(one, Compare)]
        stripped = inner.__origin__ if hasattr(inner, "__metadata__") else strip_one_optional(inner)
        if stripped is inner:
            break
        inner = stripped
    kinds = {one.kind for one in found}
    compare = next((one for one in found if one.kind not in _BESIDE), PLAIN)
    made = _shaped(inner, compare)
    made.ignored, made.per_host, made.aside = "ignored" in kinds, "identity" in kinds, "aside" in kinds
    return made


def _shaped(inner: Any, compare: Compare) -> Meaning:
    origin = get_origin(inner) or inner
    if isinstance(origin, type) and issubclass(origin, FactModel):
        return Meaning("model", compare, _model(origin).fields)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        arguments = get_args(inner)
        return Meaning("map", compare, {}, _meaning(arguments[1], ()) if arguments else LEAF)
    if origin in (list, tuple, set, frozenset):
        arguments = get_args(inner)
        return Meaning("list", compare, {}, _meaning(arguments[0], ()) if arguments else LEAF)
    return Meaning("leaf", compare)


def strip_one_optional(annotation: Any) -> Any:
    """The annotation without None, one level deep; itself when there is nothing to strip."""
    if hasattr(annotation, "__metadata__"):
        return annotation
    arguments = [one for one in get_args(annotation) if one is not type(None)]
    if type(None) in get_args(annotation) and len(arguments) == 1:
        return arguments[0]
    return annotation if get_origin(annotation) else strip_optional(annotation)
