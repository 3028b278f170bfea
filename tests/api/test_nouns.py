"""What was audited, over HTTP, on both databases: each is shown what lies in his scope, all of it and no more."""

import re
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from auditor.api.context import Context
from auditor.service.begin import begin
from auditor.service.request import Request
from auditor.service.stored import document_of
from auditor.store.history import time_of
from auditor.store.listing import looks
from tests.api.caller import signed_in
from tests.api.serving import served
from tests.api.sites import Estate, audited, two_nights, walked
from tests.servers.fixtures import DATABASES
from tests.service.nights import BASELINE, to_the_end

V1 = "/api/v1"
LISTS = ("runs", "sources", "targets", "findings", "drift", "rules", "baselines", "golden", "waivers", "schedules")


@pytest.fixture(scope="module", params=DATABASES)
def estate(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Estate]:
    """Two nights over two sites, on each database; the last tests of this module change it."""
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


def place(one: dict[str, Any]) -> tuple[str, str]:
    return one["target"], one["path"]


def key(one: dict[str, Any]) -> tuple[str, str, str | None]:
    return one["target"], one["rule"], one["subject"]


def test_lists_hold_what_the_document_holds(estate: Estate, port: int) -> None:
    """Findings, drift and targets of a run, page by page: each once, unread hosts' unknowns among them."""
    document = document_of(estate.store, estate.first)
    caller = signed_in(port, estate.store, "auditor")
    found = walked(caller, f"{V1}/runs/{estate.first}/findings", 7)
    by_key = {key(one): one for one in document["findings"]}
    assert Counter(map(key, found)) == Counter(list(by_key))
    assert {one["target"] for one in found if one["status"] == "unknown"} >= {"ams-02", "fra-02"}
    for one in found:
        assert by_key[key(one)].items() <= one.items()
    drift = walked(caller, f"{V1}/runs/{estate.first}/drift", 1)
    assert Counter(map(place, drift)) == Counter(map(place, document["drift"]))
    assert len(drift) == 4
    targets = walked(caller, f"{V1}/runs/{estate.first}/targets", 4)
    assert sorted(one["name"] for one in targets) == sorted(one["name"] for one in document["targets"])
    run = caller.ask("GET", f"{V1}/runs/{estate.first}").json
    assert (run["population"], run["collected"]) == (6, 4)
    assert run["score"] == document["score"]
    assert "inventory" not in str(run["request"]).replace("inventory_sha256", "")
    assert [one["run"] for one in walked(caller, f"{V1}/runs", 1)] == [estate.second, estate.first]


def test_filters_leave_in_what_they_say(estate: Estate, port: int) -> None:
    """By status, severity, rule, target, label, name; together too. What is none of the known words is refused."""
    caller = signed_in(port, estate.store, "auditor")
    every = walked(caller, f"{V1}/runs/{estate.first}/findings", 100)
    one = next(x for x in every if x["status"] == "fail")
    path = f"{V1}/runs/{estate.first}/findings"
    for query, fits in (
        ("status=fail", lambda x: x["status"] == "fail"),
        ("status=fail&status=unknown", lambda x: x["status"] in ("fail", "unknown")),
        ("status=unknown&severity=high", lambda x: (x["status"], x["severity"]) == ("unknown", "high")),
        (f"rule={one['rule']}", lambda x: x["rule"] == one["rule"]),
        (f"target={one['target_id']}&status=fail", lambda x: (x["target"], x["status"]) == (one["target"], "fail")),
    ):
        assert sorted(map(str, map(key, walked(caller, f"{path}?{query}", 5)))) == sorted(
            str(key(x)) for x in every if fits(x)
        ), query
    now = [x for x in walked(caller, f"{V1}/findings", 100) if x["rule"] == one["rule"]]
    assert {x["target"] for x in now} >= {"ams-02", "fra-02"}, "those that were not read"
    of_rule = f"{V1}/findings?rule={one['rule']}"
    for more, fits in (
        ("", lambda _: True),
        ("&status=fail", lambda x: x["status"] == "fail"),
        ("&name=-0", lambda _: True),
    ):
        assert list(map(key, walked(caller, of_rule + more, 2))) == [key(x) for x in now if fits(x)], more
    names = [x["name"] for x in walked(caller, f"{V1}/targets?label=site%3Dfra&name=FRA-0&status=collected")]
    assert names == ["fra-00", "fra-01"]
    assert walked(caller, f"{V1}/targets?name=%25") == []
    for wrong in (
        "status=green",
        "severity=x",
        "limit=0",
        "limit=501",
        "target=0",
        "after=%00",
        "after=W10",
        "after=x y",
    ):
        assert caller.ask("GET", f"{path}?{wrong.replace(' ', '%20')}").status == 422, wrong


