"""A document as one framework sees it: the rules that serve a control of it, control by control.

A rule serves the controls that it names; one that names none of the framework serves those that its family leads to
(`rulebook.frameworks`), and the document says which. A control that no rule serves is not proven by any configuration.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from auditor.library import frameworks
from auditor.reporting.tally import Tally, results, score_entry
from auditor.reporting.words import framework as words_of
from auditor.rulebook.frameworks import FRAMEWORKS, FrameworkTable, natural
from auditor.service.waived import waivers_at_once

Json = Mapping[str, Any]


def title_of(framework: str) -> str:
    """A framework as people write it, with its version where our table is of one."""
    return FRAMEWORKS.get(framework) or words_of(framework)


def served_by(rules: Mapping[str, Json], framework: str, table: FrameworkTable) -> dict[str, tuple[str, ...]]:
    """The controls of a framework by rule; rules that serve none are left out."""
    found = {
        name: tuple(one.id for one in table.served(rule["references"], rule["family"], framework))
        for name, rule in rules.items()
    }
    return {name: controls for name, controls in found.items() if controls}


def present(rules: Mapping[str, Json]) -> dict[str, int]:
    """How many of the rules serve a control, by framework: those that they name, and those of our table."""
    table = frameworks()
    names = {*FRAMEWORKS, *(name for rule in rules.values() for name, ids in rule["references"].items() if ids)}
    counted = {name: len(served_by(rules, name, table)) for name in sorted(names)}
    return {name: count for name, count in counted.items() if count}


def by_framework(document: dict[str, Any], framework: str) -> dict[str, Any]:
    """The document with the rules of a framework alone: findings, score and waivers of these; drift has no controls."""
    table, rules = frameworks(), document["rules"]
    served = served_by(rules, framework, table)
    findings = [one for one in document["findings"] if one["rule"] in served]
    waivers = [one for one in document["waivers"] if one["rule"] in served]
    entry = {
        "id": framework,
        "title": title_of(framework),
        "rules": len(served),
        "of_rules": len(rules),
        "controls": _controls(findings, rules, served, framework, table),
        "without_rule": _without(framework, served, table),
        "drift_left_out": len(document["drift"]) + len(document.get("period", {}).get("drift", ())),
    }
    period = {"period": {**document["period"], "drift": []}} if "period" in document else {}
    return {
        **document,
        "selection": {**document["selection"], "framework": entry},
        "rules": {name: rules[name] for name in served},
        "findings": findings,
        "score": score_entry(findings),
        "waivers": waivers_at_once(waivers, findings, document["run"]),
        "golden": [],
        "drift": [],
        **period,
    }


def _controls(
    findings: Iterable[Json],
    rules: Mapping[str, Json],
    served: Mapping[str, Iterable[str]],
    framework: str,
    table: FrameworkTable,
) -> list[dict[str, Any]]:
    tallies: dict[str, Tally] = {}
    citing: dict[str, list[str]] = {}
    for rule, controls in sorted(served.items()):
        for control in controls:
            citing.setdefault(control, []).append(rule)
            tallies.setdefault(control, Tally())
    for result in results(findings):
        for control in set(served[result.rule]):
            tallies[control].add(result)
    return [
        {
            "control": control,
            "label": table.label(framework, control),
            "rules": citing[control],
            "by_family": sum(not rules[one]["references"].get(framework) for one in citing[control]),
            "passed": tally.passed,
            "failed": tally.fail + tally.waived,
            "waived": tally.waived,
            "unknown": tally.unknown,
            "notapplicable": tally.notapplicable,
            "notchecked": tally.notchecked,
            "lower": tally.lower,
            "upper": tally.upper,
        }
        for control, tally in sorted(tallies.items(), key=lambda pair: natural(pair[0]))
    ]


def _without(framework: str, served: Mapping[str, Iterable[str]], table: FrameworkTable) -> list[dict[str, str]] | None:
    """Controls of our table that no rule of the document serves; None where we have no table of the framework."""
    known = table.listed(framework)
    if not known:
        return None
    there = {control for controls in served.values() for control in controls}
    return [{"control": one, "label": table.label(framework, one)} for one in known if one not in there]
