"""Secrets of a candidate are replaced before anything else sees them, by the tokens that captures hold."""

import pytest

from auditor.changes import vsphere
from auditor.changes.load import candidate_of
from auditor.evidence.redaction import redactor
from tests.changes.vsphere.foretell import tell

SECRET = "a-secret-of-this-test"
LINES = [
    "esxcli system account add -i bob -p {} -c {} -d Bob",
    "esxcli system account set --id=bob --password={} --password-confirmation={}",
    "esxcli system account add -i bob \\\n  --password \\\n  {} -c {}",
    "esxcli system snmp set --communities {} -e true",
    "esxcli system snmp set -c public,{} --targets=10.0.0.1@162/{}",
    "esxcli iscsi adapter auth chap set -A vmhba64 -d uni -l required -N me -S {}",
    "domainjoin-cli join example.test joiner {}",
    "rootpw {}",
    "Connect-VIServer vc01 -User admin -Password {}",
    "Get-VMHostSnmp | Set-VMHostSnmp -ReadOnlyCommunity '{}'",
    "$cred = ConvertTo-SecureString '{}' -AsPlainText -Force",
    "Set-VMHostAuthentication -JoinDomain -Domain a -Username b -Password '{}'",
    "esxcli system syslog config set --loghost=ssl://me:{}@log.example.test",
    "vim-cmd hostsvc/advopt/update Some.Vendor.password string {}",
    'Get-VMHost | Get-AdvancedSetting -Name "Some.secret" | Set-AdvancedSetting -Value "{}"',
    "esxcli system settings advanced set -o /Some/Secret -s '{}'",
    "esxcli system settings advanced set --string-value={} --option=/Some/Password",
    "Get-VM | New-AdvancedSetting -Name machine.id -Entity $vm -Value '{}'",
    "$esxcli.system.settings.advanced.set.Invoke(@{option = '/Some/Secret'; stringvalue = '{}'})",
]


@pytest.mark.parametrize("line", LINES)
def test_no_secret_of_a_line_is_left(line: str) -> None:
    """The text keeps its number of lines, and the secret is nowhere in it."""
    candidate = candidate_of("change.txt", (line.replace("{}", SECRET) + "\nesxcli system hostname get\n").encode())
    cleaned = vsphere.clean(candidate)
    assert SECRET not in repr(cleaned)
    assert len(cleaned.only.lines) == len(candidate.only.lines)


def test_no_secret_of_yaml_is_left() -> None:
    """Communities, and options that are secrets by their name."""
    text = f"snmp:\n  communities:\n    - {SECRET}\nadvanced:\n  Some.Vendor.password: {SECRET}\n"
    flow = f"snmp: {{communities: [public, '{SECRET}']}}\nadvanced: {{Some.secret: {SECRET}, Net.BlockGuestBPDU: 0}}\n"
    for written in (text, f"snmp: \n  communities: [{SECRET}]\n", flow):
        cleaned = vsphere.clean(candidate_of("change.yaml", written.encode()))
        assert SECRET not in repr(cleaned)


def test_a_community_equals_the_captured_one() -> None:
    """The token is the collector's own, so that a rule finds a default community."""
    told = tell("esxcli system snmp set -e true -c public\n")
    assert told.after.facts["snmp"]["communities"] == [str(redactor().token("public"))]
    assert told.after.facts["snmp"]["known_default"] is True


def test_cleaning_twice_changes_nothing() -> None:
    """A text that holds tokens keeps them."""
    candidate = candidate_of("change.txt", f"esxcli system snmp set -c {SECRET}\n".encode())
    once = vsphere.clean(candidate)
    assert vsphere.clean(once) == once
