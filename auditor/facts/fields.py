"""Which facts a collector of this release can fill: told with a stored snapshot, so that later releases know it."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, get_args, get_origin

from auditor.facts import FactModel, facts_model

Fields = Mapping[str, str]  # place (`services[*].running`) -> kind of value


@cache
def fields_of(platform: str) -> Fields:
    """Every place of the platform's facts with its kind: `model`, `map`, `list`, or the name of a type.

    {} for a platform that this release does not know.
    """
    try:
        model = facts_model(platform)
    except KeyError:
        return {}
    return dict(_model(model, "", ()))


def _model(model: type[FactModel], path: str, above: tuple[type, ...]) -> Iterator[tuple[str, str]]:
    for name, info in model.model_fields.items():
        yield from _value(info.annotation, f"{path}.{name}" if path else name, (*above, model))


def _value(annotation: Any, path: str, above: tuple[type, ...]) -> Iterator[tuple[str, str]]:
    inner = _inner(annotation)
    origin = get_origin(inner) or inner
    if isinstance(origin, type) and issubclass(origin, FactModel):
        yield path, "model"
        if origin not in above:
            yield from _model(origin, path, above)
    elif isinstance(origin, type) and issubclass(origin, Mapping):
        yield path, "map"
        if len(arguments := get_args(inner)) == 2:
            yield from _value(arguments[1], f"{path}[*]", above)
    elif origin in (list, tuple, set, frozenset):
        yield path, "list"
        if arguments := get_args(inner):
            yield from _value(arguments[0], f"{path}[*]", above)
    else:
        yield path, _kind(origin)


def _inner(annotation: Any) -> Any:
    """The annotation without Annotated and None."""
    while True:
        if hasattr(annotation, "__metadata__"):
            annotation = annotation.__origin__
            continue
        arguments = get_args(annotation)
        others = [one for one in arguments if one is not type(None)]
        if len(others) == 1 and len(others) < len(arguments):
            annotation = others[0]
            continue
        return annotation


def _kind(origin: Any) -> str:
    """`int`, `str` ...; of several, all of them: which texts a field allows does not count."""
    if isinstance(origin, type):
        return origin.__name__
    return "value"