def test_who_is_limited_to_a_site_sees_nothing_of_another(estate: Estate, port: int) -> None:
    """No name of the other site in any list, count, document, report or error; what is his is all there."""
    caller, all_of_it = signed_in(port, estate.store, "auditor-ams"), signed_in(port, estate.store, "auditor")
    numbers = {one["name"]: one["id"] for one in walked(all_of_it, f"{V1}/targets")}
    said = []
    for noun in LISTS:
        ask = caller.ask(
            "GET", f"{V1}/{noun}?limit=500" if noun not in ("baselines", "golden", "schedules") else f"{V1}/{noun}"
        )
        assert ask.status == 200, (noun, ask.text)
        said.append(ask.text)
    said.append(caller.ask("GET", f"{V1}/findings?label=site%3Dfra").text)
    said.append(caller.ask("GET", f"{V1}/targets?source=fra-00").text)
    below_run = ("", "/targets", "/findings", "/drift", "/document")
    said += [caller.ask("GET", f"{V1}/runs/{estate.first}{below}").text for below in below_run]
    for below in ("", "/facts", "/findings", "/drift", "/runs"):
        answer = caller.ask("GET", f"{V1}/targets/{numbers['fra-00']}{below}")
        unknown = caller.ask("GET", f"{V1}/targets/999999{below}")
        assert (answer.status, answer.json["detail"]) == (404, unknown.json["detail"])
        said.append(answer.text)
        assert caller.ask("GET", f"{V1}/targets/{numbers['ams-00']}{below}").status == 200
    for below in below_run:
        answer = caller.ask("GET", f"{V1}/runs/{estate.second}{below}")
        assert answer.status == 404, below
        said.append(answer.text)
    assert [one[:2000] for one in said if re.search(r"\bfra\b", one)] == []
    assert [one["name"] for one in walked(caller, f"{V1}/targets")] == ["ams-00", "ams-01", "ams-02"]
    (run,) = walked(caller, f"{V1}/runs")
    assert (run["run"], run["population"], run["collected"]) == (estate.first, 3, 2)
    whole = document_of(estate.store, estate.first)
    mine = caller.ask("GET", f"{V1}/runs/latest/document").json
    assert mine["run"]["id"] == estate.first
    own = {key(one): one for one in whole["findings"] if one["target"].startswith("ams")}
    assert {key(one): one for one in mine["findings"]} == own
    assert len(mine["findings"]) == len(own)
    assert mine["coverage"]["population"] == 3
    assert set(mine) == {*whole, "selection"}
    assert mine["score"] == run["score"]


def test_facts_are_those_of_the_time(estate: Estate, port: int) -> None:
    """Of a time before the first look there are none; a viewer gets none at all."""
    caller = signed_in(port, estate.store, "auditor")
    (one,) = walked(caller, f"{V1}/targets?name=fra-00")
    now = caller.ask("GET", f"{V1}/targets/{one['id']}/facts").json
    assert (now["run"], now["target"]) == (estate.second, "fra-00")
    assert now["facts"]
    with estate.store.reading() as connection:  # both nights may lie in one second, as lists tell times
        last = looks.moments(connection, one["id"], datetime.now(UTC), 1)[0].moment
    earlier = f"{time_of(last - 1):%Y-%m-%dT%H:%M:%S.%fZ}"
    then = caller.ask("GET", f"{V1}/targets/{one['id']}/facts?at={earlier}").json
    assert then["run"] == estate.first
    assert caller.ask("GET", f"{V1}/targets/{one['id']}/facts?at=2020-01-01T00:00:00Z").status == 404
    assert caller.ask("GET", f"{V1}/targets/{one['id']}/facts?at=2020-01-01").status == 422
    viewer = signed_in(port, estate.store, "viewer")
    assert viewer.ask("GET", f"{V1}/targets/{one['id']}/facts").status == 403


