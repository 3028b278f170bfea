"""What a device does when a line is not shown, per family and train. `show running-config all` is asked first.

A selector is "*" (any family), a family, or a family and a range of versions ("nexus5000 <5.0"), which comes first.

basis: published (a vendor's or DISA's text, or a published capture), inferred (from a published capture), believed
(general knowledge, not verified). A believed default that would look safe is a gap, never a value; one that looks bad
may be used.
"""

from dataclasses import dataclass
from typing import Any

from auditor.rulebook.versions import VersionRange


@dataclass(frozen=True, slots=True)
class Default:
    """A value in force when nothing is written. `safe` says that a rule would like it."""

    value: Any
    basis: str
    safe: bool = False

    @property
    def usable(self) -> bool:
        """It can be judged."""
        return not (self.safe and self.basis == "believed")


VSM = "nexus1000v"
ANY = "*"
TABLE: dict[str, dict[str, Default]] = {
    "telnet": {
        VSM: Default(True, "inferred"),
        "nexus5000 <5.0": Default(True, "published"),  # the old images, which know `no telnet server enable`
        ANY: Default(False, "published", safe=True),
    },
    "http": {VSM: Default(True, "inferred"), ANY: Default(False, "believed", safe=True)},
    "ssh": {ANY: Default(True, "published", safe=True)},
    "nxapi": {ANY: Default(False, "published", safe=True)},
    "dhcp": {ANY: Default(False, "published")},
    "ssh.login_attempts": {"nexus9000": Default(3, "published", safe=True), ANY: Default(None, "believed", safe=True)},
    "password_policy.strength_check": {ANY: Default(True, "published", safe=True)},
    "aaa.local_fallback": {ANY: Default(True, "published", safe=True)},
    "aaa.login_error_enable": {ANY: Default(False, "published")},
    "snmp.global_enforce_priv": {ANY: Default(False, "published")},
    "ntp.authenticate": {ANY: Default(False, "published")},
    "logging.timestamp": {ANY: Default("seconds", "published")},
    "logging.logfile.size": {ANY: Default(4_194_304, "published", safe=True)},  # of a file whose line names no size
    "igmp_snooping": {ANY: Default(True, "published", safe=True)},
    "unknown_unicast_blocked": {ANY: Default(False, "believed")},
    "source_routing": {ANY: Default(True, "published")},
    "fips_mode": {ANY: Default(False, "published")},
    "poap": {ANY: Default(False, "published", safe=True)},
    "tags_native_vlan": {ANY: Default(False, "published")},
    "spanning_tree.loopguard_default": {ANY: Default(False, "published")},
    "spanning_tree.bpduguard_default": {ANY: Default(False, "published")},
    "spanning_tree.edge_default": {ANY: Default(False, "published")},
    "logging.login_failures": {ANY: Default(False, "published")},
    "logging.login_successes": {ANY: Default(False, "published")},
    "mode": {ANY: Default("access", "published")},
    "access_vlan": {ANY: Default(1, "published")},
    "native_vlan": {ANY: Default(1, "published")},
    "dhcp_trust": {ANY: Default(False, "published", safe=True)},
    "arp_trust": {ANY: Default(False, "published", safe=True)},
    "source_guard": {ANY: Default(False, "published")},
    "block_unicast": {ANY: Default(False, "published")},
    "cdp": {ANY: Default(True, "published")},
    "storm_broadcast": {ANY: Default(100.0, "published")},
    "mtu": {ANY: Default(1500, "published")},
    "port_security.violation": {ANY: Default("shutdown", "published", safe=True)},
    "port_security.maximum": {"nexus7000": Default(1, "published", safe=True), ANY: Default(1, "believed", safe=True)},
}


_UNKNOWN = Default(None, "believed", safe=True)


def default_of(key: str, family: str | None, version: str = "") -> Default | None:
    """The hidden default of a setting on a family and version; None when the table says nothing of the setting.

    Where families or trains differ and nobody knows which one this is, the default is one that cannot be used.
    """
    entries = TABLE.get(key)
    if entries is None:
        return None
    if family is None:
        return _UNKNOWN if len(entries) > 1 else entries.get(ANY)
    trains = [(text.partition(" ")[2], found) for text, found in entries.items() if text.startswith(f"{family} ")]
    if trains and not version:
        return _UNKNOWN
    by_train = next((found for text, found in trains if version in VersionRange(text)), None)
    return by_train or entries.get(family) or entries.get(ANY)
