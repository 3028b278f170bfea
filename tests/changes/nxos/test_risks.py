"""Each note of risk has a change that brings it up, with the line that does it; harmless changes bring up none."""

from collections.abc import Iterator

import pytest

from auditor.domain import Capture
from auditor.evidence import redaction
from tests.changes.nxos import captures

LEAF = {
    "nxos-last-ntp-server": ("no ntp server 192.0.2.41\nno ntp server 192.0.2.42", 2),
    "nxos-last-log-server": ("no logging server 192.0.2.61\nno logging server 192.0.2.62", 2),
    "nxos-last-aaa-server": ("no tacacs-server host 192.0.2.21\nno tacacs-server host 192.0.2.22", 2),
    "nxos-aaa-group-empty": ("aaa group server tacacs+ TAC\n  no server 192.0.2.21\n  no server 192.0.2.22", 3),
    "nxos-aaa-group-missing": ("no aaa group server tacacs+ TAC\naaa authentication login default group ELSE local", 2),
    "nxos-aaa-none": ("aaa authentication login default group TAC none", 1),
    "nxos-aaa-no-fallback": (
        "aaa authentication login default group TAC\nno aaa authentication login default fallback error local", 1),
    "nxos-management-list": (
        "ip access-list other\n  10 permit tcp any any eq 22\nline vty\n  access-class other in", 4),
    "nxos-management-list-missing": ("no ip access-list mgmt-in", 1),
    "nxos-management-shut-out": ("ip access-list mgmt-in\n  no 10", 2),
    "nxos-management-list-edited": ("ip access-list mgmt-in\n  30 permit icmp any any", 2),
    "nxos-no-way-in": ("no feature ssh", 1),
    "nxos-ssh-off": ("feature telnet\nno feature ssh", 2),
    "nxos-ssh-restarted": ("no feature ssh\nfeature ssh", 1),
    "nxos-feature-deletes": ("ntp authenticate\nno feature dhcp", 2),
    "nxos-user-removed": ("no username audit", 1),
    "nxos-not-saved": ("no ntp authenticate", 0),
    "nxos-reload": ("copy r s\nreload", 2),
    "nxos-management-interface": ("interface mgmt0\n  ip address 192.0.2.8/24", 2),
    "nxos-routed-interface": ("interface Vlan300\n  shutdown", 2),
    "nxos-vlan-in-use-removed": ("no vlan 300", 1),
    "nxos-snooping-untrusted": ("ip dhcp snooping vlan 700", 1),
    "nxos-inspection-before-bindings": ("ip dhcp snooping vlan 700\nip arp inspection vlan 700", 2),
    "nxos-inspection-without-snooping": ("no ip dhcp snooping", 1),
    "nxos-all-uplinks": ("interface Ethernet1/2-3\n  shutdown", 2),
    "nxos-channel-members": ("interface Ethernet1/3\n  shutdown", 2),
    "nxos-channel-shut": ("interface port-channel10\n  shutdown", 2),
}  # fmt: skip
VSM = {
    "nxos-control-path": ("svs-domain\n  svs mode L3 interface mgmt0", 2),
    "nxos-vcenter-connection": ("svs connection vcenter\n  no connect", 2),
    "nxos-control-vlan-removed": ("no vlan 101", 1),
    "nxos-control-vlan-cut": ("port-profile system-uplink\n  switchport trunk allowed vlan remove 101", 2),
    "nxos-system-vlan-removed": ("port-profile system-uplink\n  no system vlan", 2),
    "nxos-system-vlan-not-allowed": ("port-profile system-uplink\n  system vlan 101,777", 2),
    "nxos-port-profile-removed": ("no port-profile web", 1),
    "nxos-port-profile-off": ("port-profile web\n  no state enabled", 2),
    "nxos-last-admin": ("no username admin role network-admin", 1),
}


@pytest.fixture(scope="module", autouse=True)
def _key() -> Iterator[None]:
    patch = pytest.MonkeyPatch()
    patch.setenv(redaction.KEY_VARIABLE, "a key that only these tests use 0123")
    redaction.redactor.cache_clear()
    yield
    patch.undo()
    redaction.redactor.cache_clear()


@pytest.fixture(scope="module")
def leaf(_key: None) -> Capture:
    return captures.leaf()


@pytest.fixture(scope="module")
def vsm(_key: None) -> Capture:
    return captures.vsm()


@pytest.mark.parametrize("ident", [*LEAF, *(one for one in VSM if one != "nxos-last-admin")])
def test_a_change_brings_up_its_risk(ident: str, leaf: Capture, vsm: Capture) -> None:
    """The note is there once the change is made, and names the line."""
    capture, (text, line) = (leaf, LEAF[ident]) if ident in LEAF else (vsm, VSM[ident])
    found = [risk for risk in captures.risks(capture, text) if risk.ident == ident]
    assert found
    assert found[0].where == (f"change.cfg:{line}" if line else "change.cfg")
    assert found[0].detail


@pytest.mark.parametrize(
    "text",
    [
        "interface Ethernet1/1\n  description harmless\ncopy running-config startup-config",
        "ntp server 192.0.2.43 use-vrf management\nno ntp server 192.0.2.41\ncopy r s",
        "vlan 400\n  name other\ncopy r s",
    ],
)
def test_a_harmless_change_brings_up_none(leaf: Capture, text: str) -> None:
    """What only adds, and is saved."""
    assert captures.risks(leaf, text) == []


def test_a_removed_profile_counts_its_machines(vsm: Capture) -> None:
    """The note says how many ports of machines go to quarantine."""
    (found,) = [one for one in captures.risks(vsm, "no port-profile web") if one.ident == "nxos-port-profile-removed"]
    assert "1 ports of machines" in found.detail
    assert "Vethernet2" in found.detail
