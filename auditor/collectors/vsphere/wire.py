"""HTTPS exchanges that cannot outlast their time or outgrow their size, whatever the peer does.

A socket timeout bounds one `recv`, so a peer that drips bytes never trips it. A watchdog therefore shuts the socket of
an exchange down from outside when its time is over; what was blocked in it returns at once.
"""

import http.client
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

from auditor.collectors.vsphere.clock import Deadline, OutOfTime
from auditor.collectors.vsphere.tls import Peer

MAX_BYTES = 96 * 1024 * 1024  # one answer, unpacked; 25 hosts with 1100 options each take 5 MB
_CHUNK = 1 << 18
_IDLE = 50.0  # seconds; below what servers and firewalls allow, so that a pooled connection is rarely dead
TRANSPORT = (
    OSError,
    http.client.HTTPException,
    EOFError,
    zlib.error,
)  # what an exchange may raise beside OutOfTime, TooBig


class TooBig(Exception):
    """An answer was larger than MAX_BYTES."""


class HandshakeFailed(OSError):
    """The peer does not speak TLS as we do."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete HTTP answer, unpacked."""

    status: int
    body: bytes
    cookie: str | None


class Wire:
    """A pool of verified connections to one peer. Safe to use from several threads."""

    def __init__(self, host: str, port: int, peer: Peer, limit: int = MAX_BYTES) -> None:
        self.host, self.port, self.limit = host, port, limit
        self._peer = peer
        self._lock = threading.Lock()
        self._idle: list[tuple[http.client.HTTPSConnection, float]] = []
        self._watchdog = Watchdog()

    def exchange(
        self, method: str, path: str, deadline: Deadline, timeout: float, body: bytes | None, headers: Mapping[str, str]
    ) -> Answer:
        """Send one request and read its whole answer within `timeout` seconds and before `deadline`.

        Raises OutOfTime, TooBig, ssl.SSLCertVerificationError (nothing was sent then) or one of TRANSPORT.
        """
        allowed = deadline.bounded(timeout)
        clock = Deadline(allowed)
        connection = self._take(clock)
        assert connection.sock is not None  # noqa: S101 - _take connects
        watched = self._watchdog.watch(connection.sock, clock)
        try:
            connection.sock.settimeout(allowed)
            connection.request(method, path, body, {"Accept-Encoding": "gzip", "Connection": "keep-alive", **headers})
            response = connection.getresponse()
            content = self._content(response)
            answer = Answer(response.status, content, response.getheader("Set-Cookie"))
            if watched.cut:
                raise OutOfTime  # an answer without length ends where the watchdog cut it, and looks whole
        except BaseException as problem:
            connection.close()
            if (watched.cut or clock.remaining() <= 0) and isinstance(problem, TRANSPORT):
                raise OutOfTime from problem
            raise
        finally:
            self._watchdog.release(watched)
        if response.will_close or answer.status not in (200, 500):
            connection.close()
        else:
            with self._lock:
                self._idle.append((connection, time.monotonic()))
        return answer

    def drop(self) -> None:
        """Close all idle connections: the peer may be sick."""
        with self._lock:
            idle, self._idle = self._idle, []
        for connection, _ in idle:
            connection.close()

    def abort(self) -> None:
        """Break off every exchange that is under way; each fails in its own thread."""
        self._watchdog.cut_all()

    def close(self) -> None:
        """Break off everything and end the watchdog."""
        self.abort()
        self.drop()
        self._watchdog.stop()

    def _take(self, clock: Deadline) -> http.client.HTTPSConnection:
        with self._lock:
            while self._idle:
                connection, since = self._idle.pop()
                if time.monotonic() - since < _IDLE and connection.sock is not None:
                    return connection
                connection.close()
        return self._connect(clock)

    def _connect(self, clock: Deadline) -> http.client.HTTPSConnection:
        try:
            raw = socket.create_connection((self.host, self.port), clock.bounded(60))
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # else a body waits 40 ms for the head's ACK
            sock = self._peer.context.wrap_socket(raw, server_hostname=self.host, do_handshake_on_connect=False)
            watched = self._watchdog.watch(sock, clock)
            try:
                sock.settimeout(clock.bounded(60))
                sock.do_handshake()
                self._peer.check(sock)
            except BaseException:
                sock.close()
                raise
            finally:
                self._watchdog.release(watched)
        except ssl.SSLCertVerificationError:
            raise
        except OSError as problem:
            if isinstance(problem, TimeoutError) or clock.remaining() <= 0:
                raise OutOfTime from problem
            if isinstance(problem, ssl.SSLError):
                raise HandshakeFailed(problem.reason or str(problem)) from problem
            raise
        connection = http.client.HTTPSConnection(self.host, self.port, context=self._peer.context)
        connection.sock = sock
        connection.auto_open = 0  # never reconnects behind the watchdog's back
        return connection

    def _content(self, response: http.client.HTTPResponse) -> bytes:
        unpack = zlib.decompressobj(31) if response.getheader("Content-Encoding", "").lower() == "gzip" else None
        parts, size = [], 0
        while chunk := response.read(_CHUNK):
            if unpack:
                chunk = unpack.decompress(chunk, self.limit + 1 - size)
                if unpack.unconsumed_tail:
                    raise TooBig
            size += len(chunk)
            if size > self.limit:
                raise TooBig
            parts.append(chunk)
        if response.length or (unpack and not unpack.eof):
            raise EOFError("the answer was cut short")
        return b"".join(parts)


@dataclass(eq=False, slots=True)
class _Watched:
    sock: socket.socket
    clock: Deadline
    cut: bool = False

    def shut(self) -> None:
        self.cut = True
        try:
            # Not SSLSocket.shutdown, which would drop the TLS layer under the thread that is reading.
            socket.socket.shutdown(self.sock, socket.SHUT_RDWR)
        except OSError:
            pass  # closed already


class Watchdog:
    """Shuts sockets down when their time is over. One daemon thread, started at the first watch."""

    def __init__(self) -> None:
        self._watched: set[_Watched] = set()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._stopped = False

    def watch(self, sock: socket.socket, clock: Deadline) -> _Watched:
        """Begin to watch `sock`."""
        entry = _Watched(sock, clock)
        with self._changed:
            self._watched.add(entry)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="vsphere-watchdog", daemon=True)
                self._thread.start()
            self._changed.notify()
        return entry

    def release(self, entry: _Watched) -> None:
        """End the watch; afterwards the socket is not touched any more."""
        with self._changed:
            self._watched.discard(entry)

    def cut_all(self) -> None:
        """Shut down everything that is watched, now."""
        with self._changed:
            for entry in self._watched:
                entry.shut()

    def stop(self) -> None:
        """End the thread."""
        with self._changed:
            self._stopped = True
            self._changed.notify()

    def _run(self) -> None:
        with self._changed:
            while not self._stopped:
                over = [entry for entry in self._watched if entry.clock.remaining() <= 0]
                for entry in over:
                    entry.shut()
                    self._watched.discard(entry)
                left = min((entry.clock.remaining() for entry in self._watched), default=None)
                self._changed.wait(None if left is None else max(left, 0.0) + 0.001)
