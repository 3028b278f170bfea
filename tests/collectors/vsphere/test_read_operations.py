"""Facts for the operation of hosts: where adapters are, clocks, images, licences, boot devices, what listens."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from auditor.collectors.vsphere import operations
from tests.collectors.vsphere.bodies import body, reading
from tests.collectors.vsphere.peers import collect, failures, snapshots, source_of
from tests.simulators.vsphere import changes
from tests.simulators.vsphere import network_changes as net
from tests.simulators.vsphere.fake import FakeVCenter
from tests.simulators.vsphere.launch import vcsim

HOST = "esx-01.example.test"


def facts(data: dict[str, Any]) -> Any:
    return reading("esxi", data).facts


def on_distributed() -> dict[str, Any]:
    """The synthetic host with vmk1 on a distributed switch."""
    data = body("esxi")
    nic = data["props"]["config.network.vnic"][1]
    nic["portgroup"] = ""
    nic["spec"]["distributedVirtualPort"] = {"switchUuid": "50 0a", "portgroupKey": "dvportgroup-62"}
    data["dv_groups"] = {"dvportgroup-62": {"name": "dv-vmotion", "switch": "DSwitch", "vlan": 120}}
    return data


def test_an_adapter_on_a_distributed_switch_is_placed_by_its_vcenter() -> None:
    """Name, switch and VLAN of its group come from vCenter, and a trunk is called one."""
    data = on_distributed()
    nic = facts(data)["vmkernel"]["vmk1"]
    assert (nic["network"], nic["switch"], nic["vlan"]) == ("dv-vmotion", "DSwitch", 120)
    assert (nic["on_networks"], nic["on_vlans"]) == (["vmotion=dv-vmotion"], ["vmotion=120"])
    data["dv_groups"]["dvportgroup-62"]["vlan"] = None
    assert facts(data)["vmkernel"]["vmk1"]["on_vlans"] == ["vmotion=trunk"]


@pytest.mark.parametrize(("standalone", "why"), [(True, "only its vCenter knows"), (False, "the account may not see")])
def test_an_adapter_whose_group_is_not_known_is_nowhere(standalone: bool, why: str) -> None:
    """Asked directly a host knows no names of distributed groups: a gap, so that no rule takes it for well placed."""
    data = on_distributed()
    data["dv_groups"], data["standalone"] = {}, standalone
    snapshot = reading("esxi", data)
    assert why in snapshot.gaps["vmkernel[vmk1].on_networks"]
    assert why in snapshot.gaps["vmkernel[vmk1].vlan"]
    assert "vmkernel[vmk0].vlan" not in snapshot.gaps


@pytest.mark.parametrize(
    ("host", "domain", "name", "fqdn", "known"),
    [
        ("esx-01", "example.test", "ESX-01.example.test.", "esx-01.example.test", True),
        ("esx-01", "example.test", "10.0.0.7", "esx-01.example.test", False),
        ("esx-01", "", "esx-01", None, False),
        ("esx-01.example.test", "", "esx-01.example.test", "esx-01.example.test", True),
        ("esx-01.example.test", "example.test", "esx-01.example.test", "esx-01.example.test", True),
    ],
)
def test_full_names(host: str, domain: str, name: str, fqdn: str | None, known: bool) -> None:
    """A full name needs both halves; vCenter knows the host by it, letter case and a final dot aside."""
    data = body("esxi")
    data["props"]["config.network.dnsConfig"] |= {"hostName": host, "domainName": domain}
    data["name"] = name
    dns = facts(data)["dns"]
    assert (dns.get("fqdn"), dns["known_by_fqdn"]) == (fqdn, known)


@pytest.mark.parametrize(
    ("domain", "joined", "inside"),
    [
        ("example.test", "EXAMPLE.TEST", True),
        ("ams.example.test", "example.test", True),
        ("xexample.test", "example.test", False),
    ],
)
def test_the_dns_domain_and_the_joined_domain(domain: str, joined: str, inside: bool) -> None:
    """The same domain or one below it, in any letter case; not one that merely ends alike."""
    data = body("esxi")
    data["props"]["config.network.dnsConfig"]["domainName"] = domain
    data["props"]["config.authenticationManagerInfo"]["authConfig"][1]["joinedDomain"] = joined
    assert facts(data)["ad"]["dns_in_domain"] is inside


@pytest.mark.parametrize(
    ("name", "generic"),
    [
        ("esx-01-local", "{host}-local"),
        ("ESX-01_scratch", "{host}_scratch"),
        ("esx-011-local", "esx-011-local"),
        ("datastore1", "datastore1"),
    ],
)
def test_local_datastores_are_named_without_their_host(name: str, generic: str) -> None:
    """The short name counts as a word of its own: esx-01 is not in esx-011."""
    data = body("esxi")
    data["stores"] = {name: {"type": "VMFS", "shared": False}}
    assert facts(data)["stores"] == {name: {"type": "VMFS", "local": True, "generic_name": generic}}


def test_a_datastore_that_does_not_say_whether_it_is_shared_is_a_gap() -> None:
    """Neither local nor shared is concluded."""
    data = body("esxi")
    data["stores"] = {"a": {"type": "VMFS", "shared": None}}
    assert "stores[a].local" in reading("esxi", data).gaps


def test_equal_packages_have_an_equal_digest() -> None:
    """Order does not matter, a version does."""
    one, two, three = body("esxi"), body("esxi"), body("esxi")
    two["calls"]["packages"].reverse()
    three["calls"]["packages"][0]["version"] += "1"
    digests = [facts(data)["image"]["digest"] for data in (one, two, three)]
    assert digests[0] == digests[1] != digests[2]


@pytest.mark.parametrize(
    ("marks", "kind"),
    [
        ({"IsUSB": "true", "IsLocal": "true"}, "usb"),
        ({"IsUSB": "false", "IsLocal": "true"}, "local"),
        ({"IsUSB": "false", "IsLocal": "false"}, "remote"),
    ],
)
def test_kinds_of_boot_devices(marks: dict[str, str], kind: str) -> None:
    """A stick, or an SD card behind a USB bridge, is local as well, and no lasting device."""
    data = body("esxi")
    data["esxcli"]["answers"]["storage.core.device.list"][0] |= marks
    assert facts(data)["boot_device"]["kind"] == kind


def test_a_host_that_starts_over_the_network_has_no_boot_device() -> None:
    """Devices were listed and none is marked: absent, not a gap."""
    data = body("esxi")
    data["esxcli"]["answers"]["storage.core.device.list"][0]["IsBootDevice"] = "false"
    snapshot = reading("esxi", data)
    assert "boot_device" not in snapshot.facts
    assert "boot_device" not in snapshot.gaps


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"Proto": "tcp", "LocalAddress": "0.0.0.0:443", "State": "LISTEN"}, ["tcp/443"]),
        ({"Proto": "tcp6", "LocalAddress": ":::902", "State": "LISTEN"}, ["tcp/902"]),
        ({"Proto": "tcp", "LocalAddress": "127.0.0.1:8307", "State": "LISTEN"}, []),
        ({"Proto": "tcp6", "LocalAddress": "::1:8307", "State": "LISTEN"}, []),
        ({"Proto": "tcp6", "LocalAddress": "::1:5:8307", "State": "LISTEN"}, ["tcp/8307"]),
        ({"Proto": "tcp", "LocalAddress": "10.0.0.1:443", "State": "ESTABLISHED"}, []),
        ({"Proto": "udp", "LocalAddress": "10.0.0.1:123", "ForeignAddress": "0.0.0.0:0", "State": ""}, ["udp/123"]),
        ({"Proto": "udp", "LocalAddress": "10.0.0.1:123", "ForeignAddress": "10.0.0.2:123", "State": ""}, []),
        ({"Proto": "tcp", "LocalAddress": "nonsense", "State": "LISTEN"}, []),
    ],
)
def test_what_listens(row: dict[str, str], expected: list[str]) -> None:
    """Waiting for others counts; loopback and conversations under way do not."""
    data = body("esxi")
    data["esxcli"]["answers"]["network.ip.connection.list"] = [row]
    assert facts(data)["listening"] == expected


def test_without_esxcli_what_it_shows_is_a_gap_that_says_how() -> None:
    """Neither "boots from nothing" nor "nothing listens"."""
    data = body("esxi")
    del data["esxcli"]
    gaps = reading("esxi", data).gaps
    assert all("`esxcli: true`" in gaps[path] for path in ("boot_device", "listening"))


def test_a_queue_depth_that_bulk_leaves_out_is_esxclis() -> None:
    """The bulk value counts where there is one; without either nothing is known. Acceleration not tried yet neither."""
    data = body("esxi")
    first, second, third = data["props"]["config.storageDevice.scsiLun"]
    del first["queueDepth"], second["queueDepth"]
    third["vStorageSupport"] = "vStorageUnknown"
    data["esxcli"]["answers"]["storage.core.device.list"][0]["DeviceMaxQueueDepth"] = "128"
    units = facts(data)["multipath"]
    assert [units[one["canonicalName"]].get("queue_depth") for one in (first, second, third)] == [128, None, 64]
    assert "vaai" not in units[third["canonicalName"]]


def test_licences_that_were_not_shown_are_a_gap() -> None:
    """With the reason that was given at collection."""
    data = body("esxi")
    data["licence"], data["licence_error"] = None, "needs the privilege Global.Licenses"
    assert reading("esxi", data).gaps == {"licence": "needs the privilege Global.Licenses"}


class _Clock:
    def __init__(self, shown: Any) -> None:
        self.shown = shown

    def QueryDateTime(self) -> Any:  # noqa: N802 - the API's name
        return self.shown() if callable(self.shown) else self.shown


def test_a_clock_without_a_zone_is_utc_and_no_clock_is_none() -> None:
    """What is not a time says so."""
    found = operations.clock(_Clock(lambda: datetime.now(UTC).replace(tzinfo=None) + timedelta(seconds=90)))
    assert found["offset"] == pytest.approx(90, abs=2)
    with pytest.raises(ValueError, match="no time"):
        operations.clock(_Clock("yesterday"))


@pytest.mark.parametrize(
    "simulate", [pytest.param(vcsim, marks=pytest.mark.needs_go, id="go"), pytest.param(FakeVCenter, id="python")]
)
@pytest.mark.parametrize("kind", ["vcenter", "esxi"])
def test_both_peers_tell_clocks_images_and_licences(simulate: Any, kind: str) -> None:
    """Through vCenter and from the host itself."""
    with simulate(hosts=1, standalone=kind == "esxi") as sim:
        items = collect(source_of(sim, kind=kind))
    (snapshot,) = snapshots(items).values()
    assert not failures(items)
    assert snapshot.facts["time"]["off_by_seconds"] <= 2
    assert snapshot.facts["image"]["profile"] == "ESXi-8.0U3-24022510-standard"
    assert snapshot.facts["licence"] == {
        "edition": "esx.enterprisePlus.cpuPackage",
        "name": "vSphere 8 Enterprise Plus",
        "evaluation": False,
    }


@pytest.mark.needs_go
def test_refused_calls_cost_their_own_facts_only() -> None:
    """Licence, clock and image refused: three gaps that name the privilege, and nothing else is lost."""
    with vcsim(hosts=1) as sim:
        for method in ("QueryAssignedLicenses", "QueryDateTime", "HostImageConfigGetProfile"):
            sim.control("fault", fault="no_permission", method=method, times=0)
        (snapshot,) = snapshots(collect(source_of(sim, esxcli=True))).values()
    assert set(snapshot.gaps) == {"licence", "time.off_by_seconds", "image.profile", "image.vendor"}
    assert all("privilege" in reason for reason in snapshot.gaps.values())


@pytest.mark.needs_go
def test_a_clock_that_is_wrong_is_seen() -> None:
    """Seven minutes behind, to the second or two that the answer takes."""
    with vcsim(hosts=1) as sim, changes.session(sim) as instance:
        net.set_clock(instance, HOST, timedelta(minutes=-7))
        (snapshot,) = snapshots(collect(source_of(sim))).values()
    assert snapshot.facts["time"]["off_by_seconds"] == pytest.approx(420, abs=3)


def test_no_licence_key_is_in_a_capture() -> None:
    """Edition and name are kept, the key is not."""
    with FakeVCenter(hosts=1) as sim:
        items = collect(source_of(sim))
    assert "AAAAA-BBBBB" not in repr([getattr(item, "body", "") for item in items])
