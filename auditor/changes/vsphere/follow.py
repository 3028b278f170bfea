"""What follows from a fact that nobody can tell: the reader would make it of evidence that is not the coming one."""

import re
from collections.abc import Iterator

from auditor.changes.model import Unpredicted
from auditor.changes.vsphere.options import FOLLOWERS
from auditor.changes.vsphere.plan import Plan
from auditor.golden.places import steps

_OPTIONS = tuple(sorted({one for many in FOLLOWERS.values() for one in many}))
# place of a fact: facts that the reader derives of it; {0} is its key. A place stands for all below it, too.
_TABLE: dict[str, tuple[str, ...]] = {
    "access": ("named_admins",),
    "ad": ("roles", "ad.dns_in_domain"),
    "boot": ("roles",),
    "dns.domain": ("dns.fqdn", "dns.known_by_fqdn", "ad.dns_in_domain"),
    "dns.hostname": ("dns.fqdn", "dns.known_by_fqdn", "stores"),
    "dns": ("dns", "ad.dns_in_domain", "stores"),
    "firewall.rulesets[*].enabled": ("firewall.open_ports",),
    "firewall.incoming_blocked": ("firewall_active",),
    "firewall.outgoing_blocked": ("firewall_active",),
    "firewall": ("firewall_active",),
    "iscsi": ("roles",),
    "kernel_settings": ("pending",),
    "lockdown.exceptions": ("lockdown.audit_account",),
    "multipath[*].policy": ("arrays",),
    "multipath": ("arrays", "queue_depths"),
    "packages": ("image.packages", "image.digest"),
    "pnics": (),
    "port_groups[*].vlan": ("vmkernel",),
    "port_groups[*].teaming": ("port_groups[{0}].nic_order",),
    "port_groups": ("vmkernel",),
    "services": ("listening", "time", "roles"),
    "snmp.communities": ("snmp.known_default",),
    "time.ntp_servers": ("time.protocol",),
    "time.protocol": ("roles",),
    "time": ("roles",),
    "tls_profile": ("pending",),
    "tls_profile_configured": ("pending",),
    "vmkernel[*].port_group": ("port_groups", "vmkernel[{0}]"),
    "vmkernel[*].services": ("port_groups", "vmkernel[{0}].on_networks", "vmkernel[{0}].on_switches",
                             "vmkernel[{0}].on_vlans"),
    "vmkernel": ("port_groups",),
    "vswitches": ("port_groups", "vmkernel"),
}  # fmt: skip
SILENT = frozenset({"DCUI", "TSM"})  # services that are no network's
_PLAIN = {"dns[*]", "vswitches[*]", "port_groups[*]", "vmkernel[*]", "services[*]", "packages[*]", "access[*]"}


def follow(plan: Plan) -> None:
    """Adds to the unknown facts of a plan what follows from them."""
    found: dict[str, Unpredicted] = {}
    for path, one in list(plan.unknown.items()):
        for derived in _derived(path):
            if derived not in plan.unknown:
                reason = f"it follows from {path}, which is not foretold: {one.reason}"
                found.setdefault(derived, Unpredicted(derived, one.where, reason, one.blanket))
    plan.unknown.update(found)
    openers = re.compile(r"firewall(\.rulesets(\[.*\](\.enabled)?)?)?")
    if "firewall.open_ports" in plan.unknown and not any(openers.fullmatch(path) for path in plan.unknown):
        del plan.unknown["firewall.open_ports"]


def _derived(path: str) -> Iterator[str]:
    way = steps(path)
    keys = [name for name, key in way if key]
    if path == "advanced":
        yield from _OPTIONS
    elif way[0][0] == "advanced":
        yield from FOLLOWERS.get(keys[0].casefold(), ())
    place = ""
    for name, key in way:
        place += "[*]" if key else f".{name}" if place else name
    if place == "services[*].running":
        yield from ("time.protocol",) if keys[0] in ("ntpd", "ptpd") else ()
        yield from ("listening",) if keys[0] not in SILENT else ()
    elif place in _TABLE:
        yield from (one.format(*keys) for one in _TABLE[place])
    elif place in _PLAIN:
        yield from (one.format(*keys) for one in _TABLE.get(way[0][0], ()) if "{" not in one)
    elif place == "ad.membership":
        return
    elif place.startswith(("access[*]", "kernel_settings[*]", "ad.", "boot.", "packages[*]")):
        yield from _TABLE[way[0][0]]
    elif place.startswith("port_groups[*].teaming.") and not place.endswith(".uplinks"):
        yield from (f"port_groups[{keys[0]}].nic_order",) if place.endswith(("active", "standby")) else ()
