"""`auditor schedule`, as a person types it."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from auditor.cli.app import app
from auditor.errors import InputError
from tests.cli.running import auditor

INVENTORY = "sources:\n  - {name: here, kind: linux, connection: local, labels: {site: ams}}\n"
Typed = Callable[..., str]
ADD = ("schedule", "add", "nightly", "--cron", "30 2 * * *", "--zone", "Europe/Paris", "-i", "inventory.yaml")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "inventory.yaml").write_text(INVENTORY)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AUDITOR_STATE", str(tmp_path / ".state"))
    return tmp_path


@pytest.fixture
def typed(folder: Path, capsys: pytest.CaptureFixture[str]) -> Typed:
    """A command in this process; what it prints."""

    def run(*arguments: str) -> str:
        capsys.readouterr()
        app([*arguments], standalone_mode=False)
        return capsys.readouterr().out

    return run


def test_a_schedule_from_its_beginning_to_its_end(typed: Typed) -> None:
    """Added, listed, asked what it does next, paused, resumed, run at once, removed: each says what it did."""
    added = typed(*ADD, "--label", "site=ams", "--within", "12h", "-f", "html,json")
    assert added.startswith("nightly: At 02:30 every day, Europe/Paris; next run ")
    assert "nothing to do" not in added
    (entry,) = json.loads(typed("schedule", "list", "-f", "json"))
    assert (entry["name"], entry["state"], entry["last"]) == ("nightly", "active", None)
    assert entry["work"]["inventory"] == str(Path("inventory.yaml").absolute())
    assert entry["population"] == {"labels": {"site": ["ams"]}, "targets": []}
    assert (entry["catch_up"], entry["catch_up_within"], entry["work"]["formats"]) == ("once", 43_200, ["html", "json"])
    assert "paused" in typed("schedule", "pause", "nightly")
    assert "none of these is run" in typed("schedule", "next", "nightly")
    assert "next run" in typed("schedule", "resume", "nightly")
    run = typed("schedule", "run", "nightly").strip().removeprefix("nightly: run ")
    shown = json.loads(typed("schedule", "show", "nightly", "-f", "json"))
    (slot,) = shown["slots"]
    assert (slot["kind"], slot["outcome"], slot["run"]) == ("now", "begun", run)
    assert run in typed("schedule", "show", "nightly")
    assert "its history stays" in typed("schedule", "remove", "nightly")
    assert json.loads(typed("schedule", "list", "-f", "json")) == []
    assert "removed" in typed("schedule", "list", "--removed")


def test_what_a_schedule_says_is_changed_and_the_rest_stays(typed: Typed) -> None:
    """A list that is named replaces the one before, `--clear` leaves nothing of it; what is wrong changes nothing."""
    typed(*ADD, "--label", "site=ams", "--blackout", "mon 02:00-03:00")
    assert "At 04:00" in typed("schedule", "change", "nightly", "--cron", "0 4 * * *", "--fail-on", "low")
    typed("schedule", "change", "nightly", "--clear", "blackouts", "--target", "here")
    with pytest.raises(InputError, match="cron"):
        typed("schedule", "change", "nightly", "--cron", "whenever")
    with pytest.raises(InputError, match="cannot be cleared"):
        typed("schedule", "change", "nightly", "--clear", "cron")
    with pytest.raises(InputError, match="nothing is to be changed"):
        typed("schedule", "change", "nightly")
    (entry,) = json.loads(typed("schedule", "list", "-f", "json"))
    assert (entry["cron"], entry["zone"], entry["blackouts"]) == ("0 4 * * *", "Europe/Paris", [])
    assert entry["population"] == {"labels": {"site": ["ams"]}, "targets": ["here"]}
    assert (entry["work"]["fail_on"], entry["work"]["min_coverage"]) == ("low", 100.0)


def test_next_says_what_blackout_windows_do(typed: Typed) -> None:
    """Three days: each is left out, moved, or run at its time, in the zone and in UTC."""
    typed(*ADD, "--blackout", "mon 02:00-03:00", "--blackout", "tue 02:00-04:00 then after")
    week = json.loads(typed("schedule", "next", "nightly", "-n", "7", "-f", "json"))
    assert len(week) == 7
    assert sum(one["run_at"] is None for one in week) == 1
    assert sum(one["run_at"] not in (None, one["due_at"]) for one in week) == 1
    text = typed("schedule", "next", "nightly", "-n", "7")
    assert "not run" in text
    assert "at its time" in text
    assert "inside the blackout window mon 02:00-03:00" in text


def test_an_empty_population_is_told_when_it_is_added_and_when_it_is_run(typed: Typed) -> None:
    """A label that no source has is no error: machines may come; but nobody is left to wonder."""
    assert "nothing to do: no source of 1 has the label site=mars" in typed(*ADD, "--label", "site=mars")
    assert "nothing to do: no source of 1" in typed("schedule", "run", "nightly")
    shown = json.loads(typed("schedule", "show", "nightly", "-f", "json"))
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
def test_what_could_not_run_is_refused(folder: Path, typed: Typed, more: tuple[str, ...], said: str) -> None:
    """As bad input, with what to mend; nothing is kept."""
    with pytest.raises(InputError) as told:
        typed(*ADD, *more)
    assert said in str(told.value)
    assert not (folder / ".state").exists()


def test_a_name_that_is_none_is_told(typed: Typed) -> None:
    """Every command that takes a name says which one was meant; a second one of a name is refused."""
    typed(*ADD)
    with pytest.raises(InputError, match="there is a schedule nightly already"):
        typed(*ADD)
    for command in ("show", "next", "pause", "resume", "remove", "run"):
        with pytest.raises(InputError, match=r"Did you mean nightly\?"):
            typed("schedule", command, "nightyl")


def test_bad_input_ends_with_status_2(folder: Path) -> None:
    """As every command's does."""
    done = auditor(folder, *ADD, "--zone", "Mars")
    assert (done.status, done.out) == (2, "")
    assert "there is no time zone 'Mars'" in done.err
