"""`/api/v1/users`: for admins. Nobody changes his own roles, and no admin knows another user's password."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from sqlalchemy import Connection

from auditor.access import Grant, Permission, Role, may_change_grants_of, parsed_scope
from auditor.api.forms import Form, GrantForm, Limit, Line, Name, Page, Person, page, person
from auditor.api.guard import Asking, Asks, World, allowed
from auditor.api.problems import ProblemError, described
from auditor.store.access import grants, onetime, users
from auditor.store.access.onetime import LIVES, Purpose
from auditor.store.engine import now

router = APIRouter(prefix="/api/v1/users", tags=["users"])
READ, WRITE = allowed(Permission.USERS_READ), allowed(Permission.USERS_WRITE)
ERRORS = described(401, 403, 404, 409, 422)


class NewUser(Form):
    """A user, and what it may do."""

    name: Name = Field(examples=["zoe"])
    display: Line = ""
    grants: list[GrantForm] = Field(default_factory=list, max_length=20)


class Changes(Form):
    """What is to be changed; what is left out stays."""

    display: Line | None = None
    state: Literal["active", "disabled"] | None = None


class Handed(BaseModel):
    """A token to hand over to the user, shown only now: `POST /api/v1/password` takes it."""

    token: str
    expires_at: datetime


class UserMade(BaseModel):
    """A new user."""

    user: Person
    password: Handed


class Ended(BaseModel):
    """How many sessions were ended."""

    sessions: int


@router.get("", dependencies=[READ], responses=described(401, 403))
def list_users(world: World, after: Annotated[Name, Query()] = "", limit: Limit = 100) -> Page[Person]:
    """All users, by name."""
    with world.store.reading() as connection:
        return page(users.listed(connection, after, limit + 1), limit, person, lambda one: one.name)


@router.post("", dependencies=[WRITE], status_code=201, responses=ERRORS)
def add_user(form: NewUser, asks: Asks, world: World) -> UserMade:
    """A new user, who sets a password with the token that comes back."""
    with world.store.writing() as connection:
        return user_made(connection, form, asks)


@router.get("/{name}", dependencies=[READ], responses=ERRORS)
def show_user(name: str, world: World) -> Person:
    """One user."""
    with world.store.reading() as connection:
        return person(users.find(connection, name))


@router.patch("/{name}", dependencies=[WRITE], responses=ERRORS)
def change_user(name: str, form: Changes, asks: Asks, world: World) -> Person:
    """Show it under another name, disable or enable it. A disabled user's sessions end, its tokens rest."""
    with world.store.writing() as connection:
        user_changed(connection, name, form, asks)
        return person(users.find(connection, name))


@router.post("/{name}/grants", dependencies=[WRITE], responses=ERRORS)
def grant_role(name: str, form: GrantForm, asks: Asks, world: World) -> Person:
    """Grant a role within a scope; its sessions end. Granting what is granted changes nothing."""
    check_other(asks, name)
    with world.store.writing() as connection:
        grants.give(connection, name, form.grant(), asks.actor)
        return person(users.find(connection, name))


@router.delete("/{name}/grants/{role}", dependencies=[WRITE], responses=ERRORS)
def revoke_role(
    name: str,
    role: Role,
    asks: Asks,
    world: World,
    label: Annotated[
        list[Line] | None, Query(description="The labels of its scope: `site=ams`.", max_length=10)
    ] = None,
) -> Person:
    """Revoke a role within exactly this scope; its sessions end. Revoking what is not granted changes nothing."""
    check_other(asks, name)
    with world.store.writing() as connection:
        grants.take(connection, name, Grant(role, parsed_scope(label or [])), asks.actor)
        return person(users.find(connection, name))


@router.post("/{name}/password-token", dependencies=[WRITE], status_code=201, responses=ERRORS)
def let_set_password(name: str, asks: Asks, world: World) -> Handed:
    """A token with which the user sets another password; the one it has stays good until then."""
    check_other(asks, name)
    with world.store.writing() as connection:
        return handed(connection, name, asks)


@router.delete("/{name}/sessions", dependencies=[WRITE], responses=ERRORS)
def end_sessions(name: str, asks: Asks, world: World) -> Ended:
    """Sign the user out everywhere."""
    with world.store.writing() as connection:
        return Ended(sessions=signed_out(connection, name, asks))


def user_made(connection: Connection, form: NewUser, asks: Asking) -> UserMade:
    """A new user with its grants, and the token to hand over. Raises InputError."""
    wanted = [one.grant() for one in form.grants]
    users.add(connection, form.name, asks.actor, display=form.display)
    for grant in wanted:
        grants.give(connection, form.name, grant, asks.actor)
    secret = handed(connection, form.name, asks)
    return UserMade(user=person(users.find(connection, form.name)), password=secret)


def user_changed(connection: Connection, name: str, form: Changes, asks: Asking) -> None:
    """Do what the form says. Raises ProblemError, InputError."""
    if form.state is not None:
        check_other(asks, name)
    if form.display is not None:
        users.rename(connection, name, form.display, asks.actor)
    if form.state is not None:
        users.set_state(connection, name, form.state, asks.actor)


def handed(connection: Connection, name: str, asks: Asking) -> Handed:
    """A token to set a password with; it is nowhere after. Raises InputError."""
    secret = onetime.password_token(connection, name, asks.actor)
    return Handed(token=secret, expires_at=now(connection) + LIVES[Purpose.PASSWORD])


def signed_out(connection: Connection, name: str, asks: Asking) -> int:
    """End all sessions of a user; how many. Raises InputError."""
    ended = users.end_sessions(connection, users.find(connection, name).id)
    asks.actor.note(connection, "sessions ended", name, {"sessions": ended})
    return ended


def check_other(asks: Asking, name: str) -> None:
    """Raise ProblemError when somebody would do this to himself."""
    if not may_change_grants_of(asks.principal, name):
        raise ProblemError(403, "own-account", "nobody does this to his own account: ask another admin")
