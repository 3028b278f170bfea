"""The comparison: drift is empty exactly when the compared facts mean the same, and each drift is at its path."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.domain import ABSENT, Snapshot
from auditor.facts.semantics import AS_SET, ORDERED, Compare
from auditor.golden.compare import Comparison, Policy
from auditor.golden.equality import equal, number
from auditor.golden.meaning import meaning_of

WHEN = datetime(2026, 1, 1, tzinfo=UTC)


def esxi(facts: dict[str, Any], **more: Any) -> Snapshot:
    """A snapshot of a host."""
    more.setdefault("sources", {"": "test"})
    return Snapshot("esx", "esxi", "s", WHEN, facts, **more)


def drifts(expected: dict[str, Any], snapshot: Snapshot, **policy: Any) -> list[tuple[str, str]]:
    """(path, change) of every drift."""
    return [(d.path, d.change) for d in Comparison(snapshot, Policy(**policy)).drifts(expected)]


def test_only_what_is_expected_is_compared() -> None:
    """A partial profile says nothing about the rest."""
    seen = esxi({"dns": {"servers": ["a"], "domain": "x"}, "power_policy": "static"})
    assert drifts({"dns": {"domain": "x"}}, seen) == []
    assert drifts({"dns": {"domain": "y"}}, seen) == [("dns.domain", "changed")]


def test_missing_extra_changed_and_reordered_are_different() -> None:
    """Each kind of difference has its own word and its own path."""
    seen = esxi({"services": {"ntpd": {"running": True}, "TSM": {"running": True}}, "dns": {"servers": ["b", "a"]}})
    expected = {"services": {"ntpd": {"running": False}, "vpxa": {"running": True}}, "dns": {"servers": ["a", "b"]}}
    assert sorted(drifts(expected, seen)) == [
        ("dns.servers", "reordered"),
        ("services[TSM]", "extra"),
        ("services[ntpd].running", "changed"),
        ("services[vpxa]", "missing"),
    ]


def test_extra_members_may_be_welcome() -> None:
    """A place that is open for more reports no extra members, and still reports what is missing or changed."""
    seen = esxi({"services": {"TSM": {"running": True}}})
    assert drifts({"services": {"ntpd": {"running": True}}}, seen, extra=frozenset({"services"})) == [
        ("services[ntpd]", "missing")
    ]


def test_sets_have_no_order_and_say_which_member() -> None:
    """Members of a set are missing or extra one by one."""
    seen = esxi({"syslog": {"hosts": ["b", "c"]}})
    assert drifts({"syslog": {"hosts": ["a", "b"]}}, seen) == [
        ("syslog.hosts[a]", "missing"),
        ("syslog.hosts[c]", "extra"),
    ]
    assert drifts({"syslog": {"hosts": ["c", "b", "b"]}}, seen) == []


def test_keys_of_options_have_no_case() -> None:
    """An option spelt in other letters is the same option, and the drift names the host's spelling."""
    seen = esxi({"advanced": {"UserVars.ESXiShellTimeout": 600}})
    assert drifts({"advanced": {"UserVars.ESXiShellTimeOut": 600}}, seen) == []
    assert drifts({"advanced": {"uservars.esxishelltimeout": 0}}, seen) == [
        ("advanced[UserVars.ESXiShellTimeout]", "changed")
    ]


def test_a_gap_is_unknown_and_never_equal() -> None:
    """What could not be read is unknown drift with the reason: of a fact, of all above it, of a hidden member."""
    blind = esxi({"dns": {}}, gaps={"dns": "refused"})
    assert drifts({"dns": {"domain": "x"}}, blind) == [("dns", "unknown")]
    part = esxi({"services": {"ntpd": {}}}, gaps={"services[ntpd].running": "refused"})
    assert drifts({"services": {"ntpd": {"running": True}}}, part) == [("services[ntpd].running", "unknown")]
    hidden = esxi({"services": {"ntpd": {}}}, gaps={"services[other]": "refused"})
    assert drifts({"services": {"ntpd": {}}}, hidden) == [("services[other]", "unknown")]
    named = esxi({"services": {"ntpd": {}, "other": {}}}, gaps={"services[other]": "refused"})
    assert drifts({"services": {"ntpd": {}}}, named) == [("services[other]", "unknown")]


def test_what_nobody_looked_at_is_unknown() -> None:
    """Absent counts as missing only where a source says that somebody looked."""
    elsewhere = esxi({}, sources={"time": "HostSystem"})
    assert drifts({"dns": {"domain": "x"}, "time": {"timezone": "UTC"}}, elsewhere) == [
        ("dns", "unknown"),
        ("time", "missing"),
    ]


