"""The three people who use it each week, from their first sign-in to what they came for, in a real browser."""

import contextlib
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.serve.processes import until
from tests.serve.test_first_admin import token_in
from tests.store.access.people import dump, spellings
from tests.stories import auditing, changing
from tests.stories.walking import Walker
from tests.stories.world import World, last_part, write_inventory

BASELINES = ("linux-kernel", "vsphere-host")
pytestmark = pytest.mark.browser
USERS = {"eng": ("operator", ""), "aud": ("auditor", ""), "boss": ("approver", ""), "amy": ("viewer", "site=ams")}


def test_the_first_admin_comes_in_and_hands_out_keys(world: World) -> None:
    """With the printed token; nobody's password is known to the admin, and each token is shown once."""
    lead = world.somebody("lead")
    token = world.secrets["setup token"] = token_in(world.service.greeting())
    password = world.secrets["password of lead"] = "canary lead plums 7 at dawn"
    lead.go("/")
    lead.look("setup")
    for said in ("audonce_" + "x" * 43, token):
        lead.page.fill("[name=token]", said)
        lead.page.fill("[name=name]", "lead")
        lead.page.fill("[name=password]", password)
        lead.page.fill("[name=again]", password)
        lead.press("Make the administrator")
        if said != token:
            expect(lead.page.get_by_role("alert")).to_be_visible()
            lead.look("setup-wrong")
    assert lead.path == "/sign-in?done=made"
    lead.look("sign-in")
    lead.sign_in(password)
    lead.look("overview-empty")
    world.people["lead"] = lead
    lead.menu("Users")
    for name, (role, scope) in USERS.items():
        lead.go("/users/new")
        lead.page.fill("[name=name]", name)
        if name == "eng":
            lead.page.fill("[name=scope]", "everywhere")
            lead.press("Add the user")
            expect(lead.page.get_by_role("alert")).to_be_visible()
            lead.look("user-new-wrong")
        lead.page.fill("[name=display]", f"{name.capitalize()} of the story")
        lead.page.select_option("[name=role]", role)
        lead.page.fill("[name=scope]", scope)
        lead.press("Add the user")
        world.secrets[f"token of {name}"] = lead.page.input_value("#secret")
        lead.look("token-to-hand-over", secret=True)
    for name in ("targets", "findings", "rules", "runs", "drift", "waivers", "schedules", "inventory", "notifications"):
        lead.menu(name.capitalize())
        lead.look(f"{name}-empty")
    lead.menu("Users")
    lead.look("users")
    lead.go("/users/amy")
    lead.look("user")
    lead.go("/users/roles")
    lead.look("users-roles")


