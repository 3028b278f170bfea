"""Changes of a host, a distributed switch and a vCenter: what an engineer would type, and the same through the API.

Changes of one batch do not meet: the peer is read once for all of them.
"""

from dataclasses import dataclass

from tests.changes.vsphere import apply as do
from tests.changes.vsphere.apply import Apply, vim
from tests.changes.vsphere.peer import HOST
from tests.simulators.vsphere import changes, network_changes

ME = "Get-VMHost esx-01.example.test"
BASH, PWSH, YAML = "change.sh", "change.ps1", "change.yaml"


@dataclass(frozen=True)
class Case:
    """`text` in a file of `name`, for a target of `platform`; `apply` makes the same change."""

    ident: str
    text: str
    apply: Apply
    name: str = BASH
    platform: str = "esxi"
    partly: bool = False  # some of it is said to be unknown

    def __str__(self) -> str:
        return self.ident


_INHERIT = {"macChanges": None, "allowPromiscuous": None, "forgedTransmits": None}
BATCHES: list[list[Case]] = [
    [
        Case("advanced-int", "esxcli system settings advanced set -o /UserVars/SuppressShellWarning -i 1\n",
             do.option("UserVars.SuppressShellWarning", 1)),
        Case("advanced-text",
             'esxcli system settings advanced set -o /Annotations/WelcomeMessage -s "Keep out; really"\n',
             do.option("Annotations.WelcomeMessage", "Keep out; really")),
        Case("advcfg", "esxcfg-advcfg -s 0 /Net/BlockGuestBPDU\n", do.option("Net.BlockGuestBPDU", 0)),
        Case("advopt", "vim-cmd hostsvc/advopt/update UserVars.ESXiShellTimeOut long 300\n",
             do.option("UserVars.ESXiShellTimeOut", 300)),
        Case("advopt-bool", "vim-cmd hostsvc/advopt/update Config.HostAgent.plugins.solo.enableMob bool true\n",
             do.option("Config.HostAgent.plugins.solo.enableMob", True)),
        Case("powercli-setting",
             f"{ME} | Get-AdvancedSetting -Name Security.AccountLockFailures |\n"
             "  Set-AdvancedSetting -Value 5 -Confirm:$false\n",
             do.option("Security.AccountLockFailures", 5), PWSH),
        Case("yaml-advanced", "advanced:\n  Security.PasswordHistory: 3\n  DCUI.Access: 'root, visitor'\n",
             do.several(do.option("Security.PasswordHistory", 3), do.option("DCUI.Access", "root, visitor")), YAML),
        Case("syslog-host",
             "esxcli system syslog config set --loghost=udp://log.example.test,ssl://b.example.test:6514\n"
             "esxcli system syslog reload\n",
             do.option("Syslog.global.logHost", "udp://log.example.test,ssl://b.example.test:6514")),
        Case("password-quality",
             "esxcli system settings advanced set -o /Security/PasswordQualityControl"
             " -s 'retry=5 min=disabled,disabled,disabled,7,7'\n",
             do.option("Security.PasswordQualityControl", "retry=5 min=disabled,disabled,disabled,7,7")),
        Case("scratch",
             "vim-cmd hostsvc/advopt/update ScratchConfig.ConfiguredScratchLocation string /vmfs/volumes/other/x\n",
             do.option("ScratchConfig.ConfiguredScratchLocation", "/vmfs/volumes/other/x"), partly=True),
        Case("ntp", "esxcli system ntp set -s ntp3.example.test -s ntp4.example.test\n",
             do.ntp("ntp3.example.test", "ntp4.example.test")),
        Case("dns-servers",
             "esxcli network ip dns server add -s 10.0.2.53\nesxcli network ip dns server remove -s 10.0.0.53\n",
             do.dns(address=["10.0.1.53", "10.0.2.53"])),
        Case("ssh-policy", "vim-cmd hostsvc/enable_ssh\n", do.service("TSM-SSH", policy="on")),
        Case("shell-runs", "vim-cmd hostsvc/start_esx_shell\n", do.service("TSM", running=True)),
        Case("lockdown", "vim-cmd vimsvc/auth/lockdown_mode_exit\n", do.lockdown("lockdownDisabled")),
        Case("switch-security", "esxcli network vswitch standard policy security set -v vSwitch0 -f true -m true\n",
             do.switch_spec("vSwitch0", do.security(forgedTransmits=True, macChanges=True))),
        Case("switch-mtu", "esxcfg-vswitch -m 9000 vSwitch0\n", do.switch_spec("vSwitch0", do.field("mtu", 9000))),
        Case("ruleset",
             "esxcli network firewall ruleset set -r sshServer -e true\n", do.ruleset("sshServer", enabled=True)),
        Case("acceptance", "esxcli software acceptance set --level=CommunitySupported\n", do.acceptance("community")),
        Case("dvs-mtu",
             "Get-VDSwitch DSwitch | Set-VDSwitch -Mtu 1600 -Confirm:$false\n", do.dvs(maxMtu=1600), PWSH, "dvs"),
        Case("dvpg-vlan", "Get-VDPortgroup dv-servers | Set-VDPortgroup -VlanId 330\n",
             do.dvpg("dv-servers", vlan=network_changes.vlan_id(330)), PWSH, "dvs"),
        Case("vc-setting", "Get-AdvancedSetting -Entity $global:DefaultVIServer -Name event.maxAge |"
             " Set-AdvancedSetting -Value 60 -Confirm:$false\n", do.setting("event.maxAge", 60), PWSH, "vcenter"),
    ],
    [
        Case("ssh-runs", "vim-cmd hostsvc/start_ssh\n", do.service("TSM-SSH", running=True), partly=True),
        Case("group-override",
             "esxcli network vswitch standard portgroup policy security set -p 'Management Network' -o true\n",
             do.group_spec("Management Network", do.security(allowPromiscuous=True))),
        Case("group-inherits", "esxcli network vswitch standard portgroup policy security set -p Servers -u\n",
             do.group_spec("Servers", do.security(**_INHERIT))),
        Case("group-teaming", f"{ME} | Get-VirtualPortGroup -Name Servers | Get-NicTeamingPolicy |"
             " Set-NicTeamingPolicy -LoadBalancingPolicy LoadBalanceIP -NotifySwitches $false\n",
             do.group_spec("Servers", do.teaming(policy="loadbalance_ip", notifySwitches=False)), PWSH),
        Case("group-order", "esxcli network vswitch standard portgroup policy failover set -p 'Management Network'"
             " -a vmnic1 -s vmnic0 -b false -f beacon\n",
             do.group_spec("Management Network",
                           do.teaming(activeNic=["vmnic1"], standbyNic=["vmnic0"], rollingOrder=True,
                                      checkBeacon=True))),
        Case("group-vlan", "esxcli network vswitch standard portgroup set -p vMotion -v 121\n",
             do.group_spec("vMotion", do.field("vlanId", 121))),
        Case("new-group", "esxcli network vswitch standard portgroup add -p Backup -v vSwitch0\n"
             "esxcli network vswitch standard portgroup set -p Backup -v 220\n",
             do.new_group("vSwitch0", "Backup", 220)),
        Case("allowed-ip", "esxcli network firewall ruleset allowedip add -r vMotion -i 192.168.0.0/16\n",
             do.ruleset("vMotion", networks=("10.0.0.0/8", "192.168.0.0/16"))),
        Case("all-ips", "esxcli network firewall ruleset set --ruleset-id=webAccess --allowed-all=true\n",
             do.ruleset("webAccess", all_ip=True)),
        Case("exec-installed", "esxcli system settings kernel set -s execInstalledOnly -v FALSE\n",
             do.boot_option("execInstalledOnly", value=False), partly=True),
        Case("tls-profile", "esxcli system tls server set -p COMPATIBLE\n",
             do.cli("system.tls.server.get", "Profile", "COMPATIBLE")),
        Case("fips", "esxcli system security fips140 ssh set -e false\n",
             do.cli("system.security.fips140.ssh.get", "Enabled", "false")),
        Case("sshd", "esxcli system ssh server config set -k permittunnel -v yes\n",
             do.cli("system.ssh.server.config.list", "Value", "yes", "Key", "permittunnel")),
        Case("key-persistence", "esxcli system security keypersistence enable\n",
             do.cli("system.security.keypersistence.get", "Enabled", "true")),
        Case("account-shell", "esxcli system account set -i dcui -s true\n",
             do.cli("system.account.list", "Shellaccess", "true", "UserID", "dcui")),
        Case("permission", "esxcli system permission set -i esx-operator -r ReadOnly\n",
             do.access("esx-operator", "accessReadOnly")),
        Case("no-permission",
             "esxcli system permission unset -i esx-monitor\n", do.access("esx-monitor", "accessNone")),
        Case("exceptions", f"$view = {ME} | Get-View\n"
             "(Get-View $view.ConfigManager.HostAccessManager).UpdateLockdownExceptions(@('auditor', 'svc-backup'))\n",
             lambda peer: changes.find(peer.instance, vim.HostSystem, HOST).configManager.hostAccessManager
             .UpdateLockdownExceptions(["auditor", "svc-backup"]), PWSH),
        Case("chap", "esxcli iscsi adapter auth chap set -A vmhba64 -d mutual -l prohibited\n",
             do.chap("chapRequired", "chapProhibited")),
        Case("path-policy",
             "esxcli storage nmp device set -d @DISK@ -P VMW_PSP_MRU\n", do.path_policy(1, "VMW_PSP_MRU")),
        Case("dvs-security",
             "Get-VDSwitch DSwitch | Get-VDSecurityPolicy | Set-VDSecurityPolicy -ForgedTransmits $true\n",
             lambda peer: changes.set_dvs_security(peer.instance, "DSwitch", forged=True), PWSH, "dvs"),
        Case("dvpg-teaming", "Get-VDPortgroup dv-servers | Get-VDUplinkTeamingPolicy | Set-VDUplinkTeamingPolicy"
             " -ActiveUplinkPort 'Uplink 2' -StandbyUplinkPort 'Uplink 1' -LoadBalancingPolicy LoadBalanceLoadBased\n",
             do.dvpg("dv-servers", uplinkTeamingPolicy=do.dv_teaming(
                 active=["Uplink 2"], standby=["Uplink 1"], policy="loadbalance_loadbased")), PWSH, "dvs"),
        Case("private-vlan", "Get-VDSwitch DSwitch | New-VDSwitchPrivateVlan -PrimaryVlanId 100 -SecondaryVlanId 101"
             " -PrivateVlanType Isolated\n",
             lambda peer: network_changes.set_private_vlan(peer.instance, 100, 101), PWSH, "dvs"),
        Case("vc-admin",
             "New-VIPermission -Entity (Get-Folder -NoRecursion) -Principal 'EXAMPLE\\visitor' -Role Admin\n",
             do.grant("EXAMPLE\\visitor"), PWSH, "vcenter"),
        Case("vc-yaml",
             "settings:\n  config.log.level: error\n", do.setting("config.log.level", "error"), YAML, "vcenter"),
    ],
    [
        Case("ntpd-stops",
             f"{ME} | Get-VMHostService | Where-Object {{ $_.Key -eq 'ntpd' }} | Stop-VMHostService -Confirm:$false\n",
             do.service("ntpd", running=False), PWSH, partly=True),
        Case("switch-teaming",
             "vim-cmd hostsvc/net/vswitch_setpolicy --nicteaming-policy=loadbalance_srcmac vSwitch0\n",
             do.switch_spec("vSwitch0", do.teaming(policy="loadbalance_srcmac"))),
        Case("switch-shaping",
             "esxcli network vswitch standard policy shaping set -v vSwitch0 -e true -b 1000 -k 1000 -t 1000\n",
             do.switch_spec("vSwitch0", do.shaping(enabled=True))),
        Case("switch-discovery", "esxcli network vswitch standard set -v vSwitch0 -c both\n",
             do.switch_spec("vSwitch0", do.discovery("both"))),
        Case("firewall-opens",
             "esxcli network firewall set --default-action true\n", do.firewall_default(blocked=False)),
        Case("vmkernel-tag", "esxcli network ip interface tag add -i vmk1 -t Management\n",
             do.carries("vmk1", "management", on=True)),
        Case("snmp", "esxcli system snmp set -e true -c public,second-community -p 161\n",
             do.snmp(True, "public", "second-community")),
        Case("host-name", "esxcli system hostname set --fqdn=other.example.test\n",
             do.dns(hostName="other", domainName="example.test")),
        Case("new-switch", "esxcli network vswitch standard add -v vSwitch1\n", do.new_switch("vSwitch1"), partly=True),
        Case("uplink", "esxcli network vswitch standard uplink add -u vmnic2 -v vSwitch0\n",
             do.switch_spec("vSwitch0", do.uplinks("vmnic0", "vmnic1", "vmnic2")), partly=True),
        Case("maintenance", f"{ME} | Set-VMHost -State Maintenance\n", do.maintenance(on=True), PWSH),
        Case("lockdown-strict", f"({ME} | Get-View).ChangeLockdownMode('lockdownStrict')\n",
             do.several(do.lockdown("lockdownStrict"), do.service("DCUI", running=False)), PWSH, partly=True),
        Case("yaml-services", "services:\n  slpd: {policy: 'on'}\n  xorg: {policy: automatic}\n",
             do.several(do.service("slpd", policy="on"), do.service("xorg", policy="automatic")), YAML),
        Case("dvpg-security",
             "Get-VDPortgroup dv-dmz | Get-VDSecurityPolicy | Set-VDSecurityPolicy -AllowPromiscuous $true"
             " -MacChanges $false -ForgedTransmits $false\n",
             lambda peer: changes.set_dvpg_security(peer.instance, "dv-dmz", promiscuous=True), PWSH, "dvs",
             partly=True),
        Case("dvpg-trunk",
             "dvs:\n  DSwitch:\n    port_groups:\n      dv-dmz:\n        vlan: {kind: trunk, ranges: [10-20, 30-30]}\n",
             do.dvpg("dv-dmz", vlan=network_changes.vlan_trunk((10, 20), (30, 30))), YAML, "dvs"),
        Case("dvpg-overrides", "Get-VDPortgroup dv-servers | Get-VDPortgroupOverridePolicy |"
             " Set-VDPortgroupOverridePolicy -BlockOverrideAllowed $false -ResetPortConfigAtDisconnect $false\n",
             lambda peer: network_changes.set_group_policy(peer.instance, "dv-servers", blockOverrideAllowed=False,
                                                           portConfigResetAtDisconnect=False), PWSH, "dvs"),
        Case("dvpg-blocked", "Get-VDPortgroup dv-servers | Get-VDBlockedPolicy | Set-VDBlockedPolicy -Blocked $true\n",
             do.dvpg("dv-servers", blocked=do.yes(True)), PWSH, "dvs"),
        Case("dvs-discovery",
             "Get-VDSwitch DSwitch | Set-VDSwitch -LinkDiscoveryProtocol LLDP -LinkDiscoveryProtocolOperation Both\n",
             lambda peer: network_changes.set_dvs_discovery(peer.instance, "both"), PWSH, "dvs"),
        Case("dvs-health", "dvs:\n  health_check: {vlan_mtu: true}\n",
             lambda peer: network_changes.set_health_check(peer.instance, True), YAML, "dvs"),
        Case("dvs-nioc",
             "dvs:\n  DSwitch: {nioc: false}\n",
             lambda peer: network_changes.set_nioc(peer.instance, False), YAML, "dvs"),
        Case("vc-many",
             "foreach ($pair in 'task.maxAge') {\n  Get-AdvancedSetting -Entity $DefaultVIServer -Name $pair |"
             " Set-AdvancedSetting -Value 7 -Confirm:$false\n}\n", do.setting("task.maxAge", 7), PWSH, "vcenter"),
    ],
    [
        Case("loop", f"foreach ($name in 'UserVars.DcuiTimeOut', 'UserVars.ESXiShellInteractiveTimeOut') {{\n  {ME} |"
             " Get-AdvancedSetting -Name $name | Set-AdvancedSetting -Value 120 -Confirm:$false\n}\n",
             do.several(do.option("UserVars.DcuiTimeOut", 120), do.option("UserVars.ESXiShellInteractiveTimeOut",
             120)), PWSH),
        Case("esxcli-v2", f"$esxcli = Get-EsxCli -V2 -VMHost ({ME})\n"
             "$esxcli.system.settings.advanced.set.Invoke(@{option = '/Mem/MemEagerZero'; intvalue = 0})\n",
             do.option("Mem.MemEagerZero", 0), PWSH),
        Case("variables",
             "KEY=/Mem/ShareForceSalting\nVALUE=0\nesxcli system settings advanced set -o $KEY -i ${VALUE}\n",
             do.option("Mem.ShareForceSalting", 0)),
        Case("maybe", "if [ -e /etc/x ]; then esxcli system settings advanced set -o /Net/BMCNetworkEnable -i 1; fi\n",
             do.option("Net.BMCNetworkEnable", 1), partly=True),
        Case("kickstart",
             "vmaccepteula\n%firstboot\nesxcli system settings advanced set -o /UserVars/HostClientCEIPOptIn -i 1\n"
             "esxcli system syslog config set --default-rotate=30\n",
             do.several(do.option("UserVars.HostClientCEIPOptIn", 1), do.option("Syslog.global.defaultRotate", 30))),
        Case("golden", "golden: small\ntitle: A small profile\nfor: {platform: esxi}\nfacts:\n  advanced:\n"
             "    Security.AccountUnlockTime: 600\n    Security.PasswordMaxDays: 99999\n"
             "  services:\n    sfcbd-watchdog: {policy: 'on'}\n",
             do.several(do.option("Security.AccountUnlockTime", 600), do.option("Security.PasswordMaxDays", 99999),
                        do.service("sfcbd-watchdog", policy="on")), YAML),
        Case("other-host",
             "Get-VMHost esx-02.example.test | Get-VMHostService | Start-VMHostService\n", lambda peer: None, PWSH),
        Case("default", "esxcli system settings advanced set -o /UserVars/HostClientSessionTimeout -d\n",
             do.option("UserVars.HostClientSessionTimeout", 300), partly=True),
        Case("group-gone",
             "esxcli network vswitch standard portgroup remove -p Backup -v vSwitch0\n", do.no_group("Backup")),
        Case("maintenance-ends", "esxcli system maintenanceMode set --enable false\n", do.maintenance(on=False)),
        Case("group-renamed", "vim-cmd hostsvc/net/portgroup_set --portgroup-name=Machines vSwitch0 Servers\n",
             do.group_spec("Servers", do.field("name", "Machines"))),
        Case("firewall-closes", "firewall: {incoming_blocked: true, outgoing_blocked: true}\n",
             do.firewall_default(blocked=True), YAML),
    ],
]  # fmt: skip
CASES = [case for batch in BATCHES for case in batch]
