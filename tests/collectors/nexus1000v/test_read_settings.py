"""What a configuration means: hidden defaults, `no` forms, lines that lean on each other."""

from typing import Any

import pytest

from tests.collectors.nexus1000v.configs import facts_of

PROFILE = "port-profile type vethernet web\n  no shutdown\n  state enabled\n"


def profile(lines: str, before: str = "", **more: Any) -> dict[str, Any]:
    config = before + PROFILE + "".join(f"  {line}\n" for line in lines.split("; ") if line)
    found: dict[str, Any] = facts_of(config, **more).facts["port_profiles"]["web"]
    return found


def test_telnet_default_depends_on_the_family() -> None:
    """With no line, a Nexus 1000V serves telnet and another switch does not; of an unknown box nobody knows."""
    assert facts_of("hostname a\n").facts["telnet"]["enabled"] is True
    assert facts_of("no feature telnet\n").facts["telnet"]["enabled"] is False
    unknown = facts_of("hostname a\n", platform="nxos")
    assert "telnet" in unknown.gaps
    assert facts_of("feature telnet\n", platform="nxos").facts["telnet"]["enabled"] is True


def test_show_feature_beats_the_configuration() -> None:
    """The row of `show feature` is authoritative, whatever a line says."""
    shown = "telnetServer          1         enabled\n"
    found = facts_of("no feature telnet\n", feature=shown)
    assert found.facts["telnet"]["enabled"] is True
    assert found.sources["telnet"] == "show feature"


def test_a_line_is_named_as_evidence() -> None:
    """A fact from the configuration names its line."""
    found = facts_of("hostname a\n!\nntp authenticate\n")
    assert found.sources["hostname"] == "show running-config:2"
    assert found.sources["ntp.authenticate"] == "show running-config:4"
    assert found.sources["snmp.global_enforce_priv"].startswith("hidden default of nexus1000v")


def test_negated_line_is_not_a_substring_hit() -> None:
    """`no password strength-check` switches it off; a search for the words alone would call it on."""
    assert facts_of("no password strength-check\n").facts["password_policy"]["strength_check"] is False
    assert facts_of("hostname a\n").facts["password_policy"]["strength_check"] is True
    querier = facts_of("no ip igmp snooping querier\n").facts
    assert querier["igmp_snooping"] is True


def test_factory_banner_is_known() -> None:
    """The banner that every untouched switch shows is no banner."""
    for text in ("Nexus 1000v Switch", "User Access Verification", "Cisco Nexus 5000 Switch"):
        assert facts_of(f"banner motd #{text}#\n").facts["banners"]["motd"]["is_factory_default"] is True
    own = facts_of("banner motd #\nOnly  for\nus #\n").facts["banners"]["motd"]
    assert own == {"text": "Only for us", "is_factory_default": False}


def test_port_security_default_is_unknown_until_all_is_shown() -> None:
    """A profile that does not say its maximum is a gap on a Nexus 1000V; `running-config all` settles it."""
    lines = "switchport port-security"
    config = PROFILE + f"  {lines}\n"
    silent = facts_of(config)
    assert "not verified" in silent.gaps["port_profiles[web].port_security.maximum"]
    shown = facts_of(config, everything=config + "  switchport port-security maximum 1\n")
    assert shown.facts["port_profiles"]["web"]["port_security"]["maximum"] == 1


def test_inherited_lines_count_and_own_lines_win() -> None:
    """A profile takes over what it inherits; its own line, or a `no`, replaces that."""
    base = (
        "port-profile type vethernet base\n  switchport port-security\n"
        "  mac port access-group m in\n  ip port access-group a in\n"
    )
    found = profile("inherit port-profile base; no mac port access-group m in; ip port access-group b in", base)
    assert found["port_security"]["enabled"] is True
    assert "mac_acl_in" not in found
    assert found["ip_acl_in"] == "b"


def test_inheritance_loop_ends() -> None:
    """Profiles that inherit from each other are read all the same."""
    config = (
        "port-profile type vethernet a\n  inherit port-profile b\n"
        "port-profile type vethernet b\n  inherit port-profile a\n"
    )
    assert set(facts_of(config).facts["port_profiles"]) == {"a", "b"}


def test_source_guard_needs_snooping() -> None:
    """Source guard without DHCP snooping in the VLAN is configured and idle."""
    lines = "switchport access vlan 120; ip verify source dhcp-snooping-vlan"
    alone = profile(lines)
    other_vlan = profile(lines, "feature dhcp\nip dhcp snooping\nip dhcp snooping vlan 121\n")
    no_switch = profile(lines, "feature dhcp\nip dhcp snooping vlan 120\n")
    no_feature = profile(lines, "ip dhcp snooping\nip dhcp snooping vlan 120\n")
    whole = profile(lines, "feature dhcp\nip dhcp snooping\nip dhcp snooping vlan 100-119,120\n")
    found = (alone, other_vlan, no_switch, no_feature, whole)
    assert [p["source_guard"] for p in found] == [True] * 5
    assert [p["source_guard_effective"] for p in found] == [False] * 4 + [True]


