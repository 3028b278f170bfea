"""Those who are told, on loopback: a mail server, a receiver of webhooks."""

import http.server
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.simulators.pki import Pair


@dataclass
class Mailbox:
    """What a mail server took, and what it is to do: `refuse` names an answer for each mail."""

    password: str = ""
    refuse: str = ""
    mails: list[EmailMessage] = field(default_factory=list)
    logins: list[tuple[str, str]] = field(default_factory=list)
    envelopes: list[tuple[str, list[str]]] = field(default_factory=list)
    port: int = 0

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.refuse:
            return self.refuse
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        self.mails.append(BytesParser(EmailMessage, policy=policy.default).parsebytes(content))
        self.envelopes.append((envelope.mail_from or "", list(envelope.rcpt_tos)))
        return "250 OK"

    def login(self, server: SMTP, session: Session, envelope: Envelope, _mechanism: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.logins.append((data.login.decode(), data.password.decode()))
        return AuthResult(success=data.password.decode() == self.password, handled=False)


@contextmanager
def mail_server(pair: Pair | None, box: Mailbox, *, implicit: bool = False) -> Iterator[Mailbox]:
    """A mail server for `localhost`: TLS from the first byte when `implicit`, else STARTTLS; none without a pair."""
    context = None
    if pair is not None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(pair.cert_file, pair.key_file)
    options: dict[str, Any] = {"hostname": "127.0.0.1", "port": 0}
    if implicit:
        options["ssl_context"] = context
    elif context is not None:
        options |= {"tls_context": context, "require_starttls": True}
    if box.password:
        options |= {"authenticator": box.login, "auth_required": True, "auth_require_tls": not implicit}
    controller = _Anywhere(box, **options)
    controller.start()
    try:
        box.port = controller.port
        yield box
    finally:
        controller.stop()


class _Anywhere(Controller):
    """A controller that may listen on a port that the system chose."""

    def _trigger_server(self) -> None:
        server: Any = self.server
        self.port = server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]


@dataclass
class Received:
    """A webhook that came in."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """What a web server took, and how it answers."""

    status: int = 204
    headers: dict[str, str] = field(default_factory=dict)
    endless: bool = False
    piece: bytes = b"x" * 65_536  # what an endless answer is made of
    pause: float = 0.0  # seconds between two pieces
    got: list[Received] = field(default_factory=list)
    port: int = 0


@contextmanager
def web_server(pair: Pair | None, receiver: Receiver) -> Iterator[Receiver]:
    """A web server on 127.0.0.1, on a free port unless it has one, with TLS when there is a pair."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {key.lower(): value for key, value in self.headers.items()}
            receiver.got.append(Received(self.path, headers, body))
            self.send_response(receiver.status)
            for key, value in receiver.headers.items():
                self.send_header(key, value)
            self.end_headers()
            try:
                while receiver.endless:
                    self.wfile.write(receiver.piece)
                    time.sleep(receiver.pause)
            except OSError:
                pass

        do_GET = do_POST  # noqa: N815

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", receiver.port), Handler)
    server.daemon_threads = True
    if pair is not None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(pair.cert_file, pair.key_file)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    receiver.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
