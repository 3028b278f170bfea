"""The first admin of a service that was just begun."""

import re
from pathlib import Path

from tests.api.caller import Caller
from tests.serve.service import service
from tests.store.access.people import PASSWORD


def token_in(greeting: str) -> str:
    """The one-time token that was printed."""
    (found,) = re.findall(r"audonce_[\w-]{43}", greeting)
    return str(found)


def test_a_token_is_printed_once_and_makes_the_first_admin(tmp_path: Path) -> None:
    """A restart makes the old one void; once used, nothing is printed any more; the log never has it."""
    with service(tmp_path, "--workers", "1") as first:
        old = token_in(first.greeting())
        first.end()
    with service(tmp_path, "--workers", "1") as second:
        token = token_in(second.greeting())
        assert token != old
        stranger = Caller(second.port)
        said = {"token": old, "name": "zoe", "password": PASSWORD}
        assert stranger.ask("POST", "/api/v1/setup", said).status == 422
        assert stranger.ask("POST", "/api/v1/setup", {**said, "token": token}).status == 201
        assert stranger.sign_in("zoe", PASSWORD).status == 200
        assert stranger.ask("GET", "/api/v1/users").json["items"][0]["name"] == "zoe"
        assert stranger.ask("POST", "/api/v1/setup", {**said, "token": token, "name": "ann"}).status == 422
        second.end()
    with service(tmp_path, "--workers", "1") as third:
        assert "audonce_" not in third.greeting()
        assert Caller(third.port, stranger.cookie).ask("GET", "/api/v1/session").status == 200
        third.end()
        assert token not in third.log()
        assert PASSWORD not in third.log()
