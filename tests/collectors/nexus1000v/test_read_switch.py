"""What the configuration of a physical switch means: routing, keys, ports, control plane, jobs."""

from typing import Any

import pytest

from auditor.collectors.nexus1000v.read_routing import send_days
from auditor.collectors.nexus1000v.show import is_saved, read_copp, read_debugs, read_guestshell, read_interface_status
from auditor.domain import Snapshot
from tests.collectors.nexus1000v.configs import facts_of
from tests.simulators.nxos import texts

OSPF = "interface Ethernet1/1\n  no switchport\n  ip router ospf 1 area {area}\n"
BGP = "router bgp 65001\n"


def switch(config: str, **commands: str) -> Snapshot:
    return facts_of(config, platform="nxos", **{"version": texts.SWITCH_VERSION, **commands})


def facts(config: str, **commands: str) -> dict[str, Any]:
    found: Any = switch(config, **commands).facts
    return dict(found)


# ------------------------------------------------------------------ routing
@pytest.mark.parametrize(
    ("lines", "router", "authenticated"),
    [
        ("", "", False),
        ("  ip ospf authentication\n", "", False),  # a password in clear text
        ("  ip ospf authentication message-digest\n", "", True),
        ("  ip ospf authentication key-chain k\n", "", True),
        ("", "router ospf 1\n  area 0 authentication message-digest\n", True),
        ("", "router ospf 1\n  vrf x\n    area 0.0.0.0 authentication message-digest\n", False),
        ("  vrf member x\n", "router ospf 1\n  vrf x\n    area 0.0.0.0 authentication message-digest\n", True),
        ("", "router ospf 1\n  area 0 authentication\n", False),
        ("", "router ospf 1\n  area 1 authentication message-digest\n", False),
        ("  ip ospf authentication null\n", "router ospf 1\n  area 0 authentication message-digest\n", False),
        ("  no ip ospf authentication\n", "router ospf 1\n  area 0 authentication message-digest\n", False),
    ],
)
def test_ospf_is_authenticated_by_port_or_area(lines: str, router: str, authenticated: bool) -> None:
    """The line of the port decides, else that of its area in its VRF; 0 and 0.0.0.0 are one; clear text is none."""
    found = facts(OSPF.format(area="0.0.0.0") + lines + router)["routing_sessions"]
    assert found["ospf Ethernet1/1"]["authenticated"] is authenticated


def test_silent_ports_have_no_neighbour() -> None:
    """Passive ports and loopbacks talk to nobody, also where passive is the default of the process."""
    config = OSPF.format(area="0") + "  ip ospf passive-interface\ninterface loopback0\n  ip router ospf 1 area 0\n"
    assert facts(config)["routing_sessions"] == {}
    silent = "router ospf 1\n  passive-interface default\n"
    assert facts(OSPF.format(area="0") + silent)["routing_sessions"] == {}
    spoken = facts(OSPF.format(area="0") + "  no ip ospf passive-interface\n" + silent)
    assert set(spoken["routing_sessions"]) == {"ospf Ethernet1/1"}


def test_eigrp_is_authenticated_by_port_or_process() -> None:
    """MD5 mode on the port, or in the process."""
    port = "interface Vlan5\n  ip router eigrp 7\n"
    assert facts(port)["routing_sessions"]["eigrp Vlan5"]["authenticated"] is False
    own = facts(port + "  ip authentication mode eigrp 7 md5\n")
    assert own["routing_sessions"]["eigrp Vlan5"]["authenticated"] is True
    common = facts(port + "router eigrp 7\n  authentication mode md5\n")
    assert common["routing_sessions"]["eigrp Vlan5"]["authenticated"] is True


def test_a_bgp_neighbour_has_what_its_templates_say() -> None:
    """Password, limits and AS come from peer, session and policy templates, of templates too, in any VRF."""
    config = BGP + (
        "  template peer-session S\n    password 3 0123456789ab\n    remote-as 65002\n"
        "  template peer-policy P\n    maximum-prefix 500\n"
        "  template peer T\n    inherit peer-session S\n"
        "    address-family ipv4 unicast\n      inherit peer-policy P 10\n"
        "  neighbor 192.0.2.1\n    inherit peer T\n"
        "  vrf x\n    neighbor 192.0.2.2 remote-as 65001\n      address-family ipv4 unicast\n"
        "      address-family ipv6 unicast\n        maximum-prefix 10\n"
    )
    found = facts(config)
    assert found["bgp_neighbors"]["192.0.2.1"] == {"external": True, "maximum_prefix": 500, "connected_check": True}
    assert found["bgp_neighbors"]["vrf x 192.0.2.2"] == {"external": False, "connected_check": True}
    assert found["routing_sessions"]["bgp 192.0.2.1"]["authenticated"] is True
    assert found["routing_sessions"]["bgp vrf x 192.0.2.2"]["authenticated"] is False


