"""How a page is drawn: the frame with its menu, around a template that gets what it shows as plain data."""

from functools import cache
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from jinja2 import Environment
from starlette.responses import RedirectResponse, Response

from auditor.access import Permission, allowed_permissions
from auditor.api.guard import Asking
from auditor.reporting.pages import environment
from auditor.reporting.words import SEVERITIES, STATUS_WORDS
from auditor.store.access.secret import csrf_of
from auditor.web import assets
from auditor.web.menu import menu
from auditor.web.subjects import ref

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)


@cache
def pages() -> Environment:
    """The environment of the reports, with what pages need more: addresses and queries."""
    env = environment().overlay()
    env.globals = {**env.globals, "asset": assets.address, "severities": SEVERITIES, "words": STATUS_WORDS}
    env.filters = {**env.filters, "query": query, "ref": ref}
    return env


def page(request: Request, template: str, asks: Asking | None, *, status: int = 200, **shown: Any) -> Response:
    """A page made of `reports/templates/web/{template}.html.j2`.

    The template knows `who` (user, None without), `may` (texts of the permissions), `csrf`, `path`, `at` (the address
    with its query), and what is `shown`.
    """
    may = frozenset(allowed_permissions(asks.principal)) if asks else frozenset[Permission]()
    text = (
        pages()
        .get_template(f"web/{template}.html.j2")
        .render(
            who=asks.user if asks else None,
            may={str(one) for one in may},
            csrf=csrf_of(asks.session) if asks and asks.session else "",
            menu=menu(may, request.url.path),
            path=request.url.path,
            args=request.query_params.multi_items(),
            **shown,
        )
    )
    headers = {"Content-Security-Policy": POLICY, "Referrer-Policy": "same-origin"}  # without, forms have no origin
    return Response(text, status, headers, "text/html; charset=utf-8")


def query(args: list[tuple[str, str]], **changed: Any) -> str:
    """The query of this page with other values, `?a=b`: None leaves a key out, and so is `after` unless it is said."""
    kept = [(key, value) for key, value in args if key not in changed and key != "after" and value]
    said = [(key, str(value)) for key, value in changed.items() if value not in (None, "")]
    return "?" + urlencode(kept + said) if kept or said else "?"


def see(path: str, **said: str) -> Response:
    """Send the browser to another page of ours, after what it asked for was done."""
    return RedirectResponse(path + ("?" + urlencode(said) if said else ""), 303)
