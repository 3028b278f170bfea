"""A schedule is changed by who has seen what it says: nobody overwrites what somebody else has changed meanwhile."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from auditor.api.context import Context
from auditor.store.engine import Store
from auditor.store.entries import Only, entries
from tests.api.caller import Answer, Caller, signed_in
from tests.api.rows import made
from tests.api.serving import served
from tests.api.sites import people

V1 = "/api/v1/schedules"
INVENTORY = """sources:
  - {name: a, kind: linux, address: 10.0.0.1, known_hosts: keys, labels: {site: ams}}
"""
NIGHTLY: dict[str, Any] = {"name": "nightly", "cron": "30 2 * * *", "zone": "Europe/Amsterdam", "formats": ["json"]}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Store]]:
    """A service with an inventory and two schedules, one of which is of a site."""
    folder: Path = tmp_path_factory.mktemp("schedules")
    (folder / "inventory.yaml").write_text(INVENTORY)
    (folder / "keys").touch()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AUDITOR_STATE", str(folder))
        patch.setenv("AUDITOR_INVENTORY", str(folder / "inventory.yaml"))
        store = made(f"sqlite:///{folder}/a.sqlite")
        people(store)
        with served(Context(store)) as port:
            caller = signed_in(port, store, "operator")
            for more in ({}, {"name": "ams", "labels": {"site": ["ams"]}}):
                answer = caller.ask("POST", V1, {**NIGHTLY, **more})
                assert answer.status == 201, answer.text
            yield port, store
        store.close()


def changed(caller: Caller, name: str, form: dict[str, Any], version: str | None = None) -> Answer:
    seen = caller.ask("GET", f"{V1}/{name}").json["version"] if version is None else version
    return caller.ask("PATCH", f"{V1}/{name}", form, If_Match=f'"{seen}"')


def test_only_what_is_named_changes_and_only_once(world: tuple[int, Store]) -> None:
    """A second change by what was seen before is refused (412), one by nothing seen too (428); the journal has both."""
    port, store = world
    caller = signed_in(port, store, "operator")
    first = caller.ask("GET", f"{V1}/nightly").json
    done = changed(caller, "nightly", {"cron": "0 3 * * *", "blackouts": ["mon-fri 08:00-18:00"], "fail_on": "low"})
    assert done.status == 200, done.text
    assert (done.json["cron"], done.json["zone"], done.json["work"]["fail_on"]) == ("0 3 * * *", first["zone"], "low")
    assert done.json["work"]["formats"] == ["json"]
    late = changed(caller, "nightly", {"cron": "0 4 * * *"}, first["version"])
    assert (late.status, late.json["type"]) == (412, "/problems/version-changed")
    assert caller.ask("PATCH", f"{V1}/nightly", {"cron": "0 4 * * *"}).status == 428
    assert caller.ask("GET", f"{V1}/nightly").json["cron"] == "0 3 * * *"
    assert changed(caller, "nightly", {"blackouts": []}).json["blackouts"] == []
    for wrong in (
        {"cron": "x"},
        {"zone": "Mars/Olympus"},
        {"name": "b"},
        {"tailoring": "/etc/x"},
        {"formats": ["exe"]},
    ):
        assert changed(caller, "nightly", wrong).status == 422, wrong
    with store.reading() as connection:
        said = entries(connection, Only("", "schedule changed", ""), None, 10)
    assert {(one.actor, one.object, one.detail["from"]) for one in said} == {("operator", "nightly", "127.0.0.1")}
    assert len(said) == 2
    assert said[-1].detail["before"]["cron"] == "30 2 * * *"


def test_who_is_limited_changes_what_lies_within_and_leaves_it_there(world: tuple[int, Store]) -> None:
    """Another's schedule is not found; his own cannot be turned to another site."""
    port, store = world
    limited = signed_in(port, store, "operator-ams")
    assert changed(limited, "nightly", {"cron": "0 5 * * *"}, "*").status == 404
    assert changed(limited, "ams", {"labels": {"site": ["fra"]}}).status == 403
    assert changed(limited, "ams", {"labels": {}}).status == 403
    assert changed(limited, "ams", {"cron": "0 5 * * *"}).status == 200
    assert changed(signed_in(port, store, "viewer"), "ams", {"cron": "0 6 * * *"}, "*").status == 403
