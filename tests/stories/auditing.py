"""What an auditor does at the browser: he asks who was read and who did what, and takes the proof along."""

import hashlib
import re

from playwright.sync_api import expect

from tests.stories.walking import Walker
from tests.stories.world import World

FORGED = """async path => (await fetch(path, {method: "POST", headers: {Accept: "text/html"}, body: new URLSearchParams(
    {csrf: document.querySelector("[name=csrf]").value, baselines: "linux-kernel"})})).status"""


def who_was_read_and_how_it_was(world: World, aud: Walker) -> None:
    """The population of the first run, who is missing and why, and one target now and as it was then."""
    aud.go(f"/runs/{world.runs[0]}")
    assert re.search(r"\d+ of \d+ targets", aud.text)
    aud.go(f"/runs/{world.runs[0]}/unread")
    for name in ("ams-db-01", "fra-db-01", "the login was refused"):
        assert name in aud.text
    aud.menu("Targets")
    aud.page.fill("[name=name]", "fra-db-01")
    aud.press("Apply")
    aud.follow("fra-db-01")
    aud.look("target")
    for tab in ("Facts", "Drift", "History"):
        aud.follow(aud.page.get_by_role("navigation", name="Parts").get_by_role("link", name=tab))
        aud.look(f"target-{tab.lower()}")
    aud.follow(aud.page.locator("main table a[href*='at=']").last)
    assert "As it was at" in aud.text
    assert "could not be reached" in aud.look("target-then")


def who_did_what(aud: Walker) -> None:
    """The journal, narrowed to one person."""
    aud.menu("Journal")
    aud.look("journal")
    aud.page.fill("[name=actor]", "eng")
    aud.press("Show")
    for done in ("eng began the run", "eng requested the waiver"):
        assert done in aud.text, aud.text


def a_report_to_take_along(world: World, aud: Walker) -> None:
    """Asked for, waited for, downloaded, checked; a download that broke off is taken up again."""
    aud.menu("Reports")
    aud.look("reports-empty")
    aud.page.select_option("[name=run]", world.runs[-1])
    aud.page.select_option("[name=format]", "pdf")
    aud.press("Make it")
    aud.look("report-waiting")
    download = aud.page.get_by_role("link", name="Download")
    expect(download).to_be_visible(timeout=180_000)
    aud.look("report")
    with aud.page.expect_download() as came:
        download.click()
    content = came.value.path().read_bytes()
    assert content.startswith(b"%PDF-")
    assert hashlib.sha256(content).hexdigest() in aud.page.inner_text("#h-check ~ dl")
    half = len(content) // 2
    rest = aud.context.request.get(str(download.get_attribute("href")), headers={"Range": f"bytes={half}-"})
    assert (rest.status, content[:half] + rest.body() == content) == (206, True)
    world.reports.append(content)
    aud.menu("Reports")
    aud.look("reports")


def changes_nothing(world: World, aud: Walker) -> None:
    """No form, no link to one, no forged request; and pages that are refused."""
    for path in ("/", "/runs", "/waivers", "/schedules", "/schedules/nightly", f"/waivers/{world.waived[0]}"):
        aud.go(path)
        aud.look("same")
    own = {"/sign-out", "/reports", "/journal/check"}
    pages = [html for who, _, html in world.seen.pages if who == "aud"]
    actions = {one for html in pages for one in re.findall(r'<form method="post" action="([^"]*)"', html)}
    assert {one for one in actions if not re.match(r"/reports/\d+/cancel", one)} <= own
    assert not any(f'href="{one}/new' in html for html in pages for one in ("/runs", "/waivers", "/schedules"))
    for path in ("/runs/new", "/schedules/nightly/run", f"/waivers/{world.waived[0]}/revoke", "/users/new"):
        assert aud.page.evaluate(FORGED, path) == 403, path
    aud.go("/users", 403)
    assert "users:read" not in aud.look("not-allowed")
    aud.go("/runs/no-such-run", 404)
    aud.look("not-found")
