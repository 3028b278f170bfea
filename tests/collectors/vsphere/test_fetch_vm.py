"""Virtual machines from live, simulated vCenters: which are targets, which are failures, and what is read of them."""

import json
import threading
from datetime import UTC, datetime
from typing import Any

import pytest

from auditor.collectors.vsphere import machines, vm_devices
from auditor.collectors.vsphere.inventory import VmRef
from auditor.domain import Capture, Failure
from tests.collectors.vsphere.peers import captures, collect, failures, snapshots, source_of
from tests.simulators.vsphere import changes, changes_vm
from tests.simulators.vsphere.fake import FakeVCenter
from tests.simulators.vsphere.fake.values import option, support, vim
from tests.simulators.vsphere.launch import vcsim

ONE = "esx-01.example.test"


def read(sim: Any, **options: Any) -> tuple[dict[str, Any], dict[str | None, Failure]]:
    """(snapshots of machines, failures) by target."""
    items = collect(source_of(sim, vms=True, **options))
    return snapshots(items, "vm"), failures(items)


def test_machines_are_targets_only_on_request(simulate: Any) -> None:
    """Without `vms: true` no machine is asked for; with it each is a target of its own, and nothing is a gap."""
    with simulate(hosts=2, vms=1) as sim:
        assert not captures(collect(source_of(sim)), "vm")
        found, failed = read(sim)
        names = sorted(found)
    assert not failed
    assert len(names) in (1, 2)
    for name, snapshot in found.items():
        assert dict(snapshot.gaps) == {}
        assert (snapshot.version, snapshot.group) == ("8.0.3", "DC0_C0")
        assert snapshot.facts["name"] == name
        assert snapshot.facts["roles"] == ["guest", "powered-on"]
        assert snapshot.facts["state"]["host"].startswith("esx-")
        assert snapshot.facts["extra_config"]["RemoteDisplay.maxConnections"] == "1"
        assert [nic["type"] for nic in snapshot.facts["nics"].values()] == ["vmxnet3"]
        assert [disk["mode"] for disk in snapshot.facts["disks"].values()] == ["persistent"]
        assert snapshot.facts["encryption"]["fault_tolerance"] == "ftEncryptionRequired"
        assert snapshot.facts["tools"] == {
            "running": True,
            "version": "12389",
            "version_status": "guestToolsUnmanaged",
        }
        assert snapshot.facts["uuid"]
        assert snapshot.facts["instance_uuid"]


def test_a_host_asked_directly_shows_its_machines(simulate: Any) -> None:
    """Behind one ESXi host without vCenter machines are targets too, with that host's version."""
    with simulate(hosts=1, standalone=True, vms=2) as sim:
        items = collect(source_of(sim, kind="esxi", vms=True))
    found = snapshots(items, "vm")
    assert len(found) == 2
    assert {one.version for one in found.values()} == {"8.0.3"}
    assert not failures(items)


@pytest.mark.parametrize("state", ["disconnected", "orphaned", "inaccessible", "invalid"])
def test_a_machine_that_is_not_connected_is_a_failure(simulate: Any, state: str) -> None:
    """What vCenter keeps of a lost machine is from an earlier time: it is unreachable, with the reason, not a pass."""
    with simulate(hosts=1, vms=2) as sim:
        lost, other = sorted(read(sim)[0])
        sim.control("vm", vm=lost, path="runtime.connectionState", value=state)
        found, failed = read(sim)
    assert list(found) == [other]
    assert (failed[lost].platform, failed[lost].kind) == ("vm", "unreachable")
    assert state in failed[lost].reason


@pytest.mark.parametrize("state", ["disconnected", "notResponding"])
def test_machines_of_a_host_that_is_away_are_failures(simulate: Any, state: str) -> None:
    """A machine may still be shown as connected while its host is gone: the host's state counts."""
    with simulate(hosts=1, vms=1) as sim:
        (name,) = read(sim)[0]
        sim.control("host_state", host=ONE, state=state)
        found, failed = read(sim)
    assert not found
    assert f"its host {ONE} is shown as {state}" in failed[name].reason


