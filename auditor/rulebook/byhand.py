"""How a person checks a rule without Auditor: where to look, and what to expect there. Made from the rule's entries."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from auditor.rulebook.conflicts import stated
from auditor.rulebook.constraints import build
from auditor.rulebook.schema import Rule

Places = Mapping[str, Mapping[str, str]]  # how to look at a fact, by platform and beginning of its path
_STEP = re.compile(r"([^.\[\]]+)|\[([^\]]*)\]")


def by_hand(rule: Rule, places: Places, parameters: Mapping[str, Any]) -> list[str]:
    """Steps in words, at least one. A parameter that is not set stays a name."""
    if rule.manual:
        return [rule.manual.steps.strip()]
    platform = rule.applies_to.platform[0]
    looked: dict[str, list[str]] = {}
    for path, words in _expected(rule, parameters):
        place = where(path, places.get(platform, {}))
        looked.setdefault(place, []).append(f"{path} is {words}" if words else path)
    each = f"For each of {rule.for_each}: " if rule.for_each else ""
    return [f"{each}{place}. Good: {'; '.join(wants)}." for place, wants in looked.items()]


def where(path: str, places: Mapping[str, str]) -> str:
    """How to look at `path`: the text of the longest beginning that `places` knows."""
    names = [name or f"[{key}]" for name, key in _STEP.findall(path)]
    for length in range(len(names), 0, -1):
        plain = ".".join(name for name in names[:length] if not name.startswith("["))
        if plain in places:
            key = next((name[1:-1] for name in names if name.startswith("[")), "")
            return places[plain].replace("{key}", "NAME" if key in ("*", "") else key)
    return f"Look for {path}"


def _expected(rule: Rule, parameters: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    whole = stated(rule, parameters)
    entries = whole.alternatives if whole else (rule.expect, *rule.any_of)
    seen: dict[str, list[str]] = {}
    for alternative in entries:
        for path, spec in alternative.items():
            full = (
                f"{rule.for_each}[*]{path if path.startswith('.') and path != '.' else ''}" if path[0] in ".@" else path
            )
            words = build(spec).words if whole else _raw(spec)
            if words not in seen.setdefault(full, []):
                seen[full].append(words)
    for path, wanted in seen.items():
        yield path, ", or ".join(wanted)


def _raw(spec: Any) -> str:
    """An expectation whose parameter is not set, as it is written."""
    if isinstance(spec, Mapping):
        return " and ".join(f"{name.replace('_', ' ')} {value}" for name, value in spec.items())
    return str(spec)
