"""`auditor rules list | show | check | conflicts | preview`."""

from pathlib import Path
from typing import Annotated

import typer

from auditor.cli.preview import preview
from auditor.errors import InputError

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
    from auditor.cli.rules_listing import print_rules

    print_rules(baseline, framework, format_)


@app.command()
def show(rule_id: Annotated[str, typer.Argument(metavar="ID", help="Id of a rule.")], format_: Format = "text") -> None:
    """Show one rule: what it wants, why, and how to mend a failure."""
    from auditor.cli.rules_listing import print_rule

    print_rule(rule_id, format_)


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
    from auditor.library import baseline_files, load_baselines, load_file

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
