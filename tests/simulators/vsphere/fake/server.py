"""HTTP under the Python responder: sessions, faults, latency, TLS."""

import contextlib
import http.server
import re
import secrets
import socket
import ssl
import threading
import time
from typing import Any

from lxml import etree

from tests.simulators.vsphere.fake import wire
from tests.simulators.vsphere.fake.calls import OPEN, Calls
from tests.simulators.vsphere.fake.faults import Faults, Rule
from tests.simulators.vsphere.fake.values import vim, vmodl

METHOD_FAULT: Any = vmodl.MethodFault
VERSIONS = """<?xml version="1.0" encoding="UTF-8"?>
<namespaces version="1.0"><namespace><name>urn:vim25</name><version>{}</version>
<priorVersions>{}</priorVersions></namespace></namespaces>"""
HTML = b"<!DOCTYPE html><html><head><title>Maintenance<br></head><body>The server is starting &nbsp;</body></html>"
COOKIE = re.compile(r'vmware_soap_session="?([^";]+)')


class Server(http.server.ThreadingHTTPServer):
    """Serves `calls` on a free loopback port until `close`."""

    daemon_threads = True

    def __init__(
        self, calls: Calls, faults: Faults, latency: float, context: ssl.SSLContext | None, announced: list[str]
    ) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.calls, self.faults, self.latency = calls, faults, latency
        prior = "".join(f"<version>{version}</version>" for version in announced[1:])
        self.versions = VERSIONS.format(announced[0], prior).encode()
        self.raised: dict[str, Exception] = {}  # method -> what it raises
        self.sessions: set[str] = set()
        self.open: set[socket.socket] = set()
        self.closing = threading.Event()
        self._context = context
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = self.socket.accept()
        if self._context:  # the handshake is left to the thread of this connection: a silent client delays nobody
            connection = self._context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        self.open.add(connection)
        return connection, address

    def shutdown_request(self, request: Any) -> None:
        self.open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no error of the simulator's."""

    def close(self) -> None:
        """Stop listening and cut all connections; may be called twice."""
        if self.closing.is_set():
            return
        self.closing.set()
        self.shutdown()
        self.server_close()
        for connection in list(self.open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class Handler(http.server.BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 16
    server: Server

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (name of the base class)
        """Say nothing."""

    def do_GET(self) -> None:
        rule = self.server.faults.match("GET", self.path, "")
        if rule:
            self._misbehave(rule, lambda: (200, self.server.versions))
        elif self.path.endswith("vimServiceVersions.xml"):
            self._send(200, self.server.versions)
        else:
            self._send(404, b"")

    def do_POST(self) -> None:
        text = self.rfile.read(int(self.headers["Content-Length"]))
        operation = etree.fromstring(text)[-1][0]
        method = etree.QName(operation).localname
        found = COOKIE.search(self.headers.get("Cookie", ""))
        cookie = found.group(1) if found else ""
        rule = self.server.faults.match(method, text.decode(), cookie)
        if rule:
            self._misbehave(rule, lambda: self._answer(method, operation, cookie))
            return
        if self.server.latency:
            time.sleep(self.server.latency)
        status, body = self._answer(method, operation, cookie)
        fresh = {}
        if method == "Login" and status == 200:
            key = secrets.token_hex(16)
            self.server.sessions.add(key)
            fresh = {"Set-Cookie": f'vmware_soap_session="{key}"; Path=/; HttpOnly'}
        elif method == "Logout":
            self.server.sessions.discard(cookie)
            if not self.server.sessions:  # what others look through stays theirs
                self.server.calls.collector.forget()
        self._send(status, body, **fresh)

    def _answer(self, method: str, operation: Any, cookie: str) -> tuple[int, bytes]:
        this = operation.findtext(f"{wire.SPACE}_this") or ""
        try:
            if method in self.server.raised:
                raise self.server.raised[method]
            if cookie not in self.server.sessions and method not in OPEN and this != "ServiceInstance":
                raise _unknown_session()
            inner = self.server.calls(method, this, operation)
        except METHOD_FAULT as error:
            return 500, wire.fault(error)
        except (KeyError, StopIteration):
            return 500, wire.fault(vim.fault.NotFound(msg="The object or item referred to could not be found."))
        return 200, wire.envelope(
            f'<{method}Response xmlns="urn:vim25">'.encode() + inner + f"</{method}Response>".encode()
        )

    def _misbehave(self, rule: Rule, answer: Any) -> None:
        if rule.fault == "hang":
            self.server.closing.wait(rule.seconds)
        if rule.fault in ("drop", "hang"):
            self.close_connection = True
            with contextlib.suppress(OSError):
                self.connection.shutdown(socket.SHUT_RDWR)
        elif rule.fault == "status":
            self._send(rule.status, b"Service Unavailable", "text/plain")
        elif rule.fault == "html":
            self._send(200, HTML, "text/html")
        elif rule.fault == "not_authenticated":
            self.server.calls.collector.forget()
            self._send(500, wire.fault(_unknown_session()))
        elif rule.fault == "no_permission":
            denied = vim.fault.NoPermission(
                object=vim.Folder("group-d1"), privilegeId="System.Read", msg="Permission denied."
            )
            self._send(500, wire.fault(denied))
        else:
            status, body = answer()
            if rule.fault == "cut":
                self._send(status, body[: len(body) // 2])
            else:
                self._drip(status, body, rule.seconds)

    def _drip(self, status: int, body: bytes, pause: float) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.close_connection = True
        for value in body:
            self.wfile.write(bytes([value]))
            self.wfile.flush()
            if self.server.closing.wait(pause):
                return

    def _send(self, status: int, body: bytes, content_type: str = "text/xml; charset=utf-8", **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()


def _unknown_session() -> Any:
    message = "The session is not authenticated."
    return vim.fault.NotAuthenticated(object=vim.Folder("group-d1"), privilegeId="System.View", msg=message)
