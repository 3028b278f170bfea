"""How the app listens: what a caller can do to it is bounded."""

import http.client
import socket
import time
from pathlib import Path

import pytest

from auditor.api import server, sockets
from auditor.api.context import Context
from auditor.errors import InputError
from tests.api.rows import made
from tests.api.serving import ask, served


def context(tmp_path: Path) -> Context:
    return Context(made(f"sqlite:///{tmp_path}/a.sqlite"))


def test_answers_say_neither_server_nor_version(tmp_path: Path) -> None:
    """No Server header, no page of documentation, 404 for the rest."""
    with served(context(tmp_path)) as port:
        headers = ask(port, "/health/live")[1]
        assert "server" not in headers
        assert {ask(port, path)[0] for path in ("/docs", "/redoc", "/openapi.json", "/", "/health")} == {404}


@pytest.mark.parametrize("said", [b"", b"GET /health/live HTTP/1.1\r\nHost: x\r\nX-Slow: "])
def test_a_silent_caller_is_sent_away(said: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection that never says what it wants ends by itself; others are answered meanwhile."""
    monkeypatch.setattr(server, "HEAD_SECONDS", 0.5)
    with served(context(tmp_path)) as port, socket.create_connection(("127.0.0.1", port), timeout=30) as slow:
        slow.sendall(said)
        assert ask(port, "/health/live")[0] == 200
        assert slow.recv(1000) == b""


def test_an_idle_connection_is_kept_for_the_next_request(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The patience is for one head: on a connection older than it, a further request is served."""
    monkeypatch.setattr(server, "HEAD_SECONDS", 0.5)
    with served(context(tmp_path)) as port:
        caller = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        caller.connect()
        own = caller.sock
        for _ in range(3):
            caller.request("GET", "/health/live")
            assert caller.getresponse().read() == b'{"status":"live"}'
            time.sleep(0.4)
        assert caller.sock is own
        caller.close()


def test_a_head_without_end_is_refused(tmp_path: Path) -> None:
    """More than 16 KiB of headers are answered 400, and nothing of them is kept."""
    with served(context(tmp_path)) as port, socket.create_connection(("127.0.0.1", port), timeout=30) as caller:
        caller.sendall(b"GET /health/live HTTP/1.1\r\n" + b"X-Long: " + b"a" * 2 * server.HEAD_BYTES)
        assert caller.recv(4096).startswith(b"HTTP/1.1 400")


def test_a_port_in_use_is_one_clear_message() -> None:
    """Two on one port: the second is told what to do."""
    with sockets.listening("127.0.0.1", 0) as first:
        taken = first.getsockname()[1]
        with pytest.raises(InputError, match=rf"cannot listen on 127.0.0.1 port {taken}: address already in use"):
            sockets.listening("127.0.0.1", taken)
    with pytest.raises(InputError, match="there is no address"):
        sockets.listening("no.such.host.example.test", 0)


def test_an_address_of_ipv6_is_written_as_urls_want_it() -> None:
    """Brackets around it."""
    with sockets.listening("::1", 0) as listener:
        assert sockets.address_of(listener) == f"http://[::1]:{listener.getsockname()[1]}"
