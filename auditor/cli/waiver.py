"""`auditor waiver request | approve | reject | withdraw | revoke | list | show | export | draft`."""

from pathlib import Path
from typing import Annotated

import typer

from auditor.cli.database import DatabaseOption
from auditor.errors import InputError

app = typer.Typer(help="Accept findings, for a time.", no_args_is_help=True, rich_markup_mode=None)
Format = Annotated[str, typer.Option("--format", "-f", help="text or json")]
Id = Annotated[str, typer.Argument(metavar="ID", help="Id of a waiver.")]
By = Annotated[str | None, typer.Option("--by", metavar="NAME", help="Who decides. Default: the login name.")]
Why = Annotated[str, typer.Option("--why", help="The reason, at least eight characters.")]
Rule = Annotated[str, typer.Argument(metavar="RULE", help="Id of a rule.")]
Target = Annotated[list[str] | None, typer.Option("--target", help="A target; may be given again.")]
Label = Annotated[str | None, typer.Option("--label", metavar="KEY=VALUE", help="Targets with this label.")]
Source = Annotated[str | None, typer.Option("--source", help="Targets behind this source.")]
Subject = Annotated[str | None, typer.Option("--subject", help="Only this subject of the targets.")]
Ticket = Annotated[str, typer.Option("--ticket", help="Where it is followed up, such as CHG-4711.")]
Until = Annotated[str, typer.Option("--until", metavar="DATE", help="Last day, or a date and a time.")]
Zone = Annotated[str, typer.Option("--zone", help="IANA time zone in which the end is meant.")]
Ident = Annotated[str | None, typer.Option("--id", help="Its id. Default: the next free one.")]


@app.command()
def request(
    rule: Rule,
    why: Why,
    until: Until,
    target: Target = None,
    label: Label = None,
    source: Source = None,
    subject: Subject = None,
    zone: Zone = "UTC",
    ticket: Ticket = "",
    by: By = None,
    ident: Ident = None,
    database: DatabaseOption = None,
) -> None:
    """Ask that a failing rule be accepted on targets, for a time. Somebody else has to approve it."""
    from auditor.cli.saving import open_database, who
    from auditor.cli.waiver_forms import asked, known_rule, scope_of
    from auditor.store import waivers

    known_rule(rule)
    scope = scope_of(target, label, source)
    wished = asked(ident or "", rule, scope, subject, why, by or who(), until, zone, ticket)
    store = open_database(database)
    try:
        with store.writing() as connection:
            made = waivers.request(connection, wished, who())
    finally:
        store.close()
    typer.echo(
        f"{made.id} is requested by {made.requested_by}: {made.rule} on {made.scope.words}, until {made.end.words}"
    )
    typer.echo(f"next: somebody else looks at it with `auditor waiver show {made.id}` and approves it")


@app.command()
def approve(
    ident: Id,
    by: By = None,
    run: Annotated[
        list[str] | None, typer.Option("--run", help="Bind to what this run's history says. Default: the latest run's.")
    ] = None,
    database: DatabaseOption = None,
) -> None:
    """Accept what fails now, by the stored findings: the waiver is bound to those values."""
    from auditor.cli.saving import open_database, who
    from auditor.cli.waiver_forms import bound_rows
    from auditor.service.accepting import bound_now
    from auditor.store import waivers
    from auditor.store.engine import now
    from auditor.store.runs import find_run

    store = open_database(database)
    try:
        with store.writing() as connection:
            stored = waivers.find(connection, ident, lock=True)
            wanted = run or ["latest"]
            bound = bound_now(connection, stored.waiver, now(connection), wanted)
            seen = ", ".join(dict.fromkeys(row.name for name in wanted if (row := find_run(connection, name))))
            made = waivers.approve(connection, ident, by or who(), bound, who())
    finally:
        store.close()
    typer.echo(f"{made.id} is approved by {made.approved_by} until {made.end.words}, for what run {seen} shows:")
    bound_rows(made.bound)


@app.command()
def reject(ident: Id, why: Why, by: By = None, database: DatabaseOption = None) -> None:
    """Turn a request down."""
    _end("reject", ident, why, by, database)


