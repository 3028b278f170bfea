"""What goes out over real connections: verified, signed, to whom the channel names and nobody else."""

import base64
import hashlib
import hmac
import socket
import threading
from pathlib import Path
from typing import Any

import orjson
import pytest

from auditor.errors import InputError
from auditor.notify.addresses import networks
from auditor.notify.channels import checked_channel
from auditor.notify.messages import Message
from auditor.notify.senders import SendError, Ways, peers, send
from tests.notify.peers import Mailbox, Receiver, mail_server, web_server
from tests.simulators.pki import Authority, Pair

MESSAGE = Message(
    "msg_1", "Auditor: über 3 hosts", "text ✓\n", "<p>text ✓</p>", {"type": "run.finished", "data": {"events": []}}
)
HERE = Ways(networks("127.0.0.0/8"))
KEY = b"0123456789abcdef0123456789abcdef"
SECRET = "whsec_" + base64.b64encode(KEY).decode()
PASSWORD = "canary-mail-password"


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "pki")


@pytest.fixture
def pair(authority: Authority) -> Pair:
    return authority.issue("localhost", "127.0.0.1")


@pytest.fixture(autouse=True)
def _secrets(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AUDITOR_NOTIFY_SECRET", SECRET)
    monkeypatch.setenv("AUDITOR_NOTIFY_PASSWORD", PASSWORD)


def mail_channel(port: int, authority: Authority, **more: Any) -> Any:
    usual = {
        "kind": "email",
        "host": "localhost",
        "port": port,
        "sender": "auditor@example.org",
        "to": ["a@example.org", "b@example.org"],
        "ca_file": str(authority.ca_file),
    }
    return checked_channel(usual | more)


def hook(url: str, authority: Authority) -> Any:
    secret = "env:AUDITOR_NOTIFY_SECRET"
    return checked_channel({"kind": "webhook", "url": url, "secret": secret, "ca_file": str(authority.ca_file)})


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_mail_arrives_over_verified_tls_with_a_login(authority: Authority, pair: Pair, security: str) -> None:
    """Both ways of TLS: text, HTML, subject and recipients are what was meant; the password came after TLS."""
    box = Mailbox(password=PASSWORD)
    with mail_server(pair, box, implicit=security == "tls"):
        login = {"username": "auditor", "password": "env:AUDITOR_NOTIFY_PASSWORD"}
        send(mail_channel(box.port, authority, security=security, **login), MESSAGE, Ways())
    (mail,), (envelope,) = box.mails, box.envelopes
    assert envelope == ("auditor@example.org", ["a@example.org", "b@example.org"])
    assert box.logins == [("auditor", PASSWORD)]
    assert mail["Subject"] == MESSAGE.subject
    assert mail["Message-ID"] == "<msg_1@example.org>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["X-Auditor-Repeated"] is None
    parts = [part.get_content().replace("\r\n", "\n").strip() for part in mail.iter_parts()]
    assert parts == ["text ✓", "<p>text ✓</p>"]


def test_a_mail_server_that_cannot_show_who_it_is_hears_nothing(authority: Authority, tmp_path: Path) -> None:
    """Another authority's certificate, another host's, an expired one: no login, no mail."""
    other = Authority(tmp_path / "other").issue("localhost")
    bad = [other, authority.issue("elsewhere.example.org", stem="b"), authority.issue("localhost", days=-1, stem="c")]
    for pair in bad:
        for implicit in (False, True):
            box = Mailbox(password=PASSWORD)
            with mail_server(pair, box, implicit=implicit):
                channel = mail_channel(
                    box.port,
                    authority,
                    security="tls" if implicit else "starttls",
                    username="auditor",
                    password="env:AUDITOR_NOTIFY_PASSWORD",
                )
                with pytest.raises(SendError, match="certificate was not accepted"):
                    send(channel, MESSAGE, Ways())
            assert (box.mails, box.logins) == ([], [])


def test_a_server_without_starttls_gets_no_mail(authority: Authority) -> None:
    """Whoever strips STARTTLS from the conversation gets nothing to read."""
    box = Mailbox()
    with mail_server(None, box), pytest.raises(SendError, match="lacks what the channel asks for"):
        send(mail_channel(box.port, authority), MESSAGE, Ways())
    assert box.mails == []


def test_mail_without_tls_is_for_this_machine(authority: Authority) -> None:
    """A relay on loopback is allowed, a name or an address elsewhere is not even asked."""
    box = Mailbox()
    with mail_server(None, box):
        send(mail_channel(box.port, authority, security="none", host="127.0.0.1"), MESSAGE, Ways())
        for host in ("mail.example.org", "203.0.113.1"):
            with pytest.raises(SendError, match="without TLS is for this machine"):
                send(mail_channel(box.port, authority, security="none", host=host), MESSAGE, Ways())
    assert len(box.mails) == 1


def test_a_refusing_mail_server_is_told_without_its_words(authority: Authority, pair: Pair) -> None:
    """A wrong password, a mail that is refused: a number and our words, no text of the server."""
    box = Mailbox(password="another", refuse="451 canary-words of the server")
    with mail_server(pair, box):
        login = {"username": "auditor", "password": "env:AUDITOR_NOTIFY_PASSWORD"}
        with pytest.raises(SendError, match=r"user name or password was refused \(535\)") as caught:
            send(mail_channel(box.port, authority, **login), MESSAGE, Ways())
        assert PASSWORD not in str(caught.value)
    box.password = ""
    with mail_server(pair, box), pytest.raises(SendError, match="answered 451") as caught:
        send(mail_channel(box.port, authority), MESSAGE, Ways())
    assert "canary" not in str(caught.value)


def test_a_webhook_is_signed_as_the_receiver_expects(authority: Authority, pair: Pair) -> None:
    """HMAC-SHA256 over id, timestamp and body, computed here anew; a changed body does not hold."""
    receiver = Receiver()
    with web_server(pair, receiver):
        send(hook(f"https://localhost:{receiver.port}/in/token", authority), MESSAGE, HERE)
    (got,) = receiver.got
    assert got.path == "/in/token"
    signed = f"{got.headers['webhook-id']}.{got.headers['webhook-timestamp']}.".encode() + got.body
    expected = base64.b64encode(hmac.new(KEY, signed, hashlib.sha256).digest()).decode()
    assert got.headers["webhook-signature"] == f"v1,{expected}"
    assert got.headers["webhook-id"] == "msg_1"
    assert got.headers["host"] == f"localhost:{receiver.port}"
    assert "auditor-repeated" not in got.headers
    assert orjson.loads(got.body) == {"type": "run.finished", "subject": MESSAGE.subject, "data": {"events": []}}
    other = base64.b64encode(hmac.new(KEY, signed + b" ", hashlib.sha256).digest()).decode()
    assert got.headers["webhook-signature"] != f"v1,{other}"


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.1", "2130706433", "0x7f000001", "[::ffff:127.0.0.1]"])
def test_a_webhook_cannot_be_pointed_at_this_machine(authority: Authority, pair: Pair, host: str) -> None:
    """By name or by any way to write the address: nothing is received, unless the setting allows loopback."""
    receiver = Receiver()
    with web_server(pair, receiver):
        for scheme in ("https", "http"):
            with pytest.raises(SendError, match="notify_networks does not allow"):
                send(hook(f"{scheme}://{host}:{receiver.port}/", authority), MESSAGE, Ways())
    assert receiver.got == []


def test_a_name_that_changes_its_mind_is_connected_to_as_judged(
    authority: Authority, pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name whose second answer is another address: it is asked once, and that answer is connected to."""
    receiver, asked, real = Receiver(), [], socket.getaddrinfo

    def rebinding(host: Any, port: Any, *args: Any, **more: Any) -> Any:
        if host != "rebind.example.org":
            return real(host, port, *args, **more)
        asked.append(host)
        return real("127.0.0.2" if len(asked) == 1 else "127.0.0.1", port, *args, **more)

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    second = Ways(networks("127.0.0.2/32"))  # nobody listens there
    with web_server(pair, receiver), pytest.raises(SendError, match="nobody answers"):
        send(hook(f"https://rebind.example.org:{receiver.port}/", authority), MESSAGE, second)
    assert (asked, receiver.got) == (["rebind.example.org"], [])


def test_one_inner_address_among_public_ones_spoils_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name with several addresses is refused when any of them is inside."""
    answers = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, 443)) for one in ("93.184.216.34", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **more: answers)
    with pytest.raises(SendError, match="a private address"):
        peers.addresses_of("both.example.org", 443, ())


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_no_redirect_is_followed(authority: Authority, pair: Pair, status: int) -> None:
    """A receiver that sends on to somewhere else is told of, and nobody else is asked."""
    elsewhere = Receiver()
    with web_server(pair, elsewhere):
        receiver = Receiver(status, {"Location": f"https://localhost:{elsewhere.port}/"})
        with web_server(pair, receiver), pytest.raises(SendError, match=rf"{status} \(redirects are not followed\)"):
            send(hook(f"https://localhost:{receiver.port}/", authority), MESSAGE, HERE)
    assert (len(receiver.got), elsewhere.got) == (1, [])


