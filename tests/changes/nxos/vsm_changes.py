"""Changes of the Nexus 1000V, as an engineer would write them."""

from tests.simulators.nxos import texts

VSM: dict[str, str] = {
    "ntp and logs": "no ntp server 192.0.2.41\nlogging server 192.0.2.63 6 use-vrf management\nno logging console",
    "a profile moves its machines": "port-profile type vethernet web\n  switchport access vlan 120",
    "what profiles inherit changes": "port-profile vm-secured\n  no ip verify source dhcp-snooping-vlan\n"
    "  switchport port-security maximum 5\n  no mac port access-group no-bridging in",
    "a new profile": "vlan 140\n  name dmz\nport-profile type vethernet dmz\n  vmware port-group\n"
    "  inherit port-profile vm-secured\n  switchport access vlan 140\n  no shutdown\n  max-ports 16\n  state enabled",
    "an idle profile goes": "no port-profile retired",
    "a profile in use goes": "no port-profile db",
    "a parent of profiles goes": "no port-profile vm-secured",
    "the uplinks": "port-profile type ethernet system-uplink\n  switchport trunk allowed vlan add 140\n  mtu 1500\n"
    "  description other words",
    "system vlans": "port-profile type ethernet system-uplink\n  system vlan 101,130\n"
    "port-profile type vethernet web\n  system vlan 110",
    "no system vlan": "port-profile type ethernet system-uplink\n  no system vlan",
    "a profile is shut": "port-profile web\n  shutdown\nport-profile app\n  no state enabled",
    "telnet and http": "feature telnet\nfeature http-server",
    "snooping in steps": "no ip dhcp snooping vlan 120-121\nport-profile web\n  ip dhcp snooping trust\n"
    "  ip arp inspection trust",
    "inspection": "ip arp inspection vlan 130\nno ip arp inspection validate src-mac dst-mac ip",
    "flooding and igmp": "no uufb enable\nno ip igmp snooping",
    "a machine's port": "interface Vethernet2\n  switchport access vlan 120",
    "a machine's port is shut": "interface Vethernet3\n  shutdown",
    "another mode of control": "svs-domain\n  svs mode L2",
    "another control vlan": "svs-domain\n  control vlan 130",
    "vcenter elsewhere": "svs connection vcenter\n  remote ip address 192.0.2.52 port 443",
    "a module is unbound": "no vem 4",
    "who may manage": "interface mgmt0\n  no ip access-group mgmt-in in\nline vty\n  access-class nobody in",
    "lists of machines": "ip access-list vm-in\n  5 permit tcp any any eq 443\n  no 10\nno mac access-list no-bridging",
    "spanned": "monitor session 1 type erspan-source\n  source vlan 110\n  no shut",
    "call home": "callhome\n  enable\n  email-contact synthetic@example.org",
    "a user": "username operator password 5 $5$SYNTHETIC$OneMoreSyntheticHash0123456789  role network-operator",
    "trust": "crypto ca trustpoint other-ca\nno crypto ca trustpoint synthetic-ca",
    "vlans go": "no vlan 999,130",
    "banner in one line": "banner motd #Nexus 1000v Switch#",
    "saved": "port-profile retired\n  switchport access vlan 110\ncopy running-config startup-config",
    "a whole configuration": texts.RUNNING.replace("ntp authenticate\n", "").replace(
        "port-profile type vethernet retired\n"
    "  vmware port-group\n  switchport mode access\n  switchport access vlan 130\n",
        ""),
}  # fmt: skip
