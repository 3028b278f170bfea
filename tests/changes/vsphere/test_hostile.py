"""Any text is followed or refused with its line, never more; 50,000 lines are followed."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.changes import vsphere
from auditor.changes.load import candidate_of
from auditor.changes.vsphere.editing import UNFOLLOWED
from auditor.errors import InputError
from tests.changes.vsphere.foretell import capture_of, tell

MANY = 50_000
PLATFORMS = ("esxi", "dvs", "vcenter", "vm")
CAPTURES = {platform: capture_of(platform) for platform in PLATFORMS}
HEADS = ("esxcli system hostname get\n", "Get-VMHost\n", "vmaccepteula\n")
_SAID = r"""
esxcli system settings advanced set -o /UserVars/SuppressShellWarning -i 1 -s network vswitch standard portgroup policy
security failover -p Servers -v vSwitch0 -a vmnic0 uplink add remove vim-cmd hostsvc/advopt/update long esxcfg-vswitch
-A -D -L -m 9000 if then fi for in do done ; && || | ( ) { } <<EOF EOF $x ${x} $( ` ' " \ exit x=1 Get-VMHost esx-01*
Get-VMHostService Set-VMHostService -Policy On Where-Object foreach ($h @( @{ = $true , # * Set-VMHost -State
Maintenance Get-VDPortgroup Set-VDPortgroup -VlanId %firstboot vmaccepteula firewall ruleset allowedip -r sshServer
10.0.0.0/8 dns server --all account root null <# #> @" "@ [string] $_.Key -eq .Invoke( .Name -WhatIf $null
ForEach-Object
"""
_NAMES = """
TSM-SSH running policy vSwitch0 Servers security promiscuous vlan x vmk0 ntp_servers rulesets sshServer allowed pnics
teaming active DSwitch mtu port_groups dv-dmz kind ranges type vswitch
"""
_PARTS = """
advanced services vswitches port_groups vmkernel firewall time dns snmp lockdown access accounts dvs settings boot sshd
stores packages
"""
WORDS = st.lists(st.sampled_from([*_SAID.split(), "\n", "{ $_.Key -eq 'ntpd' }"]) | st.text(max_size=6), max_size=40)
_DATA = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.sampled_from(_NAMES.split()), below, max_size=4),
    max_leaves=12,
)


def follow(content: bytes, name: str, platform: str) -> None:
    """Cleans, refuses or follows a candidate; anything but an input error fails the test."""
    with contextlib.suppress(InputError):
        candidate = candidate_of(name, content)
        if candidate.kind in ("ansible", "patch"):
            return
        cleaned = vsphere.clean(candidate)
        if not vsphere.refusal(platform, cleaned):
            edited = vsphere.edit(CAPTURES[platform], cleaned)
            assert not any(one.reason.startswith(UNFOLLOWED) for one in edited.unknown)


@given(st.sampled_from(HEADS), WORDS, st.sampled_from(PLATFORMS))
def test_any_words_are_followed_or_refused(head: str, words: list[str], platform: str) -> None:
    """Words of the tools in any order raise nothing but input errors."""
    follow((head + " ".join(words) + "\n").encode("utf-8", "surrogatepass"), "change.txt", platform)


@given(st.dictionaries(st.sampled_from(_PARTS.split()), _DATA, min_size=1, max_size=4), st.sampled_from(PLATFORMS))
def test_any_settings_are_set_or_refused(data: dict[str, object], platform: str) -> None:
    """YAML of any shape below known keys raises nothing but input errors."""
    follow(json.dumps(data).encode(), "change.yaml", platform)


@pytest.mark.parametrize(
    ("count", "line"),
    [
        (MANY, "esxcli system settings advanced set -o /UserVars/SuppressShellWarning -i {}\n"),
        (MANY // 10, "Get-VMHost esx-01* | Get-AdvancedSetting -Name *ShellWarning | Set-AdvancedSetting -Value {}\n"),
    ],
)
def test_fifty_thousand_lines_are_followed_and_the_last_wins(count: int, line: str) -> None:
    """Each line acts in turn; of the reasons only the last are kept."""
    told = tell("".join(line.format(n) for n in range(count)))
    assert told.changed == {"advanced[UserVars.SuppressShellWarning]": count - 1}
    assert len(told.edited.why) < 20


@pytest.mark.parametrize("text", ["{\n" * MANY, "if true; then\n" * MANY, "Get-VMHost " + "(" * MANY])
def test_endless_nesting_is_refused(text: str) -> None:
    """An input error with a line, not a stack that overflows."""
    with pytest.raises(InputError):
        tell("esxcli system hostname get\n" + text + "\n")


def test_a_host_takes_no_more_groups_than_a_host_has() -> None:
    """More port groups than a host can have are refused, and only so many faults are told."""
    with pytest.raises(InputError, match="no more than 1000 port groups"):
        tell("".join(f"esxcli network vswitch standard portgroup add -p P{n} -v vSwitch0\n" for n in range(1300)))


@pytest.mark.parametrize("junk", [None, 5, "x", [None], {"config.option": 7}])
def test_a_capture_of_another_form_leaves_everything_unknown_or_unread(junk: object) -> None:
    """Evidence that no collector makes raises nothing: the facts are gaps before, and unknown afterwards."""
    told = tell("esxcli system settings advanced set -o /Net/BlockGuestBPDU -i 0\n", capture=capture_of(props=junk))
    assert told.changed == {}
    assert "advanced[Net.BlockGuestBPDU]" in told.unknown | {f"{path}[Net.BlockGuestBPDU]" for path in told.unknown}


def test_lines_of_windows_are_the_same_lines() -> None:
    """Carriage returns do not become part of values."""
    told = tell("esxcli system settings advanced set -o /Annotations/WelcomeMessage -s hello\r\n")
    assert told.changed == {"advanced[Annotations.WelcomeMessage]": "hello"}
