"""A captured profile: the same bytes from the same facts, no drift against its own host, readable back."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.domain import Snapshot, Source
from auditor.golden.capture import capture
from auditor.golden.profile import Golden, golden
from auditor.golden.schema import GoldenProfile
from auditor.golden.write import profile_text, scalar, text
from auditor.pipeline import read_capture
from auditor.yamlfile import parse
from tests.adversary.fuzz import samples

SNAPSHOTS = [
    one for one in (read_capture(c, Source("samples", "replay")) for c in samples()) if isinstance(one, Snapshot)
]
NAMES = [f"{one.platform}-{one.target}" for one in SNAPSHOTS]


def profile(snapshot: Snapshot) -> tuple[str, Golden, Mapping[str, Any]]:
    """The text of a captured profile, what is read back from it, and the host's own values."""
    taken = capture(snapshot)
    written = profile_text(taken, "test", f"Hosts like {snapshot.target}")
    return written, golden(parse(written).validate(GoldenProfile)), taken.values


@pytest.mark.parametrize("snapshot", SNAPSHOTS, ids=NAMES)
def test_a_fresh_profile_does_not_drift_from_its_host(snapshot: Snapshot) -> None:
    """Captured, written, read back and checked with the host's own values: no drift but what could not be read."""
    written, loaded, values = profile(snapshot)
    drift, unset = loaded.check(snapshot, values)
    assert [one for one in drift if one.change != "unknown"] == []
    assert unset == []
    assert written == profile(snapshot)[0]


@pytest.mark.parametrize("snapshot", SNAPSHOTS, ids=NAMES)
def test_without_values_nothing_is_claimed(snapshot: Snapshot) -> None:
    """A customisation without value is told as not compared; it is neither drift nor agreement."""
    _, loaded, values = profile(snapshot)
    drift, unset = loaded.check(snapshot, {})
    assert [one for one in drift if one.change != "unknown"] == []
    assert {one.name for one in unset} == set(values)


def test_twins_differ_only_where_they_differ() -> None:
    """Sample hosts were made alike but for what the samples spoilt: nothing else drifts between them."""
    hosts = {one.target: one for one in SNAPSHOTS if one.platform == "esxi"}
    first = hosts["esx-01.example.test"]
    _, loaded, _ = profile(first)
    found = {
        name: {one.path for one in loaded.check(host, {})[0] if one.change != "unknown"} for name, host in hosts.items()
    }
    ntp = {"time.ntp_servers"}
    assert found == {
        "esx-01.example.test": set(),
        "esx-02.example.test": ntp | {"services[TSM-SSH].running", "services[TSM-SSH].policy"},
        "esx-03.example.test": ntp
        | {"port_groups[Servers].security.promiscuous", "advanced[UserVars.ESXiShellTimeOut]"},
        "esx-04.example.test": ntp | {"lockdown.mode"},
    }


VALUES = st.recursive(
    st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda below: st.lists(below, max_size=4) | st.dictionaries(st.text(), below, max_size=4),
    max_leaves=12,
)


@settings(max_examples=300)
@given(st.dictionaries(st.text(), VALUES))
def test_what_is_written_is_read_back(data: dict[str, Any]) -> None:
    """Any nested data of text, numbers, lists and mappings survives writing and reading."""
    plain = data if not data else parse(text(data)).data
    assert plain == data


@pytest.mark.parametrize(
    "word", ["no", "0640", "12:30", "1e3", "~", "null", "a: b", "- x", "#c", "$x", "", " x", "x\n", "\u202e"]
)
def test_text_stays_text(word: str) -> None:
    """Words that YAML takes for something else are quoted."""
    assert parse(f"a: {scalar(word)}\n").data == {"a": word}


def test_dollars_of_a_host_are_no_customisations() -> None:
    """A value and a key that begin with a dollar are escaped, and mean themselves again when checked."""
    facts = {"advanced": {"$Key": "$value"}, "datastores": ["$a", "b"]}
    snapshot = Snapshot("t", "esxi", "s", SNAPSHOTS[0].taken_at, facts, {"": "test"})
    written, loaded, _ = profile(snapshot)
    assert "$$value" in written
    assert loaded.check(snapshot, {}) == ([], [])


def test_what_was_not_read_is_said_in_the_profile() -> None:
    """A gap is no fact of the profile, and stands in it as a comment with its reason."""
    snapshot = Snapshot(
        "t", "esxi", "s", SNAPSHOTS[0].taken_at, {"power_policy": "static"}, {"": "t"}, {"dns": "refused\n# x"}
    )
    written, _, _ = profile(snapshot)
    assert "# not read, so not in this profile: dns: refused # x\n" in written
    assert parse(written).data["facts"] == {"power_policy": "static"}


def test_samples_of_every_platform_took_part() -> None:
    """The tests above ran on every platform that samples exist of."""
    assert {one.platform for one in SNAPSHOTS} >= {"esxi", "dvs", "vcenter", "nexus1000v", "linux"}
