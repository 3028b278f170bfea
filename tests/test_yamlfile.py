"""Reading what people write: YAML 1.2, line numbers, and messages that mend."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict

from auditor.errors import InputError
from auditor.yamlfile import parse


def test_values_stay_what_they_look_like() -> None:
    """No YAML 1.1: no is text, a leading zero is kept, a time is no number."""
    text = "{a: no, b: 0640, c: 12:30, d: 1.10, e: true, f: ~, g: '5', h: 5, i: 0x1F, j: on, k: 8.0.3}"
    assert parse(text).data == {
        "a": "no",
        "b": "0640",
        "c": "12:30",
        "d": 1.1,
        "e": True,
        "f": None,
        "g": "5",
        "h": 5,
        "i": 31,
        "j": "on",
        "k": "8.0.3",
    }


def test_places_are_lines_of_the_file() -> None:
    """Each key and each list member knows its line; an unknown place falls back to its parent."""
    document = parse("a:\n  - x: 1\n  - x: 2\n    y:\n      z: 3\n", "f.yaml")
    assert str(document.place(("a", 1, "y", "z"))) == "f.yaml:5"
    assert str(document.place(("a", 1))) == "f.yaml:3"
    assert str(document.place(("a", 1, "missing"))) == "f.yaml:3"


@pytest.mark.parametrize(
    ("text", "line", "part"),
    [
        ("a: 1\na: 2\n", 2, "stands twice"),
        ("a: [1, 2\nb: 3\n", 2, "not valid YAML"),
        ("a:\n\t- b\n", 2, "not valid YAML"),
        ("? [a, b]\n: 1\n", 1, "plain text"),
        ("a: &x [*x]\n", 1, ""),
    ],
)
def test_broken_file_is_one_message_with_its_line(text: str, line: int, part: str) -> None:
    """What is wrong and where, without a traceback."""
    with pytest.raises(InputError) as caught:
        parse(text, "f.yaml")
    assert part in str(caught.value)
    assert f"f.yaml:{line}" in str(caught.value) or "f.yaml" in str(caught.value)


class Inner(BaseModel):
    """A part."""

    model_config = ConfigDict(extra="forbid")
    address: str = ""
    port: int = 0


class Outer(BaseModel):
    """The whole."""

    model_config = ConfigDict(extra="forbid")
    sources: list[Inner]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("sources:\n  - addres: x\n", ["f.yaml:2", "unknown key 'addres'", "Did you mean 'address'?"]),
        ("sources:\n  - address: x\n    port: abc\n", ["f.yaml:3", "port", "Found 'abc'"]),
        ("source: []\n", ["f.yaml:1", "'sources' is missing"]),
    ],
)
def test_complaint_names_file_line_and_mend(text: str, parts: list[str]) -> None:
    """A wrong key says what was probably meant."""
    with pytest.raises(InputError) as caught:
        parse(text, "f.yaml").validate(Outer)
    assert [part for part in parts if part not in str(caught.value)] == []


def test_billion_laughs_is_refused() -> None:
    """Aliases cannot blow a small file up."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    with pytest.raises(InputError, match="too"):
        parse("\n".join(lines), "f.yaml")


@given(st.text(max_size=200))
def test_any_text_is_data_or_an_input_error(text: str) -> None:
    """No text makes the reader raise anything else."""
    try:
        document = parse(text)
    except InputError:
        return
    assert document.data is None or isinstance(document.data, str | int | float | bool | list | dict)
    assert not (isinstance(document.data, float) and not math.isfinite(document.data))
