"""What holds of every change: a configuration merged into itself changes nothing, `no` takes a line back, any text is
either foretold or refused with its line, and a long candidate is like a short one.
"""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from auditor.changes import nxos
from auditor.changes.candidate import Candidate
from auditor.changes.load import candidate_of
from auditor.changes.model import Edited
from auditor.collectors.nexus1000v import read
from auditor.domain import Capture
from auditor.errors import InputError, faults_in
from auditor.evidence import redaction
from tests.changes.nxos import captures
from tests.changes.nxos.leaf_changes import LEAF
from tests.changes.nxos.vsm_changes import VSM
from tests.simulators.nxos import texts

_FAST = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module", autouse=True)
def _key() -> Iterator[None]:
    patch = pytest.MonkeyPatch()
    patch.setenv(redaction.KEY_VARIABLE, "a key that only these tests use 0123")
    redaction.redactor.cache_clear()
    yield
    patch.undo()
    redaction.redactor.cache_clear()


@pytest.fixture(scope="module")
def leaf(_key: None) -> Capture:
    return captures.leaf()


@pytest.fixture(scope="module")
def vsm(_key: None) -> Capture:
    return captures.vsm()


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("kind", ["leaf", "vsm"])
def test_a_configuration_merged_into_itself_changes_nothing(
    kind: str, whole: bool, request: pytest.FixtureRequest
) -> None:
    """Typed line by line, or taken as a whole: every fact stays, nothing is unknown, and it counts as saved."""
    capture: Capture = request.getfixturevalue(kind)
    text = texts.LEAF if kind == "leaf" else texts.RUNNING
    found = captures.edited(capture, text if whole else text.replace("\nversion ", "\n! version "))
    after = captures.facts_after(capture, found)
    assert (after.facts, after.gaps) == (read(capture).facts, read(capture).gaps)
    assert not found.unknown
    assert captures.rows(captures.running(found.body)) == captures.rows(captures.running(capture.body))


_NAME = st.text("abcdefghij", min_size=3, max_size=9)
_ADDRESS = st.integers(100, 250).map(lambda number: f"198.51.100.{number}")
_NEW_LINES = st.one_of(
    _ADDRESS.map(lambda host: f"ntp server {host} use-vrf management"),
    _ADDRESS.map(lambda host: f"logging server {host} 6 use-vrf management"),
    _ADDRESS.map(lambda host: f"snmp-server host {host} traps version 2c reading"),
    _NAME.map(lambda name: f"crypto ca trustpoint ca-{name}"),
    _NAME.map(lambda name: f"ip access-list list-{name}"),
    _NAME.map(lambda name: f"aaa group server tacacs+ group-{name}"),
    _NAME.map(lambda name: f"event manager applet job-{name}"),
    st.integers(2, 250).map(lambda number: f"vlan {number}"),
    st.sampled_from(["feature lldp", "uufb enable", "spanning-tree port type edge default", "login on-failure log"]),
    _NAME.map(lambda name: f"snmp-server community c-{name} group network-operator"),
    _NAME.map(lambda name: f"port-profile type ethernet profile-{name}"),
    st.integers(11, 90).map(lambda number: f"interface loopback{number}"),
)


@_FAST
@given(lines=st.lists(_NEW_LINES, min_size=1, max_size=8, unique=True))
def test_no_takes_back_what_was_set(leaf: Capture, lines: list[str]) -> None:
    """What is set and then taken back in the same change leaves the lines and facts as they were."""
    there = captures.rows(captures.running(leaf.body))
    lines = [line for line in lines if (line,) not in there]
    assume(lines)
    text = "\n".join([*lines, *(f"no {line}" for line in reversed(lines))])
    found = captures.edited(leaf, text)
    assert captures.rows(captures.running(found.body)) == there
    ours, theirs = captures.facts_after(leaf, found).facts, read(leaf).facts
    assert {**ours, "config": None} == {**theirs, "config": None}


_WORDS = sorted({word for text in (*LEAF.values(), *VSM.values()) for word in text.split()})
_LINE = st.lists(st.sampled_from([*_WORDS, "no", "default", "5000", "-1", "none", "exit", "end", "^C", "#", "range"]),
                 max_size=7).map(" ".join)  # fmt: skip
_SOUP = st.lists(st.tuples(st.sampled_from(["", " ", "  ", "    "]), _LINE).map("".join), max_size=25).map("\n".join)
_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=300)


def _edited(capture: Capture, candidate: Candidate) -> Edited | InputError:
    try:
        return nxos.edit(capture, candidate)
    except InputError as problem:
        return problem


@_FAST
@given(text=st.one_of(_SOUP, _TEXT, st.tuples(_SOUP, _TEXT).map("\n".join)))
def test_any_text_is_foretold_or_refused_with_its_line(leaf: Capture, vsm: Capture, text: str) -> None:
    """Nothing but an input error ever comes of a candidate; what it does not refuse can be read again."""
    try:
        candidate = nxos.clean(candidate_of("any.cfg", text.encode()))
    except InputError:
        return
    assert candidate.kind != "text" or len(candidate.only.lines) == len(text.removesuffix("\n").split("\n"))
    if candidate.kind != "text":
        assert candidate.kind == "patch" or nxos.refusal("nxos", candidate) or candidate.kind == "golden"
        return
    for capture in (leaf, vsm):
        found = _edited(capture, candidate)
        if isinstance(found, InputError):
            assert all(fault.where and ":" in str(fault.where) for fault in faults_in(found))
            continue
        after = captures.facts_after(capture, found)
        assert "interfaces" in after.facts
        list(nxos.risks(read(capture), after, candidate, found))


def test_fifty_thousand_lines_are_foretold(leaf: Capture) -> None:
    """A long candidate: entries of a list, servers that come and go, ranges of ports; each line has its effect."""
    lines = ["ip access-list long"]
    lines += [f"  permit tcp 10.{n >> 8 & 255}.{n & 255}.0/24 any eq {n % 60000 + 1}" for n in range(20_000)]
    lines += [f"ntp server 10.9.{n >> 8}.{n & 255} use-vrf management" for n in range(8_000)]
    lines += [f"no ntp server 10.9.{n >> 8}.{n & 255}" for n in range(8_000)]
    for _ in range(3_500):
        lines += ["interface Ethernet1/1-4, Ethernet1/7", "  description one of many", "  no cdp enable"]
    lines += ["ip access-list long"] + [f"  no {n * 10}" for n in range(1, 3_500)]
    assert len(lines) >= 50_000
    found = captures.edited(leaf, "\n".join(lines))
    after = captures.facts_after(leaf, found).facts
    assert after["acls"]["long"]["entries"] == 20_000 - 3_499
    assert sorted(after["ntp"]["servers"]) == ["192.0.2.41", "192.0.2.42"]
    assert after["interfaces"]["Ethernet1/7"]["description"] == "one of many"


def test_a_long_line_of_unknown_words_is_no_trouble(leaf: Capture) -> None:
    """Three thousand lines that nobody knows, and a line of a hundred thousand characters."""
    text = "\n".join(f"frobnicate {n}" for n in range(3_000))
    with pytest.raises(InputError):
        captures.edited(leaf, "description " + "x " * 50_000 + "\n" + text)
    found = captures.edited(leaf, text)
    assert {one.path for one in found.unknown} >= {"ntp", "interfaces", "acls"}
