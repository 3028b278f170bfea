"""A short run of the fuzzer; long ones are for `python -m tests.adversary.fuzz`."""

from pathlib import Path

from tests.adversary.fuzz import SPOILS, fuzz, samples


def test_spoilt_captures_break_nothing() -> None:
    """Three hundred spoilt captures of every platform are read and judged without a fault."""
    tally = fuzz(samples(), 300, 3)
    assert tally.faults == []
    assert len(tally.spoils) > len(SPOILS) - 3
    assert set(tally.rounds) >= {"esxi", "vcenter", "dvs", "nexus1000v", "linux"}
    assert tally.gaps.total() > 1000


def test_the_same_seed_gives_the_same_rounds(tmp_path: Path) -> None:
    """A fault that a long run finds can be found again; configurations of a folder take part."""
    (tmp_path / "switch.cfg").write_text("version 9.3(8)\nhostname from-a-folder\n")
    captures = samples(tmp_path)
    first, second = (fuzz(captures, 24, 5) for _ in range(2))
    assert (first.spoils, first.gaps, first.findings) == (second.spoils, second.gaps, second.findings)
    assert first.rounds["nxos"] == 24 // len(first.rounds)
