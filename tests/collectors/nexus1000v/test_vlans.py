"""VLAN ranges are compared as sets, whatever way they were written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.collectors.nexus1000v.vlans import ALL, edit_trunk, format_vlans, parse_vlans


@given(st.frozensets(st.integers(1, 4094), max_size=60))
def test_round_trip(vlans: frozenset[int]) -> None:
    """Every set has one text, and the text gives the set."""
    assert parse_vlans(format_vlans(vlans)) == vlans


@pytest.mark.parametrize("text", ["x", "1-", "-1", "5-3", "1,,2", "99999", "1;2", "1-5000", "²"])
def test_nonsense_is_refused(text: str) -> None:
    """What is no range raises, so that its port becomes a gap and is not read as empty."""
    with pytest.raises(ValueError, match="VLAN range"):
        parse_vlans(text)


def test_edits_of_a_trunk() -> None:
    """add, remove, except, none and all mean what NX-OS means by them."""
    allowed = edit_trunk(ALL, "10,20-22")
    assert format_vlans(edit_trunk(allowed, "add 1")) == "1,10,20-22"
    assert format_vlans(edit_trunk(allowed, "remove 21")) == "10,20,22"
    assert format_vlans(edit_trunk(ALL, "except 1")) == "2-4094"
    assert edit_trunk(allowed, "none") == frozenset()
    assert edit_trunk(allowed, "all") == ALL
