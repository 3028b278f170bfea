"""Files, packages, services, firewall and records, really changed on a booted host: their findings flip, no others."""

import re
import subprocess
from typing import NamedTuple

import pytest

from auditor.collectors.linux.program import program
from auditor.domain import Status
from tests.flips.linux_lab import (
    FAIL,
    NOT_APPLICABLE,
    PASS,
    UNKNOWN,
    Flips,
    Pair,
    Step,
    Verdicts,
    changed,
    collect,
    flips,
    verdicts,
)
from tests.flips.together import all_wanted, batches, flip_together, names
from tests.simulators.linux.lab import USER, LabHost

pytestmark = pytest.mark.needs_lab

_JOURNAL = "systemctl reset-failed systemd-journald; systemctl restart systemd-journald"
_RSYSLOG = "systemctl reset-failed rsyslog; systemctl restart rsyslog"
_KEEP = "cp -p /etc/audit/auditd.conf /run/"
_FILTER = "nft delete table inet flip"
_PARAMETERS = {"login_notice": "Authorised use only"}


class Flip(NamedTuple):
    """What is done to the host, what takes it back, and every finding that this changes."""

    name: str
    do: Step
    undo: Step
    wanted: Flips


def mode(path: str, new: str, rule: str, pair: Pair, subject: str | None = "") -> Flip:
    """Permission bits or owner of a file that is there: `new` is what chmod or chown takes."""
    tool, back = ("chown", "stat -c %U:%G") if ":" in new else ("chmod", "stat -c %a")
    do = f"{back} {path} >/run/flip; {tool} {new} {path}"
    wanted = {(rule, path if subject == "" else subject): pair}
    return Flip(f"{tool}-{path}-{new}", do, f"{tool} $(cat /run/flip) {path}", wanted)


def appears(path: str, text: str, bits: int, wanted: Flips) -> Flip:
    """A file that was not there."""
    return Flip(f"new-{path}", lambda host: host.put(path, text, bits), f"rm {path}", wanted)


def package(name: str, wanted: Flips) -> Flip:
    """A package without content is installed, and purged afterwards."""
    folder = f"/run/deb-{name}"
    control = (
        f"Package: {name}\\nVersion: 1\\nArchitecture: all\\nMaintainer: Lab <lab@example.test>\\nDescription: x\\n"
    )
    build = (
        f"mkdir -p {folder}/DEBIAN && printf '{control}' >{folder}/DEBIAN/control && dpkg-deb -b {folder} {folder}.deb"
    )
    return Flip(f"package-{name}", f"{build} && dpkg -i {folder}.deb", f"dpkg --purge {name}", wanted)


def service(
    unit: str, wanted: Flips, text: str = "[Service]\nExecStart=/bin/sleep inf\n", start: str = "--now"
) -> Flip:
    """A unit of our own, enabled."""
    path = f"/etc/systemd/system/{unit}"

    def do(host: LabHost) -> None:
        target = "sockets" if unit.endswith(".socket") else "timers" if unit.endswith(".timer") else "multi-user"
        host.put(path, f"{text}[Install]\nWantedBy={target}.target\n")
        host.inside(["sh", "-ec", f"systemctl daemon-reload; systemctl enable {start} {unit}"])

    return Flip(f"unit-{unit}", do, f"systemctl disable --now {unit}; rm {path}; systemctl daemon-reload", wanted)


def conf(path: str, text: str, then: str, wanted: Flips, bits: int = 0o644) -> Flip:
    """A drop-in, and the restart that makes it true."""

    def do(host: LabHost) -> None:
        host.put(path, text, bits)
        host.inside(["sh", "-ec", then])

    return Flip(f"conf-{path}-{text.split()[-1][:30]}", do, f"rm {path}; {then}", wanted)


def audit_rule(line: str, wanted: Flips, then: str = "augenrules") -> Flip:
    """A line in rules.d, merged. What the kernel has loaded stays unseen in a container, so a good rule is no pass."""
    path = "/etc/audit/rules.d/50-flip.rules"
    seen = one("linux-audit-config-mode", None, PASS, path)
    return conf(path, f"{line}\n", then, wanted | seen, 0o640)


def rules(name: str, text: str, wanted: Flips) -> Flip:
    """Rules of the packet filter, in the kernel and in no file."""
    return Flip(
        f"nft-{name}", lambda host: host.inside(["nft", f"add table inet flip; {text}"]) and None, _FILTER, wanted
    )


def one(rule: str, before: Status | None, after: Status | None, subject: str | None = None) -> Flips:
    return {(rule, subject): (before, after)}