def test_what_the_switch_runs_beats_what_it_was_told() -> None:
    """A VLAN on which snooping is configured and not operational is not protected."""
    config = "feature dhcp\nip dhcp snooping\nip dhcp snooping vlan 120-121\n"
    shown = "Switch DHCP snooping is enabled\nDHCP snooping is operational on the following VLANs:\n120\n"
    found = facts_of(config, ip_dhcp_snooping=shown).facts["dhcp_snooping"]
    assert (found["vlans"], found["protected_vlans"]) == ([120, 121], [120])


def test_machines_vlans_are_found() -> None:
    """A VLAN that only a profile mentions is listed too, with what does not protect it."""
    config = "ip arp inspection vlan 130\n" + PROFILE + "  switchport access vlan 120\n"
    found = facts_of(config).facts
    assert found["vlans"]["120"]["used_by_hosts"] is True
    assert found["vlans"]["120"]["dhcp_snooping"] is False
    assert found["dhcp_snooping"]["unprotected_vlans"] == [120]
    assert found["arp_inspection"]["unprotected_vlans"] == [120]
    assert found["arp_inspection"]["vlans_without_snooping"] == [130]


def test_private_vlan_ports_have_their_primary() -> None:
    """A private VLAN port is protected by what protects its primary VLAN."""
    lines = "switchport mode private-vlan host; switchport private-vlan host-association 200 201"
    lines += "; ip verify source dhcp-snooping-vlan"
    found = profile(lines, "feature dhcp\nip dhcp snooping\nip dhcp snooping vlan 200\n")
    assert found["source_guard_effective"] is True
    assert found["mode"] == "private-vlan host"


def test_trunk_without_list_carries_everything() -> None:
    """A trunk with no list carries all VLANs, 1 included; a list is expanded before it is judged."""
    assert profile("switchport mode trunk")["trunk_vlans"] == "1-4094"
    assert profile("switchport mode trunk")["carries_vlan_1"] is True
    assert profile("switchport mode trunk; switchport trunk allowed vlan 10,21")["carries_vlan_1"] is False
    added = profile("switchport mode trunk; switchport trunk allowed vlan 10; switchport trunk allowed vlan add 1-3")
    assert added["trunk_vlans"] == "1-3,10"


def test_a_port_that_cannot_be_read_is_a_gap_of_its_own() -> None:
    """One profile with nonsense in it is a gap; it stays in the list, and the others are read."""
    config = PROFILE + "  switchport access vlan many\nport-profile type vethernet ok\n  switchport access vlan 5\n"
    found = facts_of(config)
    assert "could not be understood" in found.gaps["port_profiles[web]"]
    assert found.facts["port_profiles"]["ok"]["access_vlan"] == 5
    assert "web" in found.facts["port_profiles"]


@pytest.mark.parametrize(
    ("lines", "filtered"),
    [
        ("line vty\n  access-class m in\n", False),
        ("ip access-list m\nline vty\n  access-class m in\n", False),
        ("ip access-list m\n  10 permit tcp any any eq 22\nline vty\n  access-class m in\n", False),
        ("ip access-list m\n  10 permit tcp 0.0.0.0/0 any eq 22\nline vty\n  access-class m in\n", False),
        (
            "ip access-list m\n  permit tcp 192.0.2.0/24 any\n  permit icmp any any\nline vty\n  access-class m in\n",
            True,
        ),
        ("ip access-list m\n  permit tcp 192.0.2.0/24 any\ninterface mgmt0\n  ip access-group m in\n", True),
        ("ip access-list m\n  permit tcp 192.0.2.0/24 any\ninterface mgmt0\n  ip access-group m out\n", False),
        ("hostname a\n", False),
    ],
)
def test_management_filter_must_exist_and_filter(lines: str, filtered: bool) -> None:
    """A list that is not there, is empty, lets everybody in or looks outward filters nothing."""
    assert facts_of(lines).facts["management_access"]["filtered"] is filtered


