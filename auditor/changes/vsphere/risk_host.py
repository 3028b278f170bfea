"""Risks of changes of a host beside its network: ways in, what it trusts, time, logs, firewall, maintenance."""

from collections.abc import Iterator

from auditor.changes.model import Risk
from auditor.changes.vsphere.sides import Sides
from auditor.domain import Severity

_STRICT, _NORMAL, _OFF = "lockdownStrict", "lockdownNormal", "lockdownDisabled"
_LOOSE = ("community",)
_RULESETS = {  # rule set: what stops without it
    "vpxHeartbeats": ("heartbeats to vCenter: after a minute it shows the host as not responding", Severity.HIGH),
    "vSphereClient": ("vCenter and clients reach the host by it", Severity.HIGH),
    "sshServer": ("SSH sessions to the host, also the one in which this is typed", Severity.MEDIUM),
    "syslog": ("logs to the log server", Severity.MEDIUM),
    "ntpClient": ("time from the NTP servers", Severity.MEDIUM),
    "dns": ("name resolution: NTP, log servers and the domain by name", Severity.MEDIUM),
    "vMotion": ("vMotion to and from the host", Severity.MEDIUM),
    "iSCSI": ("software iSCSI: paths to disks", Severity.HIGH),
    "nfsClient": ("NFS datastores", Severity.HIGH),
    "activeDirectoryAll": ("log-ins of the domain", Severity.MEDIUM),
}


def host_risks(sides: Sides) -> Iterator[Risk]:
    """All of them."""
    yield from _lockdown(sides)
    yield from _typed(sides)
    yield from _signatures(sides)
    yield from _services(sides)
    yield from _firewall(sides)
    yield from _identity(sides)
    yield from _moment(sides)


def _lockdown(sides: Sides) -> Iterator[Risk]:
    path, mode = "lockdown.mode", sides.will("lockdown.mode")
    if mode not in (_NORMAL, _STRICT):
        return
    touched = [
        one
        for one in (
            path,
            "lockdown.exceptions",
            "services[DCUI].policy",
            "lockdown.dcui_access",
            "services[TSM-SSH].running",
            "services[TSM].running",
        )
        if sides.changes(one)
    ]
    if not touched:
        return
    where, exceptions = sides.where(*touched), sides.will("lockdown.exceptions")
    if sides.was(path) == _OFF or sides.changes("lockdown.exceptions"):
        users = ", ".join(exceptions or ()) or "nobody"
        yield Risk(
            "esxi-lockdown-account",
            Severity.MEDIUM if exceptions else Severity.HIGH,
            "Lockdown mode shuts out who is not an exception user",
            f"exception users: {users}. An account that changes or reads the host itself (not by vCenter) and is not"
            " among them is shut out from here on, also in the middle of this window.",
            where,
        )
    no_console = sides.will("services[DCUI].policy") == "off" or sides.will("services[DCUI].running") is False
    if mode == _STRICT and (no_console or sides.was(path) != _STRICT):
        shown = "the console service (DCUI) is off" if no_console else "strict mode stops the console service (DCUI)"
        yield Risk(
            "esxi-lockdown-strict",
            Severity.HIGH,
            "Strict lockdown leaves vCenter as the only way in",
            f"{shown}: when vCenter is lost, only exception users over SSH get in, or the host is installed anew.",
            where,
        )
    shells = [key for key in ("TSM-SSH", "TSM") if sides.will(f"services[{key}].running")]
    if mode == _STRICT and not shells:
        yield Risk(
            "esxi-no-shell",
            Severity.MEDIUM,
            "No shell is left beside strict lockdown",
            "SSH and the ESXi shell are stopped while lockdown is strict: not even an exception user gets in.",
            where,
        )


def _typed(sides: Sides) -> Iterator[Risk]:
    """Commands of a shell need somebody who may log in to the host itself."""
    if sides.kind != "shell" or sides.was("lockdown.mode") not in (_NORMAL, _STRICT):
        return
    users = sides.was("lockdown.exceptions")
    if users == []:
        yield Risk(
            "esxi-typed-under-lockdown",
            Severity.HIGH,
            "Nobody may log in to the host to type this",
            "the host is in lockdown mode without exception users: these lines need one, or PowerCLI by the vCenter.",
        )
    elif users:
        yield Risk(
            "esxi-typed-under-lockdown",
            Severity.LOW,
            "Only exception users may type this on the host",
            f"the host is in lockdown mode; exception users: {', '.join(users)}. Is the account of the change one?",
        )


def _signatures(sides: Sides) -> Iterator[Risk]:
    packages = sides.will("packages") or {}
    loose = sorted(name for name, one in packages.items() if one.get("acceptance") in _LOOSE)
    hard = {
        "kernel_settings[execInstalledOnly].configured": "TRUE",
        "advanced[VMkernel.Boot.execInstalledOnly]": True,
        "boot.require_exec_installed_only": True,
        "boot.require_secure_boot": True,
    }
    tightened = [path for path, value in hard.items() if sides.becomes(path, value)]
    if tightened:
        shown = (
            f"community packages are installed: {', '.join(loose[:10])}"
            if loose
            else "no community package is installed"
        )
        unread = " The packages could not be read." if not packages else ""
        yield Risk(
            "esxi-signature-enforcement",
            Severity.HIGH if loose or not packages else Severity.LOW,
            "Only signed and installed code runs from the next start on",
            f"{', '.join(tightened)}; {shown}.{unread} Unsigned code, or a host without Secure Boot, does not start.",
            sides.where(*tightened),
        )
    if sides.was("boot.encryption_mode") != sides.will("boot.encryption_mode") and sides.will("boot.encryption_mode"):
        yield Risk(
            "esxi-recovery-key",
            Severity.MEDIUM,
            "The recovery key of the configuration changes",
            "list the recovery keys (esxcli system settings encryption recovery list) and keep them before the restart",
            sides.where("boot.encryption_mode"),
        )


