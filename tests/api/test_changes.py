"""Changes over HTTP: foretold over what was read last, decided about by somebody else, held against what came."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from auditor.api.context import Context
from tests.api.caller import Answer, Caller, signed_in
from tests.api.serving import served
from tests.api.sites import HOSTILE, Estate, audited, two_nights, walked
from tests.store.access.people import journal

V1 = "/api/v1/changes"
PATCH = [{"op": "replace", "path": "/hostname", "value": "renamed"}]
World = tuple[int, Estate]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Two sites of which all but two hosts were read a moment ago."""
    folder: Path = tmp_path_factory.mktemp("changes")
    with two_nights(folder, f"sqlite:///{folder}/a.sqlite") as estate, served(Context(estate.store)) as port:
        audited(estate.store, estate.inventory, goldens=["host-ams", "host-fra"])
        yield port, estate


def by(world: World, who: str) -> Caller:
    return signed_in(world[0], world[1].store, who)


def check(world: World, *targets: str, who: str = "operator", patch: Any = None, **more: Any) -> Answer:
    files = [{"name": "p.json", "content": json.dumps(PATCH if patch is None else patch, indent=1)}]
    return by(world, who).ask("POST", V1, {"targets": targets, "files": files, "ticket": "CHG-1", **more})


def test_a_change_is_foretold_approved_by_another_and_held_against_what_came(world: World) -> None:
    """Whoever checks it never decides, with both roles neither; before the window it is not verified, nor is it
    while nothing was read since; then what was planned and is not there is told. Each step is in the journal.
    """
    made = check(world, "ams-00", who="both")
    assert made.status == 201, made.text
    name, document = made.json["id"], made.json["document"]
    facts = [one for one in document["targets"][0]["facts"] if not one["derived"]]
    assert [(x["path"], x["after"], x["why"][0]["where"]) for x in facts] == [("hostname", "renamed", "p.json:3")]
    assert document["change"]["by"] == made.json["checked_by"] == "both"
    for step in ("approve", "reject"):
        own = by(world, "both").ask("POST", f"{V1}/{name}/{step}", {"note": "it is right, I say"})
        assert (own.status, own.json["type"]) == (403, "/problems/own-change")
    assert by(world, "operator").ask("POST", f"{V1}/{name}/withdraw", {}).status == 403
    assert by(world, "auditor").ask("GET", f"{V1}/{name}/result").status == 404
    done = by(world, "approver").ask("POST", f"{V1}/{name}/approve", {"note": "go"})
    assert (done.json["state"], done.json["decided_by"]) == ("approved", "approver")
    assert by(world, "approver").ask("POST", f"{V1}/{name}/reject", {"note": "too late now"}).status == 409
    unread = by(world, "operator").ask("POST", f"{V1}/{name}/verify")
    assert (unread.json["verdict"], unread.json["result"]["targets"][0]["status"]) == ("unread", "unread")
    audited(world[1].store, world[1].inventory, goldens=["host-ams", "host-fra"])
    told = by(world, "operator").ask("POST", f"{V1}/{name}/verify").json
    kinds = [(one["kind"], one["path"]) for one in told["result"]["targets"][0]["outcomes"] if not one["derived"]]
    assert (told["verdict"], kinds) == ("missed", [("missing", "hostname")])
    assert by(world, "auditor").ask("GET", f"{V1}/{name}/result").json["result"] == told["result"]
    done_by = [(who, what) for who, what, about in journal(world[1].store) if about == name]
    steps = [("both", "change checked"), ("approver", "change approved")]
    assert done_by == [*steps, ("operator", "change verified"), ("operator", "change verified")]


def test_only_what_lies_within_is_foretold_and_seen(world: World) -> None:
    """A host of another site is not there, in a check, a list, a change; of two sites a change is not seen by one."""
    outside = check(world, "fra-00", who="operator-ams")
    assert (outside.status, "fra-" in outside.text.replace("fra-00", "")) == (422, False)
    ours, both = check(world, "ams-00", who="operator-ams"), check(world, "ams-00", "fra-00")
    assert (ours.status, both.status) == (201, 201), (ours.text, both.text)
    one, other = ours.json["id"], both.json["id"]
    listed = {x["id"] for x in walked(by(world, "viewer-ams"), V1)}
    assert (one in listed, other in listed) == (True, False)
    everything = [x["id"] for x in walked(by(world, "viewer"), V1, 1)]
    assert everything.index(other) < everything.index(one)
    for who, path in (("auditor-ams", ""), ("auditor-ams", "/report")):
        assert by(world, who).ask("GET", f"{V1}/{other}{path}").status == 404
        assert by(world, who).ask("GET", f"{V1}/{one}{path}").status == 200
    for step, who in (("approve", "approver-ams"), ("verify", "operator-ams"), ("withdraw", "operator-ams")):
        assert by(world, who).ask("POST", f"{V1}/{other}/{step}", {}).status == 404, step
    assert by(world, "approver").ask("POST", f"{V1}/{other}/withdraw", {}).status == 403
    assert by(world, "operator").ask("POST", f"{V1}/{other}/withdraw", {}).json["state"] == "withdrawn"
    assert [x["id"] for x in by(world, "viewer").ask("GET", f"{V1}?target=fra-00").json["items"]] == [other]
    assert by(world, "viewer").ask("GET", f"{V1}?ticket=CHG-2").json["items"] == []
    assert other in {x["id"] for x in walked(by(world, "viewer"), f"{V1}?state=withdrawn")}