def test_dangling_names_are_found_wherever_they_stand() -> None:
    """Lists, groups and profiles that nothing defines are listed, with who names them."""
    config = (
        "aaa authentication login default group NOWHERE local\nsnmp-server community x use-acl readers\n"
        "ntp access-group peer peers\ninterface Vethernet1\n  inherit port-profile gone\n"
        "line vty\n  access-class vty in\n"
    )
    found = facts_of(config).facts["dangling"]
    assert set(found) == {"aaa group NOWHERE", "acl readers", "acl peers", "acl vty", "port-profile gone"}
    assert found["acl vty"]["referenced_by"] == ["line vty"]


def test_aaa_counts_servers_behind_groups() -> None:
    """An empty group is no server; a group may be called `local`; the console inherits the default list."""
    config = "aaa group server tacacs+ T\n    server 192.0.2.1\naaa group server tacacs+ local\n    server 192.0.2.2\n"
    found = facts_of(config + "aaa authentication login default group T local\n").facts["aaa"]
    assert found["login_default"]["methods"] == ["group T", "local"]
    assert found["login_console"]["server_count"] == 1
    named = facts_of(config + "aaa authentication login default group local\n").facts["aaa"]["login_default"]
    assert (named["groups"], named["server_count"]) == (["local"], 1)
    empty = facts_of("aaa group server tacacs+ T\naaa accounting default group T\n").facts["aaa"]
    assert empty["accounting_default"]["server_count"] == 0
    built_in = facts_of("tacacs-server host 192.0.2.1\naaa accounting default group tacacs+\n").facts["aaa"]
    assert built_in["accounting_default"]["server_count"] == 1


def test_aaa_key_of_a_server_beats_the_common_one() -> None:
    """A server's own key counts, then the common one of its protocol; one without any has none."""
    config = 'tacacs-server key 7 "aaaaaaaa"\ntacacs-server host 192.0.2.1\n'
    config += 'tacacs-server host 192.0.2.2 key 6 "b"\nradius-server host 192.0.2.3\n'
    servers = facts_of(config).facts["aaa"]["servers"]
    assert servers["192.0.2.1"]["key_type"] == 7
    assert servers["192.0.2.2"]["key_type"] == 6
    assert "key_type" not in servers["192.0.2.3"]


def test_snmp_mirror_users_are_read_one_by_one() -> None:
    """MD5 with the priv word alone is DES; SHA-256 with AES-128 is what it says."""
    config = (
        "snmp-server user a network-admin auth md5 0x12 priv 0x34 localizedkey\n"
        "snmp-server user b network-operator auth sha-256 0x12 priv aes-128 0x34 localizedkey\n"
        "snmp-server user c network-operator\nsnmp-server user b enforcePriv\n"
    )
    users = facts_of(config).facts["snmp"]["users"]
    assert (users["a"]["auth"], users["a"]["priv"]) == ("md5", "des")
    assert (users["b"]["auth"], users["b"]["priv"], users["b"]["enforce_priv"]) == ("sha-256", "aes-128", True)
    assert "auth" not in users["c"]


def test_masked_community_is_unknown() -> None:
    """A community that the device prints as stars may be a well-known one: that is a gap."""
    found = facts_of("snmp-server community ********** group network-operator\n")
    (gap,) = [path for path in found.gaps if path.startswith("snmp.communities[")]
    assert gap.endswith(".known_default")


def test_ntp_key_must_be_defined_and_trusted() -> None:
    """A key on a server line counts only when both other lines name it."""
    config = (
        "ntp server 192.0.2.1 use-vrf management key 1\nntp server 192.0.2.2 prefer key 2\nntp server 192.0.2.3\n"
        "ntp peer 192.0.2.4 key 1\nntp authentication-key 1 md5 x 7\nntp authentication-key 2 md5 y 7\n"
        "ntp trusted-key 1\n"
    )
    servers = facts_of(config).facts["ntp"]["servers"]
    assert {host: server["key_trusted"] for host, server in servers.items()} == {
        "192.0.2.1": True,
        "192.0.2.2": False,
        "192.0.2.3": False,
    }


def test_connection_without_port_is_a_gap() -> None:
    """Which port is used when none is named depends on the release."""
    connection = "svs connection vc\n  protocol vmware-vim\n  remote ip address 192.0.2.51\n  connect\n"
    found = facts_of(connection + "svs-domain\n  domain id 1\n")
    assert "svs.connections[vc].port" in found.gaps
    assert "svs.connected" in found.gaps


def test_start_up_differences() -> None:
    """Time stamps are no difference; a changed line is."""
    head = "*** Startup-config\n--- Running-config\n"
    same = facts_of("", **{"running-config_diff": head + "! !Time: a\n! !Time: b\n"})
    changed = facts_of("", **{"running-config_diff": head + "- hostname a\n+ hostname b\n"})
    assert same.facts["config"]["unsaved"] is False
    assert changed.facts["config"]["unsaved"] is True