@app.command()
def withdraw(
    ident: Id,
    why: Annotated[str, typer.Option("--why", help="The reason, at least eight characters.")] = "",
    by: Annotated[str | None, typer.Option("--by", metavar="NAME", help="Who asked. Default: the login name.")] = None,
    database: DatabaseOption = None,
) -> None:
    """Take back a request that nobody has decided yet: only whoever asked."""
    _end("withdraw", ident, why, by, database)


@app.command()
def revoke(ident: Id, why: Why, by: By = None, database: DatabaseOption = None) -> None:
    """Take back a waiver: its findings are open again from the next audit on."""
    _end("revoke", ident, why, by, database)


def _end(step: str, ident: str, why: str, by: str | None, database: str | None) -> None:
    from auditor.cli.saving import open_database, who
    from auditor.store import waivers

    store = open_database(database)
    try:
        with store.writing() as connection:
            take = {"reject": waivers.reject, "revoke": waivers.revoke, "withdraw": waivers.withdraw}[step]
            made = take(connection, ident, by or who(), why.strip(), who())
    finally:
        store.close()
    said = "withdrawn" if step == "withdraw" else made.state
    typer.echo(f"{made.id} is {said} by {made.ended_by}: {made.ended_why}")


@app.command("list")
def list_waivers(
    state: Annotated[
        str | None, typer.Option(help="Only requested, approved, lapsed, expired, rejected or revoked ones.")
    ] = None,
    ending: Annotated[
        int | None, typer.Option(metavar="DAYS", help="Only approved ones that end within so many days, or have ended.")
    ] = None,
    format_: Format = "text",
    database: DatabaseOption = None,
) -> None:
    """List waivers, with what the latest run said of each."""
    from auditor.cli.output import as_json
    from auditor.cli.saving import open_database
    from auditor.cli.waiver_forms import entries, list_rows

    store = open_database(database)
    try:
        found = entries(store, state, ending)
    finally:
        store.close()
    if format_ == "json":
        as_json(found)
    else:
        list_rows(found)


@app.command()
def show(ident: Id, format_: Format = "text", database: DatabaseOption = None) -> None:
    """Show a waiver: what it was approved for, or, of a request, what it would accept if it were approved now."""
    from auditor.cli.output import as_json
    from auditor.cli.saving import open_database
    from auditor.cli.waiver_forms import detail, detail_rows

    store = open_database(database)
    try:
        found = detail(store, ident)
    finally:
        store.close()
    if format_ == "json":
        as_json(found)
    else:
        detail_rows(found)


@app.command()
def export(
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="Default: standard output")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Rejected, revoked and expired ones too.")] = False,
    database: DatabaseOption = None,
) -> None:
    """Write waivers as a file for `--waivers`, for audits away from the database."""
    from auditor.cli.saving import open_database
    from auditor.service.waiverfiles import written
    from auditor.store import waivers
    from auditor.store.engine import now

    store = open_database(database)
    try:
        with store.reading() as connection:
            at = now(connection)
            kept = [one.waiver for one in waivers.listed(connection)]
    finally:
        store.close()
    chosen = [one for one in kept if everything or (one.state in ("requested", "approved") and at < one.end.at)]
    text = written(chosen)
    if output is None:
        typer.echo(text, nl=False)
        return
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as problem:
        raise InputError(f"cannot be written: {problem.strerror}", where=str(output)) from None
    typer.echo(f"{output}: {len(chosen)} waivers")


@app.command()
def draft(
    audit: Annotated[Path, typer.Argument(metavar="AUDIT.JSON", help="An audit that shows the findings.")],
    rule: Rule,
    why: Why,
    until: Until,
    target: Target = None,
    label: Label = None,
    source: Source = None,
    subject: Subject = None,
    zone: Zone = "UTC",
    ticket: Ticket = "",
    by: By = None,
    ident: Ident = None,
) -> None:
    """Write a request as a file for `--waivers`, bound to what an audit found; without a database.

    Whoever approves it adds `approved_by` and `approved_at` to the file.
    """
    from auditor.cli.saving import who
    from auditor.cli.waiver_forms import asked, drafted, known_rule, scope_of
    from auditor.service.waiverfiles import written

    known_rule(rule)
    scope = scope_of(target, label, source)
    wished = asked(ident or "W-1", rule, scope, subject, why, by or who(), until, zone, ticket)
    typer.echo(written([drafted(wished, audit)]), nl=False)
