"""One's own account: roles, password, tokens for programs."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from auditor.access import Permission, allowed_permissions
from auditor.access.permissions import ABOUT, NEVER_BY_TOKEN
from auditor.api import session
from auditor.api.forms import granted, shown
from auditor.api.guard import Asking, Asks, World, allowed
from auditor.api.session import PasswordForm, password_changed
from auditor.api.tokens import NewToken, token_made, token_revoked
from auditor.store.access import tokens
from auditor.store.engine import now
from auditor.web.filling import REFUSED, Filled, faults_of, filled_with, first_time, pairs_of
from auditor.web.forms import Fields, Posted, filled, one
from auditor.web.paint import page, see

router = APIRouter(prefix="/account", include_in_schema=False)
READ, WRITE = allowed(Permission.ACCOUNT_READ, page=True), allowed(Permission.ACCOUNT_WRITE, page=True)
SHOWN = 100
PASSWORD = {"current": "current", "new": "new"}
TOKEN = {"title": "title", "permissions": "permissions", "scope": "scope", "expires_at": "until"}
SAID = {
    "password": "The password is changed. Everywhere else you are signed out.",
    "revoked": "The token is revoked. Nothing can be done with it any more.",
}
After = Annotated[int, Query(ge=0, lt=1 << 53)]


@router.get("", dependencies=[READ])
def show(request: Request, asks: Asks, world: World, after: After = 0) -> Response:
    """Who asks, with what roles and what tokens."""
    return _drawn(request, asks, world, after=after)


@router.post("/password", dependencies=[WRITE])
def change_password(request: Request, asks: Asks, world: World, fields: Posted) -> Response:
    """Set another password; this session goes on as a new one, all others end."""
    try:
        if one(fields, "new") != one(fields, "again"):
            return _drawn(request, asks, world, 422, password=Filled(faults={"again": "The two differ."}))
        form = filled(PasswordForm, {"current": one(fields, "current"), "new": one(fields, "new")})
        found = password_changed(form, asks, world)
    except REFUSED as problem:
        status, faults = faults_of(problem, PASSWORD)
        where = {403: "current", 422: "new"}.get(status, "")
        placed = {(where if name == "" else name): text for name, text in faults.items()}
        return _drawn(request, asks, world, 422 if status == 403 else status, password=Filled(faults=placed))
    answer = see("/account", done="password")
    answer.set_cookie(world.door.cookie, found.secret, secure=world.door.secure, **session.COOKIE)
    return answer


@router.post("/tokens", dependencies=[WRITE])
def make_token(request: Request, asks: Asks, world: World, fields: Posted) -> Response:
    """Make a token. Its secret stands in this answer, and nowhere after."""
    try:
        form = filled(NewToken, _token(fields))
        with world.store.writing() as connection:
            if not first_time(connection, asks, fields, "/account/tokens"):
                return page(request, "token_made", asks, made=None)
            made = token_made(connection, form, asks)
    except REFUSED as problem:
        status, faults = faults_of(problem, TOKEN)
        return _drawn(request, asks, world, status, token=Filled(fields, faults))
    return page(request, "token_made", asks, status=201, made=made.model_dump(mode="json"))


@router.post("/tokens/{number}/revoke", dependencies=[WRITE])
def revoke_token(number: int, asks: Asks, world: World) -> Response:
    """Revoke one of the own tokens."""
    with world.store.writing() as connection:
        token_revoked(connection, number, asks)
    return see("/account", done="revoked")


def _token(fields: Fields) -> Mapping[str, Any]:
    day = one(fields, "until").strip()
    return {
        "title": one(fields, "title").strip(),
        "permissions": fields.get("permissions", []),
        "scope": pairs_of(one(fields, "scope")),
        "expires_at": f"{day}T23:59:59Z" if day else "",
    }


def _drawn(
    request: Request,
    asks: Asking,
    world: World,
    status: int = 200,
    *,
    after: int = 0,
    password: Filled | None = None,
    token: Filled | None = None,
) -> Response:
    with world.store.reading() as connection:
        at = now(connection)
        mine = tokens.listed(connection, asks.user.name, after, SHOWN + 1)
    may = [one for one in Permission if one in allowed_permissions(asks.principal) - NEVER_BY_TOKEN]
    fresh = filled_with(until=f"{datetime.now(UTC) + timedelta(days=90):%Y-%m-%d}", permissions=["results:read"])
    return page(
        request,
        "account",
        asks,
        status=status,
        done=SAID.get(request.query_params.get("done", ""), ""),
        grants=granted(asks.user.grants),
        expires=asks.expires_at.isoformat(),
        local=asks.user.has_password,
        tokens=[shown(each).model_dump(mode="json") | {"good": each.good(at)} for each in mine[:SHOWN]],
        next=mine[SHOWN - 1].id if len(mine) > SHOWN else "",
        choices=[(each.value, f"{each.value}: {ABOUT[each]}") for each in may],
        password=password or Filled(),
        token=token or fresh,
    )