def test_the_same_request_with_a_key_makes_one_change(world: World) -> None:
    """A client that asks again, because the answer got lost, gets the same change."""
    files = [{"name": "p.json", "content": json.dumps(PATCH)}]
    answers = [
        by(world, "operator").ask("POST", V1, {"targets": ["fra-00"], "files": files}, Idempotency_Key="k1")
        for _ in range(2)
    ]
    assert [x.status for x in answers] == [201, 201]
    assert answers[0].json == answers[1].json
    assert answers[1].headers["idempotent-replayed"] == "true"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"patch": [{"op": "replace", "path": "/hostnam", "value": 1}]}, "p.json:3"),
        ({"patch": []}, "neither a patch nor Ansible"),
        ({"max_age": "1s", "fail_on": "low"}, "was last read"),
        ({"max_age": "soon"}, "is no time"),
        ({"files": [{"name": "a", "content": "x"}, {"name": "b", "content": "y"}]}, "does not say which file"),
        ({"files": [{"name": "a", "as_path": "/etc/../x", "content": "x"}]}, "no path of a file"),
        ({"files": [{"name": "a", "content": "x\x00y"}]}, "NUL"),
        ({"files": [{"name": "a", "content": ""}]}, "is empty"),
        ({"files": [{"name": "../a", "content": "x"}]}, "name"),
        ({"baselines": ["/etc/passwd"]}, "baselines"),
        ({"baselines": ["x.yaml"]}, "not files"),
        ({"targets": ["nobody"]}, "no target matches nobody"),
        ({"targets": ["*"] * 51}, "targets"),
        ({"series": 999}, "there is no series 999"),
        ({"emergency": True}, "an emergency has no candidate"),
        ({"files": []}, "name the change"),
        ({"tailoring": "none-such"}, "none-such"),
        ({"tailoring": "own.yaml"}, "not files"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_is_kept(world: World, more: dict[str, Any], said: str) -> None:
    """With its line, where it has one; a path of this machine is no name of rules."""
    before = len(walked(by(world, "viewer"), V1, 100))
    targets = more.pop("targets", ["fra-01"])
    answer = check(world, *targets, **more)
    assert (answer.status, said in answer.text) == (422, True), answer.text
    assert "Traceback" not in answer.text
    assert len(walked(by(world, "viewer"), V1, 100)) == before


def test_a_stale_reading_that_is_forced_is_marked(world: World) -> None:
    """A reading is older than a second when a second has gone by."""
    time.sleep(1.1)
    answer = check(world, "ams-00", max_age="1s", force=True)
    assert answer.status == 201, answer.text
    assert answer.json["document"]["targets"][0]["based_on"]["stale"] is True


def test_reports_in_every_format_escape_what_is_hostile(world: World) -> None:
    """And are in the journal; HEAD reads nothing and leaves no entry; a result that is not there is 404."""
    hostile = [{"op": "replace", "path": "/hostname", "value": HOSTILE}]
    name = check(world, "fra-00", patch=hostile, ticket=HOSTILE).json["id"]
    auditor = by(world, "auditor")
    kinds = {"json": "json", "html": "html", "sarif": "sarif+json", "junit": "xml"}
    for form, media in kinds.items():
        found = auditor.ask("GET", f"{V1}/{name}/report?format={form}")
        assert (found.status, media in found.headers["content-type"]) == (200, True)
        assert form == "json" or form == "sarif" or "<script>alert" not in found.text
        assert "attachment" in found.headers["content-disposition"]
        assert auditor.ask("HEAD", f"{V1}/{name}/report?format={form}").status == 200
    assert auditor.ask("GET", f"{V1}/{name}/report?of=result").status == 404
    assert auditor.ask("GET", f"{V1}/{name}/report?format=exe").status == 422
    done = [what for _, what, about in journal(world[1].store) if about == name]
    assert done == ["change checked", *["change downloaded"] * 4]


def test_an_emergency_keeps_what_is_now_and_tells_afterwards_what_changed(world: World) -> None:
    """Without a candidate nothing is foretold; whatever differs afterwards is told as not planned."""
    made = check(world, "fra-01", files=[], emergency=True, force=True)
    assert made.status == 201, made.text
    (target,) = made.json["document"]["targets"]
    assert (target["facts"], made.json["document"]["result"]["fails"]) == ([], False)
    audited(world[1].store, world[1].inventory, goldens=["host-ams", "host-fra"])
    told = by(world, "operator").ask("POST", f"{V1}/{made.json['id']}/verify").json
    assert (told["verdict"], told["result"]["targets"][0]["outcomes"]) == ("kept", [])


def test_a_check_is_judged_by_the_tailoring_that_is_named(world: World) -> None:
    """A loose source check is right by default, and by the values of the CIS benchmarks it is not; the report says
    by which values it was judged.
    """
    loose = [{"op": "add", "path": "/interfaces/own0", "value": {"loopback": False, "rp_filter": 2}}]
    told = {}
    for tailoring in (None, "cis"):
        made = check(world, "fra-01", patch=loose, baselines=["linux-kernel"], tailoring=tailoring, force=True)
        assert made.status == 201, made.text
        (target,) = made.json["document"]["targets"]
        told[tailoring] = [(one["rule"], one["subject"]) for one in target["findings"]["newly_failing"]]
    strict = ("linux-interfaces-check-sources", "own0")
    assert (strict in told[None], strict in told["cis"]) == (False, True)
    assert made.json["document"]["tailoring"]["id"] == "cis"
    page = by(world, "auditor").ask("GET", f"{V1}/{made.json['id']}/report?format=html").text
    assert "linux-kernel/rp_filter" in page
