"""Two hundred readers at once while a run writes: nobody is turned away in error, and every answer is of one state."""

import http.client
import json
import threading
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from auditor import collectors
from auditor.access import Role
from auditor.api.context import Context
from auditor.store.engine import Store
from auditor.web.app import make_site
from tests.api.caller import signed_in
from tests.api.serving import served
from tests.service.nights import begun, estate_of, new_store, to_the_end
from tests.simulators.estate import announce
from tests.store.access.people import person

READERS, EACH, HOSTS = 200, 2, 24
PATHS = (
    "/",
    "/api/v1/targets?limit=500",
    "/targets",
    "/api/v1/runs",
    "/api/v1/findings?limit=24",
    "/runs",
    "/findings",
)


@dataclass
class Crowd:
    """What the readers were told: (path, status, headers in lower case, body), and what went wrong on the way."""

    answers: list[tuple[str, int, dict[str, str], bytes]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def read(self, port: int, cookie: str, number: int, start: threading.Barrier) -> None:
        """One reader: connects, waits for all others to be there, reads, and keeps the connection."""
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        try:
            connection.connect()
            start.wait(60)
            for turn in range(EACH):
                path = PATHS[(number + turn * 3) % len(PATHS)]
                connection.request("GET", path, headers={"Cookie": f"auditor_session={cookie}", "Accept": "text/html"})
                answer = connection.getresponse()
                names = {name.lower(): value for name, value in answer.getheaders()}
                self.answers.append((path, answer.status, names, answer.read()))
        except (OSError, http.client.HTTPException, threading.BrokenBarrierError) as fault:
            self.faults.append(repr(fault))
        finally:
            connection.close()

    def told(self, path: str) -> Iterator[list[dict[str, Any]]]:
        """The items of each answer to a path of the API."""
        for asked, status, _, body in self.answers:
            if asked == path and status == 200:
                yield json.loads(body)["items"]


@pytest.fixture
def estate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Store, Path]]:
    """A store with one night over simulated hosts, and their inventory."""
    monkeypatch.syspath_prepend(announce(tmp_path / "plugin"))
    collectors._modules.cache_clear()
    monkeypatch.setenv("AUDITOR_STATE", str(tmp_path))
    store = new_store(f"sqlite:///{tmp_path}/crowd.sqlite")
    person(store, "viewer", Role.VIEWER, password=None)
    inventory, _ = estate_of(tmp_path, HOSTS)
    to_the_end(store, begun(store, inventory))
    yield store, inventory
    store.close()
    collectors._modules.cache_clear()


def test_readers_while_a_run_writes(estate: tuple[Store, Path]) -> None:
    """The run ends well, nobody gets an error, and no list mixes two runs or tells other numbers of one that ended."""
    store, inventory = estate
    crowd, start = Crowd(), threading.Barrier(READERS + 1)
    with served(Context(store), make_site) as port:
        cookie = signed_in(port, store, "viewer").cookie
        readers = [
            threading.Thread(target=crowd.read, args=(port, cookie, number, start), daemon=True)
            for number in range(READERS)
        ]
        for reader in readers:
            reader.start()
        run = begun(store, inventory)
        start.wait(60)
        ended = to_the_end(store, run, rounds=2000)
        for reader in readers:
            reader.join(60)
    assert not crowd.faults
    assert ended.state == "done"
    assert len(crowd.answers) == READERS * EACH
    for path, status, names, body in crowd.answers:
        assert status == 200 or (status == 503 and names.get("retry-after")), (path, status, body[:300])
    assert sum(status == 200 for _, status, _, _ in crowd.answers) > READERS
    figures: dict[str, set[str]] = defaultdict(set)
    for items in crowd.told("/api/v1/runs"):
        for one in items:
            if one["state"] == "done":
                figures[one["run"]].add(json.dumps([one[name] for name in ("population", "collected", "score")]))
    assert figures
    assert all(len(said) == 1 for said in figures.values())
    for items in crowd.told("/api/v1/targets?limit=500"):
        assert len(items) == HOSTS
        assert len({one["run"] for one in items}) == 1
    for items in crowd.told("/api/v1/findings?limit=24"):
        assert len({one["run"] for one in items}) == 1
