"""What a review of the shipped NX-OS rules found: each test is a false pass or a false fail of once.

The configurations are made up; they go through the collector's `read`, so that text and verdict stand together.
"""

from typing import Any

import pytest

from auditor.collectors.nexus1000v import read
from auditor.collectors.nexus1000v.redact import redact
from auditor.domain import Snapshot
from auditor.rulebook.compile import compile_rule
from tests.collectors.nexus1000v.configs import KEY, answer, capture
from tests.rules.shipped import shipped_rules
from tests.simulators.nxos import texts

RULES = shipped_rules("nexus1000v", "nxos")
VSM_VERSION = texts.VERSION.format(serial="SYNTHETIC01", seconds=5)
SHA = "auth sha 0x1 priv aes-128 0x2 localizedkey"


def device(config: str, platform: str = "nxos", *, everything: str = "", **shown: str) -> Snapshot:
    """A Nexus 9000 or a VSM with this configuration; `show_x_y` is the answer of that command."""
    said = {"show version": VSM_VERSION if platform == "nexus1000v" else texts.SWITCH_VERSION}
    said["show running-config"] = redact("version 9.3(8)\n" + config, KEY)
    if everything:
        said["show running-config all"] = redact("version 9.3(8)\n" + everything, KEY)
    said |= {name.replace("_", " "): text for name, text in shown.items()}
    return read(capture({"commands": {name: answer(text) for name, text in said.items()}}, platform))


def verdicts(snapshot: Snapshot, rule_id: str, **parameters: Any) -> dict[str | None, str]:
    """Status by subject of one shipped rule."""
    rule, values = RULES[rule_id]
    return {one.subject: one.status.value for one in compile_rule(rule, {**values, **parameters}).judge(snapshot)}


def verdict(snapshot: Snapshot, rule_id: str, **parameters: Any) -> str:
    """Status of the one subject of a shipped rule."""
    (status,) = verdicts(snapshot, rule_id, **parameters).values()
    return status


# ------------------------------------------------------------------ false passes
@pytest.mark.parametrize(
    ("difference", "status"),
    [
        ("--- startup\n+++ running\n@@ -1,2 +1,2 @@\n+ntp server 192.0.2.9\n", "unknown"),
        ("--- startup\n+++ running\n-ntp server 192.0.2.9\n", "fail"),
        ("--- startup\n+++ running\n+ntp server 192.0.2.9\n", "fail"),
        ("--- startup\n+++ running\n-!Time: Mon\n+!Time: Tue\n", "pass"),
        (texts.DIFF, "pass"),
    ],
)
def test_an_unified_difference_is_a_difference(difference: str, status: str) -> None:
    """Once only lines with a blank after the sign counted, so a unified listing always looked saved."""
    snapshot = device("", **{"show_running-config_diff": difference})
    assert verdict(snapshot, "nexus1000v-configuration-saved") == status


def test_the_weaker_user_of_a_receiver_counts() -> None:
    """Once the last line for a receiver hid an unencrypted one before it."""
    both = ["snmp-server host 192.0.2.1 traps version 3 noauth A", "snmp-server host 192.0.2.1 traps version 3 priv B"]
    for lines in (both, both[::-1]):
        assert verdict(device("\n".join(lines) + "\n"), "nexus1000v-snmp-traps-private") == "fail"


@pytest.mark.parametrize(
    ("group", "status"), [("network-operator", "pass"), ("dev-ops", "fail"), ("network-admin", "fail")]
)
def test_a_community_of_any_other_group_may_write(group: str, status: str) -> None:
    """Once only the groups of administrators counted as writing, so a made-up group with write rules passed."""
    config = f"ip access-list A\n  10 permit ip 192.0.2.0/24 any\nsnmp-server community c group {group}\n"
    snapshot = device(config + "snmp-server community c use-ipv4acl A\n")
    assert verdict(snapshot, "nexus1000v-snmp-communities-bound") == status


