"""The first page: what each sees of the newest run, and whether it gets better."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import delete, update

from auditor.access import Reach
from auditor.api.context import Context
from auditor.service import outlook
from auditor.service.trend import Point, said
from auditor.store.engine import Store
from auditor.store.outlook_tables import RunChange, RunFigure
from auditor.store.runs import change_run, find_run
from auditor.store.sql import table_of
from auditor.store.tables import RunRow
from auditor.web.app import make_site
from tests.api.rows import made
from tests.api.serving import served
from tests.api.sites import AMS, people
from tests.web.browsing import Browser, browser
from tests.web.nights import night, schedule, skipped

HOSTILE = '"><script>alert(1)</script>\u202etxt'
GOOD, BAD, DIM = {"r-high": "pass", "r-low": "pass"}, {"r-high": "fail", "r-low": "pass"}, {"r-high": "unknown"}


@dataclass
class World:
    """A service, its database, and the last run."""

    port: int
    store: Store
    last: str = ""

    def by(self, name: str) -> Browser:
        """A browser in which this user is signed in."""
        return browser(self.port, self.store, name)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Four nights of two sites: one was skipped, and in one nothing was read. The state is of the last."""
    folder: Path = tmp_path_factory.mktemp("nights")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AUDITOR_STATE", str(folder))
        store = made(f"sqlite:///{folder}/a.sqlite")
        people(store)
        with served(Context(store), make_site) as port:
            yield World(port, store)
        store.close()


def test_before_the_first_run_the_page_says_what_to_do(world: World) -> None:
    """Who may begin a run is led there; who may not is not."""
    assert "No audit has ended with a result yet" in world.by("viewer").get("/").text
    assert 'href="/runs/new"' in world.by("operator").get("/").text
    assert 'href="/runs/new"' not in world.by("viewer").get("/").text
    assert "within your scope (site=ams)" in world.by("viewer-ams").get("/").text


def test_coverage_stands_before_the_score_and_reasons_beside_failures(world: World) -> None:
    """The four nights; then the page, top to bottom, in the numbers of the last."""
    number = schedule(world.store)
    night(world.store, 0, {"a1": ("ams", GOOD), "a2": ("ams", BAD), "f1": ("fra", BAD), HOSTILE: ("fra", GOOD)}, number)
    skipped(world.store, number, 1, "a change freeze")
    night(
        world.store,
        2,
        dict.fromkeys(("a1", "a2"), ("ams", None)) | dict.fromkeys(("f1", HOSTILE), ("fra", None)),
        number,
    )
    world.last = night(
        world.store, 3, {"a1": ("ams", BAD), "a2": ("ams", GOOD), "f1": ("fra", None), HOSTILE: ("fra", DIM)}, number
    )
    text = world.by("viewer").get("/").text
    places = [text.index(f'id="{name}"') for name in ("h-coverage", "h-verdict", "h-better", "h-fix", "h-unjudged")]
    assert places == sorted(places)
    assert "<b>3</b> of 4 targets" in text
    assert '1 excluded"' in text
    assert f'href="/runs/{world.last}/unread">1 target not read' in text
    for said_ in ("nobody answers at fra", "why fra", "Title of r-high", "Order: weight of the severity"):
        assert said_ in text
    for kind, count in (("newly-failing", 1), ("mended", 1), ("newly-unknown", 1), ("read-again", 3)):
        assert f'changes?kind={kind}"><b>{count}</b>' in text
    assert "a change freeze" in text
    assert "nothing was read" in text
    assert "/secret/place" not in text


def test_whom_a_scope_limits_sees_the_numbers_of_it_and_nothing_else(world: World) -> None:
    """No host, reason, schedule or count of the other site, on any page of the run."""
    who = world.by("viewer-ams")
    text = who.get("/").text
    assert "<b>2</b> of 2 targets" in text
    assert "site=ams" in text
    parts = ("", "/changes", "/changes?kind=newly-unknown", "/unread", "/sources")
    for page in ("/", "/runs", *(f"/runs/{world.last}{part}" for part in parts)):
        text = who.get(page).text
        for foreign in ("f1", "fra", "script>alert", "nightly", "a change freeze"):
            assert foreign not in text, (page, foreign)
    assert "a1" in who.get(f"/runs/{world.last}/changes").text


