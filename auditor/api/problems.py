"""Errors as RFC 9457 problems: one form for all routes, and nothing in it of what was sent or of what is inside.

Raise `ProblemError`, or an error of the store; `install` turns these, and FastAPI's own, into answers.
"""

from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import Response

from auditor.errors import ConflictError, InputError, NotFoundError, faults_in
from auditor.store.access.hashing import BusyError
from auditor.store.engine import StoreError

MEDIA_TYPE = "application/problem+json"
MOST_FAULTS = 20
SCHEMA = {"schema": {"$ref": "#/components/schemas/Problem"}}
_log = structlog.get_logger()


class Fault(BaseModel):
    """What is wrong with one part of a request."""

    pointer: str = Field(description="Where: `body/title`, `query/limit`.", examples=["body/title"])
    detail: str = Field(examples=["Field required"])


class Problem(BaseModel):
    """An error, as RFC 9457 has it."""

    type: str = Field(default="about:blank", examples=["/problems/not-allowed"])
    title: str = Field(examples=["Not allowed"])
    status: int = Field(examples=[403])
    detail: str = Field(default="", examples=["this needs the permission users:write"])
    request: str = Field(default="", description="The id of the request, as the log and the journal have it.")
    errors: list[Fault] = Field(default_factory=list)


Painter = Callable[[Request, int, str, str, Mapping[str, str] | None, Sequence[Fault]], Response | None]


class ProblemError(Exception):
    """An answer that is an error. `kind` tells programs which; `detail` tells people; `errors` say what is where."""

    def __init__(
        self,
        status: int,
        kind: str,
        detail: str,
        headers: Mapping[str, str] | None = None,
        errors: Sequence[Fault] = (),
    ) -> None:
        self.status, self.kind, self.detail, self.headers, self.errors = status, kind, detail, headers, errors
        super().__init__(detail)


def described(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """What OpenAPI says of these answers."""
    return {
        status: {
            "model": Problem,
            "description": HTTPStatus(status).phrase,
            "content": {MEDIA_TYPE: SCHEMA},
        }
        for status in statuses
    }


def answer(
    request: Request,
    status: int,
    kind: str = "",
    detail: str = "",
    headers: Mapping[str, str] | None = None,
    errors: Sequence[Fault] = (),
) -> Response:
    """A problem as a response; a page of it for who asked for a page, if the app has a painter."""
    painter: Painter | None = getattr(request.app.state, "painter", None)
    if painter is not None and (drawn := painter(request, status, kind, detail, headers, errors)) is not None:
        return drawn
    title = kind.replace("-", " ").capitalize() if kind else HTTPStatus(status).phrase
    body = Problem(
        type=f"/problems/{kind}" if kind else "about:blank",
        title=title,
        status=status,
        detail=detail,
        request=request.scope.get("request_id", ""),
        errors=list(errors),
    )
    return JSONResponse(
        body.model_dump(exclude_defaults=True) | {"type": body.type}, status, headers, media_type=MEDIA_TYPE
    )


def install(app: FastAPI) -> None:
    """Let the app answer every error as a problem."""

    @app.exception_handler(ProblemError)
    async def problem(request: Request, said: ProblemError) -> Response:
        return answer(request, said.status, said.kind, said.detail, said.headers, said.errors)

    @app.exception_handler(HTTPException)
    async def http(request: Request, said: HTTPException) -> Response:
        if said.status_code == HTTPStatus.BAD_REQUEST:  # FastAPI's word for a body that cannot be read
            return answer(request, 400, "unreadable", "the body cannot be read")
        return answer(request, said.status_code, headers=said.headers)

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, said: RequestValidationError) -> Response:
        faults = [_fault(one) for one in list(said.errors())[:MOST_FAULTS]]
        return answer(request, 422, "invalid-request", "the request is not as it should be", errors=faults)

    @app.exception_handler(InputError)
    async def refused(request: Request, said: InputError) -> Response:
        if isinstance(said, StoreError):
            _log.warning("the database refused", reason=said.what)
            return answer(request, 503, "database-unavailable", "the database cannot do it now", {"Retry-After": "5"})
        status, kind = 422, "invalid-request"
        if isinstance(said, NotFoundError):
            status, kind = 404, "not-found"
        elif isinstance(said, ConflictError):
            status, kind = 409, "conflict"
        first = faults_in(said)[0]  # never the whole: it names files of the server
        return answer(request, status, kind, f"{first.what}. {first.mend}".strip())

    @app.exception_handler(BusyError)
    async def busy(request: Request, _said: BusyError) -> Response:
        return answer(request, 503, "busy", "too many sign in at this moment", {"Retry-After": "2"})


def _fault(said: Mapping[str, Any]) -> Fault:
    """Where and what, never with what was sent, for it may be a password: of an unknown key not even its name."""
    place, detail = list(said["loc"]), str(said["msg"])
    if said["type"] == "extra_forbidden":
        place, detail = place[:-1], "There is a key that is not known here"
    return Fault(pointer="/".join(map(str, place))[:200], detail=detail[:200])
