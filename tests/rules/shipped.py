"""The shipped rules of a platform, wherever their parts stand."""

from functools import cache
from typing import Any

from auditor.library import LoadedBaseline, load_baselines
from auditor.resources import folder
from auditor.rulebook.schema import Rule


@cache
def shipped_parts() -> list[LoadedBaseline]:
    """Every shipped baseline that has rules of its own."""
    return [one for one in load_baselines([folder("rules")]).values() if one.baseline.rules]


def shipped_rules(*platforms: str) -> dict[str, tuple[Rule, dict[str, Any]]]:
    """Rules for any of the platforms (all of them when none is named) with the defaults of their parameters, by id."""
    return {
        rule.id: (rule, {name: parameter.default for name, parameter in loaded.baseline.parameters.items()})
        for loaded in shipped_parts()
        for rule in loaded.baseline.rules
        if not platforms or set(platforms) & set(rule.applies_to.platform)
    }
