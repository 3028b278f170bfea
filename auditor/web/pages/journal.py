"""The journal: who did what, in words; how far its chain was checked, and how anybody proves it."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from auditor.access import Permission
from auditor.api.guard import Asks, World, allowed
from auditor.api.routes.common import Text
from auditor.errors import InputError
from auditor.service.journal_watch import walk_on
from auditor.store.entries import Entry, Only, entries, number_at
from auditor.web.forms import Posted, one
from auditor.web.journal_words import ACTIONS, HOW, details, sentence
from auditor.web.paint import page, see

router = APIRouter(prefix="/journal", include_in_schema=False)
READ = allowed(Permission.JOURNAL_READ, page=True)
SHOWN, SECONDS = 50, 3.0
Day = Annotated[str, Query(pattern=r"^(\d{4}-\d{2}-\d{2})?$")]


@router.get("", dependencies=[READ])
def list_entries(
    request: Request,
    asks: Asks,
    world: World,
    actor: Text = "",
    action: Text = "",
    object_: Annotated[Text, Query(alias="object")] = "",
    since: Day = "",
    until: Day = "",
    after: Annotated[int, Query(ge=0, lt=1 << 53)] = 0,
) -> Response:
    """Entries, newest first; days are UTC."""
    with world.store.reading() as connection:
        walk = walk_on(connection)
        above = number_at(connection, _day(since)) if since else 0
        below = number_at(connection, _day(until) + timedelta(days=1)) + 1 if until else None
        before = min(after, below) if after and below else after or below
        found = entries(connection, Only(actor.strip(), action.strip(), object_.strip(), above), before, SHOWN + 1)
    return page(
        request,
        "journal",
        asks,
        entries=[_row(entry) for entry in found[:SHOWN]],
        next=found[SHOWN - 1].number if len(found) > SHOWN else "",
        wanted={"actor": actor, "action": action, "object": object_, "since": since, "until": until},
        filtered=any((actor, action, object_, since, until)),
        actions=ACTIONS,
        walk={
            "entries": walk.found.entries,
            "left": walk.left,
            "broken": walk.found.broken,
            "reason": walk.found.reason,
            "head": walk.found.head.hex(),
            "began": walk.began.isoformat(),
            "at": walk.at.isoformat(),
        },
        checked=request.query_params.get("done", "") == "checked",
    )


@router.post("/check", dependencies=[READ])
def check(asks: Asks, world: World, fields: Posted) -> Response:
    """Walk the chain on for some seconds, or anew from the first entry."""
    with world.store.reading() as connection:
        walk = walk_on(connection, SECONDS, anew=one(fields, "anew") == "1")
    with world.store.writing() as connection:
        found = {"entries": walk.found.entries, "head": walk.found.head.hex(), "broken": walk.found.broken}
        asks.actor.note(connection, "journal checked", "journal", found)
    return see("/journal", done="checked")


def _day(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:
        raise InputError("there is no such day", mend="Write it like 2026-11-21.") from None


def _row(entry: Entry) -> dict[str, object]:
    how = {key: str(entry.detail.get(key, "")) for key in HOW}
    return {
        "number": entry.number,
        "at": entry.at.isoformat(),
        "actor": entry.actor,
        "said": sentence(entry)._asdict(),
        "action": entry.action,
        "how": how,
        "details": details(entry.detail),
        "hash": entry.hash.hex(),
    }
