"""What changes something over HTTP: done once, by who is signed in, within his scope, and told in the journal."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from auditor.api.context import Context
from auditor.store.journal import verify
from tests.api.caller import signed_in
from tests.api.serving import served
from tests.api.sites import Estate, two_nights, walked
from tests.servers.fixtures import DATABASES
from tests.store.access.people import journal

V1 = "/api/v1"
CHOSEN: dict[str, Any] = {"baselines": ["linux-kernel"], "formats": ["json"]}
NIGHTLY = {**CHOSEN, "name": "nightly", "cron": "30 2 * * *", "zone": "Europe/Amsterdam"}


@pytest.fixture(scope="module", params=DATABASES)
def estate(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Estate]:
    """Two nights over two sites, on each database."""
    folder: Path = tmp_path_factory.mktemp("estate")
    url = f"sqlite:///{folder}/a.sqlite"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres").new_database_with_tables()
    with two_nights(folder, url) as found:
        yield found


@pytest.fixture(scope="module")
def port(estate: Estate) -> Iterator[int]:
    """The service over it."""
    with served(Context(estate.store)) as found:
        yield found


def told(estate: Estate, action: str) -> list[tuple[str, str]]:
    return [(actor, about) for actor, did, about in journal(estate.store) if did == action]


def test_a_run_begins_once_however_often_it_is_asked_for(estate: Estate, port: int) -> None:
    """The same key and the same request, at the same time too: one run, one answer; another request with it: 422."""
    caller = signed_in(port, estate.store, "operator")
    before = len(walked(caller, f"{V1}/runs", 100))
    with ThreadPoolExecutor(4) as pool:
        asks = [pool.submit(caller.ask, "POST", f"{V1}/runs", CHOSEN, Idempotency_Key="k1") for _ in range(4)]
        answers = [one.result() for one in asks]
    assert {one.status for one in answers} == {201}
    assert len({one.text for one in answers}) == 1
    assert sum("idempotent-replayed" in one.headers for one in answers) == 3
    name = answers[0].json["run"]
    assert len(walked(caller, f"{V1}/runs", 100)) == before + 1
    other = caller.ask("POST", f"{V1}/runs", {**CHOSEN, "formats": ["csv"]}, Idempotency_Key="k1")
    assert (other.status, other.json["type"]) == (422, "/problems/key-reused")
    somebody = signed_in(port, estate.store, "both").ask("POST", f"{V1}/runs", CHOSEN, Idempotency_Key="k1")
    assert somebody.json["run"] != name
    assert told(estate, "run started").count(("operator", name)) == 1
    assert caller.ask("GET", f"{V1}/runs/{name}").json["progress"]["shards"] == {"collect": {"pending": 1}}
    cancelled = caller.ask("POST", f"{V1}/runs/{name}/cancel", Idempotency_Key="k2")
    assert (cancelled.status, cancelled.json["state"]) == (200, "cancelled")
    assert caller.ask("POST", f"{V1}/runs/{name}/cancel", Idempotency_Key="k2").text == cancelled.text
    assert caller.ask("POST", f"{V1}/runs/{name}/cancel").status == 409
    assert told(estate, "run cancelled") == [("operator", name)]


def test_who_is_limited_begins_only_what_lies_within(estate: Estate, port: int) -> None:
    """By labels; a key that failed may be used for a better request. Files are no names."""
    caller = signed_in(port, estate.store, "operator-ams")
    for labels in ({}, {"site": ["fra"]}, {"site": ["ams", "fra"]}, {"team": ["t1"]}):
        answer = caller.ask("POST", f"{V1}/runs", {**CHOSEN, "labels": labels}, Idempotency_Key="k9")
        assert (answer.status, answer.json["type"]) == (403, "/problems/out-of-scope"), labels
        assert caller.ask("POST", f"{V1}/schedules", {**NIGHTLY, "labels": labels}).status == 403
    good = caller.ask("POST", f"{V1}/runs", {**CHOSEN, "labels": {"site": ["ams"]}}, Idempotency_Key="k9")
    assert good.status == 201
    shown = caller.ask("GET", f"{V1}/runs/{good.json['run']}").json
    waiting = {"shards": {}, "sources": {}, "waiting": 3}
    assert (shown["state"], shown["population"], shown["progress"]) == ("collecting", 0, waiting)
    assert signed_in(port, estate.store, "auditor-ams").ask("GET", f"{V1}/runs/{good.json['run']}").status == 404
    everything = signed_in(port, estate.store, "operator")
    for wrong in (
        {"baselines": ["/etc/passwd"]},
        {"tailoring": "../../etc/passwd"},
        {"goldens": ["x.yaml"]},
        {"baselines": ["no-such-one"]},
        {"inventory": "/etc/passwd"},
        {"requested_by": "zoe"},
    ):
        answer = everything.ask("POST", f"{V1}/runs", {**CHOSEN, **wrong})
        assert answer.status == 422, wrong
        assert "passwd" not in answer.text
    for key in ("", "x" * 201, "a b", "é"):
        assert (
            everything.ask("POST", f"{V1}/runs", CHOSEN, Idempotency_Key=key.encode().decode("latin-1")).status == 422
        )


def test_whoever_requests_a_waiver_never_approves_it(estate: Estate, port: int) -> None:
    """With both roles too; the names are those of the sessions, and a scope decides what can be asked and decided."""
    operator, both = signed_in(port, estate.store, "operator"), signed_in(port, estate.store, "both")
    (fail, *_) = walked(operator, f"{V1}/findings?status=fail&source=fra-00", 100)
    asked = {"rule": fail["rule"], "scope": {"targets": ["fra-00"]}, "expiration_date": "2099-12-31"}
    asked["justification"] = '=cmd|"calc"!A1"><script>'
    assert both.ask("POST", f"{V1}/waivers", {**asked, "requested_by": "zoe"}).status == 422
    made = both.ask("POST", f"{V1}/waivers", asked, Idempotency_Key="w1")
    assert (made.status, made.json["requested_by"], made.json["state"]) == (201, "both", "requested")
    assert both.ask("POST", f"{V1}/waivers", asked, Idempotency_Key="w1").json["id"] == made.json["id"]
    path = f"{V1}/waivers/{made.json['id']}"
    own = both.ask("POST", f"{path}/approve")
    assert (own.status, own.json["type"]) == (403, "/problems/own-request")
    for name in ("auditor-ams", "approver-ams"):
        limited = signed_in(port, estate.store, name)
        assert limited.ask("GET", path).status == 404
        assert limited.ask("GET", f"{V1}/waivers").json["items"] == []
    limited = signed_in(port, estate.store, "approver-ams")
    for step in ("approve", "reject", "revoke"):
        assert limited.ask("POST", f"{path}/{step}", {"why": "not within my scope"}).status == 404
    outside = signed_in(port, estate.store, "operator-ams").ask("POST", f"{V1}/waivers", asked)
    assert (outside.status, outside.json["type"]) == (403, "/problems/out-of-scope")
    inside = {**asked, "scope": {"label": {"site": "ams"}}}
    assert signed_in(port, estate.store, "operator-ams").ask("POST", f"{V1}/waivers", inside).status == 201
    other = operator.ask("POST", f"{path}/withdraw")
    assert (other.status, other.json["type"]) == (403, "/problems/not-own-request")
    dropped = both.ask("POST", f"{V1}/waivers", {**asked, "ticket": "CHG-4711"}).json
    assert dropped["ticket"] == "CHG-4711"
    gone = both.ask("POST", f"{V1}/waivers/{dropped['id']}/withdraw")
    assert (gone.status, gone.json["state"], gone.json["revoked_by"]) == (200, "revoked", "both")
    assert ("both", dropped["id"]) in told(estate, "waiver withdrawn")
    approved = signed_in(port, estate.store, "approver").ask("POST", f"{path}/approve")
    assert (approved.status, approved.json["approved_by"]) == (200, "approver")
    assert [one["target"] for one in approved.json["bound"]] == ["fra-00"]
    again = signed_in(port, estate.store, "approver").ask("POST", f"{path}/approve")
    assert again.status == both.ask("POST", f"{path}/withdraw").status == 422
    ended = both.ask("POST", f"{path}/revoke", {"why": "no longer needed"})
    assert (ended.json["state"], ended.json["revoked_by"]) == ("revoked", "both")
    name = made.json["id"]
    for action, actor in (("requested", "both"), ("approved", "approver"), ("revoked", "both")):
        assert (actor, name) in told(estate, f"waiver {action}")
    for wrong in ({}, {"targets": ["a"], "source": "b"}):
        assert operator.ask("POST", f"{V1}/waivers", {**asked, "scope": wrong}).status == 422


def test_schedules_are_kept_over_http(estate: Estate, port: int) -> None:
    """Added, paused, resumed, run, retired; each by its name in the journal. Who is limited sees those within."""
    caller, limited = signed_in(port, estate.store, "operator"), signed_in(port, estate.store, "operator-ams")
    made = caller.ask("POST", f"{V1}/schedules", NIGHTLY)
    assert (made.status, made.json["state"], len(made.json["next"])) == (201, "active", 1)
    assert caller.ask("POST", f"{V1}/schedules", NIGHTLY).status == 409
    assert limited.ask("POST", f"{V1}/schedules", {**NIGHTLY, "name": "a", "labels": {"site": ["ams"]}}).status == 201
    assert [one["name"] for one in caller.ask("GET", f"{V1}/schedules").json["items"]] == ["a", "nightly"]
    assert [one["name"] for one in limited.ask("GET", f"{V1}/schedules").json["items"]] == ["a"]
    for step, state in (("pause", "paused"), ("resume", "active"), ("run", "active"), ("retire", "retired")):
        assert limited.ask("POST", f"{V1}/schedules/nightly/{step}").status == 404
        done = caller.ask("POST", f"{V1}/schedules/nightly/{step}", Idempotency_Key=f"s-{step}")
        assert (done.status, done.json["state"]) == (200, state), done.text
    assert caller.ask("GET", f"{V1}/schedules/nightly").status == 404
    assert len(limited.ask("GET", f"{V1}/schedules/a?count=5").json["next"]) == 5
    acted = [action for actor, action, about in journal(estate.store) if (actor, about) == ("operator", "nightly")]
    assert acted == ["schedule added", "schedule paused", "schedule resumed", "schedule run", "schedule retired"]
    for wrong in ({"cron": "x"}, {"zone": "Mars/Olympus"}, {"name": "a b"}, {"blackouts": ["whenever"]}):
        assert caller.ask("POST", f"{V1}/schedules", {**NIGHTLY, "name": "other", **wrong}).status == 422, wrong
    assert verify(estate.store).broken is None
