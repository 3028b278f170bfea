"""What a review of the shipped rules found: each test is a false pass or a false fail of once."""

from datetime import UTC, datetime
from typing import Any

import pytest

from auditor.domain import Snapshot, Status
from auditor.facts import FoldedDict
from auditor.rulebook.compile import compile_rule
from tests.rules.shipped import shipped_rules

PASS, FAIL, UNKNOWN, NOTAPPLICABLE = Status.PASS, Status.FAIL, Status.UNKNOWN, Status.NOTAPPLICABLE
RULES = shipped_rules()
NEW, OLD = "Syslog.global.certificate.checkSSLCerts", "Syslog.global.logCheckSSLCerts"
AUDIT_FOLDER = "Syslog.global.auditRecord.storageDirectory"
AUDIT_LOG = "/var/log/audit/audit.log"


def verdict(rule_id: str, facts: dict[str, Any], version: str = "8.0.3", gaps: tuple[str, ...] = ()) -> Status:
    """What the rule says of its one subject, with these facts and the parameters as shipped."""
    rule, parameters = RULES[rule_id]
    if rule.applies_to.role:
        facts = {"roles": rule.applies_to.role, **facts}
    for name in ("advanced", "settings"):
        if name in facts:
            facts = {**facts, name: FoldedDict(facts[name])}
    snapshot = Snapshot(
        target="target",
        platform=rule.applies_to.platform[0],
        source="test",
        taken_at=datetime(2026, 1, 1, tzinfo=UTC),
        facts=facts,
        gaps=dict.fromkeys(gaps, "not readable in this test"),
        version=version,
    )
    (finding,) = compile_rule(rule, parameters).judge(snapshot)
    return finding.status


@pytest.mark.parametrize(
    ("folder_", "status"),
    [
        ("[] /scratch/log", PASS),
        ("/scratch/log", PASS),
        ("[shared] logs", FAIL),
        ("[] /vmfs/volumes/shared/logs", FAIL),
        ("/vmfs/volumes/shared/logs", FAIL),
    ],
)
def test_a_log_folder_on_a_datastore_is_shared_in_either_spelling(folder_: str, status: Status) -> None:
    """Once every path with "[]" before it counted as the host's own, a datastore by its path as well."""
    assert verdict("esxi-log-unique", {"syslog": {"unique": False, "dir": folder_}}) is status


@pytest.mark.parametrize(
    ("folder_", "scratch", "status"),
    [
        ("[] /scratch/auditLog", True, PASS),
        ("[] /scratch/auditLog", False, FAIL),
        ("[] /var/log/audit", True, FAIL),
        ("[] /vmfs/volumes/datastore1/audit", False, PASS),
        ("[datastore1] audit", False, PASS),
    ],
)
def test_a_good_scratch_does_not_save_audit_records_elsewhere(folder_: str, scratch: bool, status: Status) -> None:
    """Once a persistent scratch passed any folder but /tmp, and a datastore by its path did not pass."""
    facts = {"advanced": {AUDIT_FOLDER: folder_}, "scratch": {"persistent": scratch}}
    assert verdict("esxi-audit-persistent", facts) is status


def test_an_agent_that_does_not_say_whether_it_is_on_counts_as_on() -> None:
    """SNMP `enabled` is optional in the API: unset beside a community passed once. No agent at all is good."""
    assert verdict("esxi-snmp-communities", {"snmp": {"communities": ["fp:1"]}}) is FAIL
    assert verdict("esxi-snmp-communities", {"snmp": {"enabled": False, "communities": ["fp:1"]}}) is PASS
    assert verdict("esxi-snmp-communities", {}) is PASS


@pytest.mark.parametrize(
    ("options", "status"),
    [({NEW: False, OLD: True}, FAIL), ({NEW: True, OLD: False}, PASS), ({OLD: True}, PASS)],
)
def test_the_new_name_of_an_option_decides_over_the_old_one(options: dict[str, Any], status: Status) -> None:
    """Once the certificate check passed as soon as either spelling was true, though the new one was off."""
    facts = {"syslog": {"protocols": ["ssl"]}, "advanced": options}
    assert verdict("esxi-syslog-tls-check", facts) is status
    old_only = {**facts, "advanced": {OLD: False}}
    assert verdict("esxi-syslog-tls-check", old_only, version="7.0.0") is FAIL


@pytest.mark.parametrize("network", ["0.0.0.0/0", "::/0"])
def test_a_network_of_length_zero_is_all_addresses(network: str) -> None:
    """`allIp` off and everybody listed by a network is as open as `allIp` on."""
    ruleset = {"enabled": True, "all_ips": False, "allowed": ["10.0.0.0/8", network]}
    assert verdict("esxi-firewall-sources", {"firewall": {"rulesets": {"sshServer": ruleset}}}) is FAIL
    ruleset["allowed"] = ["10.0.0.0/8"]
    assert verdict("esxi-firewall-sources", {"firewall": {"rulesets": {"sshServer": ruleset}}}) is PASS


