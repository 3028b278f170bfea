"""`/api/v1/session`: sign in, sign out, who am I, my password. The answer to signing in never says what was wrong."""

from datetime import datetime
from math import ceil
from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from auditor.access import Permission, allowed_permissions
from auditor.access.passwords import checked_password
from auditor.api.context import Context
from auditor.api.doorway import Doorway
from auditor.api.forms import Form, Granted, Line, Secret, granted
from auditor.api.guard import Asking, Asks, World, allowed, check_private, public
from auditor.api.problems import ProblemError, described
from auditor.store.access import attempts, hashing, sessions, users
from auditor.store.access.secret import csrf_of
from auditor.store.access.sessions import SignedIn
from auditor.store.access.signing_in import Attempt, RefusedError, TooManyError, checked, sign_in

COOKIE: dict[str, Any] = {"path": "/", "httponly": True, "samesite": "strict"}
router = APIRouter(prefix="/api/v1/session", tags=["session"])


class SignInForm(Form):
    """Who signs in."""

    name: Line = Field(examples=["zoe"])
    password: Secret


class PasswordForm(Form):
    """The password as it was, and as it shall be."""

    current: Secret
    new: Secret


class Who(BaseModel):
    """Who asks."""

    name: str
    display: str
    via: str = Field(examples=["session"])
    grants: list[Granted] = Field(description="Roles of the user; a token has them narrowed to `permissions`.")
    permissions: list[Permission] = Field(description="What may be done to at least one thing.")
    expires_at: datetime
    csrf: str | None = Field(description="For the header `X-CSRF-Token` of every change; null for a token.")


@router.post("", dependencies=[public()], responses=described(401, 403, 422, 429, 503))
def open_session(form: SignInForm, request: Request, response: Response, world: World) -> Who:
    """Sign in: sets the cookie of a new session; one that was sent is ended."""
    check_private(request)
    door = world.door
    old, address = request.cookies.get(door.cookie, ""), door.address(request)
    attempt = Attempt(form.name, form.password.get_secret_value(), address, request.scope["request_id"], old)
    try:
        found = sign_in(world.store, attempt)
    except (RefusedError, TooManyError) as problem:
        raise refusal(problem) from None
    return _opened(response, door, found)


@router.get("", dependencies=[allowed(Permission.ACCOUNT_READ)], responses=described(401, 403))
def who_am_i(asks: Asks) -> Who:
    """Who asks, with what rights, until when."""
    return Who(
        name=asks.user.name,
        display=asks.user.display,
        via=str(asks.principal.via),
        grants=granted(asks.user.grants),
        permissions=[one for one in Permission if one in allowed_permissions(asks.principal)],
        expires_at=asks.expires_at,
        csrf=csrf_of(asks.session) if asks.session else None,
    )


@router.delete("", dependencies=[allowed(Permission.ACCOUNT_WRITE)], status_code=204, responses=described(401, 403))
def close_session(asks: Asks, response: Response, world: World) -> None:
    """Sign out."""
    with world.store.writing() as connection:
        sessions.end_session(connection, asks.session, asks.actor)
    response.delete_cookie(world.door.cookie, secure=world.door.secure, **COOKIE)


@router.put(
    "/password",
    dependencies=[allowed(Permission.ACCOUNT_WRITE)],
    responses=described(401, 403, 422, 429, 503),
)
def change_password(form: PasswordForm, asks: Asks, response: Response, world: World) -> Who:
    """Set another password: every session of the user ends, and this one goes on as a new one."""
    return _opened(response, world.door, password_changed(form, asks, world))


def password_changed(form: PasswordForm, asks: Asking, world: Context) -> SignedIn:
    """The session that goes on with another password. Raises ProblemError, InputError."""
    name, address = asks.user.name, asks.actor.address
    new = checked_password(form.new.get_secret_value(), name)
    try:
        checked(world.store, name, form.current.get_secret_value(), address, asks.actor.request)
    except TooManyError as problem:
        raise refusal(problem) from None
    except RefusedError:
        raise ProblemError(403, "wrong-password", "the current password is another one") from None
    kept = hashing.hashed(new)
    with world.store.writing() as connection:
        attempts.succeeded(connection, name, address)
        users.set_password(connection, name, kept, asks.actor)
        return sessions.open_session(connection, users.find(connection, name), asks.actor)


def refusal(problem: RefusedError | TooManyError) -> ProblemError:
    """The one answer to whatever was wrong, or how long to wait."""
    if isinstance(problem, TooManyError):
        wait = max(1, ceil(problem.wait.total_seconds()))
        return ProblemError(429, "too-many-attempts", f"try again in {wait} s", {"Retry-After": str(wait)})
    return ProblemError(401, "sign-in-refused", "name and password do not go together", {"WWW-Authenticate": "Bearer"})


def _opened(response: Response, door: Doorway, found: SignedIn) -> Who:
    response.set_cookie(door.cookie, found.secret, secure=door.secure, **COOKIE)
    user = found.user
    return Who(
        name=user.name,
        display=user.display,
        via="session",
        grants=granted(user.grants),
        permissions=list(users.permissions_of(user)),
        expires_at=found.expires_at,
        csrf=csrf_of(found.secret),
    )
