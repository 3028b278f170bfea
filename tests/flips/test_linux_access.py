"""Real changes to ways in, on a booted host: each flips its finding, read through the host's own sshd, and no other."""

from contextlib import AbstractContextManager
from dataclasses import dataclass, field

import pytest

from auditor.collectors.linux.wanted import SUDO_COMMANDS
from tests.flips.linux_lab import FAIL, NOT_APPLICABLE, PASS, Flips, Pair, Verdicts, changed, collect, kept, verdicts
from tests.flips.linux_lab import flips as differing
from tests.flips.together import all_wanted, batches, flip_together, names
from tests.simulators.linux.lab import USER, LabHost

pytestmark = pytest.mark.needs_lab

# What any file of sshd does beside its own finding: the daemon that runs has not read it. That is reloaded below.
_RELOAD = "systemctl reload ssh; sleep 0.2"
_FRIEND = "useradd -m -s /bin/sh -p '$6$saltsalt$x' friend"
_MATCH = "/etc/ssh/sshd_config.d/50-flip.conf:1"
BAD, GOOD = (PASS, FAIL), (FAIL, PASS)


@dataclass(frozen=True)
class Change:
    """`text` written into `path`, or `do` run; `wanted` is all that flips, with the status before and after."""

    name: str
    wanted: Flips
    path: str = ""
    text: str = ""
    do: str = ""
    undo: str = "true"
    keeps: tuple[str, ...] = field(default=())


def ssh(name: str, text: str, rule: str, pair: Pair = GOOD, subject: str | None = None) -> Change:
    """A drop-in of sshd that comes before all others."""
    return Change(name, {(rule, subject): pair}, "/etc/ssh/sshd_config.d/00-flip.conf", text, _RELOAD, _RELOAD)


def match(name: str, text: str, wanted: Flips) -> Change:
    """A Match block."""
    return Change(name, wanted, "/etc/ssh/sshd_config.d/50-flip.conf", text, _RELOAD, _RELOAD)


def pam(name: str, path: str, script: str, wanted: Flips) -> Change:
    """A file of PAM or login.defs, edited in place."""
    return Change(name, wanted, do=script, keeps=(path,))


