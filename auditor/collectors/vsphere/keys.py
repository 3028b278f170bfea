"""Option keys that judgement needs. Bulk answers may leave keys out, so these are asked for singly when missing.

Spelled as rules spell them: a gap stands under this spelling. `tests/collectors/vsphere/test_keys.py` holds the shipped
rules to this list.
"""

from collections.abc import Mapping

HOST_KEYS: tuple[str, ...] = (
    "Annotations.WelcomeMessage",
    "Config.Etc.issue",
    "Config.HostAgent.log.level",
    "Config.HostAgent.plugins.hostsvc.esxAdminsGroup",
    "Config.HostAgent.plugins.hostsvc.esxAdminsGroupAutoAdd",
    "Config.HostAgent.plugins.solo.enableMob",
    "Config.HostAgent.plugins.vimsvc.authValidateInterval",
    "Config.HostAgent.plugins.vmsvc.allowForensicSnapshots",
    "Config.HostAgent.vmacore.soap.sessionTimeout",
    "DCUI.Access",
    "DataMover.HardwareAcceleratedInit",
    "DataMover.HardwareAcceleratedMove",
    "Mem.EncryptTierNvme",
    "Mem.MemEagerZero",
    "Mem.ShareForceSalting",
    "Migrate.VMotionEncryptionOffload",
    "Net.BMCNetworkEnable",
    "Net.BlockGuestBPDU",
    "Net.DVFilterBindIpAddress",
    "Net.ReversePathFwdCheckPromisc",
    "ScratchConfig.ConfiguredScratchLocation",
    "ScratchConfig.CurrentScratchLocation",
    "Security.AccountLockFailures",
    "Security.AccountUnlockTime",
    "Security.PasswordHistory",
    "Security.PasswordMaxDays",
    "Security.PasswordQualityControl",
    "Syslog.global.auditRecord.remoteEnable",
    "Syslog.global.auditRecord.storageCapacity",
    "Syslog.global.auditRecord.storageDirectory",
    "Syslog.global.auditRecord.storageEnable",
    "Syslog.global.certificate.checkSSLCerts",
    "Syslog.global.certificate.strictX509Compliance",
    "Syslog.global.logCheckSSLCerts",
    "Syslog.global.logDir",
    "Syslog.global.logDirUnique",
    "Syslog.global.logFiltersEnable",
    "Syslog.global.logHost",
    "Syslog.global.logLevel",
    "UserVars.DcuiTimeOut",
    "UserVars.ESXiShellInteractiveTimeOut",
    "UserVars.ESXiShellTimeOut",
    "UserVars.ESXiVPsDisabledProtocols",
    "UserVars.HostClientCEIPOptIn",
    "UserVars.HostClientSessionTimeout",
    "UserVars.SuppressHyperthreadWarning",
    "UserVars.SuppressShellWarning",
    "VMFS3.HardwareAcceleratedLocking",
    "VMkernel.Boot.execInstalledOnly",
)
VCENTER_KEYS: tuple[str, ...] = (
    "VirtualCenter.VimPasswordExpirationInDays",
    "config.log.level",
    "config.vpxd.hostPasswordLength",
    "event.maxAge",
    "event.maxAgeEnabled",
    "snmp.receiver.1.enabled",
    "snmp.receiver.2.enabled",
    "snmp.receiver.3.enabled",
    "snmp.receiver.4.enabled",
    "task.maxAge",
    "task.maxAgeEnabled",
    "vpxd.event.syslog.enabled",
)
NOT_ALWAYS_LISTED = frozenset({"config.vpxd.hostPasswordLength"})  # unset by default, and then 32
# The first release whose esxcli has a command, where that is not 6.7 or earlier (vendor's release notes and guides).
# On an older host what the command shows is absent; that is no gap.
ESXCLI_SINCE: Mapping[str, str] = {
    "system.security.keypersistence.get": "7.0.2",
    "system.ssh.server.config.list": "8.0",
    "system.tls.server.get": "8.0.3",
}
