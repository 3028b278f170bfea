"""Waivers and schedules on pages: asked for, decided by somebody else, changed by who has seen what there is."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from sqlalchemy import update

from auditor.schedules import checked_schedule
from auditor.service.waiver_board import _stands
from auditor.store import schedules, slots
from auditor.store.sql import table_of
from auditor.store.tables import ScheduleSlot
from auditor.store.waivers import StoredWaiver
from auditor.waivers import End, Scope, State, Waiver
from auditor.web.pages.findings import _merged
from auditor.web.schedules_shown import coming
from tests.api.sites import HOSTILE
from tests.store.access.people import journal
from tests.web.browsing import Browser
from tests.web.conftest import Site

RULE = "linux-boot-nodev"
WHY = "the vendor's fix comes with the next release"


def day(days: int) -> str:
    return f"{datetime.now(UTC) + timedelta(days=days):%Y-%m-%d}"


def ask(by: Browser, target: str = "fra-00", **more: str) -> str:
    """Request a waiver on the page; its id."""
    by.get(f"/waivers/new?target={target}&rule={RULE}")
    said = {"rule": RULE, "targets": target, "why": WHY, "until": day(40), "zone": "Europe/Amsterdam"}
    answer = by.send("/waivers/new", **said | more)
    assert answer.status == 200, answer.text
    return re.fullmatch(r"/waivers/(W-\d+)\?done=requested", by.path)[1]  # type: ignore[index]


def test_the_form_is_filled_by_the_link_and_loses_nothing(site: Site) -> None:
    """What fails there is shown beside it; each fault stands at its field, and what was typed stays."""
    by = site.by("operator")
    shown = by.get(f"/waivers/new?target=fra-00&rule={RULE}").text
    assert f'value="{RULE}"' in shown
    assert ">\nfra-00</textarea>" in shown
    assert "mounts[/boot].options" in shown  # what fails there now
    typed = {"rule": RULE, "targets": "fra-00", "why": f"{HOSTILE} kept", "until": "soon", "zone": "Mars/Olympus"}
    wrong = by.send("/waivers/new", **typed)
    assert wrong.status == 422
    assert "Nothing was requested." in wrong.text
    assert 'id="wrong-zone"' in wrong.text
    assert f"{HOSTILE} kept" in unescape(wrong.text)
    assert "<script>alert" not in wrong.text
    assert "mounts[/boot].options" in wrong.text, "what fails there now stays beside the form"
    for said, field in (({"why": "short"}, "why"), ({"label": "site=ams"}, "targets"), ({"until": "soon"}, "until")):
        again = by.send("/waivers/new", **typed | {"zone": "UTC", "until": day(9), "why": WHY} | said)
        assert (again.status, f'id="wrong-{field}"' in again.text) == (422, True), (said, again.text)
        assert ("Write 8 characters or more" in again.text) == (field == "why")


def test_whoever_requests_is_never_offered_to_approve(site: Site) -> None:
    """With both roles too; the server refuses as well. Somebody else approves for what fails, and can take it back."""
    both, approver = site.by("both"), site.by("approver")
    name = ask(both, ticket="CHG-4711")
    page = both.get(f"/waivers/{name}").text
    assert "somebody else has to decide" in page
    assert f"/waivers/{name}/approve" not in page
    assert "<dt>Ticket</dt><dd>CHG-4711</dd>" in page
    seen = re.search(r'name="seen" value="([^"]*)"', approver.get(f"/waivers/{name}").text)
    assert seen
    both.page = approver.page
    fields = both.hidden(f"/waivers/{name}/approve")
    own = Browser(site.port, both.cookie)
    own.get("/account")
    token = own.hidden("/sign-out")["csrf"]
    own.page = approver.page
    refused = own.send(f"/waivers/{name}/approve", csrf=token, seen=fields["seen"])
    assert (refused.status, "whoever requested a waiver does not approve it" in refused.text) == (403, True)
    assert "1 for you" in approver.get("/waivers").text
    approver.get(f"/waivers/{name}")
    approver.send(f"/waivers/{name}/approve")
    assert approver.path == f"/waivers/{name}?done=approved"
    assert "Approved for these values" in approver.page.text
    assert site.by("viewer").get("/waivers?q=fra-00").text.count(f'href="/waivers/{name}"') == 1
    approver.get(f"/waivers/{name}")
    assert approver.send(f"/waivers/{name}/revoke", why="no").status == 422
    approver.send(f"/waivers/{name}/revoke", why="the host is replaced")
    assert approver.path == f"/waivers/{name}?done=revoked"
    assert "the host is replaced" in site.by("viewer").get("/waivers?show=over").text
    told = [action for actor, action, about in journal(site.store) if about == name]
    assert told == ["waiver requested", "waiver approved", "waiver revoked"]


def test_who_asked_takes_the_request_back(site: Site) -> None:
    """On its page, once: nobody else is offered it, and afterwards nobody decides about it."""
    by, approver = site.by("operator"), site.by("approver")
    name = ask(by)
    assert f"/waivers/{name}/withdraw" not in approver.get(f"/waivers/{name}").text
    by.get(f"/waivers/{name}")
    form = by.page
    assert "The request is taken back." in by.send(f"/waivers/{name}/withdraw").text
    assert f"/waivers/{name}/withdraw" not in by.page.text
    assert approver.send(f"/waivers/{name}/approve").status == 409
    by.page = form
    assert by.send(f"/waivers/{name}/withdraw").status == 409
    assert ("operator", "waiver withdrawn", name) in journal(site.store)


def test_of_two_who_decide_at_once_one_is_told_of_the_other(site: Site) -> None:
    """The second browser still shows the form: a conflict with who was faster, and nothing is done twice."""
    name = ask(site.by("operator"))
    one, other = site.by("approver"), site.by("both")
    one.get(f"/waivers/{name}")
    other.get(f"/waivers/{name}")
    one.send(f"/waivers/{name}/reject", why="it takes one line to mend")
    late = other.send(f"/waivers/{name}/approve")
    assert late.status == 409
    assert "the waiver is rejected by approver now" in late.text
    assert [about for _, action, about in journal(site.store) if action == "waiver approved"].count(name) == 0


def test_who_is_limited_sees_and_asks_within(site: Site) -> None:
    """A waiver on another site is not there; asking for one beyond the scope is refused with the form kept."""
    name = ask(site.by("operator"))
    limited = site.by("approver-ams")
    assert limited.get(f"/waivers/{name}").status == 404
    assert name not in limited.get("/waivers?show=requested").text
    by = site.by("operator-ams")
    by.get("/waivers/new")
    outside = by.send("/waivers/new", rule=RULE, targets="fra-00", why=WHY, until=day(9), zone="UTC")
    assert (outside.status, "The waiver must lie within your scope" in outside.text) == (403, True)
    assert WHY in unescape(outside.text)
    assert "Request a waiver" not in site.by("viewer").get("/waivers").text


def test_a_form_that_is_sent_twice_asks_once(site: Site) -> None:
    """By the back button: the same form again makes nothing; with something else in it, it is told so."""
    by = site.by("operator")
    name = ask(by, target="fra-01")
    before = len([1 for _, action, _ in journal(site.store) if action == "waiver requested"])
    by.get(f"/waivers/new?target=fra-01&rule={RULE}")
    form, said = by.page, {"rule": RULE, "targets": "fra-01", "why": WHY, "until": day(50), "zone": "UTC"}
    by.send("/waivers/new", **said)
    by.page = form
    assert by.send("/waivers/new", **said).status == 200
    by.page = form
    assert by.send("/waivers/new", **said | {"why": WHY + " or so"}).status == 409
    after = len([1 for _, action, _ in journal(site.store) if action == "waiver requested"])
    assert (name.startswith("W-"), after - before) == (True, 1)


def test_a_waiver_is_no_other_value_in_the_history() -> None:
    """One spell however often the value changed: only another value counts, not a waiver that came or went."""
    spell = {"status": "fail", "subject": "", "until": None}
    values = [["dns.servers", ["a"]]], [["dns.servers", ["a"]]], [["dns.servers", ["b"]]], [["dns.servers", ["b"]]]
    (merged,) = _merged([{**spell, "first": n, "seen": seen} for n, seen in enumerate(values)])
    assert (merged["values"], merged["first"]) == (2, 0)


SAID = {"state": "approved", "covers": 2, "lapsed": 0, "reason": ""}


@pytest.mark.parametrize(
    ("state", "until", "said", "stands"),
    [
        ("requested", 40, None, ("requested", "", "requested")),
        ("approved", 40, None, ("in-force", "", "approved")),
        ("approved", 9, SAID, ("in-force", "expiring", "approved")),
        ("approved", -9, SAID, ("over", "expired", "expired")),
        ("approved", 40, {**SAID, "lapsed": 1, "reason": "the value changed"}, ("in-force", "lapsed", "approved")),
        ("approved", 40, {**SAID, "state": "lapsed", "covers": 0, "lapsed": 2}, ("over", "lapsed", "lapsed")),
        ("revoked", 40, SAID, ("over", "", "revoked")),
    ],
)
def test_how_a_waiver_stands(state: str, until: int, said: dict[str, object] | None, stands: tuple[str, ...]) -> None:
    """By what was decided, by the day, and by what the latest run saw."""
    at = datetime.now(UTC)
    waiver = Waiver("W-1", RULE, Scope(("a",)), WHY, "op", at, End(day(until), "UTC"), None, State(state))
    found = _stands(StoredWaiver(1, waiver, at, at), at, "run", said)
    assert (found.shelf, found.attention, found.state) == stands


NIGHTLY = {"name": "nightly", "cron": "30 2 * * *", "zone": "Europe/Amsterdam", "baselines": "linux-kernel"}
FORM = {"formats": "json", "catch_up": "once", "catch_up_within": "24h"}


def test_a_schedule_is_looked_at_added_changed_and_retired(site: Site) -> None:
    """Looking saves nothing; two who change it at once do not undo each other."""
    by, viewer = site.by("operator"), site.by("viewer")
    by.get("/schedules/new")
    looked = by.send("/schedules/new", **NIGHTLY, **FORM, look="1")
    assert (looked.status, "Nothing is saved yet." in looked.text) == (200, True)
    assert "No schedule" not in looked.text
    assert "Nothing is audited by itself yet." in viewer.get("/schedules").text
    wrong = by.send("/schedules/new", **NIGHTLY | {"cron": "61 2 * * *", "zone": "Mars/X"}, **FORM, blackouts="never")
    assert wrong.status == 422
    for field in ("cron", "zone", "blackouts"):
        assert f'id="wrong-{field}"' in wrong.text
    assert (
        by.send("/schedules/new", **NIGHTLY, **FORM, blackouts="daily 02:00-04:00 then after because backup").status
        == 200
    )
    assert by.path == "/schedules/nightly?done=added"
    assert by.page.text.count("because backup") >= 2  # as it is written, and at the due time that it moves
    assert "/pause" not in viewer.get("/schedules/nightly").text
    other = site.by("both")
    other.get("/schedules/nightly/edit")
    by.get("/schedules/nightly/edit")
    assert 'value="30 2 * * *"' in by.page.text
    assert by.send("/schedules/nightly/edit", **NIGHTLY, **FORM, min_coverage="many").status == 422
    assert 'id="wrong-min_coverage"' in by.page.text
    by.send("/schedules/nightly/edit", **NIGHTLY | {"cron": "45 3 * * *"}, **FORM, fail_on="low")
    assert "Low or worse fails" in by.page.text
    assert by.path == "/schedules/nightly?done=changed"
    late = other.send("/schedules/nightly/edit", **NIGHTLY | {"cron": "0 5 * * *"}, **FORM)
    assert (late.status, "somebody has changed the schedule since" in late.text) == (409, True)
    other.get("/schedules/nightly")
    by.get("/schedules/nightly")
    by.send("/schedules/nightly/pause")
    assert "Paused: nothing of it runs" in by.page.text
    assert other.send("/schedules/nightly/retire").status == 409
    by.send("/schedules/nightly/resume")
    by.send("/schedules/nightly/run")
    assert "A run has begun." in by.page.text
    by.send("/schedules/nightly/retire")
    assert (by.path, by.get("/schedules/nightly").status) == ("/schedules?done=retire", 404)
    told = [action for actor, action, about in journal(site.store) if about == "nightly"]
    steps = ["added", "changed", "paused", "resumed", "run", "retired"]
    assert told == [f"schedule {step}" for step in steps]


def test_what_came_of_due_times_is_told_with_why(site: Site) -> None:
    """Left out, missed: in words and by mark. Who is limited sees those within, and a run now is asked for once."""
    by, limited = site.by("operator"), site.by("operator-ams")
    limited.get("/schedules/new")
    outside = limited.send("/schedules/new", **NIGHTLY | {"name": "mine"}, **FORM)
    assert (outside.status, "Choose by labels that lie within your scope" in outside.text) == (403, True)
    limited.send("/schedules/new", **NIGHTLY | {"name": "mine"}, **FORM, labels="site=ams")
    assert limited.path == "/schedules/mine?done=added"
    by.get("/schedules/new")
    by.send("/schedules/new", **NIGHTLY | {"name": "all"}, **FORM)
    assert limited.get("/schedules/all").status == 404
    form = by.get("/schedules/all")
    by.send("/schedules/all/run")
    by.page = form
    by.send("/schedules/all/run")
    with site.store.writing() as connection:
        stored = schedules.find(connection, "all")
        assert len(slots.slots_of(connection, stored.id)) == 1
        said = {"outcome": "skipped", "reason": f"inside the blackout window {HOSTILE}", "run": None}
        connection.execute(update(table_of(ScheduleSlot)).where(ScheduleSlot.schedule == stored.id).values(said))  # type: ignore[arg-type]
    shown = site.by("viewer").get("/schedules/all").text
    assert "Left out" in shown
    assert HOSTILE[:20] in unescape(shown)
    assert "<script>alert" not in shown


@pytest.mark.parametrize(
    ("at", "due", "utc", "change"),
    [
        ("2026-10-23", ["2026-10-24 02:30 CEST", "2026-10-25 02:30 CEST", "2026-10-26 02:30 CET"], "00:30", "back 1 h"),
        ("2027-03-26", ["2027-03-27 02:30 CET", "2027-03-28 03:00 CEST", "2027-03-29 02:30 CEST"], "01:30", "forward"),
    ],
)
def test_due_times_are_told_in_the_zone_and_in_utc_across_a_change(
    at: str, due: list[str], utc: str, change: str
) -> None:
    """The night on which the clock changes says so."""
    schedule = checked_schedule({**{k: NIGHTLY[k] for k in ("name", "cron", "zone")}, "work": {"inventory": "/i"}})
    found = coming(schedule, datetime.fromisoformat(f"{at}T12:00:00+00:00"), 3)
    assert [one["due"] for one in found] == due
    assert found[0]["utc"].endswith(utc)
    assert [change in one["change"] for one in found].count(True) == 1
