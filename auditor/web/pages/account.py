"""One's own account."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from auditor.access import Permission
from auditor.api.forms import granted
from auditor.api.guard import Asks, allowed
from auditor.web.paint import page

router = APIRouter(prefix="/account", include_in_schema=False)


@router.get("", dependencies=[allowed(Permission.ACCOUNT_READ, page=True)])
def show(request: Request, asks: Asks) -> Response:
    """Who asks, and with what roles."""
    return page(request, "account", asks, grants=granted(asks.user.grants), expires=asks.expires_at.isoformat())
