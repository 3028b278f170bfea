"""Settings of networks, storage and operation on a live, simulated vCenter, changed one at a time.

Each flip changes one thing through the vSphere API (esxcli's answers through the control channel), collects everything
again, and puts it back: the findings that the change makes fail do so, those it must take along change, and no other.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from auditor.domain import Status
from tests.flips.network_estate import HOST, Peer, Verdicts, audited, differing, rule_paths, values
from tests.simulators.vsphere import changes
from tests.simulators.vsphere import network_changes as net

pytestmark = pytest.mark.needs_go
vim = changes.vim
Key = tuple[str, str | None]
Step = Callable[[Peer], Any]
GROUPS = ("Management Network", "Servers", "vMotion")


def prepare(instance: Any) -> None:
    """Single ports of dv-dmz may set what is judged, and one of them says for itself what its group says.

    The standard switch says that it listens: the simulator's has no opinion at first.
    """
    net.set_vswitch_discovery(instance, HOST, "vSwitch0", "listen")
    net.set_group_policy(instance, "dv-dmz", macManagementOverrideAllowed=True, vlanOverrideAllowed=True)
    net.set_dvport(instance, "dv-dmz", macManagementPolicy=net.mac_management())


@pytest.fixture(scope="module")
def peer() -> Iterator[Peer]:
    with audited(prepare) as running:
        yield running


@pytest.fixture(scope="module")
def good(peer: Peer) -> Verdicts:
    """What every rule says before anything is changed."""
    return peer.verdicts()


def to(function: Callable[..., Any], *arguments: Any, **named: Any) -> Step:
    """A change by an administrator."""
    return lambda peer: function(peer.instance, *arguments, **named)


def both(*steps: Step) -> Step:
    """One change after the other."""

    def change(peer: Peer) -> None:
        for step in steps:
            step(peer)

    return change


def cli(command: str, answer: Any) -> Step:
    """Another answer of esxcli."""
    return lambda peer: peer.sim.control("esxcli", host=HOST, key=command, answer=answer)


def rename(old: str, new: str) -> Step:
    """Another name of a datastore."""
    return lambda peer: changes.find(peer.instance, vim.Datastore, old).Rename_Task(new)


def everywhere(rule: str, *subjects: str) -> set[Key]:
    return {(rule, subject) for subject in subjects}


def teaming(**values: Any) -> Any:
    """A teaming policy of a distributed group that sets these parts itself."""
    policy = net.Dvs.UplinkPortTeamingPolicy(inherited=False)
    for name, value in values.items():
        setattr(policy, name, value)
    return policy


def order(active: list[str], standby: list[str]) -> Any:
    return net.Dvs.UplinkPortOrderPolicy(inherited=False, activeUplinkPort=active, standbyUplinkPort=standby)


def chosen(value: str) -> Any:
    """A text policy that is set here."""
    return vim.StringPolicy(inherited=False, value=value)


LISTENER = {"Proto": "tcp", "LocalAddress": "0.0.0.0:4444", "ForeignAddress": "0.0.0.0:0", "State": "LISTEN"}
USUAL = [
    {**LISTENER, "LocalAddress": "0.0.0.0:443"},
    {**LISTENER, "LocalAddress": ":::902"},
    {"Proto": "udp", "LocalAddress": "0.0.0.0:123", "ForeignAddress": "0.0.0.0:0", "State": ""},
]
DISK = {"Device": "mpx.vmhba32:C0:T0:L0", "IsBootDevice": "true", "IsUSB": "false", "IsLocal": "true", "IsSSD": "true"}
OF_GROUP = net.Dvs.VlanIdSpec(inherited=True, vlanId=0)
PORT = "dv-dmz/9"  # the first port of the second group
DMZ, SERVERS = "dv-dmz", "dv-servers"
# (change, way back, findings that fail, others that change with it)
FLIPS: dict[str, tuple[Step, Step, set[Key], set[Key]]] = {
    "a switch that accepts promiscuous mode takes along the groups that inherit": (
        to(changes.set_vswitch_security, HOST, "vSwitch0", promiscuous=True),
        to(changes.set_vswitch_security, HOST, "vSwitch0"),
        {("esxi-vswitch-promiscuous", "vSwitch0"),
         *everywhere("esxi-portgroup-promiscuous", "Management Network", "vMotion")},
        set(),
    ),
    "forged frames accepted by a switch": (
        to(changes.set_vswitch_security, HOST, "vSwitch0", forged=True),
        to(changes.set_vswitch_security, HOST, "vSwitch0"),
        {("esxi-vswitch-forged-transmits", "vSwitch0"),
         *everywhere("esxi-portgroup-forged-transmits", "Management Network", "vMotion")},
        set(),
    ),
    "changed addresses accepted by a switch": (
        to(changes.set_vswitch_security, HOST, "vSwitch0", mac_changes=True),
        to(changes.set_vswitch_security, HOST, "vSwitch0"),
        {("esxi-vswitch-mac-changes", "vSwitch0"),
         *everywhere("esxi-portgroup-mac-changes", "Management Network", "vMotion")},
        set(),
    ),
    "a port group that overrides its switch": (
        to(changes.set_portgroup_security, HOST, "Servers", promiscuous=False, mac_changes=False, forged=True),
        to(changes.set_portgroup_security, HOST, "Servers", promiscuous=False, mac_changes=False, forged=False),
        everywhere("esxi-portgroup-forged-transmits", "Servers"),
        set(),
    ),
    "a group for all VLANs": (
        to(net.set_portgroup_vlan, HOST, "Servers", 4095),
        to(net.set_portgroup_vlan, HOST, "Servers", 210),
        everywhere("esxi-portgroup-no-vgt", "Servers") | everywhere("esxi-portgroup-vlan-declared", "Servers"),
        set(),
    ),
    "a group in the native VLAN": (
        to(net.set_portgroup_vlan, HOST, "Servers", 1),
        to(net.set_portgroup_vlan, HOST, "Servers", 210),
        everywhere("esxi-portgroup-not-native", "Servers") | everywhere("esxi-portgroup-vlan-declared", "Servers"),
        set(),
    ),
    "vMotion in another VLAN that is declared": (
        to(net.set_portgroup_vlan, HOST, "vMotion", 210),
        to(net.set_portgroup_vlan, HOST, "vMotion", 120),
        {("esxi-vmotion-vlan", "vmk1"), ("esxi-vmkernel-vlan", "vmk1")},
        set(),
    ),
    "a service on an adapter that has another": (
        to(changes.select_vnic, HOST, "vmotion", "vmk0"),
        lambda peer: changes.find(peer.instance, vim.HostSystem, HOST)
        .configManager.virtualNicManager.DeselectVnicForNicType("vmotion", "vmk0"),
        {("esxi-vmk-management", "vmk0"), ("esxi-vmk-vmotion", "vmk0"), ("esxi-vmotion-vlan", "vmk0"),
         ("esxi-vmkernel-network", "vmk0"), ("esxi-vmkernel-vlan", "vmk0")},
        set(),
    ),
    "vMotion on the distributed switch, whose group vCenter knows": (
        to(net.move_vnic, HOST, "vmk1", distributed=SERVERS),
        to(net.move_vnic, HOST, "vmk1", group="vMotion"),
        {
            ("esxi-vmotion-vlan", "vmk1"),
            ("esxi-vmkernel-network", "vmk1"),
            ("esxi-vmkernel-switch", "vmk1"),
            ("esxi-vmkernel-vlan", "vmk1"),
        },
        set(),
    ),
    "a switch that announces itself": (
        to(net.set_vswitch_discovery, HOST, "vSwitch0", "both"),
        to(net.set_vswitch_discovery, HOST, "vSwitch0", "listen"),
        {("esxi-vswitch-discovery", "vSwitch0")},
        set(),
    ),
    "beacons over two uplinks": (
        to(net.set_vswitch_teaming, HOST, "vSwitch0", beacon=True),
        to(net.set_vswitch_teaming, HOST, "vSwitch0", beacon=False),
        everywhere("esxi-portgroup-beacon", *GROUPS),
        set(),
    ),
    "no failback": (
        to(net.set_vswitch_teaming, HOST, "vSwitch0", rollingOrder=True),
        to(net.set_vswitch_teaming, HOST, "vSwitch0", rollingOrder=False),
        everywhere("esxi-portgroup-failback", *GROUPS),
        set(),
    ),
    "switches are not told": (
        to(net.set_portgroup_teaming, HOST, "Servers", notifySwitches=False),
        to(net.set_portgroup_teaming, HOST, "Servers"),
        everywhere("esxi-portgroup-notify", "Servers"),
        set(),
    ),
    "a hash by address with a standby adapter": (
        to(net.set_portgroup_teaming, HOST, "Servers", policy="loadbalance_ip"),
        to(net.set_portgroup_teaming, HOST, "Servers"),
        everywhere("esxi-portgroup-teaming", "Servers") | everywhere("esxi-portgroup-hash", "Servers"),
        {("esxi-portgroup-hash", None)},
    ),
    "adapters in another order": (
        to(net.set_portgroup_teaming, HOST, "Servers", active=["vmnic1"], standby=["vmnic0"]),
        to(net.set_portgroup_teaming, HOST, "Servers"),
        everywhere("esxi-portgroup-nic-order", "Servers"),
        set(),
    ),
    "one adapter alone": (
        to(net.set_portgroup_teaming, HOST, "vMotion", active=["vmnic1"], standby=[]),
        to(net.set_portgroup_teaming, HOST, "vMotion", active=["vmnic1"], standby=["vmnic0"]),
        everywhere("esxi-portgroup-uplinks", "vMotion") | everywhere("esxi-portgroup-nic-order", "vMotion"),
        set(),
    ),
    "a distributed switch that accepts forged frames takes along its groups, not a port that says no": (
        to(changes.set_dvs_security, "DSwitch", forged=True),
        to(changes.set_dvs_security, "DSwitch"),
        {("dvs-forged-transmits", None), *everywhere("dvs-portgroup-forged-transmits", DMZ, SERVERS)},
        set(),
    ),
    "a distributed group of its own mind": (
        to(changes.set_dvpg_security, SERVERS, promiscuous=True),
        to(changes.set_dvpg_security, SERVERS),
        everywhere("dvs-portgroup-promiscuous", SERVERS),
        set(),
    ),
    "a single port that accepts forged frames": (
        to(net.set_dvport, DMZ, macManagementPolicy=net.mac_management(forged=True)),
        to(net.set_dvport, DMZ, macManagementPolicy=net.mac_management()),
        {("dvs-port-forged-transmits", PORT)},
        set(),
    ),
    "a single port in promiscuous mode that learns": (
        to(net.set_dvport, DMZ, macManagementPolicy=net.mac_management(promiscuous=True, learning=True)),
        to(net.set_dvport, DMZ, macManagementPolicy=net.mac_management(learning=False)),
        {("dvs-port-promiscuous", PORT), ("dvs-port-no-mac-learning", PORT)},
        set(),
    ),
    "a single port in a private VLAN of the native one": (
        both(to(net.set_private_vlan, 1, 101), to(net.set_dvport, DMZ, vlan=net.private_vlan(101))),
        both(to(net.set_dvport, DMZ, vlan=OF_GROUP), to(net.set_private_vlan, 1, 101, "remove")),
        {("dvs-port-not-native", PORT), ("dvs-port-vlan-of-group", PORT)},
        set(),
    ),
    "a single port that is a trunk over everything": (
        to(net.set_dvport, DMZ, vlan=net.vlan_trunk((0, 4094))),
        to(net.set_dvport, DMZ, vlan=OF_GROUP),
        {("dvs-port-trunk-narrow", PORT), ("dvs-port-vlan-of-group", PORT)},
        {("dvs-port-trunk-narrow", None), ("dvs-port-not-native", PORT), ("dvs-port-not-native", None)},
    ),
    "a group that lets its ports choose uplinks": (
        to(net.set_group_policy, SERVERS, uplinkTeamingOverrideAllowed=True),
        to(net.set_group_policy, SERVERS, uplinkTeamingOverrideAllowed=False),
        everywhere("dvs-portgroup-other-overrides", SERVERS),
        set(),
    ),
    "a group that keeps what a port was given": (
        to(net.set_group_policy, SERVERS, portConfigResetAtDisconnect=False),
        to(net.set_group_policy, SERVERS, portConfigResetAtDisconnect=True),
        everywhere("dvs-portgroup-reset", SERVERS),
        set(),
    ),
    "a distributed group that is a trunk over everything": (
        to(net.set_group_setting, SERVERS, vlan=net.vlan_trunk((0, 4094))),
        to(net.set_group_setting, SERVERS, vlan=net.vlan_id(310)),
        everywhere("dvs-portgroup-trunk-narrow", SERVERS),
        {("dvs-portgroup-trunk-narrow", None), ("dvs-portgroup-not-native", SERVERS),
         ("dvs-portgroup-not-reserved", SERVERS), ("dvs-portgroup-vlan-declared", SERVERS)},
    ),
    "a narrow trunk that touches what switches reserve": (
        to(net.set_group_setting, SERVERS, vlan=net.vlan_trunk((310, 310), (4000, 4001))),
        to(net.set_group_setting, SERVERS, vlan=net.vlan_id(310)),
        everywhere("dvs-portgroup-not-reserved", SERVERS),
        {("dvs-portgroup-trunk-narrow", None), ("dvs-portgroup-trunk-narrow", SERVERS),
         ("dvs-portgroup-not-native", SERVERS), ("dvs-portgroup-vlan-declared", SERVERS)},
    ),
    "a distributed group with one uplink": (
        to(net.set_group_setting, SERVERS, uplinkTeamingPolicy=teaming(uplinkPortOrder=order(["Uplink 1"], []))),
        to(net.set_group_setting, SERVERS,
           uplinkTeamingPolicy=teaming(uplinkPortOrder=order(["Uplink 1"], ["Uplink 2"]))),
        everywhere("dvs-portgroup-uplinks", SERVERS),
        set(),
    ),
    "a distributed group that hashes by address": (
        to(net.set_group_setting, SERVERS,
           uplinkTeamingPolicy=teaming(policy=chosen("loadbalance_ip"))),
        to(net.set_group_setting, SERVERS,
           uplinkTeamingPolicy=teaming(policy=chosen("loadbalance_srcid"))),
        everywhere("dvs-portgroup-teaming", SERVERS),
        set(),
    ),
    "a private VLAN whose primary is the native one": (
        both(to(net.set_private_vlan, 1, 101), to(net.set_group_setting, SERVERS, vlan=net.private_vlan(101))),
        both(to(net.set_group_setting, SERVERS, vlan=net.vlan_id(310)), to(net.set_private_vlan, 1, 101, "remove")),
        everywhere("dvs-portgroup-not-native", SERVERS) | everywhere("dvs-portgroup-vlan-declared", SERVERS),
        set(),
    ),
    "a private VLAN that the switch does not list is known to nobody": (
        to(net.set_group_setting, SERVERS, vlan=net.private_vlan(310)),
        to(net.set_group_setting, SERVERS, vlan=net.vlan_id(310)),
        set(),
        {
            ("dvs-portgroup-not-native", SERVERS),
            ("dvs-portgroup-not-reserved", SERVERS),
            ("dvs-portgroup-vlan-declared", SERVERS),
        },
    ),
    "the only uplink is a bundle of one port": (
        both(
            to(net.set_lag, "lag1", 1),
            to(net.set_group_setting, SERVERS, uplinkTeamingPolicy=teaming(uplinkPortOrder=order(["lag1"], []))),
            to(net.set_group_setting, SERVERS, uplinkTeamingPolicy=teaming(policy=chosen("loadbalance_ip"))),
        ),
        both(
            to(net.set_group_setting, SERVERS, uplinkTeamingPolicy=teaming(policy=chosen("loadbalance_srcid"))),
            to(
                net.set_group_setting,
                SERVERS,
                uplinkTeamingPolicy=teaming(uplinkPortOrder=order(["Uplink 1"], ["Uplink 2"])),
            ),
            to(net.set_lag, "lag1", 1, "remove"),
        ),
        everywhere("dvs-portgroup-uplinks", SERVERS),
        everywhere("dvs-portgroup-teaming", SERVERS),
    ),
    "no failback of a distributed group": (
        to(
            net.set_group_setting,
            SERVERS,
            uplinkTeamingPolicy=teaming(rollingOrder=vim.BoolPolicy(inherited=False, value=True)),
        ),
        to(
            net.set_group_setting,
            SERVERS,
            uplinkTeamingPolicy=teaming(rollingOrder=vim.BoolPolicy(inherited=False, value=False)),
        ),
        everywhere("dvs-portgroup-failback", SERVERS),
        set(),
    ),
    "the health check": (
        to(net.set_health_check, True), to(net.set_health_check, False), {("dvs-health-check-off", None)}, set(),
    ),
    "flow records to a stranger": (
        to(net.set_netflow, "10.9.9.9"), to(net.set_netflow, ""), {("dvs-netflow", None)}, set(),
    ),
    "link discovery": (
        to(net.set_dvs_discovery, "both"), to(net.set_dvs_discovery, "none"), {("dvs-discovery-off", None)}, set(),
    ),
    "a mirror that nobody declared": (
        to(net.set_mirror, "unknown"), to(net.set_mirror, "unknown", "remove"), {("dvs-mirror-none", None)}, set(),
    ),
    "no I/O control": (to(net.set_nioc, False), to(net.set_nioc, True), {("dvs-nioc", None)}, set()),
    "another path policy": (
        to(net.set_path_policy, HOST, 1, "VMW_PSP_MRU"),
        to(net.set_path_policy, HOST, 1, "VMW_PSP_RR"),
        {("esxi-path-policy", "naa.64d58a4cbe8417450001")},
        set(),
    ),
    "an array option switched off": (
        to(changes.set_option, HOST, "DataMover.HardwareAcceleratedMove", 0),
        to(changes.set_option, HOST, "DataMover.HardwareAcceleratedMove", 1),
        {("esxi-vaai-options", None)},
        set(),
    ),
    "scratch in memory": (
        to(changes.set_option, HOST, "ScratchConfig.CurrentScratchLocation", "/tmp/scratch"),
        lambda peer: changes.set_option(
            peer.instance, HOST, "ScratchConfig.CurrentScratchLocation",
            peer.look()["esxi"].facts["scratch"]["configured"],
        ),
        {("esxi-scratch-persistent", None), ("esxi-scratch-in-effect", None)},
        set(),
    ),
    "a local datastore of another name": (
        rename("esx-01-local", "spare"), rename("spare", "esx-01-local"),
        {("esxi-local-datastore-name", "spare")}, {
            ("esxi-local-datastore-name", "esx-01-local"),
            *everywhere("esxi-datastore-name", "spare", "esx-01-local"),
        },
    ),
    "a name server that nobody declared": (
        to(net.set_dns, HOST, address=["10.0.0.53", "8.8.8.8"]),
        to(net.set_dns, HOST, address=["10.0.0.53", "10.0.1.53"]),
        {("esxi-dns-declared", None)},
        set(),
    ),
    "a host without its domain": (
        to(net.set_dns, HOST, domainName="other.test"),
        to(net.set_dns, HOST, domainName="example.test"),
        {("esxi-name-known", None), ("esxi-ad-dns-domain", None)},
        set(),
    ),
    "a clock that is wrong": (
        to(net.set_clock, HOST, timedelta(minutes=-7)), to(net.set_clock, HOST, timedelta()),
        {("esxi-clock", None)}, set(),
    ),
    "an evaluation licence": (
        to(net.set_licence, HOST), to(net.set_licence, HOST, "any"),
        {("esxi-licence-lasting", None), ("esxi-licence-edition", None)}, set(),
    ),
    "an open rule set beyond the matrix": (
        to(changes.set_ruleset, HOST, "CIMSLP", enabled=True), to(changes.set_ruleset, HOST, "CIMSLP", enabled=False),
        {("esxi-firewall-ports", None)}, {("esxi-firewall-sources", "CIMSLP")},
    ),
    "a port that nobody declared": (
        cli("network.ip.connection.list", [*USUAL, LISTENER]), cli("network.ip.connection.list", USUAL),
        {("esxi-listening-ports", None)}, set(),
    ),
    "a host that started from a stick": (
        cli("storage.core.device.list", [{**DISK, "IsUSB": "true"}]), cli("storage.core.device.list", [DISK]),
        {("esxi-boot-device", None)}, set(),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FLIPS)
def test_one_change_flips_what_it_must_and_nothing_else(peer: Peer, good: Verdicts, name: str) -> None:
    """The findings named fail with the change in place, those they take along change, and nothing else does."""
    change, back, failing, others = FLIPS[name]
    assert Status.FAIL not in {good.get(key) for key in failing}
    change(peer)
    try:
        after = peer.verdicts()
    finally:
        back(peer)
    assert {key for key, status in after.items() if status is Status.FAIL and good.get(key) is not status} == failing
    assert differing(good, after) == failing | others


def test_everything_is_as_before_in_the_end(peer: Peer, good: Verdicts) -> None:
    """Each way back led back: the verdicts of the last collection are those of the first."""
    assert differing(good, peer.verdicts()) == set()


def test_the_good_state_leaves_few_rules_without_a_verdict(good: Verdicts) -> None:
    """With every declaration made, no rule of these parts is unchecked or unknown for want of a fact."""
    ours = {
        rule: status for (rule, _), status in good.items() if rule.startswith(("dvs-", "esxi-portgroup", "esxi-vmk"))
    }
    assert Status.UNKNOWN not in ours.values()
    assert Status.NOTCHECKED not in ours.values()


def test_every_fact_of_these_rules_comes_from_a_live_peer(peer: Peer) -> None:
    """Each path that a rule of networks or operation names has a value in a collection of the simulator."""
    trunk, group = (
        FLIPS["a single port that is a trunk over everything"],
        "a private VLAN whose primary is the native one",
    )
    port = FLIPS["a single port in a private VLAN of the native one"]
    seen = [peer.look()]
    for change, back, *_ in (trunk, FLIPS[group], port, FLIPS["flow records to a stranger"]):
        change(peer)
        try:
            seen.append(peer.look())
        finally:
            back(peer)
    wanted = rule_paths("vsphere-network", "vsphere-operations")
    unseen = {
        (platform, path)
        for platform, path in wanted
        if not any(list(values(one[platform].facts, path)) for one in seen if platform in one)
    }
    assert len(wanted) > 60
    assert unseen == set()
