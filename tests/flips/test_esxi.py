"""Settings of a live, simulated host and its vCenter, changed one at a time: that finding flips, and no other.

Each flip changes one thing through the vSphere API (or, where a host lets nobody change it from outside, through the
simulator's control channel), collects everything again, and puts it back.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from auditor.domain import Status
from tests.flips.esxi_changes import (
    Change,
    acceptance,
    access,
    administrator,
    attestation,
    chap,
    cli,
    crypto_role,
    default_policy,
    kernel,
    lockdown,
    ntp,
    option,
    plug_in,
    policy,
    ruleset,
    setting,
    snmp,
    ssh,
    started,
    stopped,
)
from tests.flips.vsphere_estate import HOST, Peer, Verdicts, audited
from tests.simulators.pki import Authority
from tests.simulators.vsphere import access_changes, changes

pytestmark = pytest.mark.needs_go


@pytest.fixture(scope="module")
def peer() -> Iterator[Peer]:
    with audited() as running:
        yield running


@pytest.fixture(scope="module")
def good(peer: Peer) -> Verdicts:
    """What every rule says before anything is changed."""
    return peer.verdicts()


SOUND = "similar=deny retry=3 min=disabled,disabled,disabled,disabled,15"
DECLARED, LOGS = "esxi-services-declared", "esxi-syslog-declared"
# rule: (change, rules whose findings change with it and why is plain from their subject)
FLIPS: dict[str, tuple[Change, set[str]]] = {
    "esxi-account-lockout": (option("Security.AccountLockFailures", 0), set()),
    "esxi-account-unlock-time": (option("Security.AccountUnlockTime", 120), set()),
    "esxi-password-history": (option("Security.PasswordHistory", 0), set()),
    "esxi-password-max-days": (option("Security.PasswordMaxDays", 9999), set()),
    "esxi-password-length": (option("Security.PasswordQualityControl", SOUND.replace("15", "8")), set()),
    "esxi-password-kinds": (option("Security.PasswordQualityControl", SOUND.replace("min=disabled", "min=20")), set()),
    "esxi-password-retry-similar": (option("Security.PasswordQualityControl", SOUND.replace("=3", "=9")), set()),
    "esxi-dcui-access": (option("DCUI.Access", "root,visitor"), set()),
    "esxi-shell-interactive-timeout": (option("UserVars.ESXiShellInteractiveTimeOut", 0), set()),
    "esxi-shell-timeout": (option("UserVars.ESXiShellTimeOut", 0), set()),
    "esxi-dcui-timeout": (option("UserVars.DcuiTimeOut", 0), set()),
    "esxi-host-client-timeout": (option("UserVars.HostClientSessionTimeout", 0), set()),
    "esxi-api-session-timeout": (option("Config.HostAgent.vmacore.soap.sessionTimeout", 600), set()),
    "esxi-shell-warning": (option("UserVars.SuppressShellWarning", 1), set()),
    "esxi-hyperthread-warning": (option("UserVars.SuppressHyperthreadWarning", 1), set()),
    "esxi-ceip-off": (option("UserVars.HostClientCEIPOptIn", 1), set()),
    "esxi-welcome-message": (option("Annotations.WelcomeMessage", "{bgcolor:black}"), set()),
    "esxi-issue-banner": (option("Config.Etc.issue", ""), set()),
    "esxi-mob-off": (option("Config.HostAgent.plugins.solo.enableMob", True), set()),
    "esxi-log-level": (option("Config.HostAgent.log.level", "error"), set()),
    "esxi-ad-admins-group": (option("Config.HostAgent.plugins.hostsvc.esxAdminsGroup", "ESX Admins"), set()),
    "esxi-ad-admins-autoadd": (option("Config.HostAgent.plugins.hostsvc.esxAdminsGroupAutoAdd", True), set()),
    "esxi-ad-admins-revalidated": (option("Config.HostAgent.plugins.vimsvc.authValidateInterval", 1440), set()),
    "esxi-syslog-remote": (
        option("Syslog.global.logHost", ""),
        {LOGS, "esxi-syslog-encrypted", "esxi-syslog-tls-check"},
    ),
    "esxi-syslog-encrypted": (
        option("Syslog.global.logHost", "udp://syslog.example.test:514"),
        {LOGS, "esxi-syslog-tls-check"},
    ),
    LOGS: (option("Syslog.global.logHost", "ssl://elsewhere.example.test"), set()),
    "esxi-syslog-tls-check": (option("Syslog.global.certificate.checkSSLCerts", False), set()),
    "esxi-syslog-tls-strict": (option("Syslog.global.certificate.strictX509Compliance", False), set()),
    "esxi-syslog-level": (option("Syslog.global.logLevel", "error"), set()),
    "esxi-log-filter-off": (option("Syslog.global.logFiltersEnable", True), set()),
    "esxi-log-persistent": (option("Syslog.global.logDir", "/tmp/log"), set()),
    "esxi-log-unique": (option("Syslog.global.logDirUnique", False), set()),
    "esxi-audit-local": (option("Syslog.global.auditRecord.storageEnable", False), set()),
    "esxi-audit-capacity": (option("Syslog.global.auditRecord.storageCapacity", 4), set()),
    "esxi-audit-persistent": (option("Syslog.global.auditRecord.storageDirectory", "/tmp/audit"), set()),
    "esxi-audit-remote": (option("Syslog.global.auditRecord.remoteEnable", False), set()),
    "esxi-scratch-persistent": (
        option("ScratchConfig.CurrentScratchLocation", "/tmp/scratch"),
        {"esxi-scratch-in-effect"},
    ),
    "esxi-scratch-in-effect": (option("ScratchConfig.ConfiguredScratchLocation", "/vmfs/volumes/other/x"), set()),
    "esxi-page-sharing": (option("Mem.ShareForceSalting", 0), set()),
    "esxi-memory-zero": (option("Mem.MemEagerZero", 0), set()),
    "esxi-bpdu-block": (option("Net.BlockGuestBPDU", 0), set()),
    "esxi-dvfilter-bind": (option("Net.DVFilterBindIpAddress", "10.0.0.9"), set()),
    "esxi-bmc-network-off": (option("Net.BMCNetworkEnable", 1), set()),
    "esxi-exec-installed-only": (option("VMkernel.Boot.execInstalledOnly", False), set()),
    "esxi-ssh-policy": (policy("TSM-SSH", "on", "off"), set()),
    "esxi-ssh-stopped": (started("TSM-SSH"), set()),
    "esxi-shell-policy": (policy("TSM", "automatic", "off"), set()),
    "esxi-shell-stopped": (started("TSM"), set()),
    "esxi-slp-off": (started("slpd"), {DECLARED}),
    "esxi-cim-off": (policy("sfcbd-watchdog", "on", "off"), set()),
    "esxi-snmp-off": (policy("snmpd", "on", "off"), set()),
    DECLARED: (started("xorg"), set()),
    "esxi-dcui-service": (policy("DCUI", "off", "on"), set()),
    "esxi-ntp-running": (stopped("ntpd"), {DECLARED}),
    "esxi-ntp-servers": (ntp("ntp1.example.test"), set()),
    "esxi-ntp-declared": (ntp("ntp1.example.test", "pool.example.test"), set()),
    "esxi-lockdown-mode": (lockdown("lockdownDisabled", []), set()),
    "esxi-lockdown-exceptions": (lockdown("lockdownNormal", ["visitor"]), set()),
    "esxi-lockdown-nsx-accounts": (lockdown("lockdownNormal", ["nsxuser"]), set()),
    "esxi-lockdown-audit-account": (lockdown("lockdownNormal", ["AUDITOR"]), {"esxi-lockdown-exceptions"}),
    "esxi-admin-named": (access("esx-operator", "accessReadOnly", "accessAdmin"), set()),
    "esxi-cim-user": (access("esx-monitor", "accessAdmin", "accessOther"), set()),
    "esxi-snmp-communities": (snmp("a-community-of-this-test"), set()),
    "esxi-snmp-default-community": (snmp("public"), {"esxi-snmp-communities"}),
    "esxi-firewall-incoming": (default_policy(incoming=False, outgoing=True), set()),
    "esxi-firewall-outgoing": (default_policy(incoming=True, outgoing=False), set()),
    "esxi-firewall-sources": (ruleset("vMotion", True, True, True), set()),
    "esxi-firewall-management": (ruleset("webAccess", True, True, True), {"esxi-firewall-sources"}),
    "esxi-firewall-declared": (ruleset("gdbserver", True, False, False), {"esxi-firewall-sources"}),
    "esxi-firewall-active": (cli("network.firewall.get", "Enabled", "false"), set()),
    "esxi-acceptance-level": (acceptance, set()),
    "esxi-iscsi-chap": (chap("chapRequired", "chapProhibited"), set()),
    "esxi-iscsi-target-chap": (chap("chapPreferred", "chapRequired", "10.20.255.10"), set()),
    "esxi-fips-ssh": (cli("system.security.fips140.ssh.get", "Enabled", "false"), set()),
    "esxi-key-persistence-off": (cli("system.security.keypersistence.get", "Enabled", "true"), set()),
    "esxi-dcui-no-shell": (cli("system.account.list", "Shellaccess", "true", "UserID", "dcui"), set()),
    "esxi-vpxuser-no-shell": (cli("system.account.list", "Shellaccess", "true", "UserID", "vpxuser"), set()),
    "esxi-tls-profile": (
        cli("system.tls.server.get showcurrentbootprofile=true", "Profile", "COMPATIBLE"),
        {"esxi-values-in-force"},
    ),
    "esxi-values-in-force": (cli("system.tls.server.get", "Profile", "COMPATIBLE"), set()),
    "esxi-entropy-hardware": (kernel("disableHwrng", "Configured", "TRUE"), {"esxi-values-in-force"}),
    "esxi-entropy-sources": (kernel("entropySources", "Configured", "1"), {"esxi-values-in-force"}),
    "esxi-exec-installed-running": (kernel("execInstalledOnly", "Runtime", "FALSE"), {"esxi-values-in-force"}),
    "esxi-sshd-banner": (ssh("banner", "none"), set()),
    "esxi-sshd-ciphers": (ssh("ciphers", "aes256-ctr,3des-cbc"), set()),
    "esxi-sshd-gateway-ports": (ssh("gatewayports", "yes"), set()),
    "esxi-sshd-host-based": (ssh("hostbasedauthentication", "yes"), set()),
    "esxi-sshd-alive-count": (ssh("clientalivecountmax", "0"), set()),
    "esxi-sshd-alive-interval": (ssh("clientaliveinterval", "0"), set()),
    "esxi-sshd-rhosts": (ssh("ignorerhosts", "no"), set()),
    "esxi-sshd-stream-forwarding": (ssh("allowstreamlocalforwarding", "yes"), set()),
    "esxi-sshd-tcp-forwarding": (ssh("allowtcpforwarding", "yes"), set()),
    "esxi-sshd-tunnel": (ssh("permittunnel", "yes"), set()),
    "esxi-sshd-user-environment": (ssh("permituserenvironment", "yes"), set()),
    "esxi-tpm-attested": (attestation, set()),
    "vcenter-events-to-syslog": (setting("vpxd.event.syslog.enabled", False), set()),
    "vcenter-log-level": (setting("config.log.level", "error"), set()),
    "vcenter-event-retention": (setting("event.maxAge", 7), set()),
    "vcenter-task-retention": (setting("task.maxAge", 7), set()),
    "vcenter-vpxuser-rotation": (setting("VirtualCenter.VimPasswordExpirationInDays", 0), set()),
    "vcenter-vpxuser-length": (setting("config.vpxd.hostPasswordLength", 8), set()),
    "vcenter-snmp-receivers-off": (setting("snmp.receiver.3.enabled", True), set()),
    "vcenter-extensions-declared": (plug_in, set()),
    "vcenter-admins-declared": (administrator, set()),
    "vcenter-crypto-roles-declared": (crypto_role, set()),
}


def differing(before: Verdicts, after: Verdicts) -> set[str]:
    """Rules of which some finding is another, new, or gone."""
    return {rule for rule, subject in {*before, *after} if before.get((rule, subject)) != after.get((rule, subject))}


@pytest.mark.parametrize("rule", FLIPS)
def test_one_change_flips_its_finding_alone(peer: Peer, good: Verdicts, rule: str) -> None:
    """The rule fails with the change in place, its declared dependents change with it, and nothing else does."""
    change, dependents = FLIPS[rule]
    assert Status.FAIL not in {status for (one, _), status in good.items() if one == rule}
    undo = change(peer)
    try:
        after = peer.verdicts()
    finally:
        undo()
    assert Status.FAIL in {status for (one, _), status in after.items() if one == rule}
    assert differing(good, after) == {rule} | dependents


def test_a_foreign_authority_is_seen(peer: Peer, good: Verdicts, tmp_path: Path) -> None:
    """An authority added beside the host's own fails by its fingerprint; the other one goes on passing."""
    known = access_changes.trusted_authorities(peer.instance, HOST)
    changes.set_trusted_authorities(peer.instance, HOST, [*known, Authority(tmp_path).ca_file.read_text()])
    try:
        after = peer.verdicts()
    finally:
        changes.set_trusted_authorities(peer.instance, HOST, known)
    assert differing(good, after) == {"esxi-trusted-cas"}
    found = [status for (rule, _), status in after.items() if rule == "esxi-trusted-cas"]
    assert sorted(found) == [Status.FAIL, Status.PASS]


def test_everything_was_put_back(peer: Peer, good: Verdicts) -> None:
    """After all flips every verdict is the first one again: no flip leaned on another."""
    assert differing(good, peer.verdicts()) == set()


def test_an_expired_certificate_is_seen() -> None:
    """A host whose certificate ended yesterday differs from a good one in that finding alone."""
    with audited() as sound, audited(host_cert_days=-1) as expired:
        assert differing(sound.verdicts(), expired.verdicts()) - {"esxi-trusted-cas"} == {"esxi-cert-expiry"}