def test_the_keyboard_reaches_the_menu_and_the_content(world: World) -> None:
    """The first key leads past the menu, the next ones through it."""
    page = world.by("lead").page
    world.by("lead").go("/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    expect(page.get_by_role("link", name="Skip to content")).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    world.by("lead").go("/")
    for _ in range(4):
        page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Runs", exact=True)).to_be_focused()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert world.by("lead").path == "/runs"


def to_its_end(who: Walker) -> str:
    """Wait until the page of a run shows by itself that it ended; the run's name."""
    expect(who.page.locator("#h-coverage")).to_be_visible(timeout=120_000)
    return last_part(who.path)


def test_the_engineer_starts_a_run_and_watches_it(world: World) -> None:
    """The page tells how far it is without being loaded again, and then what came of it."""
    eng = world.arrive("eng")
    eng.menu("Runs")
    eng.follow("Start a run")
    eng.look("run-new")
    eng.page.fill("[name=targets]", "x" * 301)
    eng.press("Start the run")
    expect(eng.page.get_by_role("alert").first).to_be_visible()
    eng.look("run-new-wrong")
    eng.page.fill("[name=targets]", "")
    for baseline in BASELINES:
        eng.page.check(f"[name=baselines][value={baseline}]")
    eng.press("Start the run")
    assert eng.path.endswith("?done=started")
    expect(eng.page.locator("[data-live]")).to_be_visible()
    eng.look("run-live")
    world.runs.append(to_its_end(eng))
    assert f"/api/v1/runs/{world.runs[0]}" in eng.asked
    eng.go(f"/runs/{world.runs[0]}")
    eng.look("run")
    eng.follow(eng.page.get_by_role("navigation", name="Parts of this run").get_by_role("link", name="Not read"))
    assert "the login was refused" in eng.look("run-unread")
    eng.follow(eng.page.get_by_role("navigation", name="Parts of this run").get_by_role("link", name="Sources"))
    eng.look("run-sources")


def test_the_engineer_goes_from_the_overview_to_what_is_worst(world: World) -> None:
    """The worst rule, one host of it, what was read there, how to mend it; and asks for a waiver."""
    eng = world.by("eng")
    eng.menu("Overview")
    eng.look("overview-first")
    eng.follow(eng.page.locator(".fixes a").first)
    eng.look("rule")
    rule = last_part(eng.path)
    eng.go(f"/findings?status=fail&rule={rule}")
    eng.look("findings")
    eng.follow(eng.page.locator("tbody th a").first)
    html, finding = eng.look("finding"), eng.path
    for part in ("Evidence", "How to fix it", "Who else"):
        expect(eng.page.get_by_role("heading", name=part)).to_be_visible()
    assert "expected" in html.lower()
    eng.follow("Request a waiver")
    eng.look("waiver-new")
    assert eng.page.input_value("[name=rule]") == rule
    eng.page.fill("[name=why]", "the vendor mends it with the next release")
    eng.page.fill("[name=until]", "2020-01-01")
    eng.press("Request it")
    expect(eng.page.locator("[aria-invalid=true], [role=alert]").first).to_be_visible()
    eng.look("waiver-new-wrong")
    eng.page.fill("[name=until]", eng.page.evaluate("new Date(Date.now() + 40 * 864e5).toISOString().slice(0, 10)"))
    eng.press("Request it")
    assert eng.path.startswith("/waivers/W-")
    eng.look("waiver-own")
    assert "somebody else has to decide" in eng.text
    assert eng.page.get_by_role("button", name="Approve").count() == 0
    waiver = last_part(eng.path)
    boss = world.arrive("boss")
    boss.menu("Waivers")
    boss.look("waivers-waiting")
    boss.follow(boss.page.get_by_role("link", name=waiver).first)
    boss.look("waiver-to-decide")
    boss.press("Approve for what fails now")
    assert boss.path == f"/waivers/{waiver}?done=approved"
    boss.look("waiver-approved")
    world.waived = (waiver, finding)


def test_without_script_the_engineer_sees_the_waiver_in_the_next_run(world: World) -> None:
    """The same steps by links and forms alone; one host can be read now that could not before."""
    write_inventory(world.inventory.parent, fra_db_01="fine")
    eng = world.without_script("eng")
    eng.menu("Runs")
    eng.follow("Start a run")
    for baseline in BASELINES:
        eng.page.check(f"[name=baselines][value={baseline}]")
    eng.press("Start the run")
    name = last_part(eng.path)
    until(lambda: not eng.opened(f"/runs/{name}").locator("[data-live]").count(), "the end of the run", 120)
    world.runs.append(name)
    eng.look("run")
    waiver, finding = world.waived
    eng.go(finding)
    assert f"/waivers/{waiver}" in eng.look("finding")
    eng.go("/waivers")
    eng.follow(waiver)
    assert name in eng.look("waiver-approved")
    eng.menu("Overview")
    eng.follow(eng.page.locator(".fixes a").first)
    eng.look("rule")
    eng.go("/findings?status=fail&rule=" + last_part(finding))
    assert eng.page.locator(f"tbody a[href='/waivers/{waiver}']").count() == 1
    eng.look("findings")
    world.by("eng").go(finding)
    world.by("eng").look("finding-waived")


def test_the_lead_sees_whether_it_gets_better(world: World) -> None:
    """On the first page: how many were read, the pair, and what the two runs say of each other."""
    lead = world.by("lead")
    lead.menu("Overview")
    lead.look("overview")
    expect(lead.page.get_by_text(re.compile(r"^Since the run before: [+−]\d"))).to_be_visible()
    lead.page.get_by_text("The same as a table").click()
    assert lead.page.locator(".numbers tbody tr").count() == 2
    lead.follow(lead.page.locator(".turns a").first)
    lead.look("run-changes")
    lead.menu("Targets")
    lead.look("targets")


def test_two_people_agree_on_a_change_of_a_switch(world: World) -> None:
    """The network engineer checks it before its window and is not asked; who approves sees what it would break."""
    change = changing.the_engineer_checks_it(world.by("eng"))
    changing.another_decides(world.by("boss"), change)


def test_the_engineer_plans_audits_and_runs_one_now(world: World) -> None:
    """What it would be due is shown before anything is saved."""
    eng = world.by("eng")
    eng.menu("Schedules")
    eng.follow("Add a schedule")
    eng.look("schedule-new")
    eng.page.fill("[name=name]", "nightly")
    eng.page.fill("[name=cron]", "61 2 * * *")
    eng.press("Add the schedule")
    eng.look("schedule-new-wrong")
    eng.page.fill("[name=cron]", "30 2 * * *")
    eng.page.fill("[name=zone]", "Europe/Amsterdam")
    eng.page.fill("[name=labels]", "site=ams")
    eng.page.get_by_text("By which baselines").click()
    eng.page.check("[name=baselines][value=linux-kernel]")
    eng.press("Show when it is due")
    eng.look("schedule-look")
    eng.press("Add the schedule")
    assert eng.path == "/schedules/nightly?done=added"
    eng.press("Run it now")
    eng.look("schedule")
    run = "#h-was ~ table tbody a"
    until(lambda: eng.opened("/schedules/nightly").locator(run).count(), "a run of the schedule")
    eng.follow(eng.page.locator(run).first)
    world.runs.append(to_its_end(eng))
    eng.menu("Schedules")
    eng.look("schedules")
    eng.menu("Runs")
    eng.look("runs")
    for word in ("Inventory", "Rules", "Drift", "Waivers"):
        eng.menu(word)
        eng.look(word.lower())


@pytest.mark.needs_pango
def test_two_people_agree_on_a_golden_profile(world: World) -> None:
    """The engineer proposes it and is not asked; who approves sees fact by fact what it demands."""
    eng = world.by("eng")
    eng.menu("Golden")
    eng.follow("Propose a profile")
    eng.page.fill("[name=name]", "story-linux")
    eng.page.fill(
        "[name=text]", "golden: story-linux\ntitle: Hosts of the story\nfor: {platform: linux}\nfacts: {no: 1}\n"
    )
    eng.page.fill("[name=reason]", "what they all have in common")
    eng.press("Propose it")
    expect(eng.page.get_by_role("alert")).to_be_visible()
    eng.look("golden-new-wrong")
    eng.page.fill("[name=text]", eng.page.input_value("[name=text]").replace("no: 1", "virtualisation: none"))
    eng.press("Propose it")
    assert "somebody else has to decide" in eng.text
    boss = world.by("boss")
    boss.go(eng.path.partition("?")[0])
    assert "virtualisation" in boss.look("golden-to-decide")
    boss.press("Approve it")
    assert boss.path.endswith("?done=approved")
    boss.go("/golden/story-linux")
    assert "Take it out of use" in eng.opened("/golden/story-linux").inner_text("body")
    boss.look("golden-profile")


def test_the_auditor_proves_it_and_takes_it_along(world: World) -> None:
    """Who was read, how it was, who did what; a report whose bytes are those that the page promises."""
    aud = world.arrive("aud")
    auditing.who_was_read_and_how_it_was(world, aud)
    auditing.who_did_what(aud)
    auditing.a_report_to_take_along(world, aud)


def test_the_auditor_changes_nothing(world: World) -> None:
    """No page offers it, and what is sent all the same is refused."""
    auditing.changes_nothing(world, world.by("aud"))


def test_whom_a_scope_limits_never_meets_the_other_site(world: World) -> None:
    """No name, label or number of it on any page; its addresses are not there."""
    amy = world.arrive("amy")
    links = ["/", "/runs", "/targets", "/findings", "/findings?status=unknown", "/drift", "/rules", "/waivers",
             "/schedules", "/inventory", "/account", *(f"/runs/{one}{part}" for one in world.runs
             for part in ("", "/changes", "/unread", "/sources"))]  # fmt: skip
    for path in links:
        amy.go(path)
        amy.look(f"limited-{path.strip('/').partition('?')[0]}" if path in ("/", "/runs", "/inventory") else "same")
    numbers = [(who, one) for who, _, html in world.seen.pages for one in re.findall(r"/targets/\d+", html)]
    own = {one for who, one in numbers if who == "amy"}
    foreign = {one for who, one in numbers if who != "amy"}
    assert own
    assert foreign - own
    for path in sorted(foreign - own):
        amy.go(path, 404)
    amy.look("same")
    told = [(path, html) for who, path, html in world.seen.pages if who == "amy"]
    assert [(path, one) for path, html in told for one in re.findall(r".{0,60}\bfra\b.{0,20}", html)] == []
    amy.go("/reports", 403)
    amy.look("not-allowed-viewer")


def test_no_secret_of_these_stories_is_anywhere(world: World) -> None:
    """Database, log, pages, reports, process list: no password, no token, no session of anybody."""
    secrets = {**world.secrets}
    for name, who in world.people.items():
        secrets |= {f"session of {name}": one["value"] for one in who.context.cookies() if "value" in one}
    assert len(secrets) >= 12
    store = world.service.store()
    files = [one for one in (world.inventory.parent / "state").rglob("*") if one.is_file()]
    places = {"database": dump(store), "log": world.service.log().encode()}
    places |= {f"file {one.name}": one.read_bytes() for one in files}
    places |= {f"page {path}": html.encode() for _, path, html in world.seen.pages}
    places |= {f"report {number}": content for number, content in enumerate(world.reports)}
    store.close()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                places[f"process {entry.name}"] = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
    found = [
        (what, place, how)
        for what, secret in secrets.items()
        for how, spelled in spellings(secret).items()
        for place, content in places.items()
        if spelled in content
    ]
    assert found == []
    assert "Traceback" not in world.service.log()
