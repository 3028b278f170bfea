"""What our simulated Nexus 1000V prints. Synthetic: no device printed any of it, and no default is learnt from it."""

import re
from pathlib import Path

DEBUG = "Debug level is set to Minor(1)\ndefault for new sessions logging level: 3\n"
UUID = "00 00 00 00 00 00 40 00-80 00 00 00 00 00 00 01"
RUNNING = (Path(__file__).parent / "vsm-running.cfg").read_text()

VERSION = """\
Nexus Operating System (NX-OS) Software, synthetic answer
Software
  loader:    version unavailable [last: loader version not available]
  kickstart: version 5.2(1)SV3(4.1)
  system:    version 5.2(1)SV3(4.1)

Hardware
  cisco Nexus 1000V Chassis ("Virtual Supervisor Module")
  Synthetic CPU with 4096000 kB of memory.
  Processor Board ID {serial}

  Device name: vsm-synthetic
  bootflash:    2096112 kB

Kernel uptime is 12 day(s), 3 hour(s), 4 minute(s), {seconds} second(s)
"""

REDUNDANCY = """\
Redundancy role
---------------
      administrative:   primary
         operational:   primary

Redundancy mode
---------------
      administrative:   HA
         operational:   HA

This supervisor ({active})
-----------------------
    Redundancy state:   Active
    Supervisor state:   Active
      Internal state:   Active with HA standby

Other supervisor ({standby})
------------------------
    Redundancy state:   Standby
    Supervisor state:   HA standby
      Internal state:   HA standby
"""

FEATURES = """\
Feature Name          Instance  State
--------------------  --------  --------
dhcp-snooping         1         enabled
http-server           1         disabled
lacp                  1         disabled
netflow               1         disabled
port-profile-roles    1         enabled
private-vlan          1         disabled
sshServer             1         enabled
tacacs                1         enabled
telnetServer          1         disabled
"""

SSH_KEY = """\
**************************************
rsa Keys generated:Mon Jan  5 10:00:00 2026

ssh-rsa AAAASYNTHETIC

bitcount:2048
fingerprint:
SHA256:synthetic
**************************************
could not retrieve dsa key information
**************************************
"""

SNOOPING = """\
Switch DHCP snooping is enabled
DHCP snooping is configured on the following VLANs:
110,120-121
DHCP snooping is operational on the following VLANs:
110,120-121
Insertion of Option 82 is disabled
Verification of MAC address is enabled
"""

DIFF = """\
*** Startup-config
--- Running-config
***************
*** 1,4 ****
  !Command: show startup-config
! !Time: Mon Feb  2 08:00:00 2026
--- 1,4 ----
! !Time: Mon Feb  2 08:15:30 2026
"""

MODULES = """\
Mod  Ports  Module-Type                       Model               Status
---  -----  --------------------------------  ------------------  ------------
1    0      Virtual Supervisor Module         Nexus1000V          active *
2    0      Virtual Supervisor Module         Nexus1000V          ha-standby
3    1022   Virtual Ethernet Module           NA                  ok
4    1022   Virtual Ethernet Module           NA                  ok
5    1022   Virtual Ethernet Module           NA                  ok

Mod  Sw                  Hw
---  ------------------  ------------------------------------------------
1    5.2(1)SV3(4.1)      0.0
2    5.2(1)SV3(4.1)      0.0
3    5.2(1)SV3(4.1)      VMware ESXi 6.5.0 Releasebuild-0000001 (3.2)
4    5.2(1)SV3(4.1)      VMware ESXi 6.5.0 Releasebuild-0000001 (3.2)
5    5.2(1)SV3(4.1)      VMware ESXi 6.5.0 Releasebuild-0000001 (3.2)

Mod  Server-IP        Server-UUID                           Server-Name
---  ---------------  ------------------------------------  --------------------
1    192.0.2.101      NA                                    NA
2    192.0.2.101      NA                                    NA
3    192.0.2.73       00000000-0000-4000-8000-000000000003  esx-synthetic-03
4    192.0.2.74       00000000-0000-4000-8000-000000000004  esx-synthetic-04
5    192.0.2.75       00000000-0000-4000-8000-000000000005  esx-synthetic-05

* this terminal session
"""

