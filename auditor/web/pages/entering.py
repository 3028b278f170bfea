"""Sign in and out, the first admin, a new password by a token."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from auditor.access import Permission
from auditor.api import session, setup
from auditor.api.guard import Asks, World, allowed, check_private, public
from auditor.api.session import SignInForm
from auditor.errors import InputError
from auditor.store.access import sessions, users
from auditor.store.access.signing_in import Attempt, RefusedError, TooManyError, sign_in
from auditor.web.forms import Posted, filled, one
from auditor.web.landing import landing
from auditor.web.paint import page, see

router = APIRouter(include_in_schema=False)
Next = Annotated[str, Query()]
SAID = {
    "out": "You are signed out.",
    "made": "The first admin is made. Sign in.",
    "set": "The password is set, and every session of yours has ended. Sign in.",
}


@router.get("/sign-in", dependencies=[public(page=True)])
def show_sign_in(request: Request, world: World, next_: Annotated[str, Query(alias="next")] = "/") -> Response:
    """The form to sign in with; the first admin's while there is no user."""
    with world.store.reading() as connection:
        if users.none_yet(connection):
            return see("/setup")
    return _sign_in_page(request, next_)


@router.post("/sign-in", dependencies=[public(page=True)])
def take_sign_in(request: Request, world: World, fields: Posted) -> Response:
    """Open a session, and go on to where the link wanted to lead."""
    check_private(request)
    form = filled(SignInForm, {"name": one(fields, "name"), "password": one(fields, "password")})
    door, wanted = world.door, one(fields, "next")
    old, address = request.cookies.get(door.cookie, ""), door.address(request)
    attempt = Attempt(form.name, form.password.get_secret_value(), address, request.scope["request_id"], old)
    try:
        found = sign_in(world.store, attempt)
    except RefusedError:
        return _sign_in_page(request, wanted, "Name and password do not go together.", 401, form.name)
    except TooManyError as problem:
        refusal = session.refusal(problem)
        drawn = _sign_in_page(request, wanted, f"Too many attempts: {refusal.detail}.", 429, form.name)
        drawn.headers.update(refusal.headers or {})
        return drawn
    answer = see(landing(wanted))
    answer.set_cookie(door.cookie, found.secret, secure=door.secure, **session.COOKIE)
    return answer


@router.post("/sign-out", dependencies=[allowed(Permission.ACCOUNT_WRITE, page=True)])
def sign_out(asks: Asks, world: World) -> Response:
    """End the session."""
    with world.store.writing() as connection:
        sessions.end_session(connection, asks.session, asks.actor)
    answer = see("/sign-in", done="out")
    answer.delete_cookie(world.door.cookie, secure=world.door.secure, **session.COOKIE)
    return answer


@router.get("/setup", dependencies=[public(page=True)])
def show_setup(request: Request, world: World) -> Response:
    """The form for the first admin."""
    with world.store.reading() as connection:
        if not users.none_yet(connection):
            return see("/sign-in")
    return page(request, "setup", None, problem="", name="")


@router.post("/setup", dependencies=[public(page=True)])
def take_setup(request: Request, world: World, fields: Posted) -> Response:
    """Make the first admin."""
    name, password = one(fields, "name"), one(fields, "password")
    if password != one(fields, "again"):
        return page(request, "setup", None, status=422, problem="The two passwords differ.", name=name)
    form = filled(setup.SetupForm, {"token": one(fields, "token").strip(), "name": name, "password": password})
    try:
        setup.make_first_admin(form, request, world)
    except InputError as problem:
        return page(request, "setup", None, status=422, problem=_said(problem), name=name)
    return see("/sign-in", done="made")


@router.get("/password", dependencies=[public(page=True)])
def show_password(request: Request) -> Response:
    """The form for a new password by a token."""
    return page(request, "password", None, problem="")


@router.post("/password", dependencies=[public(page=True)])
def take_password(request: Request, world: World, fields: Posted) -> Response:
    """Set a password with a token that an admin handed over."""
    password = one(fields, "password")
    if password != one(fields, "again"):
        return page(request, "password", None, status=422, problem="The two passwords differ.")
    form = filled(setup.NewPasswordForm, {"token": one(fields, "token").strip(), "password": password})
    try:
        setup.set_password(form, request, world)
    except InputError as problem:
        return page(request, "password", None, status=422, problem=_said(problem))
    return see("/sign-in", done="set")


def _sign_in_page(request: Request, wanted: str, problem: str = "", status: int = 200, name: str = "") -> Response:
    done = SAID.get(request.query_params.get("done", ""), "")
    sso = getattr(request.app.state.context, "sso", None)
    shown = {"next": landing(wanted), "problem": problem, "name": name, "done": done, "sso": sso}
    return page(request, "sign_in", None, status=status, **shown)


def _said(problem: InputError) -> str:
    return f"{problem.what}. {problem.mend}".strip()
