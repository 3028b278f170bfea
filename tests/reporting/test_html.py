"""The HTML report, opened from disk in a real browser: nothing it carries runs, and everything in it can be reached."""

import base64
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from auditor.reporting import html
from auditor.reporting.exports.json import canonical
from auditor.reporting.summary import summarise
from tests.conftest import program
from tests.reporting.synthetic import make

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
]
WATCH = """window.csp = [];
document.addEventListener('securitypolicyviolation', e => csp.push(e.effectiveDirective + ' ' + e.blockedURI))"""


def page_of(**what: Any) -> str:
    audit, data = canonical(make(**what))
    return html.render(audit, summarise(audit), hashlib.sha256(data).hexdigest())


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("html") / "audit.html"
    path.write_text(page_of(hosts=40, hostile=True), "utf-8", newline="\n")
    return path


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program("chromium"), args=FLAGS)
        yield chromium
        chromium.close()


class Opened:
    """A page that is ready, and what the console said while it opened."""

    def __init__(
        self,
        browser: Browser,
        file: Path,
        *,
        fragment: str = "",
        width: int = 1320,
        dark: bool = False,
        script: bool = True,
    ) -> None:
        context = browser.new_context(
            color_scheme="dark" if dark else "light",
            viewport={"width": width, "height": 1000},
            java_script_enabled=script,
        )
        self.page: Page = context.new_page()
        self.messages: list[str] = []
        self.page.on("console", lambda m: self.messages.append(m.text))
        self.page.on("pageerror", lambda e: self.messages.append(str(e)))
        self.page.on(
            "request", lambda r: self.messages.append(r.url) if not r.url.startswith(("file:", "data:")) else None
        )
        self.page.add_init_script(WATCH)
        self.page.goto(file.resolve().as_uri() + fragment)
        while script and not self.page.evaluate("performance.getEntriesByName('ready').length"):
            self.page.wait_for_timeout(20)

    def quiet(self) -> bool:
        """No message, no policy violation, and no hostile string has run."""
        return not self.messages and self.page.evaluate("csp.length === 0 && window.pwned === undefined") is True


@pytest.mark.browser
def test_hostile_values_neither_run_nor_break_the_policy(browser: Browser, hostile: Path) -> None:
    """Every finding is looked at once in the proof pane, and nothing in it is executed or fetched."""
    opened = Opened(browser, hostile)
    opened.page.select_option("#status", "fail")
    rows = int(opened.page.get_attribute("#grid", "aria-rowcount") or 0) - 1
    assert rows > 40
    opened.page.focus("#grid")
    for _ in range(rows):
        opened.page.keyboard.press("ArrowDown")
    opened.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert opened.page.locator("#print tbody tr").count() == rows
    assert opened.quiet(), opened.messages


@pytest.mark.browser
def test_hidden_characters_are_shown_in_the_proof(browser: Browser, hostile: Path) -> None:
    """A bidi override in a value is a visible token."""
    opened = Opened(browser, hostile)
    opened.page.fill("#q", "hidden")
    assert "U+202E" in opened.page.locator("#proof .ctl").all_inner_texts()


@pytest.mark.browser
@pytest.mark.parametrize(("width", "dark"), [(1320, False), (1320, True), (390, False)])
def test_axe_finds_nothing_and_nothing_overflows(browser: Browser, hostile: Path, width: int, dark: bool) -> None:
    """Accessible in light, dark and at the width of a phone; the page is never wider than the screen."""
    from axe_playwright_python.sync_playwright import Axe

    opened = Opened(browser, hostile, width=width, dark=dark)
    violations = Axe().run(opened.page).response["violations"]
    assert [(v["id"], [n["html"][:120] for n in v["nodes"]][:3]) for v in violations] == []
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.browser
def test_the_answers_stand_without_script(browser: Browser, hostile: Path) -> None:
    """Coverage, verdict, what to fix first and the failing rows are there when script is off."""
    page = Opened(browser, hostile, script=False).page
    for part in (
        "#coverage .big",
        "#verdict .big",
        "#fix .fixes li >> nth=0",
        "#unjudged .big",
        "noscript table >> nth=0",
    ):
        assert page.locator(part).is_visible(), part
    assert not page.locator("#grid").is_visible()