def test_templates_that_inherit_each_other_end() -> None:
    """A circle of templates is followed once."""
    config = BGP + "  template peer A\n    inherit peer B\n  template peer B\n    inherit peer A\n"
    assert facts(config + "  neighbor 192.0.2.1\n    inherit peer A\n")["bgp_neighbors"]["192.0.2.1"]


@pytest.mark.parametrize(
    ("line", "days"),
    [
        ("00:00:00 Jan 01 2026 23:59:59 Jun 29 2026", 180),
        ("local 00:00:00 Jan 01 2026 00:00:01 Jun 30 2026", 181),
        ("00:00:00 Jan 1 2026 duration 86400", 1),
        ("00:00:00 Jan 1 2026 duration 86401", 2),
        ("00:00:00 Jan 1 2026 infinite", None),
        ("00:00:00 Jan 1 2026", None),
        ("00:00:00 Jun 1 2026 00:00:00 Jan 1 2026", 0),
    ],
)
def test_lifetimes_are_counted_in_whole_days(line: str, days: int | None) -> None:
    """Two moments, a duration or no end; a part of a day is a day."""
    assert send_days(f"send-lifetime {line}") == days


def test_a_lifetime_that_nobody_understands_is_a_gap_of_its_key() -> None:
    """One odd line costs that key its length, and nothing else."""
    config = "key chain k\n  key 1\n    send-lifetime 00:00:00 Xyz 01 2026 23:59:59 Jun 29 2026\n  key 2\n"
    found = switch(config)
    assert "key_chains[k key 1].send_days" in found.gaps
    assert found.facts["key_chains"]["k key 2"] == {}


# ------------------------------------------------------------------ ports
def test_algorithms_stand_on_one_line_or_on_many() -> None:
    """Some trains print one algorithm a line: all lines count, or a weak one before the last would be missed."""
    found = facts("ssh macs hmac-sha1\nssh macs hmac-sha2-256\n")["ssh"]
    assert found["macs"] == ["hmac-sha1", "hmac-sha2-256"]
    less = facts("ssh macs hmac-sha1\nssh macs hmac-sha2-256\nno ssh macs hmac-sha1\n")["ssh"]
    assert less["macs"] == ["hmac-sha2-256"]
    assert "ssh.macs" in switch("no ssh macs hmac-sha1\n").gaps


def test_a_private_vlan_port_has_no_access_vlan() -> None:
    """Its own VLANs are looked at: VLAN 1 by default is no matter there."""
    config = "interface Ethernet1/1\n  switchport mode private-vlan host\n"
    config += "  switchport private-vlan host-association 700 701\n"
    port = facts(config)["interfaces"]["Ethernet1/1"]
    assert (port["host_facing"], port["carries_vlan_1"]) == (True, False)


def test_suppressing_the_mtu_option_suppresses_no_advertisement() -> None:
    """`ipv6 nd suppress-ra mtu` takes an option out of router advertisements, which are sent all the same."""
    head = "interface Ethernet1/1\n  no switchport\n  ipv6 address 2001:db8::1/64\n  ipv6 nd suppress-ra"
    assert facts(head + "\n")["interfaces"]["Ethernet1/1"]["ipv6_suppress_ra"] is True
    assert facts(head + " mtu\n")["interfaces"]["Ethernet1/1"]["ipv6_suppress_ra"] is False


def test_cdp_that_is_off_everywhere_is_off_at_each_port() -> None:
    """The global line beats the default of the ports, on either kind of switch."""
    port = "interface Ethernet1/1\n  switchport access vlan 5\n"
    assert facts(port)["interfaces"]["Ethernet1/1"]["cdp"] is True
    assert facts(port + "no cdp enable\n")["interfaces"]["Ethernet1/1"]["cdp"] is False
    profile = "port-profile type vethernet web\n  switchport access vlan 5\nno cdp enable\n"
    assert facts_of(profile).facts["port_profiles"]["web"]["cdp"] is False


def test_bpdu_guard_by_port_or_by_type() -> None:
    """The global default acts on ports of type edge only; a line of the port beats it."""
    config = (
        "spanning-tree port type edge bpduguard default\n"
        "interface Ethernet1/1\ninterface Ethernet1/2\n  spanning-tree port type edge\n"
        "interface Ethernet1/3\n  spanning-tree port type edge trunk\n"
        "interface Ethernet1/4\n  spanning-tree port type edge\n  spanning-tree bpduguard disable\n"
        "interface Ethernet1/5\n  spanning-tree bpduguard enable\n"
    )
    found = facts(config)["interfaces"]
    assert [found[f"Ethernet1/{n}"]["bpdu_guard"] for n in range(1, 6)] == [False, True, True, False, True]
    edge = facts("spanning-tree port type edge default\n" + config)["interfaces"]
    assert edge["Ethernet1/1"]["bpdu_guard"] is True


