"""`/api/v1/setup` and `/api/v1/password`: what a one-time token is good for."""

from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from auditor.access import Principal
from auditor.access.passwords import checked_password
from auditor.api.forms import Form, Name, Person, Secret, person
from auditor.api.guard import World, check_private, public
from auditor.api.problems import described
from auditor.store.access import hashing, onetime, users
from auditor.store.access.acting import Actor
from auditor.store.access.onetime import Purpose

router = APIRouter(prefix="/api/v1", tags=["setup"])
OneTime = Annotated[Secret, Field(description="The token that was printed, or handed over.")]


class SetupForm(Form):
    """The first admin."""

    token: OneTime
    name: Name = Field(examples=["zoe"])
    password: Secret


class NewPasswordForm(Form):
    """A password, by somebody who was given a token for it."""

    token: OneTime
    password: Secret


class Setup(BaseModel):
    """Whether the first admin is still to be made."""

    needed: bool


@router.get("/setup", dependencies=[public()])
def is_setup_needed(world: World) -> Setup:
    """Whether there is no user yet."""
    with world.store.reading() as connection:
        return Setup(needed=users.none_yet(connection))


@router.post("/setup", dependencies=[public()], status_code=201, responses=described(403, 422, 503))
def make_first_admin(form: SetupForm, request: Request, world: World) -> Person:
    """Make the first admin, with the token that the service printed at its start."""
    check_private(request)
    secret = form.token.get_secret_value()
    with world.store.reading() as connection:
        onetime.check(connection, secret, Purpose.SETUP)
    kept = hashing.hashed(checked_password(form.password.get_secret_value(), form.name))
    actor = Actor(Principal(form.name), world.door.address(request), request.scope["request_id"])
    with world.store.writing() as connection:
        onetime.first_admin(connection, secret, form.name, kept, actor)
        return person(users.find(connection, form.name))


@router.post("/password", dependencies=[public()], status_code=204, responses=described(403, 422, 503))
def set_password(form: NewPasswordForm, request: Request, world: World) -> None:
    """Set a password with a token that an admin gave."""
    check_private(request)
    secret, address = form.token.get_secret_value(), world.door.address(request)
    with world.store.reading() as connection:
        user = onetime.owner_of(connection, secret)
    kept = hashing.hashed(checked_password(form.password.get_secret_value(), user.name))
    with world.store.writing() as connection:
        onetime.new_password(connection, secret, kept, address, request.scope["request_id"])
