"""A booted Debian host: what root, a plain user and sudo see, and real changes that change exactly their fact."""

from collections.abc import Callable
from typing import Any

import pytest

from auditor.collectors import linux
from auditor.collectors.linux.wanted import SUDO_COMMANDS
from auditor.domain import Capture, Snapshot, Status
from auditor.rulebook.compile import compile_rule
from tests.collectors.linux.helpers import collect, differences, snapshot, ssh_source
from tests.rules.shipped import shipped_rules
from tests.simulators.linux.lab import USER, LabHost

NTP_SERVERS = ["2.debian.pool.ntp.org"]
pytestmark = [pytest.mark.needs_lab, pytest.mark.asyncio]


async def look(host: LabHost, user: str = "root", become: str | None = None) -> Snapshot:
    return await snapshot(ssh_source(host.address, 22, host.known_hosts, host.user_key, user, become=become))


def hidden(path: str, gaps: dict[str, str]) -> bool:
    """Whether a gap covers `path`, which is written with dots or brackets."""

    def flat(text: str) -> str:
        return text.replace("[", ".").replace("]", "") + "."

    folders = (gap[:-2] for gap in gaps if gap.endswith("/*]"))  # of which nobody could say what is in them
    return any(flat(path).startswith(flat(gap)) for gap in gaps) or any(path.startswith(folder) for folder in folders)


async def test_a_plain_user_never_disagrees_with_root(host: LabHost) -> None:
    """Each fact that differs between root and a plain user is a gap of the user: never two values."""
    root, user = await look(host), await look(host, USER)
    assert [d for d in differences(root.facts, user.facts) if not hidden(d[0], dict(user.gaps))] == []
    for path in ("sshd.effective", "sudoers", "audit.on_disk", "firewall.denies_by_default", "accounts[root].password"):
        assert path in user.gaps
        assert path not in root.gaps


async def test_sudo_that_is_refused_names_the_line(host: LabHost) -> None:
    """Without a sudoers entry each gap says which one is missing, for which user; nothing waits for a password."""
    user = await look(host, USER, "sudo")
    assert user.gaps["sshd.effective"].endswith(f"{USER} ALL=(root) NOPASSWD: /usr/sbin/sshd -T")
    assert "sudoers" in user.gaps


async def test_exact_sudo_lines_close_the_gaps(host: LabHost) -> None:
    """With the lines that the gaps name, a plain user sees what root sees, but for the schemes of hashes."""
    rules = "".join(f"{USER} ALL=(root) NOPASSWD: {command}\n" for command in SUDO_COMMANDS.values())
    host.put("/etc/sudoers.d/audit", rules, 0o440)
    host.inside(["visudo", "-c"])
    root, user = await look(host), await look(host, USER, "sudo")
    assert [d for d in differences(root.facts, user.facts) if not hidden(d[0], dict(user.gaps))] == []
    more = {gap for gap in user.gaps if gap not in root.gaps}
    assert {gap for gap in more if not gap.endswith("password.algorithm")} == {"account_checks.weak_hashes"}


async def test_verdicts_differ_only_by_unknown(host: LabHost) -> None:
    """Judged by every shipped rule, what a plain user or sudo saw gives root's verdict or unknown, for each subject."""
    shipped = shipped_rules("linux").values()
    judges = [compile_rule(rule, {**defaults, "ntp_servers": NTP_SERVERS}).judge for rule, defaults in shipped]
    root = {(f.rule, f.subject): f.status for s in [await look(host)] for judge in judges for f in judge(s)}
    for become in (None, "sudo"):
        seen = await look(host, USER, become)
        mine = {(f.rule, f.subject): f.status for judge in judges for f in judge(seen)}
        wrong = {key: status for key, status in mine.items() if status not in (root.get(key), Status.UNKNOWN)}
        assert wrong == {}
        assert {rule for rule, _ in mine} == {rule for rule, _ in root}


async def test_it_is_a_container_and_says_so(host: LabHost) -> None:
    """A host that shares its kernel: facts of the kernel are gaps for root too, with the reason."""
    found = await look(host)
    assert found.facts["container"] is True
    assert found.facts["virtualisation"] == "systemd-nspawn"
    assert found.facts["roles"] == ["systemd"]
    for path in ("boot", "mac", "modules[dccp]", "audit.loaded", "sysctl[kernel.randomize_va_space]"):
        assert "container" in found.gaps[path]


def settle(host: LabHost, *commands: str) -> None:
    for command in commands:
        host.inside(["sh", "-c", command])


def _network_parameter(host: LabHost) -> None:
    settle(host, "sysctl -w net.ipv4.conf.all.send_redirects=0 net.ipv4.conf.host0.send_redirects=0")


