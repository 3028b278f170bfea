"""What a reading of the Linux rules against the facts found: each test is a false verdict or a false claim of once."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest

from auditor.collectors.linux.sections import sysctl
from auditor.collectors.linux.wanted import FILES, MODULES, MOUNT_POINTS, UNITS
from auditor.domain import Snapshot, Status
from auditor.rulebook.compile import compile_rule
from tests.rules.shipped import shipped_rules
from tests.rules.test_reviewed import FAIL, NOTAPPLICABLE, PASS, UNKNOWN

RULES = shipped_rules("linux")
DEBIAN, RHEL = {"id": "debian", "family": "debian"}, {"id": "rhel", "family": "rhel"}
KERNEL = ["own-kernel"]
TAKEN = datetime(2026, 1, 1, tzinfo=UTC)


def judge(rule_id: str, facts: dict[str, Any], version: str = "12", gaps: tuple[str, ...] = ()) -> dict[str, Status]:
    """Verdicts by subject, "" for a rule without any."""
    rule, parameters = RULES[rule_id]
    snapshot = Snapshot(
        target="host",
        platform="linux",
        source="test",
        taken_at=TAKEN,
        facts={"roles": KERNEL, **facts},
        gaps=dict.fromkeys(gaps, "not readable in this test"),
        version=version,
    )
    return {one.subject or "": one.status for one in compile_rule(rule, parameters).judge(snapshot)}


def test_overlay_is_asked_of_the_releases_whose_guide_asks() -> None:
    """The guides for Debian 12 and RHEL 8 bar overlay, the one for RHEL 9 does not: it was failed there once."""
    facts = {"modules": {"overlay": {"barred": False}}}
    assert judge("linux-overlay-barred", {"os": DEBIAN, **facts})[""] is FAIL
    assert judge("linux-overlay-barred", {"os": RHEL, **facts}, "9.4")[""] is NOTAPPLICABLE
    assert judge("linux-overlay-barred-rhel", {"os": RHEL, **facts}, "8.10")[""] is FAIL
    assert judge("linux-overlay-barred-rhel", {"os": RHEL, **facts}, "9.4")[""] is NOTAPPLICABLE


@pytest.mark.parametrize("module", ["atm", "can"])
def test_modules_that_only_guides_for_rhel_name_are_not_asked_of_debian(module: str) -> None:
    """ATM and CAN stood in one list with those that every guide names."""
    facts = {"modules": {module: {"barred": False}}}
    assert judge("linux-odd-protocols-barred", {"os": DEBIAN, **facts}) == {"": NOTAPPLICABLE}
    assert judge("linux-device-protocols-barred", {"os": DEBIAN, **facts}) == {"": NOTAPPLICABLE}
    assert judge("linux-device-protocols-barred", {"os": RHEL, **facts}, "9.4") == {module: FAIL}


def test_a_rule_for_one_family_cites_no_guide_of_the_other() -> None:
    """A rule for Debian named ids of DISA's guide for RHEL, and one for RHEL a section of the guide for Debian."""
    for rule, _ in RULES.values():
        systems, references = rule.applies_to.os, rule.references
        cited = [*references.get("stig", []), *references.get("cis", [])]
        if systems and "rhel" not in systems:
            assert not [one for one in cited if one.upper().startswith("RHEL")], rule.id
        if systems and "debian" not in systems:
            assert not [one for one in cited if one.startswith("debian")], rule.id


def test_rules_with_an_id_of_disa_name_its_category() -> None:
    """Homes on their own (II) and old file systems (III) had ids of DISA's guides and no category."""
    for name, category, severity in (
        ("linux-home-separate", "II", "medium"),
        ("linux-old-filesystems-barred", "III", "low"),
    ):
        rule, _ = RULES[name]
        assert (rule.cat, rule.severity.value) == (category, severity)


def test_fixes_do_not_lock_out_who_follows_them() -> None:
    """A boot password without --unrestricted stops each boot; AllowGroups without members ends every SSH login."""
    assert "--unrestricted" in RULES["linux-boot-loader-password"][0].fix
    assert "your own account" in RULES["linux-ssh-access-named"][0].fix
    assert RULES["linux-coredump-keeps-nothing"][0].fix.startswith("mkdir -p")


AUDITD = {
    "linux-audit-file-size": "12", "linux-audit-mail-account": "12", "linux-audit-local-events": "8.10",
    "linux-audit-written": "9.4", "linux-audit-flushed": "9.4", "linux-audit-overflow": "8.10",
}  # fmt: skip


