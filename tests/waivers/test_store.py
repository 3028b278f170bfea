"""Waivers in the store, on both databases: each step once, whoever takes it, and stored runs are held against them."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select

from auditor.cli.waiver_forms import entries
from auditor.errors import InputError
from auditor.reporting.exports import csv
from auditor.selection import ActiveBaseline, choose
from auditor.service.stored import document_of
from auditor.service.timeline import history_of
from auditor.store import journal, runs, waivers
from auditor.store.engine import Store, open_store
from auditor.store.sql import table_of
from auditor.store.tables import JournalRow
from auditor.store.waivers import waivers_in_force
from auditor.waivers import End, Scope, State, Waiver, bind
from tests.waivers.making import requested, seen
from tests.waivers.stored import RULE, approve, ask, run_stored

FAR = End("2099-12-31", "Europe/Paris")
VTY = {"exec-timeout 0": "exec-timeout 30"}


@pytest.fixture(scope="module")
def baselines() -> list[ActiveBaseline]:
    return choose(["nexus-1000v"])


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    opened = open_store(database_url)
    yield opened
    opened.close()


def wish(**changes: Any) -> Waiver:
    scope = changes.pop("scope", Scope(source="vsm"))
    return requested(rule=RULE, scope=scope, end=FAR, id="", **changes)


def entry(document: dict[str, Any], name: str = "W-1") -> dict[str, Any]:
    return next(dict(one) for one in document["waivers"] if one["id"] == name)


def waived(document: dict[str, Any]) -> set[tuple[str, str]]:
    return {(one["target"], one["subject"]) for one in document["findings"] if one["waiver"]}


def actions(store: Store) -> list[str]:
    table = table_of(JournalRow)
    with store.reading() as connection:
        return list(connection.scalars(select(table.c.action).order_by(table.c.id)))


def test_a_waiver_from_its_request_to_its_lapse(store: Store, baselines: list[ActiveBaseline]) -> None:
    """Requested: nothing is waived. Approved: what failed then is. The value changes: open again, and why."""
    first = run_stored(store, baselines)
    assert ask(store, wish()).id == "W-1"
    second = run_stored(store, baselines)
    assert waived(second) == set()
    assert (entry(second)["state"], entry(second)["reason"]) == ("requested", "not approved")

    assert {one.subject for one in approve(store, "W-1").bound} == {"console", "vty"}
    third = run_stored(store, baselines)
    assert {subject for _, subject in waived(third)} == {"console", "vty"}
    assert third["score"] == first["score"] | {"waived": 1}
    assert (entry(third)["state"], entry(third)["covers"]) == ("approved", 2)

    fourth = run_stored(store, baselines, texts=VTY)
    assert waived(fourth) == set()
    assert fourth["score"]["waived"] == 0
    assert (entry(fourth)["state"], entry(fourth)["attention"]) == ("lapsed", "lapsed")
    assert "exec_timeout_minutes = 0 to lines[" in entry(fourth)["reason"]
    assert [(one["id"], one["state"]) for one in entries(store, "lapsed", None)] == [("W-1", "lapsed")]
    assert entries(store, "approved", None) == []
    gone = {one["subject"]: one["waiver_lapsed"] for one in fourth["findings"] if one["waiver_lapsed"]}
    assert set(gone) == {"console", "vty"}

    assert document_of(store, third["run"]["id"]) == third, "what was waived then stands as it was"
    assert actions(store) == ["waiver requested", "waiver approved"]
    assert journal.verify(store).broken is None
    with store.reading() as connection:
        series = runs.find_run(connection, "latest").series  # type: ignore[union-attr]
    known = history_of(store, series, "vsm-synthetic", RULE)["findings"]
    assert {len(spell["values"]) for one in known for spell in one["spells"]} == {2}, "a waiver is no other value"


def test_only_who_asked_withdraws_and_only_until_it_is_decided(store: Store, baselines: list[ActiveBaseline]) -> None:
    """Not another person, not once it is approved; the ticket of the request stays with it, and beside findings."""
    run_stored(store, baselines)
    asked = ask(store, wish(ticket=" CHG-4711 \n"))
    with store.writing() as connection, pytest.raises(InputError, match="nobody else withdraws it"):
        waivers.withdraw(connection, "W-1", "somebody", "", "test")
    with store.writing() as connection:
        gone = waivers.withdraw(connection, "W-1", asked.requested_by.upper(), "", "test")
    assert (gone.state, gone.ended_by, gone.ticket) == (State.REVOKED, asked.requested_by.upper(), "CHG-4711")
    assert actions(store) == ["waiver requested", "waiver withdrawn"]
    ask(store, wish(ticket="CHG-4712"))
    approve(store, "W-2")
    with store.writing() as connection, pytest.raises(InputError, match="W-2 is approved: it cannot be withdrawn"):
        waivers.withdraw(connection, "W-2", asked.requested_by, "", "test")
    night = run_stored(store, baselines)
    assert {one["waiver"]["ticket"] for one in night["findings"] if one["waiver"]} == {"CHG-4712"}
    assert entry(night, "W-2")["ticket"] == "CHG-4712"
    assert b",CHG-4712\r\n" in csv.render(night)


def test_an_unread_target_keeps_its_waiver(store: Store, baselines: list[ActiveBaseline]) -> None:
    """A night without an answer neither waives nor lapses; the next night the waiver stands there again."""
    run_stored(store, baselines)
    ask(store, wish())
    approve(store, "W-1")
    lost = run_stored(store, baselines, dead=["vsm"])
    assert waived(lost) == set()
    assert (entry(lost)["state"], entry(lost)["lapsed"]) == ("approved", 0)
    assert "neither applies nor lapses" in entry(lost)["reason"]
    assert len(waived(run_stored(store, baselines))) == 2


def test_nothing_can_be_accepted_that_nobody_saw_fail(store: Store, baselines: list[ActiveBaseline]) -> None:
    """No run, another scope, an unread target, another subject: refused, with what is known instead."""
    ask(store, wish())
    with pytest.raises(InputError, match="no run has ended yet"):
        approve(store, "W-1")
    run_stored(store, baselines, dead=["vsm"])
    with pytest.raises(InputError, match="vsm-synthetic unknown"):
        approve(store, "W-1")
    run_stored(store, baselines)
    for number, other in enumerate((wish(scope=Scope(("gone",))), wish(subject="aux")), 2):
        ask(store, other)
        with pytest.raises(InputError, match="no target in its scope was judged by its rule"):
            approve(store, f"W-{number}")
    assert actions(store) == ["waiver requested"] * 3


def test_one_subject_only(store: Store, baselines: list[ActiveBaseline]) -> None:
    """A waiver for a subject leaves the check open: another subject of it fails still."""
    run_stored(store, baselines)
    ask(store, wish(subject="vty"))
    assert [one.subject for one in approve(store, "W-1").bound] == ["vty"]
    found = run_stored(store, baselines)
    assert {subject for _, subject in waived(found)} == {"vty"}
    assert found["score"]["waived"] == 0


def test_a_target_that_comes_under_the_label_later_is_open(store: Store, baselines: list[ActiveBaseline]) -> None:
    """The scope is a label; what was not there at approval is not waived, and the finding says why."""
    two = {"vsm": {"site": "ams"}, "vsm2": {"site": "rtm"}}
    run_stored(store, baselines, sources=two)
    ask(store, wish(scope=Scope(label=("site", "ams"))))
    approve(store, "W-1")
    before = run_stored(store, baselines, sources=two)
    assert {target for target, _ in waived(before)} == {"vsm/vsm-synthetic"}
    moved = run_stored(store, baselines, sources=two | {"vsm2": {"site": "ams"}})
    assert waived(moved) == waived(before)
    late = [one["waiver_lapsed"]["reason"] for one in moved["findings"] if one["waiver_lapsed"]]
    assert late == ["this finding was not among those that it was approved for"] * 2


def test_a_rival_of_the_same_name_is_not_waived(store: Store, baselines: list[ActiveBaseline]) -> None:
    """A second source knows a target of this name: the one that was accepted stays so under its longer name."""
    run_stored(store, baselines)
    ask(store, wish(scope=Scope(("vsm-synthetic",))))
    approve(store, "W-1")
    both = run_stored(store, baselines, sources={"vsm": {}, "other": {}})
    assert {target for target, _ in waived(both)} == {"vsm/vsm-synthetic"}
    assert (entry(both)["state"], entry(both)["lapsed"]) == ("approved", 0)
    assert not any(one["waiver_lapsed"] for one in both["findings"])


def test_whoever_asked_does_not_approve(store: Store, baselines: list[ActiveBaseline]) -> None:
    """Refused, and nothing is changed or written down."""
    run_stored(store, baselines)
    ask(store, wish())
    with pytest.raises(InputError, match="somebody else has to approve it"):
        approve(store, "W-1", by="web TEAM")
    with store.reading() as connection:
        assert waivers.find(connection, "W-1").waiver.state is State.REQUESTED
    assert actions(store) == ["waiver requested"]


def at_once(*steps: Callable[[], Any]) -> list[Any]:
    """What each step gave, or how it was refused, when all begin together."""
    begin, found = threading.Barrier(len(steps)), [None] * len(steps)

    def take(number: int, step: Callable[[], Any]) -> None:
        begin.wait()
        try:
            found[number] = step()
        except InputError as problem:
            found[number] = problem  # type: ignore[call-overload]

    threads = [threading.Thread(target=take, args=pair) for pair in enumerate(steps)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return found


def test_of_many_who_decide_at_once_one_does(store: Store) -> None:
    """Four approve and four reject: one of them decides, the others are told, and one entry says so."""
    bound = [bind(seen())]

    def decide(name: str, by: str, *, yes: bool) -> Waiver:
        with store.writing() as connection:
            if yes:
                return waivers.approve(connection, name, by, bound, by)
            return waivers.reject(connection, name, by, "Mend it instead", by)

    for name in (f"W-{number}" for number in range(1, 6)):
        ask(store, wish())
        found = at_once(*(partial(decide, name, f"person {n}", yes=n % 2 == 0) for n in range(8)))
        won = [one for one in found if isinstance(one, Waiver)]
        assert len(won) == 1
        assert all("is approved" in str(one) or "is rejected" in str(one) for one in found if one is not won[0])
        with store.reading() as connection:
            assert waivers.find(connection, name).waiver == won[0]
    assert len(actions(store)) == 10
    assert journal.verify(store).broken is None


def test_many_who_ask_at_once_get_ids_of_their_own(store: Store) -> None:
    """And a chosen id is given once."""
    found = at_once(*[lambda: ask(store, wish())] * 8)
    assert sorted(one.id for one in found) == sorted(f"W-{number}" for number in range(1, 9))
    taken = at_once(*[lambda: ask(store, replace(wish(), id="mine"))] * 4)
    assert sum(isinstance(one, Waiver) for one in taken) == 1
    assert "there is a waiver mine already" in str(next(one for one in taken if not isinstance(one, Waiver)))


def test_what_is_in_force_at_a_time(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests, approved ones and lately ended ones; what was revoked is in force for a run of before."""
    begin = datetime(2026, 11, 1, tzinfo=UTC)
    monkeypatch.setattr(waivers, "now", lambda _: begin)
    ask(store, wish())
    for number, end in ((2, FAR), (3, End("2099-01-01", "UTC")), (4, FAR)):
        ask(store, replace(wish(), end=end))
        with store.writing() as connection:
            waivers.approve(connection, f"W-{number}", "Security office", [bind(seen())], "tester")
    monkeypatch.setattr(waivers, "now", lambda _: begin + timedelta(days=9))
    with store.writing() as connection:
        waivers.reject(connection, "W-1", "Security office", "Mend it instead", "tester")
        waivers.revoke(connection, "W-4", "Security office", "It was mended", "tester")

    def ids(at: datetime) -> list[str]:
        return [one.id for one in waivers_in_force(store, at)]

    assert ids(begin - timedelta(seconds=1)) == []
    assert ids(begin) == ids(begin + timedelta(days=8)) == ["W-1", "W-2", "W-3", "W-4"]
    assert ids(begin + timedelta(days=9)) == ["W-2", "W-3"]
    assert ids(datetime(2099, 2, 1, tzinfo=UTC)) == ["W-2", "W-3"]
    assert ids(datetime(2099, 6, 1, tzinfo=UTC)) == ["W-2"]
    with store.reading() as connection:
        assert waivers.ending(connection, timedelta(days=30)) == []
        century = [one.waiver.id for one in waivers.ending(connection, timedelta(days=36500))]
    assert century == ["W-3", "W-2"]


def test_a_request_that_ends_before_it_begins_is_refused(store: Store) -> None:
    """Its end lies behind the database's clock."""
    with pytest.raises(InputError, match="has passed"):
        ask(store, replace(wish(), end=End("2020-01-01", "UTC")))


@pytest.mark.parametrize(
    "text", ["Nul \0 in the middle", "half \udc80 of a pair", "x" * 5000, "\u202e reversed \U0001f512"]
)
def test_hostile_text_is_kept_as_it_was_or_refused(store: Store, text: str) -> None:
    """Both databases do the same; none of it ends in a traceback."""
    wished = replace(wish(), justification=text)
    if "reversed" not in text:
        with pytest.raises(InputError, match="cannot be kept: justification"):
            ask(store, wished)
        return
    ask(store, wished)
    with store.reading() as connection:
        assert waivers.find(connection, "W-1").waiver.justification == text


def test_an_unknown_id_is_told_with_a_near_one(store: Store) -> None:
    """And a step on it changes nothing."""
    ask(store, replace(wish(), id="storage-2026"))
    with pytest.raises(InputError, match="there is no waiver 'storage-2027'") as problem:
        approve(store, "storage-2027")
    assert "Did you mean storage-2026?" in str(problem.value)
