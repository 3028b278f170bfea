"""`auditor change check | verify | list | show | approve | reject | withdraw`, over a database of its own."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from auditor.cli import change as cli
from auditor.cli.audit import audit
from auditor.domain import Member, Source
from auditor.errors import ConflictError, InputError
from auditor.evidence.captures import CaptureFolder
from tests.changes.making import RULE, SAMPLES, SSH, capture
from tests.cli.running import auditor

FROM, HOST = SAMPLES / "rhel", "rhel-9-good"
ROOT = "/sshd/effective/permitrootlogin"


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("AUDITOR_STATE", str(tmp_path / "state"))
    return f"sqlite:///{tmp_path}/a.sqlite"


def patch(folder: Path, *operations: tuple[str, str, Any]) -> Path:
    file = folder / "p.json"
    file.write_text(json.dumps([{"op": op, "path": path, "value": value} for op, path, value in operations], indent=0))
    return file


def check(file: Path, database: str, **more: Any) -> int:
    asked = {"captures": FROM, "baseline": ["linux"], "force": True, "by": "zoe", "ticket": "CHG-1", **more}
    return cli.check([HOST], file, database=database, **asked)


def names(database: str, capsys: pytest.CaptureFixture[str], **more: Any) -> list[str]:
    capsys.readouterr()
    cli.list_(format_="json", database=database, **more)
    return [one["id"] for one in json.loads(capsys.readouterr().out)]


def captured_later(folder: Path, hours: float, hostname: str = "") -> Path:
    """The same host as it was, or under another name of its own, read some hours from now."""
    one = capture("rhel-9-good")
    if hostname:
        body = json.loads(json.dumps(one.body))
        meta = body["records"]["meta"]
        meta["out"] = re.sub(r"(?m)^hostname=.*$", f"hostname={hostname}", meta["out"])
        one = replace(one, body=body)
    at = datetime.now(UTC) + timedelta(hours=hours)
    made = CaptureFolder(folder)
    made.add(replace(one, taken_at=at))
    made.finish([(Source(one.source, "linux"), (Member(one.target, "linux"),), ())], "1", at)
    return folder


def test_the_status_gates_a_pipeline(tmp_path: Path, database: str, capsys: pytest.CaptureFixture[str]) -> None:
    """0, 1 from the severity on that was asked for, 3 where a verdict can no longer be told; the text says the same."""
    assert check(patch(tmp_path, ("replace", "/hostname", "x")), database) == 0
    out = capsys.readouterr().out
    assert "hostname: " in out
    assert "<- p.json:" in out
    assert "nothing newly fails at high or above" in out
    assert check(patch(tmp_path, ("replace", SSH, "yes")), database) == 1
    out = capsys.readouterr().out
    assert f"NEWLY FAILING: high {RULE}" in out
    assert "FAILS" in out
    assert "STALE and forced" in out
    assert check(patch(tmp_path, ("replace", ROOT, "no")), database, fail_on="medium") == 3
    assert "CANNOT TELL" in capsys.readouterr().out
    assert check(patch(tmp_path, ("replace", ROOT, "yes")), database, fail_on="medium") == 1
    assert check(patch(tmp_path, ("replace", ROOT, "yes")), database, fail_on="critical") == 0


def test_bad_input_is_told_with_its_line_and_nothing_is_kept(
    tmp_path: Path, database: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Status 2; a reading that is too old, and what nobody can mean."""
    file = patch(tmp_path, ("replace", "/hostnam", "x"))
    command = ("change", "check", HOST, "--candidate", "p.json", "--from", str(FROM), "--database", database)
    done = auditor(tmp_path, *command, "--force")
    assert (done.status, done.out, "p.json:" in done.err) == (2, "", True)
    good = patch(tmp_path, ("replace", "/hostname", "x"))
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"force": False, "max_age": "1h"}, "was last read"),
        ({"max_age": "1y"}, "is no time"),
        ({"fail_on": "info"}, "is not a severity"),
        ({"formats": "pdf"}, "are files"),
        ({"formats": "exe", "output": tmp_path / "o"}, "there is no format"),
        ({"as_path": "x"}, "no absolute path"),
        ({"series": 1}, "--series goes with the database"),
        ({"captures": None}, "no run has ended"),
    ]
    for more, said in wrong:
        with pytest.raises(InputError, match=said):
            check(good, database, **more)
    with pytest.raises(InputError, match="no such candidate"):
        check(file.with_name("none"), database)
    assert names(database, capsys) == []


