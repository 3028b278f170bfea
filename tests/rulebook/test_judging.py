"""How a rule becomes findings: absence, gaps, subjects, branches, evidence."""

from datetime import UTC, datetime
from typing import Any

import pytest

from auditor.domain import ABSENT, Finding, GapValue, Snapshot, Status
from auditor.facts import FoldedDict
from auditor.rulebook.compile import RuleError, compile_rule
from auditor.rulebook.schema import Rule

MOMENT = datetime(2026, 1, 1, tzinfo=UTC)


def make(**body: Any) -> Rule:
    """A rule with the texts that do not matter here."""
    base = {
        "id": "esxi-rule-x",
        "title": "A rule of the tests",
        "severity": "medium",
        "applies_to": {"platform": "esxi"},
        "family": "IA-AUTHN",
        "references": {"nist-800-53": ["AC-7"]},
        "rationale": "Because the tests need a rule.",
        "fix": "None needed.",
    }
    return Rule.model_validate({**base, **body})


def snap(facts: dict[str, Any], gaps: dict[str, str] | None = None, version: str = "8.0.3") -> Snapshot:
    """A snapshot of one host."""
    facts = {k: FoldedDict(v) if k == "advanced" else v for k, v in facts.items()}
    sources = {"": "everything", "advanced": "config.option", "port_groups": "config.network.portgroup"}
    return Snapshot("esx1", "esxi", "vc", MOMENT, facts, sources, gaps or {}, version)


def run(rule: Rule, snapshot: Snapshot, **parameters: Any) -> list[Finding]:
    """The findings of `rule`."""
    return list(compile_rule(rule, parameters).judge(snapshot))


LOCK = {"advanced[Security.AccountLockFailures]": {"between": [1, 5]}}


def test_value_absence_and_gap_are_three_things() -> None:
    """A value is judged, absence is a failure by default, a gap is unknown; each is observed as what it is."""
    rule = make(expect=LOCK)
    value = run(rule, snap({"advanced": {"Security.AccountLockFailures": 5}}))[0]
    assert (value.status, value.observations[0].actual) == (Status.PASS, 5)
    missing = run(rule, snap({"advanced": {}}))[0]
    assert (missing.status, missing.observations[0].actual) == (Status.FAIL, ABSENT)
    gapped = run(rule, snap({}, {"advanced": "NoPermission"}))[0]
    assert (gapped.status, gapped.reason) == (Status.UNKNOWN, "NoPermission")
    assert gapped.observations[0].actual == GapValue("NoPermission")


def test_gap_on_one_key_leaves_the_others_judged() -> None:
    """A gap covers its path and what is below it, nothing beside it."""
    facts = {"advanced": {"Security.AccountLockFailures": 5}}
    rule = make(expect=LOCK)
    assert run(rule, snap(facts, {"advanced[Other.Key]": "lost"}))[0].status is Status.PASS
    assert run(rule, snap(facts, {"advanced[Security.AccountLockFailures]": "lost"}))[0].status is Status.UNKNOWN


def test_gap_inside_a_list_makes_the_whole_list_unknown() -> None:
    """A constraint on a whole mapping cannot be judged when a part of it was not read."""
    rule = make(expect={"services": {"count": {"at_least": 1}}})
    facts = {"services": {"TSM": {"running": False}}}
    assert run(rule, snap(facts))[0].status is Status.PASS
    assert run(rule, snap(facts, {"services[ntpd].running": "timeout"}))[0].status is Status.UNKNOWN


def test_option_keys_ignore_letter_case() -> None:
    """ESXi spells one option in several ways; all are the same option."""
    assert run(make(expect=LOCK), snap({"advanced": {"security.accountlockfailures": 3}}))[0].status is Status.PASS


def test_evidence_names_path_expected_actual_and_source() -> None:
    """An observation says what was looked at, what was wanted, what was seen, and where it came from."""
    observation = run(make(expect=LOCK), snap({"advanced": {"Security.AccountLockFailures": 9}}))[0].observations[0]
    assert observation == ("advanced[Security.AccountLockFailures]", "between 1 and 5", 9, "config.option")