def member(rule: str, subject: str, after: Status | None) -> Flips:
    """A rule over a list that had no member to judge, and now has one."""
    return one(rule, NOT_APPLICABLE, None) | one(rule, None, after, subject)


_IN = "add chain inet flip in { type filter hook input priority 0; %s }; "
_OPEN = "add rule inet flip in ct state established accept; add rule inet flip in tcp dport 22 accept; "
_SPOOF = "add rule inet flip in ip saddr 127.0.0.0/8 drop; add rule inet flip in ip6 saddr ::1 drop"
FLIPS = [
    mode("/etc/passwd", "0664", "linux-passwd-files-mode", (PASS, FAIL)),
    mode("/etc/shadow", "root:users", "linux-shadow-files-mode", (PASS, FAIL)),
    mode("/etc/crontab", "0600", "linux-cron-files-mode", (FAIL, PASS)),
    mode("/etc/cron.daily", "0700", "linux-cron-files-mode", (FAIL, PASS)),
    mode("/etc/issue", "daemon:daemon", "linux-banner-files-mode", (PASS, FAIL)),
    mode("/etc/audit/rules.d/audit.rules", "0644", "linux-audit-config-mode", (PASS, FAIL)),
    mode("/sbin/ausearch", "0775", "linux-audit-tools-mode", (PASS, FAIL)),
    mode("/etc/ssh/ssh_host_ed25519_key.pub", "0664", "linux-sshd-public-keys-mode", (PASS, FAIL)),
    mode("/var/log/audit", "0770", "linux-audit-folder-mode", (PASS, FAIL), None),
    mode("/tmp", "0777", "linux-shared-folders-sticky", (PASS, FAIL)),
    appears("/etc/cron.allow", "root\n", 0o666, member("linux-job-allow-mode", "/etc/cron.allow", FAIL)),
    appears("/etc/crypttab", "", 0o644, member("linux-crypttab-mode", "/etc/crypttab", FAIL)),
    appears("/var/log/messages", "x", 0o644, one("linux-log-files-mode-debian", None, FAIL, "/var/log/messages")),
    appears("/boot/System.map-6.1.0", "x", 0o600, member("linux-system-map-mode", "/boot/System.map-6.1.0", PASS)),
    package("telnet", one("linux-cleartext-packages-absent", PASS, FAIL)),
    package("xserver-common", one("linux-no-x-server", PASS, FAIL)),
    package("ldap-utils", one("linux-no-ldap-client-tools", PASS, FAIL)),
    service("snmpd.service", member("linux-snmp-agent-off", "snmpd.service", FAIL)),
    service("nfs-server.service", member("linux-nfs-server-off", "nfs-server.service", FAIL)),
    service(
        "rsync.socket",
        member("linux-rsync-daemon-off", "rsync.socket", FAIL),
        "[Socket]\nListenStream=127.0.0.1:873\n",
        start="",
    ),
    service("nginx.service", member("linux-web-server-off", "nginx.service", FAIL), start=""),
    Flip("cron-stopped", "systemctl stop cron", "systemctl start cron", one("linux-scheduler-runs", PASS, FAIL)),
    Flip(
        "cron-masked",
        "systemctl mask --now cron",
        "systemctl unmask cron; systemctl start cron",
        one("linux-scheduler-runs", PASS, FAIL),
    ),
    Flip(
        "console-open",
        "systemctl enable debug-shell.service",
        "systemctl disable debug-shell.service",
        one("linux-console-not-open", PASS, FAIL),
    ),
    Flip(
        "firewall-service",
        "systemctl enable --now nftables",
        "systemctl disable --now nftables",
        one("linux-one-firewall", FAIL, PASS) | one("linux-firewall-runs", FAIL, PASS),
    ),
    conf(
        "/etc/systemd/journald.conf.d/flip.conf",
        "[Journal]\nCompress=no\n",
        _JOURNAL,
        one("linux-journal-compressed", PASS, FAIL),
    ),
    conf(
        "/etc/systemd/journald.conf.d/flip.conf",
        "[Journal]\nStorage=volatile\n",
        _JOURNAL,
        one("linux-journal-kept", PASS, FAIL),
    ),
    conf(
        "/etc/systemd/journald.conf.d/flip.conf",
        "[Journal]\nForwardToSyslog=no\n",
        _JOURNAL,
        one("linux-journal-reaches-rsyslog-debian", PASS, FAIL),
    ),
    conf("/etc/rsyslog.d/flip.conf", "$FileCreateMode 0644\n", _RSYSLOG, one("linux-rsyslog-files-closed", PASS, FAIL)),
    conf(
        "/etc/rsyslog.d/flip.conf",
        'module(load="imudp")\ninput(type="imudp" address="127.0.0.1" port="1514")\n',
        _RSYSLOG,
        one("linux-rsyslog-local-only", PASS, FAIL),
    ),
    conf("/etc/rsyslog.d/flip.conf", "*.* @127.0.0.1:1514\n", _RSYSLOG, one("linux-logs-leave-host", FAIL, PASS)),
    rules("input", _IN % "policy drop;" + _OPEN, one("linux-firewall-denies", FAIL, PASS)),
    rules(
        "forward",
        "add chain inet flip f { type filter hook forward priority 0; policy drop; }",
        one("linux-firewall-forwards-nothing", FAIL, PASS),
    ),
    rules(
        "loopback",
        _IN % "policy accept;" + "add rule inet flip in iif lo accept; " + _SPOOF,
        one("linux-firewall-loopback", FAIL, PASS),
    ),
    rules("input-ipv4-only", "add chain inet flip in", {}),
    audit_rule("-w /etc/localtime -p wa -k zone", one("linux-audit-records-time-zone", FAIL, UNKNOWN)),
    audit_rule(
        "-a always,exit -F path=/usr/bin/chcon -F perm=x -F auid>=1000 -F auid!=4294967295",
        one("linux-audit-records-chcon", FAIL, UNKNOWN),
    ),
    audit_rule("-a always,exit -F path=/usr/bin/chcon -F perm=x -F uid=33", {}),
    audit_rule("-w /etc/hostname -p wa", one("linux-audit-rules-in-force", UNKNOWN, FAIL), "true"),
    Flip(
        "auditd-conf",
        f"{_KEEP}; sed -i 's/^disk_error_action.*/disk_error_action = HALT/' /etc/audit/auditd.conf",
        "cp -p /run/auditd.conf /etc/audit/",
        one("linux-audit-disk-error", FAIL, PASS),
    ),
    Flip(
        "auditd-size",
        f"{_KEEP}; sed -i 's/^max_log_file .*/max_log_file = 5/' /etc/audit/auditd.conf",
        "cp -p /run/auditd.conf /etc/audit/",
        one("linux-audit-file-size", PASS, FAIL),
    ),
    Flip(
        "issue-text",
        "cp -p /etc/issue /run/; echo 'Authorised use only' >/etc/issue",
        "cp -p /run/issue /etc/",
        one("linux-banners-show-no-system", FAIL, PASS, "/etc/issue"),
    ),
    Flip(
        "ufw-off",
        "mkdir -p /etc/ufw; echo ENABLED=no >/etc/ufw/ufw.conf",
        "rm -r /etc/ufw",
        one("linux-ufw-denies", NOT_APPLICABLE, FAIL),
    ),
    Flip(
        "fifo-issue",
        "mv /etc/issue /run/; mkfifo -m 644 /etc/issue",
        "rm /etc/issue; mv /run/issue /etc/",
        one("linux-banners-show-no-system", FAIL, UNKNOWN, "/etc/issue"),
    ),
    Flip(
        "folder-rsyslog.conf",
        "mv /etc/rsyslog.conf /run/; mkdir /etc/rsyslog.conf",
        "rmdir /etc/rsyslog.conf; mv /run/rsyslog.conf /etc/",
        one("linux-rsyslog-files-closed", PASS, UNKNOWN)
        | one("linux-rsyslog-local-only", PASS, UNKNOWN)
        | one("linux-logs-leave-host", FAIL, UNKNOWN)
        | one("linux-daemons-run-what-is-written", PASS, FAIL, "rsyslog"),
    ),
]


