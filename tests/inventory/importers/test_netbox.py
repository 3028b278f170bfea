"""NetBox, from a file and from a server that answers as its REST API does."""

import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson
import pytest

from auditor.domain import Secret
from auditor.errors import InputError
from auditor.inventory.importers import netbox_live
from auditor.inventory.importers.compare import compare
from auditor.inventory.importers.entry import ORIGIN
from auditor.inventory.importers.mapping import Mapping
from auditor.inventory.importers.netbox import netbox_sources, read_netbox
from auditor.inventory.importers.netbox_live import ask, token_of
from auditor.inventory.model import InventoryForm
from tests.simulators.pki import Authority

TOKEN = "c4n4ry-0f-th3-t0k3n"


def device(
    name: str | None, platform: str | None = "vmware-esxi", address: str | None = "192.0.2.1/24", **more: Any
) -> Any:
    return {
        "name": name,
        "status": {"value": "active", "label": "Active"},
        "platform": platform and {"slug": platform, "name": platform},
        "primary_ip": address and {"address": address},
        "site": {"slug": "ams", "name": "Amsterdam"},
        **more,
    }


DEVICES = [
    device("esx 1", role={"slug": "hypervisor"}),
    device("sw1", "cisco-nx-os", "2001:db8::1/64", device_role={"slug": "leaf"}, tenant={"slug": "x\u202ey"}),
    device(None),
    device("later", status={"value": "planned"}),
    device("bare", address=None),
    device("strange", "junos"),
    device("special", None, device_type={"slug": "appliance"}),
]
MAPPING = Mapping(kinds={"appliance": "linux", "junos": "ignore"})


def read(records: Any, mapping: Mapping = MAPPING) -> Any:
    return read_netbox(orjson.dumps(records).decode(), "n.json", "netbox:n.json", mapping)


@pytest.mark.parametrize(
    "form",
    [
        lambda r: r,
        lambda r: {"results": r, "next": None},
        lambda r: {"devices": r[:3], "virtual_machines": {"results": r[3:]}},
    ],
)
def test_devices_become_sources(form: Any) -> None:
    """Kind by platform or by the user's table, plain address, labels; the rest is left out and says why."""
    found = read(form(DEVICES))
    assert [(one.name, one.kind, one.address, dict(one.labels)) for one in found.entries] == [
        ("esx-1", "esxi", "192.0.2.1", {"site": "ams", "role": "hypervisor", "platform": "vmware-esxi"}),
        ("sw1", "nxos", "2001:db8::1", {"site": "ams", "role": "leaf", "tenant": "x?y", "platform": "cisco-nx-os"}),
        ("special", "linux", "192.0.2.1", {"site": "ams"}),
    ]
    assert {one.name: one.reason for one in found.left_out} == {
        "(record 3)": "it has no name",
        "later": "its status is planned",
        "bare": "it has no primary address",
        "strange": "it is to be ignored",
    }


def test_a_device_that_only_lost_its_address_is_not_gone() -> None:
    """It is left out, with the reason, and its entry is no candidate for removal; one that NetBox forgot is."""
    old = [
        {"name": name, "kind": "esxi", "address": "a", "labels": {ORIGIN: "netbox:n.json"}} for name in ("bare", "lost")
    ]
    assert compare(read(DEVICES), InventoryForm.model_validate({"sources": old}).sources).gone == ("lost",)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{\n", "n.json:2: not valid JSON"),
        ('{"results": [], "next": "x"}', "only the first page"),
        ("{}", "no list of devices"),
        ("[1]", "record 1 is no device"),
        (orjson.dumps([device("a b"), device("a:b")]).decode(), "two entries are called 'a-b'"),
        (orjson.dumps([device("\n")]).decode(), ""),
        (orjson.dumps([device("\u202e")]).decode(), "no name can be made of '\\u202e'"),
        (orjson.dumps([device("x", address="a: {b}/1")]).decode(), "is no address"),
    ],
)
def test_what_cannot_be_used_is_refused(text: str, said: str) -> None:
    """Half a list, no list, and names or addresses that are none."""
    if not said:
        assert not read_netbox(text, "n.json", "o", MAPPING).entries
        return
    with pytest.raises(InputError) as caught:
        read_netbox(text, "n.json", "o", MAPPING)
    assert said in str(caught.value)