def test_plain_http_is_for_named_networks_only(authority: Authority) -> None:
    """Loopback, when it is named; a public address never."""
    receiver = Receiver()
    with web_server(None, receiver):
        send(hook(f"http://127.0.0.1:{receiver.port}/", authority), MESSAGE, HERE)
    assert len(receiver.got) == 1
    with pytest.raises(SendError, match="use https://"):
        send(hook("http://93.184.216.34/", authority), MESSAGE, HERE)


@pytest.mark.parametrize(("status", "final"), [(410, True), (500, False), (404, False)])
def test_a_receiver_that_refuses_is_told_by_its_number(
    authority: Authority, pair: Pair, status: int, *, final: bool
) -> None:
    """410 means that it wants no more; everything else is tried again."""
    receiver = Receiver(status)
    with web_server(pair, receiver), pytest.raises(SendError, match=str(status)) as caught:
        send(hook(f"https://localhost:{receiver.port}/", authority), MESSAGE, HERE)
    assert caught.value.final is final


def test_an_endless_answer_is_cut(authority: Authority, pair: Pair) -> None:
    """What comes after the first 64 KiB is not read: the message counts as taken."""
    receiver = Receiver(200, endless=True)
    with web_server(pair, receiver):
        send(hook(f"https://localhost:{receiver.port}/", authority), MESSAGE, HERE)
    assert len(receiver.got) == 1


