"""What happened is in the outbox once, for those who asked for it, and only what is new."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import count
from threading import Thread
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, update

from auditor.schedules import checked_schedule
from auditor.service.accepting import bound_now
from auditor.service.noticing import notice_runs, notice_schedules, notice_waivers
from auditor.store import runs, schedules, waivers
from auditor.store.engine import Store, now
from auditor.store.notify import noticing, subscribers
from auditor.store.notify_tables import NotifySubscription
from auditor.store.sql import table_of
from auditor.store.tables import ScheduleSlot
from auditor.waivers import End, Scope, Waiver
from tests.notify.nights import FIRST, night, subscribed, told

_NUMBERS = count()
AFTER = FIRST + timedelta(days=1, hours=1)  # of the first night
HOSTS = ("web01", "web02", "mail01")
NIGHTS = st.lists(
    st.fixed_dictionaries({name: st.sampled_from(["good", "bad", "worse", None]) for name in HOSTS}),
    min_size=2,
    max_size=4,
)


def test_a_night_tells_what_is_new_since_each_target_was_last_read(store: Store) -> None:
    """A host that failed before, was lost for a night and still fails is no news; one that became bad is."""
    number = subscribed(store)
    night(store, 1, {"web01": "bad", "web02": "good", "web03": "good"})
    night(store, 2, {"web01": None, "web02": "good", "web03": "good"})
    night(store, 3, {"web01": "bad", "web02": "worse", "web03": "good"})
    assert notice_runs(store) == 3
    said = told(store, number)
    assert [(one.about, one.kind.value) for one in said] == [
        ("night-1", "run.finished"),
        ("night-2", "coverage.low"),
        ("night-2", "run.finished"),
        ("night-3", "findings.new"),
        ("night-3", "drift.found"),
        ("night-3", "run.finished"),
    ]
    new = said[3]
    assert [(one.target, one.title, one.severity) for one in new.items] == [
        ("web02", "The host has the wanted name", "high")
    ]
    assert new.numbers == {"items": 1, "targets": 1, "high": 1}
    assert [one.target for one in said[4].items] == ["web02"]
    assert [one.target for one in said[1].items] == ["web01"]
    assert said[1].numbers == {"population": 3, "collected": 2, "coverage": 66.6, "floor": 100.0}


def test_however_often_it_is_looked_at_it_is_told_once(store: Store) -> None:
    """Four looks at the same time and two after them: each event has one row for each subscriber."""
    first, second = subscribed(store), subscribed(store, channel="mail")
    night(store, 1, {"web01": "good"})
    night(store, 2, {"web01": "bad"})
    threads = [Thread(target=notice_runs, args=(store,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert notice_runs(store) == 0
    for number in (first, second):
        keys = [one.key for one in told(store, number)]
        assert len(keys) == len(set(keys)) == 4


def test_what_happened_before_a_subscription_is_not_told(store: Store) -> None:
    """A run that ended before anybody asked; and one that somebody else had asked for earlier."""
    with store.writing() as connection:
        runs.new_run(
            connection, "old", {"baselines": []}, {}, state="failed", finished_at=datetime(2026, 1, 1, tzinfo=UTC)
        )
    late = subscribed(store)
    assert notice_runs(store) == 0
    early = subscribed(store)
    with store.writing() as connection:
        table = table_of(NotifySubscription)
        connection.execute(update(table).where(table.c.id == early).values(created_at=datetime(2025, 1, 1, tzinfo=UTC)))
    assert notice_runs(store) == 1
    assert (told(store, late), [one.about for one in told(store, early)]) == ([], ["old"])


def test_a_failed_run_is_told_and_a_cancelled_one_is_not(store: Store) -> None:
    """One that ended without a result is an event; one that somebody ended is known to somebody."""
    number = subscribed(store)
    with store.writing() as connection:
        for state in ("failed", "cancelled"):
            runs.new_run(connection, state, {"baselines": []}, {}, state=state, finished_at=FIRST)
    notice_runs(store)
    assert [(one.kind.value, one.about) for one in told(store, number)] == [("run.failed", "failed")]


def test_labels_and_severity_leave_out_what_is_not_asked_for(store: Store) -> None:
    """A team hears of its own targets: numbers, names and floors are those of its labels alone."""
    labels = {"web01": {"site": "ams", "team": "web"}, "mail01": {"site": "ams", "team": "mail"}}
    web = subscribed(store, labels={"team": "web"})
    mail = subscribed(store, labels={"team": "mail"})
    both = subscribed(store, labels={"site": "ams"}, severity="critical")
    nobody = subscribed(store, labels={"team": "nobody"})
    night(store, 1, {"web01": "good", "mail01": "good"}, labels=labels)
    night(store, 2, {"web01": "bad", "mail01": "good"}, labels=labels)
    notice_runs(store)
    assert [one.kind.value for one in told(store, web)][-3:] == ["findings.new", "drift.found", "run.finished"]
    assert [one.kind.value for one in told(store, mail)] == ["run.finished", "run.finished"]
    assert [one.kind.value for one in told(store, both)] == ["run.finished", "drift.found", "run.finished"]
    assert told(store, nobody) == []
    assert told(store, web)[-1].numbers["population"] == 1
    assert told(store, both)[-1].numbers["population"] == 2
    assert "mail01" not in "".join(one.model_dump_json() for one in told(store, web))


def test_an_accepted_failure_is_no_news(store: Store) -> None:
    """A new failure that a waiver covers is not told; the same without the waiver is."""
    number = subscribed(store, events=["findings.new"])
    night(store, 1, {"web01": "bad"})
    with store.writing() as connection:
        at = now(connection)
        end = End("2099-12-31", "UTC")
        wish = Waiver("", "linux-name-wanted", Scope(("web01",)), "Replaced in spring", "Web", at, end)
        made = waivers.request(connection, wish, "tester")
        bound = bound_now(connection, made, AFTER)
        accepted = waivers.approve(connection, made.id, "Security office", bound, "tester")
    night(store, 2, {"web01": "good"})
    night(store, 3, {"web01": "bad"}, waivers=[accepted])
    night(store, 4, {"web01": "good"})
    night(store, 5, {"web01": "bad"})
    notice_runs(store)
    assert [one.about for one in told(store, number)] == ["night-5"]


def test_a_waiver_that_ends_is_told_once_as_many_days_ahead_as_asked(store: Store) -> None:
    """Within the days of each subscription, by the labels of its targets; a second look adds nothing."""
    night(store, 1, {"web01": "bad", "web02": "bad"}, labels={"web01": {"team": "web"}, "web02": {"team": "mail"}})
    with store.writing() as connection:
        at = now(connection)
        end = End((at + timedelta(days=10)).date().isoformat(), "UTC")
        wish = Waiver("", "linux-name-wanted", Scope(("web01",)), "Replaced in spring", "Web", at, end)
        made = waivers.request(connection, wish, "tester")
        waivers.approve(connection, made.id, "Office", bound_now(connection, made, AFTER), "tester")
    soon, late, other = (
        subscribed(store, events=["waiver.expiring"], **more)
        for more in ({"labels": {"team": "web"}}, {"days": 3}, {"labels": {"team": "mail"}})
    )
    for _ in range(2):
        notice_waivers(store)
    (one,) = told(store, soon)
    assert (one.about, one.numbers, one.items[0].target) == (made.id, {"targets": 1, "days_left": 10}, "web01")
    assert (told(store, late), told(store, other)) == ([], [])
    assert "Replaced" not in one.model_dump_json()


@pytest.mark.parametrize(
    ("outcome", "words"), [("missed", "no scheduler"), ("failed", "begun"), ("nothing", "nothing to do")]
)
def test_a_due_time_without_a_run_is_told(store: Store, outcome: str, words: str) -> None:
    """With what came of it in our words; one that began a run, or was left out on purpose, is not."""
    everybody = subscribed(store, events=["schedule.missed"])
    ams = subscribed(store, events=["schedule.missed"], labels={"site": "ams"})
    par = subscribed(store, events=["schedule.missed"], labels={"site": "par"})
    work = {"inventory": "/srv/inventory.yaml"}
    with store.writing() as connection:
        wanted = {"name": "nightly", "cron": "0 2 * * *", "zone": "UTC", "work": work}
        schedule = schedules.add(
            connection, checked_schedule({**wanted, "population": {"labels": {"site": ["ams"]}}}), "tester"
        )
        at = now(connection)
        for place, came in enumerate((outcome, "begun", "skipped")):
            row = {"schedule": schedule, "due_at": at + timedelta(seconds=place), "decided_at": at, "outcome": came}
            connection.execute(insert(table_of(ScheduleSlot)), {"kind": "planned", "reason": "canary-reason", **row})
    for _ in range(2):
        notice_schedules(store)
    for number in (everybody, ams):
        (one,) = told(store, number)
        assert one.about == "nightly"
        assert words in one.note
        assert "canary" not in one.model_dump_json()
    assert told(store, par) == []


def test_who_left_is_told_nothing_more(store: Store) -> None:
    """After a channel was removed nothing is put for it; the number of its subscription is not given again."""
    number = subscribed(store)
    with store.writing() as connection:
        subscribers.remove_channel(connection, "ops", "tester")
    again = subscribed(store)
    night(store, 1, {"web01": "good"})
    notice_runs(store)
    assert (again > number, told(store, number), len(told(store, again))) == (True, [], 1)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(nights=NIGHTS)
def test_news_are_what_two_documents_differ_by(store: Store, nights: list[Mapping[str, str | None]]) -> None:
    """Beside the plainest model: failures and drift of each target, document against the last one that has it read."""
    prefix = f"n{next(_NUMBERS)}"
    failing: dict[str, set[tuple[str, str]]] = {}
    drifting: dict[str, set[tuple[str, str]]] = {}
    for number, hosts in enumerate(nights):
        document = night(store, number, hosts, source=prefix, prefix=prefix)
        read = [one["name"] for one in document["targets"] if one["status"] == "collected"]
        now_failing = {name: _failing(document, name) for name in read}
        now_drifting = {
            name: {(d["golden"], d["path"]) for d in document["drift"] if d["target"] == name} for name in read
        }
        with store.reading() as connection:
            row = runs.find_run(connection, f"{prefix}-{number}")
            assert row is not None
            found = noticing.new_failures(connection, row)
            drift = noticing.new_drift(connection, row)
        expected = [name for name in read for _ in now_failing[name] - failing.get(name, set())]
        assert sorted(one.target for one in found) == sorted(expected)
        expected = [name for name in read for _ in now_drifting[name] - drifting.get(name, set())]
        assert sorted(one.target for one in drift) == sorted(expected)
        failing |= now_failing
        drifting |= now_drifting


def _failing(document: Mapping[str, Any], name: str) -> set[tuple[str, str]]:
    wanted = [one for one in document["findings"] if one["target"] == name and one["status"] == "fail"]
    return {(one["rule"], one["subject"]) for one in wanted}


def _drifting(document: Mapping[str, Any], name: str) -> set[tuple[str, str]]:
    return {(one["golden"], one["path"]) for one in document["drift"] if one["target"] == name}
