"""Tailorings from the command line: what they change, and that a name without meaning is an error with its line."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.running import Done, auditor
from tests.cli.test_commands import LOCAL

RULES = """
baseline: mine
title: Rules of a test
version: "1"
parameters:
  wanted_name: {type: string, title: Name of the host, default: no-host-is-called-this}
rules:
  - id: linux-name-wanted
    title: The host has the wanted name
    severity: high
    applies_to: {platform: linux}
    expect: {hostname: $wanted_name}
    family: CFG-HARDEN
    references: {nist-800-53: [CM-6]}
    rationale: A test needs a verdict that is known beforehand.
    fix: Nothing to fix here.
  - id: linux-name-there
    title: The host has a name at all
    severity: low
    applies_to: {platform: linux}
    expect: {hostname: {present: true}}
    family: CFG-HARDEN
    references: {nist-800-53: [CM-6]}
    rationale: A test needs a verdict that is known beforehand.
    fix: Nothing to fix here.
"""


def run(folder: Path, tailoring: str) -> Done:
    """An audit of this machine with two rules, of which the first fails unless it is tailored."""
    (folder / "inventory.yaml").write_text(LOCAL)
    (folder / "mine.yaml").write_text(RULES)
    (folder / "site.yaml").write_text("tailoring: site\ntitle: A test\n" + tailoring)
    return auditor(
        folder,
        "audit",
        "-i",
        "inventory.yaml",
        "-b",
        "mine.yaml",
        "--tailoring",
        "site.yaml",
        "-f",
        "json",
        "-o",
        "out",
    )


def statuses(done: Done) -> dict[str, str]:
    """Status by rule."""
    return {one["rule"]: one["status"] for one in done.audit()["findings"]}


def finding(done: Done, rule: str) -> dict[str, Any]:
    """The one finding of a rule."""
    found: dict[str, Any]
    (found,) = [one for one in done.audit()["findings"] if one["rule"] == rule]
    return found


def test_a_parameter_is_set_and_recorded(tmp_path: Path) -> None:
    """The value of the tailoring decides, the rule's version changes with it, and the report carries all of it."""
    (tmp_path / "a").mkdir()
    plain = run(tmp_path / "a", "rules: {linux-name-there: {severity: medium}}\n")
    (tmp_path / "b").mkdir()
    name = plain.audit()["findings"][1]["observations"][0]["actual"]
    tailored = run(tmp_path / "b", f"parameters: {{wanted_name: {json.dumps(name)}}}\n")
    assert statuses(plain) == {"linux-name-wanted": "fail", "linux-name-there": "pass"}
    assert finding(plain, "linux-name-there")["severity"] == "medium"
    assert statuses(tailored) == {"linux-name-wanted": "pass", "linux-name-there": "pass"}
    assert finding(plain, "linux-name-wanted")["rule_version"] != finding(tailored, "linux-name-wanted")["rule_version"]
    entry = tailored.audit()["run"]["tailoring"]
    assert entry["id"] == "site"
    assert entry["parameters"] == {"wanted_name": name}
    assert len(entry["sha256"]) == 64


def test_left_out_rules_stay_in_sight(tmp_path: Path) -> None:
    """A rule that is left out is notchecked with the reason given, and not in the score."""
    done = run(tmp_path, "rules: {linux-name-wanted: {leave_out: Names are given by the provider}}\n")
    left = finding(done, "linux-name-wanted")
    assert (left["status"], done.status) == ("notchecked", 0)
    assert "Names are given by the provider" in left["reason"]
    assert done.audit()["score"]["notchecked"] == 1


def test_only_the_chosen_rules_are_judged(tmp_path: Path) -> None:
    """`only` leaves everything else out of the run, and the report says that it did."""
    done = run(tmp_path, "only: ['linux-name-th*']\n")
    assert statuses(done) == {"linux-name-there": "pass"}
    assert done.audit()["run"]["tailoring"]["only"] == ["linux-name-th*"]


def test_a_rule_takes_effect_on_its_day(tmp_path: Path) -> None:
    """Before that day the finding is notchecked and says what it would be; from then on it counts."""
    (tmp_path / "before").mkdir()
    (tmp_path / "after").mkdir()
    before = run(tmp_path / "before", "rules: {linux-name-wanted: {effective_from: 2999-01-01}}\n")
    after = run(tmp_path / "after", "rules: {linux-name-wanted: {effective_from: 2020-01-01}}\n")
    assert (finding(before, "linux-name-wanted")["status"], before.status) == ("notchecked", 0)
    assert "would be fail" in finding(before, "linux-name-wanted")["reason"]
    assert (finding(after, "linux-name-wanted")["status"], after.status) == ("fail", 1)


def test_grace_spares_the_exit_status_only(tmp_path: Path) -> None:
    """In its days of grace a failure is a failure in report and score, and does not decide the exit status."""
    (tmp_path / "in").mkdir()
    (tmp_path / "over").mkdir()
    within = run(tmp_path / "in", "rules: {linux-name-wanted: {grace_until: 2999-01-01}}\n")
    over = run(tmp_path / "over", "rules: {linux-name-wanted: {grace_until: 2020-01-01}}\n")
    assert (within.status, over.status) == (0, 1)
    assert within.audit()["score"]["failed"] == 1
    assert finding(within, "linux-name-wanted")["grace_until"] == "2999-01-01"
    assert finding(over, "linux-name-wanted")["grace_until"] is None


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("rules:\n  linux-name-wantd: {severity: low}\n", 4, "Did you mean 'linux-name-wanted'?"),
        ("only: [linux-nothing-*]\n", 3, "no rule is called"),
        ("parameters:\n  wanted_nam: x\n", 4, "Did you mean 'wanted_name'?"),
        ("parameters:\n  wanted_name: 5\n", 4, "not of type string"),
        ("parameters:\n  other/wanted_name: x\n", 4, "no baseline 'other'"),
        ("rules:\n  linux-name-wanted: {severity: awful}\n", 4, "severity"),
        ("rules:\n  linux-name-wanted: {grace_until: soon}\n", 4, "grace_until"),
        ("rules:\n  linux-name-wanted: {}\n", 4, "give severity"),
        ("rules:\n  linux-name-wanted: {severty: low}\n", 4, "Did you mean 'severity'?"),
        ("rulez: {}\n", 3, "unknown key"),
    ],
)
def test_a_name_without_meaning_is_an_error(tmp_path: Path, text: str, line: int, words: str) -> None:
    """A misspelt rule, parameter, key or value ends with status 2, file and line, and writes nothing."""
    done = run(tmp_path, text)
    assert done.status == 2, done.err
    assert f"site.yaml:{line}" in done.err
    assert words in done.err
    assert not (tmp_path / "out").exists()


def test_baselines_that_fit_no_target_are_an_error(tmp_path: Path) -> None:
    """A named baseline without a rule for any of the targets is no pass: status 2, nothing written."""
    (tmp_path / "inventory.yaml").write_text(LOCAL)
    done = auditor(tmp_path, "audit", "-i", "inventory.yaml", "-b", "esxi-8", "-f", "json", "-o", "out")
    assert done.status == 2
    assert "no rule of esxi-8 is meant for these targets" in done.err
    assert not (tmp_path / "out").exists()
