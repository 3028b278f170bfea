"""`auditor report`: a stored run, or a past moment; the same bytes, and a cover that says which it is."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from auditor.evidence.captures import iso
from auditor.reporting.words import moment
from auditor.service.asof import document_at
from auditor.store import reports, runs
from auditor.store.engine import Store
from auditor.store.migrate import ready_store
from auditor.waivers import End, Scope, Waiver, bind, seen_of
from tests.cli.running import auditor
from tests.docpages import SAMPLES
from tests.service.pasts import NIGHT, Night, keep, read
from tests.service.test_same_document import fresh

DAY = timedelta(days=1)
LATER = "2999-01-01T00:00Z"


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """An empty store on each database."""
    with fresh(database_url) as found:
        yield found


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a database that has one run of samples, and what `auditor audit` wrote of it."""
    found = tmp_path_factory.mktemp("kept")
    done = auditor(found, "audit", "--from", SAMPLES / "rhel", "-f", "json,html,csv", "-o", "out", "--save")
    assert done.status in (0, 1), done.err
    return found


def last_read(folder: Path) -> str:
    """When the newest sample was read, as it is written."""
    made = json.loads((folder / "out" / "audit.json").read_text())
    return str(max(one["collected_at"] for one in made["targets"]))


@pytest.mark.parametrize("form", ["json", "html", "csv"])
def test_a_stored_run_is_the_same_file(folder: Path, form: str) -> None:
    """By its id and as the latest: byte for byte what `auditor audit` wrote."""
    written = (folder / "out" / f"audit.{form}").read_bytes()
    ident = json.loads((folder / "out" / "audit.json").read_text())["run"]["id"]
    for run in (ident, "latest"):
        done = auditor(folder, "report", run, "-f", form, "-o", f"again.{form}")
        assert done.status == 0, done.err
        assert (folder / f"again.{form}").read_bytes() == written


def test_a_report_that_was_kept_is_given_as_it_was(folder: Path) -> None:
    """What the service had rendered comes back, whatever it is; `--again` makes it anew; no database is changed."""
    ident = json.loads((folder / "out" / "audit.json").read_text())["run"]["id"]
    store = ready_store(f"sqlite:///{folder / '.state' / 'auditor.sqlite'}")
    with store.writing() as connection:
        row = runs.find_run(connection, ident)
        assert row is not None
        reports.put_report(connection, row.id, "csv", b"as it was first made", "")
    store.close()
    assert auditor(folder, "report", ident, "-f", "csv", "-o", "kept.csv").status == 0
    assert (folder / "kept.csv").read_bytes() == b"as it was first made"
    assert auditor(folder, "report", ident, "-f", "csv", "-o", "kept.csv", "--again").status == 0
    assert (folder / "kept.csv").read_bytes() == (folder / "out" / "audit.csv").read_bytes()


def test_the_cover_says_as_of_when(folder: Path) -> None:
    """HTML, JSON and terminal say that it is the state as of a moment, and of which runs it is made."""
    at = last_read(folder)
    wall = datetime.fromisoformat(at).astimezone(ZoneInfo("Asia/Tokyo"))
    asked = ("--as-of", f"{wall:%Y-%m-%d %H:%M:%S}", "--zone", "Asia/Tokyo")
    done = auditor(folder, "report", *asked, "-f", "html", "-o", "x.html")
    assert done.status == 0, done.err
    assert f"State as of {at}" in done.out
    page = (folder / "x.html").read_text()
    assert f'State as of <time datetime="{at}">{moment(at)}</time>' in page
    done = auditor(folder, "report", "--as-of", at, "-f", "json", "-o", "x.json")
    made = json.loads((folder / "x.json").read_text())
    assert made["run"]["as_of"] == at
    assert made["run"]["made_of"] == [json.loads((folder / "out" / "audit.json").read_text())["run"]["id"]]


@pytest.mark.needs_pango
def test_the_printed_cover_says_as_of_when(folder: Path) -> None:
    """PDF: the moment stands on the first page."""
    from pikepdf import open as open_pdf

    done = auditor(folder, "report", "--as-of", last_read(folder), "-f", "pdf", "-o", "x.pdf", timeout=300)
    assert done.status == 0, done.err
    with open_pdf(folder / "x.pdf") as made:
        assert len(made.pages) > 2
    assert "State as of" in done.out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("nonsense",), "there is no run"),
        (("-f", "docx"), "there is no format"),
        (("--as-of", "2026-11-21 13:00"), "has no zone"),
        (("--as-of", "2026-10-25 02:30", "--zone", "Europe/Paris"), "comes twice"),
        (("--as-of", LATER), "lies ahead"),
        (("--as-of", "2001-01-01T00:00Z"), "nothing was seen by"),
        (("--as-of", "2026-11-21T12:00Z", "--series", "77"), "there is no series 77"),
        (("--series", "1"), "go with --as-of"),
    ],
)
def test_what_means_nothing_is_said(folder: Path, arguments: tuple[str, ...], words: str) -> None:
    """Bad input: one message, status 2, no file."""
    done = auditor(folder, "report", *arguments, "-o", "none.html")
    assert done.status == 2, done.out
    assert words in done.err
    assert not (folder / "none.html").exists()


