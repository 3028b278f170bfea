"""Secrets in configuration text become fingerprints before a capture exists."""

import pytest

from auditor.collectors.linux.frame import Record
from auditor.collectors.linux.redact import redact, text


@pytest.mark.parametrize(
    "line",
    [
        '/etc/rsyslog.d/db.conf:3:action(type="ommysql" server="db" pwd="S3cretWord")',
        "/etc/rsyslog.d/db.conf:4:*.* :ommysql:db,logs,writer,S3cretWord",
        "/etc/pam.d/radius:1:auth required pam_mysql.so user=x passwd=S3cretWord crypt=1",
        "/etc/profile:9:export DB_PASSWORD='S3cretWord'",
        "/etc/chrony.conf:2:server https://user:S3cretWord@time.example.org",
        "root=/dev/sda rd.luks.key=S3cretWord quiet",
        "/etc/sudoers:3:bob ALL=(root) /usr/bin/x --api-key=S3cretWord --password S3cretWord",
        "/etc/sudoers:4:bob ALL=(root) NOPASSWD: /usr/bin/curl -s -u bob:S3cretWord https://x.example.org",
        "/etc/sudoers:5:bob ALL=(root) /usr/bin/mysqldump -u bob -pS3cretWord all",
        "/etc/fstab:6://nas/share /mnt cifs username=bob,password=S3cretWord,nodev 0 0",
        "/etc/fstab:7://nas/share /mnt cifs user=bob%S3cretWord,nodev 0 0",
        "/etc/fstab:8://nas/share /mnt cifs pass=S3cretWord,nodev 0 0",
        "/etc/pam.d/x:2:auth required pam_ldap.so bindpw=S3cretWord",
        "/etc/sssd/sssd.conf:9:ldap_default_authtok = S3cretWord",
        "/etc/ntp.conf:3:crypto pw S3cretWord",
        "/etc/profile:4:export AWS_SECRET_ACCESS_KEY=S3cretWord",
        "/etc/profile:4:export DB_PASS='S3cretWord, with blanks'",
        '/etc/rsyslog.conf:5:action(type="omhttp" httpheadervalue="Bearer S3cretWord")',
        "quiet rd.iscsi.password=S3cretWord systemd.set_credential_binary=x:S3cretWord",
        "quiet netroot=iscsi:bob:S3cretWord:x:y@192.0.2.1::3260::iqn.x",
        "quiet rootpw=S3cretWord passwd.hashed-password.root=S3cretWord",
        "password_pbkdf2 root grub.pbkdf2.sha512.10000.S3cretWordS3cretWord",
        "PASSWORD=$6$abcdefgh$S3cretWordS3cretWord",
        "/etc/ssh/sshd_config:7:AuthenticationMethods password S3cretWord",
    ],
)
def test_a_secret_becomes_a_fingerprint(line: str) -> None:
    """The secret is gone, its fingerprint stands in its place, and doing it twice changes nothing."""
    found = text(line)
    assert "S3cretWord" not in found
    assert "hmac:" in found
    assert text(found) == found


@pytest.mark.parametrize(
    "line",
    [
        "/etc/pam.d/common-password:25:password\t[success=1 default=ignore]\tpam_unix.so obscure yescrypt",
        "/etc/pam.d/passwd:2:password required pam_pwquality.so minlen=14",
        "/etc/ssh/sshd_config:5:PermitEmptyPasswords no",
        "/etc/ssh/sshd_config:6:PasswordAuthentication yes",
        "/etc/ssh/sshd_config:7:AuthenticationMethods publickey,password publickey,password keyboard-interactive:pam",
        "authenticationmethods publickey,password publickey",
        "/etc/login.defs:9:PASS_MAX_DAYS 99999",
        "bob ALL=(root) NOPASSWD: /usr/sbin/sshd -T",
        "/etc/pam.d/common-password:26:password [success=1] pam_unix.so use_authtok try_first_pass yescrypt",
        "/etc/sudoers:3:Defaults passwd_tries=3, passwd_timeout=0.5",
        "/etc/sudoers:4:%help ALL=(root) /usr/bin/passwd bob",
        "/etc/fstab:3://nas/share /mnt cifs credentials=/root/nas 0 0",
        "/etc/chrony.conf:3:keyfile /etc/chrony.keys",
        "-w /etc/passwd -p wa -k identity",
    ],
)
def test_a_setting_stays_as_it_is(line: str) -> None:
    """Words such as password in settings are no secrets."""
    assert text(line) == line


def test_the_token_of_a_log_service_is_a_fingerprint() -> None:
    """Log services take a token as structured data; it is all one needs to write into somebody's log."""
    found = text('/etc/rsyslog.d/x.conf:1:$template x,"<%pri%> [01234567-89ab-cdef-0123-456789abcdef@41058] %msg%"')
    assert "89ab" not in found
    assert "@41058] %msg%" in found


@pytest.mark.parametrize("piece", ["a.a-", ":ommysql:", "password ", "secret" + " " * 30, "curl ", "[a", "iscsi:", " "])
def test_a_hostile_line_costs_one_pass(piece: str) -> None:
    """A long line without an end is looked at once: patterns that start over would take minutes."""
    assert text(piece * (200_000 // len(piece)))


def test_only_free_text_is_looked_at() -> None:
    """Records with a form of their own keep every byte but password hashes, of which they hold none."""
    record = Record("token abcdef installed\n", 0, "")
    assert redact({"dpkg": record})["dpkg"] == record
