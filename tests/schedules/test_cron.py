"""What a cron expression may be, and how a bad one is told."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.schedules.cron import checked_cron, explained
from tests.schedules.clocks import Cron, crons, schedule


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("61 * * * *", "minute field '61'"),
        ("0 24 * * *", "hour field '24'"),
        ("0 0 32 * *", "day-of-month field '32'"),
        ("0 0 0 * *", "day-of-month field '0'"),
        ("0 0 * 13 *", "month field '13'"),
        ("0 0 * * 8", "day-of-week field '8'"),
        ("0 0 * * FRI-MON", "day-of-week field 'FRI-MON'"),
        ("a * * * *", "minute field 'a'"),
        ("5- * * * *", "minute field '5-'"),
        ("*/0 * * * *", "minute field '*/0'"),
        ("*/61 * * * *", "step that is longer"),
        ("0 */30 * * *", "step that is longer"),
        ("* * * *", "has 4"),
        ("* * * * * *", "has 6"),
        ("", "has 0"),
        ("@nightly", "has 1"),
        ("0 0 30 2 *", "never comes"),
        ("0 0 31 4,6,9,11 *", "never comes"),
        ("0 0 */29 2 MON#5", "never comes"),
        ("1" * 201, "at most 200"),
        ("9" * 150 + " * * * *", "minute field"),
        ("٣ * * * *", "minute field"),
    ],
)
def test_a_bad_expression_says_which_field(text: str, named: str) -> None:
    """The message names the field, or says that no date fits."""
    with pytest.raises(ValueError) as told:
        checked_cron(text)
    assert named in str(told.value)


def test_an_expression_is_tidied() -> None:
    """Spaces do not matter, and nicknames are what they stand for."""
    assert checked_cron("  30   2 * *\tMON-FRI ") == "30 2 * * MON-FRI"
    assert checked_cron("@daily") == "0 0 * * *"
    assert schedule("@Hourly").cron == "0 * * * *"


@pytest.mark.parametrize("text", ["0 0 29 2 *", "0 0 L 2 *", "0 0 LW * *", "0 0 * * 5L", "0 0 * * MON#5", "0 0 30 2 1"])
def test_what_comes_seldom_comes(text: str) -> None:
    """Leap days, last days and fifth Mondays are dates; of day and weekday one is enough, as in Debian's cron."""
    assert checked_cron(text) == text


@settings(deadline=None)
@given(st.text(alphabet="0123456789*/,-#LWabcMONFRI@ \t", max_size=30))
def test_no_text_breaks_the_reader(text: str) -> None:
    """Any text is an expression or a ValueError, and an expression can be explained."""
    try:
        tidy = checked_cron(text)
    except ValueError:
        return
    assert checked_cron(tidy) == tidy
    assert explained(tidy)


@settings(deadline=None)
@given(crons)
def test_every_plain_expression_can_be_explained(cron: Cron) -> None:
    """Words for a person stand beside an expression."""
    assert explained(checked_cron(str(cron)))
