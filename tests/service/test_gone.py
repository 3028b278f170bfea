"""What vanished from its source is told until somebody confirms it: nights that go through the code of every run."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from auditor.coverage import cover, source_members, source_targets
from auditor.domain import Capture, Exclusion, Failure, Source
from auditor.errors import ConflictError, InputError, NotFoundError
from auditor.pipeline import Audit, Gathered, SourceResult, in_scope, judge_target, recalled
from auditor.runners import Collected
from auditor.schedules import checked_schedule
from auditor.service.keeping import keep, past_of
from auditor.service.request import Request
from auditor.store import journal, runs, schedules
from auditor.store.engine import Store
from auditor.store.gone import Gone, gone_targets, retire_target
from auditor.verdicts import score
from tests.service.pasts import COVER, NIGHT, Night, read

LOST = Failure("a", "vCenter shows it as disconnected", "h2", "linux")


def night(
    store: Store, number: int, names: Mapping[str, Sequence[str]], lost: Sequence[Failure] = (), **more: Any
) -> dict[str, tuple[str, str]]:
    """A night on which each source shows these hosts; (status, reason) of each target of the run by name.

    `labels`: of the sources.
    """
    at = NIGHT + timedelta(days=number)
    schedule, labels = more.pop("schedule", None), more.pop("labels", {})
    seen = {
        source: [read(name, source, at, labels=labels.get(source)) for name in found] for source, found in names.items()
    }
    plan = Night(at, seen, {"a": lost} if lost else {}, **more).plan()
    sources = [replace(one, labels=labels.get(one.name, one.labels)) for one in plan.sources]
    plan = replace(plan, sources=sources, patterns=more.get("patterns", ()), past=past_of(store, sources))
    results = tuple(recalled(_result(one, seen.get(one.name, ()), lost), plan.past, at) for one in plan.sources)
    coverage = cover(in_scope(results, plan.patterns), plan.excluded, at.date())
    found = Gathered(at, results, coverage)
    judged = tuple(one for target in found.coverage.targets for one in judge_target(target, plan))
    audit = Audit(f"night-{number}", at, at, plan, results, coverage, judged, score(judged))
    keep(store, audit, COVER, Request(inventory="i.yaml", patterns=tuple(plan.patterns)))
    if schedule:
        with store.writing() as connection:
            row = runs.find_run(connection, audit.id)
            assert row is not None
            runs.change_run(connection, row.id, schedule=schedule)
    return {one.name: (one.status, one.reason) for one in coverage.targets}


def _result(source: Source, snapshots: Sequence[Any], lost: Sequence[Failure]) -> SourceResult:
    captures = [Capture(source.name, one.target, "linux", one.taken_at, {}) for one in snapshots]
    failures = [one for one in lost if one.source == source.name]
    targets = source_targets(source, snapshots, failures, "linux")
    members = source_members(source, snapshots, failures, "linux")
    collected = Collected(source, captures, failures, 1.5)
    return SourceResult(collected, tuple(snapshots), tuple(failures), tuple(members), tuple(targets))


def gone(store: Store) -> list[Gone]:
    with store.reading() as connection:
        return gone_targets(connection)


def names(store: Store) -> list[str]:
    return [f"{one.source}/{one.name}" for one in gone(store)]


def retire(store: Store, name: str, reason: str = "sold") -> Gone:
    with store.writing() as connection:
        return retire_target(connection, name, reason, "ann")


def test_what_vanished_is_told_until_it_is_retired_and_again_when_it_was_back(store: Store) -> None:
    """Unreachable in every run meanwhile; retired, it is in none; read again, it is there, and can vanish again."""
    night(store, 0, {"a": ["h1", "h2"]})
    assert names(store) == []
    for number in (1, 2):
        status, reason = night(store, number, {"a": ["h1"]})["h2"]
        assert (status, "showed it in an earlier run" in reason) == ("unreachable", True)
    (one,) = gone(store)
    assert (one.source, one.platform, one.name, one.last_run, one.missed_by) == (
        "a",
        "linux",
        "h2",
        "night-0",
        "night-2",
    )
    assert one.last_seen == NIGHT
    assert (one.counts["passed"], one.counts["failed"], one.counts["unknown"]) == (1, 0, 0)
    assert retire(store, "a/h2").name == "h2"
    assert names(store) == []
    assert set(night(store, 3, {"a": ["h1"]})) == {"h1"}
    assert names(store) == []
    with pytest.raises(ConflictError, match="retired already"):
        retire(store, "h2")
    assert night(store, 4, {"a": ["h1", "h2"]})["h2"][0] == "collected"
    assert names(store) == []
    assert night(store, 5, {"a": ["h1"]})["h2"][0] == "unreachable"
    assert names(store) == ["a/h2"]
    assert journal.verify(store).entries == 1


def test_what_only_could_not_be_read_is_not_gone(store: Store) -> None:
    """A source that failed, a host that is disconnected, a run of one target, an exclusion: nobody is gone by them."""
    night(store, 0, {"a": ["h1", "h2"]})
    night(store, 1, {"a": []}, [Failure("a", "it does not answer")])
    assert names(store) == []
    night(store, 2, {"a": ["h1"]}, [LOST])
    assert names(store) == []
    night(store, 3, {"a": ["h1"]}, patterns=("h1",))
    assert names(store) == []
    night(store, 4, {"a": ["h1"]}, excluded=(Exclusion("h2", "out of scope"),))
    assert names(store) == []
    night(store, 5, {"a": ["h1"]})
    assert names(store) == ["a/h2"]
    night(store, 6, {"a": ["h2"]}, patterns=("h2",))
    assert names(store) == []
    night(store, 7, {"a": ["h1"]})
    assert names(store) == ["a/h2"]
    with pytest.raises(ConflictError, match="it is not gone"):
        retire(store, "h1")
    with pytest.raises(NotFoundError):
        retire(store, "h9")
    with pytest.raises(InputError, match="no reason"):
        retire(store, "h2", "  ")


def test_one_name_behind_two_sources(store: Store) -> None:
    """Each is gone by itself; the bare name of both is refused, and retires neither."""
    night(store, 0, {"a": ["h1", "both"], "b": ["h3", "both"]})
    night(store, 1, {"a": ["h1"], "b": ["h3"]})
    assert names(store) == ["a/both", "b/both"]
    with pytest.raises(InputError, match="2 targets are called that"):
        retire(store, "both")
    retire(store, "a/both")
    assert names(store) == ["b/both"]


def test_a_source_that_its_schedule_asks_no_more(store: Store) -> None:
    """All that was behind it is gone, once a later whole run of the same schedule has left it out."""
    nightly = checked_schedule(
        {"name": "nightly", "cron": "30 1 * * *", "zone": "UTC", "work": {"inventory": "inventory.yaml"}}
    )
    with store.writing() as connection:
        schedule = schedules.add(connection, nightly, "ann")
    night(store, 0, {"a": ["h1"], "b": ["h3"]}, schedule=schedule)
    night(store, 1, {"a": ["h1"]})
    assert names(store) == []
    night(store, 2, {"a": ["h1"]}, schedule=schedule)
    assert [(one.name, one.missed_by) for one in gone(store)] == [("h3", "night-2")]
    assert "does not ask its source" in gone(store)[0].reason
    retire(store, "h3")
    assert names(store) == []
