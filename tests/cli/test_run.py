"""`auditor run`: begin, list, show, cancel runs of the database, with and without somebody to work on them."""

import json
from pathlib import Path
from typing import Any

import pytest

from auditor.store.engine import open_store
from tests.cli.running import Done, auditor
from tests.service.conftest import simulated
from tests.service.nights import estate_of, to_the_end

__all__ = ["simulated"]


@pytest.fixture
def estate(tmp_path: Path, simulated: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An inventory of three simulated hosts, one of which does not answer."""
    monkeypatch.setenv("PYTHONPATH", str(simulated))
    return estate_of(tmp_path, 3, {"host-001": "dead"})[0]


def run(folder: Path, *arguments: str) -> Done:
    return auditor(folder, "run", *arguments)


def listed(folder: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(run(folder, "list", "-f", "json").out)
    return found


def test_a_run_is_begun_and_shown(tmp_path: Path, estate: Path) -> None:
    """`start` prints the name of a run that stands in the database, and says that nobody works on it yet."""
    begun = run(tmp_path, "start", "-i", str(estate), "-b", "linux-kernel", "-f", "json")
    assert begun.status == 0, begun.err
    name = begun.out.strip()
    assert "nothing works on runs now: it waits until `auditor serve` or workers run" in begun.err
    (one,) = listed(tmp_path)
    assert (one["run"], one["state"], one["finished_at"], one["score"]["lower"]) == (name, "collecting", None, None)
    shown = json.loads(run(tmp_path, "show", name, "-f", "json").out)
    assert shown["shards"] == {"collect": {"pending": 1}}
    assert shown["request"]["baselines"] == ["linux-kernel"]


def test_an_ended_run_says_what_was_not_read(tmp_path: Path, estate: Path) -> None:
    """After its end, by its name or `latest`: the pair, the coverage, the source that did not answer and why."""
    name = run(tmp_path, "start", "-i", str(estate), "-b", "linux-kernel", "-f", "json").out.strip()
    store = open_store(f"sqlite:///{tmp_path}/.state/auditor.sqlite")
    with store.writing() as connection:  # a source that is dead is asked once
        connection.exec_driver_sql("""UPDATE run SET request = replace(request, '"tries":3', '"tries":1')""")
    to_the_end(store, 1)
    store.close()
    shown = json.loads(run(tmp_path, "show", "latest", "-f", "json").out)
    assert (shown["run"], shown["state"], shown["population"], shown["collected"]) == (name, "done", 3, 2)
    assert shown["not_read"] == [{"source": "host-001", "target": None, "reason": "nobody answers"}]
    assert 0 < shown["score"]["lower"] < shown["score"]["upper"] <= 100
    assert [one["format"] for one in shown["reports"]] == ["json"]
    told = run(tmp_path, "show", name).out
    assert "2 of 3 targets" in told
    assert "nobody answers" in told
    watched = run(tmp_path, "watch", name)
    assert (watched.status, watched.out.startswith("done: collect 1/1 judge 1/1 render 1/1")) == (0, True)
    assert "2/3" in run(tmp_path, "list").out


def test_a_run_is_cancelled_once(tmp_path: Path, estate: Path) -> None:
    """Cancelled, it is over: it says by whom, a watcher gets status 1, and a second cancel is bad input."""
    name = run(tmp_path, "start", "-i", str(estate)).out.strip()
    assert run(tmp_path, "cancel", name).out == f"{name}: cancelled\n"
    (one,) = listed(tmp_path)
    assert one["state"] == "cancelled"
    assert one["message"].startswith("cancelled by ")
    assert run(tmp_path, "watch", name).status == 1
    again = run(tmp_path, "cancel", name)
    assert (again.status, "is over: cancelled" in again.err) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["start"], "name what to audit"),
        (["start", "-i", "no.yaml"], "no.yaml"),
        (["start", "-i", "inventory.yaml", "-b", "no-such"], "there is no baseline 'no-such'"),
        (["start", "-i", "inventory.yaml", "-f", "xml"], "there is no format 'xml'"),
        (["start", "-i", "inventory.yaml", "--label", "site"], "'site' selects no label"),
        (["start", "-i", "inventory.yaml", "--tailoring", "no-such"], "no-such"),
        (["show", "no-such"], "there is no run 'no-such'"),
        (["watch", "latest"], "there is no run 'latest'"),
        (["cancel", "no-such"], "there is no run 'no-such'"),
    ],
)
def test_bad_input_is_status_2_and_begins_nothing(
    arguments: list[str], said: str, tmp_path: Path, estate: Path
) -> None:
    """One message with the mend; no run stands in the database."""
    done = run(tmp_path, *arguments)
    assert (done.status, done.out) == (2, "")
    assert said in done.err
    assert listed(tmp_path) == []


def test_a_run_that_finds_nothing_says_why(tmp_path: Path, estate: Path) -> None:
    """A label that nobody has: the run is over at once, with its reason."""
    done = run(tmp_path, "start", "-i", str(estate), "--label", "site=nowhere")
    assert done.status == 0
    assert "nothing to do: no source of 3 has the label site=nowhere" in done.err
    assert listed(tmp_path)[0]["state"] == "done"


def test_no_run_yet_is_said_with_the_way_to_one(tmp_path: Path) -> None:
    """An empty list names the command that fills it."""
    assert "no run yet; `auditor run start -i inventory.yaml`" in run(tmp_path, "list").out
