"""Risks of the window are computed from facts, each with the line that makes it; a harmless change has none."""

import pytest

from auditor.domain import Severity
from tests.changes.vsphere.foretell import capture_of, tell

ME = "Get-VMHost esx-01.example.test"
HOST = {
    "esxcli network vswitch standard portgroup set -p 'Management Network' -v 5": "esxi-management-touched",
    "esxcli network vswitch standard set -v vSwitch0 -m 1400": "esxi-management-touched",
    "esxcli network ip interface ipv4 set -i vmk0 -t static -I 10.9.9.9 -N 255.255.255.0": "esxi-management-touched",
    "esxcli network vswitch standard uplink remove -u vmnic0 -v vSwitch0": "esxi-single-uplink",
    "esxcli network ip interface set -i vmk1 -m 9000": "esxi-mtu-mismatch",
    "esxcli network ip interface tag remove -i vmk1 -t VMotion": "esxi-vmotion-touched",
    "esxcli network vswitch standard policy failover set -v vSwitch0 -l iphash": "esxi-ip-hash",
    "esxcli network vswitch standard portgroup remove -p Servers -v vSwitch0": "esxi-port-group-gone",
    "esxcli network vswitch standard portgroup set -p Servers -v 5": "esxi-vlan-changed",
    "esxcli network vswitch standard portgroup policy failover set -p Servers -f beacon": "esxi-beacon-uplinks",
    "esxcli iscsi networkportal add -A vmhba64 -n vmk1": "esxi-iscsi-binding",
    f"({ME} | Get-View).ChangeLockdownMode('lockdownStrict')": "esxi-lockdown-strict",
    f"({ME} | Get-View).UpdateLockdownExceptions(@('visitor'))": "esxi-lockdown-account",
    f"{ME} | Get-VMHostNtpServer | ForEach-Object {{ Remove-VMHostNtpServer -VMHost ({ME}) -NtpServer $_ }}":
        "esxi-last-ntp-server",
    f"{ME} | Get-VMHostService | ? Key -eq ntpd | Stop-VMHostService": "esxi-time-stopped",
    f"Set-VMHostSysLogServer -VMHost ({ME})": "esxi-last-syslog-server",
    "esxcli network ip dns server remove --all": "esxi-last-dns-server",
    "esxcli network firewall ruleset set -r syslog -e false": "esxi-ruleset-closed",
    "esxcli network firewall ruleset set -r vpxHeartbeats -e false": "esxi-ruleset-closed",
    f"Get-VMHostAuthentication -VMHost ({ME}) | Set-VMHostAuthentication -LeaveDomain": "esxi-domain-left",
    "esxcli system permission unset -i esx-operator": "esxi-last-admin",
    "esxcli system hostname set --host=other": "esxi-renamed",
    "esxcli system maintenanceMode set -e true": "esxi-enters-maintenance",
    "esxcli system tls server set -p COMPATIBLE": "esxi-restart-due",
    "esxcli system settings encryption set -m NONE": "esxi-recovery-key",
    f"{ME} | Get-VMHostService | ? Key -eq vpxa | Stop-VMHostService": "esxi-agent-stopped",
}  # fmt: skip
SWITCH = {
    "Get-VDSwitch DSwitch | Set-VDSwitch -Mtu 1500": "dvs-mtu",
    "Get-VDPortgroup dv-servers | Set-VDPortgroup -VlanId 5": "dvs-vlan-changed",
    "Get-VDUplinkTeamingPolicy -VDPortgroup dv-dmz | Set-VDUplinkTeamingPolicy -UnusedUplinkPort 'Uplink 1','Uplink 2'":
        "dvs-no-uplink",
    "Get-VDPortgroup *Uplinks | Set-VDVlanConfiguration -VlanTrunkRange 1-10": "dvs-uplink-policy",
    "Get-VDPortgroup dv-dmz | Get-VDBlockedPolicy | Set-VDBlockedPolicy -Blocked $true": "dvs-blocked",
    "Get-VDPortgroup dv-dmz | Remove-VDPortgroup": "dvs-group-gone",
}  # fmt: skip


@pytest.mark.parametrize("line", HOST)
def test_a_risk_of_a_host_is_told_with_its_line(line: str) -> None:
    """The risk is there, stands at the line, and says names of this host."""
    found = tell(f"# a change\n{line}\n").risks
    assert HOST[line] in found, list(found)
    assert found[HOST[line]].where == "change.txt:2"
    assert found[HOST[line]].detail


