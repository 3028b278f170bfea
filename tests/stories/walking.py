"""Somebody at a browser, and what must hold on every page that he comes to."""

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Response, expect

DESK, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
OF_LOOKS = ["color-contrast", "scrollable-region-focusable"]  # what colours and width may change
GRAVE = {"serious", "critical"}
WATCH = """window.csp = [];
document.addEventListener('securitypolicyviolation', e => csp.push(e.effectiveDirective + ' ' + e.blockedURI))"""
UNSEEN_FOCUS = """() =>
  [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary')]
  .filter(e => !e.disabled && e.checkVisibility()).filter(e => {
    e.focus({focusVisible: true, preventScroll: true});
    if (document.activeElement !== e) return true;
    const look = getComputedStyle(e);
    return look.outlineStyle === 'none' || parseFloat(look.outlineWidth) < 1;
  }).map(e => e.outerHTML.slice(0, 120))"""
WIDER = """width => [...document.querySelectorAll('main *')]
  .filter(e => e.getBoundingClientRect().right > width + 1).slice(0, 4).map(e => e.outerHTML.slice(0, 120))"""


@dataclass
class Seen:
    """What all walkers saw: the HTML by who and where, and the kinds of pages that were examined."""

    pages: list[tuple[str, str, str]] = field(default_factory=list)  # who, path, HTML
    kinds: set[str] = field(default_factory=set)


class Walker:
    """A person: his context of the browser, and `page`. `faults` is what the console said that it should not."""

    def __init__(self, browser: Browser, port: int, name: str, seen: Seen, *, script: bool = True) -> None:
        self.name, self.seen, self.script = name, seen, script
        self.origin = f"http://127.0.0.1:{port}"
        self.context = browser.new_context(
            base_url=self.origin,
            viewport=DESK,  # type: ignore[arg-type]
            java_script_enabled=script,
            locale="en-GB",
            timezone_id="Europe/Amsterdam",
            reduced_motion="reduce",
        )
        self.context.set_default_timeout(60_000)
        self.page: Page = self.context.new_page()
        self.faults: list[str] = []
        self.asked: list[str] = []  # paths of what its pages fetched
        self.page.add_init_script(WATCH)
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("request", lambda request: self._asked(request.url))

    def _heard(self, message: ConsoleMessage) -> None:
        if not message.text.startswith("Failed to load resource"):  # a page that is refused: its status is looked at
            self.faults.append(message.text)

    def _asked(self, url: str) -> None:
        if url.startswith(self.origin):
            self.asked.append(url.removeprefix(self.origin))
        elif not url.startswith(("data:", "blob:")):
            self.faults.append(f"asked elsewhere: {url}")

    @property
    def path(self) -> str:
        """Where this page is, with its query."""
        return self.page.url.removeprefix(self.origin)

    def go(self, path: str, status: int = 200) -> None:
        """Open a page by its address."""
        answer = self.page.goto(path)
        assert answer is not None
        assert answer.status == status, (path, answer.status)

    def opened(self, path: str) -> Page:
        """The page at this address."""
        self.go(path)
        return self.page

    def follow(self, link: str | Locator) -> None:
        """Click a link, a button, or what has this name, and wait for the page that it leads to."""
        found = link if isinstance(link, Locator) else self.page.get_by_role("link", name=link, exact=True).first
        with self.page.expect_navigation():
            found.click()

    def press(self, button: str) -> Response | None:
        """Press a button of a form; the answer to it, after redirects."""
        with self.page.expect_navigation() as came:
            self.page.get_by_role("button", name=button, exact=True).first.click()
        return came.value

    def menu(self, word: str) -> None:
        """Go somewhere by the menu."""
        self.follow(self.page.get_by_role("navigation", name="Main").get_by_role("link", name=word, exact=True))

    def sign_in(self, password: str) -> None:
        """By the form, with the keyboard alone."""
        self.go("/sign-in")
        expect(self.page.locator("[name=name]")).to_be_focused()
        self.page.keyboard.type(self.name)
        self.page.keyboard.press("Tab")
        self.page.keyboard.type(password)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")
        assert "/sign-in" not in self.path, self.text

    @property
    def text(self) -> str:
        """What stands on the page."""
        return self.page.inner_text("body")

    def look(self, kind: str, *, secret: bool = False) -> str:
        """Examine the page as one of this kind, and return its HTML. `secret`: it shows one, by intent.

        The first of a kind is examined by axe, light on a desk and dark on a phone, where nothing may reach beyond the
        screen; each control shows when it has the focus. With AUDITOR_SCREENSHOTS a picture of each is left there.
        """
        html = self.page.content()
        if not secret:
            self.seen.pages.append((self.name, self.path, html))
        if self.script and kind not in self.seen.kinds:
            self._examine(kind)
        if self.script:
            self.faults += self.page.evaluate("csp")
        assert self.faults == [], self.faults
        self.seen.kinds.add(kind)
        return html

    def _examine(self, kind: str) -> None:
        self.page.route("**/api/v1/**", lambda route: route.abort())  # a page that follows something stays as it is
        if self.page.locator("[data-live]").count():
            self.page.wait_for_load_state("networkidle")
        try:
            self._examine_still(kind)
        finally:
            self.page.unroute("**/api/v1/**")

    def _examine_still(self, kind: str) -> None:
        self._picture(f"{kind}-desk")
        wrong = [("desk", one) for one in _grave(self.page)]
        kept = self.page.evaluate("[scrollY]")
        self.page.set_viewport_size(PHONE)  # type: ignore[arg-type]
        self.page.emulate_media(color_scheme="dark")
        self._picture(f"{kind}-phone")
        wrong += [("phone", one) for one in _grave(self.page, OF_LOOKS)]
        wide = self.page.evaluate("document.documentElement.scrollWidth")
        assert wide <= PHONE["width"], (kind, wide, self.page.evaluate(WIDER, PHONE["width"]))
        self.page.set_viewport_size(DESK)  # type: ignore[arg-type]
        self.page.emulate_media(color_scheme="light")
        assert wrong == [], (kind, wrong)
        unseen = self.page.evaluate(UNSEEN_FOCUS)
        assert unseen == [], (kind, unseen)
        self.page.evaluate("([y]) => { document.activeElement.blur(); scrollTo(0, y) }", kept)

    def _picture(self, name: str) -> None:
        folder = os.environ.get("AUDITOR_SCREENSHOTS")
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=Path(folder) / f"{re.sub(r'[^a-z0-9-]', '_', name)}.png", full_page=True)


def _grave(page: Page, only: list[str] | None = None) -> list[Any]:
    options: dict[str, Any] = {"resultTypes": ["violations"]} | ({"runOnly": only} if only else {})
    found = Axe().run(page, options=options).response["violations"]
    return [
        (one["id"], one["impact"], [node["html"][:150] for node in one["nodes"]][:4])
        for one in found
        if one["impact"] in GRAVE
    ]
