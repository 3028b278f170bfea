"""The past over HTTP: what changed between runs and on a target, its history, and what other rules would say."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from auditor.api.context import Context
from auditor.store.engine import Store
from tests.api.caller import Caller, signed_in
from tests.api.rows import made
from tests.api.serving import served
from tests.api.sites import people, walked
from tests.servers.fixtures import DATABASES
from tests.service.pasts import NIGHT, RULES, Night, keep, read
from tests.store.access.people import journal

V1 = "/api/v1"
CHANGES = f"{V1}/runs/night-2/changes"


@pytest.fixture(scope="module", params=DATABASES)
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Store]]:
    """Two nights: a host begins to fail, one mends itself, one is gone and one new; another site's fails too."""
    folder: Path = tmp_path_factory.mktemp("past")
    url = f"sqlite:///{folder}/a.sqlite"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres").new_database_with_tables()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AUDITOR_STATE", str(folder))
        patch.setenv("AUDITOR_RULES", str(folder / "content"))
        (folder / "content" / "baselines").mkdir(parents=True)
        today = RULES.replace("default: good", "default: other")
        (folder / "content" / "baselines" / "looked-back.yaml").write_text(today)
        store = made(url)
        people(store)
        ams, fra = {"site": "ams"}, {"site": "fra"}
        later = NIGHT + timedelta(days=1)
        first = [
            read("ams-1", labels=ams),
            read("ams-2", labels=ams, hostname="x", sysctl={"a": 1}),
            read("ams-3", labels=ams),
        ]
        second = [
            read("ams-1", labels=ams, hostname="y", at=later),
            read("ams-2", labels=ams, sysctl={"a": 2}, at=later),
            read("ams-4", labels=ams, at=later),
        ]
        keep(store, Night(NIGHT, {"a": first, "f": [read("fra-1", "f", labels=fra)]}), "night-1")
        other = [read("fra-1", "f", later, labels=fra, hostname="z")]
        keep(store, Night(later, {"a": second, "f": other}), "night-2")
        with served(Context(store)) as port:
            yield port, store
        store.close()


def told(caller: Caller, path: str) -> list[tuple[Any, ...]]:
    found = walked(caller, path, 1)
    return [(one["target"], one["rule"], one["subject"], one["change"]) for one in found]


def test_what_changed_between_two_runs(world: tuple[int, Store]) -> None:
    """Page by page, each once: new, ended, another status, other values; each site its own."""
    port, store = world
    caller = signed_in(port, store, "viewer")
    mine = [
        ("ams-1", "linux-name-wanted", None, "status"),
        ("ams-2", "linux-name-wanted", None, "status"),
        ("ams-2", "linux-sysctl-off", "a", "value"),
    ]
    fra = ("fra-1", "linux-name-wanted", None, "status")
    assert sorted(told(caller, f"{CHANGES}?since=night-1"), key=str) == sorted([*mine, fra], key=str)
    whole = caller.ask("GET", f"{CHANGES}?since=night-1").json
    (broken,) = [one for one in whole["items"] if one["target"] == "ams-1"]
    assert (broken["before"]["status"], broken["after"]["status"]) == ("pass", "fail")
    covered = {one["name"]: (one["before"], one["after"]) for one in whole["coverage"]}
    assert covered == {"ams-3": ("collected", None), "ams-4": (None, "collected")}
    assert (whole["since"]["run"], whole["since"]["population"], whole["until"]["population"]) == ("night-1", 4, 4)
    limited = signed_in(port, store, "viewer-ams")
    assert sorted(told(limited, f"{CHANGES}?since=night-1"), key=str) == sorted(mine, key=str)
    part = limited.ask("GET", f"{CHANGES}?since=night-1")
    assert "fra" not in part.text
    assert part.json["until"]["population"] == 3
    assert caller.ask("GET", f"{CHANGES}?since=no-such").status == 404


def test_drift_that_is_new_or_has_ended(world: tuple[int, Store]) -> None:
    """Against the golden profile: the name of one host is wrong now, another's is right again."""
    port, store = world
    found = walked(signed_in(port, store, "viewer-ams"), f"{CHANGES}/drift?since=night-1", 1)
    sides = {(one["target"], one["path"], one["side"]) for one in found}
    assert {("ams-1", "hostname", "new"), ("ams-2", "hostname", "ended")} <= sides
    assert not any(target.startswith("fra") for target, _, _ in sides)


def test_facts_of_a_target_then_and_now(world: tuple[int, Store]) -> None:
    """Which facts changed since a time; which readings there are; nothing of it for a viewer or another site."""
    port, store = world
    caller = signed_in(port, store, "auditor")
    numbers = {one["name"]: one["id"] for one in walked(caller, f"{V1}/targets")}
    path = f"{V1}/targets/{numbers['ams-2']}"
    since = f"since={NIGHT.isoformat().replace('+00:00', 'Z')}"
    changed = {
        one["path"]: (one["expected"], one["actual"])
        for one in caller.ask("GET", f"{path}/changes?{since}").json["drift"]
    }
    assert changed["hostname"] == ("x", "good")
    (later, first) = walked(caller, f"{path}/snapshots", 1)
    assert (later["run"], first["run"], first["kept"]) == ("night-2", "night-1", True)
    assert later["sha256"] != first["sha256"]
    assert caller.ask("GET", f"{path}/changes?since=2020-01-01T00:00:00Z").status == 404
    for below in (f"changes?{since}", "snapshots"):
        assert signed_in(port, store, "viewer").ask("GET", f"{path}/{below}").status == 403
        other = f"{V1}/targets/{numbers['fra-1']}/{below}"
        assert signed_in(port, store, "auditor-ams").ask("GET", other).status == 404


