"""A whole collection from a live, simulated vCenter or host."""

import json
from collections.abc import Iterator

import pytest

from auditor.domain import Capture
from tests.collectors.vsphere.peers import captures, collect, failures, snapshots, source_of
from tests.simulators.vsphere import changes
from tests.simulators.vsphere.launch import vcsim
from tests.simulators.vsphere.sim import Sim

pytestmark = pytest.mark.needs_go
NEXUS_UUID = "7c d1 2b 50 1f 2a 44 90-9d e0 11 22 33 44 55 66"


@pytest.fixture(scope="module")
def estate() -> Iterator[Sim]:
    with vcsim(hosts=4, clusters=2, options=300, nexus_uuid=NEXUS_UUID, vms=1) as sim:
        yield sim


def test_every_host_the_switches_and_the_vcenter_are_captured_once(estate: Sim) -> None:
    """One login gives a capture of each host, switch and machine and of the vCenter itself, and nothing fails."""
    items = collect(source_of(estate, vms=True))
    assert not failures(items)
    assert sorted(captures(items)) == [f"esx-{n:02d}.example.test" for n in (1, 2, 3, 4)]
    assert len(captures(items, "dvs")) == 2
    assert list(captures(items, "vcenter")) == ["vc01"]
    assert sorted(captures(items, "vm")) == ["vm-01", "vm-02"]
    assert len(items) == 9
    (vcenter,) = snapshots(items, "vcenter").values()
    assert vcenter.facts["population"] == {"hosts": 4, "connected": 4, "not_connected": [], "vms": 2, "switches": 2}


def test_what_is_read_of_a_good_host(estate: Sim) -> None:
    """Facts of every section arrive typed, with their cluster as group, and only esxcli is a gap."""
    snapshot = snapshots(collect(source_of(estate)))["esx-01.example.test"]
    facts = snapshot.facts
    assert (snapshot.version, snapshot.group) == ("8.0.3", "DC0_C0")
    assert set(snapshot.gaps) == {
        "sshd",
        "accounts",
        "tls_profile",
        "fips[ssh]",
        "fips[rhttpproxy]",
        "key_persistence",
        "firewall_active",
        "kernel_settings",
        "pending",
        "tls_profile_configured",
        "boot_device",
        "listening",
    }
    assert facts["product"]["build"] == 24022510
    assert facts["advanced"]["Security.AccountLockFailures"] == 3
    assert facts["advanced"]["Config.HostAgent.plugins.solo.enableMob"] is False
    assert facts["services"]["TSM-SSH"] == {
        "running": False,
        "policy": "off",
        "required": False,
        "label": "SSH",
        "rulesets": [],
    }
    assert facts["lockdown"] == {
        "mode": "lockdownNormal",
        "exceptions": [],
        "audit_account": False,
        "dcui_access": ["root"],
    }
    assert facts["port_groups"]["Management Network"]["is_management"] is True
    assert facts["port_groups"]["Servers"]["is_management"] is False
    assert facts["vmkernel"]["vmk0"]["services"] == ["management"]
    assert facts["pnics"]["0000:19:00.0"]["device"] == "vmnic0"
    assert facts["syslog"]["hosts"] == ["ssl://syslog.example.test:1514"]
    assert facts["scratch"]["persistent"] is True
    assert facts["named_admins"] == ["esx-operator"]
    assert facts["acceptance_level"] == "partner"
    assert facts["certificate"]["self_signed"] is False
    assert facts["boot"]["tpm_version"] == "2.0"
    assert snapshot.sources["advanced"] == "HostSystem.config.option"


def test_esxcli_is_read_on_request(estate: Sim) -> None:
    """With `esxcli: true` nothing of a good host is a gap."""
    snapshot = snapshots(collect(source_of(estate, esxcli=True)))["esx-01.example.test"]
    assert not snapshot.gaps
    assert snapshot.facts["sshd"]["banner"] == "/etc/issue"
    assert snapshot.facts["accounts"]["dcui"]["shell_access"] is False
    assert snapshot.facts["fips"] == {"ssh": True, "rhttpproxy": True}
    assert snapshot.facts["firewall_active"] is True


def test_a_switch_of_a_nexus_1000v_is_known(estate: Sim) -> None:
    """The switch that a Cisco extension manages says so, so that its rules are left to its VSM; the other does not."""
    found = {
        snapshot.facts["nexus1000v"]: snapshot for snapshot in snapshots(collect(source_of(estate)), "dvs").values()
    }
    assert found[True].facts["roles"] == ["nexus1000v"]
    assert found[True].facts["uuid"].replace(" ", "").replace("-", "") == NEXUS_UUID.replace(" ", "").replace("-", "")
    assert found[False].facts["roles"] == ["vmware"]


