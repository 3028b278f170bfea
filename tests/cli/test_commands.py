"""The command line: exit statuses, messages, and that nothing is written when the input is wrong."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.running import auditor
from tests.docpages import SAMPLES

LOCAL = "sources:\n  - {name: here, kind: linux, connection: local}\n"
RULE = """
baseline: mine
title: Rules of a test
version: "1"
rules:
  - id: linux-test-{status}
    title: The kernel is one that a test wants
    severity: {severity}
    applies_to: {{platform: linux}}
    expect:
      hostname: {{{constraint}}}
    family: CFG-HARDEN
    references: {{nist-800-53: [CM-6]}}
    rationale: A test needs a verdict that is known beforehand.
    fix: Nothing to fix here.
"""


def rule(folder: Path, constraint: str, severity: str = "high") -> Path:
    """A baseline file with one rule about the hostname, which every host has."""
    path = folder / "mine.yaml"
    path.write_text(RULE.format(status="x", severity=severity, constraint=constraint))
    return path


def inventory(folder: Path, text: str = LOCAL) -> str:
    """An inventory file; its name."""
    (folder / "inventory.yaml").write_text(text)
    return "inventory.yaml"


def test_status_0_when_nothing_is_open(tmp_path: Path) -> None:
    """A passing audit of this machine ends with 0 and writes what was asked."""
    done = auditor(
        tmp_path,
        "audit",
        "-i",
        inventory(tmp_path),
        "-b",
        rule(tmp_path, "present: true"),
        "-f",
        "json,csv,html",
        "-o",
        "out",
        fresh=True,
    )
    assert done.status == 0, done.err
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["audit.csv", "audit.html", "audit.json"]
    audit = done.audit()
    assert audit["schema"] == "auditor/1"
    assert audit["coverage"]["by_platform"]["linux"]["collected"] == 1
    assert audit["score"]["passed"] == 1
    observation = audit["findings"][0]["observations"][0]
    assert observation["path"] == "hostname"
    assert observation["source"]
    assert observation["at"].endswith("Z")


@pytest.mark.parametrize(
    ("severity", "fail_on", "status"), [("high", "high", 1), ("medium", "high", 0), ("low", "low", 1)]
)
def test_status_1_is_about_severity(tmp_path: Path, severity: str, fail_on: str, status: int) -> None:
    """An open finding at or above --fail-on gives 1, one below it 0."""
    path = rule(tmp_path, "equals: no-such-host-name", severity)
    done = auditor(
        tmp_path, "audit", "-i", inventory(tmp_path), "-b", path, "-f", "json", "--fail-on", fail_on, "-o", "out"
    )
    assert done.status == status, done.err
    assert done.audit()["score"]["failed"] == 1


def test_status_3_beats_1(tmp_path: Path) -> None:
    """An open finding and an unread target together give 3; the unread one is unknown, in the score too."""
    text = LOCAL + "  - {name: gone, kind: linux, address: 127.0.0.1, port: 1, credential: c, known_hosts: hosts}\n"
    text += "credentials: {c: {username: nobody, password: {env: PW}}}\n"
    (tmp_path / "hosts").write_text("")
    path = rule(tmp_path, "equals: no-such-host-name")
    arguments = ("audit", "-i", inventory(tmp_path, text), "-b", path, "-f", "json", "-o", "out")
    done = auditor(tmp_path, *arguments, env={"PW": "not-used-anywhere"})
    assert done.status == 3, done.err
    audit = done.audit()
    assert audit["coverage"] | {"by_platform": 0} == {
        "population": 2,
        "collected": 1,
        "by_platform": 0,
        "unreachable": [
            {
                "target": "gone",
                "platform": "linux",
                "source": "gone",
                "reason": audit["coverage"]["unreachable"][0]["reason"],
                "last_good": None,
            }
        ],
        "stale": [],
        "excluded": [],
    }
    statuses = {f["target"]: f["status"] for f in audit["findings"]}
    assert statuses == {"here": "fail", "gone": "unknown"}
    assert (audit["score"]["lower"], audit["score"]["upper"]) == (0.0, 50.0)
    lower = auditor(tmp_path, *arguments[:-1], "out2", "--min-coverage", "50", env={"PW": "not-used-anywhere"})
    assert lower.status == 1
    unknown = auditor(
        tmp_path, *arguments[:-1], "out3", "--min-coverage", "50", "--max-unknown", "40", env={"PW": "x-not-used"}
    )
    assert unknown.status == 3


BAD = [
    (["audit"], "name what to audit", "-i inventory.yaml"),
    (["audit", "-i", "none.yaml"], "none.yaml: cannot be read", "Check the path"),
    (["audit", "-i", "inventory.yaml", "-f", "docx"], "no format 'docx'", "Known formats"),
    (["audit", "-i", "inventory.yaml", "-b", "nope"], "no baseline 'nope'", "Known baselines"),
    (["audit", "-i", "inventory.yaml", "--fail-on", "awful"], "not a severity", "Choose"),
    (["audit", "-i", "inventory.yaml", "nobody"], "no target or source matches nobody", "Known sources: here"),
    (["audit", "--from", "empty"], "no captures here", "auditor collect"),
    (["audit", "-i", "inventory.yaml", "--from", "empty"], "name what to audit", "not both"),
    (["audit", "-i", "inventory.yaml", "--min-coverage", "101"], "--min-coverage", "100"),
    (["audit", "--no-such-option"], "no-such-option", ""),
    (["rules", "show", "no-such-rule"], "no rule 'no-such-rule'", "rules list"),
    (["rules", "check", "nowhere"], "nothing there to check", ""),
    (["rules", "check", "empty"], "no rule file", ""),
    (["rules", "list", "-b", "nope"], "no baseline", "Known baselines"),
]


@pytest.mark.parametrize(("arguments", "what", "mend"), BAD, ids=[" ".join(b[0])[:50] for b in BAD])
def test_status_2_says_what_and_mend_and_writes_nothing(
    tmp_path: Path, arguments: list[str], what: str, mend: str
) -> None:
    """Bad usage is one message on standard error, without traceback, and leaves no file."""
    inventory(tmp_path)
    (tmp_path / "empty").mkdir()
    before = sorted(p.name for p in tmp_path.rglob("*"))
    done = auditor(tmp_path, *arguments)
    assert done.status == 2
    assert what in done.err
    assert mend in done.err
    assert "Traceback" not in done.err
    assert sorted(p.name for p in tmp_path.rglob("*")) == before


def test_collect_then_audit_from_gives_the_same_verdicts(tmp_path: Path) -> None:
    """Judging a saved folder and a live host is one code path: same findings, twice over, byte for byte."""
    name = inventory(tmp_path)
    assert auditor(tmp_path, "collect", "-i", name, "-o", "captures").status == 0
    first = auditor(
        tmp_path, "audit", "--from", "captures", "-b", "linux", "-f", "json", "-o", "one", "--min-coverage", "0"
    )
    second = auditor(
        tmp_path, "audit", "--from", "captures", "-b", "linux", "-f", "json", "-o", "two", "--min-coverage", "0"
    )
    assert first.status in (0, 1), first.err
    assert json.dumps(first.audit("one")["findings"]) == json.dumps(second.audit("two")["findings"])
    assert first.audit("one")["targets"][0]["name"] == "here"


def test_changed_capture_turns_its_target_unknown(tmp_path: Path) -> None:
    """A capture that was edited is not judged: its target is unread and the status is 3."""
    assert auditor(tmp_path, "collect", "-i", inventory(tmp_path), "-o", "captures").status == 0
    file = next((tmp_path / "captures").glob("*.gz"))
    file.write_bytes(file.read_bytes()[:-20])
    done = auditor(tmp_path, "audit", "--from", "captures", "-b", "linux", "-f", "json", "-o", "out")
    assert done.status == 3
    assert {f["status"] for f in done.audit()["findings"]} <= {"unknown", "notchecked"}


def test_replay_source_stands_beside_live_ones(tmp_path: Path) -> None:
    """A captures folder in an inventory is judged like a live source; clashing names carry their source."""
    assert auditor(tmp_path, "collect", "-i", inventory(tmp_path), "-o", "captures").status == 0
    name = inventory(tmp_path, LOCAL + "  - {name: old, kind: replay, captures: ./captures}\n")
    done = auditor(tmp_path, "audit", "-i", name, "-b", rule(tmp_path, "present: true"), "-f", "json", "-o", "out")
    assert done.status == 0, done.err
    assert {t["name"] for t in done.audit()["targets"]} == {"here/here", "old/here"}


def test_rules_are_listed_and_shown_as_text_and_json(tmp_path: Path) -> None:
    """People read columns, machines read JSON; both name the same rules."""
    listed = json.loads(auditor(tmp_path, "rules", "list", "-f", "json").out)
    text = auditor(tmp_path, "rules", "list").out
    assert [one["id"] for one in listed if one["id"] not in text] == []
    shown = auditor(tmp_path, "rules", "show", listed[0]["id"])
    assert shown.status == 0
    assert listed[0]["title"] in shown.out
    assert json.loads(auditor(tmp_path, "rules", "show", listed[0]["id"], "-f", "json").out)["id"] == listed[0]["id"]


def test_own_rules_are_found_by_environment_and_checked(tmp_path: Path) -> None:
    """AUDITOR_RULES adds a folder; a typo in it is status 2 with file and line."""
    rule(tmp_path, "present: true")
    listed = auditor(tmp_path, "rules", "list", "-b", "mine", env={"AUDITOR_RULES": str(tmp_path)})
    assert "linux-test-x" in listed.out
    (tmp_path / "mine.yaml").write_text((tmp_path / "mine.yaml").read_text().replace("hostname:", "hostnam:"))
    checked = auditor(tmp_path, "rules", "check", tmp_path)
    assert checked.status == 2
    assert "mine.yaml:11" in checked.err
    assert "did you mean 'hostname'?" in checked.err


def test_help_loads_nothing_heavy() -> None:
    """`auditor --help` imports no collector, no report engine and no queue."""
    heavy = ["weasyprint", "sqlmodel", "redis", "celery", "pyVmomi", "asyncssh", "pysnmp", "lxml", "jinja2", "ruamel"]
    code = (
        "import sys; sys.argv = ['auditor', '--help']\nfrom auditor.cli import main\n"
        f"try: main()\nexcept SystemExit: print([m for m in {heavy!r} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_structured_log_is_silent_unless_asked(tmp_path: Path) -> None:
    """Standard error stays empty when all goes well and nobody watches."""
    done = auditor(
        tmp_path, "audit", "-i", inventory(tmp_path), "-b", rule(tmp_path, "present: true"), "-f", "json", "-o", "out"
    )
    assert done.err == ""


def test_structured_log_tells_what_a_run_does(tmp_path: Path) -> None:
    """As JSON: each source begins and ends, a failure is named with its kind, and the run ends with its numbers."""
    (tmp_path / "hosts").write_text("")
    text = "credentials: {c: {username: nobody, password: {env: PW}}}\n" + LOCAL
    text += "  - {name: gone, kind: linux, address: 127.0.0.1, port: 1, credential: c, known_hosts: hosts}\n"
    arguments = (
        "audit",
        "-i",
        inventory(tmp_path, text),
        "-b",
        rule(tmp_path, "present: true"),
        "-f",
        "json",
        "-o",
        "out",
    )
    done = auditor(tmp_path, *arguments, "--log", "json", env={"PW": "a-password-of-the-test"})
    events = [json.loads(line) for line in done.err.splitlines()]
    assert sorted(one["source"] for one in events if one["event"] == "source begun") == ["gone", "here"]
    assert [one["source"] for one in events if one["event"] == "not read"] == ["gone"]
    assert events[-1] | {"run": "", "timestamp": ""} == {
        "event": "run judged",
        "level": "info",
        "run": "",
        "timestamp": "",
        "population": 2,
        "collected": 1,
        "passed": 1,
        "failed": 0,
        "unknown": 1,
        "lower": 50.0,
        "upper": 100.0,
    }
    assert "a-password" not in done.err


def test_the_summary_counts_as_the_score_does(tmp_path: Path) -> None:
    """The numbers per platform on the terminal add up to those of the score: rule by target, worst subject."""
    done = auditor(tmp_path, "audit", "--from", SAMPLES / "vsphere", "-f", "json", "-o", "out")
    score = done.audit()["score"]
    rows = [line.split() for line in done.out.splitlines() if line.startswith(("esxi ", "dvs ", "vcenter ", "vm "))]
    fail, unknown, passed = (sum(int(row[n]) for row in rows) for n in (3, 4, 5))
    assert (fail, unknown, passed) == (score["failed"], score["unknown"], score["passed"])
