"""The changes that are foretold and made: as files, diffs, YAML and Ansible, in batches that do not meet."""

import difflib
import json
from collections.abc import Callable
from typing import Any

from auditor.changes.candidate import Candidate
from auditor.changes.load import candidate_of
from tests.changes.linux.host import Case, one_file
from tests.simulators.linux.lab import LabHost

V4, V6 = "net.ipv4.conf.", "net.ipv6.conf."
SYSCTL = "sysctl --system >/dev/null 2>&1 || true"
SSHD = "systemctl reload ssh; sleep 0.2; until ss -Hltn | grep -q :22; do sleep 0.05; done"
NONE = "true"


def run(command: str) -> Callable[[LabHost], object]:
    """A step: a shell command in the host."""
    return lambda host: host.inside(["sh", "-ec", command])


def file(name: str, path: str, text: str, then: str = NONE, mode: int = 0o644, unknown: tuple[str, ...] = ()) -> Case:
    """A file that is installed and then read by what reads it."""

    def make(host: LabHost) -> None:
        there = host.tree / path.lstrip("/")
        if there.exists():
            host.inside(["sh", "-ec", 'cat > "$0" <<"TEXT"\n' + text + "TEXT\n", path])
        else:
            host.put(path, text, mode)
        host.inside(["sh", "-ec", then])

    return Case(name, lambda _: one_file(path, text), make, unknown)


def diff(name: str, path: str, edit: Callable[[str], str], then: str = NONE, mode: str = "") -> Case:
    """A file that is changed by a unified diff."""

    def texts(host: LabHost) -> tuple[str, str]:
        there = host.tree / path.lstrip("/")
        old = there.read_text() if there.exists() else ""
        return old, edit(old)

    def candidate(host: LabHost) -> Candidate:
        old, new = texts(host)
        created = not (host.tree / path.lstrip("/")).exists()
        heads = ("/dev/null" if created else f"a{path}", f"b{path}" if new or created else "/dev/null")
        body = difflib.unified_diff(old.splitlines(True), new.splitlines(True), *heads)
        head = f"diff --git a{path} b{path}\n" + (f"new file mode 10{mode}\n" if mode else "")
        return candidate_of("change.diff", (head + "".join(body)).encode())

    def make(host: LabHost) -> None:
        _, new = texts(host)
        there = host.tree / path.lstrip("/")
        if not new:
            host.inside(["rm", path])
        elif there.exists():
            host.inside(["sh", "-ec", 'cat > "$0" <<"TEXT"\n' + new + "TEXT\n", path])
        else:
            host.put(path, new, int(mode, 8) if mode else 0o644)
        host.inside(["sh", "-ec", then])

    return Case(name, candidate, make)


def settings(name: str, text: str, command: str, unknown: tuple[str, ...] = ()) -> Case:
    """A YAML candidate."""
    return Case(name, lambda _: candidate_of("change.yaml", text.encode()), run(command), unknown)


def plus(text: str) -> Callable[[str], str]:
    """An edit that appends."""
    return lambda old: old + text


def instead(old: str, new: str) -> Callable[[str], str]:
    """An edit that replaces, of what must be there."""

    def edit(text: str) -> str:
        assert old in text, old
        return text.replace(old, new)

    return edit


def ansible(
    name: str, tasks: list[dict[str, Any]], make: Callable[[LabHost], object], unknown: tuple[str, ...] = ()
) -> Case:
    """What the json callback of `ansible-playbook --check --diff` prints, and the same done by hand."""
    play = [
        {"task": {"name": f"task {n}"}, "hosts": {"host": {"changed": True, **told}}} for n, told in enumerate(tasks)
    ]
    text = json.dumps({"plays": [{"play": {"name": "all"}, "tasks": play}], "stats": {}})
    return Case(name, lambda _: candidate_of("check.json", text.encode()), make, unknown)


def text_task(path: str, before: str, after: str, **args: object) -> dict[str, Any]:
    """A task of copy or template."""
    diff = {"before": before, "after": after, "before_header": path, "after_header": "/root/.ansible/tmp/x/source"}
    return {"action": "ansible.builtin.template", "diff": [diff], "invocation": {"module_args": {"dest": path, **args}}}