def test_layout_codes_are_no_logon_notice() -> None:
    """The letters of {bgcolor:black} once counted as words."""
    for text, status in (("{bgcolor:black} {color:white}", FAIL), ("{bgcolor:black} Staff only", PASS)):
        assert verdict("esxi-welcome-message", {"advanced": {"Annotations.WelcomeMessage": text}}) is status


def test_a_host_without_dump_partition_is_unknown_from_release_7_on() -> None:
    """ESXi 7 and 8 dump to a file that the API does not show: no partition is no finding there."""
    assert verdict("esxi-dump", {"dump": {"configured": False}}) is UNKNOWN
    assert verdict("esxi-dump", {"dump": {"configured": False}}, version="6.7.0") is FAIL
    assert verdict("esxi-dump", {"dump": {"configured": True, "type": "singleHost"}}) is PASS


@pytest.mark.parametrize(("count", "status"), [(4094, FAIL), (4093, FAIL), (2048, FAIL), (2047, PASS), (10, PASS)])
def test_a_trunk_of_nearly_all_vlans_is_not_chosen(count: int, status: Status) -> None:
    """2-4094 leaves one VLAN out and is still a trunk over everything."""
    groups = {"trunk": {"vlan": {"kind": "trunk", "count": count}, "uplink": False}}
    assert verdict("dvs-portgroup-trunk-narrow", {"port_groups": groups}) is status


def test_a_length_that_vcenter_keeps_as_text_is_a_number() -> None:
    """A `config.` setting that somebody adds by hand may be text."""
    for length, status in (("32", PASS), ("31", FAIL), (32, PASS)):
        settings = {"config.vpxd.hostPasswordLength": length, "VirtualCenter.VimPasswordExpirationInDays": 30}
        assert verdict("vcenter-vpxuser-length", {"settings": settings}) is status


def test_an_empty_list_of_ciphers_is_not_a_subset() -> None:
    """Nothing is a subset of everything: an answer without text must not pass."""
    assert verdict("esxi-sshd-ciphers", {"sshd": {"ciphers": ""}}) is FAIL


@pytest.mark.parametrize(
    ("family", "mode", "group", "status"),
    [
        ("debian", "0640", "shadow", PASS),
        ("debian", "0604", "shadow", FAIL),
        ("rhel", "0000", "root", PASS),
        ("rhel", "0640", "root", FAIL),
        ("rhel", "0400", "root", FAIL),
    ],
)
def test_the_shadow_file_of_rhel_is_open_to_nobody(family: str, mode: str, group: str, status: Status) -> None:
    """0640 is right on Debian and wrong on RHEL."""
    file = {"mode": mode, "owner": "root", "group": group}
    facts = {"os": {"id": family, "family": family}, "files": {"/etc/shadow": file}}
    assert verdict("linux-shadow-files-mode", facts) is status


@pytest.mark.parametrize("mac", ["hmac-sha1", "hmac-sha1-etm@openssh.com", "hmac-ripemd160-etm@openssh.com"])
def test_message_codes_with_sha1_are_weak(mac: str) -> None:
    """Only their shortened forms were listed once, so that an untouched Debian host came nearer to a pass."""
    assert verdict("linux-ssh-strong-macs", {"sshd": {"effective": {"macs": ["hmac-sha2-256", mac]}}}) is FAIL


def test_trust_files_and_forced_commands_of_root_are_not_let_off() -> None:
    """shosts-only reads trust files too, and a forced command is a login of root: both passed once."""
    settings = {"hostbasedauthentication": "no", "ignorerhosts": "shosts-only"}
    assert verdict("linux-ssh-no-host-trust", {"sshd": {"effective": settings}}) is FAIL
    context = {"criteria": "User root", "connection": "user=root", "root_login": "forced-commands-only"}
    assert verdict("linux-ssh-match-opens-nothing", {"sshd": {"contexts": {"f:1": context}}}) is FAIL


def test_a_host_without_the_program_is_not_judged_for_its_settings() -> None:
    """No SSH server, no sudo: these two failed once, where their neighbours said not applicable. A gap stays one."""
    for rule, gap in (("linux-ssh-access-named", "sshd.effective"), ("linux-sudo-log", "sudoers")):
        assert verdict(rule, {}) is NOTAPPLICABLE
        assert verdict(rule, {}, gaps=(gap,)) is UNKNOWN
    assert verdict("linux-sudo-log", {"sudoers": {"files": ["/etc/sudoers"]}}) is FAIL
    assert verdict("linux-ssh-access-named", {"sshd": {"effective": {"port": ["22"]}}}) is FAIL


@pytest.mark.parametrize(
    ("owner", "group", "status"), [("root", "adm", PASS), ("root", "users", FAIL), ("bob", "root", FAIL)]
)
def test_who_owns_the_audit_log_counts(owner: str, group: str, status: Status) -> None:
    """Once only the mode was looked at: 0640 of a group with everybody in it passed."""
    file = {"mode": "0640", "owner": owner, "group": group}
    assert verdict("linux-audit-log-mode", {"files": {AUDIT_LOG: file}}) is status


