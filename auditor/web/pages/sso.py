"""Single sign-on: to the provider and back. `auditor.api.sso` does it; these are the two addresses for it.

The way back ends on a page and not in a redirect: browsers keep a strict cookie back all along a chain of redirects
that another site began. The page leads on from here, and then the cookie comes along.
"""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import RedirectResponse, Response

from auditor.api import session, sso
from auditor.api.guard import World, public
from auditor.store.access.setting_out import LIVES
from auditor.web.landing import landing
from auditor.web.paint import page

router = APIRouter(include_in_schema=False)
Said = Annotated[str | None, Query(max_length=8000)]


@router.get(sso.START, dependencies=[public(page=True)])
def start(request: Request, world: World, next_: Annotated[str, Query(alias="next")] = "/") -> Response:
    """Send the browser to the provider; afterwards it goes on to `next`, if that is a page of ours."""
    wanted = landing(next_)
    address, secret = sso.sent_out(world, request, "/" if wanted.startswith("/sso/") else wanted)
    answer = RedirectResponse(address, 303)
    door = world.door
    life = int(LIVES.total_seconds())
    answer.set_cookie(sso.cookie_name(door), secret, max_age=life, secure=door.secure, **sso.COOKIE)
    return answer


@router.get(sso.BACK, dependencies=[public(page=True)])
def callback(
    request: Request, world: World, state: Said = None, code: Said = None, error: Said = None, iss: Said = None
) -> Response:
    """Open the session of whoever the provider vouches for."""
    found, path = sso.come_back(world, request, sso.Answered(state or "", code, error, iss))
    answer = page(request, "arrived", None, here=path)
    answer.headers["Referrer-Policy"] = "no-referrer"  # the address of this page has a code in it
    door = world.door
    answer.set_cookie(door.cookie, found.secret, secure=door.secure, **session.COOKIE)
    answer.delete_cookie(sso.cookie_name(door), secure=door.secure, **sso.COOKIE)
    return answer
