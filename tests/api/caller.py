"""Somebody who calls the API over a real connection: a browser with its cookie, or a program with its token."""

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from auditor.store.access import sessions, users
from auditor.store.access.secret import csrf_of
from auditor.store.engine import Store
from tests.store.access.people import actor_of

PLAIN, SECURE = "auditor_session", "__Host-auditor_session"


@dataclass(frozen=True)
class Answer:
    """What came back; names of headers in lower case."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def json(self) -> Any:
        """Its body, read as JSON."""
        return json.loads(self.text)


@dataclass
class Caller:
    """Calls a service on this machine. `cookie` and `csrf` are a browser's, `token` is a program's."""

    port: int
    cookie: str = ""
    csrf: str = ""
    token: str = ""
    name: str = PLAIN

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """One request. Headers are named as in Python: `x_csrf_token`."""
        said = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.cookie:
            said.setdefault("Cookie", f"{self.name}={self.cookie}")
        if self.csrf:
            said.setdefault("x-csrf-token", self.csrf)
        if self.token:
            said["Authorization"] = f"Bearer {self.token}"
        data = None
        if body is not None:
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
            said.setdefault("Content-Type", "application/json")
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, data, said)
            answer = connection.getresponse()
            names = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, names, answer.read().decode())
        finally:
            connection.close()

    def sign_in(self, name: str, password: str, **headers: str) -> Answer:
        """Sign in, and keep what a browser keeps."""
        answer = self.ask("POST", "/api/v1/session", {"name": name, "password": password}, **headers)
        if answer.status == 200:
            self.cookie = cookie_in(answer, self.name)
            self.csrf = answer.json["csrf"]
        return answer


def cookie_in(answer: Answer, name: str = PLAIN) -> str:
    """The value of the session's cookie that an answer sets."""
    found, _, value = answer.headers["set-cookie"].partition(";")[0].partition("=")
    assert found == name
    return value


def signed_in(port: int, store: Store, name: str) -> Caller:
    """A browser with a session, without the time that a password takes."""
    with store.writing() as connection:
        user = users.find(connection, name)
        secret = sessions.open_session(connection, user, actor_of(user)).secret
    return Caller(port, secret, csrf_of(secret))
