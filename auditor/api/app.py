"""The app: routers put together, and what every answer has in common."""

from fastapi import FastAPI

from auditor import __version__
from auditor.api import health, metrics
from auditor.api.context import Context


def make_app(context: Context) -> FastAPI:
    """The service's HTTP interface over `context`. Nothing is asked of the database yet."""
    app = FastAPI(
        title="Auditor",
        version=__version__,
        openapi_url=None,  # nothing that programs could call yet
        docs_url=None,
        redoc_url=None,
    )
    app.include_router(health.router(context))
    app.include_router(metrics.router(context))
    return app
