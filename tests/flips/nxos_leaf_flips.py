"""What is changed on the simulated physical switch, one line at a time, and what must flip with it."""

from tests.flips.nxos_switch import Change, added, both, line, shown, words

FEATURE, STATUS, SNOOPED = "show feature", "show interface status", "show ip dhcp snooping"
HOST = "  switchport access vlan 300"  # of Ethernet1/1
WORLD = "  ip verify unicast source reachable-via rx"  # of Ethernet1/2


def feature(name: str, shown_as: str = "") -> Change:
    """A feature is switched on, and `show feature` says so where it lists it."""
    row = f"{shown_as or name:<22}1         "
    return both(added(f"feature {name}"), shown(FEATURE, row + "disabled", row + "enabled"))


# rule: (change, other rules whose findings change with it)
LEAF: dict[str, tuple[Change, set[str]]] = {
    "nxos-nxapi-off": (added("feature nxapi"), set()),
    "nxos-ssh-macs": (line("ssh macs hmac-sha2-256 hmac-sha2-512", "ssh macs hmac-sha2-256 hmac-sha1"), set()),
    "nxos-ssh-ciphers": (words("aes256-gcm@openssh.com", "aes256-cbc"), set()),
    "nxos-ssh-key-exchange": (words("ecdh-sha2-nistp384", "diffie-hellman-group14-sha1"), set()),
    "nxos-ssh-login-attempts": (added("ssh login-attempts 5"), set()),
    "nxos-source-routing-off": (line("no ip source-route", ""), set()),
    "nxos-ntp-authenticated": (line("ntp authenticate", ""), set()),
    "nxos-ntp-servers-keyed": (
        line("ntp server 192.0.2.42 use-vrf management key 7", "ntp server 192.0.2.42 use-vrf management"),
        set(),
    ),
    "nxos-ntp-restricted": (line("ntp access-group peer ntp-peers", ""), {"nexus1000v-acls-used"}),
    "nxos-local-fallback-kept": (added("no aaa authentication login default fallback error local"), set()),
    "nxos-commands-authorised": (line("aaa authorization commands default group TAC local", ""), set()),
    "nxos-management-port-filtered": (
        line("  ip access-group mgmt-out out", ""),
        {"nexus1000v-acls-used"},
    ),
    "nxos-login-block": (words("login block-for 900 attempts 3", "login block-for 900 attempts 30"), set()),
    "nxos-redirecting-features-off": (feature("wccp"), set()),
    "nxos-server-features-off": (feature("bash-shell"), set()),
    "nxos-guestshell-off": (shown("show guestshell detail", "Destroyed", "Activated"), set()),
    "nxos-poap-off": (added("boot poap enable"), set()),
    "nxos-fips-as-declared": (added("fips mode enable"), set()),
    "nxos-password-length": (words("min-length 15", "min-length 8"), set()),
    "nxos-password-lifetime": (words("passphrase  lifetime 90", "passphrase  lifetime 99999"), set()),
    "nxos-configuration-backed-up": (words("copy running-config scp://", "show running-config //"), set()),
    "nxos-control-plane-policed": (shown("show copp status", "copp-system-p-policy-strict", "None"), set()),
    "nxos-dot1x-on-host-ports": (line("  dot1x port-control auto", "  dot1x port-control force-authorized"), set()),
    "nxos-vtp-harmless": (both(feature("vtp"), line("vtp mode transparent", "vtp mode server")), set()),
    "nxos-root-guard": (words("  spanning-tree guard root\n  channel-group", "  channel-group"), set()),
    "nxos-bpdu-guard": (line("  spanning-tree port type edge", ""), set()),
    "nxos-loop-guard": (line("spanning-tree loopguard default", ""), set()),
    "nxos-unknown-unicast-blocked": (line("  switchport block unicast", ""), set()),
    "nxos-source-guard": (line("  ip verify source dhcp-snooping-vlan", ""), set()),
    "nxos-dhcp-trust-limited": (line(HOST, HOST + "\n  ip dhcp snooping trust"), set()),
    "nxos-arp-trust-limited": (line(HOST, HOST + "\n  ip arp inspection trust"), set()),
    "nxos-storm-control": (words("broadcast level 40.00", "broadcast level 100.00"), set()),
    "nxos-udld-on-fibre": (line(WORLD, WORLD + "\n  udld disable"), set()),
    "nxos-unused-ports-shut": (
        shown(STATUS, "to the access lay  connected trunk", "to the access lay  notconnec trunk"),
        set(),
    ),
    "nxos-unused-ports-parked": (line("  switchport access vlan 990", "  switchport access vlan 310"), set()),
    "nxos-no-address-in-vlan-1": (line("interface Vlan1", "interface Vlan1\n  ip address 192.0.2.129/28"), set()),
    "nxos-hosts-off-vlan-1": (
        line(HOST, ""),
        {"nxos-source-guard", "nexus1000v-dhcp-snooping-vlans", "nexus1000v-arp-inspection-vlans"},
    ),
    "nxos-vlan-1-pruned": (
        words(
            "allowed vlan 300,310\n  spanning-tree guard root\n  channel",
            "allowed vlan 1-310\n  spanning-tree guard root\n  channel",
        ),
        set(),
    ),
    "nxos-user-ports-access": (
        line(HOST, "  switchport mode trunk\n  switchport trunk native vlan 999\n  switchport trunk allowed vlan 300"),
        set(),
    ),
    "nxos-native-vlan": (words("native vlan 999", "native vlan 1"), set()),
    "nxos-native-vlan-empty": (words("native vlan 999", "native vlan 300"), set()),
    "nxos-port-security-on": (line("  switchport port-security", ""), {"nxos-port-security-limits"}),
    "nxos-port-security-limits": (words("port-security maximum 1", "port-security maximum 100"), set()),
    "nxos-cdp-off-outside": (line("no cdp enable", ""), set()),
    "nxos-lldp-off-outside": (feature("lldp"), set()),
    "nxos-icmp-redirects-off": (line(WORLD + "\n  no ip redirects", WORLD), set()),
    "nxos-icmp-unreachables-off": (line(WORLD, WORLD + "\n  ip unreachables"), set()),
    "nxos-proxy-arp-off": (line(WORLD, WORLD + "\n  ip proxy-arp"), set()),
    "nxos-gratuitous-arp-off": (line("  no ip arp gratuitous request", ""), set()),
    "nxos-inbound-filtered": (line("  10 permit tcp any 198.51.100.0/28 eq 443", "  10 permit ip any any"), set()),
    "nxos-reverse-path-checked": (line(WORLD, ""), set()),
    "nxos-router-advertisements-off": (line("  ipv6 nd suppress-ra", ""), set()),
    "nxos-directed-broadcast-off": (line(WORLD, WORLD + "\n  ip directed-broadcast"), set()),
    "nxos-unused-routed-ports-shut": (
        both(
            words("interface Ethernet1/5\n  no switchport\n  shutdown", "interface Ethernet1/5\n  no switchport"),
            shown(STATUS, "disabled  routed", "notconnec routed"),
        ),
        set(),
    ),
    "nxos-no-site-local-addresses": (words("ipv6 address 2001:db8::2/64", "ipv6 address fec0::2/64"), set()),
    "nxos-ipv6-hop-limit": (words("hop-limit 64", "hop-limit 16"), set()),
    "nxos-pim-neighbors-filtered": (line("  ip pim neighbor-policy prefix-list pim-peers", ""), set()),
    "nxos-routing-authenticated": (words("    password 3 070c285f4d06\n", ""), set()),
    "nxos-routing-keys-sha": (line("    cryptographic-algorithm HMAC-SHA-256", ""), set()),
    "nxos-routing-keys-end": (
        words("00:00:00 Jan 01 2026 23:59:59 Jun 29 2026", "00:00:00 Jan 01 2026 infinite"),
        set(),
    ),
    "nxos-bgp-prefix-limit": (line("      maximum-prefix 1000", ""), set()),
    "nxos-bgp-connected-check": (
        line("    remote-as 65002", "    remote-as 65002\n    disable-connected-check"),
        set(),
    ),
    "nxos-bgp-first-as": (line("router bgp 65001", "router bgp 65001\n  no enforce-first-as"), set()),
    "nxos-dhcp-feature-used": (
        line("ip dhcp snooping", ""),
        {
            "nexus1000v-dhcp-snooping-on",
            "nexus1000v-dhcp-snooping-vlans",
            "nexus1000v-arp-inspection-bound",
            "nxos-source-guard",
        },
    ),
    "nexus1000v-telnet-off": (feature("telnet", "telnetServer"), set()),
    "nexus1000v-dhcp-snooping-vlans": (
        both(line("ip dhcp snooping vlan 300,310", "ip dhcp snooping vlan 310"), shown(SNOOPED, "300,310", "310")),
        {"nexus1000v-arp-inspection-bound", "nxos-source-guard"},
    ),
    "nexus1000v-log-logins": (both(line("login on-success log", ""), line("logging level authpri 6", "")), set()),
    "nexus1000v-password-hashes-strong": (
        words("username robot password 5 !", "username robot password 5 $1$SYNTHETC$NoPasswordAtAllHasThis"),
        {"nexus1000v-local-accounts-declared"},
    ),
    "nexus1000v-igmp-snooping": (added("vlan configuration 300\n  no ip igmp snooping"), set()),
    "nxos-release-supported": (shown("show version", "version 9.3(8)", "version 9.3(7)"), set()),
}
