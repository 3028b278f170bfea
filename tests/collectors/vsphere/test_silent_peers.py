"""Peers that are no vCenter: each costs its source, within its deadline, and gets no password."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.collectors.vsphere.peers import at, collect, failures, with_timeout
from tests.simulators.pki import Authority

Behaviour = Callable[[socket.socket], None]


class Listener:
    """Accepts connections and hands each to a behaviour; remembers what clients sent in clear."""

    def __init__(self, behave: Behaviour) -> None:
        self.received = b""
        self._behave = behave
        self._open: list[socket.socket] = []
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._server.accept()
            except OSError:
                return
            self._open.append(client)
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        try:
            self._behave(client)
        except OSError:
            pass

    def close(self) -> None:
        self._server.close()
        for client in self._open:
            client.close()


@contextmanager
def listening(behave: Behaviour) -> Iterator[Listener]:
    listener = Listener(behave)
    try:
        yield listener
    finally:
        listener.close()


def silent(client: socket.socket) -> None:
    """Accept and never say a word: the TLS handshake hangs."""
    client.recv(1 << 16)
    threading.Event().wait(60)


def over_tls(folder: Path, answer: Behaviour) -> tuple[Behaviour, Path]:
    """A behaviour behind a good TLS handshake, and the CA that vouches for it."""
    authority = Authority(folder)
    pair = authority.issue("127.0.0.1")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair.cert_file, pair.key_file)

    def behave(client: socket.socket) -> None:
        with context.wrap_socket(client, server_side=True) as safe:
            safe.recv(1 << 16)
            answer(safe)

    return behave, authority.ca_file


def dripping(client: socket.socket) -> None:
    """One byte of headers at a time, for ever."""
    client.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while True:
        client.sendall(b"x")
        time.sleep(0.05)


def endless(client: socket.socket) -> None:
    """An answer without end."""
    client.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n\r\n<?xml version='1.0'?><a>")
    block = b"<b>" + b"x" * (1 << 20) + b"</b>"
    while True:
        client.sendall(block)


def page(client: socket.socket) -> None:
    """Some web server."""
    text = b"<html><body>It works<p>not well-formed</body></html>"
    client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(text), text))


def the_failure(port: int, **options: object) -> tuple[str, str]:
    """Kind and reason of the one failure of the source."""
    source = with_timeout(at("127.0.0.1", port, **options), 1.5)
    found = failures(collect(source, deadline=6.0))
    assert list(found) == [None]
    assert "3141592653" not in found[None].reason
    return found[None].kind, found[None].reason


def test_a_refused_connection_is_unreachable() -> None:
    """A closed port says so at once."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    kind, reason = the_failure(port)
    assert kind == "unreachable"
    assert "refused" in reason


def test_a_listener_that_never_answers_is_a_time_out() -> None:
    """The TLS handshake hangs: the collection ends, with one clear reason."""
    with listening(silent) as listener:
        assert the_failure(listener.port) == ("timeout", "no complete answer came in time")


def test_a_plain_text_server_is_untrusted() -> None:
    """What does not speak TLS gets nothing."""
    with listening(lambda client: client.sendall(b"220 mail.example.test ESMTP\r\n" * 50)) as listener:
        assert the_failure(listener.port)[0] in ("untrusted", "unreachable")


@pytest.mark.parametrize(
    ("behaviour", "kinds"),
    [
        (dripping, {"timeout"}),
        (endless, {"timeout", "unreadable"}),
        (page, {"unreadable", "unreachable"}),
    ],  # it hangs up at once: its reset may come first
    ids=["drip", "endless", "page"],
)
def test_what_is_no_vcenter_behind_good_tls_fails(tmp_path: Path, behaviour: Behaviour, kinds: set[str]) -> None:
    """Dripped headers, an endless body and a web page each end as one failure of the source."""
    behave, ca_file = over_tls(tmp_path, behaviour)
    with listening(behave) as listener:
        assert the_failure(listener.port, tls={"ca_file": str(ca_file)})[0] in kinds


def test_a_cancelled_collection_ends(tmp_path: Path) -> None:
    """When the caller stops waiting, sockets are shut and the thread ends; nothing is yielded any more."""
    import asyncio

    from auditor.collectors.vsphere.fetching import fetch

    behave, ca_file = over_tls(tmp_path, dripping)

    async def run(port: int) -> None:
        async for _ in fetch(at("127.0.0.1", port, tls={"ca_file": str(ca_file)}), 60.0):
            pytest.fail("nothing can come")

    async def cancel(port: int) -> None:
        task = asyncio.create_task(run(port))
        await asyncio.sleep(0.5)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    with listening(behave) as listener:
        asyncio.run(cancel(listener.port))
        for thread in threading.enumerate():
            if thread.name == "vsphere-vc01":
                thread.join(20)
                assert not thread.is_alive()
