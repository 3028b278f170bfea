"""The state at a past moment, beside the plainest model that says the same: every night kept whole."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auditor.domain import Failure
from auditor.errors import InputError
from auditor.evidence.captures import iso
from auditor.schedules import checked_schedule
from auditor.service.asof import document_at
from auditor.store import runs, schedules
from auditor.store.engine import Store
from tests.service.pasts import NIGHT, Night, keep, read
from tests.service.test_same_document import fresh

_NUMBERS = count()
BEHIND = {"a": ("web01", "web02", "both"), "b": ("mail01", "both")}
STEP = timedelta(minutes=10)
GOOD, BAD, LOST = "good", "bad", "lost"
MOMENTS = st.builds(
    lambda half, extra: NIGHT + half * STEP / 2 + timedelta(seconds=extra),
    st.integers(-1, 15),
    st.sampled_from([0.5, 2.5]),
)
LIMITS = st.sampled_from([None, timedelta(minutes=25)])
STATES = st.sampled_from([GOOD, GOOD, BAD, LOST, None])


@dataclass(frozen=True)
class Slot:
    """A night at a slot of time: the state of each host of each source that was asked; None: it is not there."""

    slot: int
    states: Mapping[str, Mapping[str, str | None]]
    broken: frozenset[str]  # sources that failed as a whole
    only: str  # the one target that was asked for, "" for all

    @property
    def at(self) -> datetime:
        return NIGHT + self.slot * STEP

    def night(self) -> Night:
        """What the run sees."""
        snapshots: dict[str, list[Any]] = {}
        lost: dict[str, list[Failure]] = {}
        for source, states in self.states.items():
            snapshots[source], lost[source] = [], []
            if source in self.broken:
                lost[source] = [Failure(source, "it does not answer")]
                continue
            for place, (name, state) in enumerate(states.items()):
                if state == LOST:
                    lost[source].append(Failure(source, "no answer", name, "linux"))
                elif state is not None:
                    at = self.at + timedelta(seconds=place + 1)
                    snapshots[source].append(read(name, source, at, hostname=state, roles=["web"]))
        return Night(self.at, snapshots, lost, (self.only,) if self.only else ())


@st.composite
def histories(draw: st.DrawFn) -> list[Slot]:
    """Nights in the order in which they are judged, which is not that in which they were seen."""
    made = []
    for slot in draw(st.lists(st.integers(0, 6), min_size=1, max_size=6, unique=True)):
        asked = draw(st.sampled_from([("a", "b"), ("a", "b"), ("a",), ("b",)]))
        states = {source: {name: draw(STATES) for name in BEHIND[source]} for source in asked}
        broken = frozenset(source for source in asked if draw(st.integers(0, 5)) == 0)
        there = sorted(n for s, own in states.items() if s not in broken for n, state in own.items() if state)
        only = draw(st.sampled_from(["", "", *there]))
        made.append(Slot(slot, states, broken, only))
    return made


@dataclass(frozen=True)
class Row:
    """A target in one night of the model."""

    source: str
    name: str
    moment: datetime
    entry: Mapping[str, Any]
    findings: Sequence[Mapping[str, Any]]
    drift: Sequence[Mapping[str, Any]]


class Model:
    """Every night, whole."""

    def __init__(self) -> None:
        self.nights: list[tuple[Slot, Mapping[str, Any], list[Row]]] = []

    def add(self, slot: Slot, document: Mapping[str, Any]) -> None:
        """Keep a night."""
        rows = []
        for entry in document["targets"]:
            name, source = entry["name"], entry["source"]
            own = name.removeprefix(f"{source}/")
            seen = slot.at
            if entry["status"] == "collected":
                seen += timedelta(seconds=list(slot.states[source]).index(own) + 1)
            findings, drift = ([f for f in document[key] if f["target"] == name] for key in ("findings", "drift"))
            rows.append(Row(source, own, seen, entry, findings, drift))
        self.nights.append((slot, document, rows))

    def at(self, at: datetime) -> list[Row]:
        """Each target as it was seen last, unless a later look at its whole source did not show it any more."""
        last: dict[tuple[str, str], Row] = {}
        for _, _, rows in self.nights:
            for row in rows:
                key = (row.source, row.name)
                if row.moment <= at and (key not in last or last[key].moment < row.moment):
                    last[key] = row
        return [row for row in last.values() if not self.gone(row, at)]

    def gone(self, row: Row, at: datetime) -> bool:
        """Whether the target was not there any more."""
        for slot, _, rows in self.nights:
            own = [one.moment for one in rows if one.source == row.source]
            whole = not slot.only and row.source not in slot.broken
            if whole and own and row.moment < min(own) and max(own) <= at:
                return True
        return False

    def good(self, row: Row, at: datetime) -> datetime | None:
        """When the target was last read."""
        every = [one for _, _, rows in self.nights for one in rows]
        own = [one for one in every if (one.source, one.name) == (row.source, row.name) and one.moment <= at]
        return max((one.moment for one in own if one.entry["status"] == "collected"), default=None)


def told(model: Model, at: datetime, limit: timedelta | None) -> dict[str, Any]:
    """What the model says of a moment."""
    rows = model.at(at)
    names = [row.entry["name"] for row in rows]
    renamed = len(set(names)) < len(names)
    often = {row.name: sum(one.name == row.name for one in rows) for row in rows}
    status: dict[str, str] = {}
    findings: list[tuple[Any, ...]] = []
    drift: list[tuple[str, str, str]] = []
    for row in rows:
        name = row.entry["name"]
        if renamed:
            name = f"{row.source}/{row.name}" if often[row.name] > 1 else row.name
        good = model.good(row, at)
        stale = limit is not None and good is not None and at - good > limit
        status[name] = "stale" if stale else row.entry["status"]
        findings += [(name, f["rule"], f["subject"], "unknown" if stale else f["status"]) for f in row.findings]
        drift += [(name, "", "unknown")] if stale else [(name, d["path"], d["change"]) for d in row.drift]
    return {
        "status": status,
        "findings": sorted(findings, key=str),
        "drift": sorted(drift),
        "collected": sum(one == "collected" for one in status.values()),
        "population": len(status),
        "unknown": len({one[:2] for one in findings if one[3] == "unknown"}),
    }


def said(document: Mapping[str, Any]) -> dict[str, Any]:
    """The same of a document."""
    findings = [(f["target"], f["rule"], f["subject"], f["status"]) for f in document["findings"]]
    coverage = document["coverage"]
    unread = {one["target"]: status for status in ("stale", "unreachable") for one in coverage[status]}
    statuses = {one["name"]: one["status"] for one in document["targets"]}
    assert unread == {name: status for name, status in statuses.items() if status != "collected"}
    return {
        "status": statuses,
        "findings": sorted(findings, key=str),
        "drift": sorted((d["target"], d["path"], d["change"]) for d in document["drift"]),
        "collected": coverage["collected"],
        "population": coverage["population"],
        "unknown": document["score"]["unknown"],
    }


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """An empty store on each database."""
    with fresh(database_url) as found:
        yield found


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(history=histories(), moments=st.lists(MOMENTS, min_size=8, max_size=8), limit=LIMITS)
def test_any_moment_is_as_the_nights_say(
    store: Store, history: list[Slot], moments: list[datetime], limit: timedelta | None
) -> None:
    """Targets read, lost and gone, verdicts that flip, runs over some targets or sources, in whatever order judged:
    at every moment between the nights, and within them, the state is what the nights kept whole say.
    """
    model, series = Model(), next(_NUMBERS)
    for number, slot in enumerate(history):
        name = f"{series}-{number}"
        document = keep(store, slot.night(), name, series=definition(store, series))
        model.add(slot, document)
    for at in moments:
        try:
            found = document_at(store, definition(store, series), at, limit)
        except InputError:
            assert not model.at(at)
            continue
        assert said(found) == told(model, at, limit), f"at {at}"
        assert found["run"]["as_of"] == iso(at)


def definition(store: Store, number: int) -> int:
    """A series of its own for each example."""
    from auditor.store.names import series_id

    with store.writing() as connection:
        return series_id(connection, {"example": number})


def test_what_is_too_old_for_its_schedule_is_stale(store: Store) -> None:
    """A host of a nightly schedule that was read five days ago is stale, and so is every finding of it; one day later
    it was not. The schedule is that of the run, nobody has to name it.
    """
    nightly = checked_schedule(
        {
            "name": "nightly",
            "cron": "30 1 * * *",
            "zone": "UTC",
            "work": {"inventory": "inventory.yaml"},
        }
    )
    with store.writing() as connection:
        number = schedules.add(connection, nightly, "somebody")
    keep(store, Night(read={"a": [read("web01", hostname="bad")]}), "one", schedule=number)
    with store.reading() as connection:
        series = runs.find_run(connection, "one").series  # type: ignore[union-attr]
    fresh_, old = (document_at(store, series, NIGHT + timedelta(days=days)) for days in (1, 5))
    assert [one["status"] for one in fresh_["targets"]] == ["collected"]
    assert [one["status"] for one in old["targets"]] == ["stale"]
    (stale,) = old["coverage"]["stale"]
    assert stale["last_good"] == iso(NIGHT)
    assert "older than its schedule allows" in stale["reason"]
    assert {one["status"] for one in old["findings"]} == {"unknown"}
    assert old["score"]["passed"] == 0
    assert old["coverage"]["collected"] == 0


def test_a_run_without_result_is_no_past(store: Store) -> None:
    """What a run that broke off had written is in no past state, and the run before it still is."""
    first = keep(store, Night(read={"a": [read("web01")]}), "one")
    night = Night(NIGHT + STEP, {"a": [read("web01", at=NIGHT + STEP, hostname="bad")]})
    keep(store, night, "two")
    with store.writing() as connection:
        broken = runs.find_run(connection, "two")
        assert broken is not None
        runs.change_run(connection, broken.id, head=None, rules=None, state="failed")
    found = document_at(store, broken.series, NIGHT + 2 * STEP)
    assert [f["status"] for f in found["findings"]] == [f["status"] for f in first["findings"]]
    assert found["run"]["made_of"] == ["one"]
