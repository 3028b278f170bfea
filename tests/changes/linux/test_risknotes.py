"""Risk notes of changes to Linux hosts: each comes with the change that makes it, and not with its harmless twin."""

import pytest

from auditor.changes.candidate import Candidate
from auditor.changes.load import candidate_of
from auditor.domain import Capture, Severity
from tests.changes.linux.recorded import one, recorded, risks, with_records, yaml

SSH = "/etc/ssh/sshd_config.d/10-a.conf"
FILTER = "table inet f {{\nchain i {{\ntype filter hook input priority 0; policy drop;\n{0}\n}}\n}}\n"
OUTPUT = "table inet f {{\nchain o {{\ntype filter hook output priority 0; policy drop;\n{0}\n}}\n}}\n"
COMMON = "/etc/pam.d/common-auth"
GOOD = "auth [success=1 default=ignore] pam_unix.so\nauth requisite pam_deny.so\nauth required pam_permit.so\n"
# What is done, which note follows, and what is much the same and has no such note.
CASES: list[tuple[str, Candidate, Candidate]] = [
    ("ssh-lockout", one(SSH, "AllowUsers nobody2\n"), one(SSH, "AllowUsers root nobody2\n")),
    ("ssh-lockout", one(SSH, "DenyGroups ro*\n"), one(SSH, "DenyGroups x\n")),
    ("ssh-lockout", one(SSH, "AllowGroups wheel\n"), one(SSH, "AllowGroups root\n")),
    ("ssh-audit-account", one(SSH, "DenyUsers root\n"), one(SSH, "DenyUsers other\n")),
    ("ssh-root-only", one(SSH, "PermitRootLogin no\n"), one(SSH, "PermitRootLogin prohibit-password\n")),
    ("ssh-no-method", one(SSH, "PasswordAuthentication no\nPubkeyAuthentication no\nKbdInteractiveAuthentication no\n"),
     one(SSH, "PasswordAuthentication no\n")),
    ("ssh-no-key-known", one(SSH, "PasswordAuthentication no\nPermitRootLogin no\n"), one(SSH, "PermitRootLogin no\n")),
    ("ssh-port", one(SSH, "Port 2222\n"), one(SSH, "UseDNS yes\n")),
    ("ssh-port", one(SSH, "ListenAddress 192.0.2.1\n"), one(SSH, "UseDNS yes\n")),
    ("ssh-algorithms", one(SSH, "MACs -hmac-sha1*\n"), one(SSH, "UseDNS yes\n")),
    ("ssh-match-audit-account", one(SSH, "Match User root\n  ForceCommand /bin/false\n"),
     one(SSH, "Match User other\n  ForceCommand /bin/false\n")),
    ("ssh-forwarding", one(SSH, "AllowTcpForwarding no\n"), one(SSH, "AllowTcpForwarding yes\n")),
    ("ssh-no-pam", one(SSH, "UsePAM no\n"), one(SSH, "UsePAM yes\n")),
    ("pam-lockout", one(COMMON, "auth required pam_deny.so\n"), one(COMMON, GOOD)),
    ("pam-lockout", one(COMMON, "auth requisite pam_faillock.so preauth\nauth required pam_unix.so\n"
     "auth required pam_faillock.so authfail\n"), one(COMMON, GOOD)),
    ("pam-open", one(COMMON, "auth sufficient pam_permit.so\n"), one(COMMON, GOOD)),
    ("pam-incomplete", one("/etc/pam.d/sshd", "@include nosuch\n"), one("/etc/pam.d/sshd", "@include common-auth\n")),
    ("pam-root-locks", one("/etc/security/faillock.conf", "even_deny_root\n"),
     one("/etc/security/faillock.conf", "deny = 3\n")),
    ("sudo-requiretty", one("/etc/sudoers.d/a", "Defaults requiretty\n"),
     one("/etc/sudoers.d/a", "Defaults use_pty\n")),
    ("hosts-deny", one("/etc/hosts.deny", "ALL: ALL\n"), one("/etc/hosts.deny", "ftpd: ALL\n")),
    ("nologin", one("/etc/nologin", "closed\n"), one("/etc/motd", "closed\n")),
    ("audit-lock", one("/etc/audit/rules.d/9.rules", "-D\n-e 2\n"), one("/etc/audit/rules.d/9.rules", "-D\n-e 1\n")),
    ("audit-panic", one("/etc/audit/rules.d/9.rules", "-f 2\n"), one("/etc/audit/rules.d/9.rules", "-f 1\n")),
    ("audit-halts", one("/etc/audit/auditd.conf", "disk_full_action = HALT\n"),
     one("/etc/audit/auditd.conf", "disk_full_action = ROTATE\n")),
    ("noexec", one("/etc/fstab", "tmpfs /var/tmp tmpfs nodev,noexec 0 0\n"),
     one("/etc/fstab", "tmpfs /var/tmp tmpfs nodev 0 0\n")),
    ("noexec", one("/etc/fstab", "tmpfs /tmp tmpfs noexec 0 0\n"), one("/etc/fstab", "tmpfs /srv tmpfs noexec 0 0\n")),
    ("fstab-boot", one("/etc/fstab", "/dev/vdb1 /data ext4 defaults 0 2\n"),
     one("/etc/fstab", "/dev/vdb1 /data ext4 nofail 0 2\n")),
    ("firewall-ssh", one("/etc/nftables.conf", FILTER.format("iif lo accept")),
     one("/etc/nftables.conf", FILTER.format("tcp dport { 22, 443 } accept"))),
    ("firewall-syslog", one("/etc/nftables.conf", OUTPUT.format("udp dport 53 accept")),
     one("/etc/nftables.conf", OUTPUT.format("tcp dport 6514 accept"))),
    ("firewall-starts", yaml("services: {nftables: {enabled: true}}\n"), yaml("services: {cron: {enabled: true}}\n")),
    ("last-ntp-server", one("/etc/chrony/chrony.conf", "rtcsync\n"),
     one("/etc/chrony/chrony.conf", "server 192.0.2.1\n")),
    ("no-clock", yaml("services: {chrony: {enabled: false, active: false}}\n"),
     yaml("services: {chrony: {active: false}}\n")),
    ("last-syslog-target", one("/etc/rsyslog.d/50-out.conf", "# none\n"),
     one("/etc/rsyslog.d/50-out.conf", "*.* @192.0.2.7\n")),
    ("records-stop", yaml("services: {rsyslog: {active: false}}\n"), yaml("services: {rsyslog: {active: true}}\n")),
    ("unit-ssh", yaml("services: {ssh: {masked: true}}\n"), yaml("services: {ssh: {enabled: true}}\n")),
    ("unit-network", yaml("services: {systemd-networkd: {active: false}}\n"),
     yaml("services: {cron: {active: false}}\n")),
    ("package-vital", yaml("packages: {openssh-server: absent}\n"), yaml("packages: {openssh-server: present}\n")),
    ("package-runs", yaml("packages: {rsyslog: absent}\n"), yaml("packages: {sensible-utils: absent}\n")),
    ("no-ping", one("/etc/sysctl.d/a.conf", "net.ipv4.icmp_echo_ignore_all = 1\n"),
     one("/etc/sysctl.d/a.conf", "net.ipv4.icmp_echo_ignore_broadcasts = 1\n")),
]  # fmt: skip


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tokens need a key."""
    monkeypatch.setenv("AUDITOR_HMAC_KEY", "a key of these tests, 32 letters")


def base() -> Capture:
    """The recorded host, which logs to another one."""
    conf = str(recorded().body["records"]["conf"]["out"])
    return with_records(recorded(), conf=conf + "/etc/rsyslog.d/50-out.conf:1:*.* @@192.0.2.50:6514\n")


@pytest.mark.parametrize(("ident", "bad", "good"), CASES, ids=[f"{n}-{case[0]}" for n, case in enumerate(CASES)])
def test_a_note_comes_with_what_makes_it(ident: str, bad: Candidate, good: Candidate) -> None:
    """The risky change has the note, with the place that makes it; a change much the same has none."""
    found = risks(bad, base())
    assert ident in found
    assert found[ident].where
    assert ident not in risks(good, base())


def test_modules_that_can_no_longer_be_loaded() -> None:
    """kernel.modules_disabled is told where the kernel is the host's own."""
    own = with_records(base(), virt="container=none\nany=kvm\nchroot=no\n")
    assert "modules-disabled" in risks(one("/etc/sysctl.d/a.conf", "kernel.modules_disabled = 1\n"), own)