def _pinned_parameter(host: LabHost) -> None:
    host.put("/etc/sysctl.d/99-zz-test.conf", "net.ipv4.tcp_syncookies = 0\n")


def _sshd_dropin(host: LabHost) -> None:
    who = "AllowUsers *\nAllowGroups *\nDenyUsers nobody\nDenyGroups nogroup\n"
    host.put("/etc/ssh/sshd_config.d/00-test.conf", f"X11Forwarding no\nMaxAuthTries 3\nLoginGraceTime 1m\n{who}")


def _match_block(host: LabHost) -> None:
    host.put(
        "/etc/ssh/sshd_config.d/50-match.conf", "Match User bob\n  PermitRootLogin yes\n  PermitEmptyPasswords no\n"
    )


def _file_mode(host: LabHost) -> None:
    (host.tree / "etc/group").chmod(0o604)


def _masked_but_running(host: LabHost) -> None:
    settle(host, "systemctl mask cron.service")


def _masked_and_stopped(host: LabHost) -> None:
    settle(host, "systemctl stop cron.service")


def _socket_starts_service(host: LabHost) -> None:
    host.put("/etc/systemd/system/demo.service", "[Service]\nExecStart=/bin/true\n")
    host.put("/etc/systemd/system/demo.socket", "[Socket]\nListenStream=2525\n[Install]\nWantedBy=sockets.target\n")
    settle(host, "systemctl daemon-reload && systemctl enable --now demo.socket")


def _mount(host: LabHost) -> None:
    host.put("/etc/fstab", "tmpfs /srv tmpfs nodev,nosuid,noexec 0 0\n")
    settle(host, "mount -t tmpfs -o nodev,nosuid tmpfs /srv")


def _login_defs(host: LabHost) -> None:
    settle(host, "sed -i 's/^PASS_MAX_DAYS.*/PASS_MAX_DAYS 90/' /etc/login.defs")


def _useradd(host: LabHost) -> None:
    settle(host, "useradd -D -f 30")


def _pam(host: LabHost) -> None:
    settle(host, "sed -i 's/ nullok//' /etc/pam.d/common-auth")
    host.put("/etc/security/pwquality.conf", "minlen = 15\n")


def _sudoers(host: LabHost) -> None:
    host.put("/etc/sudoers.d/wheel", "%ops ALL=(ALL) NOPASSWD: ALL\nDefaults timestamp_timeout=5, logfile=/s\n", 0o440)


def _audit_rules(host: LabHost) -> None:
    paths = ("passwd", "group", "shadow", "gshadow", "security/opasswd")
    rules = "".join(f"-w /etc/{path} -p wa -k identity\n" for path in paths)
    host.put("/etc/audit/rules.d/10-identity.rules", rules + "-e 2\n", 0o640)


def _second_root(host: LabHost) -> None:
    settle(host, "useradd -o -u 0 -g 0 toor && passwd -d toor")


def _aging(host: LabHost) -> None:
    settle(host, f"usermod -p '$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/' {USER} && chage -M 60 -I 30 {USER}")


def _filter(host: LabHost) -> None:
    rules = "type filter hook input priority 0; policy drop; tcp dport 22 accept; ct state established accept;"
    rules = f"table inet lab {{ chain in {{ {rules} }}; }}"
    settle(host, f"nft '{rules}'")


def _remote_log(host: LabHost) -> None:
    host.put("/etc/rsyslog.d/remote.conf", '*.* action(type="omfwd" target="log.example.org" protocol="tcp")\n')


def _shell_timeout(host: LabHost) -> None:
    host.put("/etc/profile.d/tmout.sh", "readonly TMOUT=600\nexport TMOUT\numask 027\n")


def _removed_package(host: LabHost) -> None:
    settle(host, "dpkg --remove chrony")


def _core_limit(host: LabHost) -> None:
    host.put("/etc/security/limits.d/core.conf", "*\thard\tcore\t0\n")


def _hostile_banner(host: LabHost) -> None:
    host.put("/etc/issue", "<script>alert(1)</script> \u202egnp.exe\x1b[2J\n")


