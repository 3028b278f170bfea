"""What becomes of verdicts, waivers and golden drift when facts change."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from auditor.changes.check import Checked
from auditor.domain import Status
from auditor.goldens import golden_of
from auditor.pipeline import Plan, judge_target
from auditor.waivers import End, Matcher, Scope, Waiver
from auditor.waivers.binding import Seen, bind
from tests.changes.making import AT, RULE, SSH, Severity, basis, checked, patch, plan

ROOT, ROOT_RULE = "/sshd/effective/permitrootlogin", "linux-ssh-no-root-login"
ASKED = datetime(2026, 1, 1, tzinfo=UTC)


def rules_of(found: Checked, kind: str) -> set[str]:
    return {one["rule"] for one in found.document["targets"][0]["findings"][kind]}


def waived(rule: str, name: str = "rhel-9-poor") -> Plan:
    """The plan with a waiver for what fails of a rule on a sample now."""
    one = basis(name)
    judged = judge_target(one.target, plan(), Matcher((), AT))
    labels: dict[str, str] = {}
    source = one.source.name
    bound = [
        bind(Seen(x.finding, "linux", source, x.planned.compiled.version, labels))
        for x in judged
        if x.finding.rule == rule and x.finding.status is Status.FAIL
    ]
    asked = Waiver(
        "W-1", rule, Scope((one.target.name,)), "the vendor needs it", "web team", ASKED, End("2030-01-01", "UTC")
    )
    return replace(plan(), waivers=(asked.approve("security office", ASKED, bound),))


def test_verdicts_are_told_apart_by_what_they_were() -> None:
    """Newly failing, newly passing, still failing, no longer known; the line is named; the gate is at or above."""
    worse = checked(patch(("replace", SSH, "yes"), ("replace", ROOT, "yes")))
    assert {RULE, ROOT_RULE} <= rules_of(worse, "newly_failing")
    assert "linux-ssh-startups-limited" in rules_of(worse, "newly_unknown")
    assert (worse.fails, worse.untold) == (True, True)
    (fact,) = [x for x in worse.document["targets"][0]["facts"] if x["path"] == "sshd.effective[permitemptypasswords]"]
    assert (fact["before"], fact["after"], fact["why"][0]["where"]) == ("no", "yes", "p.json:2")
    found = worse.document["targets"][0]["findings"]["newly_failing"]
    assert [one["severity"] for one in found] == ["high", "medium"]  # the worst first
    assert found[0]["was"] == "pass"
    better = checked(patch(("replace", ROOT, "no")), bases=(basis("rhel-9-poor"),))
    assert ROOT_RULE in rules_of(better, "newly_passing")
    assert "linux-ssh-no-x11" in rules_of(better, "still_failing") or rules_of(better, "still_failing")
    assert not better.fails


def test_the_gate_takes_what_is_at_or_above_a_severity() -> None:
    """A medium failure does not gate from high on; high does, and from medium on both do."""
    only = patch(("replace", ROOT, "yes"))
    assert [checked(only, fail_on=x).fails for x in (Severity.MEDIUM, Severity.HIGH)] == [True, False]
    assert [checked(patch(("replace", SSH, "yes")), fail_on=x).fails for x in (Severity.HIGH, Severity.CRITICAL)] == [
        True,
        False,
    ]


def test_a_change_of_nothing_changes_nothing() -> None:
    """A value that is there already: no fact, no verdict, no gate."""
    found = checked(patch(("replace", "/hostname", basis().target.snapshot.facts["hostname"])))  # type: ignore[union-attr]
    one = found.document["targets"][0]
    assert (one["facts"], found.fails, found.untold) == ([], False, False)
    assert not any(one["findings"][kind] for kind in ("newly_failing", "newly_passing", "newly_unknown"))


def test_a_waiver_reopens_when_the_value_becomes_another() -> None:
    """It was approved for one value: another one, that fails too, reopens it and gates; one that passes makes it
    needless; one that nobody can tell lapses it.
    """
    poor = (basis("rhel-9-poor"),)
    fates: dict[str, Any] = {}
    for value in ("yes", "no"):
        found = checked(patch(("replace", ROOT, value)), bases=poor, rules=waived(ROOT_RULE), fail_on=Severity.MEDIUM)
        fates[value] = ([w["fate"] for w in found.document["targets"][0]["waivers"]], found.fails)
    assert fates == {"yes": (["reopens"], True), "no": (["needless"], False)}
    same = checked(patch(("replace", "/hostname", "x")), bases=poor, rules=waived(ROOT_RULE), fail_on=Severity.MEDIUM)
    assert (same.document["targets"][0]["waivers"], same.fails) == ([], False)
    rule = "linux-ssh-startups-limited"
    found = checked(patch(("replace", ROOT, "no")), bases=poor, rules=waived(rule))
    assert [w["fate"] for w in found.document["targets"][0]["waivers"]] == ["lapses"]


def test_golden_drift_comes_and_goes() -> None:
    """What a profile demands and the change breaks, and what it mends."""
    name = basis().target.snapshot.facts["hostname"]  # type: ignore[union-attr]
    text = f"golden: web\ntitle: T\nfor: {{platform: linux}}\nfacts:\n  hostname: {name}\n  virtualisation: never\n"
    rules = replace(plan(), goldens=(golden_of(text, "web.yaml"),))
    found = checked(patch(("replace", "/hostname", "x"), ("replace", "/virtualisation", "never")), rules=rules)
    drift = found.document["targets"][0]["drift"]
    assert [(x["path"], x["actual"]) for x in drift["added"]] == [("hostname", "x")]
    assert [x["path"] for x in drift["removed"]] == ["virtualisation"]
    assert found.document["summary"]["drift_added"] == 1