_COMMON_AUTH = "/etc/pam.d/common-auth"
_LOCK = (
    "auth requisite pam_faillock.so preauth\nauth [success=2 default=ignore] pam_unix.so nullok\n"
    "auth [default=die] pam_faillock.so authfail\nauth requisite pam_deny.so\nauth required pam_permit.so\n"
)
CHANGES = [
    ssh("tries", "MaxAuthTries 4\n", "linux-ssh-few-tries"),
    ssh("empty-passwords", "PermitEmptyPasswords yes\n", "linux-ssh-no-empty-passwords", BAD),
    ssh("banner", "Banner /etc/issue.net\n", "linux-ssh-banner"),
    ssh("forwarding", "DisableForwarding yes\n", "linux-ssh-no-forwarding"),
    ssh("gssapi", "GSSAPIAuthentication yes\n", "linux-ssh-no-gssapi", BAD),
    ssh("sessions", "MaxSessions 11\n", "linux-ssh-sessions-limited", BAD),
    ssh("grace", "LoginGraceTime 1m\n", "linux-ssh-login-time-limited"),
    ssh("alive", "ClientAliveInterval 300\n", "linux-ssh-dead-sessions-end"),
    ssh("loglevel", "LogLevel QUIET\n", "linux-ssh-logs-logins", BAD),
    ssh("ciphers", "Ciphers +aes256-cbc\n", "linux-ssh-strong-ciphers", BAD),
    ssh("environment", "PermitUserEnvironment yes\n", "linux-ssh-no-user-environment", BAD),
    ssh("rhosts", "IgnoreRhosts no\n", "linux-ssh-no-host-trust", BAD),
    ssh("named", "AllowUsers root auditor-lab\n", "linux-ssh-access-named", GOOD, "port"),
    Change("not-reloaded", {("linux-daemons-run-what-is-written", "sshd"): BAD},
      "/etc/ssh/sshd_config.d/00-flip.conf", "UseDNS no\n", "touch -d '+1 minute' /etc/ssh/sshd_config.d/00-flip.conf",
      _RELOAD),
    match("match-root", "Match Address 10.99.0.0/16\n  PermitRootLogin yes\n",
      {("linux-ssh-match-opens-nothing", None): (NOT_APPLICABLE, None),
       ("linux-ssh-match-opens-nothing", _MATCH): (None, FAIL),
       ("linux-ssh-match-keeps-limits", None): (NOT_APPLICABLE, None),
       ("linux-ssh-match-keeps-limits", _MATCH): (None, PASS)}),
    match("match-other-user", "Match Group auditor-lab\n  MaxAuthTries 3\n  PermitRootLogin yes\n",
      {("linux-ssh-match-opens-nothing", None): (NOT_APPLICABLE, None),
       ("linux-ssh-match-opens-nothing", _MATCH): (None, PASS),
       ("linux-ssh-match-keeps-limits", None): (NOT_APPLICABLE, None),
       ("linux-ssh-match-keeps-limits", _MATCH): (None, PASS)}),
    match("match-empty", "Match User *,!root\n  PermitEmptyPasswords yes\n  LogLevel FATAL\n",
      {("linux-ssh-match-opens-nothing", None): (NOT_APPLICABLE, None),
       ("linux-ssh-match-opens-nothing", _MATCH): (None, FAIL),
       ("linux-ssh-match-keeps-limits", None): (NOT_APPLICABLE, None),
       ("linux-ssh-match-keeps-limits", _MATCH): (None, FAIL)}),
    pam("nullok", _COMMON_AUTH, f"sed -i 's/ nullok//' {_COMMON_AUTH}", {("linux-pam-no-empty-passwords", None): GOOD}),
    pam("lockout", _COMMON_AUTH, f"printf '{_LOCK}' > {_COMMON_AUTH}; "
      "printf 'unlock_time = never\\n' > /etc/security/faillock.conf; "
      "sed -i '1i account required pam_faillock.so' /etc/pam.d/common-account",
      {("linux-lockout", None): GOOD, ("linux-lockout-root-time", None): GOOD}),
    pam("hash", "/etc/pam.d/common-password", "sed -i 's/ yescrypt/ md5/' /etc/pam.d/common-password",
      {("linux-pam-strong-hash", None): BAD}),
    pam("asked-again", "/etc/pam.d/common-password", "sed -i 's/ use_authtok//' /etc/pam.d/common-password",
      {("linux-pam-one-password", None): BAD}),
    pam("history", "/etc/pam.d/common-password", "sed -i '/pam_unix/i password requisite pam_pwhistory.so remember=24 "
      "use_authtok enforce_for_root' /etc/pam.d/common-password", {("linux-password-history", None): GOOD}),
    pam("unix-history", "/etc/pam.d/common-password", "sed -i 's/pam_unix.so/pam_unix.so remember=5/' "
      "/etc/pam.d/common-password", {("linux-pam-unix-no-history", None): BAD}),
    pam("su", "/etc/pam.d/su", "sed -i 's/^# *auth *required *pam_wheel.so$/auth required pam_wheel.so use_uid/' "
      "/etc/pam.d/su", {("linux-su-restricted", None): GOOD}),
    pam("quality", "/etc/security/pwquality.conf",
      "printf 'minlen = 14\\nmaxrepeat = 3\\ndifok = 2\\nmaxsequence = 3\\nminclass = 4\\nenforce_for_root\\n' "
      "> /etc/security/pwquality.conf",
      {("linux-password-quality", None): GOOD, ("linux-password-differs", None): GOOD,
       ("linux-password-no-sequences", None): GOOD, ("linux-password-classes", None): GOOD,
       ("linux-password-quality-root", None): GOOD}),
    pam("quality-credit", "/etc/security/pwquality.conf", "printf 'minlen = 14\\nmaxrepeat = 3\\ndcredit = 1\\n' "
      "> /etc/security/pwquality.conf", {}),
    pam("max-days", "/etc/login.defs", "sed -i 's/^PASS_MAX_DAYS.*/PASS_MAX_DAYS 365/' /etc/login.defs",
      {("linux-new-passwords-age", None): GOOD}),
    pam("min-days", "/etc/login.defs", "sed -i 's/^PASS_MIN_DAYS.*/PASS_MIN_DAYS 1/' /etc/login.defs",
      {("linux-new-passwords-min-age", None): GOOD}),
    pam("encrypt", "/etc/login.defs", "sed -i 's/^ENCRYPT_METHOD.*/ENCRYPT_METHOD MD5/' /etc/login.defs",
      {("linux-login-defs-strong-hash", None): BAD}),
    pam("umask", "/etc/login.defs", "sed -i 's/^UMASK.*/UMASK 027/' /etc/login.defs",
      {("linux-umask-closed", None): GOOD}),
    pam("inactive", "/etc/default/useradd", "useradd -D -f 30", {("linux-new-accounts-lock", None): GOOD}),
    pam("root-umask", "/root/.profile", "echo 'umask 022' >> /root/.profile", {("linux-root-umask-closed", None): BAD}),
    pam("root-path", "/root/.profile", "echo 'export PATH=.:$PATH' >> /root/.profile",
      {("linux-root-path-absolute", None): BAD}),
    Change("path-folder", {("linux-root-path-folders", "/usr/local/games"): BAD}, do="chmod o+w /usr/local/games",
      undo="chmod o-w /usr/local/games"),
    Change("idle-shell", {("linux-shell-timeout", None): GOOD}, "/etc/profile.d/tmout.sh",
      "readonly TMOUT=900\nexport TMOUT\n"),
    Change("sudo-alias", {("linux-sudo-asks", None): BAD}, "/etc/sudoers.d/flip",
      "Cmnd_Alias SHELLS = /bin/ls, /bin/bash\nUser_Alias OPS = %adm\nOPS ALL = (root) NOPASSWD: SHELLS\n"),
    Change("sudo-exact", {}, "/etc/sudoers.d/flip", "friend ALL = (root) NOPASSWD: /usr/sbin/sshd -T\n"),
    Change("sudo-one-user", {("linux-sudo-own-terminal", None): BAD}, "/etc/sudoers.d/flip",
      "Defaults:friend !use_pty\n"),
    Change("sudo-for-ever", {("linux-sudo-forgets", None): BAD}, "/etc/sudoers.d/flip",
      "Defaults timestamp_timeout=5\nDefaults:friend timestamp_timeout=-1\n"),
    Change("sudo-log", {("linux-sudo-log", "/etc/sudoers"): GOOD,
      ("linux-audit-records-sudo-log", None): (NOT_APPLICABLE, FAIL)}, "/etc/sudoers.d/flip",
      'Defaults logfile="/var/log/sudo.log"\n'),
    Change("second-root", {("linux-only-root-is-root", None): BAD, ("linux-ids-unique", None): BAD},
      do="useradd -o -u 0 -g 0 -d /nonexistent -s /usr/sbin/nologin toor", undo="userdel -f toor"),
    Change("service-shell", {("linux-system-accounts-no-shell", None): BAD}, do="usermod -s /opt/own/sh games",
      undo="usermod -s /usr/sbin/nologin games"),
    Change("shadow-member", {("linux-shadow-group-empty", None): BAD}, do="gpasswd -a games shadow",
      undo="gpasswd -d games shadow"),
    Change("nologin-shell", {("linux-nologin-is-no-shell", None): BAD}, do="echo /usr/sbin/nologin >> /etc/shells",
      keeps=("/etc/shells",)),
    Change("home-open", {("linux-homes-private", "auditor-lab"): BAD}, do="chmod 0751 /home/auditor-lab",
      undo="chmod 0750 /home/auditor-lab"),
    Change("netrc", {("linux-homes-no-open-doors", "auditor-lab"): BAD}, "/home/auditor-lab/.netrc", "x\n"),
    Change("host-key", {("linux-ssh-private-keys-closed", "/etc/ssh/ssh_host_ed25519_key"): BAD},
      do="chgrp adm /etc/ssh/ssh_host_ed25519_key", undo="chgrp root /etc/ssh/ssh_host_ed25519_key"),
]  # fmt: skip


