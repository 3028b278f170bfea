"""A golden profile, or a kickstart file, judged by the rules before there is a host."""

import json
from pathlib import Path

from auditor.golden.intended import UNSAID, intended
from auditor.golden.profile import golden
from auditor.golden.schema import GoldenProfile
from auditor.yamlfile import parse
from tests.cli.running import auditor

PROFILE = """
golden: old-blade
title: A host of release 4.1
for: {platform: esxi}
customisations: {host: dns.hostname}
extra: [services]
absent: [snmp]
facts:
  dns: {hostname: $host}
  time: {ntp_servers: [192.0.2.1]}
  services:
    ntpd: {policy: "on"}
  vswitches:
    vSwitch0: {security: {promiscuous: true}}
"""
KICKSTART = """
accepteula
install --firstdisk --overwritevmfs
rootpw --iscrypted $1$abcdefgh$ABCDEFGHIJKLMNOPQRSTU/
network --bootproto=static --ip=192.0.2.10 --hostname=esx4.example.test
%firstboot --interpreter=busybox
esxcfg-vswitch -a vSwitch1
vim-cmd hostsvc/net/vswitch_setpolicy --securepolicy-promisc=true vSwitch1
"""


def snapshot(values: dict[str, str] | None = None) -> tuple[dict[str, object], dict[str, str], dict[str, str]]:
    """Facts, gaps and sources of the intention."""
    made = intended(golden(parse(PROFILE).validate(GoldenProfile)), "4.1", values)
    return dict(made.facts), dict(made.gaps), dict(made.sources)


def test_only_what_is_said_is_known() -> None:
    """A field nobody named is a gap; a mapping that is closed is whole, one that is open is not; absence is said."""
    facts, gaps, sources = snapshot()
    assert facts["time"] == {"ntp_servers": ["192.0.2.1"]}
    assert gaps["power_policy"] == gaps["services[ntpd].running"] == UNSAID
    assert gaps["vswitches[vSwitch0].security.forged_transmits"] == UNSAID
    assert "vswitches" in sources
    assert "services" not in sources
    assert "snmp" in sources
    assert "snmp" not in gaps


def test_a_value_of_the_host_is_filled_in_or_open() -> None:
    """A customisation without a value is a gap that names it."""
    assert snapshot()[1]["dns.hostname"] == "the customisation $host has no value"
    assert snapshot({"host": "esx-01"})[0]["dns"] == {"hostname": "esx-01"}


def test_rules_judge_the_intention(tmp_path: Path) -> None:
    """What the profile says passes or fails, what it leaves open is unknown; the exit status tells."""
    (tmp_path / "blade.yaml").write_text(PROFILE)
    arguments = ("golden", "judge", "-g", "blade.yaml", "-b", "vsphere-4-hardening", "--version", "4.1")
    done = auditor(tmp_path, *arguments, "-f", "json")
    assert done.status == 1, done.err
    found = {(one["rule"], one["subject"]): one["status"] for one in json.loads(done.out)}
    assert found["esxi-vswitch-promiscuous", "vSwitch0"] == "fail"
    assert found["esxi-vswitch-forged-transmits", "vSwitch0"] == "unknown"
    assert found["esx4-ntp-policy", None] == "pass"
    assert found["esx4-ntp-running", None] == "unknown"
    assert "esxi-vswitch-promiscuous" in auditor(tmp_path, *arguments).out


def test_a_kickstart_is_judged_before_it_is_used(tmp_path: Path) -> None:
    """Imported and judged: the switch that it makes accepts what the rules refuse."""
    (tmp_path / "ks.cfg").write_text(KICKSTART)
    imported = auditor(tmp_path, "golden", "import-kickstart", "ks.cfg")
    assert imported.status == 0, imported.err
    (tmp_path / "ks.yaml").write_text(imported.out)
    done = auditor(
        tmp_path, "golden", "judge", "-g", "ks.yaml", "-b", "vsphere-4-hardening", "--version", "4.1", "-f", "json"
    )
    found = {(one["rule"], one["subject"]): one["status"] for one in json.loads(done.out)}
    assert found["esxi-vswitch-promiscuous", "vSwitch1"] == "fail", found
