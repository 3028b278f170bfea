"""Style and script of the pages, under names that change with what is in them, so that browsers keep them for ever."""

import hashlib
from functools import cache

from fastapi import APIRouter, Request
from starlette.responses import Response

from auditor.api.guard import public
from auditor.api.problems import ProblemError
from auditor.reporting.pages import asset

PARTS = {"pages.css": ("tokens.css", "report.css", "web.css", "change.css"), "pages.js": ("web.js",)}
MEDIA = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8"}
router = APIRouter(prefix="/static", include_in_schema=False)


@cache
def content(name: str) -> bytes:
    """What is served under `name`, without its digest."""
    return "\n".join(asset(part) for part in PARTS[name]).encode()


@cache
def address(name: str) -> str:
    """Where a page finds it: `/static/0123456789abcdef-pages.css`."""
    return f"{router.prefix}/{hashlib.sha256(content(name)).hexdigest()[:16]}-{name}"


@router.get("/{name}", dependencies=[public(page=True)])
def serve(name: str, request: Request) -> Response:
    """A file by its address. Raises ProblemError for one of another release."""
    plain = name.partition("-")[2]
    if plain not in PARTS or request.url.path != address(plain):
        raise ProblemError(404, "not-found", "there is no such file")
    headers = {"Cache-Control": "public, max-age=31536000, immutable"}
    return Response(content(plain), headers=headers, media_type=MEDIA[plain.rpartition(".")[2]])
