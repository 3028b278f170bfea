"""What a scheduler does, on SQLite and on PostgreSQL, alone and beside others."""

import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection

from auditor.errors import InputError
from auditor.schedules import due_between
from auditor.service.scheduling import period_at, request_for, run_now, tick
from auditor.store import phases, schedules
from auditor.store.engine import Store, StoreError
from auditor.store.schedules import StoredSchedule
from auditor.store.slots import Slot
from tests.schedules.clocks import HOUR, MINUTE, schedule, utc
from tests.schedules.keeping import (
    HOURLY,
    START,
    added,
    begun,
    going_on,
    idle,
    outcomes,
    run_names,
    slots_in,
    store,
)

__all__ = ["store"]  # a fixture
ROOT = Path(__file__).resolve().parents[2]
NIGHT = utc("2026-11-16T02:00")


def scheduler(url: str, seed: int, how: str) -> subprocess.Popen[bytes]:
    """Another process that looks for due times."""
    command = [sys.executable, "-m", "tests.schedules.keeping", url, str(seed), how]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def ended(process: subprocess.Popen[bytes]) -> int:
    _, complaint = process.communicate(timeout=120)
    assert process.returncode <= 0, complaint.decode()
    return process.returncode


def url_of(store: Store) -> str:
    return store.engine.url.render_as_string(hide_password=False)


def check_each_run_once(store: Store) -> list[Slot]:
    """Every run belongs to one slot, and every slot that begun one has it."""
    found = slots_in(store)
    held = [one.run for one in found if one.run]
    assert sorted(held) == sorted(run_names(store))
    assert len(held) == len(set(held))
    assert all((one.outcome == "begun") == bool(one.run) for one in found)
    return found


def test_a_due_time_becomes_a_slot_with_its_run(store: Store) -> None:
    """Nothing before its time; at its time one slot and one run; a second look finds nothing more."""
    added(store)
    assert tick(store, begun, now=NIGHT - MINUTE) == []
    (made,) = tick(store, begun, now=NIGHT + MINUTE)
    assert (made.due_at, made.kind, made.outcome, made.reason) == (NIGHT, "planned", "begun", "")
    assert made.run is not None
    assert tick(store, begun, now=NIGHT + MINUTE) == []
    assert tick(store, begun, now=NIGHT + 2 * MINUTE) == []
    assert check_each_run_once(store) == [made]


def test_what_was_not_run_says_why(store: Store) -> None:
    """Left out by a window, missed while nobody looked, and the one that is caught up: each has its slot and reason."""
    added(store, blackouts=["tue 00:00-24:00 because patch day"])
    found = tick(store, begun, now=START + timedelta(days=3, hours=4))
    assert outcomes(found) == ["16 02:00 missed", "17 02:00 skipped", "18 02:00 missed", "19 02:00 begun"]
    assert "stands for it" in found[0].reason
    assert found[1].reason == "inside the blackout window tue 00:00-24:00 because patch day"
    assert found[3].reason == "caught up 2 h late"
    assert check_each_run_once(store) == found


def test_no_second_run_begins_while_one_is_going_on(store: Store) -> None:
    """A due time that comes before the run of the last one has ended is skipped and names that run; the next is not."""
    added(store)
    (first,) = tick(store, going_on, now=NIGHT)
    (second,) = tick(store, going_on, now=NIGHT + timedelta(days=1))
    assert (second.outcome, second.run) == ("skipped", None)
    assert second.reason == f"the run {first.run} of this schedule was still going on"
    assert run_now(store, "nightly", "somebody", going_on).outcome == "begun"
    with store.writing() as connection:
        for number, _ in phases.open_runs(connection):
            phases.close_run(connection, number, "cancelled", "")
    (third,) = tick(store, going_on, now=NIGHT + timedelta(days=2))
    assert third.outcome == "begun"


def test_a_run_that_found_nothing_to_do_says_why(store: Store) -> None:
    """The slot has the run and the reason that the run gives."""
    added(store)
    (made,) = tick(store, idle, now=NIGHT)
    assert (made.outcome, made.reason) == ("nothing", "nothing to do: no source has the label site=mars")
    assert made.run is not None


