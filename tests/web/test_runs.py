"""Runs on pages: found again, begun, watched, ended."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from auditor.store import entries
from auditor.store.engine import Store
from auditor.store.entries import Only
from auditor.store.listing.looks import WHOLE
from auditor.store.listing.runs import listed
from auditor.store.runs import change_run
from tests.api.rows import add_run
from tests.service.nights import begun, row
from tests.web.browsing import Browser
from tests.web.conftest import Site

LONG_AGO = datetime(2025, 1, 1, tzinfo=UTC)


def names_in(store: Store) -> list[str]:
    """The names of all runs, the newest first."""
    with store.reading() as connection:
        return [one.name for one in listed(connection, WHOLE, "", None, 500)]


def journal(store: Store, action: str) -> list[str]:
    """What was written into the journal of an action: about which run."""
    with store.reading() as connection:
        return [one.object for one in entries.entries(connection, Only(action=action))]


def test_runs_are_listed_page_after_page_and_by_state(site: Site) -> None:
    """Each once, the newest first; the filter stays on the next page."""
    with site.store.writing() as connection:
        for number in range(33):
            at = LONG_AGO + timedelta(days=number)
            run = add_run(connection, f"old-{number}", "failed", at, at)
            change_run(connection, run, message="<b>the broker</b> went away")
    who = site.by("viewer")
    found: list[str] = []
    path = "/runs?state=failed"
    while path:
        text = who.get(path).text
        found += re.findall(r'title="(old-\d+)"', text)
        after = re.search(r'rel="next" href="([^"]+)"', text)
        path = "/runs" + after[1].replace("&amp;", "&") if after else ""
        assert "&lt;b&gt;the broker" in text
    assert found == [f"old-{number}" for number in reversed(range(33))]
    assert "No run is like that" in who.get("/runs?state=cancelled").text
    assert who.get("/runs?state=nix").status == 422


def test_a_run_shows_what_it_was_asked_its_sources_and_who_was_not_read(site: Site) -> None:
    """The reasons stand beside the names, and no place of the server's disk is told."""
    who = site.by("viewer")
    text = who.get(f"/runs/{site.estate.first}").text
    assert "<b>4</b> of 6 targets" in text
    assert "linux-kernel" in text
    assert str(site.estate.inventory) not in text
    assert "nobody answers" in text
    unread = who.get(f"/runs/{site.estate.first}/unread").text
    assert unread.count("nobody answers") == 2
    assert "ams-02" in unread
    assert "fra-02" in unread
    assert "fra-02" not in who.get(f"/runs/{site.estate.first}/unread?name=ams").text
    failed = who.get(f"/runs/{site.estate.first}/sources?status=failed").text
    assert "ams-02" in failed
    assert "ams-00" not in failed
    assert who.get("/runs/nix").status == 404


def test_a_run_is_begun_by_the_form_once_however_often_it_is_sent(site: Site) -> None:
    """What was ticked is what it is asked; the journal says who began it."""
    who = site.by("operator")
    before = names_in(site.store)
    text = who.get("/runs/new").text
    for offered in ("linux-kernel", "host-ams", 'name="label.site" value="ams"'):
        assert offered in text
    hidden = who.hidden("/runs/new")
    said = {"baselines": "linux-kernel", "label.site": "ams", "goldens": "host-ams", "formats": "json"}
    assert "The run has begun" in who.send("/runs/new", **said).text
    (new,) = set(names_in(site.store)) - set(before)
    assert who.path == f"/runs/{new}?done=started"
    assert "site=ams" in who.page.text
    assert 'data-live="/api/v1/runs/' in who.page.text
    who.get("/runs/new")
    who.send("/runs/new", **said | hidden)
    assert len(names_in(site.store)) == len(before) + 1
    assert journal(site.store, "run started") == [new]
    who.get(f"/runs/{new}")
    assert "is cancelled" in who.send(f"/runs/{new}/cancel").text
    assert journal(site.store, "run cancelled") == [new]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"baselines": "../../etc/passwd"}, "pattern"),
        ({"baselines": "no-such-baseline"}, "no-such-baseline"),
        ({"label.site": "x" * 300}, "200"),
    ],
)
def test_what_cannot_be_run_is_refused_beside_what_was_written(site: Site, said: dict[str, str], told: str) -> None:
    """The form comes back, and there is no run."""
    before = names_in(site.store)
    who = site.by("operator")
    who.get("/runs/new")
    answer = who.send("/runs/new", targets="keep-this", **said)
    assert answer.status == 422
    assert 'role="alert"' in answer.text
    assert told in answer.text
    assert "keep-this" in answer.text
    assert names_in(site.store) == before


def test_whom_a_scope_limits_begins_runs_within_it_and_ends_his_own(site: Site) -> None:
    """Without its label nothing begins; a run of everything is not his to end."""
    who = site.by("operator-ams")
    text = who.get("/runs/new").text
    assert 'value="ams"' in text
    assert 'value="fra"' not in text
    assert "host-fra" not in text
    assert who.send("/runs/new", baselines="linux-kernel").status == 403
    who.get("/runs/new")
    assert who.send("/runs/new", baselines="linux-kernel", **{"label.site": "ams"}).status == 200
    own = who.path.removeprefix("/runs/").partition("?")[0]
    assert "Cancel the run" in who.page.text
    who.send(f"/runs/{own}/cancel")
    number = begun(site.store, site.estate.inventory)
    everything = row(site.store, number).name
    assert who.get(f"/runs/{everything}").status == 404  # none of its targets is known yet
    hidden = {"csrf": who_csrf(who)}
    assert who._follow("POST", f"/runs/{everything}/cancel", f"csrf={hidden['csrf']}".encode(), {}).status == 404
    viewer = site.by("viewer")
    assert "Cancel the run" not in viewer.get(f"/runs/{everything}").text
    assert "nothing was judged" not in viewer.page.text.lower()


def who_csrf(who: Browser) -> str:
    """The token of a session, as its pages have it."""
    who.get("/runs/new")
    return who.hidden("/runs/new")["csrf"]