def test_a_receiver_that_drips_is_cut_off(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each byte comes in time, the answer never does: the deadline for all of it ends the conversation."""
    ended = threading.Event()
    listener = socket.create_server(("127.0.0.1", 0))

    def drip() -> None:
        connection, _ = listener.accept()
        try:
            while not ended.wait(0.05):
                connection.sendall(b"H")
        except OSError:
            ended.set()

    thread = threading.Thread(target=drip, daemon=True)
    thread.start()
    monkeypatch.setattr(peers, "DEADLINE", 0.5)
    with listener, pytest.raises(SendError, match="broke off"):
        send(hook(f"http://127.0.0.1:{listener.getsockname()[1]}/", authority), MESSAGE, HERE)
    ended.set()
    thread.join()


def test_a_webhook_receiver_has_to_show_who_it_is(authority: Authority, tmp_path: Path) -> None:
    """Another authority's certificate, or another host's: nothing is posted."""
    bad = [Authority(tmp_path / "other").issue("localhost"), authority.issue("elsewhere.example.org", stem="b")]
    for pair in bad:
        receiver = Receiver()
        with web_server(pair, receiver), pytest.raises(SendError, match="certificate was not accepted"):
            send(hook(f"https://localhost:{receiver.port}/", authority), MESSAGE, HERE)
        assert receiver.got == []


def test_a_secret_that_is_not_there_is_told_by_its_name(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unset, or too short to sign with: the reference is named, the secret is not."""
    monkeypatch.delenv("AUDITOR_NOTIFY_SECRET")
    with pytest.raises(InputError, match="AUDITOR_NOTIFY_SECRET is not set"):
        send(hook("https://127.0.0.1:1/", authority), MESSAGE, HERE)
    monkeypatch.setenv("AUDITOR_NOTIFY_SECRET", "canary-short")
    with pytest.raises(InputError, match="shorter than 24 bytes") as caught:
        send(hook("https://127.0.0.1:1/", authority), MESSAGE, HERE)
    assert "canary" not in str(caught.value)