@pytest.fixture(scope="module")
def before(machine: LabHost) -> Verdicts:
    """What the host is judged as it was installed."""
    machine.inside(["chmod", "0750", "/home/auditor-lab"])
    return verdicts(collect(machine))


def made(machine: LabHost, change: Change) -> AbstractContextManager[None]:
    """The host with a change, until it is taken back."""
    files = [path for path in (change.path, *change.keeps) if path]
    restore = kept(machine, *files, "/etc/security/faillock.conf", "/etc/pam.d/common-account")

    def do(host: LabHost) -> None:
        if change.path:
            host.put(change.path, change.text, 0o440 if "sudoers" in change.path else 0o644)
        if change.do:
            host.inside(["sh", "-ec", change.do])

    def undo(host: LabHost) -> None:
        restore(host)
        host.inside(["sh", "-ec", change.undo])

    return changed(machine, do, undo)


def _about(change: Change) -> str:
    return " ".join([change.path, change.do, change.undo, *change.keeps])


@pytest.mark.parametrize("batch", batches(CHANGES, _about), ids=names)
def test_a_change_flips_its_finding_alone(machine: LabHost, before: Verdicts, batch: list[Change]) -> None:
    """Of all shipped rules exactly the wanted findings differ, in the wanted way, after real changes."""
    flip_together(
        batch,
        lambda change: made(machine, change),
        lambda: verdicts(collect(machine)),
        lambda found, changes: differing(before, found) == all_wanted(changes),
    )