def test_a_finding_over_time(world: tuple[int, Store]) -> None:
    """Since when it fails, and until when it passed."""
    port, store = world
    caller = signed_in(port, store, "viewer-ams")
    numbers = {one["name"]: one["id"] for one in walked(signed_in(port, store, "viewer"), f"{V1}/targets")}
    shown = caller.ask("GET", f"{V1}/targets/{numbers['ams-1']}/history?rule=linux-name-wanted").json
    (finding,) = shown["findings"]
    assert [one["status"] for one in finding["spells"]] == ["pass", "fail"]
    assert [one["run"] for one in shown["runs"]] == ["night-1", "night-2"]
    assert caller.ask("GET", f"{V1}/targets/{numbers['fra-1']}/history").status == 404
    assert caller.ask("GET", f"{V1}/targets/{numbers['ams-1']}/history?series=99").status == 404
    (series,) = caller.ask("GET", f"{V1}/series").json["items"]
    assert (series["series"], series["last_run"]) == (1, None)


def test_a_draft_is_tried_on_what_a_run_had_read(world: tuple[int, Store]) -> None:
    """What would newly fail or pass, within the scope; a faulty draft is told with its line; nothing of it is kept."""
    port, store = world
    caller, limited = signed_in(port, store, "auditor"), signed_in(port, store, "auditor-ams")
    draft = RULES.replace("default: good", "default: x").replace('version: "1"', 'version: "2"')
    path = f"{V1}/runs/night-1/preview"
    shown = caller.ask("POST", path, {"drafts": [draft]})
    assert shown.status == 200, shown.text
    (rule,) = shown.json["rules"]
    assert (rule["rule"], rule["change"]) == ("linux-name-wanted", "changed")
    assert (rule["failing"], rule["passing"]) == (["ams-1", "ams-3", "fra-1"], ["ams-2"])
    assert shown.json["worse"] is True
    part = limited.ask("POST", path, {"drafts": [draft]})
    assert part.json["rules"][0]["failing"] == ["ams-1", "ams-3"]
    assert "fra" not in part.text
    one = caller.ask("POST", path, {"drafts": [draft], "targets": ["ams-2"]}).json["rules"][0]
    assert (one["failing"], one["passing"]) == ([], ["ams-2"])
    wrong = caller.ask("POST", path, {"drafts": [draft.replace("severity: high", "severity: grave")]})
    assert (wrong.status, wrong.json["type"]) == (422, "/problems/invalid-draft")
    assert wrong.json["errors"][0]["pointer"] == f"line {draft.splitlines().index('    severity: high') + 1}"
    for refused in ({}, {"baselines": ["/etc/passwd"]}, {"baselines": ["x.yaml"]}, {"drafts": ["a: [*b"]}):
        assert caller.ask("POST", path, refused).status == 422, refused
    assert caller.ask("POST", path, {"baselines": ["linux-kernel"]}).status == 409  # in place of which one?
    assert caller.ask("POST", path, {"drafts": [draft], "targets": ["no-such"]}).status == 422


def test_a_run_is_judged_again_by_what_stands_today(world: tuple[int, Store]) -> None:
    """A document of its own, of what lies within the scope; the run stays as it was; the journal knows who asked."""
    port, store = world
    asked = {"baselines": ["looked-back"]}
    path = f"{V1}/runs/night-1/rejudge"
    caller, limited = signed_in(port, store, "auditor"), signed_in(port, store, "auditor-ams")
    whole = caller.ask("POST", path, asked)
    assert whole.status == 200, whole.text
    assert whole.json["run"]["rejudged"]["run"] == "night-1"
    judged = {(one["target"], one["rule"]): one["status"] for one in whole.json["findings"]}
    assert judged["ams-1", "linux-name-wanted"] == "fail"  # today another name is wanted
    assert judged["fra-1", "linux-name-wanted"] == "fail"
    part = limited.ask("POST", path, asked)
    assert {one["name"] for one in part.json["targets"]} == {"ams-1", "ams-2", "ams-3"}
    assert not re.search(r"\bfra\b", part.text)
    assert limited.ask("POST", path, {**asked, "targets": ["fra-1"]}).status == 422
    assert caller.ask("POST", path, {"baselines": ["looked-back.yaml"]}).status == 422
    stored = {
        one["target"]: one["status"] for one in walked(caller, f"{V1}/runs/night-1/findings?rule=linux-name-wanted")
    }
    assert stored["ams-1"] == "pass"
    again = [(actor, about) for actor, action, about in journal(store) if action == "run judged again"]
    assert again == [("auditor", "night-1"), ("auditor-ams", "night-1")]
