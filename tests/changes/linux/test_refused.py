"""What the tools of a host refuse is found before the window, with its line; what they take is not refused."""

import subprocess
from pathlib import Path

import pytest

from auditor.errors import InputError, faults_in
from tests.changes.linux.recorded import edited, one
from tests.conftest import program, require
from tests.simulators.linux import lab
from tests.simulators.linux.keys import make_key

SSHD = [
    "PermitRootLogin prohibit-password", "PermitRootLogin maybe", "PasswordAuthentication true",
    "PasswordAuthentication NO", "Foo bar", "MaxAuthTries 3 4", "MaxAuthTries x", "MaxAuthTries", "MaxAuthTries -1",
    "LoginGraceTime none", "LoginGraceTime 1m30s", "ClientAliveInterval 0x5", "MaxStartups 10", "MaxStartups 60:30:10",
    "MaxStartups 10:30:60", "Ciphers bogus", "Ciphers +aes128-cbc", "Ciphers -bogus*", "Ciphers aes256-ctr aes128-ctr",
    "MACs hmac-nothing", "AllowTcpForwarding none", "AllowTcpForwarding local", "SyslogFacility bogus",
    "LogLevel verbose", "AuthenticationMethods bogus", "AuthenticationMethods publickey,password publickey",
    "AllowUsers", "AllowUsers a b@c",
    "Port 0", "Port 2222", "Port 99999", "Banner /etc/issue.net", "Protocol 2", "UsePrivilegeSeparation yes",
    "ChallengeResponseAuthentication no", "UsePAM=no", "X11Forwarding yes # why", "Match User x\nPort 3",
    "Match bogus y", "Match User", "Match user=bob\nX11Forwarding yes", "Match all", "Match User bob\nUsePAM no",
    "Match User a Address 10.0.0.0/8\nMaxAuthTries 2", "GatewayPorts clientspecified", "Compression delayed",
    "Include", "StrictModes perhaps", "PermitTunnel point-to-point", "RequiredRSASize 2048", "  usepam  =  yes",
]  # fmt: skip
SYSCTL = [
    "net.ipv4.conf.lo.arp_filter = 0", "net.ipv4.ip_forward 1", "foo", "-net.x", "; c", "# c", "a b = c", "= 3",
    "net.ipv4.conf.lo.arp_filter=", "net/ipv4/conf/lo/arp_filter=0", "-net.ipv4.conf.lo.arp_filter = 1",
]  # fmt: skip
SUDOERS = [
    "root ALL=(ALL:ALL) ALL", "bob ALL=ALL", "bob ALL", "bob", "Defaults use_pty", "Defaults bogus",
    "Defaults timestamp_timeout=x", "Defaults timestamp_timeout", "Defaults timestamp_timeout=5",
    "User_Alias ADM = a, b",
    "User_Alias adm = a", "%wheel ALL=(ALL) NOPASSWD: ALL", "bob ALL=(ALL NOPASSWD: ALL", "bob ALL=(ALL) NOPASWD: ALL",
    "bob ALL=(ALL) ls", "bob ALL=(ALL) /bin/ls,", "Defaults:bob !authenticate", "Defaults logfile=/var/log/sudo.log",
    "Cmnd_Alias X = /bin/a, /bin/b", "bob ALL=(root) sudoedit /etc/x", 'bob ALL = (ALL) "ls"',
    'Defaults secure_path="/a:/b"', "bob ALL=", "= ALL", "bob ALL=(ALL) ALL extra", 'Defaults "unclosed',
    'Defaults env_keep += "A B"', "bob, alice ALL = ALL : h2 = /bin/x", "Host_Alias H=",
    "Defaults !use_pty, logfile=/x", "Defaults use_pty=3", "sudo ALL = (ALL) /bin/ls -l", "bob ALL=/bin/sh -c foo:bar",
    "bob ALL=(root) NOPASSWD: /usr/sbin/sshd -T, /usr/sbin/nft -j list ruleset", "#comment", "",
]  # fmt: skip
FSTAB = [
    "tmpfs /tmp tmpfs defaults 0 0", "tmpfs /tmp tmpfs", "tmpfs /tmp", "tmpfs /tmp tmpfs defaults x y", "# none",
    "tmpfs /tmp tmpfs defaults 0 x", "proc /proc proc nosuid,nodev", "",
]  # fmt: skip