def test_several_histories_are_asked_about(tmp_path: Path) -> None:
    """Runs by two choices of baselines: without saying which, the message lists them, and each can be named."""
    for names in (("-b", "linux-kernel"), ()):
        done = auditor(tmp_path, "audit", "--from", SAMPLES / "rhel", *names, "-f", "json", "-o", "out", "--save")
        assert done.status in (0, 1)
        at = last_read(tmp_path)
        (tmp_path / "out" / "audit.json").unlink()
    asked = auditor(tmp_path, "report", "--as-of", at, "-f", "json", "-o", "x.json")
    assert asked.status == 2
    assert "--series 1: linux-kernel (1 runs" in asked.err
    assert "--series 2: all baselines (1 runs" in asked.err
    for number, few in (("1", True), ("2", False)):
        done = auditor(tmp_path, "report", "--as-of", at, "--series", number, "-f", "json", "-o", "x.json")
        assert done.status == 0, done.err
        made = json.loads((tmp_path / "x.json").read_text())
        assert (len(made["run"]["baselines"]) == 1) is few


# -- waivers at a past moment


def waived(store: Store) -> int:
    """A run with a failure and a waiver that ends ten days later; the series."""
    bad = read("web01", hostname="bad")
    draft = keep(store, Night(read={"a": [bad]}), "draft")
    failing = next(one for one in draft["findings"] if one["rule"] == "linux-name-wanted")
    asked = Waiver(
        "W-1",
        "linux-name-wanted",
        Scope(("web01",)),
        "The vendor needs it",
        "Web team",
        NIGHT - DAY,
        End("2026-03-10", "Europe/Paris"),
    )
    accepted = asked.approve("Security office", NIGHT - DAY, [bind(seen_of(failing, draft["targets"][0]))])
    keep(store, Night(read={"a": [bad]}), "one", [accepted])
    with store.reading() as connection:
        return int(runs.find_run(connection, "one").series)  # type: ignore[union-attr]


def test_a_waiver_that_ended_since_is_not_beside_its_failure(store: Store) -> None:
    """As of a moment before its end the failure is waived, as of one after it is open and says why, without a run."""
    series = waived(store)
    inside, behind = (document_at(store, series, NIGHT + days * DAY) for days in (5, 20))
    for made, count, state in ((inside, 1, "approved"), (behind, 0, "expired")):
        (found,) = [one for one in made["findings"] if one["rule"] == "linux-name-wanted"]
        assert found["status"] == "fail"
        assert (found["waiver"] is not None) is (count == 1)
        assert made["score"]["waived"] == count
        (entry,) = made["waivers"]
        assert (entry["state"], entry["covers"]) == (state, count)
    (found,) = [one for one in behind["findings"] if one["rule"] == "linux-name-wanted"]
    assert found["waiver_lapsed"]["reason"].startswith("expired on 2026-03-10T22:59:59Z")
    assert behind["run"]["as_of"] == iso(NIGHT + 20 * DAY)


# -- chosen


def test_a_part_of_a_period_by_one_framework(folder: Path) -> None:
    """The command writes what the API gives: nights, the part, the controls; what nobody can choose is told."""
    begin, end = "2020-01-01", f"{datetime.now(UTC):%Y-%m-%d}"
    asked = ("--from", begin, "--to", end, "--zone", "UTC", "--platform", "linux", "--framework", "pci-dss")
    done = auditor(folder, "report", *asked, "-f", "json", "-o", "part.json")
    assert done.status == 0, done.err
    made = json.loads((folder / "part.json").read_text())
    assert [one["run"] for one in made["period"]["nights"]] == [made["run"]["id"]]
    assert made["selection"]["platforms"] == ["linux"]
    assert made["selection"]["framework"]["id"] == "pci-dss"
    assert {one["rule"] for one in made["findings"]} == set(made["rules"]) != set()
    for wrong, said in (
        (("--label", "site=nowhere"), "no target is chosen"),
        (("--framework", "none"), "no rule of the run serves"),
        (("--from", begin), "a period has two ends"),
        (("--from", begin, "--to", "2020-01-02", "--zone", "UTC"), "no run ended with a result in this period"),
        (("--label", "site"), "is no label"),
    ):
        refused = auditor(folder, "report", *wrong)
        assert (refused.status, said in refused.err) == (2, True), refused.err
