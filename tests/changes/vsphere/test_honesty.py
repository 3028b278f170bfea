"""What nobody can foretell is said, with what follows from it; a line for another host changes nothing here."""

import pytest

from tests.changes.vsphere.foretell import capture_of, tell

ME = "Get-VMHost esx-01.example.test"


def test_a_line_for_another_host_is_a_remark() -> None:
    """Nothing changes, nothing is unknown, and the line is told."""
    told = tell("Get-VMHost esx-02* | Get-VMHostService | Stop-VMHostService\n")
    assert (told.changed, told.unknown) == ({}, set())
    assert "for another object: esx-02*" in told.remarks


@pytest.mark.parametrize(
    "text",
    [
        "Get-VMHost $name | Get-AdvancedSetting -Name Net.BlockGuestBPDU | Set-AdvancedSetting -Value 0\n",
        f"{ME} | Where-Object {{ $_.Version -gt 7 }} |\n"
        " Get-AdvancedSetting -Name Net.BlockGuestBPDU | Set-AdvancedSetting -Value 0\n",
        f"if ($x) {{ {ME} | Get-AdvancedSetting -Name Net.BlockGuestBPDU | Set-AdvancedSetting -Value 0 }}\n",
        f"{ME} | Get-AdvancedSetting -Name Net.BlockGuestBPDU | Set-AdvancedSetting -Value $value\n",
        "test -e /x && esxcli system settings advanced set -o /Net/BlockGuestBPDU -i 0\n",
        "for i in 0 1; do esxcli system settings advanced set -o /Net/BlockGuestBPDU -i $i; done\n",
        "esxcli system settings advanced set -o /Net/BlockGuestBPDU -i $(cat /x)\n",
        "esxcli system settings advanced set -o /Net/BlockGuestBPDU -d\n",
        "exit $?\nesxcli system settings advanced set -o /Net/BlockGuestBPDU -i 0\n",
    ],
)
def test_what_may_not_run_or_is_open_leaves_the_fact_unknown(text: str) -> None:
    """The option is not foretold as before and not as set; a script that has ended sets nothing."""
    told = tell(text)
    assert told.changed == {}
    if text.startswith("exit"):
        assert "the script has ended" in told.remarks
    else:
        assert told.unknown == {"advanced[Net.BlockGuestBPDU]"}


@pytest.mark.parametrize(
    ("before", "sure"),
    [
        ("if ($_.Name -like 'x*') { continue }", False),
        ("if ($x) { return }", False),
        ("try { Get-VMHost } catch { throw }", True),
        ("function Stop-All { exit }", True),
        ("Get-VMHost | ForEach-Object { continue }", True),
    ],
)
def test_a_line_behind_one_that_may_leave_is_not_sure(before: str, sure: bool) -> None:
    """What stands behind `continue` or `return` may not run; a failure leaves nothing."""
    line = f"{ME} | Get-AdvancedSetting -Name Net.BlockGuestBPDU | Set-AdvancedSetting -Value 0"
    told = tell(f"foreach ($host in Get-VMHost) {{\n{before}\n{line}\n}}\n")
    path = "advanced[Net.BlockGuestBPDU]"
    assert (told.changed, told.unknown) == (({path: 0}, set()) if sure else ({}, {path}))


def test_what_follows_from_an_unknown_fact_is_unknown_too() -> None:
    """The default of an option that others are derived of leaves those open."""
    told = tell("esxcli system settings advanced set -o /Syslog/global/logHost -d\n")
    assert told.unknown == {"advanced[Syslog.global.logHost]", "syslog.hosts", "syslog.protocols"}


def test_what_follows_from_a_line_that_may_not_run_is_unknown_too() -> None:
    """The reader would make these facts of evidence that may be another by then."""
    told = tell("if [ -e /x ]; then esxcli system syslog config set --loghost=udp://other.example.test; fi\n")
    assert told.unknown == {"advanced[Syslog.global.logHost]", "syslog.hosts", "syslog.protocols"}
    told = tell("test -e /x && vim-cmd hostsvc/start_ssh\n")
    assert told.unknown == {"services[TSM-SSH].running", "listening"}
    told = tell("$mode = Read-Host\n(Get-VMHost | Get-View).UpdateLockdownExceptions($users)\n")
    assert told.unknown == {"lockdown.exceptions", "lockdown.audit_account"}


