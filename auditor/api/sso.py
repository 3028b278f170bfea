"""Single sign-on over HTTP: out to the provider and back; `/api/v1/session/methods` says whether there is one.

Whoever comes back is let in with a cookie that he had when he set out; `auditor.web.pages.sso` has the two pages.
"""

from dataclasses import dataclass
from datetime import timedelta
from math import ceil
from typing import Any

import structlog
from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from auditor.access import Principal, granted_to
from auditor.api.doorway import Doorway
from auditor.api.guard import World, check_private, public
from auditor.api.problems import ProblemError
from auditor.sso import SsoError, UnavailableError
from auditor.sso.provider import BusyError, Provider
from auditor.sso.ways import Trip, known_error, way_there, who_came_back
from auditor.store.access import attempts, setting_out, vouched
from auditor.store.access.acting import Actor
from auditor.store.access.secret import digest_of, new_secret
from auditor.store.access.sessions import SignedIn

START, BACK = "/sso/start", "/sso/callback"
COOKIE: dict[str, Any] = {"path": "/", "httponly": True, "samesite": "lax"}  # it comes along from the provider's page
_WHY = {
    "no-role": "none of your groups has a role here",
    "disabled": "this user is disabled",
    "too-many-roles": "your groups have more roles than one user may have",
    "conflict": "somebody else signs in under this name at this moment",
}
_log = structlog.get_logger()
router = APIRouter(prefix="/api/v1/session/methods", tags=["session"])


class SsoMethod(BaseModel):
    """A provider that vouches for people."""

    name: str = Field(examples=["login.example.org"])
    start: str = Field(description="Where a browser goes to; `?next=/path` leads back to that page.", examples=[START])


class Methods(BaseModel):
    """How one can sign in."""

    password: bool
    sso: SsoMethod | None


@router.get("", dependencies=[public()])
def ways_to_sign_in(world: World) -> Methods:
    """How one can sign in: with a password, and through which provider."""
    return Methods(password=True, sso=world.sso and SsoMethod(name=world.sso.name, start=START))


@dataclass(frozen=True, slots=True)
class Answered:
    """What a browser brings from the provider; None is what was not said."""

    state: str
    code: str | None = None
    error: str | None = None
    iss: str | None = None


def cookie_name(door: Doorway) -> str:
    """The name of the cookie of somebody who is on the way."""
    return "__Host-auditor_sso" if door.secure else "auditor_sso"


def sent_out(world: World, request: Request, path: str) -> tuple[str, str]:
    """Where a browser goes to, and the secret that its cookie holds meanwhile. Raises ProblemError.

    One that is on the way already, in another tab, keeps its secret, so that both come back.
    """
    provider, door = _provider(world), world.door
    check_private(request)
    kept = request.cookies.get(cookie_name(door), "")
    browser = kept if digest_of(kept) else new_secret()
    with world.store.writing() as connection:
        state = setting_out.set_out(connection, browser, path, door.address(request))
    if state is None:
        raise ProblemError(503, "busy", "too many are on their way to sign in", {"Retry-After": "60"})
    try:
        return way_there(provider, Trip(_callback(door, request), state, browser)), browser
    except SsoError as problem:
        raise _problem(problem) from None


def come_back(world: World, request: Request, said: Answered) -> tuple[SignedIn, str]:
    """The session of somebody who is back, and where he wanted to go. Raises ProblemError; the journal says why."""
    provider, door = _provider(world), world.door
    check_private(request)
    browser, address = request.cookies.get(cookie_name(door), ""), door.address(request)
    number, issuer = request.scope["request_id"], provider.who.issuer
    path = _state_used(world, said.state, browser, Actor(Principal(vouched.NOBODY), address, number))
    try:
        found = _who(provider, Trip(_callback(door, request), said.state, browser), said)
    except SsoError as problem:
        vouched.refused(world.store, problem.reason, issuer, address, number)
        raise _problem(problem) from None
    arrival = vouched.Arrival(
        issuer=issuer,
        subject=found.subject,
        name=found.name,
        display=found.display,
        granted=granted_to(found.groups, provider.who.rules),
        address=address,
        request=number,
        old=request.cookies.get(door.cookie, ""),
    )
    try:
        return vouched.admit(world.store, arrival), path
    except vouched.NotAdmittedError as problem:
        kind = "sso-no-role" if problem.reason == "no-role" else "sso-refused"
        raise ProblemError(403, kind, _WHY[problem.reason]) from None


def _state_used(world: World, state: str, browser: str, actor: Actor) -> str:
    """Where the way leads that this state was given out for; it is good no longer. Raises ProblemError."""
    over = ProblemError(400, "sso-over", "this is no answer to a sign-in that is under way in this browser")
    if digest_of(state) is None:
        raise over
    with world.store.writing() as connection:
        back = setting_out.come_back(connection, state, browser)
        wait = attempts.begin_unnamed(connection, actor.address) if back else timedelta(0)
        if back and not wait and not back.ours:
            assert world.sso is not None  # noqa: S101  whoever called us has looked
            vouched.note_refusal(connection, "another-browser", world.sso.who.issuer, actor)
    if wait:
        seconds = max(1, ceil(wait.total_seconds()))
        raise ProblemError(429, "too-many-attempts", f"try again in {seconds} s", {"Retry-After": str(seconds)})
    if back is None or not back.ours:
        raise over
    return back.path


def _who(provider: Provider, trip: Trip, said: Answered) -> Any:
    """Whom the provider vouches for. Raises SsoError."""
    if said.error is not None:
        error = known_error(said.error)
        raise SsoError(f"provider: {error}", f"the provider refused ({error})")
    if not said.code:
        raise SsoError("bad-answer", "the provider sent no code")
    return who_came_back(provider, trip, said.code, said.iss)


def _provider(world: World) -> Provider:
    if world.sso is None:
        raise ProblemError(404, "not-found", "single sign-on is not set up here")
    return world.sso


def _callback(door: Doorway, request: Request) -> str:
    """Our address for the way back, as the provider has to know it."""
    return f"{door.origin(request)}{BACK}"


def _problem(problem: SsoError) -> ProblemError:
    if isinstance(problem, BusyError):
        return ProblemError(503, "busy", str(problem), {"Retry-After": "5"})
    if isinstance(problem, UnavailableError):
        _log.warning("single sign-on does not work", why=str(problem))
        return ProblemError(502, "sso-provider", str(problem))
    return ProblemError(403, "sso-refused", str(problem))
