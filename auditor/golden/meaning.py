"""What a fact means when it is compared: read once from the annotations of a `Facts` model."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, get_args, get_origin

from auditor.facts import FactModel, facts_model
from auditor.facts.semantics import Compare
from auditor.rulebook.paths import strip_optional

PLAIN = Compare()


@dataclass(slots=True)
class Meaning:
    """A place in the facts. `shape`: model | map | list | leaf; `fields` of a model, `item` of a map or list."""

    shape: str
    compare: Compare = PLAIN
    fields: Mapping[str, "Meaning"] = field(default_factory=dict)
    item: "Meaning | None" = None

    @property
    def ignored(self) -> bool:
        """Never drift."""
        return self.compare.kind == "ignored"

    @property
    def per_host(self) -> bool:
        """A customisation by nature."""
        return self.compare.kind == "identity"

    def skips(self, key: str) -> bool:
        """Whether a member of this mapping is runtime state."""
        return bool(self.compare.skip_keys) and re.match(self.compare.skip_keys, key) is not None

    def owns(self, key: str) -> bool:
        """Whether a member of this mapping is per host by nature."""
        pattern = self.compare.own_keys
        return bool(pattern) and re.match(pattern, key, re.IGNORECASE if self.compare.fold else 0) is not None


@cache
def meaning_of(platform: str) -> Meaning:
    """The meaning of all facts of a platform. Raises KeyError for an unknown one."""
    return _model(facts_model(platform))


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
    compare = found[0] if found else PLAIN
    origin = get_origin(inner) or inner
    if isinstance(origin, type) and issubclass(origin, FactModel):
        return Meaning("model", compare, _model(origin).fields)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        arguments = get_args(inner)
        return Meaning("map", compare, {}, _meaning(arguments[1], ()) if arguments else Meaning("leaf"))
    if origin in (list, tuple, set, frozenset):
        arguments = get_args(inner)
        return Meaning("list", compare, {}, _meaning(arguments[0], ()) if arguments else Meaning("leaf"))
    return Meaning("leaf", compare)


def strip_one_optional(annotation: Any) -> Any:
    """The annotation without None, one level deep; itself when there is nothing to strip."""
    if hasattr(annotation, "__metadata__"):
        return annotation
    arguments = [one for one in get_args(annotation) if one is not type(None)]
    if type(None) in get_args(annotation) and len(arguments) == 1:
        return arguments[0]
    return annotation if get_origin(annotation) else strip_optional(annotation)
