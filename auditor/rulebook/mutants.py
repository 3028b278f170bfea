"""Mutants of a rule: the rule with one small mistake in it. Examples that are worth their name notice every one.

Changed are: each bound by one either way, the type and the text of a wanted value, each list member, each modifier,
each entry of expect, any_of and where, what absence means, and where the rule applies.
"""

import copy
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from auditor.rulebook.operators import OPERATORS
from auditor.rulebook.schema import Rule
from auditor.rulebook.values import is_number, words

Spec = Any
_ALTERNATIVES = re.compile(r"^(?P<head>\^?\(\??:?)(?P<body>[^()\[\]\\]*\|[^()\[\]\\]*)(?P<tail>\)\$?)$")
_LAST_NUMBER = re.compile(r"\d+(?=\D*$)")
_NEVER = "[^\\s\\S]"


@dataclass(frozen=True, slots=True)
class Mutant:
    """A rule with one mistake, and the mistake in words.

    `structural`: not a bound, type or list member changed, but what absence means, where the rule applies, or an entry.
    """

    mistake: str
    rule: Rule
    structural: bool


def mutants(rule: Rule) -> Iterator[Mutant]:
    """Every mutant of `rule` that is still a well-formed rule."""
    base = rule.model_dump(exclude={"examples"}, exclude_unset=True)
    base["examples"] = []
    for mistake, changed in _changes(base):
        try:
            yield Mutant(mistake, Rule.model_validate(changed), _is_structural(mistake))
        except ValidationError:
            continue


def _is_structural(mistake: str) -> bool:
    return "absent" in mistake or mistake.startswith(
        ("applies_to", "where without", "expect without", "any_of without")
    )


