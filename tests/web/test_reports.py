"""Reports on pages: asked for by a form, watched, taken along, refused."""

import hashlib
import time
from datetime import timedelta

import pytest
from sqlalchemy import update

from auditor.store import entries, exports
from auditor.store.engine import now
from auditor.store.entries import Only
from auditor.store.listing.looks import WHOLE
from auditor.store.listing.runs import find
from auditor.store.listing_tables import ExportRow
from auditor.store.sql import table_of
from tests.api.caller import Caller
from tests.web.browsing import Browser
from tests.web.conftest import Site


def finished(who: Browser) -> str:
    """The page of a report when it is not being made any more."""
    path = who.path.partition("?")[0]
    until = time.monotonic() + 60
    while 'data-while="waiting"' in who.get(path).text:
        assert time.monotonic() < until
        time.sleep(0.2)
    return who.page.text


def test_a_report_is_asked_for_watched_and_taken_along_with_its_checksum(site: Site) -> None:
    """What comes down is what the page says; the same question again leads to the same report."""
    who = site.by("auditor")
    assert "Nobody has asked for a report yet" in who.get("/reports").text
    who.send("/reports", what="run", run=site.estate.first, format="csv", **{"label.site": "ams"})
    assert who.path.startswith("/reports/")
    text = finished(who)
    number = who.path.removeprefix("/reports/")
    content = Caller(site.port, who.cookie).ask("GET", f"/api/v1/reports/{number}/content").text
    digest = hashlib.sha256(content.encode()).hexdigest()
    assert f"{digest}  {site.estate.first}-{number}.csv" in text
    assert "sha256sum -c" in text
    assert f"http://127.0.0.1:{site.port}/api/v1/reports/{number}/content" in text
    assert "fra-00" not in content
    listed = who.get("/reports").text
    assert digest[:16] in listed
    assert "site=ams" in listed
    who.send("/reports", what="run", run=site.estate.first, format="csv", **{"label.site": "ams"})
    assert who.path == f"/reports/{number}?done=there"
    with site.store.reading() as connection:
        asked = entries.entries(connection, Only(actor="auditor", action="report asked for"))
    assert [one.object for one in asked] == [site.estate.first] * 2


def test_a_period_and_a_moment_are_asked_for_in_a_zone(site: Site) -> None:
    """Days of the zone that was chosen; what is said for another way than the ticked one is left aside."""
    who = site.by("auditor")
    who.get("/reports")
    with site.store.reading() as connection:
        today = now(connection).date()
    begin = (today - timedelta(days=1)).isoformat()  # midnight may have passed since the run
    said = {
        "what": "period",
        "from": begin,
        "to": today.isoformat(),
        "zone": "UTC",
        "format": "json",
        "run": "no-such-run",
    }
    assert who.send("/reports", **said).status == 200
    assert "Period" in who.page.text
    finished(who)
    assert "Ready" in who.page.text


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"what": "run", "run": "nix"}, "there is no such run"),
        ({"what": "period", "from": "2026-11-01"}, "`to` is missing"),
        ({"what": "period", "from": "2026-11-30", "to": "2026-11-01", "zone": "UTC"}, "lies ahead|before it begins"),
        ({"what": "moment", "at": "2040-01-01T00:00", "zone": "UTC"}, "lies ahead"),
        ({"what": "moment", "at": "2026-03-29T02:30", "zone": "Europe/Paris"}, "does not exist"),
        ({"what": "nix"}, "say of what it is"),
        ({"what": "run", "run": "latest", "framework": "made-up"}, "made-up"),
        ({"what": "run", "run": "latest", "platforms": "toaster"}, "no target is chosen"),
        ({"what": "run", "run": "latest", "format": "exe"}, "Input should be"),
    ],
)
def test_what_cannot_be_made_is_refused_with_the_reason(site: Site, said: dict[str, str], told: str) -> None:
    """The form comes back as it was, and nothing is asked for."""
    who = site.by("auditor")
    who.get("/reports")
    answer = who.send("/reports", **{"format": "json"} | said)
    assert answer.status in (404, 409, 422)
    assert 'role="alert"' in answer.text
    text = answer.text.replace("&#39;", "'").lower()
    assert any(one.lower() in text for one in told.split("|"))
    with site.store.reading() as connection:
        assert all(row.format != "exe" for row in exports.listed(connection, WHOLE, None, None, 100))


def test_a_report_is_there_for_its_own_scope_only_and_can_be_cancelled(site: Site) -> None:
    """Somebody of one site does not learn that there is one of everything."""
    with site.store.writing() as connection:
        run = find(connection, site.estate.second, WHOLE, "")
        assert run is not None
        one = exports.ask(connection, run.id, "pdf", WHOLE, "auditor")
        later = now(connection) + timedelta(hours=1)
        table = table_of(ExportRow)
        connection.execute(update(table).where(table.c.id == one.id).values(lease=later))  # somebody makes it
    limited = site.by("auditor-ams")
    assert limited.get(f"/reports/{one.id}").status == 404
    assert site.estate.second not in limited.get("/reports").text
    who = site.by("auditor")
    text = who.get(f"/reports/{one.id}").text
    assert f'data-live="/api/v1/reports/{one.id}"' in text
    assert "It is made no more" in who.send(f"/reports/{one.id}/cancel").text
    assert "It was cancelled" in who.page.text
    with site.store.reading() as connection:
        (cancelled,) = entries.entries(connection, Only(action="report cancelled"))
    assert (cancelled.actor, cancelled.object) == ("auditor", site.estate.second)
