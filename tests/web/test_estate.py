"""Targets, findings, rules and drift as people see them who see all of it, one site, or no evidence."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from urllib.parse import quote

import pytest

from auditor.access import Role
from auditor.access import Scope as Access
from auditor.api.context import Context
from auditor.service.accepting import bound_now
from auditor.service.requesting import asked
from auditor.store import waivers
from auditor.store.access.acting import local_actor
from auditor.store.engine import Store, now
from auditor.waivers import Scope
from auditor.web.app import make_site
from tests.api.rows import made
from tests.api.serving import served
from tests.api.sites import audited
from tests.store.access.people import person
from tests.web.browsing import Browser, browser
from tests.web.conftest import Site
from tests.web.estates import drifted, night, result, verdict

RULE, WAIVED = "linux-boot-loader-password", "linux-crypto-policy-modern"
HOSTILE = 'h"><script>alert(1)</script>\u202egnp.exe'
LONG = "n" * 10_000


@pytest.fixture(scope="module")
def estate(site: Site) -> Site:
    """The two nights, a waiver for one host, and a third night in which it is in force; then a hostile one."""
    store = site.store
    with store.writing() as connection:
        made_up = asked("", WAIVED, Scope(("ams-00",)), None, "known, and planned", "operator", "2027-06-30", "UTC")
        waiver = waivers.request(connection, made_up, local_actor())
        bound = bound_now(connection, waiver, now(connection))
        waivers.approve(connection, waiver.id, "approver", bound, local_actor())
    audited(store, site.estate.inventory, goldens=["host-ams", "host-fra"])
    return site


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Browser]]:
    """A service whose hosts, rules and values are hostile, and somebody who sees it all."""
    folder: Path = tmp_path_factory.mktemp("hostile")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AUDITOR_STATE", str(folder))
        store = made(f"sqlite:///{folder}/a.sqlite")
        person(store, "zoe", *Role, password=None)
        at = datetime.now(UTC) - timedelta(hours=1)
        found = [verdict("linux-x", "fail", "high", HOSTILE, HOSTILE), verdict("linux-y", "fail", "low", LONG, LONG)]
        found += [verdict("linux-z", "unknown", "low", None, [LONG] * 3)]
        drift = [drifted("gold", HOSTILE, {HOSTILE: LONG}), drifted("gold", LONG, LONG)]
        labels = {HOSTILE: HOSTILE, "long": LONG}
        results = [
            result(HOSTILE, at, found, drift, source=HOSTILE, labels=labels),
            result(LONG, at, found, drift, source=LONG, labels=labels),
            result("lost", at, found, [], status="unreachable", reason=HOSTILE + LONG, labels=labels),
        ]
        night(store, "run-1", at, results, ["gold"])
        with served(Context(store), make_site) as port:
            yield port, browser(port, store, "zoe")
        store.close()


def number_of(who: Browser, name: str) -> int:
    """The number of a target, by the list."""
    found = re.search(r'href="/targets/(\d+)"', who.get(f"/targets?name={name}").text)
    assert found is not None
    return int(found[1])


def text_of(who: Browser, path: str) -> str:
    """What is read on a page: without its markup."""
    answer = who.get(path)
    assert answer.status == 200, (path, answer.text[:2000])
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", answer.text[answer.text.index("<main") :])))


def rows_of(who: Browser) -> list[str]:
    """The rows of the tables of this page, as text."""
    bodies = "".join(re.findall(r"<tbody>.*?</tbody>", who.page.text, re.DOTALL))
    return [unescape(re.sub(r"<[^>]+>", " ", one)) for one in re.findall(r"<tr>.*?</tr>", bodies, re.DOTALL)]


def followed(who: Browser, path: str) -> list[str]:
    """The rows of a list, page after page, as they stand."""
    rows: list[str] = []
    while path:
        answer = who.get(path)
        assert answer.status == 200
        body = "".join(re.findall(r"<tbody>.*?</tbody>", answer.text, re.DOTALL))
        rows += re.findall(r"<tr>.*?</tr>", body, re.DOTALL)
        more = re.search(r'rel="next" href="([^"]*)"', answer.text)
        path = path.partition("?")[0] + unescape(more[1]) if more else ""
    return rows


def test_the_list_of_targets_tells_coverage_first_and_the_lost_ones_last(estate: Site) -> None:
    """Four were read, two were not: their failures are not known, and not none."""
    who = estate.by("viewer")
    text = text_of(who, "/targets")
    assert "6 targets in all" in text
    assert 'aria-label="4 read, 0 stale, 2 unreachable"' in who.page.text
    rows = rows_of(who)
    assert [("Unreachable" in one) for one in rows] == [False] * 4 + [True] * 2
    for path, names in {
        "/targets?status=unreachable": ["ams-02", "fra-02"],
        "/targets?status=unread&label=site%3Dfra": ["fra-02"],
        "/targets?label=site%3Dfra&sort=name": ["fra-00", "fra-01", "fra-02"],
        "/targets?source=ams-00": ["ams-00"],
        "/targets?name=00&platform=linux&sort=name": ["ams-00", "fra-00"],
        "/targets?platform=esxi": [],
        "/targets?gone=yes": [],
    }.items():
        who.get(path)
        assert [one for row in rows_of(who) for one in re.findall(r"(?:ams|fra)-\d\d", row)[:1]] == names, path
    assert "is no label" in text_of(who, "/targets?label=nonsense")
    assert who.get("/targets?after=xyz").status == 422


def test_who_sees_one_site_sees_nothing_of_the_other(estate: Site) -> None:
    """Not in lists, not in counts, not by address; what is out of scope is not there."""
    every, ams = estate.by("viewer"), estate.by("viewer-ams")
    fra = number_of(every, "fra-00")
    pages = ["/targets", "/findings", f"/rules/{RULE}", "/drift", "/drift?view=hosts", "/rules"]
    pages += [f"/targets/{number_of(ams, 'ams-00')}/findings/{RULE}", "/golden/host-ams", "/findings?status=unknown"]
    for path in pages:
        assert "fra-0" in every.get(path).text or "ams" in path or path in ("/rules", "/findings?status=unknown")
        assert "fra-0" not in ams.get(path).text, path
        assert "host-fra" not in ams.page.text, path
    assert "3 targets in all" in text_of(ams, "/targets")
    own = f"/targets/{number_of(ams, 'ams-00')}/findings/{RULE}"
    assert "1 other target fails this rule" in text_of(ams, own)
    assert "3 other targets fail this rule" in text_of(every, own)
    assert "2 targets fail" in text_of(ams, f"/rules/{RULE}")
    assert "4 targets fail" in text_of(every, f"/rules/{RULE}")
    for path in (f"/targets/{fra}", f"/targets/{fra}/findings/{RULE}", "/golden/host-fra", f"/targets/{fra}?tab=facts"):
        assert every.get(path).status == 200, path
        assert ams.get(path).status == 404, path


def test_facts_are_for_those_who_may_see_evidence(estate: Site) -> None:
    """Each value with its path and source, gaps as well; searched, below one fact, a part at a time."""
    viewer, auditor = estate.by("viewer"), estate.by("auditor")
    page = f"/targets/{number_of(viewer, 'ams-00')}?tab=facts"
    assert "You may not see facts" in text_of(viewer, page)
    assert "/etc/passwd" not in viewer.page.text
    text = text_of(auditor, page)
    assert "Could not be read" in text
    assert "a secret: never read" in text
    found = text_of(auditor, f"{page}&q=sshd&root=accounts")
    assert re.search(r"accounts\[sshd\].*shell\s+/usr/sbin/nologin\s+/etc/passwd", found, re.DOTALL)
    assert "Nothing of it fits" in text_of(auditor, f"{page}&q=no-such-thing")
    whole = re.findall(r'<code title="([^"]*)"', "".join(followed(auditor, page)))
    assert len(whole) == len(set(whole)) > 1000


def test_a_target_is_shown_as_of_any_time_in_a_named_zone(estate: Site) -> None:
    """The form leads to an address with the moment in UTC; before the first run there is nothing, and it says so."""
    who = estate.by("viewer")
    number = number_of(who, "ams-00")
    who.get(f"/targets/{number}?day=2199-07-01T12%3A00&zone=Europe%2FParis&tab=history")
    assert who.path == f"/targets/{number}?at=2199-07-01T10%3A00%3A00Z&zone=Europe%2FParis&tab=history"
    assert 'value="2199-07-01T12:00"' in who.page.text
    assert "As it was at" in text_of(who, who.path)
    early = who.get(f"/targets/{number}?at=2001-01-01T00:00:00Z")
    assert (early.status, "had not been seen by then" in early.text) == (404, True)
    for wrong in (
        "day=tomorrow",
        "day=2026-11-01T00%3A00&zone=Mars%2FBase",
        "at=2026-11-01",
        "at=9999-12-31T23:59:59-23:59",
    ):
        assert who.get(f"/targets/{number}?{wrong}").status == 422, wrong
    looks = re.findall(r'href="\?at=([^"]*)"', who.get(f"/targets/{number}?tab=history").text)
    assert len(looks) >= 2
    oldest = text_of(who, f"/targets/{number}/findings/{WAIVED}?at={looks[-1]}")
    assert "Waived" not in oldest.replace("Request a waiver", "")
    assert "Waived" in text_of(who, f"/targets/{number}/findings/{WAIVED}")
    assert "Read for the first time" in text_of(who, f"/targets/{number}?tab=history")


def test_who_was_not_read_is_told_with_the_reason(estate: Site) -> None:
    """On every tab, before anything else."""
    who = estate.by("auditor")
    number = number_of(who, "ams-02")
    for tab in ("findings", "facts", "drift", "history"):
        assert "It could not be reached: nobody answers. It has never been read" in text_of(
            who, f"/targets/{number}?tab={tab}"
        )
    assert "Nothing is known of it now" in text_of(who, f"/targets/{number}")
    assert "whether this rule passes is unknown" in text_of(who, f"/targets/{number}/findings/{RULE}")


def test_findings_are_walked_to_the_end_the_worst_first(estate: Site) -> None:
    """Every failure once, over all pages; and the filters."""
    who = estate.by("viewer")
    rows = followed(who, "/findings")
    assert len(rows) == len(set(rows)) > 100
    severities = [re.search(r'class="sev (\w+)"', one) for one in rows]
    order = [["critical", "high", "medium", "low", "info"].index(one[1]) for one in severities if one]
    assert len(order) == len(rows)
    assert order == sorted(order)
    assert "2 targets were not read" in text_of(who, "/findings")
    counted = {
        f"/findings?rule={RULE}": 4,
        f"/findings?rule={RULE}&target=ams": 2,
        "/findings?waived=yes": 1,
        f"/findings?waived=no&rule={WAIVED}": 3,
        "/findings?framework=stig&control=RHEL-09-212010": 4,
        "/findings?framework=stig&control=no-such": 0,
        "/findings?severity=critical": 0,
        f"/findings?rule={RULE}&status=pass": 0,
        f"/findings?rule={RULE}&label=site%3Dfra": 2,
    }
    assert {path: len(followed(who, path)) for path in counted} == counted
    assert len(followed(who, "/findings?severity=high")) == sum(one == 1 for one in order)
    assert who.get("/findings?after=WzFd").status == 422
    assert who.get("/findings?status=nonsense").status == 422


def test_a_finding_says_what_is_wrong_who_else_has_it_and_what_to_do(estate: Site) -> None:
    """Evidence, fix, references, history; a waiver can be asked for by who may, and where none stands."""
    operator, viewer = estate.by("operator"), estate.by("viewer")
    number = number_of(operator, "ams-00")
    text = text_of(operator, f"/targets/{number}/findings/{RULE}")
    for part in (
        "boot.loader_password is false , and should be true.",
        "How to fix it",
        "grub-mkpasswd-pbkdf2",
        "CM-6",
    ):
        assert part in text, part
    assert "3 other targets fail this rule" in text
    assert f'href="/waivers/new?target=ams-00&amp;rule={RULE}"' in operator.page.text
    assert "/waivers/new" not in viewer.get(f"/targets/{number}/findings/{RULE}").text
    assert "/waivers/new" not in operator.get(f"/targets/{number}/findings/{WAIVED}").text
    assert "Accepted until 30 Jun 2027" in text_of(operator, f"/targets/{number}/findings/{WAIVED}")
    several = text_of(viewer, f"/targets/{number}/findings/linux-odd-protocols-barred")
    assert several.count("Found") == 4
    one = text_of(viewer, f"/targets/{number}/findings/linux-odd-protocols-barred?subject=dccp")
    assert (one.count("Found"), "modules[dccp].barred" in one) == (1, True)
    for path in (
        f"/targets/{number}/findings/no-such",
        "/targets/999999/findings/x",
        f"/targets/{number}/findings/%00",
    ):
        assert viewer.get(path).status == 404, path


def test_rules_are_listed_with_where_they_fail(estate: Site) -> None:
    """Failing ones first; by text, baseline and platform; one that no run judged has its page too."""
    who = estate.by("operator")
    text_of(who, "/rules")
    first = [int(one[1]) for row in rows_of(who) if (one := re.search(r"\n\s*(\d+)\s+\S+\s*$", row.strip()))]
    assert first == sorted(first, reverse=True)
    text_of(who, f"/rules?q={RULE}&baseline=linux-kernel&platform=linux&severity=high")
    assert len(rows_of(who)) == 1
    assert f'href="/findings?rule={RULE}"' in who.page.text
    assert "No rule fits" in text_of(who, "/rules?q=no-such-rule")
    page = text_of(who, f"/rules/{WAIVED}")
    assert "W-1" in page
    assert "for target ams-00" in page or "ams-00" in page
    assert "It fails nowhere" in text_of(who, "/rules/esxi-account-lockout")
    assert who.get("/rules/no-such").status == 404
    assert len(followed(who, "/rules")) > 500


def test_drift_is_told_across_hosts(estate: Site) -> None:
    """By path with what is there instead, by host, and by golden profile with what it demands."""
    who = estate.by("viewer")
    text = text_of(who, "/drift?golden=host-ams")
    assert "4 hosts compared with golden profiles: 4 differ" in text
    assert re.search(r"2 of 2 hostname .* Expected another rhel-9-poor\S* on 2: ams-00 , ams-01", text)
    text_of(who, "/drift?view=hosts&q=fra-01")
    assert len(rows_of(who)) == 1
    golden = text_of(who, "/golden/host-fra")
    assert "2 of 2 hosts differ" in golden
    assert "hostname another" in golden
    assert "No drift fits" in text_of(who, "/drift?q=no-such")
    for name in ("no-such", quote("../../etc/passwd", safe=""), quote("/etc/passwd", safe="")):
        assert who.get(f"/golden/{name}").status == 404
    assert "hostname" in text_of(who, f"/targets/{number_of(who, 'ams-00')}?tab=drift")


def test_hostile_texts_are_shown_and_break_nothing(hostile: tuple[int, Browser]) -> None:
    """Markup is text, what would reorder the line is spelled out, what is long is cut, on every page."""
    _, who = hostile
    who.get("/targets")
    numbers = re.findall(r'href="/targets/(\d+)"', who.page.text)
    assert len(numbers) == 3
    pages = ["/targets", "/findings", "/findings?status=unknown", "/rules", "/rules/linux-x", "/drift", "/golden/gold"]
    pages += [f"/targets/{one}{tab}" for one in numbers for tab in ("", "?tab=facts", "?tab=drift", "?tab=history")]
    pages += [f"/targets/{one}/findings/{rule}" for one in numbers for rule in ("linux-x", "linux-y", "linux-z")]
    pages += [f"/{one}={quote(HOSTILE)}" for one in ("targets?name", "findings?target", "drift?q", "rules?q")]
    pages += [f"/targets?label={quote(HOSTILE)}", "/drift?view=hosts", f"/drift?golden=gold&path={quote(HOSTILE)}"]
    links = re.findall(r'href="([^"]*subject=[^"]*)"', who.get("/findings").text)
    assert [len(one) < 300 for one in links] == [True] * 4
    pages += map(unescape, links)
    for path in pages:
        answer = who.get(path)
        assert answer.status in (200, 404) if "facts" in path else answer.status == 200, path
        assert "<script>alert" not in answer.text, path
        assert "\u202e" not in answer.text, path
        assert LONG[:2500] not in answer.text, path
        assert len(answer.text) < 120_000, path
    assert all("Evidence" in text_of(who, unescape(one)) for one in links)
    assert "&lt;script&gt;" in who.get("/targets").text
    assert "⟨U+202E⟩" in who.page.text
    for path in (f"/targets/1?q={LONG}", f"/findings?rule={LONG}", f"/rules/{LONG}"):
        assert who.get(path).status == 422


@pytest.fixture
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Store, Browser]]:
    """A service before its first run, and somebody who sees all of it."""
    monkeypatch.setenv("AUDITOR_STATE", str(tmp_path))
    store = made(f"sqlite:///{tmp_path}/a.sqlite")
    person(store, "ann", Role.VIEWER, password=None)
    with served(Context(store), make_site) as port:
        yield store, browser(port, store, "ann")
    store.close()


def test_pages_of_an_empty_service_say_what_to_do(alone: tuple[Store, Browser]) -> None:
    """Before the first run."""
    _, who = alone
    for path, said in {
        "/targets": "No target has been seen yet",
        "/findings": "Nothing has been judged yet",
        "/drift": "Nothing has been compared",
        "/rules": "no target's last run has judged it",
    }.items():
        assert said in text_of(who, path)
    assert who.get("/targets/1").status == 404


def test_who_is_gone_is_told_and_counts_no_more(alone: tuple[Store, Browser]) -> None:
    """A host that its source does not show any more, and one that was read once and is lost now."""
    store, who = alone
    for number, names in enumerate((("here", "away", "lost"), ("here", "lost"))):
        at = datetime.now(UTC) - timedelta(days=2 - number)
        fails = [verdict("linux-r", "fail")]
        results = [result(name, at, fails) for name in names if name != "lost" or not number]
        if number:
            results.append(result("lost", at, fails, status="unreachable", reason="no route"))
        night(store, f"n-{number}", at, results)
    assert "2 targets in all, each as it was seen last; 1 gone , not counted here" in text_of(who, "/targets")
    assert "away" not in who.page.text
    text_of(who, "/targets?gone=yes")
    assert ["away" in one for one in rows_of(who)] == [True]
    away, lost = number_of(who, "away&gone=yes"), number_of(who, "lost")
    assert "It is gone: the latest run of its source does not find it any more" in text_of(who, f"/targets/{away}")
    assert len(followed(who, "/findings")) == 1
    assert "1 target fails" in text_of(who, "/rules/linux-r")
    text = text_of(who, f"/targets/{lost}")
    assert "It could not be reached: no route" in text
    then = re.search(r'href="(\?[^"]*at=[^"]*)">see it as it was then', who.page.text)
    assert then is not None
    assert "It is as it should be" in text_of(who, f"/targets/{lost}{unescape(then[1])}")
    assert "could not be reached" not in who.page.text


def test_drift_of_another_site_is_neither_counted_nor_shown(alone: tuple[Store, Browser]) -> None:
    """Hosts of two sites differ from one profile, at one path: each site sees its own value, and who has it."""
    store, every = alone
    person(store, "ams-person", Role.VIEWER, scope=Access.of(site="ams"), password=None)
    ams, at = browser(every.port, store, "ams-person"), datetime.now(UTC) - timedelta(hours=1)
    sites = {"h-ams": ("ams", "on"), "h-fra": ("fra", "secret-of-fra")}
    told = {name: ([drifted("gold", "a.path", value)], {"site": site}) for name, (site, value) in sites.items()}
    night(store, "n", at, [result(name, at, [], drift, labels=map_) for name, (drift, map_) in told.items()], ["gold"])
    for path in (
        "/drift",
        "/golden/gold",
        "/drift?view=hosts",
        "/drift?golden=gold&path=a.path",
        "/drift?label=site%3Dfra",
    ):
        assert "h-fra" in text_of(every, path)
        seen = text_of(ams, path)
        assert "h-ams" in seen or "label" in path
        assert "fra" not in seen.replace("site=fra", ""), path
    assert "1 host compared" in text_of(ams, "/drift")
    assert "1 of 1 a.path" in text_of(ams, "/drift")