def test_the_last_administrator() -> None:
    """A sudo grant that goes takes the last administrator beside root with it; PermitRootLogin no is then a lockout."""
    people = with_records(
        base(),
        passwd="root:x:0:0:/root:/bin/bash\nann:x:1000:1000:/home/ann:/bin/bash\n",
        group="root:0:\nsudo:27:\nann:1000:\n",
        sudoers="/etc/sudoers:1:@includedir /etc/sudoers.d\n/etc/sudoers.d/ann:1:ann ALL=(ALL:ALL) ALL\n",
    )
    text = "--- a/etc/sudoers.d/ann\n+++ /dev/null\n@@ -1,1 +0,0 @@\n-ann ALL=(ALL:ALL) ALL\n"
    found = risks(candidate_of("change.diff", text.encode()), people)
    assert found["sudo-last-admin"].severity is Severity.HIGH
    assert "ssh-root-only" not in risks(one(SSH, "PermitRootLogin no\n"), people)
    assert "ssh-lockout" in risks(one(SSH, "PermitRootLogin no\nAllowUsers root\n"), people)


def test_worst_first() -> None:
    """Notes are in order of their severity."""
    found = list(risks(one(SSH, "PermitRootLogin no\nAllowTcpForwarding no\nMACs -hmac-sha1*\n"), base()).values())
    ranks = [note.severity.rank for note in found]
    assert ranks == sorted(ranks, reverse=True)
    assert ranks[0] > ranks[-1]
