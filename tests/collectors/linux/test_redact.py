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
        "PASSWORD=$6$abcdefgh$S3cretWordS3cretWord",
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
        "/etc/login.defs:9:PASS_MAX_DAYS 99999",
        "bob ALL=(root) NOPASSWD: /usr/sbin/sshd -T",
        "-w /etc/passwd -p wa -k identity",
    ],
)
def test_a_setting_stays_as_it_is(line: str) -> None:
    """Words such as password in settings are no secrets."""
    assert text(line) == line


def test_only_free_text_is_looked_at() -> None:
    """Records with a form of their own keep every byte but password hashes, of which they hold none."""
    record = Record("token abcdef installed\n", 0, "")
    assert redact({"dpkg": record})["dpkg"] == record
