"""The inventory over HTTP: what is gone is told and confirmed within a scope; lists are looked at, then applied."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from auditor.api.context import Context
from auditor.api.heavy import alone
from auditor.store.engine import Store
from auditor.store.entries import Only, entries
from tests.api.caller import Answer, Caller, signed_in
from tests.api.rows import made
from tests.api.serving import served
from tests.api.sites import people, walked
from tests.servers.fixtures import DATABASES
from tests.service import test_gone
from tests.service.pasts import read
from tests.service.test_gone import night

V1 = "/api/v1"
IMPORTS = f"{V1}/inventory/imports"
LABELS: dict[str, Any] = {"labels": {"v-ams": {"site": "ams"}, "v-fra": {"site": "fra"}}}
INVENTORY = """# kept by hand
credentials:
  linux-audit: {username: audit, password: {env: NOT_SET_ANYWHERE}}
sources:
  - {name: ams-a, kind: linux, address: 10.0.0.1, credential: linux-audit,
     known_hosts: keys, labels: {site: ams}}  # the old one
  - {name: fra-a, kind: linux, address: 10.0.1.1, credential: linux-audit,
     known_hosts: keys, labels: {site: fra}}
excluded:
  - {target: fra-old, reason: it is rebuilt}
"""
CSV = "name,address,labels\nams-a,10.0.0.9,site=ams\nams-b,10.0.0.2,site=ams\n"
LIST = {"form": "csv", "text": CSV, "name": "hosts.csv", "new": {"linux": {"like": "ams-a"}}}


@pytest.fixture(scope="module", params=DATABASES)
def world(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[int, Store, Path]]:
    """Two vCenters of two sites, each of which shows one host less on the second night; and an inventory."""
    folder: Path = tmp_path_factory.mktemp("inventory")
    url = f"sqlite:///{folder}/a.sqlite"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres").new_database_with_tables()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AUDITOR_STATE", str(folder))
        patch.setenv("AUDITOR_INVENTORY", str(folder / "inventory.yaml"))
        store = made(url)
        people(store)
        night(store, 0, {"v-ams": ["ams-1", "ams-2", "ams-3"], "v-fra": ["fra-1", "fra-2", "fra-3"]}, **LABELS)
        night(store, 1, {"v-ams": ["ams-1"], "v-fra": ["fra-1"]}, **LABELS)
        (folder / "inventory.yaml").write_text(INVENTORY)
        (folder / "keys").touch()
        with served(Context(store)) as port:
            yield port, store, folder / "inventory.yaml"
        store.close()


def told(store: Store, action: str) -> list[Any]:
    with store.reading() as connection:
        return list(entries(connection, Only("", action, ""), None, 50))


def names(caller: Caller, query: str = "", noun: str = "targets") -> list[str]:
    return sorted(one.get("name") or one["target"] for one in walked(caller, f"{V1}/{noun}?{query}", 100))


def test_what_is_gone_is_marked_and_counted_apart(world: tuple[int, Store, Path]) -> None:
    """In lists with since when and why; a filter leaves it out, of findings and drift too; each site sees its own."""
    port, store, _ = world
    caller, limited = signed_in(port, store, "viewer"), signed_in(port, store, "viewer-ams")
    for who, gone, there in (
        (caller, ["ams-2", "ams-3", "fra-2", "fra-3"], ["ams-1", "fra-1"]),
        (limited, ["ams-2", "ams-3"], ["ams-1"]),
    ):
        assert names(who, noun="inventory/gone") == names(who, "gone=yes") == gone
        assert names(who, "gone=no") == there
        assert names(who) == sorted(gone + there)
        for noun in ("findings", "drift"):
            assert set(names(who, "gone=no", noun)) <= set(there)
            assert set(names(who, "gone=yes", noun)) <= set(gone)
        assert set(names(who, "gone=yes", "findings")) == set(gone)
    every = {one["name"]: one for one in walked(caller, f"{V1}/targets")}
    assert (every["ams-1"]["gone"], every["ams-1"]["gone_since"]) == (False, None)
    assert (every["ams-2"]["gone"], every["ams-2"]["gone_since"]) == (True, "2026-03-01T01:30:00Z")
    sources = {one["source"]: one for one in walked(caller, f"{V1}/sources")}
    counts = {"targets": 1, "collected": 1, "stale": 0, "unreachable": 0, "gone": 2}
    assert counts.items() <= sources["v-fra"].items()


def test_only_an_operator_within_his_scope_confirms_that_something_is_gone(world: tuple[int, Store, Path]) -> None:
    """Once, with a reason, by his name and address in the journal; what is there still is not gone."""
    port, store, _ = world
    caller, limited = signed_in(port, store, "operator"), signed_in(port, store, "operator-ams")
    numbers = {one["name"]: one["id"] for one in walked(caller, f"{V1}/targets")}
    why = {"reason": "sold, change 4711"}
    assert limited.ask("POST", f"{V1}/targets/{numbers['fra-2']}/retire", why).status == 404
    assert limited.ask("POST", f"{V1}/sources/v-fra/retire", why).status == 404
    assert limited.ask("POST", f"{V1}/targets/{numbers['ams-1']}/retire", why).status == 409
    assert limited.ask("POST", f"{V1}/targets/{numbers['ams-2']}/retire", {"reason": "x"}).status == 422
    path = f"{V1}/targets/{numbers['ams-2']}/retire"
    done = limited.ask("POST", path, why, Idempotency_Key="r1")
    assert (done.status, [one["name"] for one in done.json["retired"]]) == (200, ["ams-2"])
    assert limited.ask("POST", path, why, Idempotency_Key="r1").text == done.text
    assert limited.ask("POST", path, why).status == 409
    assert names(caller, noun="inventory/gone") == ["ams-3", "fra-2", "fra-3"]
    assert names(caller, "retired=yes", "inventory/gone") == ["ams-2"]
    whole = caller.ask("POST", f"{V1}/sources/v-fra/retire", why)
    assert [one["name"] for one in whole.json["retired"]] == ["fra-2", "fra-3"]
    assert caller.ask("POST", f"{V1}/sources/v-fra/retire", why).status == 409
    assert names(caller, "gone=yes") == ["ams-2", "ams-3", "fra-2", "fra-3"]  # retired is gone
    said = told(store, "inventory.retire")
    assert [one.object for one in said] == ["v-fra/fra-3", "v-fra/fra-2", "v-ams/ams-2"]
    assert {one.detail["from"] for one in said} == {"127.0.0.1"}
    assert {one.actor for one in said} == {"operator", "operator-ams"}


def test_who_is_limited_sees_only_his_part_of_the_inventory(world: tuple[int, Store, Path]) -> None:
    """Sources by their labels; what is about the whole file is refused; no path, no reference to a secret is told."""
    port, store, _ = world
    caller, limited = signed_in(port, store, "auditor"), signed_in(port, store, "auditor-ams")
    assert [one["name"] for one in walked(caller, f"{V1}/inventory/sources", 1)] == ["ams-a", "fra-a"]
    mine = limited.ask("GET", f"{V1}/inventory/sources")
    assert [one["name"] for one in mine.json["items"]] == ["ams-a"]
    whole = caller.ask("GET", f"{V1}/inventory/check")
    assert (whole.json["good"], whole.json["sources"], whole.json["kinds"]) == (True, 2, {"linux": 2})
    for answer in (mine, whole):
        assert "NOT_SET" not in answer.text
        assert "inventory.yaml" not in answer.text
    assert limited.ask("GET", f"{V1}/inventory/check").status == 403
    assert signed_in(port, store, "operator-ams").ask("POST", IMPORTS, LIST).status == 403


def test_who_can_move_by_a_profile_is_told_of_a_source_as_a_whole(
    world: tuple[int, Store, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the last reading of each host behind it; nothing of a source that lies partly outside the scope."""
    port, store, _ = world
    facts = {"cluster": {"name": "c1"}, "vswitches": {"vSwitch0": {"pnics": ["vmnic0"]}}}

    def host(name: str, source: str, at: Any, **more: Any) -> Any:
        return replace(read(name, source, at, **more), platform="esxi", facts=facts, sources={"": "t"}, gaps={})

    monkeypatch.setattr(test_gone, "read", host)
    hosts = {"v-esx": ["esx-1", "esx-2"], "v-ams": ["ams-1"], "v-fra": ["fra-1"]}
    night(store, 2, hosts, labels={**LABELS["labels"], "v-esx": {"site": "fra"}})
    caller, limited = signed_in(port, store, "auditor"), signed_in(port, store, "auditor-ams")
    answer = caller.ask("GET", f"{V1}/sources/v-esx/migration")
    assert answer.status == 200, answer.text
    told_ = [(one["target"], one["cluster"], one["way"], one["reasons"]) for one in answer.json["items"]]
    why = ["2 hosts in the cluster, fewer than 5"]
    assert told_ == [("esx-1", "c1", "phased", why), ("esx-2", "c1", "phased", why)]
    assert limited.ask("GET", f"{V1}/sources/v-esx/migration").status == 404
    assert limited.ask("GET", f"{V1}/sources/v-ams/migration").status == 200