def test_must_be_absent() -> None:
    """A fact that must not be there is extra when it is, and unknown where nobody looked."""
    expected: dict[str, Any] = {"services": ABSENT}
    assert drifts(expected, esxi({"services": {"x": {}}})) == [("services", "extra")]
    assert drifts(expected, esxi({"services": {}})) == []
    assert drifts(expected, esxi({}, sources={"time": "t"})) == [("services", "unknown")]


def test_ignored_and_per_host_facts() -> None:
    """Facts that are ignored by nature never drift; those per host only where identities count."""
    first = {"cluster": {"hosts": 3}, "hardware": {"uuid": "a"}}
    seen = esxi({"cluster": {"hosts": 4}, "hardware": {"uuid": "b"}})
    assert drifts(first, seen) == [("hardware.uuid", "changed")]
    assert drifts(first, seen, identities=False) == []


@pytest.mark.parametrize(
    ("expected", "actual", "compare", "same"),
    [
        (5, 5, Compare(), True),
        (5, "5", Compare(), False),
        (True, 1, Compare(), False),
        ("8.0.3", "8.0.3.0", Compare("version"), True),
        ("0640", "640", Compare("mode"), True),
        ("/a//b/", "/a/b", Compare("path"), True),
        ("X", "x", Compare(fold=True), True),
        ("X", "x", Compare(), False),
        (900, 905, Compare("number", tolerance=5), True),
        (900, 906, Compare("number", tolerance=5), False),
        ("15min", 900, Compare("number", unit="s"), True),
        ("15min", 901, Compare("number", unit="s"), False),
        ("2GiB", 2048, Compare("number", unit="MiB"), True),
        ("2 parsecs", 2, Compare("number", unit="s"), False),
        (1 << 60, (1 << 60) + 1, Compare("number"), False),
    ],
)
def test_equality_by_kind(expected: Any, actual: Any, compare: Compare, same: bool) -> None:
    """Values are equal by the kind of their fact."""
    assert equal(expected, actual, compare) is same


def test_what_a_model_says_of_its_facts() -> None:
    """Annotations are found through optional types, nested lists and mappings."""
    host = meaning_of("esxi")
    assert host.fields["dns"].fields["servers"].compare == ORDERED
    assert host.fields["syslog"].fields["hosts"].compare == AS_SET
    assert host.fields["advanced"].compare.fold
    assert host.fields["services"].shape == "map"
    assert meaning_of("nexus1000v").fields["users"].shape == "map"


FACTS = st.fixed_dictionaries(
    {},
    optional={
        "power_policy": st.sampled_from(["static", "dynamic"]),
        "datastores": st.lists(st.sampled_from("abc"), max_size=3),
        "dns": st.fixed_dictionaries({}, optional={"servers": st.lists(st.sampled_from("abc"), max_size=3)}),
        "advanced": st.dictionaries(
            st.sampled_from(["Key.A", "key.b", "C"]), st.integers(0, 2) | st.sampled_from("xy")
        ),
        "services": st.dictionaries(
            st.sampled_from("pqr"), st.fixed_dictionaries({}, optional={"running": st.booleans()})
        ),
    },
)


def meant(facts: dict[str, Any]) -> Any:
    """The same facts in one form, written without the code under test."""
    out: dict[str, Any] = {}
    if "power_policy" in facts:
        out["power_policy"] = facts["power_policy"]
    if facts.get("datastores"):
        out["datastores"] = frozenset(facts["datastores"])
    if facts.get("dns", {}).get("servers"):
        out["dns"] = tuple(facts["dns"]["servers"])
    if facts.get("advanced"):
        out["advanced"] = {k.lower(): (type(v).__name__, v) for k, v in facts["advanced"].items()}
    if facts.get("services"):
        out["services"] = {k: tuple(v.items()) for k, v in facts["services"].items()}
    return out


def whole(facts: dict[str, Any]) -> dict[str, Any]:
    """An expectation that names everything: what is not there must be absent."""
    named = dict.fromkeys(("power_policy", "datastores", "dns", "advanced", "services"), ABSENT)
    kept = {name: value for name, value in facts.items() if value not in ([], {}, {"servers": []})}
    for service in (kept.get("services") or {}).values():
        service.setdefault("running", ABSENT)
    return {**named, **kept}


@settings(max_examples=400)
@given(FACTS, FACTS)
def test_no_drift_exactly_when_the_facts_mean_the_same(expected: dict[str, Any], actual: dict[str, Any]) -> None:
    """Drift is empty if and only if both sides are equal under the declared semantics."""
    same = meant(expected) == meant(actual)
    assert (drifts(whole(expected), esxi(actual)) == []) is same


@given(st.integers(-(10**12), 10**12))
def test_a_number_is_itself(value: int) -> None:
    """A plain number is no quantity of a unit."""
    assert number(value, "s") == value
