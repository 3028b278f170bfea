"""What is believed of callers."""

import ipaddress
import os
from pathlib import Path

import pytest
from starlette.requests import Request

from auditor.api.context import Context
from auditor.api.doorway import Doorway, doorway
from auditor.errors import InputError
from auditor.settings.form import Settings
from auditor.store.engine import Store
from tests.api.serving import ask, served

PROXY = Doorway("https://audit.example.org", (ipaddress.ip_network("10.0.0.0/24"), ipaddress.ip_network("::1/128")))


def request(peer: str, **headers: str) -> Request:
    said = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "method": "GET", "path": "/", "headers": said, "client": (peer, 1)})


@pytest.mark.parametrize(
    ("peer", "said", "address"),
    [
        ("192.0.2.9", "203.0.113.1", "192.0.2.9"),  # no proxy of ours: what it says is not believed
        ("10.0.0.1", "203.0.113.1", "203.0.113.1"),
        ("10.0.0.1", "198.51.100.66, 203.0.113.1", "203.0.113.1"),  # the caller wrote the first one
        ("10.0.0.1", "203.0.113.1, 10.0.0.2", "203.0.113.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "evil, 203.0.113.1", "203.0.113.1"),
        ("10.0.0.1", "203.0.113.1, evil", "10.0.0.1"),
        ("::1", "2001:db8::1", "2001:db8::1"),
        ("::ffff:10.0.0.1", "203.0.113.1", "203.0.113.1"),
        ("10.0.0.1", ", ".join(["203.0.113.1"] * 10_000), "203.0.113.1"),
    ],
)
def test_an_address_is_the_nearest_that_is_no_proxy_of_ours(peer: str, said: str, address: str) -> None:
    """What a caller writes into the header himself is never reached."""
    assert PROXY.address(request(peer, x_forwarded_for=said)) == address


@pytest.mark.parametrize(
    ("peer", "host", "local"),
    [
        ("127.0.0.1", "127.0.0.1:8000", True),
        ("127.0.0.1", "localhost:8000", True),
        ("::1", "[::1]:8000", True),
        ("127.0.0.1", "evil.example.org", False),
        ("127.0.0.1", "", False),
        ("127.0.0.1", "[", False),
        ("127.0.0.1", "localhost.example.org", False),
        ("192.0.2.1", "localhost", False),
        ("", "localhost", False),
    ],
)
def test_only_this_machine_by_its_own_name_is_local(peer: str, host: str, *, local: bool) -> None:
    """A name that a stranger's DNS points here is none; without public_url nobody else hands in a secret."""
    assert Doorway().local(request(peer, host=host)) == local
    assert Doorway().private(request(peer, host=host)) == local
    assert Doorway("https://audit.example.org").private(request(peer, host=host))


def test_who_comes_past_the_proxies_comes_without_their_tls() -> None:
    """Where proxies are named, only they, and this machine, hand in secrets; by `http://` a network is trusted."""
    assert PROXY.private(request("10.0.0.1", x_forwarded_for="203.0.113.1"))
    assert PROXY.private(request("127.0.0.1", host="localhost"))
    assert not PROXY.private(request("192.0.2.1", host="audit.example.org"))
    assert not PROXY.private(request("192.0.2.1", x_forwarded_for="10.0.0.1", x_forwarded_proto="https"))
    assert Doorway("http://audit.example.org", PROXY.proxies).private(request("192.0.2.1"))


def test_our_own_origin_is_written_as_browsers_write_it() -> None:
    """Small letters, no usual port."""
    here = request("127.0.0.1", host="LocalHost:8000")
    assert Doorway().origin(here) == "http://localhost:8000"
    assert Doorway("https://Audit.example.org:443").origin(here) == "https://audit.example.org"
    assert Doorway("http://audit.example.org:8443").origin(here) == "http://audit.example.org:8443"


@pytest.mark.parametrize(
    "said",
    [
        {"public_url": "audit.example.org"},
        {"public_url": "ftp://audit.example.org"},
        {"public_url": "https://audit.example.org/auditor"},
        {"public_url": "https://u:p@audit.example.org"},
        {"public_url": "https://"},
        {"trusted_proxies": "proxy.example.org"},
        {"trusted_proxies": "10.0.0.1/24"},
        {"metrics_token_file": "/nowhere/token"},
    ],
)
def test_a_wrong_setting_ends_the_start(said: dict[str, str]) -> None:
    """With what is wrong and the mend; no password of a URL is in it."""
    with pytest.raises(InputError) as caught:
        doorway(Settings.model_validate(said))
    assert "u:p" not in str(caught.value)


def test_right_settings_are_taken(tmp_path: Path) -> None:
    """As they are written."""
    file = tmp_path / "token"
    file.write_text("0123456789abcdef\n")
    said = {
        "public_url": "https://audit.example.org/",
        "trusted_proxies": "10.0.0.4, 10.1.0.0/16",
        "metrics_token_file": file,
    }
    found = doorway(Settings.model_validate(said))
    assert (found.public_url, found.secure, found.metrics_token) == (
        "https://audit.example.org",
        True,
        "0123456789abcdef",
    )
    assert "0123456789abcdef" not in repr(found)
    for wrong in ("short", "0123456789abcdef x", "é" * 20, ""):
        file.write_text(wrong)
        with pytest.raises(InputError):
            doorway(Settings.model_validate(said))
    os.truncate(file, 0)


def test_metrics_from_elsewhere_need_a_token(store: Store) -> None:
    """Without one set only this machine reads them; with one, only who knows it. Health stays open."""
    with served(Context(store)) as port:
        assert ask(port, "/metrics")[0] == 200
        assert ask(port, "/metrics", **{"X-Forwarded-For": "192.0.2.1"})[0] == 401
        assert ask(port, "/health/live", **{"X-Forwarded-For": "192.0.2.1"})[0] == 200
    token = "0123456789abcdef"
    with served(Context(store, door=Doorway(metrics_token=token))) as port:
        for said, status in ((f"Bearer {token}", 200), (f"bearer {token}", 200), ("Bearer x", 401), (token, 401)):
            assert ask(port, "/metrics", Authorization=said)[0] == status
        assert ask(port, "/metrics")[0] == 401
        assert ask(port, "/health/live")[0] == 200
