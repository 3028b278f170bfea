"""What changed between two stored states, when it was seen first, and who might have done it: asking nobody."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from auditor.domain import Failure, Snapshot
from auditor.evidence.captures import iso
from auditor.service.asof import found_at
from auditor.service.drifting import Between, ChangedFinding, FactDrift
from auditor.service.stored import found_of
from auditor.store import runs
from auditor.store.engine import Store
from tests.cli.running import auditor
from tests.docpages import SAMPLES
from tests.service.pasts import NIGHT, Night, keep, read
from tests.service.test_same_document import fresh

DAY = timedelta(days=1)


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """An empty store on each database."""
    with fresh(database_url) as found:
        yield found


def at(number: int) -> datetime:
    """The time of a night."""
    return NIGHT + number * DAY


def host(number: int, hostname: str, *deeds: tuple[datetime, str]) -> Snapshot:
    """A host in a night, with what its log tells."""
    made = read("web01", at=at(number), hostname=hostname)
    told = [{"who": who, "at": iso(when), "what": "hostnamectl set-hostname"} for when, who in deeds]
    activity = {"begins": iso(NIGHT - DAY), "deeds": told}
    return replace(made, facts={**made.facts, "activity": activity}, sources={**made.sources, "activity": "journal"})


def nights(store: Store, *snapshots: Snapshot | None) -> None:
    """One run a night, None: the host was not read."""
    for number, one in enumerate(snapshots):
        if one is None:
            night = Night(at(number), lost={"a": [Failure("a", "no answer", "web01", "linux")]})
        else:
            night = Night(at(number), {"a": [one]})
        keep(store, night, f"run-{number}")


def drift(store: Store, since: str, until: str) -> tuple[list[FactDrift], list[ChangedFinding]]:
    """Facts and findings that changed between two runs."""
    between = Between(store, found_of(store, since), found_of(store, until))
    return between.facts(()), between.findings(())


def test_a_change_is_told_by_the_readings_around_it(store: Store) -> None:
    """Ten nights later the first reading that had the value, and the one before it, are told, and whom the log names
    between these two: not whoever did something else, before or after.
    """
    changes = (at(3) + DAY / 2, "mallory")
    before = [host(number, "good", (at(0) - DAY / 4, "early")) for number in range(4)]
    after = [host(number, "bad", changes, (at(6) - DAY / 2, "late")) for number in range(4, 10)]
    nights(store, *before, *after)
    facts, findings = drift(store, "run-0", "run-9")
    (fact,) = [one for one in facts if one.drift.path == "hostname"]
    assert (fact.drift.expected, fact.drift.actual) == ("good", "bad")
    assert (fact.origin.last_good, fact.origin.first_seen) == (iso(at(3)), iso(at(4)))
    assert [one.who for one in fact.origin.actors] == ["mallory"]
    (found,) = [one for one in findings if one.change.rule == "linux-name-wanted"]
    assert (found.change.was, found.change.now) == ("pass", "fail")
    assert (found.origin.last_good, found.origin.first_seen) == (iso(at(3)), iso(at(4)))
    assert [one.who for one in found.origin.actors] == ["mallory"]


def test_a_failure_is_told_since_it_fails_and_a_value_since_it_is_there(store: Store) -> None:
    """From good to bad to worse: the value is there since the last step, the failure since the first;
    a night in which nobody answered lies between.
    """
    nights(store, host(0, "good"), host(1, "bad"), None, host(3, "worse"), host(4, "worse"))
    facts, findings = drift(store, "run-0", "run-4")
    (fact,) = [one for one in facts if one.drift.path == "hostname"]
    assert (fact.origin.last_good, fact.origin.first_seen) == (iso(at(1)), iso(at(3)))
    (found,) = [one for one in findings if one.change.rule == "linux-name-wanted"]
    assert (found.origin.last_good, found.origin.first_seen) == (iso(at(0)), iso(at(1)))
    _, later = drift(store, "run-1", "run-4")
    (found,) = [one for one in later if one.change.rule == "linux-name-wanted"]
    assert (found.change.was, found.change.now) == ("fail", "fail")
    assert (found.origin.last_good, found.origin.first_seen) == (iso(at(1)), iso(at(3)))


def test_what_was_not_read_is_unknown(store: Store) -> None:
    """A host that did not answer on one side drifted unknown, in facts and findings."""
    nights(store, host(0, "good"), None)
    facts, findings = drift(store, "run-0", "run-1")
    assert [(one.drift.change, one.drift.path) for one in facts] == [("unknown", "")]
    assert {one.change.drift.change for one in findings} == {"unknown"}


def test_the_same_state_has_no_drift(store: Store) -> None:
    """Two nights alike, and a state at a moment beside the run it is made of."""
    nights(store, host(0, "good"), host(1, "good"))
    assert drift(store, "run-0", "run-1") == ([], [])
    with store.reading() as connection:
        series = runs.find_run(connection, "run-0").series  # type: ignore[union-attr]
    between = Between(store, found_of(store, "run-0"), found_at(store, series, at(0) + DAY / 2))
    assert (between.facts(()), between.findings(())) == ([], [])


def test_a_target_that_came_and_one_that_went(store: Store) -> None:
    """Each is told once, as a whole; not when somebody asked for another one only."""
    keep(store, Night(at(0), {"a": [read("web01"), read("web02")]}), "run-0")
    keep(store, Night(at(1), {"a": [read("web01", at=at(1)), read("web03", at=at(1))]}), "run-1")
    facts, _ = drift(store, "run-0", "run-1")
    assert {(one.drift.target, one.drift.change) for one in facts} == {("web02", "missing"), ("web03", "extra")}
    between = Between(store, found_of(store, "run-0"), found_of(store, "run-1"))
    assert between.facts(("web01",)) == []


def entries(text: str) -> dict[str, Any]:
    """What the command printed."""
    found: dict[str, Any] = json.loads(text)
    return found


def test_the_command_takes_runs_and_times(tmp_path: Path) -> None:
    """`auditor drift --since RUN` and a time; a time without zone and a name that means nothing end with status 2, and
    folders and files mean what they meant.
    """
    saved = ("audit", "--from", SAMPLES / "rhel", "-b", "linux-kernel", "-f", "json", "-o")
    assert auditor(tmp_path, *saved, "one", "--save").status in (0, 1)
    assert auditor(tmp_path, *saved, "two", "--save").status in (0, 1)
    first = json.loads((tmp_path / "one" / "audit.json").read_text())["run"]["id"]
    done = auditor(tmp_path, "drift", "rhel-9-poor", "--since", first, "-f", "json")
    assert done.status in (0, 3), done.err
    assert entries(done.out)["since"]["run"] == first
    assert all(one["change"] == "unknown" for one in entries(done.out)["drift"])
    done = auditor(tmp_path, "drift", "--since", first, "--until", "latest", "-f", "json")
    assert done.status in (0, 3), done.err
    read_at = max(one["collected_at"] for one in json.loads((tmp_path / "one" / "audit.json").read_text())["targets"])
    done = auditor(tmp_path, "drift", "--since", read_at, "-f", "json")
    assert done.status in (0, 3), done.err
    assert entries(done.out)["since"] == {"run": None, "as_of": read_at}
    for since, words in (
        ("2026-11-21 12:00", "has no zone"),
        ("nonsense", "no file, no stored run"),
        ("1999", "no time"),
    ):
        refused = auditor(tmp_path, "drift", "--since", since)
        assert refused.status == 2, refused.out
        assert words in refused.err
    assert auditor(tmp_path, "drift", "--since", SAMPLES / "rhel", "--from", SAMPLES / "rhel").status in (0, 3)
