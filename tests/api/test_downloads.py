"""Reports to take along: made beside the service, resumed by Range, the same bytes each time, and in the journal."""

import base64
import csv
import hashlib
import http.client
import io
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from auditor.api.answering import asked_part
from auditor.api.context import Context
from tests.api.caller import PLAIN, Caller, signed_in
from tests.api.serving import served
from tests.api.sites import Estate, two_nights
from tests.servers.fixtures import DATABASES
from tests.store.access.people import journal

V1 = "/api/v1"


@pytest.fixture(scope="module", params=DATABASES)
def estate(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Estate]:
    """Two nights over two sites, on each database."""
    folder: Path = tmp_path_factory.mktemp("estate")
    url = f"sqlite:///{folder}/a.sqlite"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres").new_database_with_tables()
    with two_nights(folder, url) as found:
        yield found


@pytest.fixture(scope="module")
def port(estate: Estate) -> Iterator[int]:
    """The service over it."""
    with served(Context(estate.store)) as found:
        yield found


def raw(caller: Caller, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and bytes of an answer."""
    connection = http.client.HTTPConnection("127.0.0.1", caller.port, timeout=60)
    try:
        said = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request("GET", path, headers={"Cookie": f"{PLAIN}={caller.cookie}", **said})
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    finally:
        connection.close()


def ready(caller: Caller, run: str, form: str) -> dict[str, Any]:
    """A report, when it is made."""
    asked = caller.ask("POST", f"{V1}/reports", {"run": run, "format": form})
    assert asked.status == 202, asked.text
    for _ in range(600):
        found: dict[str, Any] = caller.ask("GET", f"{V1}/reports/{asked.json['id']}").json
        if found["state"] != "waiting":
            return found
        time.sleep(0.1)
    raise AssertionError("the report was not made")


def test_a_report_comes_in_parts_and_is_the_same_each_time(estate: Estate, port: int) -> None:
    """Rendered beside the service; parts put together have the SHA-256 that was told, an old part is not mixed in."""
    caller = signed_in(port, estate.store, "auditor")
    made = ready(caller, estate.first, "csv")
    status, headers, whole = raw(caller, made["content"])
    assert (status, made["state"], made["size"]) == (200, "made", len(whole))
    assert hashlib.sha256(whole).hexdigest() == made["sha256"]
    digest = headers["repr-digest"].removeprefix("sha-256=:").removesuffix(":")
    assert base64.b64decode(digest) == hashlib.sha256(whole).digest()
    assert headers["content-disposition"] == f'attachment; filename="{estate.first}.csv"'
    got, step = b"", len(whole) // 3
    while len(got) < len(whole):
        part = f"bytes={len(got)}-{len(got) + step}"
        status, said, more = raw(caller, made["content"], Range=part, If_Range=headers["etag"])
        assert status == 206
        assert said["content-range"] == f"bytes {len(got)}-{len(got) + len(more) - 1}/{len(whole)}"
        got += more
    assert got == whole
    assert raw(caller, made["content"], Range="bytes=-5")[::2] == (206, whole[-5:])
    assert raw(caller, made["content"], Range="bytes=0-", If_Range='"older"')[::2] == (200, whole)
    status, said, _ = raw(caller, made["content"], Range=f"bytes={len(whole)}-")
    assert (status, said["content-range"]) == (416, f"bytes */{len(whole)}")
    assert raw(caller, made["content"], If_None_Match=headers["etag"])[::2] == (304, b"")
    again = caller.ask("POST", f"{V1}/reports", {"run": estate.first, "format": "csv"}).json
    assert (again["id"], again["sha256"], again["state"]) == (made["id"], made["sha256"], "made")
    rows = list(csv.reader(io.StringIO(whole.decode("utf-8-sig"))))
    assert len(rows) > 100
    assert not [cell for row in rows for cell in row if cell[:1] in ("=", "+", "@", "\t", "\r")]
    entries = [(actor, did) for actor, did, about in journal(estate.store) if about == estate.first]
    assert entries.count(("auditor", "report asked for")) == 2
    assert entries.count(("auditor", "report downloaded")) >= 6


def test_a_report_shows_what_its_scope_shows(estate: Estate, port: int) -> None:
    """Who is limited gets one of his targets, and finds none of others'; who is not finds none of his."""
    limited, caller = signed_in(port, estate.store, "auditor-ams"), signed_in(port, estate.store, "auditor")
    made = ready(limited, estate.first, "html")
    assert made["state"] == "made"
    text = raw(limited, made["content"])[2].decode()
    assert "ams-00" in text
    assert "fra-" not in text
    assert caller.ask("GET", f"{V1}/reports/{made['id']}").status == 404
    whole = ready(caller, estate.first, "html")
    for below in ("", "/content"):
        assert limited.ask("GET", f"{V1}/reports/{whole['id']}{below}").status == 404
    assert [one["id"] for one in limited.ask("GET", f"{V1}/reports").json["items"]] == [made["id"]]
    assert limited.ask("POST", f"{V1}/reports", {"run": estate.second, "format": "csv"}).status == 404


def test_what_a_run_has_written_is_taken_as_it_is(estate: Estate, port: int) -> None:
    """Its JSON is at once there, and the same bytes as its document."""
    caller = signed_in(port, estate.store, "auditor")
    asked = caller.ask("POST", f"{V1}/reports", {"run": estate.first, "format": "json"}).json
    assert asked["state"] == "made"
    document = raw(caller, f"{V1}/runs/{estate.first}/document")[2]
    assert raw(caller, asked["content"])[2] == document
    before = len(journal(estate.store))
    head = caller.ask("HEAD", asked["content"])
    assert (head.status, head.headers["content-length"]) == (200, str(len(document)))
    assert len(journal(estate.store)) == before


@given(st.integers(0, 50), st.text("bytes=0123456789-, ", max_size=14) | st.from_regex(r"bytes=\d{0,2}-\d{0,2}\Z"))
def test_a_part_lies_within_the_whole(size: int, said: str) -> None:
    """Whatever Range says: all of it, a part of one byte or more that is there, or none."""
    request = Request({"type": "http", "headers": [(b"range", said.encode())]})
    part = asked_part(request, size, '"x"')
    assert part is None or part == (1, 0) or 0 <= part[0] <= part[1] < size