Change = Callable[[LabHost], None]
Wanted = dict[str, Any]
FLIPS: list[tuple[Change, Wanted]] = [
    (_network_parameter, {"interfaces/host0/send_redirects": False,
      "sysctl/net.ipv4.conf.all.send_redirects/runtime": 0}),
    (_pinned_parameter, {"sysctl/net.ipv4.tcp_syncookies/persisted": 0,
      "sysctl/net.ipv4.tcp_syncookies/contradicted": True}),
    (_sshd_dropin, {"sshd/effective/x11forwarding": "no", "sshd/effective/maxauthtries": 3,
      "sshd/effective/logingracetime": 60}),
    (_match_block, {"sshd/match_blocks//etc/ssh/sshd_config.d/50-match.conf:1/settings/permitrootlogin": "yes"}),
    (_file_mode, {"files//etc/group/mode": "0604"}),
    (_masked_but_running, {"units/cron.service/load": "masked", "units/cron.service/in_use": True}),
    (_masked_and_stopped, {"units/cron.service/in_use": False, "units/cron.service/running": False}),
    (_socket_starts_service, {"units/demo.service/in_use": True, "listeners/tcp * 2525/loopback": False}),
    (_mount, {"mounts//srv/options": ["nodev", "nosuid", "relatime", "rw"],
      "mounts//srv/pinned_options": ["nodev", "noexec", "nosuid"]}),
    (_login_defs, {"login_defs/PASS_MAX_DAYS": 90}),
    (_useradd, {"useradd/INACTIVE": 30}),
    (_pam, {"pam/nullok": [], "pam/pwquality/minlen": 15}),
    (_sudoers, {"sudoers/nopasswd_all": ["%ops: ALL=(ALL) NOPASSWD: ALL"], "sudoers/timestamp_timeout": 5.0}),
    (_audit_rules, {"audit/topics/identity/on_disk": True, "audit/immutable_on_disk": True}),
    (_second_root, {"account_checks/uid0_others": ["toor"], "account_checks/empty_passwords": ["toor"]}),
    (_aging, {f"accounts/{USER}/password/algorithm": "md5crypt",
      f"accounts/{USER}/password/max_days": 60,
      "account_checks/weak_hashes": [USER]}),
    (_filter, {"firewall/denies_by_default": True, "firewall/input_policies/inet lab in": "drop"}),
    (_remote_log, {"logging/rsyslog/remote_targets": ["log.example.org"], "logging/leaves_host": True}),
    (_shell_timeout, {"session/timeout": 600, "session/timeout_readonly": True, "session/umask": "0027"}),
    (_core_limit, {"core_dumps/limited": True}),
    (_removed_package, {"packages/chrony": None}),
    (_hostile_banner, {"banners//etc/issue/text": "<script>alert(1)</script> \ufffdgnp.exe\ufffd[2J"}),
]  # fmt: skip


def at(facts: Any, path: str) -> Any:
    """The fact at a path written with slashes; a key that is itself a path of files begins with a second slash."""
    if path.startswith("/"):  # a key such as /etc/group: the longest one that is there
        found = max((key for key in facts if key and path.startswith(key)), key=len, default=None)
        return (
            None
            if found is None
            else at(facts[found], path[len(found) + 1 :])
            if len(path) > len(found)
            else facts[found]
        )
    key, slash, rest = path.partition("/")
    value = facts.get(key)
    return at(value, rest) if slash and value is not None else value


@pytest.mark.parametrize(("change", "wanted"), FLIPS, ids=[change.__name__.strip("_") for change, _ in FLIPS])
async def test_a_real_change_changes_its_fact(host: LabHost, change: Change, wanted: Wanted) -> None:
    """A change on the host, read through its own sshd: the facts were otherwise before, and are as wanted after."""
    before = await look(host)
    change(host)
    after = await look(host)
    for path, value in wanted.items():
        assert at(after.facts, path) == value, path
    assert any(at(before.facts, path) != value for path, value in wanted.items())


async def test_a_file_with_nul_bytes_hides_only_itself(host: LabHost) -> None:
    """NULs and invalid UTF-8 planted in a file break no frame: that fact is a gap, all others are as before."""
    before, motd = await look(host), host.tree / "etc/motd"
    text = motd.read_bytes()
    motd.write_bytes(b"\0END\0\x000\0\0 \xff\xfe")
    after = await look(host)
    motd.write_bytes(text)
    assert {path.split("[")[0] for path, _, _ in differences(before.facts, after.facts)} == {"banners"}
    assert "no text" in after.gaps["banners[/etc/motd]"]


async def test_the_host_is_left_as_it_was(host: LabHost) -> None:
    """Two readings differ in nothing: the first left no trace that the second would see."""
    item, again = await look(host), await look(host)
    assert list(differences(item.facts, again.facts)) == []


async def test_no_hash_leaves_the_host(host: LabHost) -> None:
    """The hash that a test gave the plain user is in no record."""
    host.inside(["usermod", "-p", "$6$saltsalt$leakleakleakleak", USER])
    source = ssh_source(host.address, 22, host.known_hosts, host.user_key)
    item = await collect(source)
    assert isinstance(item, Capture)
    assert "leakleak" not in str(item.body)
    assert linux.read(item).facts["accounts"][USER]["password"]["algorithm"] == "sha512crypt"
