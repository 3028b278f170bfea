"""`auditor user add | list | show | grant | revoke | disable | enable | password`: on the server itself, by whoever may
open its database.
"""

from typing import Annotated

import typer

from auditor.access import Role
from auditor.cli.database import DatabaseOption
from auditor.cli.output import as_json, one_line, table
from auditor.cli.person import Format, Label, grants_text, new_password, open_database, user_data, when

app = typer.Typer(help="Who may sign in, and do what.", no_args_is_help=True, rich_markup_mode=None)
Name = Annotated[str, typer.Argument(metavar="NAME", help="Name of the user.")]
RoleArgument = Annotated[Role, typer.Argument(metavar="ROLE", help="viewer, auditor, operator, approver or admin.")]


@app.command()
def add(
    name: Name,
    role: Annotated[
        list[Role] | None, typer.Option("--role", help="viewer, auditor, operator, approver or admin.")
    ] = None,
    label: Label = None,
    display: Annotated[str, typer.Option(help="Name of the person.")] = "",
    no_password: Annotated[bool, typer.Option("--no-password", help="Nobody signs in with one yet.")] = False,
    database: DatabaseOption = None,
) -> None:
    """Add a user. The password is asked for, or read from standard input."""
    from auditor.access import Grant, parsed_scope
    from auditor.store.access import grants, users
    from auditor.store.access.acting import local_actor

    scope, actor = parsed_scope(label or []), local_actor()
    with open_database(database) as store:
        kept = None if no_password else new_password(name)
        with store.writing() as connection:
            users.add(connection, name, actor, display=display, password_hash=kept)
            for one in dict.fromkeys(role or []):
                grants.give(connection, name, Grant(one, scope), actor)
            user = users.find(connection, name)
    typer.echo(f"{name} is added: {grants_text(user.grants)}")


@app.command(name="list")
def list_(database: DatabaseOption = None, format_: Format = "text") -> None:
    """List all users with their roles."""
    from auditor.store.access import users

    with open_database(database) as store, store.reading() as connection:
        found = users.listed(connection, limit=1_000_000)
    if format_ == "json":
        as_json([user_data(one) for one in found])
        return
    rows = [(one.name, one.state, grants_text(one.grants), one.display) for one in found]
    table(("name", "state", "roles", "person"), rows)


@app.command()
def show(name: Name, database: DatabaseOption = None, format_: Format = "text") -> None:
    """Show a user: roles, permissions, how it signs in."""
    from auditor.store.access import users

    with open_database(database) as store, store.reading() as connection:
        user = users.find(connection, name)
    held = users.permissions_of(user)
    if format_ == "json":
        as_json({**user_data(user), "permissions": list(held)})
        return
    how = f"at {user.external[0]}" if user.external else "with a password" if user.has_password else "not at all yet"
    typer.echo(f"{user.name}  {one_line(user.display)}\n  state        {user.state}, since {when(user.changed_at)}")
    typer.echo(f"  signs in     {one_line(how)}\n  roles        {one_line(grants_text(user.grants), 1000)}")
    typer.echo(f"  permissions  {', '.join(held) or '-'}")


@app.command()
def grant(name: Name, role: RoleArgument, label: Label = None, database: DatabaseOption = None) -> None:
    """Grant a role, everywhere or where the labels are. The user signs in anew."""
    from auditor.access import Grant, parsed_scope
    from auditor.store.access import grants
    from auditor.store.access.acting import local_actor

    wanted = Grant(role, parsed_scope(label or []))
    with open_database(database) as store, store.writing() as connection:
        new = grants.give(connection, name, wanted, local_actor())
    typer.echo(f"{name} is {role} of {wanted.scope}{'' if new else ' already'}")


@app.command()
def revoke(name: Name, role: RoleArgument, label: Label = None, database: DatabaseOption = None) -> None:
    """Revoke a role within exactly these labels. The user signs in anew."""
    from auditor.access import Grant, parsed_scope
    from auditor.store.access import grants
    from auditor.store.access.acting import local_actor

    wanted = Grant(role, parsed_scope(label or []))
    with open_database(database) as store, store.writing() as connection:
        there = grants.take(connection, name, wanted, local_actor())
    typer.echo(f"{name} is {'no longer' if there else 'not'} {role} of {wanted.scope}")


@app.command()
def disable(name: Name, database: DatabaseOption = None) -> None:
    """Let a user do nothing any more: sessions end, tokens rest."""
    _set_state(name, "disabled", database)


@app.command()
def enable(name: Name, database: DatabaseOption = None) -> None:
    """Let a disabled user sign in again; its tokens are good again."""
    _set_state(name, "active", database)


@app.command()
def password(
    name: Name,
    token: Annotated[
        bool,
        typer.Option("--token", help="Print a token with which the user sets it: good once, for an hour."),
    ] = False,
    remove: Annotated[bool, typer.Option("--remove", help="Have none: nobody signs in with one.")] = False,
    database: DatabaseOption = None,
) -> None:
    """Set another password; it is asked for, or read from standard input. All sessions of the user end."""
    from auditor.store.access import onetime, users
    from auditor.store.access.acting import local_actor

    with open_database(database) as store:
        with store.reading() as connection:
            users.find(connection, name)
        if token:
            with store.writing() as connection:
                typer.echo(onetime.password_token(connection, name, local_actor()))
            return
        kept = None if remove else new_password(name)
        with store.writing() as connection:
            users.set_password(connection, name, kept, local_actor())
    typer.echo(f"{name} has {'no password' if remove else 'another password'} now; its sessions have ended")


def _set_state(name: str, state: str, database: str | None) -> None:
    from auditor.store.access import users
    from auditor.store.access.acting import local_actor

    with open_database(database) as store, store.writing() as connection:
        changed = users.set_state(connection, name, state, local_actor())
    typer.echo(f"{name} is {state}{'' if changed else ' already'}")
