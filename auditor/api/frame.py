"""What every answer has around it: an id, headers that keep browsers careful, and a way out of a fault of ours."""

import secrets

import structlog
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from auditor.api.problems import answer
from auditor.logging import bound

_log = structlog.get_logger()
LARGEST_BODY = 1 << 20  # bytes
HEADERS = {  # a page that needs more than nothing sets its own
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}
TOO_LARGE = f"the body has more than {LARGEST_BODY} bytes"
HSTS = "max-age=31536000"


class Frame:
    """ASGI middleware. `secure` says that browsers come over TLS."""

    def __init__(self, app: ASGIApp, *, secure: bool) -> None:
        self._app = app
        self._headers = {**HEADERS, "Strict-Transport-Security": HSTS} if secure else HEADERS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        number = secrets.token_hex(8)
        scope["request_id"] = number
        started = False

        async def framed(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
                headers["X-Request-ID"] = number
                if message["status"] == 413:
                    headers["Connection"] = "close"  # else the server would go on reading what nobody wants
            await send(message)

        with bound(request=number):
            if _announced(scope) > LARGEST_BODY:
                await answer(Request(scope), 413, detail=TOO_LARGE)(scope, receive, framed)
                return
            try:
                await self._app(scope, _bounded(receive), framed)
            except Exception:
                _log.exception("a fault in Auditor itself", path=scope["path"][:200], method=scope["method"])
                if not started:
                    said = "something went wrong here; the log has it under the id of the request"
                    await answer(Request(scope), 500, detail=said)(scope, receive, framed)


def _announced(scope: Scope) -> int:
    """The size of the body as the caller says, 0 when it says none."""
    said = dict(scope["headers"]).get(b"content-length", b"0")
    return int(said) if said.isdigit() else 0


def _bounded(receive: Receive) -> Receive:
    """The body, in pieces, up to the limit; then an error that is answered 413."""
    taken = 0

    async def bounded() -> Message:
        nonlocal taken
        message = await receive()
        if message["type"] == "http.request":
            taken += len(message.get("body", b""))
            if taken > LARGEST_BODY:
                raise HTTPException(413, TOO_LARGE)
        return message

    return bounded
