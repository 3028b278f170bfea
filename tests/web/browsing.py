"""A browser without script: follows redirects, keeps cookies, sends forms as they stand on the page."""

import re
from dataclasses import dataclass, field
from html import unescape
from urllib.parse import urlencode

from auditor.store.engine import Store
from tests.api.caller import PLAIN, Answer, Caller, signed_in

HTML = {"Accept": "text/html,*/*"}


@dataclass
class Browser:
    """Somebody with a browser. `page` is what was seen last, `path` where."""

    port: int
    cookie: str = ""
    path: str = ""
    page: Answer = field(default_factory=lambda: Answer(0, {}, ""))

    def get(self, path: str, **headers: str) -> Answer:
        """Open a page, through at most five redirects."""
        return self._follow("GET", path, b"", headers)

    def send(self, action: str, **fields: str) -> Answer:
        """Send the form of the page that leads to `action`, its hidden fields as they are, with these values."""
        return self._follow("POST", action, urlencode(self.hidden(action) | fields).encode(), {})

    def hidden(self, action: str) -> dict[str, str]:
        """The hidden fields of a form of this page."""
        for form in re.findall(r"<form\b[^>]*>.*?</form>", self.page.text, re.DOTALL):
            if f'action="{action}"' in unescape(form):
                found = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', form)
                return {name: unescape(value) for name, value in found}
        raise AssertionError(f"{self.path} has no form for {action}")

    def _follow(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Answer:
        for _ in range(5):
            said = {**HTML, **headers}
            if method == "POST":
                said |= {
                    "Content-Type": "application/x-www-form-urlencoded",
                    "Origin": f"http://127.0.0.1:{self.port}",
                    "Sec-Fetch-Site": "same-origin",
                }
            answer = Caller(self.port, self.cookie).ask(method, path, body or None, **said)
            kept = re.match(rf'{PLAIN}="?([^;"]*)"?;', answer.headers.get("set-cookie", ""))
            if kept:
                self.cookie = kept[1]
            if answer.status != 303:
                break
            method, path, body, headers = "GET", answer.headers["location"], b"", {}
        self.page, self.path = answer, path
        return answer


def browser(port: int, store: Store, name: str) -> Browser:
    """Somebody who is signed in, without the time that a password takes."""
    return Browser(port, signed_in(port, store, name).cookie)