def _changes(base: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for section in ("where", "expect"):
        yield from _section_changes(base, section)
    yield from _any_of_changes(base)
    yield from _absent_changes(base)
    yield from _applies_changes(base)


def _section_changes(base: dict[str, Any], section: str) -> Iterator[tuple[str, dict[str, Any]]]:
    entries = base.get(section, {})
    for path, spec in entries.items():
        if len(entries) > 1 or section == "where" or base.get("any_of"):
            yield f"{section} without {path}", _with(base, (section,), {k: v for k, v in entries.items() if k != path})
        for mistake, changed in spec_changes(spec):
            yield f"{section} {path}: {mistake}", _with(base, (section, path), changed)


def _any_of_changes(base: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    branches = base.get("any_of", [])
    for n, branch in enumerate(branches):
        rest = branches[:n] + branches[n + 1 :]
        if len(rest) > 1:
            yield f"any_of without branch {n + 1}", _with(base, ("any_of",), rest)
        elif not set(rest[0]) & set(base.get("expect", {})):
            changed = _with(base, ("expect",), {**base.get("expect", {}), **rest[0]})
            changed["any_of"] = []
            yield f"any_of without branch {n + 1}", changed
        for path, spec in branch.items():
            if len(branch) > 1:
                less = {k: v for k, v in branch.items() if k != path}
                yield f"any_of branch {n + 1} without {path}", _with(base, ("any_of", n), less)
            for mistake, spec_changed in spec_changes(spec):
                yield f"any_of branch {n + 1} {path}: {mistake}", _with(base, ("any_of", n, path), spec_changed)


def _absent_changes(base: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    specs = [*base.get("expect", {}).values(), *(s for branch in base.get("any_of", []) for s in branch.values())]
    if all(isinstance(spec, Mapping) and "absent" in spec for spec in specs):
        return  # every entry says itself what absence means
    paths = [*base.get("expect", {}), *(path for branch in base.get("any_of", []) for path in branch)]
    if all(path in (".", "@key") for path in paths):
        return  # a member that is looped over is there
    for mistake, changed in _absence_changes(base.get("absent", "fail")):
        yield mistake, _with(base, ("absent",), changed)


def _absence_changes(absent: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(absent, str):
        other = "pass" if absent == "fail" else "fail"
        yield f"absent means {other}", other
    elif isinstance(absent, Mapping) and "default" in absent:
        yield "absent means fail", "fail"
        yield "absent means pass", "pass"
    elif isinstance(absent, Mapping) and "versions" in absent:
        for text, verdict in absent["versions"].items():
            rest = {k: v for k, v in absent["versions"].items() if k != text}
            yield f"absent without {text}", {"versions": rest}
            for mistake, changed in _absence_changes(verdict):
                yield f"{text}: {mistake}", {"versions": {**absent["versions"], text: changed}}


def _applies_changes(base: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    applies = base["applies_to"]
    conditions = [part for part in applies.get("version", "").split(",") if part]
    for n, condition in enumerate(conditions):
        rest = ",".join(conditions[:n] + conditions[n + 1 :])
        yield f"applies_to without version {condition}", _with(base, ("applies_to", "version"), rest)
    for name in ("os", "role"):
        if applies.get(name):
            yield f"applies_to without {name}", _with(base, ("applies_to", name), None)


def _with(base: dict[str, Any], where: tuple[str | int, ...], value: Any) -> dict[str, Any]:
    changed = copy.deepcopy(base)
    target: Any = changed
    for key in where[:-1]:
        target = target.setdefault(key, {}) if isinstance(target, dict) else target[key]
    target[where[-1]] = value
    return changed


# -- one constraint


def spec_changes(spec: Spec) -> Iterator[tuple[str, Spec]]:
    """Every mistaken form of one constraint."""
    if not isinstance(spec, Mapping):
        for mistake, value in _value_changes(spec):
            yield mistake, {"equals": value}
        return
    if spec.get("absent") is True:
        yield "present instead of absent", {"present": True}
        return
    if spec.get("present") and len(spec) == 1:
        yield "absent instead of present", {"absent": True}
    operators = [name for name in spec if name in OPERATORS or name in ("each", "count", "present")]
    for name in operators:
        rest = {k: v for k, v in spec.items() if k != name}
        if len(operators) > 1:
            yield f"without {name}", rest
        for mistake, changed in _argument_changes(name, spec[name]):
            yield f"{name} {mistake}", {**spec, name: changed}
    yield from _modifier_changes(spec)


def _modifier_changes(spec: Mapping[str, Any]) -> Iterator[tuple[str, Spec]]:
    for name in ("unlimited", "split", "ignore_case", "as"):
        if name in spec:
            yield f"without {name}", {k: v for k, v in spec.items() if k != name}
    if isinstance(spec.get("unlimited"), list) and len(spec["unlimited"]) > 1:
        for member in spec["unlimited"]:
            kept = [one for one in spec["unlimited"] if one != member]
            yield f"unlimited without {words(member)}", {**spec, "unlimited": kept}
    if "absent" in spec:
        for mistake, changed in _absence_changes(spec["absent"]):
            yield mistake, {**spec, "absent": changed}


def _argument_changes(name: str, argument: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(argument, str) and argument.startswith("$"):
        return  # the parameter's own value is not the rule's
    shape = OPERATORS[name].shape if name in OPERATORS else name
    if shape in ("each", "count"):
        yield from spec_changes(argument)
    elif shape == "number":
        yield from _bound_changes(argument)
    elif shape == "pair":
        for n in (0, 1):
            for mistake, bound in _bound_changes(argument[n]):
                yield mistake, [bound, argument[1]] if n == 0 else [argument[0], bound]
    elif shape in ("list", "set") and len(argument) > 1:
        for n, member in enumerate(argument):
            yield f"without {words(member)}", argument[:n] + argument[n + 1 :]
    elif shape in ("list", "set") and argument:
        for mistake, value in _value_changes(argument[0]):
            yield mistake, [value]
    elif shape == "regex":
        yield from _pattern_changes(name, argument)
    elif shape == "mode":
        yield from _mode_changes(argument)
    elif shape == "value":
        yield from _value_changes(argument)


def _value_changes(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, bool):
        yield f"{words(not value)} instead of {words(value)}", not value
        yield f"the text {words(value)!r}", words(value)
    elif is_number(value):
        yield f"{value - 1} instead of {value}", value - 1
        yield f"{value + 1} instead of {value}", value + 1
        yield f"the text {value!r}", str(value)
    elif isinstance(value, str) and not value.startswith("$"):
        yield f"{value + '~'!r} instead of {value!r}", value + "~"
    elif isinstance(value, list):
        for n, member in enumerate(value):
            yield f"without {words(member)}", value[:n] + value[n + 1 :]


def _bound_changes(bound: Any) -> Iterator[tuple[str, Any]]:
    if is_number(bound):
        for other in (bound - 1, bound + 1):
            yield f"{other} instead of {bound}", other
    elif isinstance(bound, str) and not bound.startswith("$") and (found := _LAST_NUMBER.search(bound)):
        for other in (int(found[0]) - 1, int(found[0]) + 1):
            if other >= 0:
                changed = f"{bound[: found.start()]}{other}{bound[found.end() :]}"
                yield f"{changed} instead of {bound}", changed


def _pattern_changes(name: str, pattern: str) -> Iterator[tuple[str, str]]:
    if name == "matches":
        yield "anything", "(?s).*"
    else:
        yield "nothing", _NEVER
    if pattern.startswith("^"):
        yield "without ^", pattern[1:]
    if pattern.endswith("$") and not pattern.endswith("\\$"):
        yield "without $", pattern[:-1]
    if found := _ALTERNATIVES.match(pattern):
        parts = found["body"].split("|")
        for n, part in enumerate(parts):
            yield f"without {part!r}", found["head"] + "|".join(parts[:n] + parts[n + 1 :]) + found["tail"]


def _mode_changes(mode: str) -> Iterator[tuple[str, str]]:
    digits = mode.zfill(4)
    for n, digit in enumerate(digits):
        for other in ("0", "7"):
            if digit != other:
                changed = digits[:n] + other + digits[n + 1 :]
                yield f"{changed} instead of {mode}", changed