def test_machines_of_the_platform_templates_and_states_have_roles(simulate: Any) -> None:
    """Cluster agents go by their manager, or by name and size; a renamed machine of a customer stays a guest."""
    agent = "vCLS-12345678-90ab-cdef-1234-567890abcdef"
    with simulate(hosts=1, vms=5) as sim:
        eam, placeholder, template, off, named = sorted(read(sim)[0])
        for name, path, value in (
            (eam, "config.managedBy", "com.vmware.vim.eam/cluster-agent"),
            (placeholder, "config.managedBy", "com.vmware.vcDr/placeholderVm"),
            (template, "config.template", "true"),
            (template, "runtime.powerState", "poweredOff"),
            (off, "runtime.powerState", "poweredOff"),
            (off, "config.managedBy", "com.vmware.vcloud/tenant"),
            (named, "name", agent),
        ):
            sim.control("vm", vm=name, path=path, value=value)
        found, _ = read(sim)
    roles = {name: one.facts["roles"] for name, one in found.items()}
    assert roles == {
        eam: ["system", "powered-on"],
        placeholder: ["system", "powered-on"],
        template: ["template", "powered-off"],
        off: ["guest", "powered-off"],
        agent: ["guest", "powered-on"],
    }
    assert "com.vmware.vim.eam" in found[eam].facts["system_sign"]
    assert found[off].facts["managed_by"] == "com.vmware.vcloud/tenant"
    assert "tools" in found[off].gaps
    assert "poweredOff" in found[template].gaps["tools"]


@pytest.mark.parametrize("hidden", ["config.extraConfig", "config.hardware.device", "guest.toolsRunningStatus"])
def test_what_may_not_be_read_is_a_gap(simulate: Any, hidden: str) -> None:
    """A property that the account may not see leaves its facts unknown, with the privilege in the reason."""
    gapped = {"config.extraConfig": "extra_config", "config.hardware.device": "devices_by_kind"}.get(hidden, "tools")
    with simulate(hosts=1, vms=1) as sim:
        (name,) = read(sim)[0]
        sim.control("forbid", host="*", path=hidden)
        found, failed = read(sim)
    assert not failed
    assert "System.Read" in found[name].gaps[gapped]
    assert "memory" not in found[name].gaps


@pytest.mark.parametrize("hidden", ["runtime.connectionState", "name"])
def test_a_machine_whose_state_is_hidden_is_a_failure(hidden: str) -> None:
    """Nobody can tell whether what is shown is from today: refused, and still one of the population."""
    with FakeVCenter(hosts=1, vms=2) as sim:
        assert sim.estate is not None
        reference = next(iter(sim.estate.of_kinds([vim.VirtualMachine])))
        sim.control("forbid", host=str(sim.estate.things[reference].tree["name"]), path=hidden)
        items = collect(source_of(sim, vms=True))
    lost = [one for one in failures(items).values() if one.platform == "vm"]
    assert [one.kind for one in lost] == ["refused"]
    assert len(captures(items, "vm")) == 1


def test_machines_of_one_name_are_kept_apart(simulate: Any) -> None:
    """Two machines called the same, in two folders, are two targets with their ids."""
    with simulate(hosts=1, vms=3) as sim:
        one, two, three = sorted(read(sim)[0])
        sim.control("vm", vm=two, path="name", value=one)
        found, failed = read(sim)
    assert not failed
    assert three in found
    assert len(found) == 3
    assert all(name == three or name.startswith(f"{one} (") for name in found)


def test_names_that_look_like_another_with_its_id_stay_apart() -> None:
    """A name may be made to look like another's name with its id."""
    refs = [("vm-1", "web"), ("vm-2", "web"), ("vm-3", "web (vm-1)")]
    names = machines.unique_names([VmRef(moid, name, "", "") for moid, name in refs])
    assert len(set(names.values())) == 3