@pytest.mark.parametrize("page", [1, 3])
def test_pages_of_the_server_and_of_the_client_lose_no_host(page: int) -> None:
    """Whatever the server's page and our chunk, each host comes exactly once."""
    with vcsim(hosts=7, page=page) as sim:
        for size in (1, 2, 20):
            items = collect(source_of(sim, page_size=size))
            assert not failures(items)
            assert len(captures(items)) == len([i for i in items if i.platform == "esxi"]) == 7


def test_compressed_answers_are_unpacked() -> None:
    """A server that compresses is read as one that does not."""
    with vcsim(hosts=2, gzip=True) as sim:
        items = collect(source_of(sim))
    assert len(captures(items)) == 2
    assert not failures(items)


def test_options_left_out_in_bulk_are_asked_for_singly() -> None:
    """A key missing in bulk is asked for alone: its value is used, and one that is in neither is absent, not a gap."""
    with vcsim(hosts=1, hidden=["Syslog.global.logHost", "DCUI.Access"], absent=["Net.BlockGuestBPDU"]) as sim:
        items = collect(source_of(sim))
    (capture,), (snapshot,) = captures(items).values(), snapshots(items).values()
    assert snapshot.facts["advanced"]["DCUI.Access"] == "root"
    assert snapshot.facts["syslog"]["hosts"] == ["ssl://syslog.example.test:1514"]
    assert snapshot.sources["advanced[DCUI.Access]"] == "OptionManager.QueryOptions('DCUI.Access')"
    assert "Net.BlockGuestBPDU" not in snapshot.facts["advanced"]
    assert capture.body["options_absent"] == ["Net.BlockGuestBPDU"]
    assert not [path for path in snapshot.gaps if path.startswith("advanced")]


def test_a_host_can_be_asked_directly() -> None:
    """One ESXi host without vCenter is one target, named as the source, and says that it stands alone."""
    with vcsim(hosts=1, standalone=True) as sim:
        items = collect(source_of(sim, kind="esxi"))
        wrong = collect(source_of(sim, kind="vcenter"))
    assert list(captures(items)) == ["vc01"]
    assert len(items) == 1
    assert "standalone" in snapshots(items)["vc01"].facts["roles"]
    assert "declare it as `kind: esxi`" in failures(wrong)[None].reason


def test_a_vcenter_is_not_taken_for_a_host(estate: Sim) -> None:
    """`kind: esxi` at a vCenter is a failure that says what to write instead."""
    items = collect(source_of(estate, kind="esxi"))
    assert "declare it as `kind: vcenter`" in failures(items)[None].reason
    assert not captures(items)


def test_changes_of_single_hosts_show_on_them_alone() -> None:
    """SSH started on one host and promiscuous mode allowed on another change these facts, and no other."""
    with vcsim(hosts=3) as sim:
        before = snapshots(collect(source_of(sim)))
        with changes.session(sim) as instance:
            changes.start_service(instance, "esx-02.example.test", "TSM-SSH")
            changes.set_portgroup_security(instance, "esx-03.example.test", "Servers", promiscuous=True)
        after = snapshots(collect(source_of(sim)))
    one, two, three = sorted(after)
    assert after[one].facts == before[one].facts
    assert after[two].facts["services"]["TSM-SSH"]["running"] is True
    assert after[three].facts["port_groups"]["Servers"]["security"]["promiscuous"] is True
    for name, part in ((two, "services"), (three, "port_groups")):
        assert {k: v for k, v in after[name].facts.items() if k != part} == {
            k: v for k, v in before[name].facts.items() if k != part
        }


def test_no_secret_is_in_a_capture(estate: Sim) -> None:
    """The password, and settings that hold secrets, are in no capture in clear."""
    items = [item for item in collect(source_of(estate)) if isinstance(item, Capture)]
    text = json.dumps([dict(item.body) for item in items])
    assert estate.password not in text
    (vcenter,) = snapshots(items, "vcenter").values()
    assert vcenter.facts["settings"]["config.vpxd.sso.solutionUser.privateKey"].startswith("hmac:")


def test_views_are_destroyed_and_the_session_is_ended() -> None:
    """Each container view made is destroyed, and one login is followed by one logout."""
    with vcsim(hosts=2) as sim:
        collect(source_of(sim))
        calls = sim.control("calls")["calls"]
    assert calls["CreateContainerView"] == calls["DestroyView"]
    assert calls["Login"] == calls["Logout"] == 1
