"""What our simulated switch knows of its own commands, from manuals of NX-OS: written for the simulator alone.

A slot is the beginning of a line and how many of the next words belong to it: a new line takes the place of the one in
its slot. `None` words: every line is a slot of its own.
"""

Slots = tuple[tuple[str, int | None], ...]

PORT: Slots = (
    ("description", 0), ("switchport mode", 0), ("switchport access vlan", 0), ("switchport trunk native vlan", 0),
    ("switchport trunk allowed vlan", 0), ("switchport block unicast", 0), ("switchport port-security maximum", 0),
    ("switchport port-security violation", 0), ("switchport port-security aging time", 0),
    ("switchport port-security mac-address", None), ("switchport port-security", 0), ("switchport", 0),
    ("ip port access-group", -1), ("mac port access-group", -1), ("ip access-group", -1),
    ("ip verify source dhcp-snooping-vlan", 0), ("ip verify unicast source reachable-via", 0),
    ("ip dhcp snooping trust", 0), ("ip dhcp snooping limit rate", 0), ("ip dhcp relay address", 1),
    ("ip arp inspection trust", 0), ("ip arp gratuitous request", 0), ("ip address", 0), ("ipv6 address", 1),
    ("ip redirects", 0), ("ip proxy-arp", 0), ("ip unreachables", 0), ("ip directed-broadcast", 0),
    ("ipv6 nd suppress-ra", 0), ("ipv6 nd hop-limit", 0), ("ip pim sparse-mode", 0), ("ip pim neighbor-policy", 0),
    ("ip router ospf", 0), ("ip ospf authentication", 0), ("ip ospf passive-interface", 0), ("ip router eigrp", 0),
    ("ip ospf cost", 0), ("ip authentication mode eigrp", 0), ("ip authentication key-chain eigrp", 0),
    ("ip passive-interface eigrp", 0), ("vrf member", 0), ("dot1x port-control", 0), ("dot1x host-mode", 0),
    ("spanning-tree bpduguard", 0), ("spanning-tree bpdufilter", 0), ("spanning-tree port type", 0),
    ("spanning-tree guard", 0), ("storm-control broadcast level", 0), ("udld", 0), ("lldp transmit", 0),
    ("cdp enable", 0), ("mtu", 0), ("channel-group", 0), ("speed", 0), ("shutdown", 0), ("inherit port-profile", 0),
    ("vmware dvport", 0), ("vmware vm", None), ("vem", 0),
)  # fmt: skip
PROFILE: Slots = (
    ("state enabled", 0), ("system vlan", 0), ("capability l3control", 0), ("capability iscsi-multipath", 0),
    ("pinning id", 0), ("max-ports", 0), ("vmware port-group", 0), ("service-port", 0), ("switchport uufb disable", 0),
)  # fmt: skip
GLOBAL: Slots = (
    ("hostname", 0), ("switchname", 0), ("ntp server", 1), ("ntp authenticate", 0), ("ntp authentication-key", 1),
    ("ntp trusted-key", 1), ("ntp access-group", 1), ("ntp source-interface", 0), ("logging server", 1),
    ("logging logfile", 0), ("logging level", 1), ("logging timestamp", 0), ("logging console", 0),
    ("logging source-interface", 0), ("logging monitor", 0), ("clock timezone", 0), ("password strength-check", 0),
    ("userpassphrase min-length", 0), ("userpassphrase default-lifetime", 0), ("ssh login-attempts", 0),
    ("login block-for", 0), ("login on-failure log", 0), ("login on-success log", 0),
    ("aaa authentication login default fallback error local", 0), ("aaa authentication login console fallback", 0),
    ("aaa authentication login default", 0), ("aaa authentication login console", 0),
    ("aaa authentication login error-enable", 0), ("aaa accounting default", 0),
    ("aaa authorization commands default", 0), ("aaa authorization config-commands default", 0),
    ("tacacs-server key", 0), ("tacacs-server host", 1), ("radius-server key", 0), ("radius-server host", 1),
    ("snmp-server globalEnforcePriv", 0), ("snmp-server host", None), ("snmp-server enable", None),
    ("snmp-server contact", 0),
    ("snmp-server location", 0), ("ip source-route", 0), ("ip igmp snooping", 0), ("ip domain-name", 0),
    ("ip name-server", None), ("ip domain-lookup", 0), ("ip route", None), ("uufb enable", 0), ("cdp enable", 0),
    ("ip dhcp snooping vlan", 0), ("ip dhcp snooping", 0), ("ip arp inspection vlan", 0),
    ("ip arp inspection validate", 0), ("spanning-tree loopguard default", 0),
    ("spanning-tree port type edge bpduguard default", 0), ("spanning-tree port type edge default", 0),
    ("vlan dot1q tag native", 0), ("boot poap enable", 0), ("vtp mode", 0), ("copp profile", 0),
    ("cli alias name", 1), ("aaa user default-role", 0),
    ("vservice", None), ("port-channel load-balance", 0), ("port-profile default max-ports", 0),
    ("port-profile default port-binding", 0),
)  # fmt: skip
IN_SECTION: dict[str, Slots] = {
    "interface": PORT,
    "port-profile": (*PROFILE, *PORT),
    "vlan": (("name", 0), ("private-vlan association", 0), ("private-vlan", 0), ("ip igmp snooping", 0)),
    "line": (("exec-timeout", 0), ("session-limit", 0), ("access-class", -1)),
    "aaa": (("server", 1), ("use-vrf", 0), ("source-interface", 0), ("deadtime", 0)),
    "svs-domain": (("domain id", 0), ("control vlan", 0), ("packet vlan", 0), ("svs mode", 0)),
    "svs": (("protocol", 0), ("remote", 0), ("vmware dvs", 0), ("max-ports", 0), ("connect", 0)),
    "vem": (("host id", 0),),
    "callhome": (("enable", 0), ("email-contact", 0)),
    "monitor": (("source", None), ("destination", None), ("description", 0)),
    "flow": (("destination", 0), ("transport", 0)),
    "control-plane": (("service-policy input", 0),),
    "event": (("action", 1), ("event syslog", 0)),
    "crypto": (),
    "vrf": (("ip route", None),),
    "router": (("passive-interface default", 0), ("area", 2), ("router-id", 0), ("enforce-first-as", 0)),
    "neighbor": (("remote-as", 0), ("inherit peer", 1), ("password", 0), ("description", 0),
                 ("disable-connected-check", 0)),
    "address-family": (("maximum-prefix", 0), ("inherit peer-policy", 1)),
    "template": (("password", 0), ("remote-as", 0)),
    "key": (("key-string", 0), ("cryptographic-algorithm", 0), ("send-lifetime", 0), ("accept-lifetime", 0)),
    "route-map": (("match", None), ("set", None)),
}  # fmt: skip
# Lines that open a section, by where they stand; how many words make the line.
SECTIONS: dict[str, tuple[tuple[str, int], ...]] = {
    "": (
        ("ip access-list", 3), ("ipv6 access-list", 3), ("mac access-list", 3), ("line", 2), ("aaa group server", 5),
        ("svs-domain", 1), ("svs connection", 3), ("vem", 2), ("callhome", 1), ("flow exporter", 3),
        ("control-plane", 1), ("event manager applet", 4), ("scheduler job name", 4), ("crypto ca trustpoint", 4),
        ("vrf context", 3), ("router ospf", 3), ("router eigrp", 3), ("router bgp", 3), ("key chain", 3),
        ("route-map", 4), ("object-group ip address", 4), ("vlan configuration", 3),
    ),
    "router": (("template peer", 3), ("neighbor", 2), ("address-family", 3), ("vrf", 2)),
    "neighbor": (("address-family", 3),),
    "template": (("address-family", 3),),
    "key": (("key", 2),),
}  # fmt: skip
ON_BY_DEFAULT = {  # of these, a device writes down the `no`
    "password strength-check", "ip source-route", "ip igmp snooping", "ip redirects", "ip arp gratuitous request",
    "aaa authentication login default fallback error local", "cdp enable", "lldp transmit", "enforce-first-as",
}  # fmt: skip
FEATURE_OF = (  # a command is not known while its feature is off
    ("tacacs-server", "tacacs+"), ("ip dhcp", "dhcp"), ("ip arp inspection", "dhcp"),
    ("ip verify source dhcp", "dhcp"), ("router ospf", "ospf"), ("ip router ospf", "ospf"), ("router bgp", "bgp"),
    ("router eigrp", "eigrp"), ("ip pim", "pim"), ("dot1x", "dot1x"), ("udld", "udld"), ("lldp", "lldp"),
    ("vtp", "vtp"),
)  # fmt: skip
LINES_OF: dict[str, tuple[str, ...]] = {  # what goes when a feature goes
    "tacacs+": ("tacacs-server", "aaa group server tacacs+"),
    "dhcp": ("ip dhcp", "ipv6 dhcp", "ip arp inspection", "ip verify source dhcp-snooping-vlan"),
    "ospf": ("router ospf", "ip router ospf", "ip ospf"),
    "bgp": ("router bgp",),
    "eigrp": ("router eigrp", "ip router eigrp", "ip authentication mode eigrp", "ip authentication key-chain eigrp",
              "ip passive-interface eigrp"),
    "pim": ("ip pim",),
    "udld": ("udld",),
    "lldp": ("lldp",),
    "dot1x": ("dot1x",),
    "interface-vlan": ("interface Vlan",),
    "vtp": ("vtp",),
    "netflow": ("flow ",),
}  # fmt: skip
ROW_OF = {"telnet": "telnetServer", "ssh": "sshServer", "scp-server": "scpServer", "sftp-server": "sftpServer",
          "tacacs+": "tacacs"}  # fmt: skip
PORT_DEFAULTS = (
    "no description", "switchport mode access", "no switchport block unicast", "no ip dhcp snooping trust",
    "no ip arp inspection trust", "no ip verify source dhcp-snooping-vlan", "cdp enable",
    "storm-control broadcast level 100.00", "switchport port-security maximum 1",
    "switchport port-security violation shutdown", "mtu 1500",
)  # fmt: skip
SWITCH_DEFAULTS = ("lldp transmit", "switchport access vlan 1", "switchport trunk native vlan 1")
GLOBAL_DEFAULTS = ("password strength-check", "ssh login-attempts 3", "logging timestamp seconds", "ip source-route")
LINE_DEFAULTS = ("exec-timeout 30", "session-limit 32")
