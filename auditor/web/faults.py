"""Errors as pages, for whoever asked for a page: what happened, and what to do. Everybody else gets a problem."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus

from fastapi import Request
from starlette.responses import Response

from auditor.access.permissions import ABOUT
from auditor.api.guard import Asking
from auditor.api.problems import Fault
from auditor.web import paint

MACHINES = ("/api/", "/health/", "/metrics", "/static/")
WHAT = {  # kind of a problem, or else its status: title, and what to do
    "not-allowed": ("You may not see this", "Your roles do not include it. An administrator can grant it to you."),
    "csrf": (
        "This form is too old",
        "Your session has changed since. Go back, reload the page, send it again.",
    ),
    "foreign-origin": ("This came from somewhere else", "Open the page here and send the form from there."),
    "insecure-transport": (
        "Not over an open network",
        "Open the service by its public address with TLS, or on this machine as localhost.",
    ),
    "database-unavailable": ("The database does not answer", "Try again in a moment. Nothing was changed."),
    "sso-over": (
        "This sign-in is over",
        "It was begun too long ago or in another browser, or it was used already. Begin again.",
    ),
    "sso-no-role": (
        "You have no role here",
        "Your provider knows you, but none of your groups has a role here. An administrator decides which do.",
    ),
    "sso-refused": ("You are not signed in", "Begin again, or ask an administrator."),
    "sso-provider": ("Your provider does not answer as it should", "Try again in a moment, or ask an administrator."),
    "busy": ("Too many sign in just now", "Try again in a moment."),
    "400": ("This cannot be read", "Go back and try again."),
    "404": ("There is nothing here", "It was never here, is gone, or lies outside of what you may see."),
    "405": ("There is nothing here", "This address takes no such request."),
    "409": ("That does not fit any more", "Somebody was faster, or it was done already. Reload the page and look."),
    "413": ("That is too large", "Send less at once."),
    "422": ("Something is missing or wrong", "Go back, mend it, and send it again."),
    "429": ("Too many attempts", "Wait a moment, then try again."),
    "500": ("Something went wrong here", "It is in the log of the service under the number below."),
    "503": ("Not just now", "Try again in a moment."),
}


def painted(
    request: Request, status: int, kind: str, detail: str, headers: Mapping[str, str] | None, errors: Sequence[Fault]
) -> Response | None:
    """The page of an error; None where a program asked."""
    path = request.url.path
    if path.startswith(MACHINES) or "text/html" not in request.headers.get("accept", ""):
        return None
    if status == HTTPStatus.UNAUTHORIZED and kind == "not-signed-in":
        return _to_sign_in(request)
    what, todo = WHAT.get(kind) or WHAT.get(str(status)) or (HTTPStatus(status).phrase, "Go back and try again.")
    asks: Asking | None = getattr(request.state, "asking", None)
    drawn = paint.page(
        request,
        "fault",
        asks,
        status=status,
        what=what,
        todo=todo,
        detail=_in_words(detail) if kind == "not-allowed" else detail,
        errors=[(one.pointer.removeprefix("body/"), one.detail) for one in errors],
        number=request.scope.get("request_id", ""),
    )
    for name, value in (headers or {}).items():
        drawn.headers[name] = value
    return drawn


def _in_words(detail: str) -> str:
    """What a missing permission is for, instead of its name."""
    missing = next((about for name, about in ABOUT.items() if detail.endswith(f"the permission {name}")), "")
    return f"It takes a role that may {missing}." if missing else detail


def _to_sign_in(request: Request) -> Response:
    """The page to sign in on; it leads back here. What a form wanted to do is not done after it.

    Browsers keep a strict cookie back when a link of somebody else leads here, also through redirects. So whoever comes
    by such a link is told to come again, from here; then the cookie comes along, if there is one.
    """
    if request.method != "GET":
        return paint.see("/sign-in")
    here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    if request.headers.get("sec-fetch-site") == "cross-site":
        return paint.page(request, "again", None, here=here)
    return paint.see("/sign-in", next=here)
