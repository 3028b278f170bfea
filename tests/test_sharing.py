"""Equal pieces of facts are one object, and what is not equal stays apart."""

import copy
from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from auditor.domain import Snapshot
from auditor.facts import FoldedDict
from auditor.sharing import Shared

AT = datetime(2026, 3, 1, tzinfo=UTC)
LONG = "x" * 80  # pieces that are smaller are not shared
LEAVES = st.none() | st.booleans() | st.integers(-2, 2) | st.floats(allow_nan=False) | st.sampled_from(["", LONG])
FACTS = st.dictionaries(
    st.sampled_from("ab"),
    st.recursive(LEAVES, lambda one: st.lists(one, max_size=3) | st.dictionaries(st.sampled_from("cd"), one)),
)


def snapshot(facts: dict[str, Any], target: str = "one") -> Snapshot:
    """A host with these facts."""
    return Snapshot(target, "linux", "s", AT, facts, {name: f"command {name}" for name in facts}, {"gone": LONG})


@given(st.lists(FACTS, max_size=5))
def test_sharing_changes_nothing(many: list[dict[str, Any]]) -> None:
    """Each snapshot says the same as before, to the type of each value and the order of its keys."""
    shared, before = Shared(), [repr(snapshot(copy.deepcopy(one))) for one in many]
    made = [shared.snapshot(snapshot(one)) for one in many]
    assert [repr(one) for one in made] == before


def test_equal_sections_and_parts_of_unequal_ones_are_one_object() -> None:
    """A section that another host has too is that host's; of one that differs, the equal parts are."""
    services = {"ntpd": {"running": True, "note": LONG}, "ssh": {"running": True, "note": LONG}}
    shared = Shared()
    first = shared.snapshot(snapshot({"services": services, "kernel": {"note": LONG}}))
    other = copy.deepcopy(services)
    other["ssh"]["running"] = False
    second = shared.snapshot(snapshot({"services": other, "kernel": {"note": LONG}}, "two"))
    assert second.facts["kernel"] is first.facts["kernel"]
    assert second.facts["services"]["ntpd"] is first.facts["services"]["ntpd"]
    assert second.facts["services"]["ssh"] != first.facts["services"]["ssh"]
    assert second.sources is first.sources or second.sources == first.sources
    assert second.gaps is first.gaps


def test_mappings_of_different_kinds_and_orders_stay_apart() -> None:
    """Keys in any letter case, and keys in another order, are not the same as they look."""
    shared = Shared()
    plain, folded = {"a": LONG, "b": 1}, FoldedDict({"a": LONG, "b": 1})
    turned = {"b": 1, "a": LONG}
    kept = [shared.snapshot(snapshot({"options": one})).facts["options"] for one in (plain, folded, turned)]
    assert [type(one).__name__ for one in kept] == ["dict", "FoldedDict", "dict"]
    assert [list(one) for one in kept] == [["a", "b"], ["a", "b"], ["b", "a"]]