CONNECTIONS = f"""\

connection vcenter:
    hostname: -
    ip address: 192.0.2.51
    vrf: management
    remote port: 443
    protocol: vmware-vim https
    certificate: user-installed
    datacenter name: Synthetic
    admin:
    max-ports: 8192
    DVS uuid: {UUID}
    dvs version: 5.0.0
    config status: Enabled
    operational status: Connected
    sync status: Complete
    version: VMware vCenter Server 6.5.0 build-0000001
    vc-uuid: 00000000-0000-4000-8000-0000000000ff
    ssl-cert: self-signed or not authenticated
"""

_OF_PORT = """\
  no description
  switchport mode access
  no switchport block unicast
  no ip dhcp snooping trust
  no ip arp inspection trust
  no ip verify source dhcp-snooping-vlan
  cdp enable
  storm-control broadcast level 100.00
  switchport port-security maximum 1
  switchport port-security violation shutdown
"""


def with_defaults(running: str) -> str:
    """`show running-config all`: port sections begin with their defaults, hidden global lines stand at the end."""
    header = r"^((?:interface (?:Vethernet|Ethernet|port-channel)|port-profile type \S+ )[^\n]*\n)"
    ports = re.sub(header, lambda found: found[1] + _OF_PORT, running, flags=re.MULTILINE)
    return (
        ports.replace("show running-config\n", "show running-config all\n", 1)
        + "password strength-check\nssh login-attempts 3\n"
    )


def answers(running: str = RUNNING) -> dict[str, str]:
    """Every command of a healthy VSM, by its text."""
    return {
        "show version": VERSION.format(serial="SYNTHETIC01", seconds=5),
        "show system redundancy status": REDUNDANCY.format(active="sup-1", standby="sup-2"),
        "show running-config": running,
        "show running-config all": with_defaults(running),
        "show feature": FEATURES,
        "show ssh key": SSH_KEY,
        "show ip dhcp snooping": SNOOPING,
        "show running-config diff": DIFF,
        "show module": MODULES,
        "show svs connections": CONNECTIONS,
        "show http-server": "http-server disabled\n",
        "show debug": DEBUG,
    }


POOR = (Path(__file__).parent / "poor-running.cfg").read_text()


def poor_answers() -> dict[str, str]:
    """Every command of a neglected VSM: most rules fail on it."""
    lone = REDUNDANCY.replace("operational:   HA", "operational:   Standalone", 1).replace("HA standby", "Not present")
    return {
        "show version": VERSION.format(serial="SYNTHETIC02", seconds=5).replace("5.2(1)SV3(4.1)", "4.2(1)SV1(5.1)"),
        "show system redundancy status": lone.replace("operational:   HA", "operational:   Standalone"),
        "show running-config": POOR,
        "show running-config all": INVALID_ALL,
        "show feature": "telnetServer          1         enabled\ndhcp-snooping         1         disabled\n",
        "show ssh key": SSH_KEY.replace("2048", "1024"),
        "show ip dhcp snooping": "Switch DHCP snooping is disabled\n",
        "show running-config diff": DIFF + "- ntp server 192.0.2.41\n+ ntp server 192.0.2.99\n",
        "show module": MODULES.replace("5.2(1)SV3(4.1)      VMware", "4.2(1)SV1(4.0)      VMware", 1).replace(
            "NA                  ok", "NA                  offline", 1
        ),
        "show svs connections": CONNECTIONS.replace("Connected", "Disconnected")
        .replace("443", "80")
        .replace("user-installed", "default"),
        "show http-server": "http-server enabled\n",
        "show debug": DEBUG + "debug svs all\n",
    }


INVALID_ALL = "% Invalid parameter detected at '^' marker.\n"
SWITCH_VERSION = """\
Nexus Operating System (NX-OS) Software, synthetic answer
Software
  BIOS: version 08.36
  NXOS: version 9.3(8)
Hardware
  cisco Nexus9000 C93180YC-EX Chassis
  Processor Board ID SYNTHETIC03
  Device name: leaf-synthetic
Kernel uptime is 1 day(s), 0 hour(s), 0 minute(s), 9 second(s)
"""
SWITCH = """\

!Command: show running-config
!Time: Mon Feb  2 08:15:30 2026

version 9.3(8) Bios:version 08.36
switchname leaf-synthetic
feature nxapi
feature dhcp
ssh macs hmac-sha2-256@openssh.com hmac-sha1
ssh ciphers aes256-gcm@openssh.com
ssh kexalgos ecdh-sha2-nistp384
ssh login-attempts 4
logging level authpriv 6
vlan 1,300
vlan configuration 300
  no ip igmp snooping
interface Ethernet1/1
  switchport access vlan 300
interface Ethernet1/2
  no switchport
  ip address 192.0.2.1/30
interface mgmt0
  ip address 192.0.2.7/24
line console
line vty
"""


