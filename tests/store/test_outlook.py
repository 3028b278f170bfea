"""What changed with a run, against what its nights say when they are laid side by side."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, select

from auditor.access import Reach, Scope
from auditor.store import blobs, phases, runs
from auditor.store.engine import Store, open_store
from auditor.store.history import Difference, record_targets
from auditor.store.listing.looks import WHOLE, Only
from auditor.store.outlook import changes, details, kept, sums
from auditor.store.sql import table_of
from auditor.store.tables import TargetRow
from tests.store.test_recording import NIGHT, result, undone, verdict

Statuses = Mapping[tuple[str, str | None], str]
SEEN = st.dictionaries(
    st.tuples(st.sampled_from(["r-one", "r-two"]), st.sampled_from([None, "a"])),
    st.sampled_from(["pass", "fail", "unknown", "error", "notapplicable"]),
)
NIGHTS = st.lists(
    st.dictionaries(st.sampled_from(["one", "two", "three"]), st.none() | SEEN, min_size=1), min_size=1, max_size=5
)
AMS = Reach.of([Scope.of(site="ams")])


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """An empty store."""
    found = open_store(database_url)
    yield found
    found.close()


def recorded(connection: Connection, night: int, hosts: Mapping[str, Statuses | None], **more: object) -> int:
    """A night in which the hosts were like that, None: not read; its number."""
    run = runs.new_run(connection, f"night-{night}", {"baselines": ["x"]}, {"inventory": "i"})
    at = NIGHT + timedelta(days=night)
    results = [
        result(name, at, [verdict(*key, status) for key, status in (seen or {}).items()], read=seen is not None)
        for name, seen in hosts.items()
    ]
    record_targets(connection, run, runs.series_of(connection, run), results)
    empty = blobs.put_json(connection, {})
    runs.change_run(connection, run, head=empty, rules=empty, state="done", **more)
    return run


def expected(nights: list[Mapping[str, Statuses | None]]) -> set[tuple[str, str, str, str]]:
    """(kind, target, rule, subject) of what changed with the last of them."""
    found = set()
    for name, now in nights[-1].items():
        looks = [night[name] for night in nights[:-1] if name in night]
        if len(nights) > 1 and not looks:
            found.add(("new-target", name, "", ""))
        elif looks and (looks[-1] is None) != (now is None):
            found.add(("not-read" if now is None else "read-again", name, "", ""))
        read = [one for one in looks if one is not None]
        if now is None or not read:
            continue
        for key in read[-1].keys() | now.keys():
            was, is_ = read[-1].get(key), now.get(key)
            open_ = ("unknown", "error")
            kind = ""
            if is_ == "fail" and was != "fail":
                kind = "newly-failing"
            elif is_ in open_ and was not in open_:
                kind = "newly-unknown"
            elif was == "fail" and is_ not in ("fail", *open_):
                kind = "mended" if is_ == "pass" else "ended"
            if kind:
                found.add((kind, name, key[0], key[1] or ""))
    return found


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(NIGHTS)
def test_changes_are_those_between_two_readings(store: Store, nights: list[Mapping[str, Statuses | None]]) -> None:
    """Whatever nights there were: what is told of the last is what its readings and the ones before them say."""
    with undone(store) as connection:
        for number, hosts in enumerate(nights):
            run = recorded(connection, number, hosts)
        names = {row.id: row.name for row in connection.execute(select(table_of(TargetRow)))}
        found = changes.found_in(connection, phases.run_row(connection, run))
        assert {(x.kind, names[x.target], x.name, x.part) for x in found} == expected(nights)
        assert len(found) == len(expected(nights))


def test_drift_that_begins_and_ends_is_told_and_what_nobody_knows_is_not(store: Store) -> None:
    """A difference that cannot be looked at this time has not ended."""

    def path(name: str, change: str) -> Difference:
        return Difference("g", name, change, {"golden": "g", "path": name, "change": change})

    nights = [
        [path("stays", "changed"), path("goes", "changed"), path("hides", "missing")],
        [path("stays", "changed"), path("comes", "extra"), path("hides", "unknown")],
    ]
    with store.writing() as connection:
        for number, drift in enumerate(nights):
            run = runs.new_run(connection, f"night-{number}", {}, {})
            series = runs.series_of(connection, run)
            record_targets(connection, run, series, [result("one", NIGHT + timedelta(days=number), drift=drift)])
            runs.change_run(connection, run, head=blobs.put_json(connection, {}))
        found = changes.found_in(connection, phases.run_row(connection, run))
        assert [(x.kind, x.part) for x in found] == [("drift-new", "comes"), ("drift-ended", "goes")]
        assert sums.drift(connection, run, WHOLE) == (2, 1)


def test_a_scope_sees_the_changes_figures_and_unread_targets_within_it(store: Store) -> None:
    """Counts and lists of a scope are of its targets, page after page; kept twice, changes stand once."""
    bad: Statuses = {("r-one", None): "fail"}
    good: Statuses = {("r-one", None): "pass"}
    before: dict[str, Statuses | None] = {**{f"h{n}": good for n in range(6)}, "lost": good}
    now: dict[str, Statuses | None] = {**{f"h{n}": bad for n in range(6)}, "lost": None}
    with store.writing() as connection:
        recorded(connection, 0, before)
        run = recorded(connection, 1, now)
        found = changes.found_in(connection, phases.run_row(connection, run))
        for _ in range(2):
            changes.keep(connection, run, found, WHOLE)
        assert changes.counts(connection, run, WHOLE)["newly-failing"] == 6
        assert changes.counts(connection, run, AMS)["newly-failing"] == 0
        walked: list[str] = []
        place = 0
        while page := changes.listed(connection, run, "newly-failing", WHOLE, place, 4):
            walked += [one.shown for one in page]
            place = page[-1].place
        assert sorted(walked) == sorted(f"h{n}" for n in range(6))
        assert [x.shown for x in details.not_read(connection, run, Only(WHOLE), 0, 9)] == ["lost"]
        assert details.not_read(connection, run, Only(AMS), 0, 9) == []
        assert [tuple(x) for x in sums.rules(connection, run, WHOLE)] == [("r-one", "low", "fail", 6)]
        assert sums.rules(connection, run, AMS) == []
        assert sums.unread_in_all(connection, run, WHOLE).targets == 1


def test_figures_are_kept_by_scope_and_parts_are_forgotten(store: Store) -> None:
    """What is there stays; what a scope was told goes when labels change, what is of everything does not."""
    with store.writing() as connection:
        run = recorded(connection, 0, {"one": {}})
        kept.put(connection, kept.FIGURES, {run: {"a": 1}}, WHOLE)
        kept.put(connection, kept.FIGURES, {run: {"a": 2}}, WHOLE)
        kept.put(connection, kept.FIGURES, {run: {"a": 3}}, AMS)
        assert kept.get(connection, kept.FIGURES, [run], WHOLE) == {run: {"a": 1}}
        assert kept.get(connection, kept.FIGURES, [run], AMS) == {run: {"a": 3}}
        kept.forget_parts(connection)
        assert kept.get(connection, kept.FIGURES, [run], WHOLE) == {run: {"a": 1}}
        assert kept.get(connection, kept.FIGURES, [run], AMS) == {}


def test_the_worst_subject_counts_and_a_rule_is_waived_only_where_every_failure_is(store: Store) -> None:
    """One result for a rule and a target, as in the reports."""
    accepted: dict[str, Any] = {"waiver": {"id": "W-1"}}
    hosts = {
        "half": [verdict("r-one", "a", "fail", **accepted), verdict("r-one", "b", "fail")],
        "whole": [verdict("r-one", "a", "fail", **accepted), verdict("r-one", "b", "pass")],
        "dim": [verdict("r-one", "a", "unknown"), verdict("r-one", "b", "pass")],
    }
    with store.writing() as connection:
        run = runs.new_run(connection, "night", {}, {})
        results = [replace(result(name, NIGHT, said), counts={"waived": 1}) for name, said in hosts.items()]
        record_targets(connection, run, runs.series_of(connection, run), results)
        found = {(one.status, one.targets) for one in sums.rules(connection, run, WHOLE)}
        assert found == {("fail", 2), ("unknown", 1)}
        assert sums.waived(connection, run, WHOLE) == {"r-one": 1}
        assert len(sums.unjudged(connection, run, WHOLE)) == 1