def test_default_per_version_decides_what_absence_means() -> None:
    """Absent can mean a value in force, not applicable, or nothing known: it depends on the version."""
    rule = make(
        expect=LOCK,
        absent={"versions": {"<6.0": "notapplicable", ">=6.0,<7": {"default": 10}, ">=7,<8": {"default": 5}}},
    )
    results = {v: run(rule, snap({"advanced": {}}, version=v))[0].status for v in ("5.5", "6.7", "7.0.3", "8.0", "")}
    assert results == {
        "5.5": Status.NOTAPPLICABLE,
        "6.7": Status.FAIL,
        "7.0.3": Status.PASS,
        "8.0": Status.UNKNOWN,
        "": Status.UNKNOWN,
    }


GROUPS = {
    "Management": {"vlan": 10, "security": {"promiscuous": False, "forged_transmits": False}},
    "Trunk": {"vlan": 4095, "security": {"promiscuous": True, "forged_transmits": False}},
}
EACH = {"for_each": "port_groups", "expect": {".security.promiscuous": False}}


def test_each_subject_has_its_own_finding() -> None:
    """for_each judges every member, and names it."""
    found = run(make(**EACH), snap({"port_groups": GROUPS}))
    assert {f.subject: f.status for f in found} == {"Management": Status.PASS, "Trunk": Status.FAIL}
    assert found[1].observations[0].path == "port_groups[Trunk].security.promiscuous"
    assert found[1].observations[0].source == "config.network.portgroup"


def test_nothing_to_judge_is_not_applicable_with_a_reason() -> None:
    """A for_each that matched nothing never passes silently."""
    none = run(make(**EACH), snap({"port_groups": {}}))
    assert [(f.status, f.reason) for f in none] == [(Status.NOTAPPLICABLE, "this target has no port_groups")]
    filtered = run(make(**EACH, where={".vlan": 1}), snap({"port_groups": GROUPS}))[0]
    assert (filtered.status, filtered.reason) == (
        Status.NOTAPPLICABLE,
        "none of the 2 port_groups is meant by this rule",
    )


def test_gapped_list_or_where_is_one_unknown_without_subject() -> None:
    """When it cannot be told which members are meant, the rule is unknown once."""
    rule = make(**EACH, where={".vlan": {"none_of": [4095]}})
    listed = run(rule, snap({}, {"port_groups": "lost"}))
    assert [(f.status, f.subject) for f in listed] == [(Status.UNKNOWN, None)]
    chosen = run(rule, snap({"port_groups": GROUPS}, {"port_groups[Trunk].vlan": "lost"}))
    assert [(f.status, f.subject) for f in chosen] == [(Status.UNKNOWN, None)]


def test_gap_of_one_member_leaves_the_other_members_judged() -> None:
    """A fact lost on one port group does not hide the verdicts of the others."""
    found = run(make(**EACH), snap({"port_groups": GROUPS}, {"port_groups[Management].security": "lost"}))
    assert {f.subject: f.status for f in found} == {"Management": Status.UNKNOWN, "Trunk": Status.FAIL}


def test_a_member_that_its_key_excludes_hides_nothing() -> None:
    """The key is known also of a member that could not be read: one file refused left no other judged once."""
    rule = make(for_each="port_groups", where={"@key": {"matches": "^A"}}, expect={".security.promiscuous": False})
    groups = {"A1": {"security": {"promiscuous": False}}, "A2": {}, "B": {}}
    gaps = {"port_groups[B]": "refused", "port_groups[A2]": "refused"}
    found = run(rule, snap({"port_groups": groups}, gaps))
    assert [(f.subject, f.status) for f in found] == [("A1", Status.PASS), ("A2", Status.UNKNOWN)]


def test_member_names_with_dots_and_brackets_keep_their_evidence() -> None:
    """A port group may be called anything; its source and gaps are still found."""
    facts = {"port_groups": {"a.b[c]": {"security": {"promiscuous": False}}}}
    found = run(make(**EACH), snap(facts))[0]
    assert (found.status, found.observations[0].source) == (Status.PASS, "config.network.portgroup")


@pytest.mark.parametrize(
    ("facts", "gaps", "status"),
    [
        ({"a": 1, "b": 9}, {}, Status.PASS),
        ({"a": 9, "b": 2}, {}, Status.PASS),
        ({"a": 9, "b": 9}, {}, Status.FAIL),
        ({"a": 9}, {"advanced[b]": "lost"}, Status.UNKNOWN),
        ({"a": 1}, {"advanced[b]": "lost"}, Status.PASS),
        ({}, {}, Status.FAIL),
    ],
)
def test_any_of_passes_by_one_branch(facts: dict[str, int], gaps: dict[str, str], status: Status) -> None:
    """One good branch is enough; else a gapped branch makes it unknown; else it fails."""
    rule = make(any_of=[{"advanced[a]": 1}, {"advanced[b]": 2}])
    assert run(rule, snap({"advanced": facts}, gaps))[0].status is status


