"""`auditor db`: what a person does to a database, as a process."""

import json
from pathlib import Path

import pytest

from tests.cli.running import auditor


def test_a_database_is_made_looked_at_and_left_alone(tmp_path: Path) -> None:
    """Status says that there is none and makes none; upgrade makes it; a second upgrade has nothing to do."""
    none = auditor(tmp_path, "db", "status")
    assert none.status == 2
    assert "there is no database yet" in none.err
    assert not (tmp_path / ".state").exists()
    assert " now, and was none" in auditor(tmp_path, "db", "upgrade").out
    assert "already" in auditor(tmp_path, "db", "upgrade").out
    status = auditor(tmp_path, "db", "status", "-f", "json")
    assert status.status == 0
    said = json.loads(status.out)
    assert said["state"] == "current"
    assert said["revision"] == said["needed"]
    assert said["bytes"] >= (tmp_path / ".state" / "auditor.sqlite").stat().st_size
    assert [path.name for path in (tmp_path / ".state").glob("*before*")] == []


@pytest.mark.needs_postgres
def test_a_postgresql_database_is_upgraded_by_its_url(tmp_path: Path, empty_postgres_url: str) -> None:
    """The URL comes from the environment, and its password is on no output; status tells by its exit status."""
    environment = {"AUDITOR_DATABASE": empty_postgres_url}
    password = empty_postgres_url.split(":")[2].split("@")[0]
    before = auditor(tmp_path, "db", "status", env=environment)
    made = auditor(tmp_path, "db", "upgrade", env=environment)
    after = auditor(tmp_path, "db", "status", env=environment)
    assert [done.status for done in (before, made, after)] == [1, 0, 0]
    assert "`auditor db upgrade` makes the tables" in before.out
    assert "up to date" in after.out
    assert password not in "".join(done.out + done.err for done in (before, made, after))


@pytest.mark.needs_postgres
def test_a_wrong_password_is_one_message(tmp_path: Path, empty_postgres_url: str) -> None:
    """Status 2, one message, and the password is not in it, with --debug neither."""
    password = empty_postgres_url.split(":")[2].split("@")[0]
    environment = {"AUDITOR_DATABASE": empty_postgres_url.replace(password, "wrong" + password)}
    done = auditor(tmp_path, "db", "upgrade", env=environment)
    assert done.status == 2
    assert "password authentication failed" in done.err
    assert "Traceback" not in done.err
    deeper = auditor(tmp_path, "db", "upgrade", "--debug", env=environment)
    assert "Traceback" in deeper.err
    assert password not in done.err + deeper.err


def test_retention_and_journal_from_the_command_line(tmp_path: Path) -> None:
    """A dry run leaves no trace; the real one is in the journal, whose head is then known; a wrong head is told."""
    dry = auditor(tmp_path, "db", "retain", "--dry-run", "-f", "json")
    assert json.loads(dry.out)["only_said"] is True
    assert json.loads(auditor(tmp_path, "db", "journal", "-f", "json").out)["entries"] == 0
    assert "went: captures 0" in auditor(tmp_path, "db", "retain", "--captures", "3").out
    whole = json.loads(auditor(tmp_path, "db", "journal", "-f", "json").out)
    assert (whole["entries"], whole["broken"]) == (1, None)
    assert auditor(tmp_path, "db", "journal", "--head", whole["head"]).status == 0
    other = auditor(tmp_path, "db", "journal", "--head", "ab" * 32)
    assert (other.status, "cut off" in other.out) == (1, True)
    assert auditor(tmp_path, "db", "journal", "--head", "nonsense").status == 2
    assert auditor(tmp_path, "db", "retain", "--captures", "0").status == 2
