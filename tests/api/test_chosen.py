"""Downloads of what was chosen: a part, a period, a moment, a framework; how far they are, cancelled, removed, again;
and a large one that nobody holds whole.
"""

import hashlib
import http.client
import json
import multiprocessing
import subprocess
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from auditor.access import EVERYTHING, Reach, Role
from auditor.api.context import Context
from auditor.service import exporting
from auditor.service.downloads.asking import Wanted, chosen
from auditor.service.downloads.documents import document_for
from auditor.store import blobs, exports, parts, runs
from auditor.store.engine import Store, StoreError, open_store
from auditor.store.going import Policy
from auditor.store.listing_tables import ExportPart, ExportRow
from auditor.store.retention import retain, would_go
from auditor.store.sql import table_of
from auditor.store.tables import Blob
from tests.api.alone import alone
from tests.api.caller import PLAIN, Caller, signed_in
from tests.api.rows import made as new_store
from tests.api.serving import served
from tests.api.sites import Estate, two_nights
from tests.store.access.people import journal, person

V1 = "/api/v1"
WHOLE = Reach.of([EVERYTHING])
MIB = 1 << 20
EXPORT, PART, BLOBS = table_of(ExportRow), table_of(ExportPart), table_of(Blob)


@pytest.fixture(scope="module")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Estate]:
    """Two nights over two sites."""
    folder: Path = tmp_path_factory.mktemp("estate")
    with two_nights(folder, f"sqlite:///{folder}/a.sqlite") as found:
        yield found


@pytest.fixture(scope="module")
def port(estate: Estate) -> Iterator[int]:
    """The service over it."""
    with served(Context(estate.store)) as found:
        yield found


def asked(caller: Caller, form: str, **said: Any) -> Any:
    """The answer to somebody who asks for a report."""
    answer = caller.ask("POST", f"{V1}/reports", {"format": form, **said})
    assert answer.status == 202, answer.text
    return answer.json


def ready(caller: Caller, form: str, **said: Any) -> dict[str, Any]:
    """A report, when it is made."""
    number = asked(caller, form, **said)["id"]
    for _ in range(600):
        found: dict[str, Any] = caller.ask("GET", f"{V1}/reports/{number}").json
        if found["state"] != "waiting":
            return found
        time.sleep(0.1)
    raise AssertionError("the report was not made")


def document(caller: Caller, **said: Any) -> dict[str, Any]:
    """audit.json of what was chosen."""
    made = ready(caller, "json", **said)
    assert made["state"] == "made", made["note"]
    found: dict[str, Any] = json.loads(caller.ask("GET", made["content"]).text)
    return found


def today() -> dict[str, str]:
    """A period that ends now, to the second: runs end in the second in which they are asked for."""
    at = datetime.now(UTC)
    return {"from": (at - timedelta(days=1)).isoformat(timespec="seconds"), "to": at.isoformat(timespec="seconds")}


def test_a_choice_is_one_report_and_says_what_it_is_of(estate: Estate, port: int) -> None:
    """By label and by framework; asked again it is the same one, for another scope another one; in the journal."""
    caller, limited = signed_in(port, estate.store, "auditor"), signed_in(port, estate.store, "auditor-ams")
    said = {"run": estate.first, "labels": {"site": "ams"}, "framework": "nist-800-53"}
    found = document(caller, **said)
    assert {one["name"].split("-")[0] for one in found["targets"]} == {"ams"}
    assert (found["selection"]["targets"], found["selection"]["population"]) == (3, 6)
    told = found["selection"]["framework"]
    assert 0 < told["rules"] <= told["of_rules"]
    assert {one["rule"] for one in found["findings"]} == set(found["rules"])
    first, again = asked(caller, "json", **said), asked(caller, "json", **dict(reversed(said.items())))
    assert (again["id"], again["sha256"], again["state"]) == (first["id"], first["sha256"], "made")
    assert asked(caller, "json", run=estate.first, labels={"site": "fra"})["id"] != first["id"]
    assert first["name"] == f"{estate.first}-{first['id']}.json"
    assert first["chosen"]["labels"] == {"site": "ams"}
    mine = document(limited, **said)
    assert (mine["selection"]["targets"], mine["selection"]["population"]) == (3, 3)
    assert "fra-" not in json.dumps(mine)
    for below in ("", "/content", "/checksum"):
        assert limited.ask("GET", f"{V1}/reports/{first['id']}{below}").status == 404
    assert limited.ask("DELETE", f"{V1}/reports/{first['id']}").status == 404
    for wrong in (
        {"labels": {"site": "fra"}},
        {"framework": "no-such"},
        {"run": "latest", "at": "2026-01-01", "zone": "UTC"},
        {"from": "2026-01-01", "to": "2026-02-01"},
        {"labels": {"site=x": "y"}},
    ):
        answer = limited.ask("POST", f"{V1}/reports", {"format": "csv", **wrong})
        assert answer.status == 422, (wrong, answer.text)
    period = {"from": "2020-01-01", "to": "2020-02-01", "zone": "UTC"}
    assert limited.ask("POST", f"{V1}/reports", {"format": "csv", **period}).status == 404
    assert ("auditor", "report asked for", estate.first) in journal(estate.store)