@pytest.mark.browser
def test_filters_search_sort_and_group(browser: Browser, hostile: Path) -> None:
    """The counts that the page tells are those of the audit."""
    audit, _ = canonical(make(40, hostile=True))
    page = Opened(browser, hostile).page
    line = page.locator("#status-line")
    high_fails = [f for f in audit["findings"] if f["status"] == "fail" and not f["waiver"] and f["severity"] == "high"]
    page.select_option("#status", "fail")
    page.select_option("#severity", "high")
    assert line.inner_text().startswith(f"{len(high_fails)} of ")
    page.click("button[type=reset]")
    name = audit["targets"][9]["name"]
    page.fill("#q", name)
    assert line.inner_text().startswith(f"{sum(f['target'] == name for f in audit['findings'])} of ")
    page.select_option("#group", "rule")
    assert page.locator("#body .group").count() > 0
    page.click("text=Subject")
    assert page.locator("[role=columnheader][aria-sort]").inner_text().startswith("Subject")
    page.fill("#q", "no such thing anywhere")
    assert "No finding matches" in page.locator(".empty").inner_text()


@pytest.mark.browser
def test_the_keyboard_alone_reaches_everything(browser: Browser, hostile: Path) -> None:
    """Slash to search, Enter to the list, arrows, End, Enter to the proof, Escape back."""
    page = Opened(browser, hostile).page
    page.keyboard.press("/")
    page.keyboard.type("ssh")
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowDown")
    assert page.get_attribute("#grid", "aria-activedescendant") == "r1"
    page.keyboard.press("End")
    last = int(page.get_attribute("#grid", "aria-rowcount") or 0) - 2
    assert page.get_attribute("#grid", "aria-activedescendant") == f"r{last}"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "proof"
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.id") == "grid"


@pytest.mark.browser
def test_every_finding_has_a_link_of_its_own(browser: Browser, hostile: Path) -> None:
    """The link of a finding with a subject opens that one finding and no other, in a fresh page too."""
    page = Opened(browser, hostile).page
    page.fill("#q", "forged")
    page.focus("#grid")
    page.keyboard.press("ArrowDown")
    link = page.get_attribute("#proof a:not([title])", "href") or ""
    proof = page.inner_text("#proof")
    assert "subject=" in link
    again = Opened(browser, hostile, fragment=link).page
    assert again.inner_text("#status-line").startswith("1 of ")
    assert again.inner_text("#proof") == proof


@pytest.mark.browser
def test_the_proof_tells_value_absent_and_gap_apart(browser: Browser, tmp_path: Path) -> None:
    """Three answers, three looks, in words."""
    audit, data = canonical(make(3))
    finding = next(f for f in audit["findings"] if f["observations"])
    seen = finding["observations"][0] | {"at": None}
    finding |= {"subject": "three answers", "status": "fail"}
    finding["observations"] = [seen | {"actual": a} for a in ("absent", {"absent": True}, {"gap": "permission denied"})]
    file = tmp_path / "audit.html"
    file.write_text(html.render(audit, summarise(audit), hashlib.sha256(data).hexdigest()), "utf-8")
    page = Opened(browser, file).page
    page.fill("#q", "three answers")
    shown = page.locator("#proof .seen dt", has_text=re.compile("Actual|Answer")).all_inner_texts()
    assert shown == ["Actual", "Answer", "Answer"]
    values = page.locator("#proof .value").all_inner_texts()
    assert [v for v in values if "absent" in v or "not read" in v] == [
        '"absent"',
        "absent",
        "not read: permission denied",
    ]


@pytest.mark.browser
def test_forty_five_thousand_findings_open_and_filter(browser: Browser, tmp_path: Path) -> None:
    """A large report carries every finding, in a few megabytes, with a bounded number of elements."""
    text = page_of(hosts=300, per_platform=112)
    file = tmp_path / "audit.html"
    file.write_text(text, "utf-8")
    assert len(text) < 3_000_000
    opened = Opened(browser, file)
    total = int(re.sub(r"\D", "", opened.page.inner_text("#status-line").split(" of ")[0]))
    assert total > 40_000
    assert opened.page.evaluate("document.querySelectorAll('*').length") < 12_000
    opened.page.fill("#q", "promiscuous mode accept")
    assert 0 < int(re.sub(r"\D", "", opened.page.inner_text("#status-line").split(" of ")[0])) < total
    assert opened.quiet(), opened.messages


