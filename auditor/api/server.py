"""How the app listens: on a socket that is there already, with limits on what a caller may do to it."""

import asyncio
from typing import Any

from fastapi import FastAPI
from uvicorn import Config, Server
from uvicorn.protocols.http.h11_impl import H11Protocol

from auditor.api.sockets import BACKLOG

HEAD_SECONDS = 10.0  # for a whole request line with its headers
HEAD_BYTES = 16 * 1024
CONNECTIONS = 500  # at once, for 200 readers and what their pages ask by themselves; more are answered 503
IDLE_SECONDS = 5  # between two requests of one connection


class ImpatientProtocol(H11Protocol):
    """HTTP/1.1, where a caller has `HEAD_SECONDS` to say what is wanted: uvicorn itself would wait for ever."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._limit: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._begin()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        cycle: Any = self.cycle  # None before the first request, whatever its annotation says
        if cycle is not None and not cycle.response_complete:
            self._end()
        elif self._limit is None:  # bytes of a next request
            self._begin()

    def connection_lost(self, exc: Exception | None) -> None:
        self._end()
        super().connection_lost(exc)

    def _begin(self) -> None:
        self._limit = self.loop.call_later(HEAD_SECONDS, self.transport.close)

    def _end(self) -> None:
        if self._limit is not None:
            self._limit.cancel()
            self._limit = None


def server(app: FastAPI) -> Server:
    """A server for `app`; `run(sockets=[...])` ends at SIGTERM, or when `should_exit` is set."""
    return Server(
        Config(
            app,
            http=ImpatientProtocol,
            ws="none",
            loop="asyncio",
            lifespan="off",
            log_config=None,  # `auditor.logging` has said where logs go
            access_log=False,
            server_header=False,
            proxy_headers=False,  # whom to believe about callers is for the deployment to say
            backlog=BACKLOG,
            limit_concurrency=CONNECTIONS,
            timeout_keep_alive=IDLE_SECONDS,
            timeout_graceful_shutdown=5,
            h11_max_incomplete_event_size=HEAD_BYTES,
        )
    )