def test_a_period_and_a_moment_over_http(estate: Estate, port: int) -> None:
    """Both nights of the estate; who is limited sees the one that had his targets."""
    limited, times = signed_in(port, estate.store, "auditor-ams"), today()
    with estate.store.reading() as connection:
        run, choice = chosen(connection, Wanted(begin=times["from"], end=times["to"]), WHOLE, "auditor")
    found = document_for(estate.store, choice, WHOLE)
    assert [one["run"] for one in found["period"]["nights"]] == [estate.first, estate.second]
    assert found["run"]["id"] == run.name == estate.second
    mine = document(limited, **times)
    assert [one["run"] for one in mine["period"]["nights"]] == [estate.first]
    assert "fra-" not in json.dumps(mine)
    state = document(limited, at=times["to"])
    assert {one["name"] for one in state["targets"]} == {"ams-00", "ams-01", "ams-02"}
    assert "fra-" not in json.dumps(state)
    assert state["coverage"]["population"] == 3


def test_what_can_be_chosen_is_told_within_the_scope(estate: Estate, port: int) -> None:
    """Formats, frameworks, labels, platforms and sources; of another site nothing."""
    found = signed_in(port, estate.store, "auditor-ams").ask("GET", f"{V1}/downloads").json
    assert found["labels"]["site"] == ["ams"]
    assert found["sources"] == ["ams-00", "ams-01", "ams-02"]
    assert "xlsx" in found["formats"]
    assert "nist-800-53" in {one["id"] for one in found["frameworks"]}
    assert signed_in(port, estate.store, "auditor").ask("GET", f"{V1}/downloads").json["labels"]["site"] == [
        "ams",
        "fra",
    ]


