"""What stands in the outbox is sent: outside of transactions, under a lease, by any number of processes."""

import random
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import structlog

from auditor.errors import InputError
from auditor.notify.addresses import networks
from auditor.notify.channels import Channel
from auditor.notify.events import Kind
from auditor.notify.messages import Message, render
from auditor.notify.senders import SendError, Ways, send
from auditor.notify.subscriptions import Told
from auditor.service.noticing import notice_runs, notice_schedules, notice_waivers
from auditor.settings import settings
from auditor.store.access.acting import Who, note
from auditor.store.engine import Store, now
from auditor.store.notify import outbox
from auditor.store.notify.outbox import Claim
from auditor.store.notify.subscribers import channel_of, find_channel

LOOK, SEND, SELDOM = 10.0, 5.0, 3600.0  # seconds between two looks at runs and schedules; at the outbox; at waivers
AT_ONCE = 50  # messages in one round
KEPT = timedelta(days=400)  # longer than a waiver's end can be told of ahead: it would be told of again


def keep_telling(store: Store, stop: threading.Event) -> None:
    """Notice and send until `stop` is set. What goes wrong is told in the log, and done again the next time."""
    habits: list[tuple[str, float, Callable[[Store], object]]] = [
        ("runs", LOOK, notice_runs),
        ("schedules", LOOK, notice_schedules),
        ("waivers", SELDOM, notice_waivers),
        ("outbox", SEND, partial(send_due, stop=stop)),
        ("old", SELDOM, forget),
    ]
    due = [0.0] * len(habits)
    while not stop.is_set():
        for number, (name, every, act) in enumerate(habits):
            if time.monotonic() < due[number]:
                continue
            due[number] = time.monotonic() + every
            try:
                act(store)
            except InputError as problem:  # the database is away, or a definition in it is none
                structlog.get_logger().warning("not told", what=name, reason=str(problem)[:300])
            except Exception as problem:  # no traceback: its frames may hold a secret
                structlog.get_logger().error("a fault in Auditor itself", what=name, problem=type(problem).__name__)
        stop.wait(1.0)


def send_due(store: Store, stop: threading.Event | None = None) -> int:
    """Send what is due; how many messages were tried. Raises StoreError, InputError for settings that are none."""
    for number in range(AT_ONCE):
        if stop is not None and stop.is_set():
            return number
        with store.reading() as connection:
            if not outbox.is_due(connection):
                return number
        with store.writing() as connection:
            claimed = outbox.claim(connection)
        if claimed is None:
            return number
        _send(store, claimed)
    return AT_ONCE


def send_test(store: Store, name: str, actor: Who) -> None:
    """Send a test through a channel, now. Raises InputError: why it did not arrive."""
    with store.reading() as connection:
        found, at = find_channel(connection, name), now(connection)
    told = Told(key="test", kind=Kind.TEST, at=at, about=found.name)
    message = render([told], f"msg_test_{random.getrandbits(64):016x}", settings().public_url)
    try:
        send(found.channel, message, _ways())
    except SendError as problem:
        mend = "`auditor notify channel list` says where it leads."
        raise InputError(str(problem), where=f"channel {name}", mend=mend) from None
    with store.writing() as connection:
        note(connection, actor, "notification channel tested", found.name)


def forget(store: Store) -> int:
    """Remove what was settled long ago; how many events."""
    with store.writing() as connection:
        return outbox.forget(connection, now(connection) - KEPT)


def _send(store: Store, claimed: Claim) -> None:
    with store.reading() as connection:
        found = channel_of(connection, claimed.subscription)
    log = structlog.get_logger().bind(delivery=claimed.delivery, attempt=claimed.attempt, events=len(claimed.told))
    why, final = "the channel was removed", True
    if found is not None:
        log = log.bind(channel=found.name)
        why, final = _tried(found.channel, claimed)
    with store.writing() as connection:
        if not why:
            outbox.sent(connection, claimed)
        else:
            outbox.failed(connection, claimed, why, random.random(), final=final)  # noqa: S311  spreads attempts
    if why:
        log.warning("notification not sent", reason=why)
    else:
        log.info("notification sent")


def _tried(channel: Channel, claimed: Claim) -> tuple[str, bool]:
    """Why it was not sent ("" when it was), and whether another attempt would do no good."""
    try:
        message: Message = render(claimed.told, claimed.delivery, settings().public_url, again=claimed.again)
        send(channel, message, _ways())
    except SendError as problem:
        return str(problem), problem.final
    except InputError as problem:  # a secret that cannot be read now may be there later
        return " ".join(str(problem).split())[:300], False
    except Exception as problem:
        return f"a fault in Auditor itself ({type(problem).__name__})", False
    return "", False


def _ways() -> Ways:
    said = settings()
    return Ways(networks(said.notify_networks, said.origin("notify_networks") or "notify_networks"))
