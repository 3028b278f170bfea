"""An app that really listens, for as long as a test needs it."""

import http.client
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from fastapi import FastAPI

from auditor.api.app import make_app
from auditor.api.context import Context
from auditor.api.server import server
from auditor.api.sockets import listening


@contextmanager
def served(context: Context, make: Callable[[Context], FastAPI] = make_app) -> Iterator[int]:
    """The port of an app over `context`; `make` is make_site for pages too."""
    listener = listening("127.0.0.1", 0)
    port: int = listener.getsockname()[1]
    running = server(make(context))
    thread = threading.Thread(target=running.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield port
    finally:
        running.should_exit = True
        thread.join(30)
        assert not thread.is_alive()


def ask(port: int, path: str, **headers: str) -> tuple[int, dict[str, str], str]:
    """Status, headers (names in lower case) and text of an answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read().decode()
    finally:
        connection.close()


def ready(port: int) -> tuple[int, dict[str, str]]:
    """Status of /health/ready, and what it says by the name of the check."""
    status, _, text = ask(port, "/health/ready")
    body: dict[str, Any] = json.loads(text)
    assert (status == 200) == (body["status"] == "ready") == all(one["ok"] for one in body["checks"])
    return status, {one["name"]: one["says"] for one in body["checks"]}
