"""The supervisor: what dies comes back, what is told to end ends, and nothing is left behind."""

import os
import re
import signal
import threading
from pathlib import Path

from tests.serve.family import family
from tests.serve.processes import descriptors, lives, until
from workers.supervisor import Child, how_ended


def test_a_child_that_dies_comes_back_and_the_others_stay(tmp_path: Path) -> None:
    """kill -9 of one of two: the same child runs again under a new id, the other one never noticed."""
    with family(tmp_path, {"a": {}, "b": {}}) as made:
        made.until_begun("a", "b")
        before = made.pids()
        os.kill(before["a"], signal.SIGKILL)
        until(lambda: len(made.notes("a", "begun")) == 2, "a second a")
        after = made.pids()
        assert (after["a"] != before["a"], after["b"]) == (True, before["b"])
        assert "how='signal SIGKILL'" in made.log()
    assert len(made.notes("a", "ended")) == len(made.notes("b", "ended")) == 1


def test_a_child_that_always_dies_is_started_ever_more_rarely(tmp_path: Path) -> None:
    """Its waits double up to a limit; meanwhile the others work. Its fault is in the log, once for each start."""
    wanted = {"broken": {"fault": "cannot be done"}, "a": {}}
    with family(tmp_path, wanted, first_wait=0.01, longest_wait=0.05) as made:
        until(lambda: made.log().count("child ended") >= 5, "five deaths")
        made.until_begun("a")
    waits = [float(one) for one in re.findall(r"how='status 1' again_in_seconds=(\S+)", made.log())]
    assert waits[:5] == [0.01, 0.02, 0.04, 0.05, 0.05]
    assert len(waits) <= made.log().count("RuntimeError: cannot be done") <= len(waits) + 1
    assert "process='broken'" in made.log()


def test_a_process_that_cannot_be_had_is_tried_for_again_and_costs_nothing(tmp_path: Path) -> None:
    """A fork that is refused is told, its pipes are closed, and the child is started when there is room again."""
    with family(tmp_path, {"a": {}}, longest_wait=0.05, failing_forks=5) as made:
        made.until_begun("a")
        assert made.log().count("child not started") == 5
        # three standard ones, and multiprocessing's two for the child that lives
        assert len(descriptors(made.process.pid)) == 5


def test_a_deaf_child_is_killed_when_its_time_is_over(tmp_path: Path) -> None:
    """One that does not end by SIGTERM is killed after the grace, and the others ended in order before."""
    with family(tmp_path, {"deaf": {"deaf": True}, "a": {}}, grace=1.0) as made:
        made.until_begun("deaf", "a")
        pids = made.pids()
    assert made.notes("a", "ended")
    assert not made.notes("deaf", "ended")
    assert not lives(pids["deaf"])
    assert made.log().count("child killed") == 1


def test_a_second_signal_ends_the_patience(tmp_path: Path) -> None:
    """With `hurry`, nobody waits for the grace."""
    with family(tmp_path, {"deaf": {"deaf": True}}, grace=100_000.0) as made:
        made.until_begun("deaf")
        made.process.send_signal(signal.SIGUSR1)


def test_no_child_outlives_a_parent_that_was_killed(tmp_path: Path) -> None:
    """kill -9 of the parent: its children end in order by themselves, also beside one that was started anew."""
    with family(tmp_path, {"a": {}, "b": {}, "c": {}}) as made:
        made.until_begun("a", "b", "c")
        os.kill(made.pids()["a"], signal.SIGKILL)
        until(lambda: len(made.notes("a", "begun")) == 2, "a second a")
        pids = made.pids()
        made.process.kill()
        made.process.wait()
    until(lambda: not any(map(lives, pids.values())), "the end of the children", 15)  # less than what a deaf one has
    assert [len(made.notes(name, "ended")) for name in pids] == [1, 1, 1]


def test_a_child_shares_no_descriptor_of_its_parent_or_of_its_siblings(tmp_path: Path) -> None:
    """Three standard ones, of which the input is empty, and the pipe that tells of the parent's end: each its own."""
    with family(tmp_path, {"a": {}, "b": {}}) as made:
        made.until_begun("a", "b")
        os.kill(made.pids()["a"], signal.SIGKILL)
        until(lambda: len(made.notes("a", "begun")) == 2, "a second a")
        found = {name: descriptors(pid) for name, pid in made.pids().items()}
        for each in found.values():
            assert (each.pop(0), len(each)) == ("/dev/null", 3)
        pipes = [name for each in found.values() for name in each.values() if name.startswith("pipe:")]
        assert len(pipes) == len(set(pipes)) == 2


def test_a_child_ends_as_a_child_and_not_as_its_parent(tmp_path: Path) -> None:
    """It waits for its own threads, and runs nothing that its parent has yet to do at the parent's end."""
    with family(tmp_path, {"a": {"thread": True}}) as made:
        made.until_begun("a")
        assert os.getpgid(made.pids()["a"]) == made.pids()["a"]
        os.kill(made.pids()["a"], signal.SIGTERM)
        until(lambda: len(made.notes("a", "begun")) == 2, "a second a")
        assert len(made.notes("a", "late")) == 1
        assert not made.notes("parent", "finally")
    assert [one.name for one in made.notes("parent", "finally")] == [f"parent.{made.process.pid}.finally"]


def test_the_parent_has_one_thread(tmp_path: Path) -> None:
    """Before and after a child is started again: what another thread holds, a child would wait for in vain."""
    with family(tmp_path, {"a": {}}) as made:
        made.until_begun("a")
        os.kill(made.pids()["a"], signal.SIGKILL)
        until(lambda: len(made.notes("a", "begun")) == 2, "a second a")
        assert len(os.listdir(f"/proc/{made.process.pid}/task")) == 1


def test_what_a_child_is_told_is_shown_by_no_repr() -> None:
    """A password in its work stands in no traceback."""

    def work(_stop: threading.Event, database: str = "postgresql://u:hunter2@h/d") -> None: ...

    assert "hunter2" not in repr(Child("a", work))
    assert "work" not in repr(Child("a", work))


def test_the_end_of_a_process_in_words() -> None:
    """A status, a signal by its name, or its number."""
    assert [how_ended(one) for one in (0, 7, -9, -200)] == ["status 0", "status 7", "signal SIGKILL", "signal 200"]
