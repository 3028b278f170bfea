"""The supervisor: what dies comes back, what is told to end ends, and nothing is left behind."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.serve.processes import children, lives, until
from workers import supervisor
from workers.supervisor import Child, Supervisor, how_ended

ROOT = Path(__file__).parents[2]
# Says in the folder of its message that it runs and that it ended in order.
CHILD = """
import os, sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from workers.child import main
def work(told, stop):
    note = Path(told["folder"])
    (note / f"{told['name']}.{os.getpid()}.begun").touch()
    stop.wait()
    if told.get("deaf"):
        import threading
        threading.Event().wait()
    (note / f"{told['name']}.{os.getpid()}.ended").touch()
main({"note": work})
"""
# A supervisor of one such child, for a test that kills it.
PARENT = """
import sys
sys.path.insert(0, sys.argv[1])
from workers.supervisor import Child, Supervisor
Supervisor([Child("a", [sys.executable, "-c", sys.argv[2], sys.argv[1]], sys.argv[3].encode())]).run()
"""


def message(folder: Path, name: str, **more: object) -> bytes:
    import orjson

    return orjson.dumps({"work": "note", "name": name, "folder": str(folder), "log": "text", **more})


def child(folder: Path, name: str, **more: object) -> Child:
    return Child(name, [sys.executable, "-c", CHILD, str(ROOT)], message(folder, name, **more))


@contextmanager
def running(*wanted: Child, grace: float = 20.0, log: Any = None) -> Iterator[Supervisor]:
    """A supervisor at work; ended at the end."""
    made = Supervisor(wanted, grace=grace)
    made._log = log or made._log
    thread = threading.Thread(target=made.run)
    thread.start()
    try:
        yield made
    finally:
        made.stop.set()
        thread.join(60)
        assert not thread.is_alive()
        assert made.pids() == {}


def notes(folder: Path, name: str, what: str) -> list[Path]:
    return list(folder.glob(f"{name}.*.{what}"))


def test_a_child_that_dies_comes_back_and_the_others_stay(tmp_path: Path) -> None:
    """kill -9 of one of two: the same child runs again under a new id, the other one never noticed."""
    with running(child(tmp_path, "a"), child(tmp_path, "b")) as made:
        until(lambda: notes(tmp_path, "a", "begun") and notes(tmp_path, "b", "begun"), "two children")
        before = made.pids()
        os.kill(before["a"], signal.SIGKILL)
        until(lambda: len(notes(tmp_path, "a", "begun")) == 2, "a second a")
        after = made.pids()
        assert (after["a"] != before["a"], after["b"]) == (True, before["b"])
    assert len(notes(tmp_path, "a", "ended")) == len(notes(tmp_path, "b", "ended")) == 1


def test_a_child_that_always_dies_is_started_ever_more_rarely(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its waits double up to a limit; meanwhile the others work."""
    monkeypatch.setattr(supervisor, "FIRST_WAIT", 0.01)
    monkeypatch.setattr(supervisor, "LONGEST_WAIT", 0.05)
    waits: list[float] = []
    broken = Child("broken", [sys.executable, "-c", "raise SystemExit(7)"])
    none = Child("none", ["/no/such/program"])
    with running(broken, none, child(tmp_path, "a"), log=_Listener(waits)):
        until(lambda: len(waits) >= 5, "five deaths")
        until(lambda: notes(tmp_path, "a", "begun"), "the healthy child")
    assert waits[:5] == [0.01, 0.02, 0.04, 0.05, 0.05]


class _Listener:
    def __init__(self, waits: list[float]) -> None:
        self._waits = waits

    def error(self, event: str, **facts: float) -> None:
        if event == "child ended":
            self._waits.append(facts["again_in_seconds"])

    info = warning = error


def test_a_deaf_child_is_killed_when_its_time_is_over(tmp_path: Path) -> None:
    """One that does not end by SIGTERM is killed after the grace, and the others ended in order before."""
    with running(child(tmp_path, "deaf", deaf=True), child(tmp_path, "a"), grace=1.0) as made:
        until(lambda: notes(tmp_path, "a", "begun") and notes(tmp_path, "deaf", "begun"), "two children")
        pids = made.pids()
    assert notes(tmp_path, "a", "ended")
    assert not notes(tmp_path, "deaf", "ended")
    assert not lives(pids["deaf"])


def test_a_second_signal_ends_the_patience(tmp_path: Path) -> None:
    """With `hurry`, nobody waits for the grace."""
    with running(child(tmp_path, "deaf", deaf=True), grace=100_000.0) as made:
        until(lambda: notes(tmp_path, "deaf", "begun"), "the child")
        made.hurry.set()


def test_no_child_outlives_a_parent_that_was_killed(tmp_path: Path) -> None:
    """kill -9 of the parent: its child ends in order by itself."""
    arguments = [sys.executable, "-c", PARENT, str(ROOT), CHILD, message(tmp_path, "a").decode()]
    with subprocess.Popen(arguments) as parent:
        until(lambda: notes(tmp_path, "a", "begun"), "the child")
        (pid,) = children(parent.pid)
        parent.kill()
        parent.wait()
    until(lambda: not lives(pid), "the end of the child")
    assert notes(tmp_path, "a", "ended")


def test_what_a_child_is_told_is_seen_by_nobody(tmp_path: Path) -> None:
    """The message stands neither in the arguments nor in the environment of the process, nor in a repr."""
    told = child(tmp_path, "a", database="postgresql://u:hunter2@h/d")
    assert "hunter2" not in repr(told)
    with running(told) as made:
        until(lambda: notes(tmp_path, "a", "begun"), "the child")
        pid = made.pids()["a"]
        for place in ("cmdline", "environ"):
            assert b"hunter2" not in Path(f"/proc/{pid}/{place}").read_bytes()


def test_the_end_of_a_process_in_words() -> None:
    """A status, a signal by its name, or its number."""
    assert [how_ended(one) for one in (0, 7, -9, -200)] == ["status 0", "status 7", "signal SIGKILL", "signal 200"]