def test_a_workbook_and_its_checksum(estate: Estate, port: int, tmp_path: Path) -> None:
    """`sha256sum -c` agrees with the line that is told, for the name under which it is saved."""
    caller = signed_in(port, estate.store, "auditor")
    made = ready(caller, "xlsx", run=estate.first)
    assert made["state"] == "made", made["note"]
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", made["content"], headers={"Cookie": f"{PLAIN}={caller.cookie}"})
    answer = connection.getresponse()
    (tmp_path / made["name"]).write_bytes(answer.read())
    connection.close()
    assert answer.getheader("Content-Disposition") == f'attachment; filename="{made["name"]}"'
    (tmp_path / "SHA256").write_text(caller.ask("GET", made["checksum"]).text)
    checked = subprocess.run(["sha256sum", "-c", "SHA256"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stdout) == (0, f"{made['name']}: OK\n")


def test_how_far_it_is_and_no_further(estate: Estate, port: int) -> None:
    """Told by whoever makes it; cancelled, it is told that nobody wants it; asked for again, it is to be made."""
    caller = signed_in(port, estate.store, "auditor")
    with estate.store.writing() as connection:
        run = runs.find_run(connection, estate.second)
        assert run is not None
        row = exports.ask(connection, run.id, "csv", WHOLE, "auditor")
        lease = exports.claim(connection, row.id)
        assert lease is not None
        assert exports.claim(connection, row.id) is None
        lease = exports.tell(connection, row.id, lease, ("rendering", 3, 12))
    path = f"{V1}/reports/{row.id}"
    assert caller.ask("GET", path).json["progress"] == {"stage": "rendering", "done": 3, "of": 12}
    assert row.id in {one["id"] for one in caller.ask("GET", f"{V1}/reports?state=waiting").json["items"]}
    cancelled = caller.ask("DELETE", path)
    assert (cancelled.status, cancelled.json["state"], cancelled.json["progress"]) == (200, "cancelled", None)
    with estate.store.writing() as connection:
        assert lease is not None
        assert exports.tell(connection, row.id, lease, ("rendering", 4, 12)) is None
        assert not exports.keep(connection, row.id, lease, b"x" * 32, 1, "")
    assert caller.ask("DELETE", path).status == 409
    assert caller.ask("GET", f"{path}/content").status == 409
    assert ("auditor", "report cancelled", estate.second) in journal(estate.store)
    with estate.store.writing() as connection:  # whoever was cut off finds that it was asked for again
        exports.ask(connection, run.id, "csv", WHOLE, "auditor")
        exports.fail(connection, row.id, "making it was cut off")
        assert exports.get(connection, row.id).state == "waiting"
    again = ready(caller, "csv", run=estate.second)
    assert (again["id"], again["state"]) == (row.id, "made")


def test_an_old_one_is_gone_and_may_be_made_anew(estate: Estate, port: int) -> None:
    """Whatever else retention removes, a made report is the same bytes; after its own days it answers 410 with when and
    why; made again, it says whether it is the same.
    """
    caller = signed_in(port, estate.store, "auditor")
    made = ready(caller, "html", run=estate.second)
    whole = caller.ask("GET", made["content"]).text
    at = datetime.now(UTC) + timedelta(days=2)
    retain(estate.store, Policy(captures=1, reports=1, snapshots=1), at)
    assert caller.ask("GET", made["content"]).text == whole
    with estate.store.writing() as connection:
        long_ago = {"finished_at": datetime(2020, 1, 1, tzinfo=UTC)}
        connection.execute(update(EXPORT).where(EXPORT.c.id == made["id"]).values(long_ago))
    assert would_go(estate.store, Policy(downloads=400), at).downloads == 1
    assert caller.ask("GET", made["content"]).status == 200, "only said"
    assert retain(estate.store, Policy(downloads=400), at).downloads == 1
    gone = caller.ask("GET", made["content"])
    assert (gone.status, gone.json["type"]) == (410, "/problems/removed")
    assert "keeps reports 400 days" in gone.json["detail"]
    told = caller.ask("GET", f"{V1}/reports/{made['id']}").json
    assert (told["state"], told["sha256"], told["content"]) == ("removed", made["sha256"], None)
    assert told["removed_at"] is not None
    with estate.store.reading() as connection:
        assert connection.execute(select(PART).where(PART.c.export == made["id"])).all() == []
    again = ready(caller, "html", run=estate.second)
    assert (again["id"], again["sha256"]) == (made["id"], made["sha256"])
    assert "made again, the same bytes as before" in again["note"]


def test_a_large_download_is_never_held_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """200 MiB, all and from the middle on: the service's memory stays where it was, and every byte is right."""
    monkeypatch.setenv("AUDITOR_STATE", str(tmp_path))
    url = f"sqlite:///{tmp_path}/a.sqlite"
    store = new_store(url)
    person(store, "auditor", Role.AUDITOR, password=None)
    piece = hashlib.shake_256(b"piece").digest(parts.PART)
    number = large(store, piece, 200)
    with alone(url, tmp_path) as running:
        caller = signed_in(running.port, store, "auditor")
        path = f"{V1}/reports/{number}/content"
        assert pull(caller, path, "bytes=0-9")[:2] == (206, 10)
        before = running.memory()
        assert pull(caller, path) == (200, 200 * MIB, hashlib.sha256(piece * 200).hexdigest())
        middle = 100 * MIB + 5
        assert pull(caller, path, f"bytes={middle}-{middle + 9}") == (206, 10, hashlib.sha256(piece[5:15]).hexdigest())
        rest = hashlib.sha256(piece[5:] + piece * 99).hexdigest()
        assert pull(caller, path, f"bytes={middle}-") == (206, 100 * MIB - 5, rest)
        assert running.memory() - before < 40 * 1024
    store.close()


def large(store: Store, piece: bytes, count: int) -> int:
    """A report that is made, of a piece many times over."""
    with store.writing() as connection:
        run = runs.new_run(connection, "large", {}, {}, state="done")
        row = exports.ask(connection, run, "pdf", WHOLE, "auditor")
        ident = blobs.put(connection, piece)
        rows = [{"export": row.id, "number": number, "content": ident} for number in range(count)]
        connection.execute(insert(PART), rows)
        sha = hashlib.sha256(piece * count).digest()
        values = {"state": "made", "sha256": sha, "size": count * len(piece), "finished_at": datetime.now(UTC)}
        connection.execute(update(EXPORT).where(EXPORT.c.id == row.id).values(values))
    return int(row.id)


def pull(caller: Caller, path: str, part: str = "") -> tuple[int, int, str]:
    """Status, size and SHA-256 of what is downloaded; nothing of it is kept."""
    connection = http.client.HTTPConnection("127.0.0.1", caller.port, timeout=60)
    try:
        more = {"Range": part} if part else {}
        connection.request("GET", path, headers={"Cookie": f"{PLAIN}={caller.cookie}", **more})
        answer = connection.getresponse()
        sha, size = hashlib.sha256(), 0
        while piece := answer.read(MIB):
            sha.update(piece)
            size += len(piece)
        return answer.status, size, sha.hexdigest()
    finally:
        connection.close()


def test_parts_are_written_and_read_as_they_were(estate: Estate, tmp_path: Path) -> None:
    """A file that ends within a part, on its edge, and an empty one; a part that is gone is told, never skipped."""
    store = open_store(str(estate.store.engine.url))
    for size in (0, 1, parts.PART, parts.PART + 1, 9 * parts.PART - 1):
        content = hashlib.shake_128(str(size).encode()).digest(size)
        (tmp_path / "file").write_bytes(content)
        with store.writing() as connection:
            run = runs.new_run(connection, f"parts-{size}", {}, {}, state="done")
            row = exports.ask(connection, run, "pdf", WHOLE, "auditor")
        sha, found = parts.write(store, row.id, tmp_path / "file", lambda *_: None)
        assert (sha, found) == (hashlib.sha256(content).digest(), size)
        with store.writing() as connection:
            whole = blobs.put(connection, content)
        edge = (max(0, parts.PART - 2), min(size - 1, parts.PART + 2))
        for first, last in ((0, size - 1), (size // 2, size - 1), (0, min(0, size - 1)), edge):
            assert b"".join(parts.read(store, row, first, last)) == content[first : last + 1]
            assert b"".join(parts.read_whole(store, whole, first, last)) == content[first : last + 1]
    with store.writing() as connection:
        parts.remove(connection, [row.id])
        connection.execute(update(BLOBS).where(BLOBS.c.id == whole).values(sha256=bytes(32)))
    with pytest.raises(StoreError, match="not what it was"):
        list(parts.read_whole(store, whole, 0, size))
    with pytest.raises(StoreError, match="not in the database any more"):
        list(parts.read(store, row, 0, 5))
    store.close()


def test_who_asks_how_far_it_is_starts_no_more_work(estate: Estate, port: int) -> None:
    """While another one is made, however often somebody looks at one that waits, one thread waits for it."""
    caller = signed_in(port, estate.store, "auditor")
    with exporting._one_at_a_time:
        number = asked(caller, "csv", run=estate.first, labels={"team": "t0"})["id"]
        for _ in range(5):
            assert caller.ask("GET", f"{V1}/reports/{number}").json["state"] == "waiting"
        assert [one.name for one in threading.enumerate()].count(f"export {number}") == 1
        assert caller.ask("DELETE", f"{V1}/reports/{number}").status == 200


def test_what_is_cancelled_is_really_ended(estate: Estate, port: int) -> None:
    """The process that makes it ends, wherever it is, and nothing of it is kept; if one was quicker, the next."""
    caller = signed_in(port, estate.store, "auditor")
    for label in ("t0", "t1", "t2"):
        number = asked(caller, "pdf", run=estate.first, labels={"team": label})["id"]
        while (found := caller.ask("GET", f"{V1}/reports/{number}").json)["state"] == "waiting" and not found[
            "progress"
        ]:
            time.sleep(0.05)
        if caller.ask("DELETE", f"{V1}/reports/{number}").status == 200:
            break
    else:
        raise AssertionError("each was made before it could be cancelled")
    while f"export {number}" in {one.name for one in threading.enumerate()}:
        time.sleep(0.05)
    assert multiprocessing.active_children() == []
    assert caller.ask("GET", f"{V1}/reports/{number}").json["state"] == "cancelled"
    with estate.store.reading() as connection:
        assert connection.execute(select(PART).where(PART.c.export == number)).all() == []