def test_both_lists_of_a_community_must_exist() -> None:
    """Once the list for IPv6 hid that the one for IPv4 is not defined."""
    config = "ipv6 access-list B\n  10 permit ipv6 2001:db8::/64 any\nsnmp-server community c group network-operator\n"
    snapshot = device(config + "snmp-server community c use-ipv4acl GONE use-ipv6acl B\n")
    assert verdict(snapshot, "nexus1000v-snmp-communities-bound") == "fail"


@pytest.mark.parametrize(
    ("last", "status"),
    [("ip any any log", "pass"), ("ip any any fragments log", "fail"), ("ip any any dscp ef log", "fail")],
)
def test_the_last_denial_denies_everything(last: str, status: str) -> None:
    """Once a denial of fragments alone was taken for the denial of everything."""
    acl = f"ip access-list M\n  10 permit ip 192.0.2.0/24 any\n  20 deny {last}\n"
    snapshot = device(acl + "interface mgmt0\n  ip access-group M in\n")
    assert verdict(snapshot, "nexus1000v-management-denials-logged") == status


def test_ipv6_filters_of_ports_are_seen() -> None:
    """Once `ipv6 traffic-filter` was not known: its list looked idle, so its silent denials were not judged."""
    acl = "ipv6 access-list six\n  10 deny ipv6 any any\n"
    port = "interface Ethernet1/1\n  no switchport\n  ipv6 traffic-filter six in\n  ipv6 traffic-filter GONE out\n"
    snapshot = device(acl + port)
    assert verdicts(snapshot, "nexus1000v-acl-denials-logged") == {"six": "fail"}
    assert verdicts(snapshot, "nexus1000v-acls-used") == {"six": "pass"}
    assert list(snapshot.facts["dangling"]) == ["acl GONE"]


def test_the_group_of_all_servers_is_a_group() -> None:
    """Once the built-in group `radius` was judged by nobody, so a single server passed as redundant."""
    one = "radius-server host 192.0.2.1 key 6 x\naaa authentication login default group radius\n"
    two = one + "radius-server host 192.0.2.2 key 6 x\n"
    assert verdicts(device(one), "nexus1000v-aaa-groups-redundant") == {"radius": "fail"}
    assert verdicts(device(two), "nexus1000v-aaa-groups-redundant") == {"radius": "pass"}


def test_the_console_does_as_everybody_only_when_no_line_says_otherwise() -> None:
    """Once a hidden `console local` that `show running-config all` prints was overruled by the default list."""
    config = "tacacs-server host 192.0.2.1 key 6 x\naaa authentication login default group tacacs+ local\nline vty\n"
    said = config + "aaa authentication login console local\n"
    assert verdict(device(config), "nexus1000v-console-login-central") == "pass"
    assert verdict(device(config, everything=said), "nexus1000v-console-login-central") == "fail"


@pytest.mark.parametrize("rule_id", ["nxos-ssh-macs", "nxos-ssh-ciphers"])
def test_algorithms_that_nothing_limits_fail_when_all_was_shown(rule_id: str) -> None:
    """The guide wants the line. Without `show running-config all` a hidden one may limit them: that stays unknown."""
    assert verdict(device("line vty\n"), rule_id) == "unknown"
    assert verdict(device("line vty\n", everything="line vty\n"), rule_id) == "fail"


def test_key_exchange_that_nothing_limits_is_unknown() -> None:
    """Some releases have good sets by default, so here no line proves nothing, whatever was shown."""
    assert verdict(device("line vty\n", everything="line vty\n"), "nxos-ssh-key-exchange") == "unknown"


