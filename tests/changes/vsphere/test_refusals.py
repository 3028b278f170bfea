"""What a host, a switch or its vCenter would refuse is found beforehand, each with its line."""

import pytest

from auditor.changes import vsphere
from auditor.changes.load import candidate_of
from tests.changes.vsphere.foretell import capture_of, faults, tell

SET = "esxcli system settings advanced set"
REFUSED = {
    f"{SET} -o /UserVars/SuppressShelWarning -i 1": "no option 'UserVars.SuppressShelWarning'",
    f"{SET} -o /Net/BlockGuestBPDU -s yes": "Net.BlockGuestBPDU is a whole number",
    f"{SET} -o /Annotations/WelcomeMessage -i 1": "Annotations.WelcomeMessage is a text",
    f"{SET} -o /Net/BlockGuestBPDU -i 99999999999999999999": "not a whole number",
    f"{SET} -o /Net/BlockGuestBPDU": "not one of --int-value, --string-value, --default",
    f"{SET} --option=/Net/BlockGuestBPDU --intvalue=1": "an unknown option --intvalue",
    "esxcli network vswitch standard set -v vSwitch9 -m 9000": "no standard switch 'vSwitch9'",
    "esxcli network vswitch standard set -v vSwitch0 -m 90000": "not a whole number from 1280 to 9216",
    "esxcli network vswitch standard portgroup set -p Nowhere -v 5": "no port group 'Nowhere'",
    "esxcli network vswitch standard portgroup set -p Servers -v 5000": "from 0 to 4095",
    "esxcli network vswitch standard portgroup add -p Servers -v vSwitch0": "a port group 'Servers' already",
    "esxcli network vswitch standard portgroup remove -p vMotion -v vSwitch0": "in use by vmk1",
    "esxcli network vswitch standard uplink add -u vmnic9 -v vSwitch0": "no adapter 'vmnic9'",
    "esxcli network vswitch standard uplink remove -u vmnic3 -v vSwitch0": "'vmnic3' is not among",
    "esxcli network vswitch standard policy failover set -v vSwitch0 -a vmnic3": "vmnic3 is no uplink of vSwitch0",
    "esxcli network firewall ruleset set -r sshServr -e true": "no firewall rule set 'sshServr'",
    "esxcli network ip interface set -i vmk7 -m 9000": "no VMkernel adapter 'vmk7'",
    "esxcli system hostname set --fqdn=a.b --host=c": "--fqdn beside --host",
    "esxcli software acceptance set --level=VMwareCertified": "below the level vmware_certified: site-agent",
    "esxcli software vib remove -n nothing-here": "no package 'nothing-here'",
    "esxcli system security fips140 rhttpproxy set -e true": "release 8.0 took it away",
    "esxcli sytem hostname set --host=a": "there is no such command",
    "esxcli system settings advnced set -o /Net/BlockGuestBPDU -i 1": "there is no such command",
    "esxcli storage nmp device set -d naa.6000000000000009 -P VMW_PSP_RR": "no disk",
    "vim-cmd hostsvc/advopt/update UserVars.ESXiShellTimeOut long soon": "not a whole number",
    "esxcli system syslog config set --loghost=“ssl://a”": "a typographic quote",
    'esxcli system hostname set --host="a': "a quote that does not end",
    "Get-VMHost | Get-VMHostService | Where-Object { $_.Key -eq 'sshd' } | Start-VMHostService": "no service 'sshd'",
    "Get-VMHost | Get-AdvancedSetting -Name Net.BlockGuestBPDU | Set-AdvancedSetting -Value maybe": "a whole number",
    "Get-VMHost | Get-VMHostService | Set-VMHostService -Policy Sometimes": "one of on, off, automatic",
    "Get-VMHost | Remove-VMHostNtpServer -NtpServer nobody.example.test": "no NTP server of the host",
    "Get-VMHost | Set-VMHost -State 'Maintenance": "a quote that does not end",
}


