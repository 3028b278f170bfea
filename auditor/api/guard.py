"""Each route says who may use it: `dependencies=[allowed(Permission.X)]` or `[public()]`. Without, nothing starts.

A cookie is a person with a browser: what changes something needs the token of its session in `X-CSRF-Token`, and comes
from our own pages. A bearer token is a program.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import parse_qs

from fastapi import Depends, FastAPI, Request
from fastapi.params import Depends as DependsParam
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.routing import BaseRoute

from auditor.access import Permission, Principal, may
from auditor.api import multipart
from auditor.api.context import Context
from auditor.api.problems import ProblemError
from auditor.settings import settings
from auditor.store.access import sessions, tokens
from auditor.store.access.acting import Actor
from auditor.store.access.secret import csrf_of, same
from auditor.store.access.users import User

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
CSRF = "x-csrf-token"
FORM = "application/x-www-form-urlencoded"
MOST_FIELDS = 1000


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks, as a guard found out. `session` is the cookie's value, "" of a program."""

    user: User
    actor: Actor
    expires_at: datetime
    session: str = ""

    @property
    def principal(self) -> Principal:
        """What `auditor.access` decides about."""
        return self.actor.principal


class Guard(ABC):
    """What stands before a route; `permission` None lets everybody in."""

    def __init__(self, permission: Permission | None) -> None:
        self.permission = permission

    @abstractmethod
    def __call__(self, request: Request) -> Any:
        """What FastAPI calls before the route."""

    def check(self, request: Request, csrf: str) -> None:
        """Let the request pass, with `request.state.asking`, or raise ProblemError. It asks the database, and waits."""
        if self.permission is None:
            if request.method not in SAFE:
                _check_origin(request)
            return
        asking = _who(request)
        if asking.session and request.method not in SAFE:
            _check_origin(request)
            if not same(csrf, csrf_of(asking.session)):
                raise ProblemError(403, "csrf", f"the header {CSRF} has not the token of this session")
        request.state.asking = asking  # a refusal too is drawn for who it is
        if not may(asking.principal, self.permission, at=datetime.now(UTC)):
            raise ProblemError(403, "not-allowed", f"this needs the permission {self.permission}")


class ApiGuard(Guard):
    """Before a route for programs, and for scripts of pages."""

    def __call__(self, request: Request) -> None:
        self.check(request, request.headers.get(CSRF, ""))


class PageGuard(Guard):
    """Before a page: a form that is sent without a script has the token of its session in the field `csrf`."""

    async def __call__(self, request: Request) -> None:
        csrf = request.headers.get(CSRF, "")
        said = request.headers.get("content-type", "")
        kind = said.partition(";")[0].strip().lower()
        if not csrf and kind == multipart.MEDIA:
            try:
                fields = (one for one in multipart.parts_of(said, await request.body()) if one.name == "csrf")
                csrf = next((one.content.decode("utf-8", "replace") for one in fields), "")
            except ValueError:
                raise ProblemError(400, "unreadable", "the form cannot be read, or has too many fields") from None
        if not csrf and kind == FORM:
            body = (await request.body()).decode("utf-8", "replace")
            try:
                csrf = parse_qs(body, max_num_fields=MOST_FIELDS).get("csrf", [""])[0]
            except ValueError:
                raise ProblemError(400, "unreadable", "the form cannot be read, or has too many fields") from None
        await run_in_threadpool(self.check, request, csrf)


def allowed(permission: Permission, *, page: bool = False) -> DependsParam:
    """For the `dependencies` of a route or a router: who has this permission may use it."""
    return _depends(PageGuard(permission) if page else ApiGuard(permission))


def public(*, page: bool = False) -> DependsParam:
    """The same for what everybody may use."""
    return _depends(PageGuard(None) if page else ApiGuard(None))


def _asking(request: Request) -> Asking:
    asking: Asking = request.state.asking
    return asking


def context_of(request: Request) -> Context:
    """What the app was made over."""
    context: Context = request.app.state.context
    return context


Asks = Annotated[Asking, Depends(_asking)]  # a parameter of a route that is not public
World = Annotated[Context, Depends(context_of)]


def check_private(request: Request) -> None:
    """Raise ProblemError when a secret in this request could be read along on its way."""
    if not context_of(request).door.private(request):
        what = "a secret must not pass a network in plain text: set public_url to the address that has TLS"
        raise ProblemError(403, "insecure-transport", what)


def check_declared(app: FastAPI) -> None:
    """Raise RuntimeError for a route without exactly one guard: nothing is open because somebody forgot to close it."""
    for route in routes_of(app):
        if not isinstance(route, APIRoute):
            raise RuntimeError(f"{route} is no route that a guard can stand before")
        guards = [one for one in route.dependencies if isinstance(one.dependency, Guard)]
        if len(guards) != 1:
            raise RuntimeError(f"{route.path} has {len(guards)} guards: declare allowed(...) or public()")


def routes_of(app: FastAPI) -> Iterator[BaseRoute]:
    """Every route of an app, however deep it is included."""
    return _routes(app.routes)


def _routes(routes: Sequence[BaseRoute]) -> Iterator[BaseRoute]:
    for route in routes:
        inner = getattr(route, "original_router", None)  # FastAPI keeps a router that was included as a whole
        if inner is None:
            yield route
        else:
            yield from _routes(inner.routes)


def _depends(guard: Guard) -> DependsParam:
    found: DependsParam = Depends(guard)
    return found


def _who(request: Request) -> Asking:
    context = context_of(request)
    door = context.door
    check_private(request)
    number, address = request.scope["request_id"], door.address(request)
    if (header := request.headers.get("authorization")) is not None:
        scheme, _, secret = header.partition(" ")
        days = settings().oidc_token_days
        found = tokens.bearer(context.store, secret.strip(), address, days) if scheme.lower() == "bearer" else None
        if found is None:
            raise _unknown('Bearer error="invalid_token"')
        user, token, principal = found
        return Asking(user, Actor(principal, address, number), token.expires_at)
    secret = request.cookies.get(door.cookie, "")
    session = sessions.signed_in(context.store, secret) if secret else None
    if session is None:
        raise _unknown("Bearer")
    return Asking(session.user, sessions.session_actor(session, address, number), session.expires_at, secret)


def _unknown(challenge: str) -> ProblemError:
    return ProblemError(401, "not-signed-in", "sign in, or send a good token", {"WWW-Authenticate": challenge})


def _check_origin(request: Request) -> None:
    """Refuse what a page of somebody else makes a browser send."""
    ours = context_of(request).door.origin(request)
    origin = request.headers.get("origin")
    foreign = request.headers.get("sec-fetch-site", "none") not in ("none", "same-origin")
    if (origin is not None and origin.lower() != ours) or (origin is None and foreign):
        raise ProblemError(403, "foreign-origin", "this comes from a page of another address")
