"""The processes of `auditor serve`: what each holds, that their parent stays fit to fork, and that they work."""

import json
import os
import signal
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from auditor.access import Role
from tests.api.caller import Caller, signed_in
from tests.api.serving import ask
from tests.serve.processes import children, descriptors, until
from tests.serve.service import Service, service, until_over
from tests.service.nights import begun, estate_of
from tests.store.access.people import person

pytestmark = pytest.mark.usefixtures("simulated")


def listeners(made: Service) -> set[int]:
    """Which processes of the service hold the socket on its port."""
    rows = [line.split() for line in Path(f"/proc/{made.process.pid}/net/tcp").read_text().splitlines()[1:]]
    here, listens = f"0100007F:{made.port:04X}", "0A"
    (socket,) = {f"socket:[{row[9]}]" for row in rows if row[1] == here and row[3] == listens}
    family = {made.process.pid, *children(made.process.pid)}
    return {pid for pid in family if socket in descriptors(pid).values()}


def by_role(made: Service) -> dict[str, int]:
    """The children of the service by their names; waits until all four are there and work."""
    made.until_ready()
    until(lambda: len(children(made.process.pid)) == 4, "four children")
    return {made.role(pid): pid for pid in children(made.process.pid)}


def test_each_process_holds_what_it_works_with(tmp_path: Path) -> None:
    """The port is held by the service and its API alone, the database by no parent of others; none reads a terminal."""
    with service(tmp_path) as made:
        names = by_role(made)
        assert sorted(names) == ["api", "scheduler", "worker-1", "worker-2"]
        assert listeners(made) == {made.process.pid, names["api"]}
        assert not [name for name in descriptors(made.process.pid).values() if ".sqlite" in name]
        for name, pid in names.items():
            assert descriptors(pid)[0] == "/dev/null"
            assert os.getpgid(pid) == pid
            assert Path(f"/proc/{pid}/comm").read_text().strip() == name


def test_a_service_forks_with_one_thread_whenever_a_child_dies(tmp_path: Path) -> None:
    """Each child is killed once: its successor answers, keeps time, or works, and the parent has no thread more."""
    inventory, _ = estate_of(tmp_path, 2)
    with service(tmp_path) as made:
        before = by_role(made)
        for pid in before.values():
            os.kill(pid, signal.SIGKILL)
        until(lambda: made.log().count("child started") == 8, "four more children")
        after = by_role(made)
        assert (after.keys(), set(after.values()) & set(before.values())) == (before.keys(), set())
        assert listeners(made) == {made.process.pid, after["api"]}
        assert len(os.listdir(f"/proc/{made.process.pid}/task")) == 1
        store = made.store()
        until_over(store, begun(store, inventory))
        store.close()
        assert ask(made.port, "/health/live")[0] == 200
        assert made.end() == 0
    assert "Traceback" not in made.log()


def test_a_report_that_is_asked_for_is_made_by_a_service_of_processes(tmp_path: Path) -> None:
    """The process that makes it begins anew beside the threads of the API, and starts no second service."""
    inventory, names = estate_of(tmp_path, 3)
    with service(tmp_path, "--workers", "1") as made:
        made.until_ready()
        store = made.store()
        run = begun(store, inventory)
        until_over(store, run)
        person(store, "zoe", Role.AUDITOR, password=None)
        caller = signed_in(made.port, store, "zoe")
        store.close()
        (one,) = caller.ask("GET", "/api/v1/runs").json["items"]
        asked = caller.ask("POST", "/api/v1/reports", {"format": "json", "run": one["run"]})
        assert asked.status == 202, asked.text
        number = asked.json["id"]
        until(lambda: report(caller, number)["state"] != "waiting", "the report")
        found = report(caller, number)
        assert found["state"] == "made", found
        content = json.loads(caller.ask("GET", found["content"]).text)
        assert [one["name"] for one in content["targets"]] == names
        assert made.log().count("child started") == 3
        assert made.end() == 0
    assert "Traceback" not in made.log()


def report(caller: Caller, number: int) -> dict[str, Any]:
    """How far it is."""
    found: dict[str, Any] = caller.ask("GET", f"/api/v1/reports/{number}").json
    return found


def test_a_service_that_is_ended_while_it_loads_ends_in_order(tmp_path: Path) -> None:
    """It has said where it listens, and nothing is forked yet: an end with status 0 all the same."""
    with service(tmp_path) as made:
        made.greeting()
        assert made.end() == 0


def test_a_process_that_loads_the_command_again_does_not_run_it() -> None:
    """As one that `spawn` makes may: nothing begins by the import alone."""
    assert import_module("auditor.__main__").__name__ == "auditor.__main__"