def test_an_unknown_command_leaves_open_what_its_family_touches() -> None:
    """A command of the firewall that nobody knows touches the firewall; one that is no fact's is a remark."""
    told = tell("esxcli network firewall frobnicate --hard\nesxcli vm process kill -t soft -w 1\n")
    assert told.unknown == {"firewall", "firewall_active"}
    assert "`esxcli vm` touches no fact" in told.remarks
    assert "advanced" in tell("esxcli system hostname get\n/opt/vendor/tool --do\n").unknown


def test_a_setting_that_waits_for_a_restart_leaves_what_runs_now() -> None:
    """Kernel settings: configured changes, runtime does not, and the model shows what is pending."""
    told = tell("esxcli system settings kernel set -s execInstalledOnly -v FALSE\n")
    assert told.changed["kernel_settings[execInstalledOnly].configured"] == "FALSE"
    assert "kernel_settings[execInstalledOnly].runtime" not in told.changed
    assert told.after.facts["pending"] == {"execInstalledOnly": {"configured": "FALSE", "runtime": "TRUE"}}
    assert "at the next restart" in told.remarks


@pytest.mark.parametrize(
    ("line", "path"),
    [
        ("esxcli software vib install -d /vmfs/volumes/x/depot.zip", "packages"),
        ("esxcli software profile update -d /vmfs/x.zip -p ESXi-8.0U3-standard", "packages"),
        ("esxcli network nic set -n vmnic0 -a", "pnics"),
        ("esxcli iscsi software set -e false", "iscsi"),
        ("esxcfg-vswitch -p Servers -N vmnic1 vSwitch0", "port_groups[Servers].teaming.standby"),
        ("vim-cmd vimsvc/license --set=AAAAA-BBBBB-CCCCC-DDDDD-EEEEE", "licence"),
        ("esxcli system module parameters set -m lpfc -p lpfc_lun_queue_depth=32", "queue_depths"),
        ("esxcli network ip interface ipv4 set -i vmk1 -t dhcp", "vmkernel[vmk1].ip"),
        ("esxcli storage core claiming reclaim -d naa.6000000000000001", "multipath"),
        ("services.sh restart", "services"),
        ("cp /tmp/x /etc/ssh/sshd_config", "sshd"),
        ("rm -rf /tmp/../etc/vmware", "advanced"),
        ("echo hello > /etc/issue", "advanced[Config.Etc.issue]"),
    ],
)
def test_a_command_whose_effect_no_line_tells_leaves_its_facts_open(line: str, path: str) -> None:
    """A profile has no fact for it; a host that runs has, and it is not said to be as before."""
    assert path in tell(f"esxcli system hostname get\n{line}\n").unknown


def test_files_of_work_are_no_setting() -> None:
    """Copies within folders for work touch no fact."""
    told = tell("esxcli system hostname get\ncp /tmp/a.zip /vmfs/volumes/x/\nchmod 0644 /tmp/a.zip\n")
    assert (told.unknown, told.changed) == (set(), {})


def test_vmotion_is_taken_from_an_adapter() -> None:
    """A list can say of a host that runs what is no longer in it."""
    assert tell("vim-cmd hostsvc/vmotion/vnic_unset vmk1\n").changed["vmkernel[vmk1].services"] == []


def test_a_boot_setting_that_no_option_shows_is_configured_alone() -> None:
    """Not every kernel setting is an advanced option too."""
    told = tell("esxcli system settings kernel set -s disableHwrng -v TRUE\n")
    assert told.changed["kernel_settings[disableHwrng].configured"] == "TRUE"
    assert told.after.facts["pending"] == {"disableHwrng": {"configured": "TRUE", "runtime": "FALSE"}}


def test_a_restart_in_the_candidate_leaves_what_runs_unknown() -> None:
    """After `reboot` nobody can tell services and boot settings."""
    told = tell("esxcli system settings kernel set -s execInstalledOnly -v FALSE\nreboot\n")
    assert {"services", "kernel_settings", "pending", "scratch"} <= told.unknown


def test_each_changed_fact_has_the_line_that_did_it() -> None:
    """A group that inherits from its switch is explained by the line on the switch."""
    told = tell("# one\nesxcli network vswitch standard policy security set -v vSwitch0 -f true\n")
    places = {why.path: why.where for why in told.edited.why}
    assert places["vswitches[vSwitch0].security.forged_transmits"] == "change.txt:2"
    assert places["port_groups[vMotion]"] == "change.txt:2"


