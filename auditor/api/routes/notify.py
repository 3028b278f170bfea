"""`/api/v1/notify`: who is told of what, through which channels, and what became of it."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request
from pydantic import Field, StringConstraints
from sqlalchemy import Connection
from starlette.responses import Response

from auditor.access import Permission
from auditor.api import cursors
from auditor.api.answering import as_json, page_of
from auditor.api.forms import Form, Labels, Limit, Line
from auditor.api.guard import Asking, Asks, World, allowed
from auditor.api.once import Key, once
from auditor.api.problems import described
from auditor.api.routes.common import missing
from auditor.api.shapes import ListOf
from auditor.api.upkeep_shapes import ChannelShown, ChannelTried, NoticeShown, Removed, Retried, SubscriptionShown
from auditor.errors import ConflictError, InputError, NotFoundError, faults_in
from auditor.evidence.captures import iso
from auditor.notify.channels import checked_channel, shown
from auditor.notify.messages import headline
from auditor.notify.subscriptions import Told, checked_subscription
from auditor.service.telling import send_test
from auditor.store.engine import StoreError
from auditor.store.notify import outbox, subscribers
from auditor.store.notify.subscribers import StoredChannel, Subscribed

router = APIRouter(prefix="/api/v1/notify", tags=["notify"])
MANAGES = allowed(Permission.SETTINGS_WRITE)
LISTED = described(401, 403, 422)
ERRORS = described(400, 401, 403, 404, 409, 413, 422)
# A file of the server would be read and sent off: such references are given on its own command line.
Reference = Annotated[str, StringConstraints(max_length=120, pattern=r"^env:AUDITOR_NOTIFY_[A-Z0-9_]{1,100}$")]
Number = Annotated[int, Path(ge=1, lt=1 << 53)]


class EmailForm(Form):
    """Mail through a server."""

    kind: Literal["email"]
    host: Line = Field(examples=["mail.example.org"])
    port: int = Field(default=587, ge=1, le=65_535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: Line = ""
    password: Reference | None = None
    sender: Line = Field(examples=["auditor@example.org"])
    to: list[Line] = Field(min_length=1, max_length=50, examples=[["audits@example.org"]])


class WebhookForm(Form):
    """Signed JSON by POST. The URL holds no secret, or is a reference to one that does."""

    kind: Literal["webhook"]
    url: Annotated[str, StringConstraints(max_length=2000, pattern=r"^(https?://|env:)")] = Field(
        examples=["https://hooks.example.org/auditor"]
    )
    secret: Reference = Field(examples=["env:AUDITOR_NOTIFY_NAME"])


class ServiceForm(Form):
    """Another service, by a URL of apprise."""

    kind: Literal["apprise"]
    url: Reference


class ChannelForm(Form):
    """A channel. Secrets are named by variables of the service, never sent."""

    name: Line = Field(examples=["team"])
    channel: Annotated[EmailForm | WebhookForm | ServiceForm, Field(discriminator="kind")]


class DigestForm(Form):
    """Once a day, at a time in a zone."""

    at: Line = Field(examples=["07:00"])
    zone: Line = Field(examples=["Europe/Amsterdam"])


class SubscriptionForm(Form):
    """What a channel is told of from now on."""

    channel: Line = Field(examples=["team"])
    events: list[Line] = Field(min_length=1, max_length=20, examples=[["findings.new", "run.failed"]])
    severity: Literal["info", "low", "medium", "high", "critical"] = "high"
    labels: Labels
    days: int = Field(default=14, ge=1, le=365, description="Before a waiver's end.")
    digest: DigestForm | None = None


@router.get("/channels", dependencies=[MANAGES], responses=LISTED, response_model=ListOf[ChannelShown])
def list_channels(request: Request, world: World) -> Response:
    """Channels in use, by name, and where each leads."""
    with world.store.reading() as connection:
        return page_of(request, [channel_shown(one) for one in subscribers.channels(connection)], None)


@router.post("/channels", dependencies=[MANAGES], status_code=201, responses=ERRORS, response_model=ChannelShown)
def add_channel(form: ChannelForm, request: Request, asks: Asks, world: World, key: Key = None) -> Response:
    """Add a way to somebody; a removed name is taken up again."""
    made = checked_channel(form.channel.model_dump())

    def act(connection: Connection) -> dict[str, Any]:
        if any(one.name == form.name for one in subscribers.channels(connection)):
            raise ConflictError("a channel has that name already")
        subscribers.add_channel(connection, form.name, made, asks.actor)
        return channel_shown(subscribers.find_channel(connection, form.name))

    return once(request, world.store, asks, key, form, 201, act)


@router.post("/channels/{name}/test", dependencies=[MANAGES], responses=ERRORS, response_model=ChannelTried)
def test_channel(name: str, request: Request, asks: Asks, world: World) -> Response:
    """Send a test through a channel now, and say whether it went out."""
    problem = tried(world, name, asks)
    return as_json(request, {"sent": problem is None, "problem": problem})


@router.post("/channels/{name}/remove", dependencies=[MANAGES], responses=ERRORS, response_model=Removed)
def remove_channel(name: str, request: Request, asks: Asks, world: World, key: Key = None) -> Response:
    """Take a channel out of use, with its subscriptions. What was not sent is not sent any more."""

    def act(connection: Connection) -> dict[str, Any]:
        return {"removed": name, "subscriptions": subscribers.remove_channel(connection, name, asks.actor)}

    return once(request, world.store, asks, key, None, 200, act)


@router.get("/subscriptions", dependencies=[MANAGES], responses=LISTED, response_model=ListOf[SubscriptionShown])
def list_subscriptions(request: Request, world: World) -> Response:
    """Who is told of what, by number."""
    with world.store.reading() as connection:
        return page_of(request, [subscription_shown(one) for one in subscribers.subscriptions(connection)], None)


@router.post(
    "/subscriptions", dependencies=[MANAGES], status_code=201, responses=ERRORS, response_model=SubscriptionShown
)
def subscribe(form: SubscriptionForm, request: Request, asks: Asks, world: World, key: Key = None) -> Response:
    """Tell a channel of what happens from now on."""
    wanted = checked_subscription(form.model_dump(exclude={"channel"}))

    def act(connection: Connection) -> dict[str, Any]:
        number = subscribers.subscribe(connection, form.channel, wanted, asks.actor)
        return subscription_shown(next(one for one in subscribers.subscriptions(connection) if one.id == number))

    return once(request, world.store, asks, key, form, 201, act)


@router.post("/subscriptions/{number}/remove", dependencies=[MANAGES], responses=ERRORS, response_model=Removed)
def unsubscribe(number: Number, request: Request, asks: Asks, world: World, key: Key = None) -> Response:
    """Take a subscription out of use. What was not sent is not sent any more."""

    def act(connection: Connection) -> dict[str, Any]:
        found = subscribers.unsubscribe(connection, number, asks.actor)
        return {"removed": found.channel, "subscriptions": 1}

    return once(request, world.store, asks, key, None, 200, act)


@router.get("/outbox", dependencies=[MANAGES], responses=LISTED, response_model=ListOf[NoticeShown])
def list_outbox(
    request: Request,
    world: World,
    after: cursors.After = "",
    limit: Limit = 100,
    state: Annotated[list[Literal["pending", "sending", "sent", "failed", "given up"]], Query(max_length=5)] = [],  # noqa: B006  FastAPI copies it
) -> Response:
    """What was to be told, the newest first, and what became of it."""
    place = cursors.read(after, int)
    with world.store.reading() as connection:
        found = outbox.listed(connection, states=state, limit=limit + 1, before=place[0] if place else None)
    more = cursors.written(found[limit - 1].id) if len(found) > limit else None
    return page_of(request, [notice_shown(row) for row in found[:limit]], more)


@router.post("/outbox/{number}/retry", dependencies=[MANAGES], responses=ERRORS, response_model=Retried)
def retry_notice(number: Number, request: Request, asks: Asks, world: World, key: Key = None) -> Response:
    """Try once more, now, what was not sent: the whole message, under the id that it had."""

    def act(connection: Connection) -> dict[str, Any]:
        return {"delivery": retried(connection, number, asks)}

    return once(request, world.store, asks, key, None, 200, act)


def tried(world: World, name: str, asks: Asking) -> str | None:
    """Send a test through a channel; why it did not go out, None when it did. Raises NotFoundError, StoreError."""
    with world.store.reading() as connection:
        subscribers.find_channel(connection, name)
    problem = None
    try:
        send_test(world.store, name, asks.actor)
    except (NotFoundError, StoreError):
        raise
    except InputError as fault:
        problem = faults_in(fault)[0].what
        with world.store.writing() as connection:
            asks.actor.note(connection, "notification channel tested", name, {"problem": problem})
    return problem


def retried(connection: Connection, number: int, asks: Asking) -> str:
    """The id of the message that is tried again. Raises ProblemError, ConflictError."""
    rows = outbox.listed(connection, limit=1, before=number + 1)
    if not rows or rows[0].id != number:
        raise missing("event")
    if subscribers.channel_of(connection, rows[0].subscription) is None:
        raise ConflictError("its channel or subscription was removed")
    delivery = outbox.retry(connection, number)
    if delivery is None:
        raise ConflictError(f"there is nothing to try again: it is {rows[0].state}")
    asks.actor.note(connection, "notification tried again", delivery, {"channel": rows[0].channel})
    return delivery


def channel_shown(one: StoredChannel) -> dict[str, Any]:
    """A channel and where it leads."""
    leads = shown(one.channel)
    return {
        "name": one.name,
        "kind": one.channel.kind,
        "leads_to": "(a secret)" if leads.startswith("file:") else leads,
    }


def subscription_shown(one: Subscribed) -> dict[str, Any]:
    """Who is told of what."""
    said = one.wanted.model_dump(mode="json")
    return {"number": one.id, "channel": one.channel, **said, "created_at": iso(one.created_at)}


def notice_shown(row: Any) -> dict[str, Any]:
    """What was to be told, and what became of it."""
    names = ("id", "channel", "subscription", "kind", "state", "attempts", "digest")
    times = {"not_before": row.not_before, "noticed_at": row.created_at, "changed_at": row.changed_at}
    return {
        **{name: getattr(row, name) for name in names},
        "headline": headline(Told.model_validate_json(row.told)),
        "delivery": row.delivery or None,
        "maybe_twice": row.interrupted,
        "error": row.error or None,
        **{name: iso(at) for name, at in times.items()},
    }
