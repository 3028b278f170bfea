"""`auditor schedule`, as a person types it."""

import json
from pathlib import Path

import pytest

from auditor.cli.app import app
from auditor.errors import InputError
from tests.cli.running import Done, auditor

INVENTORY = "sources:\n  - {name: here, kind: linux, connection: local, labels: {site: ams}}\n"
ADD = ("schedule", "add", "nightly", "--cron", "30 2 * * *", "--zone", "Europe/Paris", "-i", "inventory.yaml")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "inventory.yaml").write_text(INVENTORY)
    return tmp_path


def fine(done: Done) -> str:
    assert done.status == 0, done.err
    return done.out


def test_a_schedule_from_its_beginning_to_its_end(folder: Path) -> None:
    """Added, listed, asked what it does next, paused, resumed, run at once, removed: each says what it did."""
    added = fine(auditor(folder, *ADD, "--label", "site=ams", "--within", "12h", "-f", "html,json"))
    assert added.startswith("nightly: At 02:30 every day, Europe/Paris; next run ")
    assert "nothing to do" not in added
    (entry,) = json.loads(fine(auditor(folder, "schedule", "list", "-f", "json")))
    assert (entry["name"], entry["state"], entry["last"]) == ("nightly", "active", None)
    assert entry["work"]["inventory"] == str(folder / "inventory.yaml")
    assert entry["population"] == {"labels": {"site": ["ams"]}, "targets": []}
    assert (entry["catch_up"], entry["catch_up_within"], entry["work"]["formats"]) == ("once", 43_200, ["html", "json"])
    assert "paused" in fine(auditor(folder, "schedule", "pause", "nightly"))
    assert "none of these is run" in fine(auditor(folder, "schedule", "next", "nightly"))
    assert "next run" in fine(auditor(folder, "schedule", "resume", "nightly"))
    run = fine(auditor(folder, "schedule", "run", "nightly")).strip().removeprefix("nightly: run ")
    shown = json.loads(fine(auditor(folder, "schedule", "show", "nightly", "-f", "json")))
    (slot,) = shown["slots"]
    assert (slot["kind"], slot["outcome"], slot["run"]) == ("now", "begun", run)
    assert run in fine(auditor(folder, "schedule", "show", "nightly"))
    assert "its history stays" in fine(auditor(folder, "schedule", "remove", "nightly"))
    assert json.loads(fine(auditor(folder, "schedule", "list", "-f", "json"))) == []
    assert "removed" in fine(auditor(folder, "schedule", "list", "--removed"))


def test_next_says_what_blackout_windows_do(folder: Path) -> None:
    """Three days: each is left out, moved, or run at its time, in the zone and in UTC."""
    fine(auditor(folder, *ADD, "--blackout", "mon 02:00-03:00", "--blackout", "tue 02:00-04:00 then after"))
    week = json.loads(fine(auditor(folder, "schedule", "next", "nightly", "-n", "7", "-f", "json")))
    assert len(week) == 7
    assert sum(one["run_at"] is None for one in week) == 1
    assert sum(one["run_at"] not in (None, one["due_at"]) for one in week) == 1
    text = fine(auditor(folder, "schedule", "next", "nightly", "-n", "7"))
    assert "not run" in text
    assert "at its time" in text
    assert "inside the blackout window mon 02:00-03:00" in text


def test_an_empty_population_is_told_when_it_is_added_and_when_it_is_run(folder: Path) -> None:
    """A label that no source has is no error: machines may come; but nobody is left to wonder."""
    assert "nothing to do: no source of 1 has the label site=mars" in fine(
        auditor(folder, *ADD, "--label", "site=mars")
    )
    assert "nothing to do: no source of 1" in fine(auditor(folder, "schedule", "run", "nightly"))
    shown = json.loads(fine(auditor(folder, "schedule", "show", "nightly", "-f", "json")))
    assert shown["slots"][0]["outcome"] == "nothing"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--cron", "30 25 * * *"), "the hour field '25'"),
        (("--cron", "0 0 30 2 *"), "never comes"),
        (("--zone", "Europe/Pari"), "did you mean Europe/Paris?"),
        (("--blackout", "mon 10:00-10:00"), "is empty"),
        (("--blackout", "daily 00:00-24:00"), "every due time lies inside a blackout window"),
        (("--label", "ams"), "'ams' selects no label"),
        (("--catch-up", "twice"), "catch_up: "),
        (("--within", "soon"), "a duration is written like"),
        (("-f", "docx"), "there is no format 'docx'"),
        (("-b", "no-such-baseline"), "no-such-baseline"),
        (("-g", "no-such-profile"), "no-such-profile"),
        (("--tailoring", "no-such-tailoring"), "no-such-tailoring"),
        (("-i", "lost.yaml"), "the inventory cannot be read"),
        (("--fail-on", "info"), "fail_on: "),
        (("--database", "mysql://x/y"), "mysql"),
    ],
)
def test_what_could_not_run_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch, more: tuple[str, ...], said: str
) -> None:
    """As bad input, with what to mend; nothing is kept."""
    monkeypatch.chdir(folder)
    monkeypatch.setenv("AUDITOR_STATE", str(folder / ".state"))
    with pytest.raises(InputError) as told:
        app([*ADD, *more], standalone_mode=False)
    assert said in str(told.value)
    assert not (folder / ".state").exists()


def test_a_name_that_is_none_is_told(folder: Path) -> None:
    """Every command that takes a name says which one was meant; a second one of a name is refused."""
    fine(auditor(folder, *ADD))
    again = auditor(folder, *ADD)
    assert (again.status, "there is a schedule nightly already" in again.err) == (2, True)
    for command in ("show", "next", "pause", "resume", "remove", "run"):
        done = auditor(folder, "schedule", command, "nightyl")
        assert (done.status, "Did you mean nightly?" in done.err) == (2, True), done.err
