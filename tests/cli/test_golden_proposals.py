"""`auditor golden propose | retire | proposals | approve | reject | withdraw`, over a database of its own."""

import json
from pathlib import Path

import pytest

from auditor.cli import golden_proposals as cli
from auditor.errors import ConflictError, InputError
from tests.cli.running import auditor

PROFILE = "golden: web\ntitle: T\nfor: {platform: linux}\nfacts: {hostname: web01}\n"
WHY = "the name servers have moved"


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("AUDITOR_STATE", str(tmp_path / "state"))
    return f"sqlite:///{tmp_path}/a.sqlite"


def test_one_proposes_and_another_approves(tmp_path: Path, database: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The same login never decides about what it proposed; what changes is shown; a second decision is refused."""
    file = tmp_path / "web.yaml"
    file.write_text(PROFILE)
    cli.propose(file, WHY, database=database)
    assert capsys.readouterr().out.startswith("1 is proposed by ")
    for step in (cli.approve, cli.reject):
        with pytest.raises(InputError, match="whoever proposed it does not decide"):
            step(1, note="it is right", database=database)
    with pytest.raises(InputError, match="note: it has fewer than 8 characters"):
        cli.reject(1, note=" no ", by="somebody-else", database=database)
    cli.proposals(1, database=database)
    assert "added     facts     hostname: - -> web01" in capsys.readouterr().out
    cli.approve(1, by="somebody-else", database=database)
    assert capsys.readouterr().out == "1 is approved by somebody-else: web\n"
    with pytest.raises(ConflictError, match="approved already"):
        cli.reject(1, note="too late", by="somebody-else", database=database)
    with pytest.raises(ConflictError, match="in use already"):
        cli.propose(file, WHY, database=database)
    file.write_text(PROFILE.replace("web01", "web02"))
    cli.propose(file, WHY, database=database)
    cli.withdraw(2, database=database)
    capsys.readouterr()
    cli.proposals(every=True, format_="json", database=database)
    states = [(one["id"], one["state"], one["replaces"]) for one in json.loads(capsys.readouterr().out)]
    assert states == [(2, "withdrawn", 1), (1, "approved", None)]


def test_two_people_take_a_profile_out_of_use(
    tmp_path: Path, database: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Only what is in use, and not by one alone; then nothing of that name is in use, and it may come back."""
    file = tmp_path / "web.yaml"
    file.write_text(PROFILE)
    with pytest.raises(InputError, match="no such golden profile"):
        cli.retire("web", "it is not needed", database=database)
    cli.propose(file, WHY, database=database)
    cli.approve(1, by="somebody-else", database=database)
    with pytest.raises(InputError, match="reason"):
        cli.retire("web", "no", database=database)
    capsys.readouterr()
    cli.retire("web", "all of these hosts are gone", database=database)
    assert capsys.readouterr().out.splitlines()[0].endswith(": web goes out of use")
    with pytest.raises(InputError, match="whoever proposed it does not decide"):
        cli.approve(2, database=database)
    cli.proposals(2, format_="json", database=database)
    shown = json.loads(capsys.readouterr().out)
    assert (shown["retires"], shown["replaces"], {one["kind"] for one in shown["changes"]}) == (True, 1, {"removed"})
    cli.approve(2, by="somebody-else", database=database)
    with pytest.raises(InputError, match="no such golden profile"):
        cli.retire("web", "once more, for sure", database=database)
    cli.propose(file, "they are back", database=database)
    assert capsys.readouterr().out.splitlines()[-2].startswith("3 is proposed by ")


def test_what_is_no_profile_is_told_with_its_line(tmp_path: Path, database: str) -> None:
    """As every command does, with status 2; nothing is kept."""
    (tmp_path / "bad.yaml").write_text(PROFILE.replace("hostname", "hostnam"))
    done = auditor(tmp_path, "golden", "propose", "bad.yaml", "--reason", WHY, "--database", database)
    assert (done.status, done.out) == (2, "")
    assert "bad.yaml:4" in done.err
    assert not (tmp_path / "a.sqlite").exists()
