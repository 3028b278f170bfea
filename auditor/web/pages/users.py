"""Users, for admins: who there is, what each may do and where, and what nobody does to himself."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from sqlalchemy import Connection
from starlette.responses import Response

from auditor.access import ROLES, WHOLE_ESTATE, Grant, Permission, Role, may_change_grants_of, parsed_scope
from auditor.access.permissions import ABOUT
from auditor.access.roles import ABOUT as ROLE_ABOUT
from auditor.api.forms import GrantForm, granted, person, shown
from auditor.api.guard import Asking, Asks, World, allowed
from auditor.api.tokens import token_revoked
from auditor.api.users import Changes, NewUser, check_other, handed, signed_out, user_changed, user_made
from auditor.errors import InputError
from auditor.store.access import grants, tokens, users
from auditor.store.engine import now
from auditor.web.filling import REFUSED, Filled, faults_of, filled_with, first_time, pairs_of
from auditor.web.forms import Fields, Posted, filled, one
from auditor.web.paint import page, see

router = APIRouter(prefix="/users", include_in_schema=False)
READ, WRITE = allowed(Permission.USERS_READ, page=True), allowed(Permission.USERS_WRITE, page=True)
TOKENS = allowed(Permission.TOKENS_WRITE, page=True)
SHOWN, MOST_TOKENS = 100, 200
PAGES = frozenset({"new", "roles", "tokens"})  # beside /users/{name}
NEW = {"name": "name", "display": "display", "grants": "role", "role": "role", "scope": "scope"}
SAID = {
    "given": "The role is granted. The user signs in anew.",
    "taken": "The role is revoked. The user signs in anew.",
    "changed": "The name is changed.",
    "disabled": "The user is disabled: every session has ended, and no token is good.",
    "active": "The user is enabled.",
    "out": "The user is signed out everywhere.",
    "revoked": "The token is revoked.",
}
Word = Annotated[str, Query(max_length=100)]
After = Annotated[int, Query(ge=0, lt=1 << 53)]


@router.get("", dependencies=[READ])
def list_users(request: Request, asks: Asks, world: World, after: Word = "", part: Word = "") -> Response:
    """All users by name."""
    with world.store.reading() as connection:
        found = users.listed(connection, after, SHOWN + 1, part)
    next_ = found[SHOWN - 1].name if len(found) > SHOWN else ""
    shown_ = [person(one).model_dump(mode="json") for one in found[:SHOWN]]
    return page(request, "users", asks, users=shown_, next=next_, part_of_name=part)


@router.get("/roles", dependencies=[READ])
def show_roles(request: Request, asks: Asks) -> Response:
    """Which role may do what."""
    rows = [
        (one.value, ABOUT[one], one not in WHOLE_ESTATE, [one in ROLES[role] for role in Role])
        for one in Permission
        if any(one in ROLES[role] for role in Role)
    ]
    return page(request, "users_roles", asks, roles=[(one.value, ROLE_ABOUT[one]) for one in Role], rows=rows)


@router.get("/tokens", dependencies=[TOKENS])
def list_tokens(request: Request, asks: Asks, world: World, after: After = 0) -> Response:
    """The tokens of all users."""
    with world.store.reading() as connection:
        at, found = now(connection), tokens.listed(connection, None, after, SHOWN + 1)
    told = [shown(one).model_dump(mode="json") | {"good": one.good(at)} for one in found[:SHOWN]]
    next_ = found[SHOWN - 1].id if len(found) > SHOWN else ""
    done = SAID.get(request.query_params.get("done", ""), "")
    return page(request, "users_tokens", asks, tokens=told, next=next_, done=done)


@router.post("/tokens/{number}/revoke", dependencies=[TOKENS])
def revoke_token(number: int, asks: Asks, world: World) -> Response:
    """Revoke anybody's token."""
    with world.store.writing() as connection:
        token_revoked(connection, number, asks)
    return see("/users/tokens", done="revoked")


@router.get("/new", dependencies=[WRITE])
def new_user(request: Request, asks: Asks) -> Response:
    """The form for a new user."""
    return _new(request, asks, filled_with(role="viewer"))


@router.post("/new", dependencies=[WRITE])
def add_user(request: Request, asks: Asks, world: World, fields: Posted) -> Response:
    """Add a user. The token to set a password with stands in this answer, and nowhere after."""
    name = one(fields, "name").strip()
    if name in PAGES:
        return _new(request, asks, Filled(fields, {"name": "A page here is called that: choose another name."}), 422)
    try:
        wanted = [_grant(fields)] if one(fields, "role") else []
        form = filled(NewUser, {"name": name, "display": one(fields, "display").strip(), "grants": wanted})
        with world.store.writing() as connection:
            if not first_time(connection, asks, fields, "/users/new"):
                return see(f"/users/{name}")
            made = user_made(connection, form, asks)
    except REFUSED as problem:
        status, faults = faults_of(problem, NEW)
        if isinstance(problem, InputError) and (said := faults.pop("", "")):
            faults["scope" if "label" in said else "name"] = said
        return _new(request, asks, Filled(fields, faults), status)
    return page(request, "password_token", asks, status=201, name=name, made=made.password.model_dump(mode="json"))