@pytest.mark.parametrize("line", SWITCH)
def test_a_risk_of_a_distributed_switch_is_told_with_its_line(line: str) -> None:
    """The risk is there and stands at the line."""
    found = tell(f"# a change\n{line}\n", platform="dvs").risks
    assert SWITCH[line] in found, list(found)
    assert found[SWITCH[line]].where == "change.txt:2"


def test_losing_the_only_management_adapter_is_the_worst() -> None:
    """No other adapter carries management: critical, and that vCenter's rollback does not reach what is typed there."""
    risk = tell("esxcli network ip interface tag remove -i vmk0 -t Management\n").risks["esxi-management-touched"]
    assert risk.severity == Severity.CRITICAL
    assert "vCenter rolls back" in risk.detail
    assert "not rolled back" in risk.detail


def test_losing_every_uplink_is_told() -> None:
    """Both adapters of the switch are removed, one line after the other."""
    lines = [f"esxcli network vswitch standard uplink remove -u vmnic{n} -v vSwitch0\n" for n in (0, 1)]
    found = tell("".join(lines)).risks
    assert found["esxi-no-uplink"].where == "change.txt:2"


def test_enforcing_signatures_names_the_packages_that_are_not_signed() -> None:
    """A community package makes it high."""
    capture = capture_of()
    capture.body["calls"]["packages"].append(
        {"name": "net-community", "version": "1", "vendor": "x", "acceptance": "community"}
    )
    capture.body["props"]["config.option"]["VMkernel.Boot.execInstalledOnly"] = False
    for row in capture.body["esxcli"]["answers"]["system.settings.kernel.list"]:
        row["Configured"] = "FALSE" if row["Name"] == "execInstalledOnly" else row["Configured"]
    risk = tell("esxcli system settings kernel set -s execInstalledOnly -v TRUE\n", capture=capture).risks
    assert risk["esxi-signature-enforcement"].severity == Severity.HIGH
    assert "net-community" in risk["esxi-signature-enforcement"].detail


def test_a_closed_rule_set_of_a_service_that_does_not_run_is_no_risk() -> None:
    """SSH is stopped: closing its rule set ends nothing. The same with SSH running does."""
    capture = capture_of()
    for one in capture.body["props"]["config.firewall"]["ruleset"]:
        one["enabled"] = one["enabled"] or one["key"] == "sshServer"
    line = "esxcli network firewall ruleset set -r sshServer -e false\n"
    assert "esxi-ruleset-closed" not in tell(line, capture=capture).risks
    for one in capture.body["props"]["config.service"]["service"]:
        one["running"] = one["running"] or one["key"] == "TSM-SSH"
    assert "esxi-ruleset-closed" in tell(line, capture=capture).risks


def test_shutting_the_default_of_the_firewall_is_a_risk() -> None:
    """What passed by default ends."""
    capture = capture_of()
    capture.body["props"]["config.firewall"]["defaultPolicy"] = {"incomingBlocked": False, "outgoingBlocked": False}
    assert "esxi-default-drop" in tell("esxcli network firewall set -d false\n", capture=capture).risks


@pytest.mark.parametrize("key", ["ha", "drs"])
def test_a_cluster_without_its_guards_is_a_risk(key: str) -> None:
    """High availability or DRS switched off."""
    capture = capture_of("vcenter")
    name = capture.body["clusters"][0]["props"]["name"]
    part = {"ha": "dasConfig", "drs": "drsConfig"}[key]
    capture.body["clusters"][0]["props"]["configurationEx"].setdefault(part, {})["enabled"] = True
    text = f"Get-Cluster '{name}' | Set-Cluster -{key.upper()}Enabled:$false -Confirm:$false\n"
    assert f"vcenter-{key}-off" in tell(text, platform="vcenter", capture=capture).risks


def test_a_harmless_change_has_no_risk() -> None:
    """An option of the shell touches no way in."""
    assert (
        tell(f"{ME} | Get-AdvancedSetting -Name UserVars.SuppressShellWarning | Set-AdvancedSetting -Value 1\n").risks
        == {}
    )


def test_a_line_that_nobody_may_type_is_a_risk() -> None:
    """Lockdown without exception users shuts the shell; with one it is a reminder; without lockdown it is nothing."""
    line = "esxcli system settings advanced set -o /UserVars/SuppressShellWarning -i 1\n"
    capture = capture_of()
    found = tell(line, capture=capture).risks["esxi-typed-under-lockdown"]
    capture.body["calls"]["lockdown_exceptions"] = ["svc-change"]
    assert (found.severity, tell(line, capture=capture).risks[found.ident].severity) == (Severity.HIGH, Severity.LOW)
    assert tell(line, capture=capture_of(config__lockdownMode="lockdownDisabled")).risks == {}
