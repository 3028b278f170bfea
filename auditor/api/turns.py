"""A few answers are worked out at a time, in the order in which they were asked for.

Python computes one thing at a time. Eight threads that draw pages beside each other take turns in the middle of each:
all of them are late, and half of the time goes into the changes (docs/benchmarks.md). Whoever has waited long goes on
all the same: a slow database or a large report holds nobody up for more than that.
"""

import asyncio
import os

from starlette.types import ASGIApp, Message, Receive, Scope, Send

AT_ONCE = max(2, min(4, len(os.sched_getaffinity(0))))  # one computes while others ask the database
PATIENCE = 2.0  # seconds
ASKS = ("GET", "HEAD")
OPEN = ("/health", "/metrics")  # whoever watches is never kept waiting


class Turns:
    """ASGI middleware. A turn ends when the answer begins: a caller who reads slowly holds none."""

    def __init__(self, app: ASGIApp, at_once: int = AT_ONCE, patience: float = PATIENCE) -> None:
        self._app, self._patience = app, patience
        self._free = asyncio.Semaphore(at_once)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] not in ASKS or scope["path"].startswith(OPEN):
            await self._app(scope, receive, send)
            return
        held = await self._turn()

        def done() -> None:
            nonlocal held
            if held:
                held = False
                self._free.release()

        async def ending(message: Message) -> None:
            done()
            await send(message)

        try:
            await self._app(scope, receive, ending)
        finally:
            done()

    async def _turn(self) -> bool:
        """Wait for a turn; whether there was one in time."""
        try:
            async with asyncio.timeout(self._patience):
                await self._free.acquire()
        except TimeoutError:
            return False
        return True