def switch_answers() -> dict[str, str]:
    """A physical NX-OS switch, synthetic too."""
    return {"show version": SWITCH_VERSION, "show running-config": SWITCH, "show running-config diff": ""}


LEAF = (Path(__file__).parent / "leaf-running.cfg").read_text()
LEAF_VERSION = SWITCH_VERSION.replace("SYNTHETIC03", "SYNTHETIC04")
LEAF_FEATURES = """\
Feature Name          Instance  State
--------------------  --------  --------
bash-shell            1         disabled
bgp                   1         enabled
dhcp                  1         enabled
dot1x                 1         enabled
eigrp                 1         enabled
grpc                  1         disabled
lldp                  1         disabled
ospf                  1         enabled
pim                   1         enabled
scpServer             1         disabled
sftpServer            1         disabled
sshServer             1         enabled
tacacs                1         enabled
telnetServer          1         disabled
udld                  1         enabled
vtp                   1         disabled
wccp                  1         disabled
"""
INTERFACE_STATUS = """\

--------------------------------------------------------------------------------
Port          Name               Status    Vlan      Duplex  Speed   Type
--------------------------------------------------------------------------------
mgmt0         --                 connected routed    full    1000    --
Eth1/1        a host             connected 300       full    10G     10Gbase-SR
Eth1/2        to the world       connected routed    full    10G     10Gbase-LR
Eth1/3        to the access lay  connected trunk     full    10G     10Gbase-SR
Eth1/4        --                 disabled  990       auto    auto    --
Eth1/5        --                 disabled  routed    auto    auto    --
Eth1/7        another host       connected 310       full    10G     10Gbase-SR
Po10          --                 connected trunk     full    10G     --
Vlan300       --                 connected routed    auto    auto    --
"""
COPP = """\
Last Config Operation: None
Last Config Operation Timestamp: None
Last Config Operation Status: None
Policy-map attached to the control-plane: copp-system-p-policy-strict
"""
GUESTSHELL = "Virtual service guestshell+ detail\n  State                 : Destroyed\n"
LEAF_SNOOPING = SNOOPING.replace("110,120-121", "300,310")


def leaf_answers(running: str = LEAF) -> dict[str, str]:
    """Every command of a well-kept physical switch."""
    return {
        "show version": LEAF_VERSION,
        "show system redundancy status": REDUNDANCY.format(active="sup-1", standby="sup-2"),
        "show running-config": running,
        "show running-config all": leaf_with_defaults(running),
        "show feature": LEAF_FEATURES,
        "show ssh key": SSH_KEY,
        "show ip dhcp snooping": LEAF_SNOOPING,
        "show running-config diff": "",
        "show debug": DEBUG,
        "show interface status": INTERFACE_STATUS,
        "show copp status": COPP,
        "show guestshell detail": GUESTSHELL,
    }


def leaf_with_defaults(running: str = LEAF) -> str:
    """As `with_defaults`; port sections begin with their defaults, which their own lines then replace."""
    shown = with_defaults(running)
    defaults = "  cdp enable\n  lldp transmit\n  switchport access vlan 1\n  switchport trunk native vlan 1\n"
    return shown.replace("  no description\n", "  no description\n" + defaults)


LEAF_POOR = (Path(__file__).parent / "leaf-poor.cfg").read_text()


def poor_leaf_answers() -> dict[str, str]:
    """Every command of a neglected physical switch: most rules fail on it."""
    return {
        "show version": SWITCH_VERSION,
        "show system redundancy status": REDUNDANCY.format(active="sup-1", standby="sup-2"),
        "show running-config": LEAF_POOR,
        "show running-config all": INVALID_ALL,
        "show feature": INVALID_ALL,
        "show ssh key": SSH_KEY.replace("2048", "1024"),
        "show ip dhcp snooping": "Switch DHCP snooping is disabled\n",
        "show running-config diff": DIFF + "- ntp server 192.0.2.41\n+ ntp server 192.0.2.99\n",
        "show debug": DEBUG + "debug aaa all\n",
        "show interface status": INTERFACE_STATUS.replace("disabled ", "notconnec").replace("990    ", "1      ")
        + "Eth1/6        --                 connected trunk     full    10G     --\n",
        "show copp status": "Policy-map attached to the control-plane: None\n",
        "show guestshell detail": GUESTSHELL.replace("Destroyed", "Activated"),
    }
