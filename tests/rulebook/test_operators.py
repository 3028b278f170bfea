"""What each operator and modifier says of a value."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.rulebook.constraints import ConstraintError, ParameterUnset, build, resolve
from auditor.rulebook.operators import NESTED, OPERATORS

CASES: list[tuple[dict[str, Any], list[Any], list[Any]]] = [
    ({"equals": 5}, [5, 5.0], ["5", True, 6, None, [5]]),
    ({"equals": True}, [True], [1, "true", False]),
    ({"equals": "no"}, ["no"], [False, "No"]),
    ({"equals": ["a", "b"]}, [["a", "b"]], [["b", "a"], ["a"], "a"]),
    ({"not_equals": 0}, [1, "0", False], [0]),
    ({"at_least": 5}, [5, 6, 5.5], [4, "6", True, float("nan")]),
    ({"at_most": 5}, [5, -3], [6, "5", False]),
    ({"at_most": 600, "unlimited": 0}, [1, 600], [0, 601]),
    ({"at_least": 900, "unlimited": 0}, [0, 900], [899, 1]),
    ({"between": [1, 5]}, [1, 5, 3], [0, 6, "3"]),
    ({"between": [1, 90], "unlimited": [0, -1]}, [1, 90], [0, -1, 91]),
    ({"one_of": ["a", 1]}, ["a", 1], ["b", True, "1"]),
    ({"none_of": [1, 4095]}, [10, 21, [2, 3]], [1, 4095, [2, 1]]),
    ({"contains": "x"}, [["x", "y"], "axb"], [["y"], "abc", 5]),
    ({"contains": 1}, [[1, 2]], ["1", [True]]),
    ({"contains_all": ["a", "b"]}, [["b", "c", "a"]], [["a"], [], "a"]),
    ({"contains_any": ["a", "b"]}, [["b", "c"], "a"], [["c"], []]),
    ({"subset_of": ["a", "b"]}, [["a"], [], ["b", "a", "a"]], [["a", "c"]]),
    ({"subset_of": []}, [[], {}], [["a"], "a"]),
    ({"none_of": []}, ["a", []], []),
    ({"one_of": []}, [], ["a", 1]),
    ({"same_set": []}, [[]], [["a"]]),
    ({"same_set": ["a", "b"]}, [["b", "a"], ["a", "b", "a"]], [["a"], ["a", "b", "c"]]),
    ({"matches": "^10[.]"}, ["10.1"], ["110.1", 10.1, None]),
    ({"not_matches": "any any"}, ["permit x"], ["permit any any", 5]),
    ({"mode_within": "0640"}, ["0640", "0600", "0000"], ["0604", "0644", "1640", "x", 640]),
    ({"each": {"at_least": 2}}, [[2, 3], {"a": 2}], [[1, 2], {"a": 1}]),
    ({"count": {"at_least": 2}}, [["a", "b"], {"a": 1, "b": 2}], [["a"], "ab", 5]),
    ({"present": True}, [0, False, "", []], []),
    ({"same_set": ["a", "b"], "split": ","}, ["b, a", "a,b,,"], ["a", "a,b,c"]),
    ({"equals": "warning", "ignore_case": True}, ["WARNING"], ["error"]),
    ({"contains": "SSH", "ignore_case": True}, [["ssh"]], [["telnet"]]),
    ({"at_most": 600, "as": "integer"}, ["600", 600, "0x10"], ["601", "ten", None, True]),
    ({"equals": True, "as": "boolean"}, ["TRUE", "1", "yes", True], ["0", "maybe", False]),
    ({"at_least": "vmx-13", "as": "version"}, ["vmx-13", "vmx-17"], ["vmx-09", 17]),
    ({"at_most": "8.0.9", "as": "version"}, ["8.0.9", "7.0.10"], ["8.0.10"]),
]


@pytest.mark.parametrize(("spec", "good", "bad"), CASES, ids=lambda value: str(value)[:60])
def test_operator_accepts_and_refuses(spec: dict[str, Any], good: list[Any], bad: list[Any]) -> None:
    """An operator accepts the values it means and refuses others, of another type included."""
    test = build(spec).test
    assert [value for value in good if not test(value)] == []
    assert [value for value in bad if test(value)] == []


def test_every_operator_has_a_case() -> None:
    """No operator goes untested."""
    used = {key for spec, _, _ in CASES for key in spec}
    assert set(OPERATORS) | set(NESTED) <= used


@pytest.mark.parametrize(
    "spec",
    [
        {"at_leest": 5},
        {"between": [5, 1]},
        {"between": [1]},
        {"matches": "("},
        {"mode_within": "0999"},
        {"at_most": 5, "as": "colour"},
        {"at_least": "x", "as": "integer"},
        {"absent": True, "equals": 5},
        {"present": False},
        {"contains_all": []},
        {"equals": 5, "unlimited": 0},
        {"ignore_case": True},
        {},
    ],
)
def test_senseless_constraint_is_refused(spec: dict[str, object]) -> None:
    """A constraint that could never be judged is an error when it is loaded, not a verdict."""
    with pytest.raises(ConstraintError):
        build(spec)


def test_parameters_are_filled_in_everywhere() -> None:
    """$name stands for the parameter at any depth; an unset one is told apart from an unknown one."""
    parameters = {"low": 1, "hosts": ["a"], "unset": None}
    assert resolve({"between": ["$low", 5], "one_of": "$hosts"}, parameters) == {"between": [1, 5], "one_of": ["a"]}
    with pytest.raises(ParameterUnset):
        resolve(["$unset"], parameters)
    with pytest.raises(ConstraintError):
        resolve("$missing", parameters)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


@given(value=json_values)
def test_no_value_from_a_device_breaks_an_operator(value: object) -> None:
    """Whatever a device says, a constraint answers true or false."""
    for spec, _, _ in CASES:
        assert build(spec).test(value) in (True, False)


@given(low=st.integers(-50, 50), size=st.integers(0, 20), value=st.integers(-100, 100))
def test_between_is_both_bounds(low: int, size: int, value: int) -> None:
    """between is at_least and at_most together."""
    high = low + size
    together = build({"at_least": low}).test(value) and build({"at_most": high}).test(value)
    assert build({"between": [low, high]}).test(value) is together


def test_half_a_character_matches_nothing_and_is_not_clean() -> None:
    """Text with a lone surrogate neither matches an expression nor counts as free of it, and breaks nothing."""
    for operator in ("matches", "not_matches"):
        assert build({operator: "x"}).test("\ud800x") is False
