"""After the window: what was planned against what is, of three readings."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.changes.fidelity import DIFFERENT, DONE, MISSING, UNFORETOLD, UNPLANNED, UNREAD, outcomes
from auditor.domain import Snapshot
from tests.changes.making import AT, later

NAMES = ("a", "b", "c")
VALUES = st.one_of(st.none(), st.sampled_from(["1", "2", "3"]))
FACTS = st.fixed_dictionaries(dict.fromkeys(NAMES, VALUES))


def reading(values: dict[str, Any], gaps: dict[str, str] | None = None) -> Snapshot:
    """A host with these kernel parameters; None is one that is not there."""
    known = {name: {"runtime": value} for name, value in values.items() if value is not None}
    return Snapshot("web01", "linux", "web01", AT, {"hostname": "web01", "sysctl": known}, gaps=gaps or {})


def kinds(before: Snapshot, predicted: Snapshot, now: Snapshot) -> dict[str, str]:
    return {one.path: one.kind for one in outcomes(before, predicted, now)}


def test_each_fact_comes_to_what_it_is() -> None:
    """Done, missing, another than planned, unplanned, not read any more, not foretold."""
    before = reading({"a": "1", "b": "1", "c": "1"})
    predicted = reading({"a": "2", "b": "2", "c": "2"})
    found = kinds(before, predicted, later(reading({"a": "2", "b": "1", "c": "3"}), {"hostname": "other"}))
    assert found == {
        "sysctl[a].runtime": DONE,
        "sysctl[b].runtime": MISSING,
        "sysctl[c].runtime": DIFFERENT,
        "hostname": UNPLANNED,
    }
    unread = kinds(before, predicted, reading({"a": "2", "b": "2"}, {"sysctl[c]": "not allowed"}))
    assert unread["sysctl[c].runtime"] == UNREAD
    untold = reading({"a": "1", "b": "1"}, {"sysctl[c]": "not foretold"})
    assert kinds(before, untold, reading({"a": "1", "b": "1", "c": "7"})) == {"sysctl[c]": UNFORETOLD}
    assert kinds(before, untold, before) == {"sysctl[c]": UNFORETOLD}


def test_what_comes_whole_or_goes_whole_is_one_outcome() -> None:
    """A parameter that was planned to come and did with another value is another than planned, and not two things."""
    before, predicted = reading({"a": "1"}), reading({"a": "1", "b": "1"})
    assert kinds(before, predicted, reading({"a": "1", "b": "2"})) == {"sysctl[b]": DIFFERENT}
    assert kinds(before, predicted, before) == {"sysctl[b]": MISSING}
    assert kinds(predicted, before, predicted) == {"sysctl[b]": MISSING}
    assert kinds(predicted, before, before) == {"sysctl[b]": DONE}


@settings(max_examples=150, deadline=None)
@given(FACTS, FACTS, FACTS)
def test_nothing_that_is_not_as_foretold_goes_without_a_word(before: Any, predicted: Any, now: Any) -> None:
    """Everything done if and only if now is as foretold; and each outcome is what its three values say."""
    found = outcomes(reading(before), reading(predicted), reading(now))
    assert all(one.kind == DONE for one in found) == (predicted == now)
    told = {one.path.split("[")[1][0]: one.kind for one in found}
    for name in NAMES:
        planned, as_is, kept = before[name] != predicted[name], now[name] == predicted[name], now[name] == before[name]
        wanted = (DONE if as_is else MISSING if kept else DIFFERENT) if planned else None if kept else UNPLANNED
        assert told.get(name) == wanted, (name, found)
