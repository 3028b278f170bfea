"""A line that nobody knows: it hides what it may touch, and not what the lines around it do."""

from typing import Any

from auditor.changes.check import Checked
from auditor.changes.delta import DOUBT
from auditor.changes.load import candidate_of
from auditor.library import load_baselines
from auditor.pipeline import Plan
from auditor.selection import choose
from tests.changes.making import basis, checked


def _checked(text: str, name: str, sample: tuple[str, str]) -> Checked:
    plan = Plan((), choose((), None, load_baselines()))
    return checked(candidate_of(name, text.encode()), bases=(basis(*sample),), rules=plan)


def _rules(found: Checked, kind: str) -> dict[str, Any]:
    return {one["rule"]: one for one in found.document["targets"][0]["findings"][kind]}


def test_a_failure_by_known_lines_is_told_beside_a_line_that_is_not_known() -> None:
    """One community too many fails, whatever the unknown line does; what only that line may touch is unknown."""
    text = "snmp-server community public group network-operator\nfrobnicate everything\n"
    found = _checked(text, "x.cfg", ("vsm", "vsm"))
    failing, unknown = _rules(found, "newly_failing"), _rules(found, "newly_unknown")
    assert DOUBT in failing["nexus1000v-snmp-no-known-community"]["reason"]
    assert "nexus1000v-snmp-no-known-community" not in unknown
    assert "nexus1000v-login-central" in unknown
    assert (found.fails, found.untold) == (True, True)


def test_an_unknown_line_alone_fails_nothing_and_passes_nothing() -> None:
    """Nobody can tell: no rule newly fails, none newly passes, and no finding is said to have vanished."""
    found = _checked("frobnicate everything\n", "x.cfg", ("vsm", "vsm"))
    assert not _rules(found, "newly_failing")
    assert not _rules(found, "newly_passing")
    assert not _rules(found, "no_longer_judged")
    assert _rules(found, "newly_unknown")
    assert (found.fails, found.untold) == (False, True)


def test_lines_of_a_shell_and_of_powercli_stand_in_one_file() -> None:
    """Each is followed by the reader of its own kind, under its own line."""
    text = (
        "esxcli system settings advanced set -o /UserVars/ESXiShellTimeOut -i 0\n"
        "Get-VMHost esx-01.example.test | Get-AdvancedSetting -Name Security.AccountLockFailures |"
        " Set-AdvancedSetting -Value 0 -Confirm:$false\n"
        "vim-cmd hostsvc/enable_ssh\n"
    )
    found = _checked(text, "change.txt", ("esx-01", "vsphere"))
    assert {"esxi-shell-timeout", "esxi-account-lockout", "esxi-ssh-policy"} <= set(_rules(found, "newly_failing"))
    places = {one["path"]: one["why"][-1]["where"] for one in found.document["targets"][0]["facts"] if one["why"]}
    assert places["advanced[UserVars.ESXiShellTimeOut]"] == "change.txt:1"
    assert places["advanced[Security.AccountLockFailures]"] == "change.txt:2"
    assert places["services[TSM-SSH].policy"] == "change.txt:3"