@pytest.fixture(scope="module")
def base(machine: LabHost) -> Verdicts:
    """Verdicts before anything was changed."""
    return verdicts(collect(machine))


@pytest.mark.parametrize("batch", batches(FLIPS, lambda flip: f"{flip.do} {flip.undo}"), ids=names)
def test_a_change_flips_its_findings_alone(machine: LabHost, base: Verdicts, batch: list[Flip]) -> None:
    """The findings that differ after the changes are the ones that they are about."""
    flip_together(
        batch,
        lambda flip: changed(machine, flip.do, flip.undo),
        lambda: verdicts(collect(machine)),
        lambda found, made: flips(base, found) == all_wanted(made),
    )


def test_a_package_that_was_removed_is_not_installed(machine: LabHost, base: Verdicts) -> None:
    """dpkg keeps a package in state `rc` with its version when its configuration stays: that is not installed."""
    flip = package("tnftp", {})
    folder = "/run/deb-tnftp"
    keep = f"mkdir -p {folder}/etc {folder}/DEBIAN && echo x >{folder}/etc/flip.conf"
    keep += f" && echo /etc/flip.conf >{folder}/DEBIAN/conffiles"
    with changed(machine, f"{keep} && {flip.do}", flip.undo):
        assert flips(base, verdicts(collect(machine))) == one("linux-no-ftp-client", PASS, FAIL)
        machine.inside(["dpkg", "--remove", "tnftp"])
        assert machine.inside(["dpkg-query", "-W", "-f", "${db:Status-Abbrev}${Version}", "tnftp"]) == "rc 1"
        assert flips(base, verdicts(collect(machine))) == {}


