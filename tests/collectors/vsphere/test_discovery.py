"""Who stands behind a vCenter, listed without reading anybody, is who a collection makes targets of."""

from dataclasses import replace
from typing import Any

import pytest

from auditor.collectors.vsphere.discovery import discover
from auditor.domain import Member
from auditor.errors import InputError
from tests.collectors.vsphere.peers import at, collect, source_of
from tests.simulators.pki import Authority
from tests.simulators.vsphere.fake import FakeVCenter
from tests.simulators.vsphere.fake.values import vim


@pytest.mark.parametrize("vms", [False, True])
def test_discovery_and_collection_name_the_same(simulate: Any, vms: bool) -> None:
    """vCenter, hosts, switches, and machines only where the source says so: name by name, platform by platform."""
    with simulate(hosts=2, vms=1) as sim:
        source = source_of(sim, vms=vms)
        found = discover(source)
        collected = {Member(one.target or "", one.platform or "") for one in collect(source)}
    assert set(found.members) == collected
    assert len(found.members) == len(collected)
    assert {one.platform for one in found.members} == {"vcenter", "esxi", "dvs"} | ({"vm"} if vms else set())


def test_linux_guests_are_told_by_their_tools() -> None:
    """Of running machines that say they are Linux, name, address and host; of others nothing."""
    with FakeVCenter(hosts=1, vms=3) as sim:
        assert sim.estate is not None
        trees = [one.tree for one in sim.estate.things.values() if one.kind is vim.VirtualMachine]
        for tree, family in zip(trees, ("linuxGuest", "windowsGuest", "linuxGuest"), strict=True):
            tree["guest"].guestFamily = family
            tree["guest"].ipAddress, tree["guest"].hostName = "192.0.2.44", "web.example.test"
        trees[2]["runtime"].powerState = "poweredOff"
        (guest,) = discover(source_of(sim)).guests
    assert guest.name == trees[0]["name"]
    assert (guest.host, guest.hostname, guest.address) == ("esx-01.example.test", "web.example.test", "192.0.2.44")


def test_what_cannot_be_listed_is_refused(tmp_path: Any) -> None:
    """A single host, a wrong password, an unknown certificate, nobody there, a hidden name: a reason, and no list."""
    with FakeVCenter(hosts=1, standalone=True) as sim, pytest.raises(InputError, match="single ESXi host"):
        discover(source_of(sim))
    with FakeVCenter(hosts=2) as sim:
        with pytest.raises(InputError, match="vc01"):
            discover(source_of(sim, password="wrong"))
        with pytest.raises(InputError, match="certificate"):
            discover(source_of(sim, tls={"ca_file": str(Authority(tmp_path).ca_file)}))
        sim.control("forbid", host="esx-02.example.test", path="name")
        with pytest.raises(InputError, match="names of 1 hosts"):
            discover(source_of(sim))
        port = sim.port
    with pytest.raises(InputError, match="vc01"):
        discover(replace(at("127.0.0.1", port), deadline=5.0))
