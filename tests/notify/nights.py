"""Nights with a known outcome, in a time to come: what happened before a subscription is told to nobody."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from auditor.domain import Failure
from auditor.notify.subscriptions import Told, checked_subscription
from auditor.store.engine import Store
from auditor.store.notify import outbox, subscribers
from auditor.store.notify.subscribers import add_channel, subscribe
from auditor.waivers import Waiver
from tests.service.pasts import Night, keep, read

FIRST = datetime(2099, 1, 1, 2, 0, tzinfo=UTC)
EVERY = ["run.finished", "findings.new", "drift.found", "coverage.low", "run.failed"]
HOOK = {"kind": "webhook", "url": "https://hooks.example.org/in", "secret": "env:AUDITOR_NOTIFY_SECRET"}


def night(
    store: Store,
    number: int,
    hosts: Mapping[str, str | None],
    *,
    labels: Mapping[str, Mapping[str, str]] | None = None,
    roles: Mapping[str, Sequence[str]] | None = None,
    source: str = "a",
    waivers: Sequence[Waiver] = (),
    prefix: str = "night",
) -> dict[str, Any]:
    """The document of a run: the host name of each host, None where it was not read."""
    at = FIRST + number * timedelta(days=1)
    seen = [
        read(
            name,
            source,
            at,
            hostname=called,
            roles=(roles or {}).get(name, ["web"]),
            labels=(labels or {}).get(name, {"site": "ams"}),
        )
        for name, called in hosts.items()
        if called is not None
    ]
    lost = [Failure(source, "no answer", name, "linux") for name, called in hosts.items() if called is None]
    return keep(store, Night(at, {source: seen}, {source: lost}), f"{prefix}-{number}", waivers)


def subscribed(store: Store, *, channel: str = "ops", definition: Mapping[str, Any] = HOOK, **wanted: Any) -> int:
    """The number of a subscription to a channel that is made if it is not there."""
    from auditor.notify.channels import checked_channel

    with store.writing() as connection:
        if channel not in [one.name for one in subscribers.channels(connection)]:
            add_channel(connection, channel, checked_channel(definition), "tester")
        return subscribe(connection, channel, checked_subscription({"events": EVERY} | wanted), "tester")


def told(store: Store, subscription: int | None = None) -> list[Told]:
    """What stands in the outbox, oldest first."""
    with store.reading() as connection:
        rows = outbox.listed(connection, limit=1000)[::-1]
    return [Told.model_validate_json(row.told) for row in rows if subscription in (None, row.subscription)]


def states(store: Store) -> list[tuple[str, int, bool]]:
    """State, attempts and whether a sender died with it, of each row, oldest first."""
    with store.reading() as connection:
        return [(row.state, row.attempts, row.interrupted) for row in outbox.listed(connection, limit=1000)[::-1]]