@pytest.mark.parametrize("line", REFUSED)
def test_a_line_that_the_host_would_refuse_is_named_with_its_number(line: str) -> None:
    """The fault stands at its own line; the good line before it is none."""
    comment = "# a comment\n\n"
    found = faults(f"{comment}{line}\n")
    assert found, line
    assert all(one.startswith("change.txt:3: ") for one in found), found
    assert REFUSED[line] in found[0]


def test_every_fault_of_a_text_is_told_at_once() -> None:
    """Two lines that are wrong are two faults, and the right one between them is none."""
    lines = [f"{SET} -o /Net/Nothing -i 1", f"{SET} -o /Net/BlockGuestBPDU -i 0", f"{SET} -o /Net/BlockGuestBPDU -s x"]
    text = "".join(f"{line}\n" for line in lines)
    assert [one.partition(": ")[0] for one in faults(text)] == ["change.txt:1", "change.txt:3"]


def test_a_yaml_key_that_is_no_fact_is_named_with_its_line() -> None:
    """Unknown keys, values of another type and things that are not there are told where they stand."""
    text = "services:\n  TSM-SSH: {runing: true}\nadvanced:\n  Net.BlockGuestBPDU: 'no'\n"
    text += "port_groups:\n  Nowhere: {vlan: 1}\n"
    found = faults(text, "change.yaml")
    assert [one.partition(": ")[0] for one in found] == ["change.yaml:6", "change.yaml:4", "change.yaml:2"]
    assert "unknown key 'runing'" in found[2]


@pytest.mark.parametrize(
    ("platform", "text"),
    [
        ("esxi", "interface ethernet 1/1\n  switchport mode trunk\n"),
        ("esxi", "net.ipv4.ip_forward = 0\nkernel.dmesg_restrict = 1\n"),
        ("esxi", "apt-get install auditd\n"),
        ("esxi", "Just some words.\n"),
        ("dvs", "esxcli network vswitch standard set -v vSwitch0 -m 9000\n"),
        ("vcenter", "esxcli system hostname set --host=a\n"),
    ],
)
def test_a_candidate_for_another_platform_is_refused(platform: str, text: str) -> None:
    """The reason names what was found, or what this platform takes."""
    assert vsphere.refusal(platform, candidate_of("change.txt", text.encode()))


def test_files_and_diffs_are_refused() -> None:
    """A host takes commands; a file of its root is meant for Linux."""
    candidate = candidate_of("99-x.conf", b"a.b = 1\n", "/etc/sysctl.d/99-x.conf")
    assert "for Linux" in vsphere.refusal("esxi", candidate)


def test_settings_of_a_switch_are_refused_by_a_host() -> None:
    """YAML that holds nothing for the platform is told whose it is; beside settings of the platform it is a remark."""
    candidate = candidate_of("change.yaml", b"dvs: {mtu: 1500}\n")
    assert "those of dvs" in vsphere.refusal("esxi", candidate)
    both = tell("dvs: {mtu: 1500}\nadvanced: {Net.BlockGuestBPDU: 0}\n", "change.yaml")
    assert "`dvs` is for another platform" in both.remarks


def test_a_command_of_a_later_release_is_refused() -> None:
    """A host of release 7 does not know what came with 8."""
    old = capture_of(config__product={"name": "VMware ESXi", "version": "7.0.3", "build": "1"})
    found = faults("esxcli system ssh server config set -k banner -v none\n", capture=old)
    assert "came with release 8.0; this host has 7.0.3" in found[0]


def test_a_switch_of_a_nexus_1000v_is_not_vcenters_to_change() -> None:
    """Its supervisor manages it: the vCenter refuses."""
    capture = capture_of("dvs")
    capture.body["props"]["config"]["extensionKey"] = "Cisco_Nexus_1000V_1"
    assert "is managed by Cisco_Nexus_1000V_1" in faults("dvs: {mtu: 1500}\n", "change.yaml", "dvs", capture)[0]


def test_an_option_that_lists_leave_out_is_unknown_and_not_refused() -> None:
    """Options of agents may be missing from a list though the host has them."""
    told = tell("vim-cmd hostsvc/advopt/update Config.Something.of.an.agent string x\n")
    assert told.unknown == {"advanced[Config.Something.of.an.agent]"}