def _services(sides: Sides) -> Iterator[Risk]:
    if sides.emptied("time.ntp_servers"):
        yield Risk(
            "esxi-last-ntp-server",
            Severity.HIGH,
            "The last NTP server is removed",
            f"the clock of the host is no longer kept by {', '.join(sides.was('time.ntp_servers'))}",
            sides.where("time.ntp_servers"),
        )
    if sides.becomes("services[ntpd].running", False) and sides.will("time.protocol") != "ptp":
        yield Risk(
            "esxi-time-stopped",
            Severity.MEDIUM,
            "The time service is stopped",
            "the clock drifts: certificates, Kerberos and logs go by it",
            sides.where("services[ntpd]"),
        )
    if sides.emptied("syslog.hosts"):
        yield Risk(
            "esxi-last-syslog-server",
            Severity.HIGH,
            "The last log server is removed",
            f"logs no longer go to {', '.join(sides.was('syslog.hosts'))}",
            sides.where("advanced[Syslog.global.logHost]"),
        )
    if sides.becomes("services[vpxa].running", False):
        yield Risk(
            "esxi-agent-stopped",
            Severity.HIGH,
            "The agent of vCenter is stopped",
            "vCenter loses the host until the agent runs again",
            sides.where("services[vpxa]"),
        )
    if sides.emptied("dns.servers"):
        yield Risk(
            "esxi-last-dns-server",
            Severity.HIGH,
            "The last name server is removed",
            "names of NTP, log and directory servers no longer resolve",
            sides.where("dns.servers"),
        )
    if sides.changes("tls_profile_configured") and not sides.open("tls_profile_configured"):
        yield Risk(
            "esxi-tls-profile",
            Severity.LOW,
            "Another TLS profile from the next start on",
            "vCenter, backup and monitoring must speak what it leaves",
            sides.where("tls_profile_configured"),
        )


def _firewall(sides: Sides) -> Iterator[Risk]:
    for key, (what, severity) in _RULESETS.items():
        path = f"firewall.rulesets[{key}]"
        if sides.becomes(f"{path}.enabled", False):
            needed = {
                "sshServer": "services[TSM-SSH].running",
                "syslog": "syslog.hosts",
                "ntpClient": "time.ntp_servers",
            }.get(key)
            if needed is None or sides.will(needed):
                yield Risk(
                    "esxi-ruleset-closed", severity, f"The firewall closes {key}", f"it ends {what}", sides.where(path)
                )
    for key in sides.keys("firewall.rulesets"):
        path = f"firewall.rulesets[{key}]"
        if (
            sides.will(f"{path}.enabled")
            and sides.becomes(f"{path}.all_ips", False)
            and not sides.will(f"{path}.allowed")
        ):
            yield Risk(
                "esxi-ruleset-nobody",
                Severity.HIGH,
                f"The rule set {key} lets nobody in",
                "all addresses are shut out, and no address is allowed",
                sides.where(path),
            )
    for side in ("incoming", "outgoing"):
        if sides.becomes(f"firewall.{side}_blocked", True):
            yield Risk(
                "esxi-default-drop",
                Severity.MEDIUM,
                "The firewall drops what no rule set names",
                f"{side} traffic that passed by default ends, management agents of others among it",
                sides.where(f"firewall.{side}_blocked"),
            )


def _identity(sides: Sides) -> Iterator[Risk]:
    if sides.becomes("ad.joined", False):
        yield Risk(
            "esxi-domain-left",
            Severity.MEDIUM,
            "The host leaves its domain",
            f"accounts of {sides.was('ad.domain')} no longer log in: have a local account that works",
            sides.where("ad.joined"),
        )
    if sides.was("named_admins") and sides.will("named_admins") == []:
        yield Risk(
            "esxi-last-admin",
            Severity.MEDIUM,
            "No named administrator is left on the host",
            f"{', '.join(sides.was('named_admins'))} lose it: root and vCenter remain",
            sides.where("access"),
        )
    if sides.was("dns.fqdn") != sides.will("dns.fqdn"):
        yield Risk(
            "esxi-renamed",
            Severity.MEDIUM,
            "The host is called otherwise",
            "its certificate and its name in vCenter stay the old ones until they are made anew",
            sides.where("dns.hostname", "dns.domain"),
        )


def _moment(sides: Sides) -> Iterator[Risk]:
    if sides.was("state.maintenance") is True:
        yield Risk(
            "esxi-in-maintenance",
            Severity.LOW,
            "The host is in maintenance mode already",
            "what was read may be in the midst of another change: verify after it has ended",
        )
    if sides.becomes("state.maintenance", True):
        drs = sides.was("cluster.drs") and sides.was("cluster.drs_behavior") == "fullyAutomated"
        moved = "DRS moves its machines" if drs else "its machines must be moved by hand, or the task waits"
        yield Risk(
            "esxi-enters-maintenance",
            Severity.MEDIUM,
            "The host enters maintenance mode",
            f"{moved}; capacity of the cluster falls meanwhile, and vMotion shows in every log",
            sides.where("state.maintenance"),
        )
    if sides.will("pending") and sides.will("pending") != sides.was("pending"):
        yield Risk(
            "esxi-restart-due",
            Severity.LOW,
            "A restart is due before it takes effect",
            f"waiting: {', '.join(sides.will('pending'))}",
            sides.where("kernel_settings", "tls_profile_configured"),
        )
