"""The app: routers put together, and what every answer has in common."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from fastapi import APIRouter, FastAPI

from auditor import __version__
from auditor.api import health, journal, metrics, problems, roles, session, setup, sso, tokens, users
from auditor.api.context import Context
from auditor.api.examples import with_examples
from auditor.api.frame import Frame
from auditor.api.guard import check_declared, public
from auditor.api.heads import Heads
from auditor.api.routes.every import ROUTERS
from auditor.api.turns import Turns

OPENAPI = "/api/v1/openapi.json"


def make_app(context: Context, routers: Sequence[APIRouter] = (), painter: problems.Painter | None = None) -> FastAPI:
    """The service's HTTP interface over `context`. Nothing is asked of the database yet.

    `routers` are pages beside it; `painter` draws an error for who asked for a page.

    Raises RuntimeError for a route that does not declare who may use it.
    """
    app = FastAPI(
        title="Auditor",
        version=__version__,
        openapi_url=None,  # ours has a guard, as every route has
        docs_url=None,
        redoc_url=None,
    )
    app.state.context = context
    app.state.painter = painter
    app.add_middleware(Frame, secure=context.door.secure)
    app.add_middleware(Heads)
    app.add_middleware(Turns)
    problems.install(app)
    app.include_router(health.router(context))
    app.include_router(metrics.router(context))
    for one in (session, sso, setup, users, tokens, roles, journal):
        app.include_router(one.router)
    for router in ROUTERS:
        app.include_router(router)
    for more in routers:
        app.include_router(more)
    app.include_router(_description(app))
    check_declared(app)
    return app


def _description(app: FastAPI) -> APIRouter:
    router = APIRouter(tags=["description"])
    described = cache(lambda: with_examples(_without_other_errors(app.openapi())))

    @router.get(OPENAPI, dependencies=[public()])
    async def describe() -> dict[str, Any]:
        """What this interface offers, as OpenAPI."""
        return described()

    return router


def _without_other_errors(found: dict[str, Any]) -> dict[str, Any]:
    """OpenAPI as FastAPI makes it, where every error is a problem, and nothing else."""
    for methods in found["paths"].values():
        for operation in methods.values():
            for status, answer in operation["responses"].items():
                content = answer.get("content", {})
                if status >= "400" and problems.MEDIA_TYPE in content:
                    answer["content"] = {problems.MEDIA_TYPE: content[problems.MEDIA_TYPE]}
                elif status == "422":
                    answer["content"] = {problems.MEDIA_TYPE: problems.SCHEMA}
    for name in ("HTTPValidationError", "ValidationError"):
        found["components"]["schemas"].pop(name, None)
    return found
