"""Text from devices is made visible and bounded; a value, absent and a gap never look alike."""

from hypothesis import given
from hypothesis import strategies as st

from auditor.reporting.columns import expected_text
from auditor.reporting.words import moment, pair, percent, short, shorten, shown, value_text, visible


def test_characters_that_hide_or_reorder_text_are_spelled_out() -> None:
    """Bidi overrides, zero-width, control characters and undecodable bytes become words."""
    assert visible("a\u202eb\x00c\u200bd\udcffe") == "a⟨U+202E⟩b⟨U+0000⟩c⟨U+200B⟩d⟨BYTE FF⟩e"
    assert visible("Z" + "\u0335" * 50) == "Z\u0335\u0335⟨48 more marks⟩"
    assert visible("مرحبا שלום") == "مرحبا שלום"  # honest right-to-left text stays


@given(st.text(st.characters(exclude_categories=[])))
def test_visible_text_can_be_written_as_utf8_and_has_no_invisible_character(text: str) -> None:
    """Whatever comes in, UTF-8 comes out, without control or format characters."""
    out = visible(text)
    out.encode()
    assert not any(c in out for c in "\x00\x1b\x7f\u200b\u202e\u2066\ufeff")


@given(st.text(max_size=400), st.integers(10, 120))
def test_short_text_is_never_longer_than_its_limit(text: str, limit: int) -> None:
    """Table cells are bounded."""
    assert len(shorten(text, limit)) <= limit
    assert len(short(text, limit)) <= limit


def test_absent_gap_and_value_are_three_kinds() -> None:
    """Even a device that answers with our words cannot be mistaken for them."""
    assert shown({"absent": True}) == ("absent", "absent")
    assert shown({"gap": "permission denied"}) == ("gap", "not read: permission denied")
    assert shown("absent") == ("value", '"absent"')
    assert shown({"absent": False}).kind == "value"
    assert shown(None) == ("value", "null")


def test_members_of_a_list_are_told_apart_too() -> None:
    """A member that is absent or could not be read is put into words inside its list."""
    assert value_text([1, {"absent": True}, {"a": {"gap": "denied"}}]) == '[1, "⟨absent⟩", {"a": "⟨not read: denied⟩"}]'
    assert value_text({"absent": 3}) == '{"absent": 3}'


def test_a_text_that_looks_like_another_type_keeps_its_quotes() -> None:
    """The text 900 and the number 900 differ on paper as they do in the verdict."""
    assert value_text("900") == '"900"'
    assert value_text(900) == "900"
    assert value_text("true") == '"true"'
    assert value_text(True) == "true"
    assert value_text("") == '""'
    assert value_text("8.0.3") == "8.0.3"


def test_long_values_say_how_much_is_left_out() -> None:
    """A value over the limit keeps both ends and counts the rest."""
    text = value_text("a" * 30_000 + "b", 1000)
    assert "29,001 characters left out" in text
    assert text.endswith("b")


def test_constraints_read_as_words() -> None:
    """An expectation is a sentence, not JSON."""
    assert expected_text({"between": [1, 5]}) == "between 1 and 5"
    assert expected_text({"one_of": ["a", "b"]}) == "one of a, b"
    assert expected_text({"present": True}) == "present"
    assert expected_text(False) == "false"
    assert expected_text("false") == "false"  # the rule engine's words, not a value of type text
    assert expected_text("at most 300 (0 means unlimited)") == "at most 300 (0 means unlimited)"


def test_a_percentage_never_rounds_to_all_or_nothing() -> None:
    """99.97 is not 100, and 0.02 is not 0."""
    assert (percent(99.97), percent(0.02), percent(100.0), percent(0.0), percent(None)) == (
        "99.9",
        "0.1",
        "100.0",
        "0.0",
        "–",
    )
    assert pair(50.0, 50.0) == "50.0"
    assert pair(99.96, 100.0) == "99.9 to 100.0"


def test_times_carry_their_zone() -> None:
    """A time is printed in UTC and says so; a text that is no time stays as it is."""
    assert moment("2026-11-21T12:16:41Z") == "21 November 2026, 12:16 UTC"
    assert moment("2026-11-21T14:16:41+02:00") == "21 November 2026, 12:16 UTC"
    assert moment(None) == "–"
    assert moment("soon") == "soon"
