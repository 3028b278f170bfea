"""Golden profiles over HTTP: one person proposes, another approves, and the next night compares with that."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from auditor.api.context import Context
from auditor.errors import InputError
from auditor.service import profiles
from auditor.service.stored import document_of
from auditor.store.engine import now
from tests.api.caller import Answer, signed_in
from tests.api.serving import served
from tests.api.sites import GOLDEN, Estate, audited, two_nights, walked
from tests.store.access.people import journal

V1, WHY = "/api/v1/golden/proposals", "the name servers have moved"
AMS_TEXT = GOLDEN.format(name="host-ams", site="ams")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Estate]]:
    """Two sites with a profile each, of files, with which two nights have compared."""
    folder: Path = tmp_path_factory.mktemp("proposals")
    with two_nights(folder, f"sqlite:///{folder}/a.sqlite") as estate, served(Context(estate.store)) as port:
        yield port, estate


def ask(world: tuple[int, Estate], who: str, method: str, path: str = "", body: Any = None, **headers: str) -> Answer:
    port, estate = world
    return signed_in(port, estate.store, who).ask(method, V1 + path, body, **headers)


def propose(world: tuple[int, Estate], text: str, name: str = "host-ams", who: str = "operator", **more: Any) -> Answer:
    return ask(world, who, "POST", "", {"name": name, "text": text, "reason": WHY, **more})


def approve(world: tuple[int, Estate], number: int, who: str = "approver") -> Answer:
    return ask(world, who, "POST", f"/{number}/approve", {})


def test_one_proposes_and_another_approves_and_the_next_night_compares_with_it(world: tuple[int, Estate]) -> None:
    """The change is told by what it means; the file stays what a night before it was compared with; an approved one
    wins over the file of its name, and the audit says who agreed on it.
    """
    port, estate = world
    text = AMS_TEXT.replace("hostname: another", "hostname: quite-another") + "  virtualisation: none\n"
    made = propose(world, text, who="both")
    assert made.status == 201, made.text
    number = made.json["number"]
    seen = ask(world, "viewer", "GET", f"/{number}").json
    assert [(x["kind"], x["path"], x["before"], x["after"]) for x in seen["changes"]] == [
        ("changed", "hostname", "another", "quite-another"),
        ("added", "virtualisation", None, "none"),
    ]
    assert (seen["text"], seen["compared"], seen["stale"], seen["replaces"]) == (text, True, False, None)
    for step in ("approve", "reject"):
        own = ask(world, "both", "POST", f"/{number}/{step}", {"note": "it is right, I say"})
        assert (own.status, own.json["type"]) == (403, "/problems/own-proposal")
    reader = signed_in(port, estate.store, "viewer")
    assert reader.ask("GET", "/api/v1/golden/host-ams").json["origin"] == "file"
    done = approve(world, number)
    assert (done.status, done.json["state"], done.json["decided_by"]) == (200, "approved", "approver")
    assert approve(world, number).status == 409
    shown = reader.ask("GET", "/api/v1/golden/host-ams").json
    assert (shown["origin"], shown["number"], shown["text"]) == ("approved", number, text)
    listed = {one["id"]: one["origin"] for one in walked(reader, "/api/v1/golden", 100)}
    assert (listed["host-ams"], listed["host-fra"]) == ("approved", "file")
    name = audited(estate.store, estate.inventory, goldens=["host-ams", "host-fra"])
    before, after = (document_of(estate.store, one) for one in (estate.first, name))
    entry = next(one for one in after["golden"] if one["id"] == "host-ams")
    assert (entry["sha256"], entry["approval"]["number"]) == (shown["sha256"], number)
    assert (entry["approval"]["proposed_by"], entry["approval"]["approved_by"]) == ("both", "approver")
    assert all("approval" not in one for one in before["golden"])
    drift = {one["path"]: one["expected"] for one in after["drift"] if one["golden"] == "host-ams"}
    assert drift["hostname"] == "quite-another"
    told = [(who, what) for who, what, about in journal(estate.store) if about == str(number) and "golden" in what]
    assert told == [("both", "golden proposed"), ("approver", "golden approved")]


def test_what_is_new_needs_no_file(world: tuple[int, Estate]) -> None:
    """A run and a schedule may name it as soon as it is approved, and not before; so may one taken from a host."""
    port, estate = world
    run = {"goldens": ["fresh"], "baselines": ["linux-kernel"]}
    operator = signed_in(port, estate.store, "operator")
    assert operator.ask("POST", "/api/v1/runs", run).status == 422
    number = propose(world, AMS_TEXT.replace("host-ams", "fresh"), "fresh").json["number"]
    assert operator.ask("POST", "/api/v1/runs", run).status == 422
    assert approve(world, number).status == 200
    begun = operator.ask("POST", "/api/v1/runs", run)
    assert begun.status == 201, begun.text
    operator.ask("POST", f"/api/v1/runs/{begun.json['run']}/cancel")
    target = walked(operator, "/api/v1/targets", 100)[0]["id"]
    taken = ask(world, "operator", "POST", "", {"name": "model", "target": target, "reason": WHY})
    assert taken.status == 201, taken.text
    both = ask(world, "operator", "POST", "", {"name": "model", "target": target, "text": "x", "reason": WHY})
    assert both.status == 422


def test_a_drift_is_accepted_as_a_proposal_and_nothing_else_changes(world: tuple[int, Estate]) -> None:
    """The text says what the host has, with who and why on a line above; it is in use when somebody else approves."""
    port, estate = world
    operator, limited = (signed_in(port, estate.store, who) for who in ("operator", "operator-ams"))
    targets = {one["name"]: one["id"] for one in walked(operator, "/api/v1/targets", 100)}
    text = GOLDEN.format(name="fra-ops", site="fra") + "  accounts:\n    ops: {uid: 5, gid: 6}\n"
    assert approve(world, propose(world, text, "fra-ops").json["number"]).status == 200
    path = "/api/v1/golden/fra-ops/accept"
    asked = {"target": targets["fra-00"], "path": "accounts[ops].uid", "reason": "it is right there"}
    made = operator.ask("POST", path, asked)
    assert made.status == 201, made.text
    assert (made.json["state"], made.json["proposed_by"]) == ("proposed", "operator")
    new = ask(world, "viewer", "GET", f"/{made.json['number']}").json
    (change,) = new["changes"]
    assert (change["path"], change["before"], change["after"]) == ("accounts[ops].uid", 5, 1000)
    assert "by operator, as on fra-00: it is right there" in new["text"]
    for wrong, status in (({"path": "kernel"}, 422), ({"target": targets["ams-00"]}, 422), ({"target": 999999}, 404)):
        assert operator.ask("POST", path, {**asked, **wrong}).status == status
    own = operator.ask("POST", path, {**asked, "path": "hostname"})
    assert (own.status, "hostname is each host's own" in own.text) == (422, True), own.text
    assert limited.ask("POST", path, asked).status == 404
    assert operator.ask("POST", "/api/v1/golden/nothing/accept", asked).status == 404


def test_an_approved_profile_goes_out_of_use_when_two_agree(world: tuple[int, Estate]) -> None:
    """Not by one alone, not while a schedule names it; runs of before keep it, and the same may be approved again."""
    port, estate = world
    operator, approver = (signed_in(port, estate.store, who) for who in ("operator", "approver"))
    text = AMS_TEXT.replace("host-ams", "leaving")
    assert approve(world, propose(world, text, "leaving").json["number"]).status == 200
    nightly = {"name": "n", "cron": "30 2 * * *", "zone": "UTC", "goldens": ["leaving"], "baselines": ["linux-kernel"]}
    assert operator.ask("POST", "/api/v1/schedules", {**nightly, "formats": ["json"]}).status == 201
    with estate.store.reading() as connection:
        before = now(connection)
    path = "/api/v1/golden/leaving/retire"
    assert operator.ask("POST", path, {"reason": "no"}).status == 422
    assert signed_in(port, estate.store, "both").ask("POST", path, {"reason": WHY}).status == 201
    made = operator.ask("POST", path, {"reason": WHY})
    assert (made.status, made.json["retires"], made.json["sha256"]) == (201, True, ""), made.text
    number = made.json["number"]
    shown = ask(world, "viewer", "GET", f"/{number}").json
    assert ("removed", "hostname", "another", None) in [
        (x["kind"], x["path"], x["before"], x["after"]) for x in shown["changes"]
    ]
    busy = approve(world, number)
    assert (busy.status, "schedules compare with it: n" in busy.text) == (409, True)
    assert operator.ask("POST", "/api/v1/schedules/n/retire").status == 200
    done = approve(world, number)
    assert (done.status, done.json["state"], done.json["decided_by"]) == (200, "retired", "approver"), done.text
    assert operator.ask("GET", "/api/v1/golden/leaving").status == 404
    assert approve(world, number - 1).status == 409  # what it would end is in use no more
    with estate.store.reading() as connection:
        assert profiles.for_run(connection, ["leaving"], before)[0].id == "leaving"
        with pytest.raises(InputError, match="no such golden profile"):
            profiles.for_run(connection, ["leaving"], now(connection))
    again = propose(world, text, "leaving").json["number"]
    assert approve(world, again).status == 200
    with estate.store.reading() as connection:
        assert profiles.for_run(connection, ["leaving"], now(connection))[0].approval.number == again  # type: ignore[union-attr]
    assert approver.ask("POST", path, {"reason": WHY}).status == 403
    assert operator.ask("POST", "/api/v1/golden/host-fra-2/retire", {"reason": WHY}).status == 404


def test_what_was_replaced_meanwhile_is_refused(world: tuple[int, Estate]) -> None:
    """Of two proposals on top of the same profile the second is stale, says so, and can only be rejected."""
    text = GOLDEN.format(name="host-fra", site="fra")
    one, other = (propose(world, text + f"  kernel: '{x}'\n", "host-fra").json["number"] for x in (1, 2))
    assert approve(world, one).status == 200
    late = approve(world, other)
    assert (late.status, late.json["type"]) == (409, "/problems/conflict")
    assert ask(world, "viewer", "GET", f"/{other}").json["stale"] is True
    assert ask(world, "approver", "POST", f"/{other}/reject", {"note": "too late by a day"}).json["state"] == "rejected"
    again = ask(world, "viewer", "GET", f"/{one}").json
    assert ([x["path"] for x in again["changes"]], again["compared"]) == (["kernel"], True)


def test_whoever_is_limited_stays_within(world: tuple[int, Estate]) -> None:
    """Neither proposes nor decides for another site, nor takes over its profile's name by other labels."""
    fra = propose(world, GOLDEN.format(name="only-fra", site="fra"), "only-fra").json["number"]
    assert ask(world, "viewer-ams", "GET", f"/{fra}").status == 404
    assert approve(world, fra, "approver-ams").status == 404
    assert fra not in {one["number"] for one in ask(world, "approver-ams", "GET").json["items"]}
    outside = propose(world, GOLDEN.format(name="x", site="fra"), "x", "operator-ams")
    everywhere = propose(world, "golden: x\ntitle: T\nfor: {platform: linux}\n", "x", "operator-ams")
    taken = propose(world, GOLDEN.format(name="host-fra", site="ams"), "host-fra", "operator-ams")
    assert {(one.status, one.json["type"]) for one in (outside, everywhere, taken)} == {(403, "/problems/out-of-scope")}
    stolen = propose(world, GOLDEN.format(name="host-fra", site="ams"), "host-fra").json["number"]
    assert approve(world, stolen, "approver-ams").status == 404
    mine = propose(world, GOLDEN.format(name="x", site="ams"), "x", "operator-ams").json["number"]
    assert ask(world, "operator", "POST", f"/{mine}/withdraw", {}).status == 403
    assert approve(world, mine, "approver-ams").status == 200