def test_link_states_come_by_long_names() -> None:
    """Names are cut and may hold words like the states; the column decides."""
    found = read_interface_status(texts.INTERFACE_STATUS.replace("a host             ", "disabled connected "))
    assert found["Ethernet1/1"] == "connected"
    assert (found["Ethernet1/4"], found["port-channel10"], found["Vlan300"]) == ("disabled", "connected", "connected")
    assert read_interface_status("nothing\n") == {}


def test_a_port_whose_state_was_not_read_is_a_gap() -> None:
    """Without `show interface status` nobody knows which ports are in use, or are shut by default."""
    found = switch("interface Ethernet1/1\n  switchport access vlan 5\n")
    assert "show interface status" in found.gaps["interfaces[Ethernet1/1].connected"]
    assert "interfaces[Ethernet1/1].shutdown" in found.gaps
    assert found.facts["interfaces"]["Ethernet1/1"]["host_facing"] is True


def test_a_subinterface_is_routed_and_has_no_link_of_its_own() -> None:
    """Nothing is missing when `show interface status` lists only its port."""
    config = "interface Ethernet1/2\n  no switchport\ninterface Ethernet1/2.100\n  encapsulation dot1q 100\n"
    found = switch(config, interface_status=texts.INTERFACE_STATUS)
    assert found.facts["interfaces"]["Ethernet1/2.100"]["routed"] is True
    assert not [path for path in found.gaps if path.startswith("interfaces")]


@pytest.mark.parametrize(
    ("entries", "filtered"),
    [
        ("", False),
        ("  10 permit ip any any\n", False),
        ("  10 permit ip any any log\n", False),
        ("  10 deny ip 192.0.2.0/24 any log\n  20 permit tcp any any eq 443\n", True),
    ],
)
def test_an_inbound_filter_must_filter(entries: str, filtered: bool) -> None:
    """A list that is empty, or lets everything through, filters nothing."""
    config = f"ip access-list in\n{entries}interface Ethernet1/1\n  no switchport\n  ip access-group in in\n"
    assert facts(config)["interfaces"]["Ethernet1/1"]["filtered_in"] is filtered


# ------------------------------------------------------------------ control plane, shells, jobs
def test_control_plane_policy_by_command_or_line() -> None:
    """`show copp status` decides; else the service policy, else the profile; "None" is none."""
    assert read_copp(texts.COPP) == "copp-system-p-policy-strict"
    assert read_copp("Policy-map attached to the control-plane: \n") == "none"
    assert read_copp("?\n") is None
    assert facts("copp profile dense\n")["copp"]["profile"] == "dense"
    assert facts("control-plane\n  service-policy input own\n")["copp"] == {"policy": "own"}
    assert facts("copp profile dense\n", copp_status="Policy-map attached to the control-plane: None\n")["copp"] == {}
    assert "copp" not in facts("hostname a\n")["copp"]


def test_guest_shell_states() -> None:
    """The state is a word of the answer; without one nobody knows."""
    assert read_guestshell(texts.GUESTSHELL) == "destroyed"
    assert read_guestshell("Virtual service\n State : Activated\n") == "activated"
    assert read_guestshell("Virtual service guestshell+ not found\n") is None


def test_debugs_and_headings() -> None:
    """Headings are no debugs; lines that say that something is on are."""
    assert read_debugs(texts.DEBUG) == ([], "")
    assert read_debugs("debug ip ospf adjacency\n") == (["debug ip ospf adjacency"], "")
    assert read_debugs("AAA request debugging is on\n")[0] == ["AAA request debugging is on"]
    assert read_debugs("something\n") == ([], "something")


def test_differences_that_are_none_of_the_known_form() -> None:
    """An answer that is no listing of differences says nothing about them."""
    assert is_saved("") is True
    assert is_saved("Building configuration...\n") is None


def test_jobs_that_copy() -> None:
    """An applet that copies by scp is a backup; one by ftp, and an alias by tftp, are named; a banner is neither."""
    config = (
        "event manager applet good\n  event syslog pattern x\n  action 1 cli copy running-config scp://u@h/f\n"
        "event manager applet bad\n  action 1 cli command copy startup-config ftp://u@h/f\n"
        "cli alias name save copy running-config tftp://h/f\n"
        "banner motd #\nscheduler job name x\n  copy running-config tftp://h/f\n#\n"
    )
    found = facts(config)["jobs"]
    assert found["backup_applets"] == ["good"]
    assert len(found["plain_copies"]) == 2


def test_vtp_of_a_server_is_half_known() -> None:
    """The mode is read, the password is not asked; with the feature off neither matters."""
    found = switch("feature vtp\nvtp mode server\n")
    assert (found.facts["vtp"]["mode"], "vtp.password" in found.gaps) == ("server", True)
    assert "vtp.mode" in switch("feature vtp\n").gaps
    assert switch("hostname a\n").facts["vtp"] == {"enabled": False}
