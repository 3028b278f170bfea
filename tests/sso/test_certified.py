"""Sign-in at a certified provider, npm's oidc-provider, with its own forms. Two people see different things."""

import http.cookiejar
import json
import re
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urljoin

import pytest

from auditor import collectors
from auditor.access import Grant, GroupRule, Role, Scope
from auditor.api.context import Context
from auditor.notify.senders.peers import verifying
from auditor.sso.configured import Relying
from auditor.sso.provider import Provider
from auditor.web.app import make_site
from tests.api.caller import Caller
from tests.api.rows import made
from tests.api.serving import served
from tests.api.sites import audited, walked, write_inventory
from tests.conftest import program
from tests.simulators.estate import announce
from tests.sso.mock import SECRET
from tests.sso.travelling import Traveller, goes_on

FOLDER = Path(__file__).parents[2] / ".ci" / "oidc"
PEOPLE = {"ann": {"name": "Ann", "groups": ["ams-lookers", "others"]}, "bob": {"name": "Bob", "groups": ["auditors"]}}
RULES = (
    GroupRule("ams-lookers", Grant(Role.VIEWER, Scope.of(site="ams"))),
    GroupRule("auditors", Grant(Role.AUDITOR)),
)


@contextmanager
def certified(callback: str) -> Iterator[str]:
    """The issuer of a provider that runs for so long."""
    client = {
        "client_id": "auditor",
        "client_secret": SECRET,
        "redirect_uris": [callback],
        "id_token_signed_response_alg": "ES256",
    }
    node = program("node")
    assert node is not None
    process = subprocess.Popen(
        [node, str(FOLDER / "provider.mjs")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(json.dumps({"client": client, "people": PEOPLE}) + "\n")
        process.stdin.flush()
        issuer = process.stdout.readline().strip()
        assert issuer, "the provider did not start"
        yield issuer
    finally:
        process.stdin.close()
        process.stdout.close()
        process.wait(30)


class _Stays(urllib.request.HTTPRedirectHandler):
    """Follows redirects at the provider, and not out of it."""

    def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Any:
        return super().redirect_request(req, fp, code, msg, headers, newurl) if "/sso/" not in newurl else None


def at_provider(url: str, name: str) -> str:
    """Sign in and consent with the provider's forms; where it sends the browser in the end."""
    jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _Stays, jar)
    data: bytes | None = None
    for _ in range(4):
        try:
            page = opener.open(url, data, timeout=30)
        except urllib.error.HTTPError as answer:
            if answer.code != 303:
                raise
            return str(answer.headers["Location"])
        text, url = page.read().decode(), page.geturl()
        form = re.search(r'<form[^>]*action="([^"]+)"[^>]*>.*?</form>', text, re.DOTALL)
        assert form, text
        fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form[0]))
        data = urlencode(fields | ({"login": name, "password": "any"} if "login" in form[0] else {})).encode()
        url = urljoin(url, unescape(form[1]))
    raise AssertionError("the provider's forms never end")


def signed_in(port: int, name: str) -> Caller:
    """Somebody who came in through the provider."""
    one = Traveller(port)
    answer = one.back(at_provider(one.set_out("/account"), name))
    assert (answer.status, goes_on(answer)) == (200, "/account")
    assert f">{PEOPLE[name]['name']}</bdi>" in one.open("/account").text
    return Caller(port, one.session)


@pytest.mark.needs_node
def test_two_people_of_two_groups_see_different_things(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who looks at one site sees nothing of the other; the other sees both, and facts. The provider consents once."""
    monkeypatch.syspath_prepend(announce(tmp_path / "plugin"))
    collectors._modules.cache_clear()
    monkeypatch.setenv("AUDITOR_STATE", str(tmp_path))
    store = made(f"sqlite:///{tmp_path}/a.sqlite")
    audited(store, write_inventory(tmp_path, 2), formats=["json"])
    who = Relying("", "auditor", RULES, verifying(None), SECRET, scopes=("openid", "profile", "groups"))
    provider = Provider(who)
    with (
        served(Context(store, sso=provider), make_site) as port,
        certified(f"http://127.0.0.1:{port}/sso/callback") as issuer,
    ):
        provider.who = replace(who, issuer=issuer)  # each of the two has to know the other's port
        ann, bob = signed_in(port, "ann"), signed_in(port, "bob")
        seen: Mapping[str, list[dict[str, Any]]] = {
            name: walked(one, "/api/v1/targets") for name, one in (("ann", ann), ("bob", bob))
        }
        facts = {one["name"]: f"/api/v1/targets/{one['id']}/facts" for one in seen["bob"]}
        answers = {one: [caller.ask("GET", path).status for caller in (ann, bob)] for one, path in facts.items()}
        ann_too = {one["name"] for one in seen["ann"]}
    store.close()
    collectors._modules.cache_clear()
    assert ann_too == {"ams-00", "ams-01"}
    assert {one["name"] for one in seen["bob"]} == {"ams-00", "ams-01", "fra-00", "fra-01"}
    assert answers["ams-00"] == [403, 200]
    assert answers["fra-00"] == [403, 200]
