"""Other services, through apprise: over verified TLS, to nowhere inside, by a URL that nobody sees."""

import gzip
import logging
import socket
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from auditor.errors import InputError
from auditor.notify.addresses import networks
from auditor.notify.channels import Service
from auditor.notify.messages import Message
from auditor.notify.senders import SendError, Ways, answers, peers, send
from auditor.notify.senders.services import notify
from tests.notify.peers import Receiver, web_server
from tests.simulators.pki import Authority, Pair

MESSAGE = Message("msg_1", "Auditor: run finished", "all is well\n", "<p>all is well</p>", {})
HERE = Ways(networks("127.0.0.0/8"))
TOKEN = "canary-0123456789"
CHANNEL = Service(url="env:AUDITOR_NOTIFY_URL")


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    """What the system trusts, for `requests`."""
    made = Authority(tmp_path / "pki")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(made.ca_file))
    return made


@pytest.fixture
def pair(authority: Authority) -> Pair:
    return authority.issue("localhost", "127.0.0.1")


def to(monkeypatch: pytest.MonkeyPatch, url: str) -> Service:
    monkeypatch.setenv("AUDITOR_NOTIFY_URL", url)
    return CHANNEL


def test_a_service_is_told(monkeypatch: pytest.MonkeyPatch, pair: Pair) -> None:
    """Subject and text arrive at a Gotify that has a certificate we trust, in a network that is allowed."""
    receiver = Receiver(200)
    with web_server(pair, receiver):
        send(to(monkeypatch, f"gotifys://localhost:{receiver.port}/{TOKEN}"), MESSAGE, HERE)
    (got,) = receiver.got
    assert b"all is well" in got.body
    assert b"Auditor: run finished" in got.body


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_no_service_leads_inside(monkeypatch: pytest.MonkeyPatch, pair: Pair, host: str) -> None:
    """The connection itself is refused, whatever the plug-in does; afterwards this thread may connect again."""
    receiver = Receiver(200)
    with web_server(pair, receiver):
        with pytest.raises(SendError, match="leads to this machine"):
            send(to(monkeypatch, f"gotifys://{host}:{receiver.port}/{TOKEN}"), MESSAGE, Ways())
        socket.create_connection(("127.0.0.1", receiver.port)).close()
    assert receiver.got == []


