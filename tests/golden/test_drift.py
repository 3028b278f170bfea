"""Drift between two snapshots of one target."""

from typing import Any

import pytest
from hypothesis import given, settings

from auditor.domain import Snapshot
from auditor.drift import between
from tests.golden.test_capture import NAMES, SNAPSHOTS
from tests.golden.test_compare import FACTS, esxi, meant


def changes(old: Snapshot, new: Snapshot) -> list[tuple[str, str]]:
    """(path, change) of every drift."""
    return sorted((one.path, one.change) for one in between(old, new))


@pytest.mark.parametrize("snapshot", SNAPSHOTS, ids=NAMES)
def test_nothing_drifts_from_itself(snapshot: Snapshot) -> None:
    """The same snapshot twice: no drift but what was not read."""
    assert [one for one in between(snapshot, snapshot) if one.change != "unknown"] == []


def test_what_came_and_went_is_told() -> None:
    """A fact that is new is extra, one that is gone is missing, one that differs is changed."""
    old = esxi({"power_policy": "static", "services": {"a": {"running": True}, "b": {}}})
    new = esxi({"acceptance_level": "partner", "services": {"a": {"running": True, "policy": "on"}, "c": {}}})
    assert changes(old, new) == [
        ("acceptance_level", "extra"),
        ("power_policy", "missing"),
        ("services[a].policy", "extra"),
        ("services[b]", "missing"),
        ("services[c]", "extra"),
    ]


def test_gaps_on_either_side_are_unknown() -> None:
    """What was not read on one of the two days is unknown, with the side named."""
    seen, blind = esxi({"dns": {"domain": "x"}}), esxi({}, gaps={"dns": "refused"})
    assert changes(seen, blind) == [("dns", "unknown")]
    (before,) = between(blind, seen)
    assert (before.path, before.change, before.reason) == ("dns", "unknown", "not read before: refused")


@settings(max_examples=200)
@given(FACTS, FACTS)
def test_no_drift_exactly_when_the_facts_mean_the_same(old: dict[str, Any], new: dict[str, Any]) -> None:
    """Between two snapshots there is no drift if and only if their facts are equal under the declared semantics."""
    assert (changes(esxi(old), esxi(new)) == []) is (meant(old) == meant(new))
