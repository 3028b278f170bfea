"""Golden profiles and drift from the command line: exit statuses, messages with lines, and nothing claimed unread."""

import json
import shutil
from pathlib import Path

import pytest

from tests.cli.running import Done, auditor
from tests.docpages import SAMPLES

HOST = "esx-01.example.test"


def captured(folder: Path, target: str = HOST, samples: str = "vsphere") -> Done:
    """A profile of a sample host, written to golden.yaml."""
    done = auditor(folder, "golden", "capture", target, "--from", SAMPLES / samples)
    (folder / "golden.yaml").write_text(done.out)
    return done


def test_a_host_does_not_drift_from_its_own_profile(tmp_path: Path) -> None:
    """Captured twice the profile has the same bytes; checked with its own host it ends 0."""
    first, second = captured(tmp_path), captured(tmp_path)
    assert (first.status, first.out) == (0, second.out)
    assert "customisations:" in first.err
    done = auditor(tmp_path, "golden", "check", HOST, "--from", SAMPLES / "vsphere", "-g", "golden.yaml")
    assert done.status == 0, done.out + done.err
    assert "1 of 1 targets without drift" in done.out
    assert "not compared, for want of a value" in done.out


def test_drift_of_others_is_told_and_ends_1(tmp_path: Path) -> None:
    """Each drifting path is told with its hosts; the host that was not read is unknown, not clean."""
    captured(tmp_path)
    done = auditor(tmp_path, "golden", "check", "--from", SAMPLES / "vsphere", "-g", "golden.yaml", "-f", "json")
    assert done.status == 1
    found = json.loads(done.out)
    drift = {(one["target"], one["path"], one["change"]) for one in found["drift"]}
    assert ("esx-02.example.test", "services[TSM-SSH].running", "changed") in drift
    assert ("esx-05.example.test", "", "unknown") in drift
    assert len(found["targets"]) == 5


def test_values_of_the_inventory_are_compared(tmp_path: Path) -> None:
    """With a value for the host a per-host fact is compared: right, wrong, and from a CSV file."""
    captured(tmp_path)
    (tmp_path / "hosts.csv").write_text(f"target,dns_hostname,name\n{HOST},esx-01,wrong.example.test\n")
    (tmp_path / "inventory.yaml").write_text(
        f"sources:\n  - {{name: vc, kind: replay, captures: '{SAMPLES / 'vsphere'}',\n"
        "     customisations: {file: hosts.csv}}\n"
    )
    done = auditor(tmp_path, "golden", "check", HOST, "-i", "inventory.yaml", "-g", "golden.yaml", "-f", "json")
    found = json.loads(done.out)
    assert [(one["path"], one["expected"], one["actual"]) for one in found["drift"] if one["change"] == "changed"] == [
        ("name", "wrong.example.test", HOST)
    ]
    assert "dns.hostname" not in {one["path"] for one in found["not_compared"]}


def test_an_audit_carries_the_drift(tmp_path: Path) -> None:
    """`audit -g` puts the drift beside the findings, with the name of the profile."""
    captured(tmp_path)
    done = auditor(
        tmp_path,
        "audit",
        "--from",
        SAMPLES / "vsphere",
        "-g",
        "golden.yaml",
        "-b",
        "esxi-8",
        "-f",
        "json,html",
        "-o",
        "out",
    )
    assert done.status in (1, 3), done.err
    drift = done.audit()["drift"]
    assert {one["golden"] for one in drift} == {"esxi-profile"}
    assert "services[TSM-SSH].running" in (tmp_path / "out" / "audit.html").read_text()


PROFILE = "golden: mine\ntitle: A test\nfor: {platform: esxi}\n"


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (PROFILE + "facts:\n  dns: {hostnam: x}\n", 5, "Did you mean 'hostname'?"),
        (PROFILE + "facts:\n  nothing: 1\n", 5, "is no fact of this platform"),
        (PROFILE + "facts:\n  power_policy: static\n  power_policy: low\n", 6, "stands twice"),
        (
            PROFILE + "facts:\n  power_policy: $polcy\ncustomisations: {policy: power_policy}\n",
            5,
            "Did you mean $policy?",
        ),
        (PROFILE + "facts:\n  power_policy:\n", 5, "a value is missing"),
        (PROFILE + "facts:\n  services: [a]\n", 5, "a mapping stands here"),
        (PROFILE + "extra: [servicez]\nfacts: {power_policy: x}\n", 4, "is no fact of this platform"),
        (PROFILE + "absent: ['services[*]']\nfacts: {power_policy: x}\n", 4, "not *"),
        ("golden: mine\ntitle: x\nfor: {platform: esxii}\n", 3, "unknown platform"),
        ("baseline: mine\n", 1, "no golden profile"),
        (
            "golden: mine\ntitle: “smart”\nfor: {platform: linux}\nfacts: {hostname: x}\n",
            0,
            "none of these targets is what mine is for",
        ),
    ],
)
def test_a_wrong_profile_is_an_error_with_its_line(tmp_path: Path, text: str, line: int, words: str) -> None:
    """Unknown paths, duplicate keys and other platforms end with status 2 and say where."""
    (tmp_path / "golden.yaml").write_text(text)
    done = auditor(tmp_path, "golden", "check", "--from", SAMPLES / "vsphere", "-g", "golden.yaml")
    assert done.status == 2, done.out + done.err
    assert words in done.err
    assert not line or f"golden.yaml:{line}" in done.err


def test_drift_since_an_earlier_collection(tmp_path: Path) -> None:
    """The same captures do not drift; captures of another day name what changed, and what was unread is unknown."""
    same = auditor(tmp_path, "drift", HOST, "--since", SAMPLES / "vsphere", "--from", SAMPLES / "vsphere")
    assert (same.status, "0 of 1 targets drifted" in same.out) == (3, True) or same.status == 0
    shutil.copytree(SAMPLES / "vsphere", tmp_path / "later")
    everything = auditor(tmp_path, "drift", "--since", SAMPLES / "vsphere", "--from", tmp_path / "later", "-f", "json")
    found = json.loads(everything.out)["drift"]
    assert {(one["target"], one["change"]) for one in found if not one["path"]} == {("esx-05.example.test", "unknown")}
    assert auditor(tmp_path, "drift", "--from", SAMPLES / "vsphere").status == 2


def test_an_audit_tells_what_changed_since_earlier_captures(tmp_path: Path) -> None:
    """`audit --since` puts the changes into the document and both reports; a folder that is none is refused first."""
    samples = SAMPLES / "vsphere"
    arguments = ("audit", HOST, "--from", samples, "-b", "esxi-8", "--since")
    done = auditor(tmp_path, *arguments, samples, "-f", "json,html,pdf", "-o", "out")
    assert done.status in (0, 1), done.err
    found = done.audit()["changed"]
    assert (found["targets"], {one["change"] for one in found["drift"]} <= {"unknown"}) == (1, True)
    assert 'id="changed"' in (tmp_path / "out" / "audit.html").read_text()
    refused = auditor(tmp_path, *arguments, tmp_path, "-f", "json", "-o", "other")
    assert refused.status == 2
    assert not (tmp_path / "other").exists()