def test_fail_beats_unknown_beats_pass() -> None:
    """Within a finding the worst that is certain counts."""
    rule = make(expect={"advanced[a]": 1, "advanced[b]": 2})
    lost = {"advanced[b]": "lost"}
    assert run(rule, snap({"advanced": {"a": 9}}, lost))[0].status is Status.FAIL
    assert run(rule, snap({"advanced": {"a": 1}}, lost))[0].status is Status.UNKNOWN


def test_version_out_of_range_is_not_applicable_and_unread_version_unknown() -> None:
    """applies_to never hides a target: out of range says why, an unread version is unknown."""
    rule = make(expect=LOCK, applies_to={"platform": "esxi", "version": ">=6.7"})
    good = {"advanced": {"Security.AccountLockFailures": 5}}
    assert run(rule, snap(good, version="6.5"))[0].status is Status.NOTAPPLICABLE
    assert run(rule, snap(good, version=""))[0].status is Status.UNKNOWN
    assert run(rule, snap(good, version="6.7"))[0].status is Status.PASS


def test_unset_parameter_is_not_checked() -> None:
    """A rule that waits for a site's value says so and counts as neither pass nor fail."""
    found = run(make(expect={"advanced[a]": {"one_of": "$hosts"}}), snap({}), hosts=None)[0]
    assert (found.status, "hosts" in found.reason) == (Status.NOTCHECKED, True)


def test_parameter_changes_the_rule_version() -> None:
    """The version is the hash of what decides the verdict: parameters do, texts do not."""
    rule = make(expect={"advanced[a]": {"at_most": "$limit"}})
    same = make(expect={"advanced[a]": {"at_most": "$limit"}}, fix="Other words for it.")
    assert compile_rule(rule, {"limit": 5}).version == compile_rule(same, {"limit": 5}).version
    assert compile_rule(rule, {"limit": 5}).version != compile_rule(rule, {"limit": 6}).version


@pytest.mark.parametrize(
    ("body", "loc"),
    [
        ({"expect": {"advancd[a]": 1}}, ("expect", "advancd[a]")),
        ({"expect": {"services[TSM].runing": True}}, ("expect", "services[TSM].runing")),
        ({"expect": {"services.TSM.running": True}}, ("expect", "services.TSM.running")),
        ({"expect": {".vlan": 1}}, ("expect", ".vlan")),
        ({"expect": {"advanced[a]": {"at_leest": 1}}}, ("expect", "advanced[a]", "at_leest")),
        ({"expect": {"advanced[a]": {"equals": 1, "absent": "maybe"}}}, ("expect", "advanced[a]", "absent")),
        ({"for_each": "lockdown", "expect": {".mode": "x"}}, ("for_each",)),
        ({"for_each": "port_groups", "subject": "x", "expect": {".vlan": 1}}, ("subject",)),
    ],
)
def test_typo_is_an_error_at_its_place(body: dict[str, Any], loc: tuple[str, ...]) -> None:
    """A path or operator that does not exist is refused when the rule is loaded, and the place is named."""
    with pytest.raises(RuleError) as caught:
        compile_rule(make(**body), {})
    assert caught.value.loc == loc


def test_absence_without_a_source_is_unknown() -> None:
    """A fact is only absent where a collector says that it looked; else nobody knows."""
    facts = {"lockdown": {"mode": "lockdownNormal"}}
    looked = Snapshot("h", "esxi", "vc", MOMENT, facts, {"lockdown": "config.lockdownMode"}, {}, "8.0")
    assert run(make(expect={"lockdown.exceptions": {"present": True}}), looked)[0].status is Status.FAIL
    assert run(make(expect={"dns.domain": {"present": True}}), looked)[0].status is Status.UNKNOWN
    assert run(make(expect={"dns.domain": {"absent": True}}), looked)[0].status is Status.UNKNOWN
    assert [f.status for f in run(make(**EACH), looked)] == [Status.UNKNOWN]