def test_the_policy_names_the_hash_of_exactly_what_is_in_the_page() -> None:
    """Hashes of style and script are those of the text between the tags; nothing else may run."""
    text = page_of(hosts=2)
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', text)
    assert policy
    for tag in ("style", "script"):
        body = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        assert len(body) == 1
        digest = base64.b64encode(hashlib.sha256(body[0].encode()).digest()).decode()
        assert f"{tag}-src &#39;sha256-{digest}&#39;" in policy[1]
    assert policy[1].startswith("default-src &#39;none&#39;")
    assert "unsafe" not in policy[1]
    assert " style=" not in text.split("<script type", 1)[0]


def test_all_unknown_shows_no_pass_and_no_full_score() -> None:
    """Nothing was judged: the verdict is 0 to 100, no row passes, and it is said why."""
    text = page_of(hosts=20, mood="all-unknown")
    assert "0.0 <small>to</small> 100.0 %" in text
    assert "could not be judged" in text
    assert "Nothing to fix" not in text
    assert 'class="hclear"' not in text.split("heatkey")[1].split("</p>", 1)[1]


def test_an_empty_audit_is_a_page_that_says_so() -> None:
    """No target and no rule: no division by zero, and words instead of empty tables."""
    audit = make(1)
    audit |= {"findings": [], "targets": [], "rules": {}, "sources": []}
    audit["score"] |= {"lower": None, "upper": None}
    audit["coverage"] |= {
        "population": 0,
        "collected": 0,
        "by_platform": {},
        "unreachable": [],
        "stale": [],
        "excluded": [],
    }
    text = html.render(audit, summarise(audit), "0" * 64)
    assert "No score" in text
    assert "No target to show" in text


def test_what_is_not_there_has_no_section() -> None:
    """Drift, waivers and the change since the last run appear only when there are some."""
    text = page_of(hosts=3, mood="all-pass")
    assert not any(x in text for x in ('id="drift"', 'id="waivers"', "Since run"))
    audit = make(3)
    audit["drift"] = [
        {
            "target": "t",
            "path": "ntp.servers",
            "change": "changed",
            "expected": ["a"],
            "actual": {"absent": True},
            "source": "s",
            "golden": "g",
        }
    ]
    audit["since"] = {
        "run": "20261120-0200-aaaa",
        "at": "2026-11-20T02:00:00Z",
        "newly_failing": 3,
        "mended": 2,
        "newly_unknown": 1,
    }
    text = html.render(audit, summarise(audit), "0" * 64)
    assert 'id="drift"' in text
    assert "3 newly failing, 2 mended, 1 newly unknown" in text


def test_a_source_read_without_verification_is_named_beside_the_coverage() -> None:
    """Verification that was switched off stands in the first answer, not only in the appendix."""
    text = page_of(hosts=30)
    assert "vc-ber: TLS verification off" in text.split('id="verdict"')[0]


def test_the_same_audit_gives_the_same_page() -> None:
    """Byte for byte, so that a report can be compared with another."""
    assert page_of(hosts=5) == page_of(hosts=5)


@pytest.mark.browser
def test_every_finding_leads_to_the_page_of_its_rule(browser: Browser, hostile: Path) -> None:
    """The rule's page says what, why, how to check by hand, the fix and the references; rules can be searched."""
    opened = Opened(browser, hostile)
    page = opened.page
    page.select_option("#status", "fail")
    rule = page.locator("#proof a[title='Page of this rule']")
    name = rule.inner_text()
    rule.click()
    shown = page.locator(f"[id='rule-{name}']")
    assert shown.get_attribute("open") is not None
    assert shown.locator("dt").all_inner_texts() == [
        "Rule", "Family", "Why it matters", "Check by hand", "Fix", "References",
    ]  # fmt: skip
    assert "<b>by hand</b>" in shown.inner_text()
    page.fill("#rq", name)
    visible = page.locator("#rulelist details:visible").count()
    assert 1 <= visible < page.locator("#rulelist details").count()
    assert page.locator("#rcount").inner_text().startswith(f"{visible} of ")
    page.fill("#rq", "no rule says this")
    assert page.locator("#rulelist details:visible").count() == 0
    shown.locator("a").evaluate("a => a.click()")
    assert page.locator("#rule").input_value() == name
    assert opened.quiet(), opened.messages