@pytest.mark.parametrize(("rule", "version"), AUDITD.items())
def test_settings_of_a_daemon_that_is_not_installed_are_in_force_nowhere(rule: str, version: str) -> None:
    """auditd's built-in defaults once passed on hosts without auditd, where nothing is recorded at all."""
    facts = {"os": RHEL, "audit": {"daemon": {}}}
    assert judge(rule, {**facts, "packages": {"audit": "3.1"}}, version)[""] is PASS
    assert judge(rule, {**facts, "packages": {"bash": "5.1"}}, version)[""] is FAIL
    assert judge(rule, facts, version, gaps=("packages",))[""] is UNKNOWN


@pytest.mark.parametrize("rule", ["linux-audit-log-mode", "linux-audit-folder-mode"])
def test_a_host_without_an_audit_log_has_no_closed_one(rule: str) -> None:
    """It was not applicable; the facts say that its absence is the bad state. A container cannot keep one."""
    assert judge(rule, {"files": {}})[""] is FAIL
    assert judge(rule, {"files": {}, "roles": []})[""] is NOTAPPLICABLE
    assert judge(rule, {"files": {}}, gaps=("files[/var/log/audit/audit.log]", "files[/var/log/audit]"))[""] is UNKNOWN


def test_a_full_audit_disk_that_only_syslog_hears_of_fails() -> None:
    """CIS takes halt and single on each system; syslog, which DISA takes for RHEL 8 alone, passed on all."""
    for action, status in (("halt", PASS), ("single", PASS), ("syslog", FAIL), ("suspend", FAIL)):
        daemon = {"space_left_action": "email", "disk_full_action": action}
        assert judge("linux-audit-space-handled", {"audit": {"daemon": daemon}})[""] is status


def test_units_and_files_that_rules_name_are_asked_of_the_host() -> None:
    """Two FTP servers and one inetd stood in a rule that takes absence for good, and no collector asked for them."""
    known = {"units": {*UNITS}, "files": {*FILES}, "modules": {*MODULES}, "mounts": {*MOUNT_POINTS}}
    for rule, _ in RULES.values():
        wanted = [str(path) for part in (rule.expect, *rule.any_of) for path in part]
        keys = [found.groups() for path in wanted if (found := re.match(r"(\w+)\[([^\]]+)\]", path))]
        listed = rule.where.get("@key", {}) if rule.for_each in known else {}
        named = listed.get("one_of", []) if isinstance(listed, dict) else [listed]
        keys += [(str(rule.for_each), key) for key in named]
        assert not [(root, key) for root, key in keys if root in known and key not in known[root]], rule.id


@pytest.mark.parametrize("unit", ["tftp.service", "tftp.socket"])
def test_a_tftp_server_counts_with_and_without_its_socket(unit: str) -> None:
    """On RHEL the service can be started by itself; only the socket was looked at."""
    assert judge("linux-cleartext-services-off", {"units": {unit: {"load": "loaded", "in_use": True}}})[""] is FAIL


def test_the_socket_of_rsync_on_rhel_counts() -> None:
    """rsyncd.socket starts the daemon there; only Debian's name was known."""
    facts = {"units": {"rsyncd.socket": {"load": "loaded", "in_use": True}}}
    assert judge("linux-rsync-daemon-off", facts) == {"rsyncd.socket": FAIL}


def test_a_telnet_server_is_a_high_finding() -> None:
    """Category I of DISA for RHEL; it hid among client programs, with severity low."""
    rule, _ = RULES["linux-telnet-server-absent"]
    assert (rule.cat, rule.severity.value) == ("I", "high")
    assert judge(rule.id, {"os": RHEL, "packages": {"telnet-server": "0.17"}}, "8.10")[""] is FAIL
    assert "telnet-server" not in str(RULES["linux-cleartext-packages-absent"][0].expect)


def test_debian_is_not_failed_for_the_three_keys_of_rhel() -> None:
    """Ctrl-Alt-Del is asked by guides for RHEL alone; on each stock Debian it was a finding of category I."""
    units = {"debug-shell.service": {"load": "loaded", "in_use": False}, "ctrl-alt-del.target": {"load": "loaded"}}
    assert judge("linux-console-not-open", {"os": DEBIAN, "units": units})[""] is PASS
    assert judge("linux-ctrl-alt-del-masked", {"os": DEBIAN, "units": units})[""] is NOTAPPLICABLE
    assert judge("linux-ctrl-alt-del-masked", {"os": RHEL, "units": units}, "9.4")[""] is FAIL


@pytest.mark.parametrize(
    ("path", "kind", "mode", "status"),
    [
        ("/etc/crontab", "file", "0600", PASS),
        ("/etc/crontab", "file", "0700", FAIL),
        ("/etc/cron.d", "directory", "0700", PASS),
        ("/etc/cron.d", "directory", "0750", FAIL),
    ],
)
def test_a_table_of_jobs_is_no_program(path: str, kind: str, mode: str, status: Status) -> None:
    """0600 for the file, 0700 for the folders: the file was judged by the mask of folders."""
    file = {"mode": mode, "owner": "root", "group": "root", "type": kind}
    assert judge("linux-cron-files-mode", {"files": {path: file}}) == {path: status}


