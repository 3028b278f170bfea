"""Versions compare as versions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.rulebook.versions import VersionRange, compare

ASCENDING = [
    ["6.7", "7.0", "7.0U1", "7.0.2", "8.0", "8.0.1", "8.0.9", "8.0.10"],
    ["vmx-09", "vmx-13", "vmx-17"],
    ["4.2(1)SV1(5.1)", "4.2(1)SV2(1.1)", "5.2(1)SV3(1.5b)", "5.2(1)SV3(2.1)"],
    ["1.0rc1", "1.0", "1.0.1"],
]


@pytest.mark.parametrize("versions", ASCENDING)
def test_versions_stand_in_order(versions: list[str]) -> None:
    """Numbers compare as numbers wherever they stand."""
    for n, small in enumerate(versions):
        for big in versions[n + 1 :]:
            assert compare(small, big) == -1, (small, big)
            assert compare(big, small) == 1, (small, big)


def test_spellings_of_one_version_are_equal() -> None:
    """Trailing zeros and the word for update do not make another version."""
    assert compare("8.0", "8.0.0.0") == 0
    assert compare("7.0U1", "7.0.1") == 0
    assert compare("7.0 Update 3", "7.0.3") == 0


def test_range_holds_where_every_condition_holds() -> None:
    """Conditions are joined by and; nonsense is refused."""
    allowed = VersionRange(">=6.7,<8")
    assert [v for v in ("6.5", "6.7", "7.0.3", "8.0", "8.0.3") if v in allowed] == ["6.7", "7.0.3"]
    for text in ("8", ">=", "~8", "", ">=8;<9"):
        with pytest.raises(ValueError, match="version condition"):
            VersionRange(text)


@given(st.text(max_size=20), st.text(max_size=20), st.text(max_size=20))
def test_comparison_is_an_order(a: str, b: str, c: str) -> None:
    """Any two texts compare, both ways alike, and the order is transitive."""
    assert compare(a, b) == -compare(b, a)
    if compare(a, b) <= 0 and compare(b, c) <= 0:
        assert compare(a, c) <= 0