def test_what_the_caller_has_is_not_sent_again(estate: Estate, port: int) -> None:
    """ETag and 304 on lists and single things; HEAD says the same without the body."""
    caller = signed_in(port, estate.store, "auditor")
    for path in ("runs", f"runs/{estate.first}", "rules?limit=2", f"runs/{estate.first}/findings"):
        whole = caller.ask("GET", f"{V1}/{path}")
        again = caller.ask("GET", f"{V1}/{path}", If_None_Match=f'W/"x", {whole.headers["etag"]}')
        assert (again.status, again.text) == (304, "")
        assert caller.ask("GET", f"{V1}/{path}", If_None_Match='"x"').text == whole.text
        head = caller.ask("HEAD", f"{V1}/{path}")
        assert (head.status, head.text, head.headers["etag"]) == (200, "", whole.headers["etag"])
        assert head.headers["content-length"] == str(len(whole.text.encode()))


def test_names_in_paths_and_queries_are_only_names(estate: Estate, port: int) -> None:
    """Whatever they look like: not found, or an empty list, and never a fault."""
    caller = signed_in(port, estate.store, "auditor")
    for name in (
        "%22%3E%3Cscript%3E",
        "..%2F..%2Fetc%2Fpasswd",
        "%00",
        "%ED%A0%80",
        "x" * 5000,
        "%E2%80%AEx",
        "'--",
        "%25",
    ):
        for path in (f"runs/{name}", f"rules/{name}", f"waivers/{name}", f"schedules/{name}"):
            answer: Any = caller.ask("GET", f"{V1}/{path}")
            assert (answer.status, answer.headers["content-type"]) == (404, "application/problem+json"), path
        for path in (
            f"targets?name={name}",
            f"findings?rule={name}",
            f"targets?source={name}",
            f"targets?label=site%3D{name}",
        ):
            answer = caller.ask("GET", f"{V1}/{path}")
            assert answer.status in (200, 422), path
            assert answer.status == 422 or answer.json["items"] == [], path


def test_walks_lose_and_double_nothing_while_a_run_writes(estate: Estate, port: int) -> None:
    """The current state, walked in small pages: that of the moment of the first page, whatever ends meanwhile."""
    caller = signed_in(port, estate.store, "auditor")
    before = Counter(map(key, walked(caller, f"{V1}/findings", 50)))
    with estate.store.writing() as connection:
        asked = {"inventory": str(estate.inventory), "baselines": [BASELINE], "goldens": ["host-ams", "host-fra"]}
        number = begin(connection, Request.model_validate(asked | {"retry_after": 0.0}))
    first = caller.ask("GET", f"{V1}/findings?limit=2").json
    writer = threading.Thread(target=to_the_end, args=(estate.store, number))
    writer.start()
    found, after = list(map(key, first["items"])), first["next"]
    pages = 0
    while after is not None:
        if pages == 3:
            writer.join()
        page = caller.ask("GET", f"{V1}/findings?limit=2&after={after}").json
        found += map(key, page["items"])
        after, pages = page["next"], pages + 1
    writer.join()
    assert pages > 3
    assert Counter(found) == before


def test_a_host_that_moved_is_seen_by_the_other_site_alone(estate: Estate, port: int) -> None:
    """Its past goes with it: labels of the last look decide."""
    caller = signed_in(port, estate.store, "auditor-ams")
    text = estate.inventory.read_text()
    estate.inventory.write_text(text.replace("{site: ams, team: 't1'}", "{site: fra, team: 't1'}"))
    audited(estate.store, estate.inventory)
    assert [one["name"] for one in walked(caller, f"{V1}/targets")] == ["ams-00", "ams-02"]
    assert "ams-01" not in caller.ask("GET", f"{V1}/runs/{estate.first}/findings?limit=500").text