def test_a_section_that_was_not_read_stays_unknown() -> None:
    """Setting what esxcli alone shows, where it was not asked, makes it unknown and no false fact."""
    capture = capture_of(esxcli=None)
    told = tell("esxcli system security fips140 ssh set -e false\n", capture=capture)
    assert told.unknown == {"fips[ssh]"}
    assert "fips" not in told.changed


@pytest.mark.parametrize(
    ("section", "line", "path"),
    [
        ("config.network.vswitch", "esxcli network vswitch standard set -v vSwitch1 -m 9000", "vswitches"),
        ("config.network.portgroup", "esxcli network vswitch standard portgroup set -p Other -v 5", "port_groups"),
        ("config.network.vnic", "esxcli network ip interface set -i vmk7 -m 9000", "vmkernel"),
        ("config.firewall", "esxcli network firewall ruleset set -r other -e true", "firewall.rulesets[other].enabled"),
        ("config.service", "vim-cmd hostsvc/start_ssh", "services[TSM-SSH].running"),
    ],
)
def test_what_the_account_may_not_see_is_not_refused(section: str, line: str, path: str) -> None:
    """Nobody looked, so nobody can say that the host has no such thing: unknown, no fault of the line."""
    capture = capture_of()
    props = {name: value for name, value in capture.body["props"].items() if name != section}
    told = tell(line + "\n", capture=capture_of(props=props, errors={section: "needs the privilege System.Read"}))
    assert path in told.unknown


def test_facts_of_a_profile_without_a_value_are_unknown() -> None:
    """A customisation that no host gives leaves its fact open; the rest is set."""
    text = (
        "golden: small\ntitle: x\nfor: {platform: esxi}\ncustomisations: {banner: 'advanced[Config.Etc.issue]'}\n"
        "facts:\n  advanced: {Config.Etc.issue: $banner, Net.BlockGuestBPDU: 0}\n  power_policy: static\n"
    )
    told = tell(text, "golden.yaml")
    assert told.changed == {"advanced[Net.BlockGuestBPDU]": 0, "power_policy": "static"}
    assert told.unknown == {"advanced[Config.Etc.issue]"}


def test_what_a_kickstart_leaves_open_is_unknown_and_what_it_sets_is_set() -> None:
    """Commands with placeholders are open; lines that the installer alone runs are remarks."""
    text = (
        "vmaccepteula\nrootpw secret-of-this-test\nnetwork --bootproto=static --device=vmnic0 --ip=10.1.2.3"
        " --netmask=255.255.0.0 --vlanid=77\n%firstboot --interpreter=busybox\n"
        "esxcli system settings advanced set -o /Net/BlockGuestBPDU -i 0\n"
        "esxcli system settings advanced set -o /Annotations/WelcomeMessage -s @@BANNER@@\n"
    )
    told = tell(text, "ks.cfg")
    assert told.changed["advanced[Net.BlockGuestBPDU]"] == 0
    assert told.changed["port_groups[Management Network].vlan"] == 77
    assert told.changed["vmkernel[vmk0].ip"] == "10.1.2.3"
    assert "advanced[Annotations.WelcomeMessage]" in told.unknown
    assert "installs a host anew" in told.remarks
    assert "secret-of-this-test" not in repr((told.edited, told.candidate))


def test_extra_configuration_of_a_machine_is_set_and_a_running_one_is_told() -> None:
    """By PowerCLI and by YAML; another machine is left alone."""
    capture = capture_of("vm")
    name = capture.body["name"]
    line = f"Get-VM '{name}' | New-AdvancedSetting -Name isolation.tools.copy.disable -Value FALSE -Confirm:$false\n"
    told = tell(line, "change.ps1", "vm", capture)
    assert told.changed == {"extra_config[isolation.tools.copy.disable]": "FALSE"}
    text = "vm: {extra_config: {isolation.tools.copy.disable: 'FALSE'}}\n"
    assert tell(text, "change.yaml", "vm", capture).changed == told.changed
    assert tell(line.replace(name, "another"), "change.ps1", "vm", capture).changed == {}


def test_the_old_cmdlet_of_settings_is_known() -> None:
    """Scripts of release 5 set options by it."""
    told = tell(f"Set-VMHostAdvancedConfiguration -VMHost ({ME}) -Name Net.BlockGuestBPDU -Value 0\n")
    assert told.changed == {"advanced[Net.BlockGuestBPDU]": 0}
