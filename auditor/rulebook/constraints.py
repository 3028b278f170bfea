"""A constraint: what a value at a path must be, as a test, its words, and what absence means for it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from auditor.rulebook import values
from auditor.rulebook.operators import NESTED, OPERATORS, ArgumentError, Test, argument_words, members
from auditor.rulebook.values import words

MODIFIERS = ("unlimited", "split", "ignore_case", "as")
_SHAPES: dict[str, Callable[[Any], bool]] = {
    "number": lambda a: values.is_number(a) or isinstance(a, str),
    "pair": lambda a: isinstance(a, list) and len(a) == 2 and all(values.is_number(x) or isinstance(x, str) for x in a),
    "list": lambda a: isinstance(a, list) and bool(a),
    "set": lambda a: isinstance(a, list),
    "regex": lambda a: isinstance(a, str) and bool(a),
    "mode": lambda a: isinstance(a, str),
    "value": lambda a: a is not None,
}


class ConstraintError(ValueError):
    """A constraint that is not written well. `key` is the part of it that is wrong, "" for the whole."""

    def __init__(self, message: str, key: str = "") -> None:
        self.key = key
        super().__init__(message)


class ParameterUnset(Exception):
    """A constraint names a parameter that has neither default nor value."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"the parameter {name!r} is not set")


@dataclass(frozen=True, slots=True)
class Constraint:
    """`test` is for values that are there. `absent`: None = as the rule says; True = must be absent; else its own."""

    test: Test
    words: str
    absent: Any = None


def _always(_: Any) -> bool:
    return True


def _never(_: Any) -> bool:
    return False


def resolve(spec: Any, parameters: Mapping[str, Any]) -> Any:
    """`spec` with every "$name" replaced. Raises ParameterUnset, or ConstraintError for an unknown name."""
    if isinstance(spec, str) and spec.startswith("$") and len(spec) > 1:
        name = spec[1:]
        if name not in parameters:
            raise ConstraintError(f"the parameter {name!r} is not declared by this baseline")
        if parameters[name] is None:
            raise ParameterUnset(name)
        return parameters[name]
    if isinstance(spec, Mapping):
        return {key: resolve(value, parameters) for key, value in spec.items()}
    if isinstance(spec, list):
        return [resolve(value, parameters) for value in spec]
    return spec


def build(spec: Any) -> Constraint:
    """The constraint of a resolved `spec`: a bare value, or operators and modifiers. Raises ConstraintError."""
    if not isinstance(spec, Mapping):
        spec = {"equals": spec}
    unknown = [
        key
        for key in spec
        if key not in OPERATORS and key not in NESTED and key not in (*MODIFIERS, "absent", "present")
    ]
    if unknown:
        raise ConstraintError(
            f"unknown operator {unknown[0]!r}; known are {', '.join([*OPERATORS, *NESTED, 'present', 'absent'])}",
            unknown[0],
        )
    if "present" in spec and spec["present"] is not True:
        raise ConstraintError("write `absent: true` for a fact that must not be there", "present")
    if spec.get("absent") is True and len(spec) > 1:
        raise ConstraintError("a fact that must be absent has no other constraint", "absent")
    if spec.get("absent") is True:
        return Constraint(_never, "absent", absent=True)
    convert = _converter(spec)
    tests, texts = [], []
    for name in spec:
        if name in OPERATORS:
            test = _operator_test(name, spec, convert)
            tests.append(test)
            texts.append(argument_words(name, spec[name]))
        elif name in NESTED:
            nested = build(spec[name])
            tests.append(_nested(name, nested.test))
            texts.append(NESTED[name].format(nested.words))
    if spec.get("present"):
        tests.append(_always)
        texts.append("present")
    if not tests:
        raise ConstraintError("a constraint needs at least one operator")
    return Constraint(_joined(tests, convert), " and ".join(texts) + _modifier_words(spec), spec.get("absent"))


def _converter(spec: Mapping[str, Any]) -> Callable[[Any], Any] | None:
    steps: list[Callable[[Any], Any]] = []
    if (separator := spec.get("split")) is not None:
        if not isinstance(separator, str) or not separator:
            raise ConstraintError("split is the text to cut at", "split")
        steps.append(values.splitter(separator))
    if (kind := spec.get("as")) is not None:
        if kind not in values.CONVERSIONS:
            raise ConstraintError(f"as is one of {', '.join(values.CONVERSIONS)}", "as")
        steps.append(values.deep(values.CONVERSIONS[kind]))
    if spec.get("ignore_case"):
        steps.append(values.deep(values.fold))
    if not steps:
        return None

    def convert(value: Any) -> Any:
        for step in steps:
            value = step(value)
        return value

    return convert


def _operator_test(name: str, spec: Mapping[str, Any], convert: Callable[[Any], Any] | None) -> Test:
    operator, argument = OPERATORS[name], spec[name]
    if not _SHAPES[operator.shape](argument):
        raise ConstraintError(f"{name} needs a {operator.shape}, not {words(argument)}", name)
    unlimited = spec.get("unlimited", ())
    unlimited = unlimited if isinstance(unlimited, list) else [unlimited] if unlimited != () else []
    if unlimited and operator.shape not in ("number", "pair"):
        raise ConstraintError(f"unlimited has no meaning beside {name}", "unlimited")
    if convert and operator.shape in ("value", "list", "set", "number", "pair"):
        wanted = (
            [_converted_argument(a, spec) for a in argument]
            if isinstance(argument, list)
            else _converted_argument(argument, spec)
        )
        argument = wanted
    if operator.shape == "pair" and _is_reversed(argument):
        raise ConstraintError("between has its bounds in the wrong order", name)
    try:
        return operator.build(argument, unlimited)
    except ArgumentError as problem:
        raise ConstraintError(str(problem), name) from None


def _is_reversed(pair: Sequence[Any]) -> bool:
    try:
        return bool(pair[1] < pair[0])
    except TypeError:
        return True


def _converted_argument(argument: Any, spec: Mapping[str, Any]) -> Any:
    """An argument is converted like the value, but never split: it is written as a list already."""
    if kind := spec.get("as"):
        argument = values.CONVERSIONS[kind](argument)
        if argument is values.NOT_CONVERTIBLE:
            raise ConstraintError(f"the argument cannot be read as {kind}", "as")
    return values.fold(argument) if spec.get("ignore_case") else argument


def _nested(name: str, test: Test) -> Test:
    if name == "count":
        return lambda value: isinstance(value, list | tuple | set | Mapping) and test(len(value))

    def each(value: Any) -> bool:
        every = value.values() if isinstance(value, Mapping) else members(value)
        return all(test(one) for one in every)

    return each


def _joined(tests: Sequence[Test], convert: Callable[[Any], Any] | None) -> Test:
    if convert is None:
        return tests[0] if len(tests) == 1 else lambda value: all(one(value) for one in tests)
    change = convert

    def test(value: Any) -> bool:
        value = change(value)
        return all(one(value) for one in tests)

    return test


def _modifier_words(spec: Mapping[str, Any]) -> str:
    notes = []
    if "unlimited" in spec:
        notes.append(f"{words(spec['unlimited'])} means unlimited")
    if spec.get("ignore_case"):
        notes.append("in any letter case")
    return f" ({', '.join(notes)})" if notes else ""
