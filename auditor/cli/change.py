"""`auditor change`: what a change would do to compliance, who agreed, and what came of it."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from auditor.cli import EXIT_COVERAGE, EXIT_FINDINGS, EXIT_OK
from auditor.cli.audit import CapturesFolder, InventoryFile
from auditor.cli.database import DatabaseOption
from auditor.cli.output import as_json, one_line, table
from auditor.cli.report import SeriesOption
from auditor.errors import InputError

app = typer.Typer(
    no_args_is_help=True, help="Foretell what a change does to compliance, and hold it against what came."
)
Baselines = Annotated[list[str] | None, typer.Option("--baseline", "-b", help="Only these baselines.")]
Goldens = Annotated[
    list[str] | None, typer.Option("--golden", "-g", metavar="GOLDEN", help="Compare with this golden profile.")
]
Name = Annotated[str, typer.Argument(metavar="CHANGE", help="Name of a change, as `change check` gave it.")]
By = Annotated[str | None, typer.Option("--by", metavar="NAME", help="Who decides. Default: the login name.")]
Note = Annotated[str, typer.Option("--note", help="What is said to it.")]
Formats = Annotated[
    str, typer.Option("-f", "--format", help="Comma list of text, json, html, pdf, sarif, junit; see -o.")
]
Output = Annotated[
    Path | None, typer.Option("-o", "--output", metavar="DIR", help="Write files there; else text formats are printed.")
]


@app.command()
def check(
    targets: Annotated[list[str], typer.Argument(metavar="TARGET...", help="Target, source or glob.")],
    candidate: Annotated[
        Path | None,
        typer.Option("--candidate", metavar="PATH", help="The change: a file, a folder like the target's root."),
    ] = None,
    emergency: Annotated[
        bool,
        typer.Option("--no-candidate", help="An emergency: only keep what is now, to tell afterwards what changed."),
    ] = False,
    as_path: Annotated[
        str, typer.Option("--as", metavar="TARGET_PATH", help="Which file of the target one file is to become.")
    ] = "",
    inventory: InventoryFile = None,
    captures: CapturesFolder = None,
    series: SeriesOption = None,
    baseline: Baselines = None,
    goldens: Goldens = None,
    tailoring: Annotated[
        str | None, typer.Option("--tailoring", metavar="FILE", help="Parameters, chosen rules, severities, dates.")
    ] = None,
    waivers: Annotated[
        Path | None, typer.Option("--waivers", metavar="FILE", help="Accepted findings: they stay failures.")
    ] = None,
    fail_on: Annotated[str, typer.Option(help="low, medium, high or critical: from here on status 1.")] = "high",
    max_age: Annotated[
        str, typer.Option(metavar="AGE", help="How old the last reading may be, such as 90m, 24h or 7d.")
    ] = "24h",
    force: Annotated[bool, typer.Option("--force", help="Take an older reading all the same, and mark it.")] = False,
    ticket: Annotated[str, typer.Option(metavar="ID", help="The ticket that this change belongs to.")] = "",
    by: Annotated[str | None, typer.Option("--by", metavar="NAME", help="Who asks. Default: the login name.")] = None,
    formats: Formats = "text",
    output: Output = None,
    database: DatabaseOption = None,
) -> int:
    """Foretell what a change would do to the verdicts of targets. Nothing is sent to a target.

    It stands on the last stored reading, on captures (--from), or on a reading made now (-i). The check is kept.
    Status: 0 nothing newly fails, 1 something does at or above --fail-on, 3 a verdict at or above it can no longer be
    told, 2 bad input: also what a target itself would refuse.
    """
    from auditor.cli.change_check import Wanted, perform
    from auditor.cli.change_out import checked_formats, finish
    from auditor.service.changing.checking import Rules

    if emergency == (candidate is not None):
        raise InputError("name the change", mend="Give --candidate PATH, or --no-candidate in an emergency.")
    wanted = checked_formats(formats, output)
    rules = Rules(tuple(baseline or ()), tuple(goldens or ()), tailoring, waivers)
    asked = Wanted(tuple(targets), candidate, as_path, inventory, captures, series, rules, fail_on, max_age, force)
    checked = perform(asked, ticket.strip(), by, database)
    finish(checked.document, wanted, output, candidate)
    if checked.fails:
        return EXIT_FINDINGS
    return EXIT_COVERAGE if checked.untold else EXIT_OK


@app.command()
def verify(
    change: Name,
    inventory: InventoryFile = None,
    captures: CapturesFolder = None,
    series: SeriesOption = None,
    by: By = None,
    formats: Formats = "text",
    output: Output = None,
    database: DatabaseOption = None,
) -> int:
    """Hold a change against what is now: done as planned, planned but missing, happened but unplanned.

    Status: 0 it is as planned, 1 something is missing or unplanned, 3 a target was not read since, 2 bad input.
    """
    from auditor.cli.change_out import checked_formats, finish
    from auditor.cli.change_verify import perform

    wanted = checked_formats(formats, output)
    result = perform(change, inventory, captures, series, by, database)
    finish(result, wanted, output)
    if result["verdict"] == "unread":
        return EXIT_COVERAGE
    return EXIT_OK if result["verdict"] == "kept" else EXIT_FINDINGS


@app.command(name="list")
def list_(
    ticket: Annotated[str, typer.Option(metavar="ID", help="Only those of this ticket.")] = "",
    state: Annotated[list[str] | None, typer.Option(help="Only checked, approved, rejected or withdrawn ones.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="So many, the newest first.")] = 50,
    format_: Annotated[str, typer.Option("--format", "-f", help="text or json")] = "text",
    database: DatabaseOption = None,
) -> int:
    """List changes, the newest first."""
    from itertools import islice

    from auditor.cli.saving import open_database
    from auditor.service.changing.records import told
    from auditor.store import changes

    for one in state or ():
        if one not in changes.STATES:
            raise InputError(f"there is no state {one!r}", mend=f"Known: {', '.join(changes.STATES)}.")
    store = open_database(database)
    try:
        with store.reading() as connection:
            found = list(islice(changes.listed(connection, states=state or (), ticket=ticket), limit))
    finally:
        store.close()
    if format_ == "json":
        as_json([told(one) for one in found])
        return EXIT_OK
    rows = [
        (one.name, one.state, one.verdict or "-", one.ticket or "-", one.made_by, one_line(one.candidate, 60))
        for one in found
    ]
    table(("change", "state", "result", "ticket", "checked by", "candidate"), rows)
    return EXIT_OK


@app.command()
def show(
    change: Name,
    result: Annotated[bool, typer.Option("--result", help="What came of it, in place of what was foretold.")] = False,
    formats: Formats = "text",
    output: Output = None,
    database: DatabaseOption = None,
) -> int:
    """Show a change as it was foretold, or what came of it."""
    from auditor.cli.change_out import checked_formats, finish
    from auditor.cli.saving import open_database
    from auditor.store import changes

    wanted = checked_formats(formats, output)
    store = open_database(database)
    try:
        with store.reading() as connection:
            found = changes.find(connection, change)
            document: dict[str, Any] | None = (
                changes.result_of(connection, found) if result else changes.document_of(connection, found)
            )
    finally:
        store.close()
    if document is None:
        raise InputError(f"{found.name} was not verified yet", mend=f"Run `auditor change verify {found.name}`.")
    finish(document, wanted, output)
    if wanted == ["text"] and output is None:
        decided = f", by {one_line(found.decided_by, 200)}" if found.decided_by else ""
        sys.stdout.write(f"{found.name} is {found.state}{decided}\n")
    return EXIT_OK


@app.command()
def approve(change: Name, by: By = None, note: Note = "", database: DatabaseOption = None) -> None:
    """Approve a change that somebody else has checked: drift that it foretold is then labelled with it."""
    _decide(change, "approved", by, note, database)


@app.command()
def reject(
    change: Name,
    note: Annotated[str, typer.Option("--note", help="Why, at least eight characters.")],
    by: By = None,
    database: DatabaseOption = None,
) -> None:
    """Turn a change down."""
    if len(note.strip()) < 8:
        raise InputError("--note: it has fewer than 8 characters", mend="Say why.")
    _decide(change, "rejected", by, note, database)


@app.command()
def withdraw(change: Name, by: By = None, note: Note = "", database: DatabaseOption = None) -> None:
    """Take a change of one's own back."""
    _decide(change, "withdrawn", by, note, database)


def _decide(name: str, state: str, by: str | None, words: str, database: str | None) -> None:
    from auditor.cli.saving import open_database, who
    from auditor.store import changes

    store = open_database(database)
    try:
        with store.writing() as connection:
            made = changes.decide(connection, name, state, by or who(), words.strip(), who())
    finally:
        store.close()
    typer.echo(f"{made.name} is {made.state} by {one_line(made.decided_by, 200)}")
