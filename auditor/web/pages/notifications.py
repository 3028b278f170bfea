"""Notifications, for admins: who is told of what, through what, and what became of it."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from auditor.access import Permission
from auditor.api import cursors
from auditor.api.guard import Asks, World, allowed
from auditor.api.routes.notify import channel_shown, notice_shown, retried, subscription_shown, tried
from auditor.store.notify import outbox, subscribers
from auditor.web.forms import Posted
from auditor.web.paint import page, see

router = APIRouter(prefix="/notifications", include_in_schema=False)
MANAGES = allowed(Permission.SETTINGS_WRITE, page=True)
SHOWN = 50
KINDS = {"pending": "notchecked", "sending": "notchecked", "sent": "pass", "failed": "unknown", "given up": "fail"}
WORDS = {
    "pending": "Waits",
    "sending": "Being sent",
    "sent": "Sent",
    "failed": "Failed, tried again",
    "given up": "Given up",
}
SAID = {"again": "It is tried again now.", "sent": "The test went out. Look whether it arrived."}
State = Literal["", "pending", "sending", "sent", "failed", "given up"]


@router.get("", dependencies=[MANAGES])
def show(
    request: Request, world: World, asks: Asks, state: Annotated[State, Query()] = "", after: cursors.After = ""
) -> Response:
    """Channels, subscriptions, and the outbox, newest first."""
    return _drawn(request, world, asks, state, after)


@router.post("/outbox/{number}/retry", dependencies=[MANAGES])
def retry(number: int, asks: Asks, world: World, fields: Posted) -> Response:
    """Try once more what was not sent."""
    with world.store.writing() as connection:
        retried(connection, number, asks)
    return see("/notifications", done="again")


@router.post("/channels/{name}/test", dependencies=[MANAGES])
def test(name: str, request: Request, asks: Asks, world: World, fields: Posted) -> Response:
    """Send a test through a channel."""
    problem = tried(world, name, asks)
    if problem is not None:
        return _drawn(request, world, asks, status=422, problem=f"{name[:100]}: {problem}")
    return see("/notifications", done="sent")


def _drawn(
    request: Request,
    world: World,
    asks: Asks,
    state: str = "",
    after: str = "",
    *,
    status: int = 200,
    problem: str = "",
) -> Response:
    place = cursors.read(after, int)
    with world.store.reading() as connection:
        channels, subscribed = subscribers.channels(connection), subscribers.subscriptions(connection)
        before = place[0] if place else None
        found = outbox.listed(connection, states=[state] if state else (), limit=SHOWN + 1, before=before)
    return page(
        request,
        "notifications",
        asks,
        status=status,
        problem=problem,
        done=SAID.get(request.query_params.get("done", ""), ""),
        channels=[channel_shown(one) for one in channels],
        subscriptions=[subscription_shown(one) for one in subscribed],
        notices=[notice_shown(row) for row in found[:SHOWN]],
        next=cursors.written(found[SHOWN - 1].id) if len(found) > SHOWN else "",
        state=state,
        states=list(WORDS.items()),
        kinds=KINDS,
        said=WORDS,
    )