def test_a_run_that_cannot_begin_is_told_and_stops_nobody(store: Store) -> None:
    """A faulty inventory, or a fault of ours: the slot says so, nothing of the run is kept, the other schedule runs."""

    def broken(connection: Connection, stored: StoredSchedule, requested_by: str) -> int:
        run = begun(connection, stored, requested_by)
        if stored.name == "first":
            raise InputError("the inventory cannot be read", where="i.yaml")
        if stored.name == "second":
            raise KeyError("surprise")
        return run

    for name in ("first", "second", "third"):
        added(store, name=name)
    first, second, third = tick(store, broken, now=NIGHT)
    assert (first.outcome, first.reason, first.run) == ("failed", "i.yaml: the inventory cannot be read", None)
    assert (second.outcome, second.reason) == ("failed", "a fault in Auditor itself: KeyError: 'surprise'")
    assert third.outcome == "begun"
    assert run_names(store) == [third.run]
    assert tick(store, broken, now=NIGHT + MINUTE) == []


def test_a_look_that_the_database_ends_is_done_again(store: Store) -> None:
    """Neither slot nor run is kept, the others' are, and the next look makes both."""

    def struck(connection: Connection, stored: StoredSchedule, requested_by: str) -> int:
        if stored.name == "first":
            connection.exec_driver_sql("SELECT * FROM no_such_table")
        return begun(connection, stored, requested_by)

    for name in ("first", "second"):
        added(store, name=name)
    with pytest.raises(StoreError):
        tick(store, struck, now=NIGHT)
    assert (outcomes(slots_in(store, "first")), outcomes(slots_in(store, "second"))) == ([], ["16 02:00 begun"])
    assert [one.outcome for one in tick(store, begun, now=NIGHT + MINUTE)] == ["begun"]
    assert len(run_names(store)) == 2


def test_a_scheduler_that_is_killed_between_slot_and_run_loses_nothing(store: Store) -> None:
    """Killed after it has written both, before they are kept: the next look begins the run, once."""
    added(store)
    assert ended(scheduler(url_of(store), 0, "die")) == -9
    assert slots_in(store) == []
    assert [one.outcome for one in tick(store, begun, now=NIGHT + MINUTE)] == ["begun"]
    assert len(check_each_run_once(store)) == 1


def test_many_schedulers_at_once_begin_one_run(store: Store) -> None:
    """Eight look at the same moment: one slot, one run, no complaint."""
    added(store, HOURLY, catch_up="all")
    together, made = threading.Barrier(8), []

    def look() -> None:
        together.wait()
        made.extend(tick(store, begun, now=START + 5 * HOUR))

    lookers = [threading.Thread(target=look) for _ in range(8)]
    for one in lookers:
        one.start()
    for one in lookers:
        one.join()
    assert len(made) == 5
    assert sorted(outcomes(made)) == outcomes(check_each_run_once(store))


def test_two_schedulers_in_two_processes_begin_each_run_once(store: Store) -> None:
    """Both go through two days of hours as fast as they can: every hour has one slot, every begun one its one run."""
    hourly = added(store, HOURLY, catch_up="all", catch_up_within="400d")
    both = [scheduler(url_of(store), seed, "steady") for seed in (1, 2)]
    assert [ended(one) for one in both] == [0, 0]
    found = check_each_run_once(store)
    assert [one.due_at for one in found] == due_between(hourly, START, START + 48 * HOUR)


@pytest.mark.parametrize("seed", [1, 2])
def test_steps_of_the_clock_double_and_lose_nothing(store: Store, seed: int) -> None:
    """Two schedulers whose clocks jump by hours, both ways: each due time ends with one slot, none with two runs."""
    hourly = added(store, HOURLY, catch_up="all", catch_up_within="400d")
    both = [scheduler(url_of(store), seed * 10 + n, "steps") for n in (1, 2)]
    assert [ended(one) for one in both] == [0, 0]
    tick(store, begun, now=START + 46 * HOUR)
    tick(store, begun, now=START + 56 * HOUR)
    found = [one for one in check_each_run_once(store) if START < one.due_at <= START + 56 * HOUR]
    assert [one.due_at for one in found] == due_between(hourly, START, START + 56 * HOUR)


def test_a_clock_that_was_ahead_decides_again_what_it_had_not_run(store: Store) -> None:
    """It was a year ahead: the nights it told as missed are open again, the one it ran is not run twice."""
    added(store)
    ahead = START + timedelta(days=365, hours=3)
    assert [one.outcome for one in tick(store, begun, now=ahead)][-1] == "begun"
    assert tick(store, begun, now=START + HOUR) == []
    assert outcomes(slots_in(store)) == ["16 02:00 begun"]  # of the year to come
    assert outcomes(tick(store, begun, now=NIGHT)) == ["16 02:00 begun"]
    assert tick(store, begun, now=NIGHT - HOUR) == []
    assert tick(store, begun, now=NIGHT + MINUTE) == []
    last = ahead - HOUR
    tick(store, begun, now=last - MINUTE)
    assert tick(store, begun, now=last + MINUTE) == []
    check_each_run_once(store)


