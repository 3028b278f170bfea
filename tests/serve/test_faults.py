"""Faults of processes of `auditor serve`: whoever is killed, the run ends complete and nothing is left behind."""

import os
import signal
from pathlib import Path

import pytest

from tests.api.serving import ask
from tests.serve.processes import children, lives, until
from tests.serve.service import service, state, until_over
from tests.service.nights import assert_whole, begun, estate_of

pytestmark = pytest.mark.usefixtures("simulated")


def asked(folder: Path) -> list[int]:
    """Who has asked sources, by process id, in order."""
    return [int(line.split()[1]) for line in (folder / "ledger").read_text().splitlines()]


def test_a_worker_killed_in_the_middle_loses_nothing(tmp_path: Path) -> None:
    """kill -9 of the worker that reads: it is started again, and the run ends with every target once."""
    inventory, names = estate_of(tmp_path, 30, after=1.0)
    with service(tmp_path) as made:
        made.until_ready()
        store = made.store()
        run = begun(store, inventory)
        until(lambda: asked(tmp_path), "a source to be asked")
        before = made.workers()
        os.kill(asked(tmp_path)[0], signal.SIGKILL)
        until_over(store, run)
        assert_whole(store, run, names)
        until(lambda: len(made.workers()) == 2, "two workers")
        assert made.workers() != before
        store.close()


def test_every_child_killed_in_each_phase_loses_nothing(tmp_path: Path) -> None:
    """API, scheduler and workers are killed whenever the run has gone a phase further: it still ends complete."""
    inventory, names = estate_of(tmp_path, 30, after=0.5)
    with service(tmp_path) as made:
        made.until_ready()
        store = made.store()
        run = begun(store, inventory, formats=["json", "html"])
        for phase in ("collecting", "judging", "rendering"):
            until(lambda phase=phase: state(store, run) != phase or asked(tmp_path), phase)  # type: ignore[misc]
            for pid in children(made.process.pid):
                os.kill(pid, signal.SIGKILL)
            until(lambda phase=phase: state(store, run) != phase, f"the end of {phase}", 120)  # type: ignore[misc]
        until_over(store, run)
        assert_whole(store, run, names)
        until(lambda: ask(made.port, "/health/live")[0] == 200, "the API to be back")
        store.close()


def test_a_killed_service_leaves_no_child_and_goes_on_at_the_next_start(tmp_path: Path) -> None:
    """kill -9 of the service itself: all of its children end, and another start finishes the run."""
    inventory, names = estate_of(tmp_path, 30, after=1.0)
    with service(tmp_path) as made:
        made.until_ready()
        store = made.store()
        run = begun(store, inventory)
        until(lambda: asked(tmp_path), "a source to be asked")
        family = children(made.process.pid)
        assert len(family) == 4
        made.process.kill()
        made.process.wait()
        until(lambda: not any(map(lives, family)), "the end of the children")
    with service(tmp_path):
        until_over(store, run)
    assert_whole(store, run, names)
    store.close()


def test_a_source_that_cannot_be_cut_off_costs_itself_alone(tmp_path: Path) -> None:
    """A reader that hangs beyond its deadline takes its process with it: it is named, those beside it are read."""
    inventory, names = estate_of(tmp_path, 4, {"host-001": "stuck"})
    inventory.write_text(inventory.read_text().replace("deadline: 20s", "deadline: 2s"))
    with service(tmp_path) as made:
        store = made.store()
        run = begun(store, inventory)
        until_over(store, run)
        until(lambda: len(made.workers()) == 2, "two workers")
    found = assert_whole(store, run, names, lambda name: name == "host-001")
    store.close()
    (lost,) = found["coverage"]["unreachable"]
    assert lost["reason"] == "no end after its deadline, and it could not be cut off"
    assert "status 75" in made.log()
