"""What `auditor notify` reads and prints."""

import getpass
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from auditor.cli import output
from auditor.cli.database import database_url
from auditor.errors import InputError
from auditor.evidence.captures import iso
from auditor.notify.channels import shown
from auditor.notify.messages import headline
from auditor.notify.subscriptions import Told
from auditor.store.notify.subscribers import StoredChannel, Subscribed

if TYPE_CHECKING:
    from auditor.store.engine import Store

PORTS = {"tls": 465, "starttls": 587, "none": 25}


@contextmanager
def opened(database: str | None) -> "Iterator[Store]":
    """The store, closed at the end."""
    from auditor.store.migrate import ready_store

    store = ready_store(database_url(database))
    try:
        yield store
    finally:
        store.close()


def actor() -> str:
    """Who runs the command."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user without a name, as in many containers
        return "the command line"


def absolute(name: str | None) -> str | None:
    """A file, wherever the service is started."""
    return str(Path(name).absolute()) if name else None


def smtp_server(text: str | None, security: str) -> tuple[str, int]:
    """Host and port of `HOST`, `HOST:PORT` or `[ADDRESS]:PORT`. Raises InputError."""
    mend = "Write --smtp mail.example.org, or mail.example.org:465 with --security tls."
    if not text:
        raise InputError("mail needs a server", mend=mend)
    host, colon, port = text.rpartition(":")
    bare = ":" in host and not host.startswith("[")  # an IPv6 address without its brackets
    if not colon or text.endswith("]") or bare:
        return text, PORTS.get(security, 587)
    if not (port.isascii() and port.isdigit() and 0 < int(port[:6]) < 65_536):
        raise InputError(f"{text[:80]!r} has no port between 1 and 65535", mend=mend)
    return host, int(port)


def digest_of(text: str | None) -> dict[str, str] | None:
    """`HH:MM ZONE` as data; None: at once."""
    if text is None:
        return None
    at, _, zone = text.strip().partition(" ")
    return {"at": at, "zone": zone.strip() or "UTC"}


def print_channels(found: Sequence[StoredChannel], *, as_json: bool) -> None:
    """Name, kind and where each leads; references to secrets, for they are none."""
    if as_json:
        output.as_json([{"name": one.name, **_plain(one)} for one in found])
    elif not found:
        typer.echo("no channel; `auditor notify channel add` makes one")
    else:
        rows = [(one.name, one.channel.kind, shown(one.channel)) for one in found]
        output.table(("channel", "kind", "leads to"), rows)


def print_subscriptions(found: Sequence[Subscribed], *, as_json: bool) -> None:
    """Who is told of what."""
    if as_json:
        output.as_json(
            [{"number": one.id, "channel": one.channel, **one.wanted.model_dump(mode="json")} for one in found]
        )
    elif not found:
        typer.echo("nobody is told of anything; `auditor notify subscribe` changes that")
    else:
        rows = [
            (
                str(one.id),
                one.channel,
                ", ".join(one.wanted.events),
                one.wanted.severity,
                ", ".join(f"{key}={value}" for key, value in sorted(one.wanted.labels.items())) or "-",
                f"{one.wanted.digest.at} {one.wanted.digest.zone}" if one.wanted.digest else "at once",
            )
            for one in found
        ]
        output.table(("number", "channel", "events", "severity", "labels", "when"), rows)


def print_outbox(found: Sequence[Any], *, as_json: bool) -> None:
    """What there was to tell, the newest first."""
    listed = [(row, Told.model_validate_json(row.told)) for row in found]
    if as_json:
        output.as_json([_entry(row, told) for row, told in listed])
    elif not listed:
        typer.echo("nothing to tell, or nobody to tell it to")
    else:
        rows = [
            (iso(row.created_at), row.channel, _state(row), str(row.attempts), headline(told), row.error or "-")
            for row, told in listed
        ]
        output.table(("noticed", "channel", "state", "tried", "what", "problem"), rows)


def _state(row: Any) -> str:
    return f"{row.state}, maybe twice" if row.interrupted and row.state == "sent" else str(row.state)


def _entry(row: Any, told: Told) -> dict[str, Any]:
    return {
        "id": row.id,
        "channel": row.channel,
        "subscription": row.subscription,
        "event": row.event,
        "kind": row.kind,
        "headline": headline(told),
        "state": row.state,
        "delivery": row.delivery or None,
        "attempts": row.attempts,
        "maybe_twice": row.interrupted,
        "digest": row.digest,
        "not_before": iso(row.not_before),
        "error": row.error or None,
        "noticed_at": iso(row.created_at),
        "changed_at": iso(row.changed_at),
    }


def _plain(one: StoredChannel) -> dict[str, Any]:
    plain: dict[str, Any] = one.channel.model_dump(mode="json")
    if plain["kind"] == "webhook":
        plain["url"] = shown(one.channel)
    return plain