@router.get("/{name}", dependencies=[READ])
def show_user(name: str, request: Request, asks: Asks, world: World) -> Response:
    """A user, and what can be done about it."""
    return _drawn(request, asks, world, name)


@router.post("/{name}/grants", dependencies=[WRITE])
def give_role(name: str, request: Request, asks: Asks, world: World, fields: Posted) -> Response:
    """Grant a role within a scope."""
    check_other(asks, name)
    try:
        grant = filled(GrantForm, _grant(fields)).grant()
        with world.store.writing() as connection:
            grants.give(connection, name, grant, asks.actor)
    except REFUSED as problem:
        status, faults = faults_of(problem, NEW)
        return _drawn(request, asks, world, name, Filled(fields, faults), status)
    return see(f"/users/{name}", done="given")


@router.post("/{name}/grants/revoke", dependencies=[WRITE])
def take_role(name: str, asks: Asks, world: World, fields: Posted) -> Response:
    """Revoke a role within exactly this scope."""
    check_other(asks, name)
    form = filled(GrantForm, {"role": one(fields, "role"), "scope": {}})
    with world.store.writing() as connection:
        grants.take(connection, name, Grant(form.role, parsed_scope(fields.get("label", []))), asks.actor)
    return see(f"/users/{name}", done="taken")


@router.post("/{name}/state", dependencies=[WRITE])
def set_state(name: str, asks: Asks, world: World, fields: Posted) -> Response:
    """Disable or enable."""
    form = filled(Changes, {"state": one(fields, "state")})
    with world.store.writing() as connection:
        user_changed(connection, name, form, asks)
    return see(f"/users/{name}", done=str(form.state))


@router.post("/{name}/display", dependencies=[WRITE])
def set_display(name: str, asks: Asks, world: World, fields: Posted) -> Response:
    """Show it under another name of a person."""
    form = filled(Changes, {"display": one(fields, "display").strip()})
    with world.store.writing() as connection:
        user_changed(connection, name, form, asks)
    return see(f"/users/{name}", done="changed")


@router.post("/{name}/sessions", dependencies=[WRITE])
def sign_out(name: str, asks: Asks, world: World) -> Response:
    """Sign it out everywhere."""
    with world.store.writing() as connection:
        signed_out(connection, name, asks)
    return see(f"/users/{name}", done="out")


@router.post("/{name}/password-token", dependencies=[WRITE])
def let_set_password(name: str, request: Request, asks: Asks, world: World) -> Response:
    """A token to set a password with; it stands in this answer, and nowhere after."""
    check_other(asks, name)
    with world.store.writing() as connection:
        made = handed(connection, name, asks)
    return page(request, "password_token", asks, status=201, name=name, made=made.model_dump(mode="json"))


def _grant(fields: Fields) -> Mapping[str, Any]:
    return {"role": one(fields, "role"), "scope": pairs_of(one(fields, "scope"))}


def _new(request: Request, asks: Asking, form: Filled, status: int = 200) -> Response:
    choices = [("", "None yet"), *((one.value, f"{one.value.capitalize()}: {ROLE_ABOUT[one]}") for one in Role)]
    return page(request, "user_new", asks, status=status, form=form, roles=choices)


def _drawn(
    request: Request, asks: Asking, world: World, name: str, form: Filled | None = None, status: int = 200
) -> Response:
    with world.store.reading() as connection:
        user = users.find(connection, name)
        told = _told(connection, user)
    return page(
        request,
        "user",
        asks,
        status=status,
        done=SAID.get(request.query_params.get("done", ""), ""),
        own=not may_change_grants_of(asks.principal, user.name),
        roles=[(one.value, f"{one.value.capitalize()}: {ROLE_ABOUT[one]}") for one in Role],
        form=form or filled_with(role="viewer"),
        **told,
    )


def _told(connection: Connection, user: users.User) -> dict[str, Any]:
    at, kept = now(connection), tokens.listed(connection, user.name, 0, MOST_TOKENS)
    return {
        "user": person(user).model_dump(mode="json"),
        "given": grants.told(connection, user.id),
        "everything": granted(user.grants),
        "tokens": [shown(one).model_dump(mode="json") | {"good": one.good(at)} for one in kept],
    }