def writes(path: str, text: str, then: str = NONE, mode: int = 0o644) -> Callable[[LabHost], object]:
    """A file is written, then a command run."""

    def make(host: LabHost) -> None:
        host.put(path, text, mode)
        host.inside(["sh", "-ec", then])

    return make


def several(*steps: Callable[[LabHost], object]) -> Callable[[LabHost], None]:
    """Steps in order."""

    def make(host: LabHost) -> None:
        for step in steps:
            step(host)

    return make


LOAD = "augenrules --load >/dev/null"
MOUNT = "systemctl daemon-reload; "
_LOCKED = (
    "auth required pam_faillock.so preauth\nauth [success=1 default=ignore] pam_unix.so\n"
    "auth [default=die] pam_faillock.so authfail\nauth requisite pam_deny.so\nauth required pam_permit.so\n"
)
_PROFILE = "TMOUT=600\nreadonly TMOUT\nexport TMOUT\numask 027\necho hello\n"
_PULL = '*.* action(type="omfwd" target="192.0.2.77" port="514" protocol="tcp")\n'
_WIDE = "-a always,exit -F arch=b64 -S adjtimex,settimeofday -k time\n-w /etc/localtime -p wa -k time\n"

BATCHES: list[list[Case]] = [
    [
        file("sysctl: one key", "/etc/sysctl.d/60-a.conf", f"{V4}all.send_redirects = 0\n", SYSCTL),
        file("sshd: a drop-in before the main file", "/etc/ssh/sshd_config.d/10-a.conf",
             "PermitRootLogin prohibit-password\nX11Forwarding no\nMaxAuthTries 4\n", SSHD,
             unknown=("files[/etc/ssh/sshd_config.d/10-a.conf].mode",)),
        file("banner", "/etc/issue.net", "Authorised users only.\n"),
        file("login.defs: a shorter life of passwords", "/etc/login.defs", "PASS_MAX_DAYS 60\nUMASK 027\n"
             "ENCRYPT_METHOD SHA512\nUID_MIN 1000\n"),
        diff("sudo: a log file", "/etc/sudoers.d/50-log", plus("Defaults logfile=/var/log/sudo.log\n"), mode="0440"),
        diff("modprobe: a new file keeps a module out", "/etc/modprobe.d/50-a.conf",
             plus("blacklist cramfs\ninstall cramfs /bin/false\nblacklist udf\n")),
        settings("a service is stopped and disabled", "services: {cron: {enabled: false, active: false}}\n",
                 "systemctl disable --now cron"),
    ],
    [
        file("sysctl: forwarding takes other keys along", "/etc/sysctl.d/61-f.conf", "net.ipv4.ip_forward = 1\n",
             SYSCTL),
        diff("sshd: a later line of the main file loses", "/etc/ssh/sshd_config",
             plus("PermitRootLogin yes\nMaxAuthTries 9\nLoginGraceTime 1m\nClientAliveInterval 5m\n"), SSHD),
        file("motd", "/etc/motd", "Welcome to Debian\n"),
        file("pwquality.conf", "/etc/security/pwquality.conf", "minlen = 14\nminclass = 3\ndcredit = -1\n"),
        file("rsyslog: a remote target", "/etc/rsyslog.d/60-remote.conf", "*.* @@192.0.2.50:6514\n",
             "systemctl restart rsyslog"),
        diff("sudo: a grant without password", "/etc/sudoers.d/60-bob",
             plus("bob ALL=(ALL) NOPASSWD: /usr/bin/find\n"), mode="0440"),
        diff("modprobe: a line goes", "/etc/modprobe.d/50-a.conf", instead("blacklist udf\n", "")),
    ],
    [
        file("sysctl: a later file of the distribution beats an earlier one", "/usr/lib/sysctl.d/90-b.conf",
             f"{V4}all.send_redirects = 1\nnet/ipv4/tcp_syncookies = 2\n", SYSCTL),
        file("sshd: algorithms off the built-in list", "/etc/ssh/sshd_config.d/20-b.conf",
             "MACs -hmac-sha1*,umac-64*\nCiphers ^aes256-gcm@openssh.com\nKexAlgorithms -diffie-hellman-*\n"
             "HostKeyAlgorithms ssh-ed25519\nPubkeyAcceptedAlgorithms +ssh-rsa\n", SSHD),
        file("PAM: logins are counted", "/etc/pam.d/common-auth", _LOCKED),
        file("journald: kept on disk", "/etc/systemd/journald.conf.d/10-a.conf",
             "[Journal]\nStorage=persistent\nForwardToSyslog=yes\n", "systemctl restart systemd-journald"),
        file("chrony: a source", "/etc/chrony/sources.d/a.sources", "server 192.0.2.9 iburst\n",
             "chronyc reload sources >/dev/null 2>&1 || true"),
        file("audit: rules on disk and in the kernel", "/etc/audit/rules.d/50-a.rules",
             "## time\n" + _WIDE, LOAD, 0o640),
        file("limits: no core files, few logins", "/etc/security/limits.d/10-a.conf",
             "* hard core 0\n* hard maxlogins 10\n"),
    ],
    [
        file("sysctl: an empty file of the same name hides it", "/etc/sysctl.d/90-b.conf", "", SYSCTL),
        file("sshd: who may log in", "/etc/ssh/sshd_config.d/30-c.conf",
             "AllowUsers root alice\nAllowGroups root staff\nDenyUsers mallory\nAcceptEnv FOO BAR\n", SSHD),
        file("faillock.conf", "/etc/security/faillock.conf", "deny = 5\nunlock_time = 900\neven_deny_root\naudit\n"),
        file("chrony.conf: other servers", "/etc/chrony/chrony.conf",
             "server 192.0.2.10 iburst\nserver 192.0.2.11\ndriftfile /var/lib/chrony/chrony.drift\n",
             "systemctl restart chrony || true"),
        file("profile.d: idle shells end", "/etc/profile.d/a.sh", _PROFILE),
        file("useradd: accounts lapse", "/etc/default/useradd", "SHELL=/bin/sh\nINACTIVE=30\n"),
        settings("a timer is disabled", "services:\n  e2scrub_all.timer: {enabled: false, active: false}\n",
                 "systemctl disable --now e2scrub_all.timer"),
        diff("audit: a rule goes", "/etc/audit/rules.d/50-a.rules",
             instead("-w /etc/localtime -p wa -k time\n", "-w /etc/passwd -p wa -k identity\n"), LOAD),
    ],
    [
        file("sysctl: sysctl.conf, which is read twice", "/etc/sysctl.conf",
             f"{V4}default.log_martians = 1\nnet.ipv4.icmp_echo_ignore_all = 1\n", SYSCTL),
        file("sshd: blocks for users, groups and addresses", "/etc/ssh/sshd_config.d/40-d.conf",
             "Match User auditor-lab\n  X11Forwarding yes\n  AllowTcpForwarding no\n"
             "Match Group root Address 192.0.2.0/24\n  PermitRootLogin yes\n  MaxAuthTries 2\n"
             "  Banner /etc/issue\n", SSHD),
        file("PAM: su for a group only", "/etc/pam.d/su",
             "auth sufficient pam_rootok.so\nauth required pam_wheel.so use_uid\n"
             "@include common-auth\n@include common-account\n@include common-session\n"),
        file("fstab: /dev/shm without programs", "/etc/fstab",
             "tmpfs /dev/shm tmpfs defaults,nodev,nosuid,noexec 0 0\ntmpfs /srv tmpfs nodev,nosuid,size=8m 0 0\n",
             MOUNT + "mount -o remount /dev/shm; mount /srv"),
        file("cron.allow is made", "/etc/cron.allow", "root\n", unknown=("files[/etc/cron.allow].mode",)),
        file("logind: idle sessions end", "/etc/systemd/logind.conf.d/a.conf", "[Login]\nStopIdleSessionSec=15min\n"),
        file("coredump.conf", "/etc/systemd/coredump.conf.d/a.conf", "[Coredump]\nStorage=none\nProcessSizeMax=0\n"),
        file("audit: the rules are locked", "/etc/audit/rules.d/99-z.rules", "-e 2\n", LOAD, 0o640),
    ],
    [
        file("sysctl: a pattern, and a key kept out of it", "/etc/sysctl.d/70-g.conf",
             f"{V4}*.log_martians = 1\n-{V4}lo.log_martians\n", SYSCTL),
        diff("sshd: a line of the main file goes", "/etc/ssh/sshd_config",
             lambda old: old.replace("X11Forwarding yes\n", "").replace("PrintMotd no\n", "")
             .replace("AcceptEnv LANG LC_*\n", ""), SSHD),
        diff("fstab: a line goes, what is mounted stays", "/etc/fstab",
             instead("tmpfs /srv tmpfs nodev,nosuid,size=8m 0 0\n", ""), MOUNT),
        file("audit: locked, so a new rule waits", "/etc/audit/rules.d/60-b.rules", "-w /etc/hosts -p wa -k net\n",
             "augenrules --load >/dev/null 2>&1 || true", 0o640),
        file("hostname, not yet taken up", "/etc/hostname", "elsewhere\n"),
        file("nsswitch: people of a directory", "/etc/nsswitch.conf",
             "passwd: files sss\ngroup: files\nhosts: files\n"),
        file("system.conf", "/etc/systemd/system.conf.d/a.conf",
             "[Manager]\nDumpCore=no\nCtrlAltDelBurstAction=none\n"),
        settings("a package goes", "packages: {logsave: absent, e2fsprogs: present}\n",
                 "dpkg --force-depends --purge logsave >/dev/null 2>&1"),
    ],
    [
        file("sysctl: interfaces of their own", "/etc/sysctl.d/71-i.conf",
             f"{V4}host0.rp_filter = 1\n{V4}default.rp_filter = 2\n{V6}all.accept_ra = 0\n{V6}host0.accept_ra = 0\n"
             f"{V6}default.accept_redirects = 0\n", SYSCTL),
        file("sshd: numbers, names and limits", "/etc/ssh/sshd_config.d/05-e.conf",
             "MaxStartups 10:30:60\nRekeyLimit 512M 1h\nLogLevel verbose\nSyslogFacility authpriv\n"
             "Banner /etc/issue.net\nPermitTunnel point-to-point\nCompression delayed\nGatewayPorts clientspecified\n"
             "AllowTcpForwarding local\nAuthenticationMethods publickey,password publickey\nPermitUserEnvironment no\n"
             "DisableForwarding yes\nMaxSessions=3\nAuthorizedKeysFile .ssh/authorized_keys /etc/keys/%u\n", SSHD),
        file("PAM: old passwords are refused", "/etc/pam.d/common-password",
             "password requisite pam_pwquality.so retry=3\npassword required pam_pwhistory.so remember=12 use_authtok\n"
             "password [success=1 default=ignore] pam_unix.so use_authtok sha512\npassword requisite pam_deny.so\n"
             "password required pam_permit.so\n"),
        settings("a daemon is masked and stopped", "services: {chrony: {masked: true, active: false}}\n",
                 "systemctl mask --now chrony 2>/dev/null"),
        file("shells", "/etc/shells", "/bin/sh\n/usr/bin/bash\n"),
        ansible("ansible: a template, and a service", [
            text_task("/etc/rsyslog.d/70-more.conf", "", _PULL, mode="0644"),
            {"action": "ansible.builtin.service", "invocation": {"module_args":
             {"name": "rsyslog", "state": "restarted", "enabled": None}}}],
            writes("/etc/rsyslog.d/70-more.conf", _PULL, "systemctl restart rsyslog")),
    ],
    [
        diff("sysctl: a file goes", "/etc/sysctl.d/61-f.conf", lambda _: "", SYSCTL),
        diff("sshd: a drop-in goes", "/etc/ssh/sshd_config.d/30-c.conf", lambda _: "", SSHD),
        diff("sudo: a grant goes", "/etc/sudoers.d/60-bob", lambda _: ""),
        ansible("ansible: lineinfile, and a mode", [
            {"action": "lineinfile", "invocation": {"module_args": {"path": "/etc/login.defs", "mode": None}}, "diff": [
                {"before": "PASS_MAX_DAYS 60\nUMASK 027\nENCRYPT_METHOD SHA512\nUID_MIN 1000\n",
                 "after": "PASS_MAX_DAYS 60\nUMASK 077\nENCRYPT_METHOD SHA512\nUID_MIN 1000\n",
                 "before_header": "/etc/login.defs (content)", "after_header": "/etc/login.defs (content)"},
                {"before_header": "/etc/login.defs (file attributes)",
                 "after_header": "/etc/login.defs (file attributes)"}]},
            {"action": "ansible.builtin.file", "invocation": {"module_args": {"path": "/etc/crontab", "mode": "0600"}},
             "diff": {"before": {"path": "/etc/crontab", "mode": "0644"},
                      "after": {"path": "/etc/crontab", "mode": "0600"}}}],
            run("sed -i 's/UMASK 027/UMASK 077/' /etc/login.defs; chmod 0600 /etc/crontab")),
        settings("a service is enabled and started again", "services: {cron: {enabled: true, active: true}}\n",
                 "systemctl enable --now cron"),
        file("modprobe: a file in place of another", "/etc/modprobe.d/50-a.conf",
             "install udf /bin/true\nblacklist udf\n", unknown=("modules[cramfs]",)),
        file("timesyncd, which does not run here", "/etc/systemd/timesyncd.conf.d/a.conf", "[Time]\nNTP=192.0.2.1\n"),
        file("nftables.conf: what nft makes of it is unseen", "/etc/nftables.conf",
             "flush ruleset\ntable inet f {\nchain i {\ntype filter hook input priority 0; policy drop;\n"
             "iif lo accept\ntcp dport { 22, 2222 } accept\nct state established accept\n}\n}\n",
             "nft -f /etc/nftables.conf",
             unknown=("firewall.denies_by_default",)),
    ],
    [
        file("sysctl: IPv6 off", "/etc/sysctl.d/72-6.conf", f"{V6}all.disable_ipv6 = 1\n", SYSCTL),
        file("sshd: a block by port, so a bare -T stops", "/etc/ssh/sshd_config.d/50-f.conf",
             "Match LocalPort 2222\n  PasswordAuthentication no\n", SSHD),
        ansible("ansible: the sysctl module, and a package", [
            {"action": "ansible.posix.sysctl", "invocation": {"module_args": {
                "name": "net.ipv4.tcp_rfc1337", "value": "1", "state": "present", "sysctl_file": None}}},
            {"action": "ansible.builtin.apt", "invocation": {"module_args": {
                "name": ["sensible-utils"], "state": "absent", "upgrade": None, "autoremove": False}}}],
            several(run("echo net.ipv4.tcp_rfc1337=1 >> /etc/sysctl.conf; " + SYSCTL),
                    run("dpkg --force-depends --purge sensible-utils >/dev/null 2>&1"))),
        file("journald: back to memory", "/etc/systemd/journald.conf.d/10-a.conf", "[Journal]\nStorage=volatile\n",
             "systemctl restart systemd-journald"),
        file("a file that no fact is read from", "/etc/updatedb.conf", "PRUNE_BIND_MOUNTS=yes\n"),
        settings("a mask comes off", "services: {chrony: {masked: false}}\n", "systemctl unmask chrony 2>/dev/null",
                 unknown=("units",)),
        file("hosts: names that are looked up", "/etc/hosts", "127.0.0.1 localhost\n192.0.2.3 host.example.org\n",
             unknown=("identity.forward",)),
    ],
    [
        file("sysctl: keys that the kernel may clamp", "/etc/sysctl.d/73-k.conf",
             "net.ipv4.tcp_rmem = 4096 87380 6291456\nnet.ipv4.tcp_fin_timeout = 30\nnet.core.rmem_max = 1\n"
             "kernel.kptr_restrict = 2\nkernel.nosuch = 1\n-net.ipv4.nosuch = 1\n", SYSCTL,
             unknown=("sysctl[net.ipv4.tcp_rmem].runtime",)),
        file("sshd: two ports", "/etc/ssh/sshd_config.d/60-g.conf", "Port 22\nPort 2222\nAddressFamily inet\n", SSHD,
             unknown=("listeners",)),
        file("root's own start file", "/root/.bashrc", "PATH=/usr/bin:/opt/tools/bin\numask 022\necho\n"),
        file("auditd.conf", "/etc/audit/auditd.conf", "max_log_file = 10\nspace_left_action = EMAIL\n", NONE, 0o640),
        file("default/grub", "/etc/default/grub", 'GRUB_CMDLINE_LINUX="audit=1"\n',
             unknown=("boot.loader_current",)),
        file("resolv.conf", "/etc/resolv.conf", "nameserver 192.0.2.53\nsearch example.org\n",
             unknown=("identity.fqdn",)),
    ],
]  # fmt: skip
