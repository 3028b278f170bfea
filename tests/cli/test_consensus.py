"""`golden consensus` on simulated hosts, by the command line: the profile, the report, and the second night."""

import json
from pathlib import Path

import pytest

from tests.cli.running import auditor
from tests.cli.test_golden_live import simulated
from tests.docpages import SAMPLES
from tests.simulators.vsphere import changes


@pytest.mark.needs_go
def test_consensus_of_twenty_hosts(tmp_path: Path) -> None:
    """Two of twenty hosts were changed: they are the outliers; the profile fits the others with their values."""
    with simulated(tmp_path, 20) as sim:
        with changes.session(sim) as instance:
            changes.set_option(instance, "esx-03.example.test", "UserVars.SuppressShellWarning", 1)
            changes.set_ntp(instance, "esx-11.example.test", ["other.example.test"])
        assert auditor(tmp_path, "collect", "-i", "inventory.yaml", "-o", "first").status == 0
        with changes.session(sim) as instance:
            changes.add_portgroup(instance, "esx-15.example.test", "vSwitch0", "Stray", 12)
        assert auditor(tmp_path, "collect", "-i", "inventory.yaml", "-o", "second").status == 0
    options = ("--platform", "esxi", "--again", "second", "--values", "values.yaml", "-f", "json")
    done = auditor(tmp_path, "golden", "consensus", "*", "--from", "first", *options)
    assert done.status == 0, done.err
    report = json.loads(done.err)
    assert sorted((one["target"][:6], one["path"], one["support"]) for one in report["outliers"]) == [
        ("esx-03", "advanced[UserVars.SuppressShellWarning]", 19),
        ("esx-11", "time.ntp_servers", 19),
    ]
    assert (report["hosts"], report["contested"], report["not_read"]) == (20, [], [])
    assert report["nights"] == {"hosts": 20, "ignore": [], "changed": {"port_groups[Stray]": 1}}
    assert "UserVars.SuppressShellWarning: 0  # 19 of 20" in done.out

    (tmp_path / "golden.yaml").write_text(done.out)
    (tmp_path / "replay.yaml").write_text(
        "sources:\n  - {name: vc01, kind: replay, captures: first, customisations: {file: values.yaml}}\n"
    )
    checked = auditor(tmp_path, "golden", "check", "-i", "replay.yaml", "-g", "golden.yaml", "-f", "json")
    found = json.loads(checked.out)
    assert {one["target"][:6] for one in found["drift"]} == {"esx-03", "esx-11"}
    assert found["not_compared"] == []


def test_several_platforms_are_an_error(tmp_path: Path) -> None:
    """Targets of several platforms have nothing in common: status 2, with the way out."""
    done = auditor(tmp_path, "golden", "consensus", "*", "--from", SAMPLES / "vsphere")
    assert done.status == 2
    assert "--platform" in done.err


def test_the_report_for_people_names_who_was_not_read(tmp_path: Path) -> None:
    """Text: outliers, customisations, and the host that has no vote since it was not read."""
    done = auditor(tmp_path, "golden", "consensus", "*", "--platform", "esxi", "--from", SAMPLES / "vsphere")
    assert done.status == 0, done.err
    assert "hosts that were not read, and have no vote:\n  esx-05.example.test" in done.err
    assert "customisations (each host has its own):" in done.err
    assert done.out.startswith("# Proposed by 4 hosts.")