def test_a_list_is_looked_at_and_then_applied_as_it_was_seen(world: tuple[int, Store, Path]) -> None:
    """The look changes nothing; its word applies this list to this inventory, and no other, with comments kept."""
    port, store, file = world
    caller = signed_in(port, store, "operator")
    look = caller.ask("POST", IMPORTS, LIST)
    assert look.status == 200, look.text
    assert [one["name"] for one in look.json["added"]] == ["ams-b"]
    changes = [{"key": "address", "before": "10.0.0.1", "after": "10.0.0.9"}]
    assert look.json["changed"] == [{"name": "ams-a", "changes": changes}]
    assert (look.json["can_be_applied"], file.read_text()) == (True, INVENTORY)

    def apply(**more: Any) -> Answer:
        return caller.ask("POST", f"{IMPORTS}/apply", {**LIST, "look": look.json["look"], **more}, Idempotency_Key="i1")

    assert apply(text=CSV.replace("ams-b", "ams-c")).status == 409
    file.write_text(INVENTORY + "# somebody was here\n")
    assert apply().status == 409
    file.write_text(INVENTORY)
    done = apply()
    assert (done.status, done.json["changed_file"]) == (200, True), done.text
    assert apply().text == done.text
    text = file.read_text()
    for part in ("# kept by hand", "# the old one", "10.0.0.9", "name: ams-b"):
        assert part in text
    assert text.count("known_hosts: keys") == 3
    (entry,) = told(store, "inventory.import")
    assert (entry.actor, entry.object, entry.detail["from"]) == ("operator", "csv:hosts.csv", "127.0.0.1")
    assert entry.detail["added"] == ["ams-b"]
    again = caller.ask("POST", IMPORTS, LIST).json
    assert (again["changes"], again["same"]) == (False, 2)


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"text": "name,address\na b,10.0.0.1\n"}, "line 2"),
        ({"text": "name,adress\na,10.0.0.1\n"}, "line 1"),
        ({"kind": "replay"}, "unknown kind"),
        ({"new": {"linux": {"key_file": "/etc/shadow"}}}, "not known here"),
        ({"name": "../../etc/passwd"}, "body/name"),
        ({"text": "x" * 1_000_001}, "body/text"),
        ({"form": "netbox", "text": "{"}, "line 1"),
        ({"text": "name,address\n" + "".join(f"h{n},h{n}\n" for n in range(2001))}, "2000 at most"),
        ({"form": "ansible", "text": "#!/bin/sh\n"}, "program"),
    ],
)
def test_a_list_that_is_none_is_refused_with_its_line(
    world: tuple[int, Store, Path], more: dict[str, Any], says: str
) -> None:
    """422, and the inventory stays as it is; nothing in a list reaches for a file or a key that turns a check off."""
    port, store, file = world
    before = file.read_text()
    answer = signed_in(port, store, "operator").ask("POST", IMPORTS, {**LIST, **more})
    assert (answer.status, answer.headers["content-type"]) == (422, "application/problem+json")
    assert says in answer.text
    assert file.read_text() == before


def test_one_import_is_looked_at_at_a_time(world: tuple[int, Store, Path]) -> None:
    """It takes a while: who comes meanwhile is told to come again, and does not wait in a thread."""
    port, store, _ = world
    caller = signed_in(port, store, "operator")
    with alone("import"):
        busy = caller.ask("POST", IMPORTS, LIST)
    assert (busy.status, busy.headers["retry-after"]) == (503, "10")
    assert caller.ask("POST", IMPORTS, LIST).status == 200


def test_a_host_that_would_read_the_service_itself_is_left_out(world: tuple[int, Store, Path]) -> None:
    """Ansible's local connection is for the server's own command line."""
    port, store, _ = world
    text = "[web]\nhere ansible_connection=local\nthere ansible_host=10.0.0.8\n"
    look = signed_in(port, store, "operator").ask("POST", IMPORTS, {**LIST, "form": "ansible", "text": text}).json
    assert [one["name"] for one in look["added"]] == ["there"]
    assert [one["name"] for one in look["left_out"]] == ["here"]
