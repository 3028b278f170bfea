"""Rules that cannot both pass are found; rules that can are never called a conflict."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.rulebook.conflicts import Stated, conflicts, stated
from auditor.rulebook.constraints import build
from auditor.rulebook.schema import Rule
from auditor.rulebook.witness import compatible


def rule(name: str, constraint: Any = None, **more: Any) -> Stated:
    """A rule about the advanced options of ESXi, with its parameters filled in."""
    parameters = more.pop("parameters", {})
    data = {
        "id": f"esxi-{name}",
        "title": "A rule of a test",
        "severity": "low",
        "applies_to": {"platform": "esxi"},
        "family": "CFG-HARDEN",
        "references": {},
        "rationale": "A test needs a rule to compare.",
        "fix": "Nothing.",
        **({"expect": {"advanced[X]": constraint}} if constraint is not None else {}),
        **more,
    }
    found = stated(Rule.model_validate(data), parameters)
    assert found is not None
    return found


def clash(one: Stated, other: Stated) -> bool:
    """Whether the two are called a conflict, which is the same from both sides."""
    found = bool(list(conflicts([one], [other])))
    assert found == bool(list(conflicts([other], [one])))
    return found


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [
        ({"at_most": 900}, {"at_least": 900}, True),
        ({"at_most": 899}, {"at_least": 900}, False),
        ({"between": [1, 5]}, {"equals": 0}, False),
        ({"between": [1, 5]}, {"between": [5, 9]}, True),
        ({"at_most": 5, "unlimited": 0}, {"equals": 0}, False),
        ({"at_least": 5, "unlimited": 0}, {"equals": 0}, True),
        ({"equals": 5}, {"equals": "5"}, False),
        ({"equals": 5}, {"equals": "5", "as": "text"}, True),
        ({"one_of": ["a", "b"]}, {"one_of": ["b", "c"]}, True),
        ({"one_of": ["a"]}, {"none_of": ["a"]}, False),
        ({"contains_all": ["a", "b"]}, {"subset_of": ["a"]}, False),
        ({"contains_all": ["a"]}, {"contains_all": ["b"]}, True),
        ({"contains_all": ["a", "b"]}, {"contains": "c"}, True),
        ({"contains": "a"}, {"contains": "b"}, True),
        ({"contains_all": ["a", "b"], "none_of": ["d"]}, {"contains": "c"}, True),
        ({"same_set": ["a", "b"]}, {"same_set": ["b", "a"]}, True),
        ({"same_set": ["a"]}, {"same_set": []}, False),
        ({"contains_any": ["a", "b"]}, {"none_of": ["a"]}, True),
        ({"contains_all": ["a"], "split": ","}, {"none_of": ["b"], "split": ","}, True),
        ({"matches": "^a"}, {"equals": "b"}, False),
        ({"matches": "^a"}, {"matches": "^b"}, True),  # nothing is proven
        ({"present": True}, {"absent": True}, False),
        ({"absent": True}, {"absent": True}, True),
        ({"mode_within": "0640"}, {"mode_within": "0600"}, True),
        (True, False, False),
        ({"not_equals": 1}, {"not_equals": 0}, True),
    ],
)
def test_what_two_constraints_allow_together(one: Any, other: Any, both: bool) -> None:
    """Two constraints on one fact clash exactly when no value satisfies both."""
    assert clash(rule("a", one), rule("b", other)) is not both


@given(st.tuples(*[st.integers(-9, 9)] * 4))
def test_a_clash_of_bounds_is_an_empty_overlap(bounds: tuple[int, int, int, int]) -> None:
    """Of ranges of whole numbers, a clash is found exactly when they do not overlap."""
    a, b, c, d = bounds
    one, other = sorted((a, b)), sorted((c, d))
    overlap = max(one[0], other[0]) <= min(one[1], other[1])
    assert compatible({"between": one}, {"between": other}) is overlap


SPECS = st.one_of(
    st.integers(0, 4),
    st.builds(lambda n: {"at_most": n}, st.integers(0, 4)),
    st.builds(lambda n: {"at_least": n}, st.integers(0, 4)),
    st.builds(lambda n: {"none_of": n}, st.lists(st.integers(0, 4), max_size=4)),
    st.builds(lambda n: {"one_of": n}, st.lists(st.integers(0, 4), max_size=3)),
)


@given(SPECS, SPECS)
def test_a_clash_is_never_false(one: Any, other: Any) -> None:
    """Wherever a value satisfies both, no clash is claimed."""
    if any(build(one).test(value) and build(other).test(value) for value in range(-2, 8)):
        assert compatible(one, other)


def test_a_fact_that_both_may_miss_is_no_conflict() -> None:
    """Rules that pass or do not apply without the fact can both be content with a host that lacks it."""
    strict, spared = {"equals": 1}, {"equals": 0}
    assert clash(rule("a", strict), rule("b", spared, absent="pass"))
    assert not clash(rule("a", strict, absent="pass"), rule("b", spared, absent="pass"))
    assert not clash(rule("a", strict, absent={"default": 1}), rule("b", spared, absent="notapplicable"))


def test_one_good_branch_is_enough() -> None:
    """Two settings are equally good: only if each of them clashes do the rules."""
    branches = [{"advanced[X]": 1}, {"advanced[Y]": 1}]
    assert not clash(rule("a", any_of=branches), rule("b", 2))
    neither = {"advanced[X]": 2, "advanced[Y]": 2}
    assert clash(rule("a", any_of=branches), rule("b", any_of=[neither, {**neither, "advanced[X]": 3}]))


def test_rules_that_never_meet_do_not_clash() -> None:
    """Other versions, other systems, other subjects: no target is judged by both."""
    old = rule("a", 1, applies_to={"platform": "esxi", "version": "<7"})
    new = rule("b", 2, applies_to={"platform": "esxi", "version": ">=7"})
    both = rule("c", 2, applies_to={"platform": "esxi", "version": ">=6.7,<8"})
    assert not clash(old, new)
    assert clash(old, both)
    access = rule("d", for_each="port_groups", where={".vlan": 10}, expect={".active": 1})
    trunk = rule("e", for_each="port_groups", where={".vlan": 11}, expect={".active": 2})
    every = rule("f", for_each="port_groups", expect={".active": 2})
    assert not clash(access, trunk)
    assert clash(access, every)


def test_a_rule_clashes_with_itself_by_its_parameters() -> None:
    """The same rule under two tailorings is two demands."""
    loose = rule("a", {"at_least": "$n"}, parameters={"n": 900})
    strict = rule("a", {"equals": "$n"}, parameters={"n": 600})
    assert clash(loose, strict)
    assert not clash(loose, loose)