@pytest.mark.parametrize("unit", ["smb.service", "dhcpd.service", "isc-dhcp-server6.service"])
def test_servers_are_known_by_their_names_on_rhel_too(unit: str) -> None:
    """Samba is smbd on Debian and smb on RHEL; only the first was looked for."""
    assert verdict("linux-unneeded-servers-off", {"units": {unit: {"load": "loaded", "in_use": True}}}) is FAIL


@pytest.mark.parametrize("unit", ["proftpd.service", "pure-ftpd.service", "inetutils-inetd.service"])
def test_every_usual_ftp_server_is_looked_for(unit: str) -> None:
    """Only vsftpd was, and of the inetd family only the one."""
    assert verdict("linux-cleartext-services-off", {"units": {unit: {"load": "loaded", "in_use": True}}}) is FAIL


@pytest.mark.parametrize("package", ["inetutils-telnet", "inetutils-talk"])
def test_the_packages_that_hold_the_programs_on_debian_count(package: str) -> None:
    """On Debian 12 `telnet` is a name without a program."""
    assert verdict("linux-cleartext-packages-absent", {"packages": {package: "2:2.4-2"}}) is FAIL


def test_auditd_must_start_at_boot() -> None:
    """Running now, disabled for the next boot: it passed once."""
    for starts, status in ((True, PASS), (False, FAIL)):
        units = {"auditd.service": {"running": True, "starts": starts}}
        assert verdict("linux-audit-on", {"audit": {"enabled": 1}, "units": units}) is status


def test_log_files_are_rotated_where_nothing_says_otherwise() -> None:
    """auditd rotates by default: an unwritten max_log_file_action failed once."""
    daemon = {"space_left_action": "email", "disk_full_action": "halt"}
    assert verdict("linux-audit-space-handled", {"audit": {"daemon": daemon}}) is PASS
    assert (
        verdict("linux-audit-space-handled", {"audit": {"daemon": {**daemon, "max_log_file_action": "ignore"}}}) is FAIL
    )


def test_selinux_that_enforces_until_the_next_boot_fails() -> None:
    """The running state and the file must agree; AppArmor alone is enough on its own systems."""
    for configured, status in (("enforcing", PASS), ("permissive", FAIL), ("disabled", FAIL)):
        mac = {"selinux": "enforcing", "selinux_configured": configured, "apparmor": False, "enforcing": True}
        assert verdict("linux-mandatory-access-control", {"mac": mac}) is status
    assert verdict("linux-mandatory-access-control", {"mac": {"apparmor": True}}) is PASS


def test_host_keys_of_any_name_are_looked_at() -> None:
    """A key with a capital letter or a dash in its name was left out once."""
    file = {"mode": "0644", "owner": "root", "group": "root"}
    facts = {"files": {"/etc/ssh/ssh_host_Ed25519-2026_key": file}}
    assert verdict("linux-ssh-private-keys-closed", facts) is FAIL


@pytest.mark.parametrize("rule", ["nxos-ntp-authenticated", "nxos-ntp-servers-keyed"])
def test_a_nexus_1000v_is_not_blamed_for_a_command_that_it_lacks(rule: str) -> None:
    """Its guides configure NTP servers and peers, and nothing that authenticates them: no fix could mend it."""
    assert RULES[rule][0].applies_to.platform == ["nxos"]


def test_a_scratch_location_that_the_host_chose_itself_waits_for_nothing() -> None:
    """An empty ConfiguredScratchLocation is usual and leaves no restart pending; a current one always exists."""
    assert verdict("esxi-scratch-in-effect", {"scratch": {"configured": "", "current": "/vmfs/volumes/a"}}) is PASS
    assert verdict("esxi-scratch-in-effect", {"scratch": {}}) is UNKNOWN
    assert verdict("esxi-scratch-persistent", {"scratch": {}}) is UNKNOWN
    assert verdict("esxi-log-persistent", {"syslog": {}}) is UNKNOWN


def test_a_quality_file_that_nothing_reads_makes_no_good_passwords() -> None:
    """minclass = 4 in pwquality.conf passed once, though pam_pwquality stood in no stack or only warned."""
    good = {"in_use": True, "enforcing": 1, "minclass": 4}
    for change, status in (({}, PASS), ({"in_use": False}, FAIL), ({"enforcing": 0}, FAIL)):
        assert verdict("linux-password-classes", {"pam": {"pwquality": {**good, **change}}}) is status


def test_a_log_target_of_a_daemon_that_stands_still_sends_nothing() -> None:
    """rsyslog.conf named a target, rsyslog did not run: it passed once. Without systemd nothing is known."""
    facts = {"logging": {"rsyslog": {"file_create_mode": "0640", "remote_targets": ["192.0.2.9"]}}}
    for running, status in ((True, PASS), (False, FAIL)):
        units = {"rsyslog.service": {"load": "loaded", "active": "inactive", "running": running}}
        assert verdict("linux-logs-leave-host", {**facts, "units": units}) is status
    assert verdict("linux-logs-leave-host", facts, gaps=("units",)) is UNKNOWN