@pytest.mark.parametrize(
    ("rule_id", "status"), [("nexus1000v-ip-acl", "fail"), ("nexus1000v-port-security-on", "fail")]
)
def test_a_profile_that_inherits_no_shutdown_is_live(rule_id: str, status: str) -> None:
    """Once such a profile counted as shut, and no rule for machines looked at it."""
    config = "port-profile type vethernet base\n  no shutdown\nport-profile type vethernet web\n"
    snapshot = device(
        config + "  inherit port-profile base\n  state enabled\nsvs-domain\n  domain id 1\n", "nexus1000v"
    )
    assert verdicts(snapshot, rule_id) == {"web": status}


def test_a_profile_exempt_from_blocking_floods() -> None:
    """`switchport uufb disable` in a live profile takes the line for the whole switch back."""
    config = "uufb enable\nport-profile type vethernet web\n  switchport uufb disable\n  no shutdown\n"
    shut = device(config + "svs-domain\n  domain id 1\n", "nexus1000v")
    live = device(config + "  state enabled\nsvs-domain\n  domain id 1\n", "nexus1000v")
    assert verdict(shut, "nexus1000v-unknown-unicast-blocked") == "pass"
    assert verdict(live, "nexus1000v-unknown-unicast-blocked") == "fail"


@pytest.mark.parametrize("header", ["vlan 10", "vlan configuration 10"])
def test_igmp_snooping_off_in_either_section(header: str) -> None:
    """Older trains have the line in the section of the VLAN, which was not looked at."""
    assert verdict(device(f"vlan 10\n{header}\n  no ip igmp snooping\n"), "nexus1000v-igmp-snooping") == "fail"
    assert verdict(device(f"vlan 10\n{header}\n  no ip igmp snooping querier\n"), "nexus1000v-igmp-snooping") == "pass"


def test_an_empty_list_restricts_no_clock() -> None:
    """Once an access group named a list without entries, and that was enough."""
    config = "ntp access-group peer P\nip access-list P\n"
    assert verdict(device(config), "nxos-ntp-restricted") == "fail"
    assert verdict(device(config + "  10 permit ip 192.0.2.1/32 any\n"), "nxos-ntp-restricted") == "pass"


# ------------------------------------------------------------------ false fails and lost sections
@pytest.mark.parametrize(
    ("listed", "vlans"),
    [("10,20-21\n", [10, 20, 21]), ("none\n", []), ("\n", []), ("10,20-21,\n30\n", [10, 20, 21, 30]), ("", [])],
)
def test_the_list_of_snooped_vlans(listed: str, vlans: list[int]) -> None:
    """Once no VLAN at all cost every fact about ports, and a list of two lines lost its second one."""
    text = f"DHCP snooping is operational on the following VLANs:\n{listed}Insertion of Option 82 is disabled\n"
    snapshot = device("interface Ethernet1/1\n", show_ip_dhcp_snooping=text)
    assert snapshot.facts["dhcp_snooping"]["operational_vlans"] == vlans
    assert "interfaces" in snapshot.facts


def test_a_log_file_without_a_size_has_the_default_one() -> None:
    """Once `logging logfile messages 6` failed for its size, which is 4 MiB unless it says otherwise."""
    assert verdict(device("logging logfile messages 6\n"), "nexus1000v-log-file") == "pass"
    assert verdict(device("logging logfile messages 6 size 4096\n"), "nexus1000v-log-file") == "fail"
    assert verdict(device("logging logfile messages 5\n"), "nexus1000v-log-file") == "fail"


# ------------------------------------------------------------------ rules that said something else than their row
@pytest.mark.parametrize(
    ("banner", "status"),
    [("#Only for us#", "pass"), ("##", "fail"), ("# #", "fail"), ("#User Access Verification#", "fail")],
)
def test_an_empty_banner_is_none(banner: str, status: str) -> None:
    """Once a banner without a word passed, because it is not the factory's."""
    assert verdict(device(f"banner motd {banner}\n"), "nexus1000v-banner-own") == status