def test_login_texts_that_are_not_there_fail() -> None:
    """Without /etc/issue the rules about its mode and its words had nothing to judge, so nothing failed."""
    one = {"mode": "0644", "owner": "root", "group": "root"}
    assert judge("linux-banner-files-there", {"files": {"/etc/motd": one}})[""] is FAIL
    assert judge("linux-banner-files-there", {"files": {"/etc/issue": one, "/etc/issue.net": one}})[""] is PASS


def test_folders_are_not_passed_off_as_the_libraries_in_them() -> None:
    """DISA asks for the mode of each library; the rule that bore the id looked at the folders alone."""
    rule, _ = RULES["linux-library-files-mode"]
    assert rule.manual is not None
    assert "RHEL-09-232020" in rule.references["stig"]
    assert "stig" not in RULES["linux-program-folders-mode"][0].references


@pytest.mark.parametrize(
    ("key", "loose"),
    [
        ("x11forwarding", "yes"),
        ("x11uselocalhost", "no"),
        ("disableforwarding", "no"),
        ("kerberosauthentication", "yes"),
        ("banner", "none"),
    ],
)
def test_what_a_match_block_may_loosen_is_judged_there(key: str, loose: str) -> None:
    """sshd_config(5) takes these inside Match; the rule that no block loosens what holds did not look at them."""
    context = {"criteria": "User bob", "connection": "user=bob", "changed": {key: loose}}
    facts = {"sshd": {"contexts": {"/etc/ssh/sshd_config:9": context}}}
    assert judge("linux-ssh-match-keeps-limits", facts) == {"/etc/ssh/sshd_config:9": FAIL}


def test_one_interface_with_1_defeats_the_0_of_all() -> None:
    """The kernel joins these switches by OR; the rules looked at `all` alone and passed."""
    own = {"loopback": False, "secure_redirects": True, "accept_local": False, "arp_filter": True}
    assert judge("linux-interfaces-refuse-secure-redirects", {"interfaces": {"eth0": own}}) == {"eth0": FAIL}
    assert judge("linux-interfaces-keep-apart", {"interfaces": {"eth0": own}}) == {"eth0": FAIL}


def test_an_ipv6_switch_under_all_does_not_reach_an_interface_that_is_there() -> None:
    """`No interface makes up its own addresses` passed while one did."""
    on, off = {"loopback": False, "ipv6_autoconf": 1}, {"loopback": False, "ipv6_autoconf": 0}
    found = judge("linux-interfaces-ipv6-by-hand", {"interfaces": {"eth0": on, "eth1": off}})
    assert found == {"eth0": FAIL, "eth1": PASS}


def test_switches_of_interfaces_are_joined_as_the_kernel_joins_them() -> None:
    """Read from /proc/sys: of IPv4 all or own, of IPv6 own alone, and nothing where IPv6 is off."""
    values = {"net.ipv4.conf.all.arp_filter": 0, "net.ipv6.conf.all.autoconf": 0}
    values |= {"net.ipv4.conf.eth0.arp_filter": 1, "net.ipv4.conf.eth1.arp_filter": 0}
    values |= {"net.ipv6.conf.eth0.autoconf": 1, "net.ipv6.conf.eth0.disable_ipv6": 0}
    values |= {"net.ipv6.conf.eth1.autoconf": 1, "net.ipv6.conf.eth1.disable_ipv6": 1}
    eth0, eth1 = (sysctl._interface(name, values) for name in ("eth0", "eth1"))
    assert (eth0.arp_filter, eth0.ipv6_autoconf) == (True, 1)
    assert (eth1.arp_filter, eth1.ipv6_autoconf) == (False, None)


def test_a_grant_without_a_password_is_declared_or_fails() -> None:
    """The guides forbid each NOPASSWD; the rule about it let single commands through, and no other asked."""
    rule, parameters = RULES["linux-sudo-unasked-declared"]
    grant = "bob: ALL=(root) NOPASSWD: /usr/bin/systemctl"
    facts = {"sudoers": {"nopasswd": [grant], "nopasswd_all": []}}
    for allowed, status in ((None, Status.NOTCHECKED), ([], FAIL), ([grant], PASS)):
        snapshot = Snapshot(
            target="host", platform="linux", source="test", taken_at=TAKEN, facts=facts, gaps={}, version="12"
        )
        (finding,) = compile_rule(rule, {**parameters, "sudo_unasked": allowed}).judge(snapshot)
        assert finding.status is status