@pytest.mark.parametrize(
    "text",
    [
        "golden: web\ntitle: T\nfor: {platform: linux}\nfacts: {no_such: 1}\n",
        "golden: web\ntitle: !!python/object/apply:os.system [exit 1]\nfor: {platform: linux}\n",
        "a: &a [x,x,x,x,x,x,x,x,x,x]\n"
        + "".join(f"{n}: &{n} [{', '.join([f'*{m}'] * 10)}]\n" for m, n in zip("abcdefgh", "bcdefghi", strict=True)),
        "[" * 1000,
        "golden: proposals\ntitle: T\nfor: {platform: linux}\n",
        "golden: other\ntitle: T\nfor: {platform: linux}\n",
        "x" * 300_001,
    ],
)
def test_hostile_yaml_is_refused_with_its_fault(world: tuple[int, Estate], text: str) -> None:
    """It is never evaluated, and bounded; nothing is kept of it."""
    before = len(walked_numbers(world))
    said = propose(world, text, "proposals" if "golden: proposals" in text else "web")
    assert said.status == 422, said.text
    assert said.json["errors"]
    assert len(walked_numbers(world)) == before


def walked_numbers(world: tuple[int, Estate]) -> list[int]:
    port, estate = world
    return [one["number"] for one in walked(signed_in(port, estate.store, "viewer"), V1)]


def test_a_proposal_that_is_sent_again_is_kept_once(world: tuple[int, Estate]) -> None:
    """With an Idempotency-Key; its author takes it back, and what is in use already cannot be proposed."""
    body = {"name": "twice", "text": AMS_TEXT.replace("host-ams", "twice"), "reason": WHY}
    one, other = (ask(world, "operator", "POST", "", body, Idempotency_Key="k1") for _ in range(2))
    assert (one.json, other.headers["idempotent-replayed"]) == (other.json, "true")
    number = one.json["number"]
    assert ask(world, "operator", "POST", f"/{number}/withdraw", {"note": "a mistake"}).json["state"] == "withdrawn"
    assert approve(world, number).status == 409
    same = ask(world, "viewer", "GET", "?state=approved&limit=1").json["items"][0]
    text = ask(world, "viewer", "GET", f"/{same['number']}").json["text"]
    assert propose(world, text, same["name"]).status == 409
