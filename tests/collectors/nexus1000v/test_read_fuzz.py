"""`read` never raises, whatever a capture holds, and a section that broke is a gap."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auditor.collectors.nexus1000v import read
from auditor.collectors.nexus1000v.read import SECTIONS
from tests.collectors.nexus1000v.configs import answer, capture
from tests.simulators.nxos import texts

COMMANDS = sorted(texts.answers())
GOOD = texts.answers()
LINES = [line for text in (*GOOD.values(), texts.POOR, texts.SWITCH) for line in text.split("\n") if line]
SCALARS = st.none() | st.booleans() | st.integers() | st.text(max_size=20)
KEYS = st.text(max_size=8)
JUNK = st.recursive(SCALARS, lambda below: st.lists(below) | st.dictionaries(KEYS, below), max_leaves=8)
BROKEN = st.lists(st.sampled_from(LINES) | st.text(max_size=40), max_size=60)
MIXED = BROKEN.map(lambda lines: "version 5.2\n" + "\n".join(lines) + "\n")


@given(JUNK, JUNK)
def test_any_body(commands: Any, snmp: Any) -> None:
    """A body of any shape gives a snapshot; what was not read is a gap."""
    snapshot = read(capture({"commands": commands, "snmp": snmp}))
    assert "redundancy" in snapshot.gaps
    assert "port_profiles" in snapshot.gaps


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.dictionaries(st.sampled_from(COMMANDS), MIXED, min_size=1), st.sampled_from(["nexus1000v", "nxos"]))
def test_any_lines(found: dict[str, str], platform: str) -> None:
    """Shuffled and broken lines in any command give plain JSON facts, and every top-level fact is there or a gap."""
    body = {"commands": {command: answer(text) for command, text in found.items()}}
    snapshot = read(capture(body, platform))
    json.dumps(snapshot.facts)
    if not snapshot.gaps.get("users"):
        assert "users" in snapshot.facts


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_any_cut(data: st.DataObject) -> None:
    """A configuration that ends anywhere is either refused as a whole or was cut between two lines."""
    at = data.draw(st.integers(0, len(texts.RUNNING)))
    snapshot = read(capture({"commands": {"show running-config": answer(texts.RUNNING[:at])}}))
    if not texts.RUNNING[:at].endswith("\n"):
        assert "cannot be trusted" in snapshot.gaps["port_profiles"]


def test_same_capture_same_snapshot() -> None:
    """`read` is pure: the same capture gives the same snapshot, byte for byte."""
    body = {"commands": {command: answer(text) for command, text in GOOD.items()}}
    first, second = (read(capture(body)) for _ in range(2))
    assert json.dumps([dict(first.facts), dict(first.sources), dict(first.gaps)]) == json.dumps(
        [dict(second.facts), dict(second.sources), dict(second.gaps)]
    )


def test_every_section_is_a_gap_when_nothing_was_read() -> None:
    """An empty capture knows nothing: every fact of every section is covered by a gap."""
    gaps = read(capture({})).gaps
    for section in SECTIONS:
        for path in section.paths:
            assert path in gaps or any(gap.startswith(f"{path}.") for gap in gaps), path


def test_published_configurations() -> None:
    """Configurations that others published, where they lie beside the repository, are read or refused as a whole."""
    for file in sorted((Path(__file__).parents[4] / "shared" / "samples").glob("n*/*.c*f*")):
        text = "version 9.3(8)\n" + file.read_text(errors="replace") + "\n"
        snapshot = read(capture({"commands": {"show running-config": answer(text)}}, "nxos"))
        assert not [reason for reason in snapshot.gaps.values() if "could not be understood" in reason], file.name


@pytest.mark.parametrize(
    ("text", "path", "words"),
    [
        ("".join(f"vlan {n}-4094\n" for n in range(2, 100)), "vlans", "VLAN lines"),
        ("".join(f"ip dhcp snooping vlan {n}\n" for n in range(2, 1500)), "dhcp_snooping", "more than"),
        (
            "".join(f"port-profile type vethernet p{n}\n  inherit port-profile p{n + 1}\n" for n in range(40)),
            "port_profiles[p0]",
            "levels",
        ),
    ],
    ids=["vlans", "lists", "chain"],
)
def test_text_that_grows_is_bounded(text: str, path: str, words: str) -> None:
    """A small text that would expand to a great deal of work ends as a gap."""
    snapshot = read(capture({"commands": {"show running-config": answer("version 5.2\n" + text)}}))
    assert words in snapshot.gaps[path]


def test_many_ports_end_as_a_gap() -> None:
    """A configuration with more ports than any switch has is refused, not expanded."""
    text = "version 5.2\n" + "".join(f"interface Vethernet{n}\n  shutdown\n" for n in range(20_001))
    snapshot = read(capture({"commands": {"show running-config": answer(text)}}))
    assert "more than" in snapshot.gaps["interfaces"]
