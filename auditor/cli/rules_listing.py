"""How rules are listed and shown: what `auditor rules` prints."""

from collections.abc import Iterator, Sequence
from typing import Any

import typer

from auditor.cli.output import as_json, table
from auditor.errors import InputError
from auditor.library import LoadedBaseline, frameworks, load_baselines, places_by_hand
from auditor.rulebook.byhand import by_hand
from auditor.rulebook.frameworks import FRAMEWORKS
from auditor.rulebook.schema import Rule
from auditor.selection import choose, reached_rules


def print_rules(baselines: list[str] | None, framework: str | None, format_: str) -> None:
    """List rules, or with the controls of a framework."""
    found = list(_listed(baselines))
    if framework is not None:
        list_controls(found, framework, format_)
    elif format_ == "json":
        as_json([_summary(loaded, rule) for loaded, rule in found])
    else:
        rows = [(rule.id, rule.severity.value, loaded.id, rule.title) for loaded, rule in found]
        table(("rule", "severity", "baseline", "title"), rows)


def print_rule(rule_id: str, format_: str) -> None:
    """Show one rule. Raises InputError when there is none."""
    for loaded in load_baselines().values():
        for rule in loaded.baseline.rules:
            if rule.id == rule_id:
                _show(loaded, rule, format_)
                return
    raise InputError(f"there is no rule {rule_id!r}", mend="`auditor rules list` lists them.")


def list_controls(found: Sequence[tuple[LoadedBaseline, Rule]], framework: str, format_: str) -> None:
    """List rules with the controls of one framework: those they name themselves, or those of their family."""
    known = {*FRAMEWORKS, *(name for _, rule in found for name in rule.references)} - {"facts"}
    if framework not in known:
        raise InputError(f"there is no framework {framework!r}", mend=f"Known are {', '.join(sorted(known))}.")
    frameworks_ = frameworks()
    served = [(loaded, rule, controls) for loaded, rule in found if (controls := frameworks_.controls(rule, framework))]
    if format_ == "json":
        as_json(
            [
                {
                    **_summary(loaded, rule),
                    "controls": [{"id": one.id, "label": one.label, "basis": one.basis} for one in controls],
                }
                for loaded, rule, controls in served
            ]
        )
        return
    rows = [
        (rule.id, rule.severity.value, ", ".join(one.id for one in controls), controls[0].basis, rule.title)
        for _, rule, controls in served
    ]
    table(("rule", "severity", framework, "named by", "title"), rows)


def _listed(names: list[str] | None) -> Iterator[tuple[LoadedBaseline, Rule]]:
    """Every rule with the file it stands in; of named baselines, all rules that they reach."""
    library = load_baselines()
    if not names:
        yield from ((loaded, rule) for loaded in library.values() for rule in loaded.baseline.rules)
        return
    wanted = reached_rules(choose(names, library=library))
    yield from ((loaded, rule) for loaded in library.values() for rule in loaded.baseline.rules if rule.id in wanted)


def _summary(loaded: LoadedBaseline, rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "title": rule.title,
        "severity": rule.severity.value,
        "cat": rule.cat,
        "baseline": loaded.id,
        "platform": rule.applies_to.platform,
        "family": rule.family,
        "manual": rule.manual is not None,
        "references": rule.references,
    }


def _show(loaded: LoadedBaseline, rule: Rule, format_: str) -> None:
    place = loaded.document.place(("rules", loaded.baseline.rules.index(rule), "id"))
    if format_ == "json":
        as_json({**_summary(loaded, rule), "file": str(place), **rule.model_dump(mode="json", exclude_unset=True)})
        return
    references = "; ".join(f"{name} {', '.join(ids)}" for name, ids in rule.references.items())
    lines = [
        f"{rule.id}: {rule.title}",
        f"  severity    {rule.severity.value}" + (f" (CAT {rule.cat})" if rule.cat else ""),
        f"  baseline    {loaded.id} {loaded.baseline.version}, {place}",
        f"  family      {rule.family}",
        f"  references  {references}",
        f"  why         {rule.rationale.strip()}",
        f"  fix         {rule.fix.strip()}",
    ]
    if not rule.manual:
        defaults = {name: parameter.default for name, parameter in loaded.baseline.parameters.items()}
        lines += [f"  by hand     {step}" for step in by_hand(rule, places_by_hand(), defaults)]
    if rule.manual:
        lines += [f"  manual      {rule.manual.reason.strip()}", f"  steps       {rule.manual.steps.strip()}"]
    typer.echo("\n".join(lines))
