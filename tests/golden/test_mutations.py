"""Facts changed one at a time: each is reported at its path and as its kind of difference, and nothing else is."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import pytest

from auditor.domain import Snapshot
from auditor.drift import between
from auditor.golden.places import place_of
from auditor.golden.profile import Golden
from tests.golden.mutations import Mutation, mutations
from tests.golden.test_capture import SNAPSHOTS, profile

SEED, EACH = 20261121, 20
HOSTS = {
    platform: max((one for one in SNAPSHOTS if one.platform == platform), key=lambda one: len(str(one.facts)))
    for platform in ("esxi", "nexus1000v", "linux", "dvs", "vcenter")
}
CHOSEN = [(platform, mutation) for platform in HOSTS for mutation in mutations(HOSTS[platform], EACH, SEED)]
CASES = [
    pytest.param(HOSTS[platform], mutation, id=f"{platform}-{mutation.change}-{mutation.path}")
    for platform, mutation in CHOSEN
]


@cache
def model(platform: str) -> tuple[str, Golden, Mapping[str, Any]]:
    """The profile of the host of a platform, made once."""
    return profile(HOSTS[platform])


@pytest.mark.parametrize(("snapshot", "mutation"), CASES)
def test_a_changed_fact_is_reported_where_it_is(snapshot: Snapshot, mutation: Mutation) -> None:
    """Drift against the host's profile and against the day before is that one difference."""
    changed = mutation.of(snapshot)
    before = {(one.path, one.change) for one in between(snapshot, snapshot)}
    assert {(one.path, one.change) for one in between(snapshot, changed)} - before == {(mutation.path, mutation.change)}
    if mutation.captured:
        _, loaded, values = model(snapshot.platform)
        alike = {(one.path, one.change) for one in loaded.check(snapshot, values)[0]}
        drift, unset = loaded.check(changed, values)
        assert {(one.path, one.change) for one in drift} - alike == {(mutation.path, mutation.change)}
        assert unset == []


def test_every_kind_of_difference_took_part() -> None:
    """20 mutations per platform, each of another fact, with missing, extra and changed in all of them."""
    for platform in ("esxi", "nexus1000v", "linux"):
        chosen = mutations(HOSTS[platform], EACH, SEED)
        assert len(chosen) == EACH
        assert {one.change for one in chosen} >= {"missing", "extra", "changed"}
        assert len({(place_of(one.path), one.change) for one in chosen}) > EACH * 3 / 4
    assert "reordered" in {mutation.change for _, mutation in CHOSEN}
