"""A browser that is sent to another site and comes back: it keeps cookies back as SameSite says."""

import http.client
import re
from dataclasses import dataclass, field
from html import unescape
from http.cookies import SimpleCookie
from urllib.parse import urlsplit

from tests.api.caller import PLAIN, Answer

SSO = "auditor_sso"


@dataclass
class Traveller:
    """Somebody with a browser. `jar` has value and SameSite of each cookie of ours."""

    port: int
    jar: dict[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def session(self) -> str:
        """The cookie of the session, "" without."""
        return self.jar.get(PLAIN, ("", ""))[0]

    def open(self, url: str, *, cross: bool = False) -> Answer:
        """One request to us; `cross`: another site led here, so strict cookies stay at home."""
        path = urlsplit(url)._replace(scheme="", netloc="").geturl()
        sent = [f"{name}={value}" for name, (value, same) in self.jar.items() if not cross or same != "strict"]
        headers = {"Accept": "text/html", "Sec-Fetch-Site": "cross-site" if cross else "same-origin"}
        if sent:
            headers["Cookie"] = "; ".join(sent)
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        for line in answer.headers.get_all("Set-Cookie", []):
            for name, one in SimpleCookie(line).items():
                self.jar.pop(name, None)
                if one["max-age"] != "0":
                    assert one["httponly"]
                    self.jar[name] = (one.value, one["samesite"].lower())
        found = Answer(answer.status, {n.lower(): v for n, v in answer.getheaders()}, answer.read().decode())
        connection.close()
        return found

    def set_out(self, path: str = "/account") -> str:
        """The URL at the provider that we send the browser to."""
        answer = self.open(f"/sso/start?next={path}")
        assert answer.status == 303, answer.text
        return answer.headers["location"]

    def at_provider(self, url: str) -> str:
        """Where the provider sends the browser."""
        parts = urlsplit(url)
        connection = http.client.HTTPConnection("127.0.0.1", parts.port or 0, timeout=60)
        connection.request("GET", parts._replace(scheme="", netloc="").geturl())
        answer = connection.getresponse()
        location = answer.headers["Location"]
        answer.read()
        connection.close()
        assert location is not None
        return location

    def back(self, url: str) -> Answer:
        """The page that we answer with when the provider has led back."""
        return self.open(url, cross=True)

    def sign_in(self, path: str = "/account") -> Answer:
        """There and back: the page after which the browser goes on."""
        return self.back(self.at_provider(self.set_out(path)))


def goes_on(answer: Answer) -> str:
    """Where a page leads by itself."""
    found = re.search(r'<meta http-equiv="refresh" content="0;url=([^"]*)">', answer.text)
    assert found, answer.text
    return unescape(found[1])
