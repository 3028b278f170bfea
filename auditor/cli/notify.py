"""`auditor notify channel | subscribe | list | remove | outbox`: who is told of what, and what became of it."""

from typing import Annotated

import typer

from auditor.cli.database import DatabaseOption
from auditor.errors import InputError

app = typer.Typer(
    help="Tell people: by mail, signed webhooks, other services.", no_args_is_help=True, rich_markup_mode=None
)
channel = typer.Typer(help="Ways to somebody.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(channel, name="channel")
Name = Annotated[str, typer.Argument(metavar="NAME", help="Name of the channel.")]
Format = Annotated[str, typer.Option("--format", "-f", help="text or json")]


@channel.command()
def add(
    name: Name,
    email: Annotated[list[str] | None, typer.Option(metavar="ADDRESS", help="Send mail to; may be repeated.")] = None,
    sender: Annotated[str | None, typer.Option(metavar="ADDRESS", help="From whom mail comes.")] = None,
    smtp: Annotated[str | None, typer.Option(metavar="HOST[:PORT]", help="Mail server. Port: 587, or 465.")] = None,
    security: Annotated[str, typer.Option(help="starttls, tls, or none for a relay on this machine.")] = "starttls",
    username: Annotated[str, typer.Option(help="User at the mail server.")] = "",
    password: Annotated[
        str | None, typer.Option(metavar="REFERENCE", help="env:AUDITOR_NOTIFY_NAME or file:/PATH: where it stands.")
    ] = None,
    webhook: Annotated[
        str | None, typer.Option(metavar="URL", help="Post signed JSON to; a URL, or a reference to one.")
    ] = None,
    secret: Annotated[
        str | None, typer.Option(metavar="REFERENCE", help="Where the key of the webhook's signature stands.")
    ] = None,
    apprise: Annotated[
        str | None,
        typer.Option(metavar="REFERENCE", help="Where the URL of another service stands, as apprise has it."),
    ] = None,
    ca_file: Annotated[str | None, typer.Option(metavar="FILE", help="Authorities of the peer's certificate.")] = None,
    database: DatabaseOption = None,
) -> None:
    """Add a channel: one of --email, --webhook, --apprise. Secrets are named, never written down."""
    from auditor.cli.notify_text import absolute, actor, opened, smtp_server
    from auditor.notify.channels import checked_channel, shown
    from auditor.store.notify import subscribers

    if sum(bool(one) for one in (email, webhook, apprise)) != 1:
        raise InputError("a channel is one of --email, --webhook and --apprise", mend="Give exactly one.")
    asked: dict[str, object] = {"kind": "email" if email else "webhook" if webhook else "apprise"}
    if email:
        host, port = smtp_server(smtp, security)
        asked |= {"host": host, "port": port, "security": security, "to": email, "sender": sender or ""}
        asked |= {"username": username, "password": password, "ca_file": absolute(ca_file)}
    elif webhook:
        asked |= {"url": webhook, "secret": secret or "", "ca_file": absolute(ca_file)}
    else:
        asked["url"] = apprise
    made = checked_channel(asked)
    with opened(database) as store, store.writing() as connection:
        subscribers.add_channel(connection, name, made, actor())
    typer.echo(f"{name}: {shown(made)}; try it with `auditor notify channel test {name}`")


@channel.command("list")
def list_channels(database: DatabaseOption = None, format_: Format = "text") -> None:
    """List the channels, and where each leads."""
    from auditor.cli.notify_text import opened, print_channels
    from auditor.store.notify import subscribers

    with opened(database) as store, store.reading() as connection:
        found = subscribers.channels(connection)
    print_channels(found, as_json=format_ == "json")


@channel.command("test")
def try_channel(name: Name, database: DatabaseOption = None) -> None:
    """Send a test through a channel now, from this machine. Status 2 when it does not arrive."""
    from auditor.cli.notify_text import actor, opened
    from auditor.service.telling import send_test

    with opened(database) as store:
        send_test(store, name, actor())
    typer.echo(f"{name}: sent")


@channel.command("remove")
def remove_channel(name: Name, database: DatabaseOption = None) -> None:
    """Take a channel out of use, with its subscriptions. What was not sent is not sent any more."""
    from auditor.cli.notify_text import actor, opened
    from auditor.store.notify import subscribers

    with opened(database) as store, store.writing() as connection:
        count = subscribers.remove_channel(connection, name, actor())
    typer.echo(f"{name}: removed, with {count} subscription{'' if count == 1 else 's'}")


@app.command()
def subscribe(
    name: Name,
    event: Annotated[list[str], typer.Option(help="run.finished, findings.new, ...; may be repeated.")],
    severity: Annotated[str, typer.Option(help="New failures at or above: info to critical.")] = "high",
    label: Annotated[list[str] | None, typer.Option(metavar="KEY=VALUE", help="Only targets with this label.")] = None,
    days: Annotated[int, typer.Option(min=1, max=365, help="Days before a waiver's end.")] = 14,
    digest: Annotated[
        str | None,
        typer.Option(metavar="'HH:MM ZONE'", help="One message a day: '07:00 Europe/Paris'. Default: at once."),
    ] = None,
    database: DatabaseOption = None,
) -> None:
    """Tell a channel of what happens from now on. Several labels: a target must have all of them."""
    from auditor.access.scopes import parsed_scope
    from auditor.cli.notify_text import actor, digest_of, opened
    from auditor.notify.subscriptions import checked_subscription
    from auditor.store.notify import subscribers

    wanted = checked_subscription(
        {
            "events": event,
            "severity": severity,
            "labels": parsed_scope(label or ()).as_dict(),
            "days": days,
            "digest": digest_of(digest),
        }
    )
    with opened(database) as store, store.writing() as connection:
        number = subscribers.subscribe(connection, name, wanted, actor())
    typer.echo(f"subscription {number}: {name} is told of {', '.join(wanted.events)}")


@app.command("list")
def list_subscriptions(database: DatabaseOption = None, format_: Format = "text") -> None:
    """List who is told of what."""
    from auditor.cli.notify_text import opened, print_subscriptions
    from auditor.store.notify import subscribers

    with opened(database) as store, store.reading() as connection:
        found = subscribers.subscriptions(connection)
    print_subscriptions(found, as_json=format_ == "json")


@app.command()
def remove(
    number: Annotated[int, typer.Argument(metavar="NUMBER", help="Number of the subscription.")],
    database: DatabaseOption = None,
) -> None:
    """Take a subscription out of use. What was not sent is not sent any more."""
    from auditor.cli.notify_text import actor, opened
    from auditor.store.notify import subscribers

    with opened(database) as store, store.writing() as connection:
        found = subscribers.unsubscribe(connection, number, actor())
    typer.echo(f"subscription {number} to {found.channel}: removed")


@app.command()
def outbox(
    state: Annotated[
        list[str] | None, typer.Option(help="Only pending, sending, sent, failed (tried again) or 'given up'.")
    ] = None,
    last: Annotated[int, typer.Option(min=1, max=1000, help="How many of the latest.")] = 50,
    database: DatabaseOption = None,
    format_: Format = "text",
) -> None:
    """Show what was to be told, and what became of it."""
    from auditor.cli.notify_text import opened, print_outbox
    from auditor.store.notify import outbox as stored

    if unknown := set(state or ()) - set(stored.STATES):
        raise InputError(f"{min(unknown)[:40]!r} is no state", mend=f"Choose one of {', '.join(stored.STATES)}.")
    with opened(database) as store, store.reading() as connection:
        found = stored.listed(connection, states=state or (), limit=last)
    print_outbox(found, as_json=format_ == "json")