def test_a_fixed_source_of_logs_is_as_good_as_the_vrf() -> None:
    """The row accepts either, and its remedy is the source; the rule knew the VRF only."""
    assert verdict(device("logging server 192.0.2.1 6\n"), "nexus1000v-log-servers-in-vrf") == "fail"
    fixed = device("logging server 192.0.2.1 6\nlogging source-interface mgmt0\n")
    assert verdict(fixed, "nexus1000v-log-servers-in-vrf") == "pass"


@pytest.mark.parametrize(
    "rule_id",
    ["nxos-icmp-redirects-off", "nxos-icmp-unreachables-off", "nxos-proxy-arp-off", "nxos-gratuitous-arp-off"],
)
def test_a_switched_port_sends_no_routed_packets(rule_id: str) -> None:
    """Once an external port of layer 2 failed for lines that it does not take."""
    ports = "interface Ethernet1/1\n  switchport access vlan 9\ninterface Ethernet1/2\n  no switchport\n"
    found = verdicts(device(ports), rule_id, external_interfaces=["Ethernet1/1", "Ethernet1/2"])
    assert list(found) == ["Ethernet1/2"]


@pytest.mark.parametrize(
    ("kind", "bits", "status"),
    [("rsa", 2048, "pass"), ("rsa", 1024, "fail"), ("dsa", 1024, "fail"), ("ecdsa", 256, "pass")],
)
def test_a_key_on_a_curve_is_short_and_strong(kind: str, bits: int, status: str) -> None:
    """The row wants RSA 2048 or stronger, and an elliptic curve of 256 bits is that; once it failed."""
    shown = f"{kind} Keys generated:Mon Jan  5 10:00:00 2026\n\nbitcount:{bits}\n"
    assert verdict(device("", show_ssh_key=shown), "nexus1000v-ssh-key-length") == status


def test_a_second_local_user_without_rights_is_seen() -> None:
    """The guide wants one local account; only administrators were counted. A locked one cannot log in."""
    lines = "username {} password 5 {} role network-operator\n"
    config = "".join(lines.format(*each) for each in (("admin", "$5$a$b"), ("old", "$5$a$b"), ("robot", "!")))
    found = verdicts(device(config), "nexus1000v-local-accounts-declared", local_accounts=["admin"])
    assert found == {"admin": "pass", "old": "fail"}
    assert verdict(device(config), "nexus1000v-local-accounts-declared", local_accounts=None) == "notchecked"


def test_time_servers_are_the_approved_ones() -> None:
    """The row wants two servers of the owner's list; only their number was looked at."""
    snapshot = device("ntp server 192.0.2.1\nntp server 198.51.100.1\n")
    assert verdict(snapshot, "nexus1000v-ntp-servers-approved", ntp_servers=["192.0.2.1", "192.0.2.2"]) == "fail"
    assert verdict(snapshot, "nexus1000v-ntp-servers-approved", ntp_servers=["192.0.2.1", "198.51.100.1"]) == "pass"


# ------------------------------------------------------------------ lines that are right one by one
def test_an_area_of_another_vrf_authenticates_nobody_here() -> None:
    """Once the areas of all VRFs of a process were one, so a port in a bare VRF passed."""
    ports = "interface Ethernet1/1\n  no switchport\n  ip router ospf 1 area 0.0.0.0\n"
    ports += (
        "interface Ethernet1/2\n  no switchport\n  vrf member red\n  ip router ospf 1 area 0.0.0.0 secondaries none\n"
    )
    inside, outside = (
        "  area 0 authentication message-digest\n",
        "  vrf red\n    area 0 authentication message-digest\n",
    )
    rule = "nxos-routing-authenticated"
    found = [verdicts(device(f"{ports}router ospf 1\n{part}"), rule) for part in (inside, outside)]
    assert found == [
        {"ospf Ethernet1/1": "pass", "ospf Ethernet1/2": "fail"},
        {"ospf Ethernet1/1": "fail", "ospf Ethernet1/2": "pass"},
    ]