class NetBox(BaseHTTPRequestHandler):
    """Two lists, two at a time at most, with links to a next page that must not be followed."""

    asked: list[tuple[str, str]]
    way = ""

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        self.asked.append((self.path, self.headers.get("Authorization", "")))
        if self.way == "redirect":
            self.send_response(302)
            self.send_header("Location", "https://192.0.2.1/")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        offset = int(parse_qs(parts.query)["offset"][0])
        every = DEVICES[:3] if "devices" in parts.path else DEVICES[3:]
        page = [device("endless")] * 2 if self.way == "endless" else every[offset : offset + 2]
        more = self.way == "endless" or offset + 2 < len(every)
        self.answer({"count": len(every), "next": "https://192.0.2.1/steal" if more else None, "results": page})

    def answer(self, data: Any) -> None:
        body = b"<html>" if self.way == "html" else orjson.dumps(data)
        self.send_response(403 if self.way == "forbidden" else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def netbox(tmp_path: Path) -> Iterator[tuple[str, Path, type[NetBox]]]:
    authority = Authority(tmp_path / "pki")
    pair = authority.issue("localhost")
    handler = type("Own", (NetBox,), {"asked": [], "protocol_version": "HTTP/1.1"})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair.cert_file, pair.key_file)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"https://localhost:{server.server_port}/nb/", authority.ca_file, handler
    server.shutdown()
    server.server_close()


def test_both_lists_are_read_page_by_page(netbox: tuple[str, Path, type[NetBox]]) -> None:
    """The same sources as from a file; every request carries the token and goes to the address that was given."""
    url, ca_file, handler = netbox
    records = ask(url, Secret(TOKEN), ca_file, page=2)
    assert netbox_sources(records, "n.json", "netbox:n.json", MAPPING) == read(DEVICES)
    assert [path for path, _ in handler.asked] == [
        f"/nb/api/{path}/?limit=2&offset={offset}"
        for path in ("dcim/devices", "virtualization/virtual-machines")
        for offset in (0, 2)
    ]
    assert {header for _, header in handler.asked} == {f"Token {TOKEN}"}


@pytest.mark.parametrize(
    ("way", "said"),
    [
        ("redirect", "status 302"),
        ("forbidden", "refuses the token"),
        ("html", "does not answer in JSON"),
        ("endless", "does not end"),
    ],
)
def test_a_server_that_is_not_what_it_should_be(
    netbox: tuple[str, Path, type[NetBox]], monkeypatch: pytest.MonkeyPatch, way: str, said: str
) -> None:
    """A reason, and never the token in it; nothing is asked without end, and nobody else is asked."""
    url, ca_file, handler = netbox
    handler.way = way
    monkeypatch.setattr(netbox_live, "MOST", 20)
    with pytest.raises(InputError, match=said) as caught:
        ask(url, Secret(TOKEN), ca_file, page=2)
    assert TOKEN not in str(caught.value)


def test_nobody_gets_the_token_unverified(netbox: tuple[str, Path, type[NetBox]], tmp_path: Path) -> None:
    """A certificate that nobody vouches for, plain http, a login in the address: no request is made."""
    url, _, handler = netbox
    with pytest.raises(InputError, match="certificate was not accepted"):
        ask(url, Secret(TOKEN))
    with pytest.raises(InputError, match="certificate was not accepted"):
        ask(url, Secret(TOKEN), Authority(tmp_path / "other").ca_file)
    for wrong in (url.replace("https", "http"), url.replace("//", "//u:p@"), "https://", "https://[x"):
        with pytest.raises(InputError, match="no address of NetBox") as caught:
            ask(wrong, Secret(TOKEN))
        assert "u:p" not in str(caught.value)
    assert handler.asked == []


def test_the_token_is_a_reference(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From a variable or a file; none, both, or an empty one is a fault that does not show it."""
    (tmp_path / "t").write_text(TOKEN + "\n")
    (tmp_path / "bad").write_text(TOKEN + "\nInjected: x")
    monkeypatch.setenv("NB", TOKEN)
    assert token_of("NB", None).reveal() == token_of(None, tmp_path / "t").reveal() == TOKEN
    for variable, file in (
        (None, None),
        ("NB", tmp_path / "t"),
        ("NB2", None),
        (None, tmp_path / "bad"),
        (None, tmp_path / "no"),
    ):
        with pytest.raises(InputError) as caught:
            token_of(variable, file)
        assert TOKEN not in str(caught.value)