def test_the_sudoers_line_that_a_gap_names_closes_it(machine: LabHost) -> None:
    """What sudo may ask of sshd differs by host: the gap of a Match block says the exact line, and it works."""
    block, grants = "/etc/ssh/sshd_config.d/50-flip.conf", "/etc/sudoers.d/flip"
    undo = kept(machine, block, grants)
    machine.put(block, "Match Address 10.99.0.0/16\n  PermitRootLogin yes\n")
    known = "".join(f"{USER} ALL=(root) NOPASSWD: {command}\n" for command in SUDO_COMMANDS.values())
    try:
        machine.put(grants, known, 0o440)
        before = collect(machine, USER, "sudo")
        asked = before.gaps[f"sshd.contexts[{_MATCH}]"].partition("NOPASSWD: ")[2]
        machine.put(grants, f"{known}{USER} ALL=(root) NOPASSWD: {asked}\n", 0o440)
        after = collect(machine, USER, "sudo")
    finally:
        undo(machine)
    assert after.facts["sshd"]["contexts"][_MATCH]["changed"] == {"permitrootlogin": "yes"}
    assert after.facts["sshd"]["contexts"][_MATCH]["root_login"] == "yes"


def test_blocks_without_end_and_hostile_ones_are_gaps(machine: LabHost) -> None:
    """Sixteen connections are asked for, no more; text of a block that could act in a shell is handed to nothing."""
    block = "/etc/ssh/sshd_config.d/50-flip.conf"
    hostile = (
        'Match User "`touch${IFS}/pwned`"\n  X11Forwarding yes\nMatch Host "a;touch${IFS}/pwned"\n  X11Forwarding yes\n'
    )
    undo = kept(machine, block)
    machine.put(block, hostile + "".join(f"Match Address 10.{n}.0.0/16\n  MaxAuthTries 9\n" for n in range(20)))
    try:
        seen = collect(machine)
    finally:
        undo(machine)
    contexts = {int(place.rsplit(":", 1)[1]): one for place, one in seen.facts["sshd"]["contexts"].items()}
    assert not (machine.tree / "pwned").exists()
    assert [n for n, one in sorted(contexts.items()) if one["changed"] == {"maxauthtries": 9}] == list(range(5, 36, 2))
    gapped = {int(gap.rsplit(":", 1)[1][:-1]) for gap in seen.gaps if gap.startswith("sshd.contexts[")}
    assert gapped == {1, 3, *range(37, 44, 2)}