def test_a_connection_by_a_name_that_nobody_judged_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A plug-in that hands a name to the system, or a path of a socket, gets nowhere."""
    import apprise

    attempts: list[str] = []

    class Plugin:
        verify_certificate, protocol, secure_protocol, redirects = True, None, "gotifys", True

        def notify(self, **_more: Any) -> bool:
            for kind, address in ((socket.AF_INET, ("localhost", 9)), (socket.AF_UNIX, "/run/docker.sock")):
                with socket.socket(kind) as one:
                    try:
                        one.connect(address)
                    except OSError as problem:
                        attempts.append(str(problem))
            return True

    monkeypatch.setattr(apprise.Apprise, "instantiate", lambda *args, **more: Plugin())
    with pytest.raises(SendError, match="no address"):
        notify(to(monkeypatch, "gotifys://somewhere/token"), MESSAGE, HERE)
    assert attempts == ["refused: no address"] * 2


def test_nothing_runs_where_nobody_watches(monkeypatch: pytest.MonkeyPatch) -> None:
    """A plug-in that connects from a thread of its own is judged too, as is a datagram; a process cannot be begun."""
    import apprise

    ran: list[str] = []
    refused: list[str] = []

    def inside() -> None:
        socket.create_connection(("127.0.0.1", 9), 1)
        ran.append("thread")

    class Plugin:
        verify_certificate, protocol, secure_protocol, redirects = True, None, "gotifys", True

        def notify(self, **_more: Any) -> bool:
            for act in (
                lambda: subprocess.run(["true"], check=True),
                lambda: socket.socket(type=socket.SOCK_DGRAM).sendto(b"x", ("10.0.0.1", 514)),
            ):
                try:
                    act()
                    ran.append("done")
                except OSError:
                    pass
            with ThreadPoolExecutor(1) as pool:
                refused.append(str(pool.submit(inside).exception()))
            return True

    monkeypatch.setattr(apprise.Apprise, "instantiate", lambda *args, **more: Plugin())
    with pytest.raises(SendError, match="leads to this machine"):
        notify(to(monkeypatch, "gotifys://somewhere/token"), MESSAGE, Ways())
    assert (ran, refused) == ([], ["refused: this machine"])


def test_a_service_that_answers_without_end_is_cut_off(monkeypatch: pytest.MonkeyPatch, pair: Pair) -> None:
    """A few bytes now and then, each in time: the deadline ends the connection. The service had said yes before."""
    receiver = Receiver(200, endless=True, piece=b"x", pause=0.05)
    monkeypatch.setattr(peers, "DEADLINE", 0.3)
    with web_server(pair, receiver):
        send(to(monkeypatch, f"gotifys://localhost:{receiver.port}/{TOKEN}"), MESSAGE, HERE)
    assert len(receiver.got) == 1


@pytest.mark.parametrize("packed", [False, True])
def test_no_more_is_read_than_an_answer_needs(monkeypatch: pytest.MonkeyPatch, pair: Pair, packed: bool) -> None:
    """An answer without end, and one that is small until it is unpacked: neither fills the memory; the yes counts."""
    import apprise
    import requests

    read: list[int] = []
    receiver = Receiver(200, endless=True)
    if packed:
        receiver = Receiver(200, {"Content-Encoding": "gzip"}, endless=True, piece=gzip.compress(bytes(16_000_000)))

    class Plugin:
        verify_certificate, protocol, secure_protocol, redirects = True, None, "gotifys", True

        def notify(self, **_more: Any) -> bool:
            answer = requests.post(f"https://localhost:{receiver.port}/", data=b"told", timeout=5)
            read.append(len(answer.content))
            return answer.ok

    monkeypatch.setattr(apprise.Apprise, "instantiate", lambda *args, **more: Plugin())
    monkeypatch.setattr(peers, "DEADLINE", 1.0)
    with web_server(pair, receiver):
        send(to(monkeypatch, "gotifys://somewhere/token"), MESSAGE, HERE)
    assert 0 < read[0] <= answers.MOST


def test_other_threads_read_what_they_want(monkeypatch: pytest.MonkeyPatch, pair: Pair) -> None:
    """The bound is for plug-ins: who asks with `requests` meanwhile, or afterwards, gets the whole answer."""
    import requests

    size = 2 * answers.MOST
    receiver = Receiver(200, {"Content-Length": str(size)}, endless=True, piece=bytes(size))
    with web_server(pair, receiver):
        send(to(monkeypatch, f"gotifys://localhost:{receiver.port}/{TOKEN}"), MESSAGE, HERE)
        assert len(requests.post(f"https://localhost:{receiver.port}/", data=b"x", timeout=5).content) == size


def test_no_redirect_of_a_service_is_followed(monkeypatch: pytest.MonkeyPatch, pair: Pair) -> None:
    """A service that sends on to somewhere else: nobody else is told."""
    elsewhere = Receiver(200)
    with web_server(pair, elsewhere):
        receiver = Receiver(307, {"Location": f"https://localhost:{elsewhere.port}/"})
        with web_server(pair, receiver), pytest.raises(SendError, match="did not take it"):
            send(to(monkeypatch, f"gotifys://localhost:{receiver.port}/{TOKEN}?redirect=yes"), MESSAGE, HERE)
    assert (len(receiver.got), elsewhere.got) == (1, [])


def test_a_service_has_to_show_who_it_is(monkeypatch: pytest.MonkeyPatch, authority: Authority, tmp_path: Path) -> None:
    """Another authority's certificate: nothing is posted."""
    receiver = Receiver(200)
    other = Authority(tmp_path / "other").issue("localhost")
    with web_server(other, receiver), pytest.raises(SendError, match="did not take it"):
        send(to(monkeypatch, f"gotifys://localhost:{receiver.port}/{TOKEN}"), MESSAGE, HERE)
    assert receiver.got == []


@pytest.mark.parametrize(
    ("url", "why"),
    [
        (f"gotify://localhost/{TOKEN}", "sends in plain text"),
        (f"gotifys://localhost/{TOKEN}?verify=no", "turns the peer's verification off"),
        (f"jsons://localhost/{TOKEN}", "is not sent through apprise"),
        (f"mailtos://user:{TOKEN}@example.org", "is not sent through apprise"),
        (f"syslog://{TOKEN}", "is not sent through apprise"),
        (f"nothing://{TOKEN}", "no URL that apprise knows"),
        (TOKEN, "no URL that apprise knows"),
    ],
)
def test_what_is_not_sent_says_why_and_not_where(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, url: str, why: str
) -> None:
    """Plain text, no verification, what has a channel of its own, nonsense: the URL stands in no message and no log."""
    caplog.set_level(logging.DEBUG)
    with pytest.raises(InputError, match=why) as caught:
        send(to(monkeypatch, url), MESSAGE, HERE)
    assert "canary" not in str(caught.value) + caplog.text
