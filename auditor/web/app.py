"""The whole service: the API, and pages beside it."""

from fastapi import FastAPI

from auditor.api.app import make_app
from auditor.api.context import Context
from auditor.web import assets, faults
from auditor.web.pages import ROUTERS


def make_site(context: Context) -> FastAPI:
    """The service's HTTP interface over `context`, with pages. Nothing is asked of the database yet."""
    return make_app(context, routers=(assets.router, *ROUTERS), painter=faults.painted)
