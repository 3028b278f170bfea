"""`auditor db status | upgrade | retain | journal`."""

from typing import Annotated

import typer

from auditor.cli.database import DatabaseOption, database_url
from auditor.cli.output import as_json
from auditor.errors import InputError

app = typer.Typer(help="Look after the database.", no_args_is_help=True, rich_markup_mode=None)
Format = Annotated[str, typer.Option("--format", "-f", help="text or json")]


@app.command()
def status(database: DatabaseOption = None, format_: Format = "text") -> None:
    """Say where the database is, how large, and whether its schema is this release's. Status 1 when it is not."""
    from auditor.store.engine import make_engine, open_store, sqlite_file
    from auditor.store.migrate import State, schema_of
    from auditor.store.size import database_bytes

    url = database_url(database)
    file = sqlite_file(make_engine(url))
    if file is not None and not file.exists():
        raise InputError("there is no database yet", where=str(file), mend="`auditor db upgrade` makes one.")
    store = open_store(url)
    try:
        schema, size = schema_of(store), database_bytes(store)
    finally:
        store.close()
    if format_ == "json":
        as_json(
            {
                "database": store.place,
                "state": schema.state,
                "revision": schema.revision,
                "needed": schema.head,
                "bytes": size,
            }
        )
    else:
        typer.echo(f"{store.place}: {WORDS[schema.state]}")
        typer.echo(f"  schema {schema.revision or 'none'}, this release needs {schema.head}; {size} bytes")
    if schema.state is not State.CURRENT:
        raise typer.Exit(1)


@app.command()
def upgrade(database: DatabaseOption = None) -> None:
    """Bring the database to this release's schema, or make it. An SQLite file is copied first, beside itself."""
    from auditor.store.engine import open_store
    from auditor.store.migrate import upgrade as bring_up

    store = open_store(database_url(database))
    try:
        done = bring_up(store)
    finally:
        store.close()
    if done.before == done.after:
        typer.echo(f"{store.place}: the schema is {done.after} already")
        return
    typer.echo(f"{store.place}: the schema is {done.after} now, and was {done.before or 'none'}")
    if done.copy:
        typer.echo(f"  as it was before: {done.copy}")


@app.command()
def retain(
    database: DatabaseOption = None,
    captures: Annotated[
        int | None, typer.Option(metavar="NIGHTS", help="Default: the setting keep_captures, 30.")
    ] = None,
    reports: Annotated[int | None, typer.Option(metavar="DAYS", help="Default: the setting keep_reports, 90.")] = None,
    downloads: Annotated[
        int | None,
        typer.Option(metavar="DAYS", help="Of reports that somebody asked for. Default: keep_downloads, 400."),
    ] = None,
    snapshots: Annotated[
        int | None,
        typer.Option(metavar="DAYS", help="After them one a week is kept; 0: all. Default: keep_snapshots, 0."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
    format_: Format = "text",
) -> None:
    """Remove old captures and reports, and content that nothing refers to. The service does so every night."""
    from datetime import UTC, datetime

    from auditor.settings import settings
    from auditor.store.going import Policy
    from auditor.store.migrate import ready_store
    from auditor.store.retention import retain as remove
    from auditor.store.retention import would_go

    said = settings()
    policy = Policy(
        said.keep_captures if captures is None else captures,
        said.keep_reports if reports is None else reports,
        said.keep_snapshots if snapshots is None else snapshots,
        said.keep_downloads if downloads is None else downloads,
    )
    store = ready_store(database_url(database))
    try:
        at = datetime.now(UTC)
        found = would_go(store, policy, at) if dry_run else remove(store, policy, at, actor=_person())
    finally:
        store.close()
    if format_ == "json":
        from dataclasses import asdict

        as_json(asdict(found))
        return
    verb = "would go" if dry_run else "went"
    typer.echo(
        f"{verb}: captures {found.captures}, reports {found.reports}, downloads {found.downloads}, "
        f"snapshots thinned {found.snapshots_thinned}, snapshots {found.snapshots}, "
        f"contents {found.contents} of {found.bytes} bytes"
    )
    typer.echo(f"the database has {found.after} bytes" + ("" if dry_run else f", and had {found.before}"))


@app.command()
def journal(
    database: DatabaseOption = None,
    head: Annotated[
        str | None, typer.Option(metavar="HASH", help="A head noted earlier: the chain must still hold it.")
    ] = None,
    format_: Format = "text",
) -> None:
    """Check that no entry of the journal was changed, removed or added by hand. Status 1 when one was."""
    from auditor.store.journal import verify
    from auditor.store.migrate import ready_store

    try:
        known = bytes.fromhex(head) if head is not None else None
    except ValueError:
        known = b""
    if known is not None and len(known) != 32:
        raise InputError(f"{head!r} is no head of a journal", mend="It is 64 hexadecimal digits.")
    store = ready_store(database_url(database))
    try:
        found = verify(store, known)
    finally:
        store.close()
    said = {"entries": found.entries, "head": found.head.hex(), "broken": found.broken, "reason": found.reason}
    if format_ == "json":
        as_json(said)
    elif found.broken is None:
        typer.echo(f"{found.entries} entries hold\n  head {found.head.hex()}")
    else:
        typer.echo(f"entry {found.broken} does not hold: {found.reason}\n  {found.entries} before it do")
    if found.broken is not None:
        raise typer.Exit(1)


def _person() -> str:
    """Who runs the command, as the operating system knows him; the journal's entry is no proof of it."""
    import getpass

    try:
        return f"{getpass.getuser()} (command line)"
    except (KeyError, OSError):
        return "(command line)"


WORDS = {
    "current": "up to date",
    "empty": "empty; `auditor db upgrade` makes the tables",
    "older": "older than this release; run `auditor db upgrade`",
    "newer": "newer than this release; use the release that upgraded it",
    "foreign": "not a database of Auditor",
}
