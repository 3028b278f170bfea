"""What is changed on the simulated Nexus 1000V, one line at a time, and what must flip with it."""

from tests.flips.nxos_switch import Change, added, both, line, shown, words
from tests.simulators.nxos import texts

SVS, MODULES, REDUNDANT = "show svs connections", "show module", "show system redundancy status"
FACTORY = "banner motd #Nexus 1000v Switch#"
OFFLINE = "4    1022   Virtual Ethernet Module           NA                  powered-up"
FEATURE, SNOOPED = "show feature", "show ip dhcp snooping"
# rule without its platform: (change, other rules whose findings change with it)
VSM: dict[str, tuple[Change, set[str]]] = {
    "telnet-off": (
        both(
            line("no feature telnet", ""),
            shown(FEATURE, "telnetServer          1         disabled", "telnetServer          1         enabled"),
        ),
        set(),
    ),
    "ssh-on": (
        shown(FEATURE, "sshServer             1         enabled", "sshServer             1         disabled"),
        set(),
    ),
    "ssh-key-length": (shown("show ssh key", "bitcount:2048", "bitcount:1024"), set()),
    "http-off": (shown("show http-server", "disabled", "enabled"), set()),
    "call-home-off": (added("callhome\n  enable"), set()),
    "idle-sessions-end": (line("line console\n  exec-timeout 5", "line console\n  exec-timeout 0"), set()),
    "session-limit": (line("  session-limit 2", "  session-limit 32"), set()),
    "management-filtered": (
        line("  10 permit tcp 192.0.2.0/28 192.0.2.101/32 eq 22", "  10 permit tcp any any eq 22"),
        set(),
    ),
    "management-denials-logged": (
        words("  30 permit icmp any any\n  99 deny ip any any log\n", "  30 permit icmp any any\n"),
        set(),
    ),
    "banner-text": (words("This system belongs to its owner.", "Welcome."), set()),
    "login-never-free": (
        line("aaa authentication login default group TAC local", "aaa authentication login default group TAC none"),
        set(),
    ),
    "login-central": (
        line("aaa authentication login default group TAC local", "aaa authentication login default local"),
        set(),
    ),
    "console-login-central": (
        line("aaa authentication login console group TAC local", "aaa authentication login console local"),
        set(),
    ),
    "aaa-groups-redundant": (line("    server 192.0.2.22", ""), set()),
    "accounting-central": (line("aaa accounting default group TAC", ""), set()),
    "aaa-keys-encrypted": (line('tacacs-server key 6 "JDYkSYNTHETIC=="', 'tacacs-server key 7 "synthetic07"'), set()),
    "aaa-errors-shown": (line("aaa authentication login error-enable", ""), set()),
    "one-local-admin": (
        added("username second password 5 $5$SYNTHETIC$OneMoreSyntheticHash0123456789  role network-admin"),
        {"local-accounts-declared"},
    ),
    "local-roles-least": (words("012345678  role network-operator", "012345678  role port-admin"), set()),
    "password-hashes-strong": (
        words("$5$SYNTHETIC$AnotherSyntheticHashOfNoPassword012345678", "$1$SYNTHETC$NoPasswordAtAllHasThis"),
        set(),
    ),
    "password-strength-check": (added("no password strength-check"), set()),
    "snmp-no-known-community": (
        added(
            "snmp-server community private group network-operator\n"
            "snmp-server community private use-ipv4acl snmp-readers"
        ),
        {"snmp-no-communities", "snmp-communities-bound"},
    ),
    "snmp-users-sha-aes": (words("auth sha 0x00112233", "auth md5 0x00112233"), set()),
    "snmp-privacy-enforced": (line("snmp-server globalEnforcePriv", ""), set()),
    "snmp-traps-private": (
        line(
            "snmp-server host 192.0.2.31 traps version 3 priv audit",
            "snmp-server host 192.0.2.31 traps version 2c synthetic",
        ),
        set(),
    ),
    "snmp-traps-approved": (added("snmp-server host 192.0.2.99 traps version 3 priv audit"), set()),
    "local-accounts-declared": (
        added("username second password 5 $5$SYNTHETIC$OneMoreSyntheticHash0123456789  role network-operator"),
        set(),
    ),
    "ntp-servers-approved": (added("ntp server 198.51.100.9 use-vrf management key 7"), set()),
    "ntp-two-servers": (line("ntp server 192.0.2.42 use-vrf management key 7", ""), set()),
    "log-two-servers": (line("logging server 192.0.2.62 6 use-vrf management", ""), set()),
    "log-servers-approved": (added("logging server 198.51.100.9 6 use-vrf management"), set()),
    "log-servers-in-vrf": (
        line("logging server 192.0.2.62 6 use-vrf management", "logging server 192.0.2.62 6"),
        set(),
    ),
    "log-servers-severity": (
        line("logging server 192.0.2.62 6 use-vrf management", "logging server 192.0.2.62 2 use-vrf management"),
        set(),
    ),
    "log-file": (line("logging logfile messages 6 size 4194304", "logging logfile messages 6 size 4096"), set()),
    "log-logins": (line("logging level authpri 6", ""), set()),
    "log-milliseconds": (line("logging timestamp milliseconds", ""), set()),
    "log-console-quiet": (line("logging console 2", "logging console 7"), set()),
    "configuration-saved": (
        shown(
            "show running-config diff",
            "*** Startup-config\n",
            "*** Startup-config\n- hostname before\n+ hostname after\n",
        ),
        set(),
    ),
    "clock-offset": (added("clock timezone NOWHERE 23 0"), set()),
    "no-debugs": (shown("show debug", "Debug level", "debug svs all\nDebug level"), set()),
    "no-plain-copies": (
        added("scheduler job name nightly\n  copy running-config tftp://192.0.2.82/ vrf management"),
        set(),
    ),
    "authorities-approved": (line("crypto ca trustpoint synthetic-ca", "crypto ca trustpoint strange-ca"), set()),
    "acl-denials-logged": (line("  10 deny ip any 192.0.2.0/24 log", "  10 deny ip any 192.0.2.0/24"), set()),
    "port-security-on": (line("  switchport port-security", ""), {"port-security-maximum", "port-security-violation"}),
    "port-security-maximum": (
        line("  switchport port-security maximum 2", "  switchport port-security maximum 200"),
        set(),
    ),
    "port-security-violation": (
        line("  switchport port-security violation restrict", "  switchport port-security violation protect"),
        set(),
    ),
    "dhcp-snooping-vlans": (
        both(
            line("ip dhcp snooping vlan 110,120-121", "ip dhcp snooping vlan 110,121"),
            shown(SNOOPED, "110,120-121", "110,121"),
        ),
        {"arp-inspection-bound", "source-guard"},
    ),
    "arp-inspection-vlans": (line("ip arp inspection vlan 110,120-121", "ip arp inspection vlan 110,120"), set()),
    "arp-validation": (
        line("ip arp inspection validate src-mac dst-mac ip", "ip arp inspection validate src-mac"),
        set(),
    ),
    "dhcp-trust-limited": (
        line("  switchport access vlan 110", "  switchport access vlan 110\n  ip dhcp snooping trust"),
        set(),
    ),
    "arp-trust-limited": (
        line("  switchport access vlan 110", "  switchport access vlan 110\n  ip arp inspection trust"),
        set(),
    ),
    "source-guard": (line("  ip verify source dhcp-snooping-vlan", ""), set()),
    "mac-acl": (line("  mac port access-group no-bridging in", "  mac port access-group no-bridging out"), set()),
    "ip-acl": (line("  ip port access-group vm-in in", "  ip port access-group vm-in out"), set()),
    "profile-lists-exist": (
        line("  ip port access-group vm-in in", "  ip port access-group gone in"),
        {"no-dangling-names", "acls-used"},
    ),
    "acls-used": (added("ip access-list forgotten\n  10 permit ip any any"), set()),
    "unknown-unicast-blocked": (line("uufb enable", ""), set()),
    "igmp-snooping": (added("no ip igmp snooping"), set()),
    "cdp-off-for-machines": (line("  no cdp enable", ""), set()),
    "vlan-1-unused": (
        line(
            "  switchport trunk allowed vlan 101,110,120-121,130,999",
            "  switchport trunk allowed vlan 1,101,110,120-121,130,999",
        ),
        set(),
    ),
    "native-vlan": (line("  switchport trunk native vlan 999", "  switchport trunk native vlan 110"), set()),
    "machines-on-access-ports": (
        line(
            "  switchport access vlan 110\n  no shutdown",
            "  switchport mode trunk\n  switchport trunk native vlan 999\n"
            "  switchport trunk allowed vlan 110\n  no shutdown",
        ),
        set(),
    ),
    "system-vlan-off-machines": (
        line(
            "  switchport access vlan 110\n  no shutdown",
            "  switchport access vlan 110\n  no shutdown\n  system vlan 110",
        ),
        set(),
    ),
    "system-vlans-carried": (
        line(
            "  system vlan 101\n  description All uplinks of the synthetic hosts",
            "  system vlan 101,102\n  description All uplinks of the synthetic hosts",
        ),
        set(),
    ),
    "control-vlans-empty": (
        line("  switchport access vlan 120", "  switchport access vlan 101"),
        {"source-guard", "arp-inspection-vlans", "dhcp-snooping-vlans"},
    ),
    "svs-mode-l3": (line("  svs mode L3 interface control0", "  svs mode L2"), set()),
    "control-vlans-own": (
        both(line("  svs mode L3 interface control0", "  svs mode L2"), line("  control vlan 101", "  control vlan 1")),
        {"svs-mode-l3"},
    ),
    "domain-id": (line("  domain id 100", ""), set()),
    "vcenter-connected": (shown(SVS, "operational status: Connected", "operational status: Disconnected"), set()),
    "vcenter-port-443": (
        both(
            line("  remote ip address 192.0.2.51 port 443", "  remote ip address 192.0.2.51 port 80"),
            shown(SVS, "remote port: 443", "remote port: 80"),
        ),
        set(),
    ),
    "supervisors-paired": (
        shown(REDUNDANT, "Supervisor state:   HA standby", "Supervisor state:   Not present"),
        set(),
    ),
    "one-active-supervisor": (
        shown(
            REDUNDANT,
            "Redundancy state:   Standby\n    Supervisor state:   HA standby",
            "Redundancy state:   Active\n    Supervisor state:   Active",
        ),
        {"supervisors-paired"},
    ),
    "modules-same-release": (shown(MODULES, "4    5.2(1)SV3(4.1)", "4    5.2(1)SV3(2.1)"), set()),
    "modules-bound-host": (
        shown(MODULES, "00000000-0000-4000-8000-000000000004", "00000000-0000-4000-8000-0000000000aa"),
        set(),
    ),
    "modules-present": (added("vem 9\n  host id 00000000-0000-4000-8000-000000000009"), {"modules-bound-host"}),
    "nobody-quarantined": (
        line(
            "  inherit port-profile db\n  description synthetic-db-1, Network Adapter 1",
            "  inherit port-profile Unused_Or_Quarantine_Veth\n  description synthetic-db-1, Network Adapter 1",
        ),
        {"profiles-used"},
    ),
    "ports-follow-profile": (
        line(
            "  inherit port-profile db\n  description synthetic-db-1, Network Adapter 1",
            "  inherit port-profile db\n  switchport access vlan 110\n  description synthetic-db-1, Network Adapter 1",
        ),
        set(),
    ),
    "uplinks-bundled": (line("  channel-group auto mode on mac-pinning", ""), set()),
    "span-approved": (added("monitor session 3 type erspan-source\n  no shut"), set()),
    "netflow-approved": (added("flow exporter leak\n  destination 192.0.2.98"), set()),
    "private-vlans-declared": (added("vlan 700\n  private-vlan primary"), set()),
    "vcenter-certificate": (shown(SVS, "certificate: user-installed", "certificate: default"), set()),
    "banner-own": (
        words(texts.RUNNING[texts.RUNNING.index("banner motd") : texts.RUNNING.index("\n\nssh key")], FACTORY),
        {"banner-text"},
    ),
    "modules-ok": (
        shown(MODULES, "4    1022   Virtual Ethernet Module           NA                  ok", OFFLINE),
        set(),
    ),
    "dhcp-snooping-on": (
        line("ip dhcp snooping", ""),
        {"dhcp-snooping-vlans", "arp-inspection-bound", "source-guard"},
    ),
}
