"""Schedules as they are kept."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from auditor.errors import InputError
from auditor.schedules import Decision, Outcome
from auditor.service.scheduling import tick
from auditor.store import journal, schedules, slots
from auditor.store.engine import Store, now
from auditor.store.sql import table_of
from auditor.store.tables import JournalRow
from tests.schedules.clocks import schedule, utc
from tests.schedules.keeping import START, added, begun, outcomes, slots_in, store

__all__ = ["store"]  # a fixture
JOURNAL = table_of(JournalRow)


def test_a_schedule_is_kept_as_it_was_added(store: Store) -> None:
    """Everything it says comes back; a second one of that name is refused."""
    made = added(store, "*/5 1-3 * * mon", zone="Europe/Paris", blackouts=["daily 02:00-03:00 then after"])
    with store.reading() as connection:
        (found,) = schedules.listed(connection)
        assert (found.schedule, found.state, found.paused) == (made, "active", "")
        assert schedules.find(connection, "nightly") == found == schedules.by_number(connection, found.id)
    with pytest.raises(InputError, match="there is a schedule nightly already"):
        added(store)


def test_a_name_that_is_none_is_told_with_a_near_one(store: Store) -> None:
    """Of a schedule that is not there, and of one that was removed."""
    added(store)
    with store.reading() as connection, pytest.raises(InputError, match="Did you mean nightly"):
        schedules.find(connection, "nightyl")
    with store.writing() as connection:
        schedules.retire(connection, "nightly", "tester")
    with store.reading() as connection, pytest.raises(InputError, match="schedule list"):
        schedules.find(connection, "nightly")


def test_a_removed_name_is_taken_up_again_with_its_history(store: Store) -> None:
    """Its slots stay, and what passed while it was away is not decided."""
    added(store)
    tick(store, begun, now=utc("2026-11-16T02:00"))
    with store.writing() as connection:
        number = schedules.find(connection, "nightly").id
        schedules.retire(connection, "nightly", "tester")
        assert schedules.listed(connection) == []
        assert [one.name for one in schedules.listed(connection, retired=True)] == ["nightly"]
        assert schedules.add(connection, schedule("0 3 * * *"), "tester") == number
        found = schedules.find(connection, "nightly")
        assert found.schedule.cron == "0 3 * * *"
        assert found.decided_until == found.changed_at
    assert outcomes(slots_in(store)) == ["16 02:00 begun"]


def test_a_change_of_times_tells_what_was_undecided_as_missed(store: Store) -> None:
    """Under the new times only what comes after the change is due."""
    with store.reading() as connection:
        at = now(connection)
    added(store, f"{at.minute} {at.hour} * * *", since=at - timedelta(hours=30))
    with store.writing() as connection:
        schedules.change(connection, schedule("0 5 * * *"), "tester")
        found = schedules.find(connection, "nightly")
        assert found.schedule.cron == "0 5 * * *"
        assert found.decided_until == found.changed_at
    kept = slots_in(store)
    assert {(one.outcome, one.reason) for one in kept} == {
        ("missed", "the schedule was changed before this due time was decided")
    }
    assert len(kept) == 2


def test_a_change_of_what_is_run_keeps_the_due_times(store: Store) -> None:
    """A due time of this minute that nobody looked at yet is run, as the schedule says now."""
    added(store)
    with store.writing() as connection:
        schedules.change(connection, schedule("0 2 * * *", work={"inventory": "other.yaml"}), "tester")
        found = schedules.find(connection, "nightly")
        assert (found.decided_until, found.schedule.work.inventory) == (START, "other.yaml")
    assert outcomes(tick(store, begun, now=utc("2026-11-16T02:00"))) == ["16 02:00 begun"]


def test_a_pause_that_nobody_looked_at_is_told_at_its_end(store: Store) -> None:
    """No scheduler ran through the pause: what was due is left out when the schedule goes on, not caught up."""
    with store.reading() as connection:
        at = now(connection)
    added(store, f"{at.minute} {at.hour} * * *", since=at - timedelta(hours=30))
    with store.writing() as connection:
        schedules.pause(connection, "nightly", "tester")
        assert schedules.resume(connection, "nightly", "tester")
        assert not schedules.resume(connection, "nightly", "tester")
        assert schedules.find(connection, "nightly").decided_until >= at
    kept = slots_in(store)
    assert len(kept) == 2
    assert all(one.outcome == "skipped" and one.reason.startswith("paused since ") for one in kept)


def test_a_slot_is_one_persons(store: Store) -> None:
    """The second insert of a due time is told to leave it alone, and changes nothing."""
    added(store)
    due = utc("2026-11-16T02:00")
    with store.writing() as connection:
        number = schedules.find(connection, "nightly").id
        assert slots.claim(connection, number, Decision(due, Outcome.RUN), due)
    with store.writing() as connection:
        assert not slots.claim(connection, number, Decision(due, Outcome.MISSED, "late"), due)
    assert outcomes(slots_in(store)) == ["16 02:00 begun"]


def test_slots_are_listed_page_by_page(store: Store) -> None:
    """The newest first, and on from a due time."""
    added(store, "0 * * * *", catch_up="all")
    tick(store, begun, now=utc("2026-11-16T05:00"))
    with store.reading() as connection:
        number = schedules.find(connection, "nightly").id
        first = slots.slots_of(connection, number, 2)
        assert outcomes(first) == ["16 05:00 begun", "16 04:00 begun"]
        rest = slots.slots_of(connection, number, 10, first[-1].due_at)
        assert outcomes(rest) == ["16 03:00 begun", "16 02:00 begun", "16 01:00 begun"]


def test_every_change_stands_in_the_journal(store: Store) -> None:
    """Who did what to which schedule, in order."""
    added(store)
    with store.writing() as connection:
        schedules.change(connection, schedule("0 3 * * *"), "ada")
        schedules.pause(connection, "nightly", "bob")
        schedules.resume(connection, "nightly", "cid")
        schedules.retire(connection, "nightly", "dan")
    with store.reading() as connection:
        rows = connection.execute(select(JOURNAL).order_by(JOURNAL.c.id)).all()
    assert [(row.actor, row.action, row.object) for row in rows] == [
        (actor, f"schedule {action}", "nightly")
        for actor, action in zip(
            ["tester", "ada", "bob", "cid", "dan"], ["added", "changed", "paused", "resumed", "retired"], strict=True
        )
    ]
    assert '"cron":"0 3 * * *"' in rows[1].detail
    assert journal.verify(store).broken is None