def test_one_checks_and_another_approves(tmp_path: Path, database: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The same login never decides about what it checked; a refusal has its reason; lists tell by state and ticket."""
    for value in ("a", "b", "c"):
        check(patch(tmp_path, ("replace", "/hostname", value)), database, by=None)
    third, second, first = names(database, capsys)
    for step in (cli.approve, cli.reject):
        with pytest.raises(InputError, match="does not decide about it"):
            step(first, note="it is right", database=database)
    with pytest.raises(InputError, match="fewer than 8 characters"):
        cli.reject(first, note=" no ", by="ann", database=database)
    cli.approve(first, by="ann", database=database)
    assert capsys.readouterr().out == f"{first} is approved by ann\n"
    with pytest.raises(ConflictError, match="approved already"):
        cli.reject(first, note="too late", by="ann", database=database)
    cli.reject(second, note="not tonight", by="ann", database=database)
    cli.withdraw(third, database=database)
    assert names(database, capsys, state=["approved", "withdrawn"]) == [third, first]
    assert names(database, capsys, ticket="CHG-2") == []
    cli.show(first, database=database)
    assert f"{first} is approved, by ann" in capsys.readouterr().out
    with pytest.raises(InputError, match="was not verified yet"):
        cli.show(first, result=True, database=database)
    with pytest.raises(InputError, match="there is no state"):
        cli.list_(state=["open"], database=database)


def test_every_format_is_written_and_the_result_is_kept(
    tmp_path: Path, database: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of the check and of what came of it: unread before anybody read it (3), then not as planned (1)."""
    out = tmp_path / "out"
    status = check(patch(tmp_path, ("replace", SSH, "yes")), database, formats="html,json,sarif,junit,text", output=out)
    assert status == 1
    found = {one.name: one.read_bytes() for one in out.iterdir()}
    assert set(found) == {f"change.{x}" for x in ("html", "json", "sarif", "junit.xml", "txt")}
    assert json.loads(found["change.json"])["schema"] == "auditor-change/1"
    assert RULE.encode() in found["change.sarif"]
    (name,) = names(database, capsys)
    assert cli.verify(name, captures=FROM, database=database) == 3
    assert "NOT VERIFIED" in capsys.readouterr().out
    later = captured_later(tmp_path / "later", 1)
    assert cli.verify(name, captures=later, database=database, formats="html,json,sarif,junit", output=out) == 1
    assert "NOT AS PLANNED" in capsys.readouterr().out
    assert json.loads((out / "change.json").read_text())["verdict"] == "missed"
    assert "Planned, but not there" in (out / "change.html").read_text()
    assert "<failure" in (out / "change.junit.xml").read_text()
    assert "change-missing" in (out / "change.sarif").read_text()
    cli.show(name, result=True, formats="json", database=database)
    assert json.loads(capsys.readouterr().out)["summary"]["missing"] == 1


def test_a_target_is_found_in_whichever_series_it_was_read(
    tmp_path: Path, database: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Audits by different baselines are two histories; a check finds a host of the earlier one as well."""
    for folder, baselines in ((FROM, ["linux"]), (SAMPLES / "vsm", ["nexus-1000v"])):
        out = tmp_path / folder.name
        audit([], captures=folder, baseline=baselines, output=out, formats="json", save=True, database=database)
    file = patch(tmp_path, ("replace", "/hostname", "x"))
    for name in (HOST, "vsm-synthetic"):
        assert cli.check([name], file, force=True, database=database) == 0
    capsys.readouterr()
    with pytest.raises(InputError, match="no target matches"):
        cli.check([HOST], file, force=True, series=2, database=database)


def test_an_emergency_and_a_planned_change_meet_on_one_target(
    tmp_path: Path, database: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a candidate all that happens is unplanned; what another, approved change foretold is told as its own."""
    assert cli.check([HOST], None, emergency=True, captures=FROM, force=True, by="zoe", database=database) == 0
    assert "nothing is foretold" in capsys.readouterr().out
    (emergency,) = names(database, capsys)
    assert check(patch(tmp_path, ("replace", "/hostname", "x")), database) == 0
    assert f"planned for it too, and not verified as done: {emergency}" in capsys.readouterr().out
    later = captured_later(tmp_path / "later", 1, "x")
    assert cli.verify(emergency, captures=later, database=database) == 1
    assert "happened but unplanned: hostname" in capsys.readouterr().out
    planned = names(database, capsys)[0]
    cli.approve(planned, by="max", database=database)
    assert cli.verify(emergency, captures=later, database=database) == 0
    assert f"as planned in {planned} (CHG-1)" in capsys.readouterr().out
    for given in ({"candidate": None}, {"candidate": tmp_path / "p.json", "emergency": True}):
        with pytest.raises(InputError, match="name the change"):
            cli.check([HOST], captures=FROM, database=database, **given)
