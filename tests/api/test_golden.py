"""Golden profiles over HTTP: shown as they are written, proposed out of stored readings, checked; nothing is kept."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from auditor.api.context import Context
from auditor.store.engine import Store
from tests.api.caller import Caller, signed_in
from tests.api.rows import made
from tests.api.serving import served
from tests.api.sites import people, walked
from tests.service.pasts import NIGHT, Night, keep, read

V1 = "/api/v1/golden"
PROFILE = """# as it is
golden: host-{site}
title: A host
for: {{platform: linux, labels: {{site: {site}}}}}
facts:
  roles: [web]
"""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Store]]:
    """Four hosts of one site, of which one is another than the rest, and one of another site; a profile for each."""
    folder: Path = tmp_path_factory.mktemp("golden")
    (folder / "content" / "golden").mkdir(parents=True)
    for site in ("ams", "fra"):
        (folder / "content" / "golden" / f"file-{site}.yaml").write_text(PROFILE.format(site=site))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AUDITOR_STATE", str(folder))
        patch.setenv("AUDITOR_RULES", str(folder / "content"))
        store = made(f"sqlite:///{folder}/a.sqlite")
        people(store)
        hosts = [read(f"ams-{n}", labels={"site": "ams"}, roles=["web"], sysctl={"a": 1}) for n in range(3)]
        odd = read("ams-3", labels={"site": "ams"}, roles=["web"], sysctl={"a": 2})
        other = read("fra-0", "f", labels={"site": "fra"}, roles=["web"])
        keep(store, Night(NIGHT, {"a": [*hosts, odd], "f": [other]}), "night-1")
        with served(Context(store)) as port:
            yield port, store
        store.close()


def numbers(port: int, store: Store) -> dict[str, int]:
    every: Caller = signed_in(port, store, "viewer")
    return {one["name"]: one["id"] for one in walked(every, "/api/v1/targets")}


def test_a_profile_is_shown_as_it_is_written(world: tuple[int, Store]) -> None:
    """With its comments; that of another site is not there."""
    port, store = world
    shown = signed_in(port, store, "viewer-ams").ask("GET", f"{V1}/host-ams")
    assert shown.json["text"] == PROFILE.format(site="ams")
    assert shown.json["profile"]["facts"] == {"roles": ["web"]}
    assert signed_in(port, store, "viewer-ams").ask("GET", f"{V1}/host-fra").status == 404
    assert signed_in(port, store, "viewer").ask("GET", f"{V1}/host-fra").status == 200
    assert signed_in(port, store, "viewer").ask("GET", f"{V1}/file-fra").status == 404  # an id, never a file


def test_a_proposal_is_a_profile_that_its_hosts_fit(world: tuple[int, Store]) -> None:
    """Of one host, and of many; checked against them it finds the one that is another, and nothing at the others."""
    port, store = world
    caller, ids = signed_in(port, store, "operator"), numbers(port, store)
    ams = [ids[f"ams-{n}"] for n in range(4)]
    one = caller.ask("POST", f"{V1}/capture", {"target": ids["ams-0"], "name": "web"})
    assert one.status == 200, one.text
    many = caller.ask("POST", f"{V1}/consensus", {"targets": ams, "name": "web"}).json
    assert (many["hosts"], {x["target"] for x in many["outliers"]}) == (4, {"ams-3"})
    for text in (one.json["text"], many["text"]):
        checked = caller.ask("POST", f"{V1}/check", {"text": text, "targets": ams}).json
        assert (checked["id"], checked["compared"]) == ("web", 4)
        assert {x["target"] for x in checked["drift"]} == {"ams-3"}


def test_what_lies_outside_a_scope_is_no_model(world: tuple[int, Store]) -> None:
    """Nor is it compared; a viewer proposes nothing."""
    port, store = world
    limited, ids = signed_in(port, store, "operator-ams"), numbers(port, store)
    text = PROFILE.format(site="fra")
    asked: tuple[tuple[str, dict[str, Any]], ...] = (
        ("capture", {"target": ids["fra-0"]}),
        ("consensus", {"targets": [ids["ams-0"], ids["fra-0"]]}),
        ("check", {"text": text, "targets": [ids["fra-0"]]}),
    )
    for step, form in asked:
        assert limited.ask("POST", f"{V1}/{step}", form).status == 404, step
        assert signed_in(port, store, "viewer").ask("POST", f"{V1}/{step}", form).status == 403, step
    assert limited.ask("POST", f"{V1}/capture", {"target": ids["ams-0"]}).status == 200


def test_texts_that_are_none_are_told_with_their_line(world: tuple[int, Store]) -> None:
    """Profiles and kickstart files; a good kickstart file becomes a profile."""
    port, store = world
    caller = signed_in(port, store, "operator")
    wrong = caller.ask("POST", f"{V1}/check", {"text": PROFILE.format(site="ams").replace("roles", "rolls")})
    assert (wrong.status, wrong.json["type"]) == (422, "/problems/invalid-golden")
    assert wrong.json["errors"][0]["pointer"] == "line 6"
    assert caller.ask("POST", f"{V1}/kickstart", {"text": "nothing of it\n"}).status == 422
    text = "vmaccepteula\nrootpw hidden-secret\nnetwork --bootproto=static --ip=192.0.2.7 --hostname=esx01\n"
    text += "%firstboot --interpreter=busybox\n"
    text += "esxcli system settings advanced set -o /UserVars/ESXiShellTimeOut -i 900\n"
    made_ = caller.ask("POST", f"{V1}/kickstart", {"text": text, "name": "lab"})
    assert made_.status == 200, made_.text
    assert "golden: lab" in made_.json["text"]
    assert "hidden-secret" not in made_.text
