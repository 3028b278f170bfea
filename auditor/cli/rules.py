"""`auditor rules list | show | check | conflicts | preview`."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from auditor.cli.output import as_json, table
from auditor.cli.preview import preview
from auditor.errors import InputError
from auditor.library import LoadedBaseline, baseline_files, frameworks, load_baselines, load_file, places_by_hand
from auditor.rulebook.byhand import by_hand
from auditor.rulebook.frameworks import FRAMEWORKS
from auditor.rulebook.schema import Rule
from auditor.selection import choose, reached_rules

app = typer.Typer(help="Look at the rules, and check them.", no_args_is_help=True, rich_markup_mode=None)
app.command()(preview)
Format = Annotated[str, typer.Option("--format", "-f", help="text or json")]


@app.command("list")
def list_rules(
    baseline: Annotated[list[str] | None, typer.Option("--baseline", "-b", help="Only this baseline.")] = None,
    framework: Annotated[
        str | None, typer.Option(help="Only rules that serve controls of this framework, with them: e.g. pci-dss.")
    ] = None,
    format_: Format = "text",
) -> None:
    """List the rules of all baselines, or of those named with all that they include."""
    found = list(_listed(baseline))
    if framework is None:
        if format_ == "json":
            as_json([_summary(loaded, rule) for loaded, rule in found])
            return
        rows = [(rule.id, rule.severity.value, loaded.id, rule.title) for loaded, rule in found]
        table(("rule", "severity", "baseline", "title"), rows)
        return
    list_controls(found, framework, format_)


@app.command()
def show(rule_id: Annotated[str, typer.Argument(metavar="ID", help="Id of a rule.")], format_: Format = "text") -> None:
    """Show one rule: what it wants, why, and how to mend a failure."""
    for loaded in load_baselines().values():
        for rule in loaded.baseline.rules:
            if rule.id == rule_id:
                _show(loaded, rule, format_)
                return
    raise InputError(f"there is no rule {rule_id!r}", mend="`auditor rules list` lists them.")


@app.command()
def check(
    folder: Annotated[Path | None, typer.Argument(metavar="[DIR]", help="Folder of rule files, or one file.")] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Refuse structural mutants too; always so for all loaded baselines.")
    ] = False,
    format_: Format = "text",
) -> None:
    """Run every example and every mutant; refuse rules that cannot pass, fail and be unknown."""
    from auditor.cli.rules_check import check_files, check_library

    if folder is not None and not folder.exists():
        raise InputError("there is nothing there to check", where=str(folder), mend="Name a folder of rule files.")
    if folder is None:
        holds = check_library(load_baselines(), format_)
    else:
        files = [folder] if folder.is_file() else baseline_files(folder)
        if not files:
            raise InputError("no rule file found", where=str(folder), mend="Rule files end in .yaml.")
        holds = check_files([load_file(path) for path in files], format_, strict=strict)
    if not holds:
        raise typer.Exit(2)


@app.command()
def conflicts(
    first: Annotated[str, typer.Argument(metavar="BASELINE", help="A baseline.")],
    second: Annotated[str, typer.Argument(metavar="BASELINE", help="Another, or the same.")],
    tailoring: Annotated[
        str | None, typer.Option("--tailoring", metavar="FILE", help="Parameters for the second baseline.")
    ] = None,
    format_: Format = "text",
) -> None:
    """Name rules of two baselines that cannot both pass on one target. Status 1 when there are any."""
    from auditor.cli.rules_conflicts import print_conflicts

    if print_conflicts(first, second, tailoring, format_):
        raise typer.Exit(1)


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
