"""Merged configurations equal those of hier_config's `future()`, which knows nothing of ours.

hier_config is tuned as its manual asks for (idempotent commands of port profiles, no cut at `!`). Where it differs, it
is named, with the reason, and nothing else may differ.
"""

import re

import pytest
from hier_config import HConfig, Platform, get_hconfig, get_hconfig_driver
from hier_config.models import IdempotentCommandsRule, MatchRule, PerLineSubRule

from tests.changes.nxos import captures

Rows = set[tuple[str, ...]]
_OF_PORTS = (
    "switchport mode", "switchport access vlan", "switchport trunk native vlan", "switchport trunk allowed vlan", "mtu",
    "description", "switchport port-security maximum", "switchport port-security violation", "max-ports", "system vlan",
    "storm-control broadcast level", "inherit port-profile",
)  # fmt: skip
_GLOBAL = (
    "clock timezone", "logging timestamp", "logging console", "logging logfile", "aaa authentication login default",
           "ssh login-attempts", "hostname", "ip arp inspection validate")  # fmt: skip
LEAF: dict[str, str] = {
    "servers": "ntp server 192.0.2.43 use-vrf management key 7\nno ntp server 192.0.2.41 use-vrf management key 7",
    "logging": "logging server 192.0.2.63 6 use-vrf management\nlogging timestamp microseconds\nlogging console 3",
    "port": "interface Ethernet1/1\n  description another\n  switchport access vlan 310\n  no switchport block unicast",
    "two ports": "interface Ethernet1/1\n  no dot1x port-control auto\ninterface Ethernet1/7\n"
    "  no spanning-tree port type edge",
    "vty": "line vty\n  exec-timeout 10\n  no access-class mgmt-in in",
    "list goes": "no ip access-list external-in\nno clock timezone CET 1 0",
    "list comes": "ip access-list new\n  10 permit ip 192.0.2.0/24 any\n  20 deny ip any any log",
    "groups": "aaa group server tacacs+ OTHER\n  server 192.0.2.21\n  use-vrf management\n"
    "no aaa authentication login error-enable",
    "trunk": "interface Ethernet1/7\n  switchport mode trunk\n  switchport trunk native vlan 990",
    "job goes": "no event manager applet backup\nno login on-failure log",
    "key": "key chain second\n  key 1\n    key-string 7 070c285f4d06",
    "feature": "feature lldp",
}  # fmt: skip
VSM: dict[str, str] = {
    "profile": "port-profile type vethernet web\n  switchport access vlan 120\n  max-ports 12\n  description web tier",
    "uplink": "port-profile type ethernet system-uplink\n  mtu 1500\n  system vlan 101,130\n"
    "  no switchport trunk native vlan",
    "profile goes": "no port-profile type vethernet retired",
    "profile comes": "port-profile type vethernet fresh\n  switchport mode access\n  state enabled",
    "snmp": "no snmp-server globalEnforcePriv\nsnmp-server host 192.0.2.32 traps version 3 priv audit",
}
# What hier_config does otherwise: (rows that only we have, rows that only it has, why).
DIFFERENT: dict[str, tuple[Rows, Rows, str]] = {
    "vlans add up": (
        {("interface Ethernet1/3", "switchport trunk allowed vlan 300,310,700")},
        {("interface Ethernet1/3", "switchport trunk allowed vlan add 700")},
        "it keeps `add` as a line, and does not add VLANs up",
    ),
    "snooped vlans add up": (
        {("ip dhcp snooping vlan 300,310,700",)},
        {("ip dhcp snooping vlan 300,310",), ("ip dhcp snooping vlan 700",)},
        "lists of VLANs stand beside each other there; a switch prints one",
    ),
    "an entry without its number": (
        {("ip access-list ntp-peers", "30 permit udp 192.0.2.43/32 any")},
        {("ip access-list ntp-peers", "permit udp 192.0.2.43/32 any")},
        "it gives no numbers to entries",
    ),
    "a vlan more": (
        {("vlan 1,300,310,400,700-701,990,999",)},
        {("vlan 1,300,310,700-701,990,999",), ("vlan 400",)},
        "it does not know that the list of VLANs is one",
    ),
    "a feature goes": (
        set(),
        {("router eigrp 100",), ("interface Ethernet1/2", "ip router eigrp 100"),
         ("interface Ethernet1/2", "ip authentication mode eigrp 100 md5"),
         ("interface Ethernet1/2", "ip authentication key-chain eigrp 100 routing")},
        "it removes the one line; a switch deletes all configuration of the feature",
    ),
}  # fmt: skip
LEAF |= {
    "vlans add up": "interface Ethernet1/3\n  switchport trunk allowed vlan add 700",
    "snooped vlans add up": "ip dhcp snooping vlan 700",
    "an entry without its number": "ip access-list ntp-peers\n  permit udp 192.0.2.43/32 any",
    "a vlan more": "vlan 400",
    "a feature goes": "no feature eigrp",
}


def _driver() -> object:
    driver = get_hconfig_driver(Platform.CISCO_NXOS)
    for head in ("port-profile type", "interface"):
        for words in _OF_PORTS:
            driver.rules.idempotent_commands.append(
                IdempotentCommandsRule(match_rules=(MatchRule(startswith=head), MatchRule(startswith=words)))
            )
    for words in _GLOBAL:
        driver.rules.idempotent_commands.append(IdempotentCommandsRule(match_rules=(MatchRule(startswith=words),)))
    driver.rules.idempotent_commands.append(
        IdempotentCommandsRule(match_rules=(MatchRule(equals="line vty"), MatchRule(startswith="exec-timeout")))
    )
    driver.rules.per_line_sub[:] = [rule for rule in driver.rules.per_line_sub if rule.search != "!.*"]
    driver.rules.per_line_sub.append(PerLineSubRule(search="^!.*", replace=""))
    return driver


def _plain(text: str) -> str:
    """Without banners and certificates, which hier_config cannot load, and what it leaves out of any configuration."""
    text = re.sub(r"^(?:version|boot) [^\n]*\n", "", text, flags=re.M)
    text = re.sub(r"^banner \S+ (\^C|#)\n.*?\n\1$\n", "", text, flags=re.M | re.S)
    return re.sub(r"^-----BEGIN.*?^-----END[^\n]*\n", "", text, flags=re.M | re.S)


def _theirs(before: str, change: str) -> Rows:
    driver = _driver()
    running: HConfig = get_hconfig(driver, _plain(before))  # type: ignore[arg-type]
    future = running.future(get_hconfig(driver, change))  # type: ignore[arg-type]
    return captures.rows("\n".join("  " * (child.depth() - 1) + child.text for child in future.all_children_sorted()))


@pytest.mark.parametrize(("kind", "name"), [*(("leaf", name) for name in LEAF), *(("vsm", name) for name in VSM)])
def test_merged_lines_are_those_of_another_implementation(kind: str, name: str) -> None:
    """The set of lines, each with the lines above it, is the same; differences that are its own are named."""
    capture = captures.leaf() if kind == "leaf" else captures.vsm()
    change = (LEAF if kind == "leaf" else VSM)[name]
    before = captures.running(capture.body)
    ours = captures.rows(_plain(captures.running(captures.edited(capture, change).body)))
    theirs = _theirs(before, "\n".join(captures.candidate(change).only.lines))
    mine, its, _ = DIFFERENT.get(name, (set(), set(), ""))
    assert (ours - theirs, theirs - ours) == (mine, its)
