"""Which facts a command may touch that nobody knows: by the family of commands that it belongs to."""

from collections.abc import Sequence
from difflib import get_close_matches
from functools import cache

from auditor.golden.kickstart import catalogue

NETWORK = ("vswitches", "port_groups", "vmkernel", "dns", "firewall", "firewall_active", "pnics", "listening")
SYSTEM = (
    "advanced", "services", "time", "kernel_settings", "boot", "snmp", "sshd", "accounts", "access", "fips",
    "tls_profile_configured", "key_persistence", "dump", "power_policy", "dns", "state", "trusted_cas", "certificate",
    "lockdown", "ad", "pending", "listening",
)  # fmt: skip
IMAGE = ("packages", "image", "acceptance_level", "state")
STORAGE = ("multipath", "arrays", "queue_depths", "datastores", "stores", "iscsi", "roles")
EVERYTHING = tuple(
    dict.fromkeys(
        (*SYSTEM, *NETWORK, *IMAGE, *STORAGE, "hyperthreading", "tls_profile", "scratch", "syslog", "licence")
    )
)
# The longest that fits counts; () = no fact of a host.
_FAMILIES: dict[str, tuple[str, ...]] = {
    "esxcli network vswitch dvs": (),
    "esxcli network vswitch": ("vswitches", "port_groups", "vmkernel"),
    "esxcli network ip dns": ("dns",),
    "esxcli network ip interface": ("vmkernel", "port_groups"),
    "esxcli network ip": ("vmkernel", "port_groups", "dns", "listening"),
    "esxcli network ip route": (),
    "esxcli network ip netstack": (),
    "esxcli network ip ipsec": (),
    "esxcli network firewall": ("firewall", "firewall_active"),
    "esxcli network nic": ("pnics",),
    "esxcli network diag": (),
    "esxcli network": NETWORK,
    "esxcli system settings kernel": ("kernel_settings", "advanced"),
    "esxcli system settings advanced": ("advanced",),
    "esxcli system settings encryption": ("boot",),
    "esxcli system settings keyboard": (),
    "esxcli system settings gueststore": (),
    "esxcli system settings": ("advanced", "kernel_settings", "boot"),
    "esxcli system syslog": ("advanced",),
    "esxcli system auditrecords": ("advanced",),
    "esxcli system ntp": ("time", "services"),
    "esxcli system ptp": ("time", "services"),
    "esxcli system time": ("time",),
    "esxcli system snmp": ("snmp", "services"),
    "esxcli system account": ("accounts", "access"),
    "esxcli system permission": ("access",),
    "esxcli system security fips140": ("fips",),
    "esxcli system security keypersistence": ("key_persistence",),
    "esxcli system security certificatestore": ("trusted_cas",),
    "esxcli system security": ("fips", "key_persistence", "trusted_cas", "certificate"),
    "esxcli system ssh": ("sshd", "services"),
    "esxcli system tls": ("tls_profile", "tls_profile_configured"),
    "esxcli system coredump": ("dump",),
    "esxcli system hostname": ("dns",),
    "esxcli system module": ("multipath",),
    "esxcli system visorfs": (),
    "esxcli system wbem": ("services",),
    "esxcli system welcomemsg": ("advanced",),
    "esxcli system secpolicy": (),
    "esxcli system uuid": (),
    "esxcli system shutdown": ("state", "services"),
    "esxcli system": SYSTEM,
    "esxcli software": IMAGE,
    "esxcli storage": STORAGE,
    "esxcli iscsi": ("iscsi", "roles"),
    "esxcli vsan": ("datastores", "stores", "roles"),
    "esxcli hardware": ("power_policy", "hyperthreading", "boot"),
    "esxcli vm": (),
    "esxcli graphics": (),
    "esxcli nvme": (),
    "esxcli rdma": (),
    "esxcli sched": (),
    "esxcli fcoe": (),
    "esxcli device": (),
    "esxcli daemon": ("packages", "services"),
    "esxcfg-vswitch": ("vswitches", "port_groups", "vmkernel"),
    "esxcfg-vmknic": ("vmkernel", "port_groups"),
    "esxcfg-nics": ("pnics",),
    "esxcfg-route": (),
    "esxcfg-advcfg": ("advanced", "kernel_settings"),
    "esxcfg-firewall": ("firewall", "firewall_active"),
    "esxcfg-mpath": STORAGE,
    "esxcfg-nas": ("datastores", "stores"),
    "esxcfg-swiscsi": ("iscsi", "roles"),
    "esxcfg-dumppart": ("dump",),
    "esxcfg-module": ("multipath", "arrays", "queue_depths"),
    "vim-cmd vmsvc": (),
    "vim-cmd solo": (),
    "vim-cmd proxysvc": (),
    "vim-cmd combinersvc": (),
    "vim-cmd hostsvc net": NETWORK,
    "vim-cmd hostsvc advopt": ("advanced",),
    "vim-cmd hostsvc vmotion": ("vmkernel", "port_groups"),
    "vim-cmd hostsvc datastore": ("datastores", "stores"),
    "vim-cmd hostsvc storage": STORAGE,
    "vim-cmd vimsvc auth": ("access", "lockdown"),
    "vim-cmd vimsvc license": ("licence",),
    "chkconfig": ("services",),
    "/etc/init.d/": ("services", "listening"),
    "domainjoin-cli": ("ad", "services", "roles"),
    "vmkfstools": ("datastores", "stores", "image"),
    "vmkload_mod": ("multipath",),
    "dcui": (),
    "generate-certificates": ("certificate",),
    "secureBoot.py": (),
    "passwd": (),
    "hostname": (),
}
_TREES = sorted({family.split()[1] for family in _FAMILIES if family.startswith("esxcli ")})


def family(words: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """(name of the family, its facts) of a command that is not known."""
    split = [part for word in words[:6] for part in (word.split("/") if words[0] == "vim-cmd" else [word])]
    for length in range(min(len(split), 4), 0, -1):
        name = " ".join(split[:length])
        if name in _FAMILIES:
            return name, _FAMILIES[name]
    return (split[0] if split else ""), EVERYTHING


@cache
def _commands() -> tuple[str, ...]:
    return tuple(sorted(catalogue.WORDS))


@cache
def meant(command: str) -> str:
    """A command that is known and spelt nearly so; "" where there is none. Of `esxcli`, its trees count as known."""
    words = command.split()
    if words[:1] == ["esxcli"] and len(words) > 1 and words[1] not in _TREES:
        close = get_close_matches(words[1], _TREES, 1, 0.75)
        return " ".join(["esxcli", close[0], *words[2:]]) if close else ""
    known = get_close_matches(command, _commands(), 1, 0.9)
    return known[0] if known and known[0] != command else ""
