"""`auditor drift` on a live peer and on stored audits: what changed, since when, and who might have done it."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.running import Done, auditor
from tests.cli.test_golden_live import simulated
from tests.docpages import SAMPLES
from tests.drift.test_vsphere_actor import by
from tests.simulators.vsphere import changes

HOST = "esx-02.example.test"
KEY = "UserVars.ESXiShellTimeOut"
PLANTER = "planter@example.test"


def entries(done: Done) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(done.out)["drift"]
    return found


@pytest.mark.needs_go
def test_a_change_on_a_live_host_names_who_made_it(tmp_path: Path) -> None:
    """Since captures, and since an audit.json, the change is told with both times and its actor; between two stored
    audits the finding is told with both values, and that no log is in them.
    """
    with simulated(tmp_path, 2) as sim:
        with (tmp_path / "inventory.yaml").open("a") as inventory:
            inventory.write("    activity: true\n")
        assert auditor(tmp_path, "collect", "-i", "inventory.yaml", "-o", "before").status == 0
        audit = ("-b", "esxi-8", "-f", "json", "--fail-on", "critical", "--min-coverage", "0")
        assert auditor(tmp_path, "audit", "--from", "before", *audit, "-o", "old").status == 0
        time.sleep(1.1)  # the log of a later second
        by(sim, PLANTER, lambda i: changes.set_option(i, HOST, KEY, 77_777))
        time.sleep(1.1)
        since_captures = auditor(tmp_path, "drift", HOST, "--since", "before", "-i", "inventory.yaml", "-f", "json")
        words = auditor(tmp_path, "drift", HOST, "--since", "before", "-i", "inventory.yaml")
        since_audit = auditor(tmp_path, "drift", "--since", "old/audit.json", "-i", "inventory.yaml", "-f", "json")
        assert auditor(tmp_path, "audit", "-i", "inventory.yaml", *audit, "-o", "new").status == 0
    between = auditor(tmp_path, "drift", "--since", "old/audit.json", "--until", "new/audit.json", "-f", "json")

    assert since_captures.status == 1, since_captures.err
    (change,) = [one for one in entries(since_captures) if one["path"] == f"advanced[{KEY}]"]
    assert [one["who"] for one in change["actors"]] == [PLANTER]
    assert change["last_good"] < change["actors"][0]["at"] <= change["first_seen"]
    assert change["actors_unknown"] is None
    assert f"by {PLANTER} at " in words.out

    for done in (since_audit, between):
        assert done.status == 1, done.err
        changed = [one for one in entries(done) if one["change"] != "unknown"]
        assert {(one["target"], one["path"], one["actual"]) for one in changed} == {(HOST, f"advanced[{KEY}]", 77_777)}
        assert {(one["status_before"], one["status"]) for one in changed} == {("pass", "fail")}
    assert [one["who"] for one in entries(since_audit)[0]["actors"]] == [PLANTER]
    assert "keeps no log" in entries(between)[0]["actors_unknown"]


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """An audit of the sample switch."""
    folder = tmp_path_factory.mktemp("audit")
    auditor(folder, "audit", "--from", SAMPLES / "vsm", "-b", "nexus-1000v", "-f", "json", "-o", "out")
    found: dict[str, Any] = json.loads((folder / "out/audit.json").read_text())
    return found


def compared(folder: Path, old: dict[str, Any], change: Callable[[dict[str, Any]], None]) -> Done:
    new = json.loads(json.dumps(old))
    change(new)
    (folder / "old.json").write_text(json.dumps(old))
    (folder / "new.json").write_text(json.dumps(new))
    return auditor(folder, "drift", "--since", "old.json", "--until", "new.json", "-f", "json")


def test_audits_differ_in_what_was_found_and_in_nothing_else(tmp_path: Path, old: dict[str, Any]) -> None:
    """The same audit twice: no drift. A finding that became unknown is unknown, one that is gone is missing, a target
    that is gone is missing, and another rule version is said.
    """
    assert compared(tmp_path, old, lambda new: None).status == 0
    fail = next(n for n, one in enumerate(old["findings"]) if one["status"] == "fail" and one["observations"])
    rule = old["findings"][fail]["rule"]

    def blind(new: dict[str, Any]) -> None:
        new["findings"][fail] |= {"status": "unknown", "reason": "refused", "observations": []}

    done = compared(tmp_path, old, blind)
    assert (done.status, {(one["change"], one["rule"]) for one in entries(done)}) == (3, {("unknown", rule)})
    assert all("unknown now: refused" in one["reason"] for one in entries(done))

    done = compared(tmp_path, old, lambda new: new["findings"][fail].update(status="pass", rule_version="x"))
    (one,) = entries(done)
    assert (done.status, one["status_before"], one["status"]) == (1, "fail", "pass")
    assert "the rule itself is another one" in one["reason"]

    done = compared(tmp_path, old, lambda new: new["findings"].pop(fail))
    assert {(one["change"], one["rule"]) for one in entries(done)} == {("missing", rule)}

    done = compared(tmp_path, old, lambda new: new.update(targets=[], findings=[]))
    assert {(one["change"], one["path"], one["target"]) for one in entries(done)} == {("missing", "", "vsm-synthetic")}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "no JSON"),
        ("[]", "no audit document"),
        ('{"schema": "auditor/1", "run": {}}', "no audit document"),
        ("[" * 100_000, "no JSON"),
    ],
)
def test_what_is_no_audit_is_an_error(tmp_path: Path, old: dict[str, Any], text: str, words: str) -> None:
    """Anything else than an audit.json ends with status 2 and names the file."""
    (tmp_path / "good.json").write_text(json.dumps(old))
    (tmp_path / "bad.json").write_text(text)
    done = auditor(tmp_path, "drift", "--since", "good.json", "--until", "bad.json")
    assert done.status == 2, done.out + done.err
    assert words in done.err
    assert "bad.json" in done.err


def test_a_later_side_is_named_once_and_fits_the_earlier_one(tmp_path: Path, old: dict[str, Any]) -> None:
    """Two later sides, a folder beside --until, a tailored audit without its tailoring: status 2 with the mend."""
    (tmp_path / "old.json").write_text(json.dumps(old))
    (tmp_path / "tailored.json").write_text(json.dumps({**old, "run": {**old["run"], "tailoring": {"id": "x"}}}))
    for arguments, words in (
        (("--since", "old.json", "--until", "old.json", "--from", SAMPLES / "vsm"), "one later side"),
        (("--since", SAMPLES / "vsm", "--until", "old.json"), "--until goes with"),
        (("--since", "tailored.json", "--from", SAMPLES / "vsm"), "was tailored"),
        (("--since", "old.json"), "Give either -i"),
    ):
        done = auditor(tmp_path, "drift", *arguments)
        assert done.status == 2, done.out
        assert words in done.err