@pytest.mark.parametrize("page", [1, 3])
def test_pages_lose_no_machine(simulate: Any, page: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the server's page and our chunk, each machine comes once."""
    monkeypatch.setattr(machines, "_A_CHUNK", 4)
    with simulate(hosts=1, vms=7, page=page) as sim:
        items = collect(source_of(sim, vms=True))
    assert not failures(items)
    assert len(captures(items, "vm")) == len([i for i in items if i.platform == "vm"]) == 7


@pytest.mark.needs_go
def test_what_is_read_follows_the_machine() -> None:
    """Devices, options and switches that an administrator changes show in the facts of that machine alone."""
    with vcsim(hosts=1, vms=2) as sim:
        before, _ = read(sim)
        with changes.session(sim) as instance:
            serial = changes_vm.new_device(
                "VirtualSerialPort",
                connected=True,
                backing=vim.vm.device.VirtualSerialPort.URIBackingInfo(
                    serviceURI="telnet://bob:hunter2@10.0.0.9:23", direction="client"
                ),
                yieldOnPoll=False,
            )
            changes_vm.change_device(instance, "vm-02", serial, "add")
            disk = changes_vm.device_of(instance, "vm-02", vim.vm.device.VirtualDisk)
            disk.backing.diskMode = "independent_nonpersistent"
            changes_vm.change_device(instance, "vm-02", disk, "edit")
            changes.set_vm_option(instance, "vm-02", "ethernet0.filter1.name", "some-filter")
        items = collect(source_of(sim, vms=True))
        after = snapshots(items, "vm")
    assert after["vm-01"].facts == before["vm-01"].facts
    facts = after["vm-02"].facts
    assert facts["devices"]["VirtualSerialPort 9001"]["uri_scheme"] == "telnet"
    assert facts["devices_by_kind"]["serial"] == ["VirtualSerialPort 9001"]
    assert [disk["mode"] for disk in facts["disks"].values()] == ["independent_nonpersistent"]
    assert facts["dvfilters"] == ["some-filter"]
    assert "hunter2" not in json.dumps([dict(one.body) for one in captures(items, "vm").values()])


def test_device_classes_are_spelled_as_on_the_wire() -> None:
    """Each class that a kind or type hangs on is one of the API, and an ethernet card where we say so."""
    for name in (*vm_devices.KINDS, *vm_devices.NICS):
        kind = support.GetWsdlType("urn:vim25", name)
        assert issubclass(kind, vim.vm.device.VirtualDevice), name
        assert issubclass(kind, vim.vm.device.VirtualEthernetCard) == (name in vm_devices.NICS), name


@pytest.mark.needs_go
def test_our_reading_of_a_machine_is_that_of_pyvmomi() -> None:
    """The same live machine through pyVmomi's own decoding: options, devices, adapters and allocations agree."""
    with vcsim(hosts=1, vms=1) as sim:
        found, _ = read(sim)
        with changes.session(sim) as instance:
            config = changes.find(instance, vim.VirtualMachine, "vm-01").config
            options = {one.key: one.value for one in config.extraConfig}
            devices = [support.GetWsdlName(type(one)) for one in config.hardware.device]
            macs = [one.macAddress for one in config.hardware.device if hasattr(one, "macAddress")]
            shares = (config.cpuAllocation.shares.level, config.memoryAllocation.limit)
            ids = (config.uuid, config.instanceUuid, config.guestId)
    facts = found["vm-01"].facts
    assert facts["extra_config"] == options
    kinds = [one["type"] for one in facts["devices"].values()] + ["VirtualDisk"] * len(facts["disks"])
    assert sorted([*kinds, *["VirtualVmxnet3"] * len(facts["nics"])]) == sorted(devices)
    assert [nic["mac"] for nic in facts["nics"].values()] == macs
    assert (facts["cpu"]["shares"], facts["memory"]["limit"]) == shares
    assert (facts["uuid"], facts["instance_uuid"], facts["guest_os"]) == ids


def test_a_session_lost_between_machines_loses_none(simulate: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The session ends in the middle of the machines: one more login, and each machine comes once."""
    monkeypatch.setattr(machines, "_A_CHUNK", 2)
    with simulate(hosts=1, vms=6) as sim:
        sim.control(
            "fault",
            fault="not_authenticated",
            method="RetrievePropertiesEx",
            containing="config.extraConfig",
            after=1,
            times=1,
        )
        items = collect(source_of(sim, vms=True))
        logins = sim.control("calls")["calls"]["Login"]
    assert logins == 2
    assert not failures(items)
    assert len(captures(items, "vm")) == 6


def test_the_tree_of_snapshots_is_counted() -> None:
    """A snapshot with two below it are three, and the first made is the oldest."""
    with FakeVCenter(hosts=1, vms=1) as sim:
        assert sim.estate is not None
        (reference,) = sim.estate.of_kinds([vim.VirtualMachine])
        machine = sim.estate.things[reference]

        def made(day: int, *below: Any) -> Any:
            return vim.vm.SnapshotTree(
                snapshot=vim.vm.Snapshot(f"snapshot-{day}"), vm=vim.VirtualMachine(reference), name="s", description="",
                createTime=datetime(2026, 1, day, tzinfo=UTC), state="poweredOn", quiesced=False,
                childSnapshotList=list(below),
            )  # fmt: skip

        machine.tree["snapshot"] = vim.vm.SnapshotInfo(rootSnapshotList=[made(3, made(5), made(4))])
        found, _ = read(sim)
    (snapshot,) = found.values()
    assert snapshot.facts["snapshots"]["count"] == 3
    assert snapshot.facts["snapshots"]["oldest"].startswith("2026-01-03")


def test_hostile_machines_cost_only_themselves() -> None:
    """A name that reorders text, no configuration, a huge option, secrets: each is told, and the others are read."""
    secret = "Tr0ub4dor_and_3"
    with FakeVCenter(hosts=1, vms=4) as sim:
        assert sim.estate is not None
        broken, huge, odd, secretive = (
            sim.estate.things[moid].tree for moid in sim.estate.of_kinds([vim.VirtualMachine])
        )
        broken["config"] = None
        huge["config"].extraConfig.append(option("isolation.tools.copy.disable", "x" * 200_000))
        huge["config"].extraConfig.extend(option(f"a.filler{n}", "y" * 50) for n in range(5000))
        odd["name"] = "</objects>\u202e;rm -rf /" + "n" * 500
        odd["config"].extraConfig.append(option("ISOLATION.TOOLS.COPY.DISABLE", "FALSE"))
        keys = ("guestinfo.userdata", "machine.id", "RemoteDisplay.vnc.password", "encryption.keySafe", "x.ovfEnv")
        secretive["config"].extraConfig.extend(option(key, secret) for key in keys)
        items = collect(source_of(sim, vms=True))
    found, failed = snapshots(items, "vm"), failures(items)
    assert "no configuration is shown" in failed[broken["name"]].reason
    assert "longer than is read" in found[huge["name"]].gaps["extra_config[isolation.tools.copy.disable]"]
    assert len(found[huge["name"]].facts["extra_config"]) > 5000
    (name,) = (one for one in found if one.startswith("</objects>"))
    assert name.isprintable()
    assert len(name) <= 200
    assert any("twice" in reason for reason in found[name].gaps.values())
    text = json.dumps([dict(one.body) for one in captures(items, "vm").values()])
    assert secret not in text
    assert "guestinfo" not in text
    assert found[secretive["name"]].facts["extra_config"]["machine.id"].startswith("hmac:")


def test_a_machine_that_cannot_be_put_away_costs_only_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever goes wrong with what came of one machine, in our own code too, the next one is read."""
    from auditor.collectors.vsphere.redact_vm import redact_extra_config as real

    broken: list[int] = []

    def once(options: Any) -> Any:
        if not broken:
            broken.append(1)
            raise ValueError("odd")
        return real(options)

    monkeypatch.setattr(machines, "redact_extra_config", once)
    with FakeVCenter(hosts=1, vms=2) as sim:
        items = collect(source_of(sim, vms=True))
    assert len(captures(items, "vm")) == 1
    assert ["odd" in one.reason for one in failures(items).values()] == [True]


def test_machines_that_come_and_go_during_collection_are_failures(monkeypatch: pytest.MonkeyPatch) -> None:
    """The closing check lists again: one that went, one that came and one that lost its host are told, none passes."""
    from auditor.collectors.vsphere import collect as collecting
    from auditor.collectors.vsphere.inventory import list_hosts

    def later(session: Any, vms: bool = False) -> Any:
        now = list_hosts(session, vms)
        moids = sorted(now.machines)
        now.machines["vm-new"] = VmRef("vm-new", "fresh", "", "connected")
        del now.machines[moids[0]]
        gone = now.machines[moids[1]]
        now.machines[moids[1]] = VmRef(gone.moid, gone.name, gone.host, "disconnected")
        return now

    monkeypatch.setattr(collecting, "list_hosts", later)
    with FakeVCenter(hosts=1, vms=3) as sim:
        items = collect(source_of(sim, vms=True))
    reasons = sorted(one.reason for one in failures(items).values())
    assert len(captures(items, "vm")) == 1
    assert [text.split(" during")[0][:40] for text in reasons if "during" in text] == [
        "it was added to the inventory",
        "it was removed from the inventory",
    ]
    assert any("it was connected when it was listed" in text for text in reasons)


def test_a_broken_source_fails_each_machine_that_was_listed() -> None:
    """When vCenter dies while machines are read, every machine is a failure and no capture is left."""
    with FakeVCenter(hosts=1, vms=3) as sim:
        sim.control("fault", fault="drop", method="RetrievePropertiesEx", containing="config.extraConfig", times=0)
        threading.Timer(0.5, sim.kill).start()
        items = collect(source_of(sim, vms=True), deadline=20)
    assert not [item for item in items if isinstance(item, Capture)]
    assert len([one for one in failures(items).values() if one.platform == "vm"]) == 3


def test_machines_that_are_not_reached_in_time_are_failures() -> None:
    """Time that is over before the machines are read fails them alone; the hosts stay read."""
    with FakeVCenter(hosts=1, vms=3) as sim:
        sim.control(
            "fault", fault="hang", method="RetrievePropertiesEx", containing="config.extraConfig", times=0, seconds=30
        )
        items = collect(source_of(sim, vms=True), deadline=4)
    lost = [one for one in failures(items).values() if one.platform == "vm"]
    assert list(captures(items)) == [ONE]
    assert {one.kind for one in lost} == {"timeout"}
    assert len(lost) == 3