def test_keys_of_links_are_no_routing_keys() -> None:
    """MACsec chains have algorithms of their own; once they failed as routing keys without one."""
    chain = "key chain links macsec\n  key 1000\n    key-octet-string 7 0 cryptographic-algorithm AES_128_CMAC\n"
    assert verdicts(device(chain), "nxos-routing-keys-sha") == {None: "notapplicable"}
    assert verdicts(device("key chain r\n  key 1\n    key-string 7 0\n"), "nxos-routing-keys-sha") == {
        "r key 1": "fail"
    }


@pytest.mark.parametrize(("more", "status"), [("", "pass"), ("  spanning-tree bpdufilter enable\n", "fail")])
def test_a_filter_makes_the_guard_deaf(more: str, status: str) -> None:
    """BPDU guard waits for frames that a filter on the same port throws away."""
    port = "interface Ethernet1/1\n  switchport access vlan 9\n  spanning-tree bpduguard enable\n"
    assert verdicts(device(port + more), "nxos-bpdu-guard") == {"Ethernet1/1": status}


@pytest.mark.parametrize("everywhere", ["any", "0.0.0.0/0", "0.0.0.0 255.255.255.255"])
def test_everywhere_has_three_names(everywhere: str) -> None:
    """Once only the word `any` was known where a list must not permit everything to everywhere."""
    acl = f"ip access-list E\n  10 permit ip {everywhere} {everywhere}\n"
    snapshot = device(acl + "interface Ethernet1/2\n  no switchport\n  ip access-group E in\n")
    assert verdict(snapshot, "nxos-inbound-filtered", external_interfaces=["Ethernet1/2"]) == "fail"


def test_the_list_that_filters_is_the_one_that_must_log() -> None:
    """Once a list that lets everybody in, with a logged denial behind it, covered for the silent one that filters."""
    good = "ip access-list GOOD\n  10 permit ip 192.0.2.0/24 any\n"
    open_ = "ip access-list OPEN\n  10 permit ip any any\n  20 deny ip any any log\n"
    used = "interface mgmt0\n  ip access-group OPEN in\nline vty\n  access-class GOOD in\n"
    snapshot = device(good + open_ + used)
    assert verdict(snapshot, "nexus1000v-management-filtered") == "pass"
    assert verdict(snapshot, "nexus1000v-management-denials-logged") == "fail"


@pytest.mark.parametrize(("member", "status"), [("0.0.0.0/0", "fail"), ("192.0.2.0/24", "pass")])
def test_a_group_may_hold_everybody(member: str, status: str) -> None:
    """Once a list that permits a group of addresses filtered, whatever stood in the group."""
    acl = f"object-group ip address G\n  10 {member}\nip access-list M\n  10 permit ip addrgroup G any\n"
    snapshot = device(acl + "interface mgmt0\n  ip access-group M in\n")
    assert verdict(snapshot, "nexus1000v-management-filtered") == status


def test_a_masked_password_is_a_password() -> None:
    """Once a user whose hash the device masks was let off as one that no password lets in."""
    snapshot = device("username admin password 5 **********  role network-admin\n")
    assert verdict(snapshot, "nxos-password-lifetime") == "fail"
    assert verdict(snapshot, "nexus1000v-password-hashes-strong") == "unknown"


def test_a_profile_below_one_for_modules_is_for_machines() -> None:
    """Once `capability l3control` of the profile above hid a profile from every rule for machines."""
    above = (
        "port-profile type vethernet base\n  capability l3control\n  system vlan 5\n  no shutdown\n  state enabled\n"
    )
    below = "port-profile type vethernet web\n  inherit port-profile base\n  state enabled\nsvs-domain\n  domain id 1\n"
    snapshot = device(above + below, "nexus1000v")
    assert verdicts(snapshot, "nexus1000v-port-security-on") == {"web": "fail"}
    assert verdicts(snapshot, "nexus1000v-system-vlan-off-machines") == {"web": "fail"}
