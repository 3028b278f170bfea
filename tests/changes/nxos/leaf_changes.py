"""Changes of the physical switch, as an engineer would write them."""

from tests.simulators.nxos import texts

LEAF: dict[str, str] = {
    "ntp servers swapped": "no ntp server 192.0.2.41\nntp server 192.0.2.43 use-vrf management key 7",
    "last ntp server gone": "no ntp server 192.0.2.41\nno ntp server 192.0.2.42\nno ntp authenticate",
    "ntp server without a vrf": "ntp server 192.0.2.44 prefer",
    "log server and level": "logging server 192.0.2.63 6 use-vrf management\nlogging level local7 6\n"
    "no logging server 192.0.2.61",
    "log settings taken back": "no logging timestamp milliseconds\nno logging level authpri 6\n"
    "logging console 3\nlogging logfile other 5 size 8192",
    "an access port moves": "interface Ethernet1/1\n  switchport access vlan 310\n  description moved",
    "a range is shut": "interface Ethernet1/1-2, Ethernet1/7\n  shutdown",
    "a port is opened": "int e1/4\nno shut\nexit",
    "access vlan to its default": "interface Ethernet1/1\n"
    "  no switchport access vlan\n  no storm-control broadcast level",
    "trunk edits of a channel": "interface port-channel10\n  switchport trunk allowed vlan add 700-701\n"
    "  switchport trunk allowed vlan remove 310\n  switchport trunk native vlan 990",
    "trunk without anything": "interface Ethernet1/7\n"
    "  switchport mode trunk\n  switchport trunk allowed vlan except 1,300",
    "trunk carries nothing": "interface Ethernet1/7\n  switchport mode trunk\n  switchport trunk allowed vlan none",
    "a port to its defaults": "default interface Ethernet1/1",
    "a shut port to its defaults": "default interface Ethernet1/4",
    "a port becomes routed": "interface Ethernet1/7\n  no switchport\n  ip address 198.51.100.33/30\n"
    "  ip access-group external-in in\n  no ip redirects",
    "a routed port becomes switched": "interface Ethernet1/2\n  switchport\n  switchport access vlan 300",
    "vlans made and named": "vlan 10,20-22\nvlan 10\n  name printers",
    "a vlan goes": "no vlan 310",
    "igmp snooping off for a vlan": "vlan configuration 300\n  no ip igmp snooping",
    "entries with and without numbers": "ip access-list mgmt-in\n  permit tcp 192.0.2.16/28 192.0.2.7/32 eq 22\n"
    "  15 deny tcp any any eq 23\n  no 20",
    "entries numbered anew": "ip access-list mgmt-in\n  no 99\nresequence ip access-list mgmt-in 100 5\n"
    "ip access-list mgmt-in\n  permit icmp any any",
    "a new list on the console lines": "ip access-list admin\n"
    "  10 permit tcp 192.0.2.0/28 any eq 22\n  20 deny ip any any log\n"
    "line vty\n  access-class admin in\n  exec-timeout 10",
    "a list in use goes": "no ip access-list mgmt-in",
    "no list on vty": "line vty\n  no access-class mgmt-in in\n  session-limit 5\nline console\n  exec-timeout 15",
    "a user with a hash": "username second password 5 $5$SYNTHETIC$OneMoreSyntheticHash0123456789 role network-admin",
    "a user with a pass phrase": "username audit password Clear4Text%Words",
    "a user goes": "no username audit",
    "an snmp user goes": "no snmp-server user audit",
    "a role more": "username audit role network-admin",
    "a community with its list": "snmp-server community reading ro\n"
    "snmp-server community reading use-ipv4acl ntp-peers",
    "receivers": "no snmp-server host 192.0.2.31 traps version 3 priv audit\n"
    "snmp-server host 192.0.2.32 traps version 2c reading\nno snmp-server globalEnforcePriv",
    "dhcp goes": "no feature dhcp",
    "tacacs goes": "no feature tacacs+",
    "ospf, bgp and eigrp go": "no feature ospf\nno feature bgp\nno feature eigrp",
    "vlan interfaces go": "no feature interface-vlan",
    "lldp and udld": "feature lldp\nno feature udld\nfeature vtp\ninterface Ethernet1/1\n  no lldp transmit",
    "telnet comes, ssh goes": "feature telnet\nno feature ssh\nfeature scp-server",
    "a new ssh key": "no feature ssh\nssh key rsa 4096 force\nfeature ssh\nssh login-attempts 2",
    "snooped vlans": "ip dhcp snooping vlan 700\nno ip dhcp snooping vlan 310\nno ip arp inspection vlan 310",
    "snooped vlans that are not there": "ip dhcp snooping vlan 2000",
    "snooping off": "no ip dhcp snooping",
    "a banner": "banner motd ^C\nAnother text,\nin two lines.\n^C",
    "a banner between other marks": "banner motd #\nAnother text,\nin two lines.\n#",
    "changed and saved": "hostname leaf-renamed\nclock timezone CEST 2 0\ncopy running-config startup-config",
    "saved too early": "copy r s\nno ip source-route\nip source-route\nno clock timezone CET 1 0",
    "servers of a group": "tacacs-server host 192.0.2.23 key 7 \"070c285f4d06\"\naaa group server tacacs+ TAC\n"
    "  server 192.0.2.23\n  no server 192.0.2.21",
    "a key in clear text": "tacacs-server key InTheClear12",
    "login without servers": "aaa authentication login default local\nno aaa accounting default\n"
    "no aaa authentication login error-enable",
    "a group that is not there": "aaa authentication login console group NOBODY local",
    "spanning tree": "no spanning-tree loopguard default\nspanning-tree port type edge default\n"
    "interface Ethernet1/7\n  spanning-tree bpduguard disable\n  no spanning-tree port type edge",
    "port security": "interface Ethernet1/7\n  switchport port-security maximum 5\n"
    "  no switchport port-security violation\ninterface Ethernet1/1\n  no switchport port-security",
    "routing protocols": "interface Vlan300\n  ip ospf passive-interface\nrouter bgp 65001\n  neighbor 203.0.113.5\n"
    "    remote-as 65003\n    password 3 070c285f4d06\nrouter ospf core\n  no area 0 authentication message-digest",
    "keys live longer": "key chain routing\n"
    "  key 1\n    send-lifetime 00:00:00 Jan 01 2026 23:59:59 Dec 31 2027\n  key 2\n"
    "    key-string 7 070c285f4d06\n    cryptographic-algorithm HMAC-SHA-1",
    "a vlan interface": "interface Vlan310\n"
    "  no shutdown\n  ip address 198.51.100.17/28\n  ip access-group external-in in",
    "a vlan interface goes": "no interface Vlan300",
    "policing": "copp profile lenient",
    "a job": "event manager applet nightly\n"
    "  action 1 cli command \"copy running-config tftp://192.0.2.82/ vrf management\"\n"
    "no event manager applet backup",
    "another vrf": "interface Ethernet1/2\n  vrf member blue\n  ip address 203.0.113.2/30",
    "cdp everywhere": "cdp enable\ninterface Ethernet1/1\n  no cdp enable",
    "a mirror": "monitor session 3\n"
    "  source interface Ethernet1/1 both\n  destination interface Ethernet1/7\n  no shut",
    "lines that contradict": "ntp server 192.0.2.50 use-vrf management\nno ntp server 192.0.2.50\n"
    "interface Ethernet1/1\n  switchport access vlan 990\n  switchport access vlan 310",
    "a line nobody knows": "interface Ethernet1/1\n  frobnicate widely\n  switchport access vlan 310",
    "a port that is not there": "interface Ethernet9/9\n  switchport access vlan 310",
    "validation": "ip arp inspection validate src-mac",
    "a whole configuration": texts.LEAF.replace("ntp server 192.0.2.42 use-vrf management key 7\n", "")
    .replace("feature pim\n", "").replace("  ip pim sparse-mode\n", "").replace(
        "  ip pim neighbor-policy prefix-list pim-peers\n", "")
    .replace("  switchport access vlan 310\n", "  switchport access vlan 300\n"),
}  # fmt: skip
