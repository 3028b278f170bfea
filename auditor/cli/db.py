"""`auditor db status | upgrade`."""

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


WORDS = {
    "current": "up to date",
    "empty": "empty; `auditor db upgrade` makes the tables",
    "older": "older than this release; run `auditor db upgrade`",
    "newer": "newer than this release; use the release that upgraded it",
    "foreign": "not a database of Auditor",
}
