"""`auditor token create | list | revoke`: tokens for programs."""

from typing import Annotated

import typer

from auditor.access import Permission
from auditor.cli.database import DatabaseOption
from auditor.cli.output import as_json, table
from auditor.cli.person import Format, Label, open_database, token_data, when

app = typer.Typer(help="Tokens for programs.", no_args_is_help=True, rich_markup_mode=None)


@app.command()
def create(
    user: Annotated[str, typer.Option("--user", metavar="NAME", help="Whose token: it never has more than the user.")],
    title: Annotated[str, typer.Option(help="What it is for.")],
    permission: Annotated[
        list[Permission], typer.Option("--permission", "-p", help="What it may do: results:read. Several times.")
    ],
    label: Label = None,
    days: Annotated[int, typer.Option(min=1, max=366, help="How long it is good.")] = 90,
    database: DatabaseOption = None,
    format_: Format = "text",
) -> None:
    """Make a token and print its secret, this once."""
    from datetime import timedelta

    from auditor.access import Narrowing, parsed_scope
    from auditor.store.access import tokens, users
    from auditor.store.access.acting import local_actor
    from auditor.store.engine import now

    narrowing = Narrowing(frozenset(permission), parsed_scope(label or []))
    with open_database(database) as store, store.writing() as connection:
        owner, ends = users.find(connection, user), now(connection) + timedelta(days=days)
        token, secret = tokens.make(connection, owner, title, narrowing, ends, local_actor())
    if format_ == "json":
        as_json({**token_data(token), "secret": secret})
    else:
        typer.echo(secret)
        typer.echo(f"token {token.id} of {user}, until {when(token.expires_at)}; it is shown only now", err=True)


@app.command(name="list")
def list_(
    user: Annotated[str | None, typer.Option("--user", metavar="NAME", help="Only those of this user.")] = None,
    database: DatabaseOption = None,
    format_: Format = "text",
) -> None:
    """List tokens; their secrets are known to nobody."""
    from auditor.store.access import tokens
    from auditor.store.engine import now

    with open_database(database) as store, store.reading() as connection:
        found, at = tokens.listed(connection, user, limit=1_000_000), now(connection)
    if format_ == "json":
        as_json([token_data(one) for one in found])
        return
    rows = []
    for one in found:
        state = "good" if one.good(at) else "revoked" if one.revoked_at else "expired"
        what = f"{', '.join(one.permissions)} of {one.scope}"
        rows.append((str(one.id), one.owner, one.title, state, when(one.expires_at), when(one.used_at), what))
    table(("id", "owner", "title", "state", "until", "last used", "may"), rows)


@app.command()
def revoke(
    number: Annotated[int, typer.Argument(metavar="ID", help="Its number, as `auditor token list` shows it.")],
    database: DatabaseOption = None,
) -> None:
    """Let a token be good for nothing from now on."""
    from auditor.store.access import tokens
    from auditor.store.access.acting import local_actor

    with open_database(database) as store, store.writing() as connection:
        was = tokens.revoke(connection, number, local_actor())
    typer.echo(f"token {number} is revoked{'' if was else ' already'}")