def test_each_step_to_a_working_integrity_check_flips_its_finding(machine: LabHost, base: Verdicts) -> None:
    """AIDE installed, then with a database, then scheduled, then with a line for a tool: one finding more each time."""
    flip = package("aide", {})
    tools = ("auditctl", "auditd", "augenrules", "aureport", "ausearch", "autrace")
    rule = "linux-aide-audit-tools"
    wanted = one("linux-aide-installed", FAIL, PASS) | one(rule, NOT_APPLICABLE, None)
    wanted |= {(name, None): (NOT_APPLICABLE, FAIL) for name in ("linux-aide-database", "linux-aide-scheduled")}
    wanted |= {(rule, tool): (None, FAIL) for tool in tools}
    undo = f"{flip.undo}; rm -rf /var/lib/aide /etc/aide /etc/cron.weekly/check"
    with changed(machine, str(flip.do), undo):
        assert flips(base, verdicts(collect(machine))) == wanted
        machine.inside(["sh", "-ec", "mkdir -m 700 /var/lib/aide; echo x >/var/lib/aide/aide.db"])
        wanted |= one("linux-aide-database", NOT_APPLICABLE, PASS)
        machine.put("/etc/cron.weekly/check", "#!/bin/sh\nexec aide --check\n", 0o755)
        wanted |= one("linux-aide-scheduled", NOT_APPLICABLE, PASS)
        assert flips(base, verdicts(collect(machine))) == wanted
        machine.put(
            "/etc/aide/aide.conf.d/70_tools", "Strong = p+sha512\n/sbin/ausearch$ Strong\n/sbin/auditctl p+md5\n"
        )
        assert flips(base, verdicts(collect(machine))) == wanted | {(rule, "ausearch"): (None, PASS)}


def _in_its_language(host: LabHost) -> str:
    """What the program would print without the line that sets the language of its tools."""
    text = program().replace(b"LC_ALL=C PATH=", b"PATH=").replace(b"unset LANGUAGE ", b"unset ")
    command = ["ssh", "-F", "none", "-i", str(host.user_key), "-o", f"UserKnownHostsFile={host.known_hosts}"]
    done = subprocess.run([*command, f"root@{host.address}", "sh -s"], input=text, capture_output=True, check=True)
    return done.stdout.decode(errors="replace")


def test_a_german_account_is_read_as_any_other(machine: LabHost, base: Verdicts) -> None:
    """Messages of stat, grep and find come in the language of the login; ours asks for none, so absent stays absent."""
    path = "/etc/ssh/sshd_config.d/90-german.conf"
    do = f"echo SetEnv LC_ALL=C.UTF-8 LANG=de_DE.UTF-8 LANGUAGE=de >{path}; systemctl restart ssh"
    plain = verdicts(collect(machine, USER))
    with changed(machine, do, f"rm {path}; systemctl restart ssh"):
        assert re.search("fehlgeschlagen|nicht", _in_its_language(machine)), "the lab host has no German messages"
        assert flips(base, verdicts(collect(machine))) == {}
        assert flips(plain, verdicts(collect(machine, USER))) == {}


def test_the_notice_of_the_site_is_looked_for(machine: LabHost) -> None:
    """With a notice named by the site, only a text that holds it passes."""
    rule = "linux-banner-says"
    assert verdicts(collect(machine), _PARAMETERS)[rule] == {None: FAIL}
    text = "echo 'Authorised use only. All is recorded.'"
    with changed(machine, f"cp -p /etc/issue /run/; {text} >/etc/issue", "cp -p /run/issue /etc/"):
        assert verdicts(collect(machine), _PARAMETERS)[rule] == {None: PASS}