def test_a_run_that_still_writes_its_reports_shows_what_it_found(world: World) -> None:
    """Judged, not over: its progress and its numbers on one page."""
    with world.store.writing() as connection:
        where = RunRow.name == world.last
        connection.execute(update(table_of(RunRow)).where(where).values(state="rendering"))  # type: ignore[arg-type]
    for who, read in (("viewer", 3), ("viewer-ams", 2)):
        answer = world.by(who).get(f"/runs/{world.last}")
        assert (answer.status, f"<b>{read}</b> of" in answer.text, "data-live" in answer.text) == (200, True, True)
        assert ", ended" not in answer.text
    with world.store.writing() as connection:
        connection.execute(update(table_of(RunRow)).where(where).values(state="done"))  # type: ignore[arg-type]


def test_names_are_shown_as_they_are_and_do_nothing(world: World) -> None:
    """Signs of markup are text, and what turns its direction is spelled out."""
    who = world.by("viewer")
    for page in (f"/runs/{world.last}/changes?kind=newly-unknown", f"/runs/{world.last}/unread"):
        text = who.get(page).text
        assert "<script>alert" not in text
        assert "\u202e" not in text
    assert "&lt;script&gt;alert(1)" in who.get(f"/runs/{world.last}/changes?kind=newly-unknown").text


def test_what_an_older_release_has_judged_is_counted_when_it_is_asked_for(world: World) -> None:
    """Without the figures in their tables the page is the same, and they are there again."""
    before = world.by("viewer").get(f"/runs/{world.last}").text
    with world.store.writing() as connection:
        for model in (RunChange, RunFigure):
            connection.execute(delete(table_of(model)))
    again = world.by("viewer").get(f"/runs/{world.last}").text
    assert before.partition('id="h-coverage"')[2] == again.partition('id="h-coverage"')[2]


def test_a_host_that_moves_to_another_site_takes_its_past_with_it(world: World) -> None:
    """Figures that a scope was told before are told anew."""
    who = world.by("viewer-ams")
    outlook._memory.clear()  # what a process remembers for a minute
    assert "<b>2</b> of 2 targets" in who.get(f"/runs/{world.last}").text
    night(world.store, 4, {"a1": ("ams", BAD), "a2": ("ams", GOOD), HOSTILE: ("ams", GOOD)})
    outlook._memory.clear()
    assert "<b>3</b> of 3 targets" in who.get(f"/runs/{world.last}").text


def test_a_run_that_nobody_of_the_scope_was_in_shows_a_host_that_came_since(world: World) -> None:
    """What was kept of it said that there was nobody."""
    name = night(world.store, 6, {"f9": ("fra", GOOD)})
    with world.store.reading() as connection:
        row = find_run(connection, name)
    assert row is not None
    assert outlook.counts_of(world.store, [row], Reach.of([AMS]))[row.id]["population"] == 0
    assert world.by("viewer-ams").get(f"/runs/{name}").status == 404
    night(world.store, 7, {"f9": ("ams", GOOD)})
    outlook._memory.clear()
    assert "<b>1</b> of 1 target" in world.by("viewer-ams").get(f"/runs/{name}").text


def test_a_run_that_is_judged_and_still_writes_its_reports_shows_both(world: World) -> None:
    """Its progress, and its result; the overview stays with the one that has ended, and says that one goes on."""
    name = night(world.store, 8, {"a1": ("ams", GOOD)})
    with world.store.writing() as connection:
        row = find_run(connection, name)
        assert row is not None
        change_run(connection, row.id, state="rendering", finished_at=None)
    text = world.by("viewer").get(f"/runs/{name}").text
    assert "How far it is" in text
    assert "<b>1</b> of 1 target" in text
    assert "No run with a result is of this schedule" in world.by("viewer").get("/?schedule=nix").text
    assert f'Run <a href="/runs/{world.last}"' in world.by("viewer").get("/?series=1&schedule=nightly").text
    text = world.by("viewer").get("/").text
    assert f'href="/runs/{name}">A run goes on' in text
    assert f'Run <a href="/runs/{name}"' not in text


@pytest.mark.parametrize(
    ("now", "then", "answer"),
    [
        ((80, 90), (79, 90), "better"),
        ((80, 90), (80, 91), "worse"),
        ((80, 90), (80.01, 90), "same"),
        ((80, 85), (79, 90), "unclear"),
        ((None, None), (79, 90), "unclear"),
    ],
)
def test_it_gets_better_only_when_no_end_of_the_range_got_worse(
    now: tuple[float | None, float | None], then: tuple[float | None, float | None], answer: str
) -> None:
    """Reading less must not look like mending."""
    at = datetime(2026, 11, 1, tzinfo=UTC)
    assert said(Point("b", at, "", 1, 1, *now), Point("a", at, "", 1, 1, *then)) == answer
