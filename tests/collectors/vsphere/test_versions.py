"""The API version is chosen by us, without pyVmomi's probe."""

import pytest

from auditor.collectors.vsphere.soap import NotSoap, TooOld, known_version


@pytest.mark.parametrize(
    ("announced", "chosen"),
    [
        (["8.0.3.0", "8.0.2.0", "7.0.3.0"], "vim.version.v8_0_3_0"),
        (["7.0"], "vim.version.v7_0"),
        (["99.1.0.0", "8.0.3.0"], "vim.version.v8_0_3_0"),
        (["7.0.3.9"], "vim.version.v7_0_3_2"),
        (["6.5"], "vim.version.version11"),
        (["6.0"], "vim.version.version10"),
    ],
)
def test_the_newest_version_both_sides_know_is_taken(announced: list[str], chosen: str) -> None:
    """The newest that both know; where the exact one is unknown to pyVmomi, the nearest older one."""
    assert known_version(announced) == chosen


@pytest.mark.parametrize("announced", [["5.5"], ["4.1", "2.5"]])
def test_a_server_older_than_6_0_is_refused(announced: list[str]) -> None:
    """The reason names its version."""
    with pytest.raises(TooOld, match=announced[0]):
        known_version(announced)


@pytest.mark.parametrize("announced", [[], [""], ["eight"], ["1" * 500], ["8.0" + ".1" * 40]])
def test_what_is_no_version_is_no_vcenter(announced: list[str]) -> None:
    """Nonsense is refused as unreadable."""
    with pytest.raises(NotSoap):
        known_version(announced)