def refused(path: str, text: str) -> list[str]:
    """Where we refuse the text as this file."""
    try:
        edited(one(path, text + "\n"))
    except InputError as fault:
        return [str(one.where) for one in faults_in(fault)]
    return []


@pytest.mark.needs_sshd
@pytest.mark.parametrize("text", SSHD)
def test_sshd_lines(text: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A line is refused exactly where the real `sshd -t` refuses it."""
    folder = tmp_path_factory.mktemp("sshd")
    server, config = program("sshd"), folder / "config"
    assert server
    if text == "Include":
        config.write_text("Include\n")
    config.write_text(text + "\n")
    command = [server, "-t", "-h", str(make_key(folder / "key")), "-f", str(config)]
    Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    real = subprocess.run(command, capture_output=True, text=True)
    places = refused("/etc/ssh/sshd_config.d/10-a.conf", text)
    assert bool(places) == bool(real.returncode), real.stderr
    if places:
        assert places == [f"10-a.conf:{text.count(chr(10)) + 1}"]


@pytest.mark.needs_root
@pytest.mark.parametrize("text", SYSCTL)
def test_sysctl_lines(text: str, tmp_path: Path) -> None:
    """A line is refused where the real `sysctl -p` calls its syntax invalid, finds no key, or no value."""
    require(program("sysctl"), "sysctl is missing; apt-get install procps")
    file = tmp_path / "a.conf"
    file.write_text(text + "\n")
    real = subprocess.run(["unshare", "-n", "sysctl", "-p", str(file)], capture_output=True, text=True)
    assert bool(refused("/etc/sysctl.d/a.conf", text)) == bool(real.stderr), real.stderr


@pytest.mark.needs_lab
def test_sudoers_lines(tmp_path: Path) -> None:
    """A line is refused exactly where the real `visudo -c` refuses it."""
    made = lab.root()
    require(made, "no Debian archive is known here to make a lab host from")
    assert made is not None
    wrong = []
    for text in SUDOERS:
        command = ["chroot", str(made), "visudo", "-cf", "-"]
        real = subprocess.run(command, input=text + "\n", capture_output=True, text=True)
        if bool(refused("/etc/sudoers.d/a", text)) != bool(real.returncode):
            wrong.append((text, real.returncode, real.stdout, real.stderr))
    assert wrong == []


@pytest.mark.parametrize("text", FSTAB)
def test_fstab_lines(text: str, tmp_path: Path) -> None:
    """A line is refused exactly where the real `findmnt --verify` finds a parse error."""
    require(program("findmnt"), "findmnt is missing; apt-get install util-linux")
    file = tmp_path / "fstab"
    file.write_text(text + "\n")
    command = ["findmnt", "--verify", "--tab-file", str(file)]
    real = subprocess.run(command, capture_output=True, text=True)
    assert bool(refused("/etc/fstab", text)) == ("parse error at" in real.stdout + real.stderr), real.stdout


@pytest.mark.parametrize(
    ("path", "text", "line"),
    [
        ("/etc/audit/rules.d/a.rules", "-D\n-w etc/passwd -p wa\n", 2),
        ("/etc/audit/rules.d/a.rules", "-w /etc/passwd -p q\n", 1),
        ("/etc/audit/rules.d/a.rules", "# x\nnonsense\n", 2),
        ("/etc/audit/rules.d/a.rules", "-a bogus -S open\n", 1),
        ("/etc/audit/rules.d/a.rules", "-e 3\n", 1),
        ("/etc/pam.d/su", "auth required pam_unix.so\nauht required pam_unix.so\n", 2),
        ("/etc/pam.d/su", "auth requierd pam_unix.so\n", 1),
        ("/etc/modprobe.d/a.conf", "blacklist udf\nblaklist udf\n", 2),
        ("/etc/modprobe.d/a.conf", "install udf\n", 1),
    ],
)
def test_lines_of_tools_that_cannot_be_asked(path: str, text: str, line: int) -> None:
    """A faulty line of audit rules, PAM and modprobe.d is refused by its number."""
    assert refused(path, text.rstrip("\n")) == [f"{path.rsplit('/', 1)[1]}:{line}"]


def test_faults_come_together() -> None:
    """Every faulty line of a candidate is named at once."""
    text = "\n".join(["Foo 1", "PermitRootLogin no", "MaxAuthTries x", "Bar 2"])
    assert refused("/etc/ssh/sshd_config.d/10-a.conf", text) == ["10-a.conf:1", "10-a.conf:3", "10-a.conf:4"]
