"""Discovery over HTTP: a vCenter of the inventory, by its name, within a scope; looked at, then taken over."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from auditor.api.context import Context
from auditor.store.engine import Store
from tests.api.caller import signed_in
from tests.api.rows import made
from tests.api.serving import served
from tests.api.sites import people
from tests.simulators.vsphere.fake import FakeVCenter
from tests.simulators.vsphere.sim import Sim
from tests.store.access.people import journal

SOURCES = "/api/v1/inventory/sources"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Store, Sim, Path]]:
    """A vCenter with two hosts in the inventory, which knows of one, and one that is gone; and one of another site."""
    folder = tmp_path_factory.mktemp("discovering")
    with pytest.MonkeyPatch.context() as patch, FakeVCenter(hosts=2, vms=0) as sim:
        patch.setenv("AUDITOR_STATE", str(folder))
        patch.setenv("AUDITOR_INVENTORY", str(folder / "inventory.yaml"))
        patch.setenv("VC_AMS", sim.password)
        (folder / "ams.txt").write_text("esx-01.example.test\nesx-99.example.test\n")
        common = {"kind": "vcenter", "address": sim.host, "port": sim.port, "tls": {"ca_file": str(sim.ca_file)}}
        secrets = {"ams": {"username": sim.username, "password": {"env": "VC_AMS"}}}
        secrets["fra"] = {"username": sim.username, "password": {"env": "NOT_SET_ANYWHERE"}}
        sources = [
            {"name": f"vc-{site}", "credential": site, "labels": {"site": site}, **common} for site in ("ams", "fra")
        ]
        sources[0]["population"] = {"file": "ams.txt"}
        sources.append({"name": "web01", "kind": "linux", "connection": "local", "labels": {"site": "ams"}})
        (folder / "inventory.yaml").write_text(json.dumps({"credentials": secrets, "sources": sources}))
        store = made(f"sqlite:///{folder}/a.sqlite")
        people(store)
        with served(Context(store)) as port:
            yield port, store, sim, folder / "ams.txt"
        store.close()


def test_a_vcenter_is_looked_at_and_its_members_taken_over(world: tuple[int, Store, Sim, Path]) -> None:
    """The look writes nothing; applying keeps what is gone unless it is to be removed; the journal has both."""
    port, store, _, file = world
    caller, before = signed_in(port, store, "operator-ams"), file.read_text()
    look = caller.ask("POST", f"{SOURCES}/vc-ams/discovery")
    assert look.status == 200, look.text
    assert "esx-02.example.test" in {one["name"] for one in look.json["added"]}
    assert [one["name"] for one in look.json["gone"]] == ["esx-99.example.test"]
    assert file.read_text() == before
    path = f"{SOURCES}/vc-ams/discovery/apply"
    kept = caller.ask("POST", path, {}, Idempotency_Key="d1")
    assert (kept.status, kept.json["removed"]) == (200, False), kept.text
    assert {"esx-02.example.test", "esx-99.example.test"} <= set(file.read_text().split())
    assert caller.ask("POST", path, {"remove_gone": True}).json["added"] == []
    assert "esx-99" not in file.read_text()
    told = [(who, what) for who, what, about in journal(store) if about == "vc-ams"]
    assert told == [("operator-ams", "inventory.discovery")] + [("operator-ams", "inventory.population")] * 2


def test_nobody_is_asked_who_does_not_stand_in_the_inventory(world: tuple[int, Store, Sim, Path]) -> None:
    """Not an address, not another site's source, no Linux host; a secret that is not there is not named."""
    port, store, sim, _ = world
    caller, limited = signed_in(port, store, "operator"), signed_in(port, store, "operator-ams")
    assert limited.ask("POST", f"{SOURCES}/vc-fra/discovery").status == 404
    assert caller.ask("POST", f"{SOURCES}/{sim.host}:{sim.port}/discovery").status == 404
    assert caller.ask("POST", f"{SOURCES}/web01/discovery").status == 422
    silent = caller.ask("POST", f"{SOURCES}/vc-fra/discovery")
    assert (silent.status, "NOT_SET" in silent.text) == (409, False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VC_AMS", "wrong")
        refused = caller.ask("POST", f"{SOURCES}/vc-ams/discovery")
    assert (refused.status, refused.json["type"]) == (502, "/problems/source-refused")