def test_a_moved_due_time_is_run_at_the_end_of_its_window(store: Store) -> None:
    """It has no slot before, however often somebody looks, and one after."""
    added(store, blackouts=["daily 01:00-04:00 then after"])
    for minutes in range(0, 240, 20):
        assert tick(store, begun, now=START + minutes * MINUTE) == []
    (made,) = tick(store, begun, now=START + 4 * HOUR)
    assert (made.due_at, made.outcome) == (NIGHT, "begun")
    assert made.reason.endswith("moved to its end at 2026-11-16 04:00 UTC")


def test_a_paused_schedule_leaves_out_and_a_retired_one_is_silent(store: Store) -> None:
    """What was due in a pause has a slot that says so; after the removal nothing is decided, and the slots stay."""
    added(store)
    with store.writing() as connection:
        assert schedules.pause(connection, "nightly", "tester")
        assert not schedules.pause(connection, "nightly", "tester")
    (made,) = tick(store, begun, now=NIGHT)
    assert made.outcome == "skipped"
    assert made.reason.startswith("paused since ")
    with store.writing() as connection:
        schedules.retire(connection, "nightly", "tester")
    assert tick(store, begun, now=NIGHT + timedelta(days=1)) == []
    assert outcomes(slots_in(store)) == ["16 02:00 skipped"]


def test_a_run_can_be_asked_for_now(store: Store) -> None:
    """A slot of its own kind, also of a paused schedule; the planned ones are as they were."""
    added(store)
    with store.writing() as connection:
        schedules.pause(connection, "nightly", "tester")
    made = [run_now(store, "nightly", "an operator", begun) for _ in range(3)]
    assert {(one.kind, one.outcome, one.reason) for one in made} == {("now", "begun", "asked for by an operator")}
    assert len({one.due_at for one in made}) == 3
    check_each_run_once(store)
    with pytest.raises(InputError, match="Did you mean nightly"):
        run_now(store, "nightli", "an operator", begun)


def test_a_run_that_is_asked_for_and_cannot_begin_leaves_nothing(store: Store) -> None:
    """The complaint is the asker's; no slot remains."""

    def broken(connection: Connection, stored: StoredSchedule, requested_by: str) -> int:
        raise InputError("the inventory cannot be read")

    added(store)
    with pytest.raises(InputError, match="cannot be read"):
        run_now(store, "nightly", "an operator", broken)
    assert slots_in(store) == []


def test_a_scheduled_run_is_one_of_the_service(store: Store, tmp_path: Path) -> None:
    """Real runs: with sources it is begun, with a label that no source has it found nothing to do, and says so."""
    inventory = tmp_path / "inventory.yaml"
    inventory.write_text("sources:\n  - {name: here, kind: linux, connection: local, labels: {site: ams}}\n")
    work = {"inventory": str(inventory)}
    added(store, name="ams", work=work, population={"labels": {"site": ["ams"]}})
    added(store, name="mars", work=work, population={"labels": {"site": ["mars"]}})
    added(store, name="lost", work={"inventory": str(tmp_path / "lost.yaml")})
    found = {one.outcome: one for one in tick(store, now=NIGHT)}
    assert set(found) == {"begun", "nothing", "failed"}
    assert found["nothing"].reason == "nothing to do: no source of 1 has the label site=mars"
    assert "the inventory cannot be read" in found["failed"].reason
    assert run_now(store, "ams", "an operator").outcome == "begun"


def test_a_schedule_asks_for_what_it_says() -> None:
    """Its work and population are the request of its runs; a format that nobody knows is refused."""
    work = {"inventory": "i.yaml", "baselines": ["b"], "goldens": ["g"], "tailoring": "t", "formats": ["pdf"]}
    asked = request_for(schedule(HOURLY, work=work, population={"labels": {"a": ["b"]}, "targets": ["web*"]}))
    assert (asked.inventory, asked.baselines, asked.goldens, asked.tailoring) == ("i.yaml", ("b",), ("g",), "t")
    assert (asked.formats, asked.labels, asked.patterns) == (("pdf",), {"a": ("b",)}, ("web*",))
    with pytest.raises(InputError, match=r"schedule nightly: formats.0: there is no format 'docx'"):
        request_for(schedule(HOURLY, work={"inventory": "i.yaml", "formats": ["docx"]}))


def test_the_period_of_a_stored_schedule_is_known(store: Store) -> None:
    """By its number, as a run has it."""
    added(store)
    with store.reading() as connection:
        number = schedules.find(connection, "nightly").id
        assert period_at(connection, number, NIGHT) == timedelta(days=1)
        assert period_at(connection, number + 1, NIGHT) is None
