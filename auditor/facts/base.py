"""What all `Facts` models share, and their plain form that rules are judged on."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from pydantic import BaseModel, ConfigDict

from auditor.facts.semantics import Compare


class FactModel(BaseModel):
    """Base of `Facts` and its parts: frozen, no unknown fields. None means absent (looked, not there)."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="constants")


class FoldedDict(dict[str, Any]):
    """A mapping that also answers in any letter case, as ESXi option keys are meant."""

    __slots__ = ("_lower",)
    _lower: dict[str, Any]

    def find(self, key: str) -> Any:
        """The value under `key` in any letter case, or None."""
        found = self.get(key)
        if found is not None:
            return found
        try:
            lower = self._lower
        except AttributeError:
            lower = self._lower = {k.casefold(): v for k, v in self.items()}
        return lower.get(key.casefold())


@cache
def folded_fields(model: type[FactModel]) -> tuple[str, ...]:
    """Names of the top-level mapping fields of `model` whose keys ignore letter case."""
    return tuple(
        name
        for name, info in model.model_fields.items()
        if any(isinstance(m, Compare) and m.fold for m in info.metadata)
    )


def plain(facts: FactModel) -> dict[str, Any]:
    """The facts as dicts, lists and scalars, without None; letter-case-free mappings answer through `FoldedDict`."""
    data: dict[str, Any] = facts.model_dump(mode="python", exclude_none=True)
    for name in folded_fields(type(facts)):
        value = data.get(name)
        if isinstance(value, Mapping):
            data[name] = FoldedDict(value)
    return data
