"""Hosts of releases 4 and 5: a synthetic capture of one, judged like any stored capture."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from auditor.domain import Capture, Snapshot, Source
from auditor.evidence.captures import CaptureFolder
from auditor.library import load_baselines
from auditor.resources import folder
from auditor.rulebook.compile import compile_rule
from tests.cli.running import auditor
from tests.collectors.vsphere.bodies import body, reading

BASELINE = "vsphere-4-hardening"
TAKEN = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def old_host(**props: Any) -> dict[str, Any]:
    """The synthetic host of release 4.1, with some properties replaced."""
    data = body("esxi-4.1")
    data["props"] |= {name.replace("__", "."): value for name, value in props.items()}
    return data


def verdicts(snapshot: Snapshot) -> dict[str, str]:
    """The worst status of each rule of the baseline itself, with its parameters as shipped."""
    baseline = load_baselines([folder("rules")])[BASELINE].baseline
    given = {name: parameter.default for name, parameter in baseline.parameters.items()}
    order = ["fail", "unknown", "pass", "notchecked", "notapplicable"]
    found = {rule.id: [f.status.value for f in compile_rule(rule, given).judge(snapshot)] for rule in baseline.rules}
    return {rule: min(statuses, key=order.index) for rule, statuses in found.items()}


def test_a_host_of_release_4_is_judged_by_what_that_release_has() -> None:
    """Old names of options and of the lockdown mode are understood; what came later is not asked of it."""
    snapshot = reading("esxi", old_host())
    assert snapshot.version == "4.1.0"
    assert snapshot.facts["lockdown"]["mode"] == "lockdownDisabled"
    assert snapshot.facts["syslog"]["hosts"] == ["udp://syslog.example.test:514"]
    found = verdicts(snapshot)
    by_status = {status: {rule for rule, one in found.items() if one == status} for status in set(found.values())}
    assert by_status["fail"] == {
        "esx4-release-supported", "esx4-lockdown", "esx4-shells-policy", "esx4-shells-stopped",
        "esx4-tech-support-timeout", "esx4-ntp-servers", "esx4-log-persistent", "esx4-scratch-persistent",
        "esx4-snmp", "esx4-snmp-community", "esx4-iscsi-chap",
    }  # fmt: skip
    assert by_status["pass"] == {
        "esx4-ntp-policy", "esx4-ntp-running", "esx4-syslog-remote", "esx4-certificate", "esx4-dvfilter",
    }  # fmt: skip
    assert by_status["notapplicable"] == {
        "esx5-shell-timeout", "esx5-shell-idle", "esx5-console-idle", "esx4-cos-firewall", "esx4-cos-accounts",
    }  # fmt: skip
    assert "unknown" not in by_status


@pytest.mark.parametrize(("shut", "status"), [(True, "pass"), (False, "fail")])
def test_the_old_word_for_lockdown_counts(shut: bool, status: str) -> None:
    """Before release 6 `adminDisabled` is the lockdown mode."""
    assert verdicts(reading("esxi", old_host(config__adminDisabled=shut)))["esx4-lockdown"] == status


def test_the_old_word_for_lockdown_does_not_stand_in_on_newer_hosts() -> None:
    """From release 6 on a lockdown mode that did not come is a gap, whatever the old property says."""
    data = body("esxi")
    del data["props"]["config.lockdownMode"]
    data["props"]["config.adminDisabled"] = True
    assert "lockdown.mode" in reading("esxi", data).gaps


def test_a_service_console_has_a_firewall_to_judge() -> None:
    """ESX is told from ESXi by its name; its firewall policy and its files are asked for then."""
    product = {**body("esxi-4.1")["props"]["config.product"], "name": "VMware ESX"}
    policy = {"defaultPolicy": {"incomingBlocked": True, "outgoingBlocked": False}, "ruleset": []}
    found = verdicts(reading("esxi", old_host(config__product=product, config__firewall=policy)))
    assert (found["esx4-cos-firewall"], found["esx4-cos-accounts"]) == ("fail", "notchecked")


def test_what_a_kickstart_file_does_not_say_is_unknown() -> None:
    """The same rules on an intention: policies are judged, and what runs now is not known."""
    data = old_host()
    for service in data["props"]["config.service"]["service"]:
        del service["running"]
    found = verdicts(reading("esxi", data))
    assert (found["esx4-shells-policy"], found["esx4-shells-stopped"]) == ("fail", "unknown")
    assert (found["esx4-ntp-policy"], found["esx4-ntp-running"]) == ("pass", "unknown")


def test_a_stored_capture_finds_its_baseline(tmp_path: Path) -> None:
    """Replayed without naming a baseline, the old host gets this one, its switches included, and no newer one."""
    stored = CaptureFolder(tmp_path / "captures")
    stored.add(Capture("old-estate", "esx4-01.example.test", "esxi", TAKEN, body("esxi-4.1"), synthetic=True))
    stored.finish([(Source("old-estate", "vcenter", "203.0.113.9"), [], [])], "0", TAKEN)
    done = auditor(tmp_path, "audit", "--from", "captures", "-f", "json", "-o", "out")
    assert done.status == 1, done.err
    audit = json.loads((tmp_path / "out/audit.json").read_text())
    used = {name for finding in audit["findings"] for name in finding["baselines"]}
    assert BASELINE in used
    assert not used & {"esxi-7", "esxi-8"}
    failed = {(f["rule"], f["subject"]) for f in audit["findings"] if f["status"] == "fail"}
    assert {("esxi-vswitch-mac-changes", "vSwitch0"), ("esx4-lockdown", None)} <= failed
    assert ("esxi-portgroup-forged-transmits", "Servers") not in failed
