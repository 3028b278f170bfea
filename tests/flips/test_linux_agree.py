"""Who collects must not matter: a plain user, sudo and root come to one verdict, or the lesser says it is unknown."""

from collections.abc import Iterator, Mapping

import pytest

from auditor.collectors.linux.wanted import SUDO_COMMANDS
from auditor.domain import Status
from tests.flips.linux_lab import UNKNOWN, Verdicts, collect, kept, verdicts
from tests.simulators.linux.lab import USER, LabHost

pytestmark = pytest.mark.needs_lab
PARAMETERS = {"ntp_servers": ["192.0.2.1"]}
SUDOERS = "".join(f"{USER} ALL=(root) NOPASSWD: {command}\n" for command in SUDO_COMMANDS.values())
# Settings whose verdict a lesser account could get wrong: what it may not read says otherwise than what it may.
SECRETS = {
    "/etc/ssh/sshd_config.d/10-secret.conf": (
        "MaxAuthTries 2\nMatch Address 10.0.0.0/8\n  PermitRootLogin yes\n",
        0o600,
    ),
    "/etc/sudoers.d/secret": ("%adm ALL=(ALL) NOPASSWD: ALL\nDefaults timestamp_timeout=-1\n", 0o440),
    "/etc/sysctl.d/99-zz-secret.conf": ("net.ipv4.tcp_syncookies = 0\nkernel.kptr_restrict = 0\n", 0o600),
    "/etc/security/pwquality.conf.d/secret.conf": ("minlen = 20\n", 0o600),
    "/etc/security/limits.d/secret.conf": ("* hard core 0\n", 0o600),
    "/etc/profile.d/secret.sh": ("readonly TMOUT=300\nexport TMOUT\numask 077\n", 0o600),
    "/etc/rsyslog.d/secret.conf": ("*.* @@192.0.2.1\n", 0o600),
    "/etc/systemd/journald.conf.d/secret.conf": ("[Journal]\nStorage=persistent\n", 0o600),
    "/etc/audit/rules.d/secret.rules": ("-w /etc/passwd -p wa -k identity\n-e 2\n", 0o600),
    "/etc/modprobe.d/secret.conf": ("install dccp /bin/false\nblacklist dccp\n", 0o600),
    "/root/.bashrc": ("umask 000\nexport PATH=.:$PATH\n", 0o600),
    "/root/.rhosts": ("+ +\n", 0o600),
    "/etc/pam.d/common-session": ("session required pam_unix.so\n", 0o600),
    "/etc/cron.d/secret": ("* * * * * root true\n", 0o600),
}


@pytest.fixture(scope="module", params=["as installed", "with secrets"])
def seen(request: pytest.FixtureRequest, machine: LabHost) -> Iterator[dict[str, Verdicts]]:
    """Verdicts by who collected: of the host as it is, then with files that only root may read."""
    undo = kept(machine, *SECRETS, "/etc/sudoers.d/agree")
    if request.param == "with secrets":
        for path, (text, mode) in SECRETS.items():
            machine.put(path, text, mode)
        # RHEL closes this folder; what is in it changed after sshd was reloaded.
        later = "touch -d '+1 minute' /etc/ssh/sshd_config.d/10-secret.conf; chmod 0700 /etc/ssh/sshd_config.d"
        machine.inside(["sh", "-c", f"systemctl reload ssh; sleep 0.2; {later}"])
    try:
        plain = verdicts(collect(machine, USER), PARAMETERS)
        machine.put("/etc/sudoers.d/agree", SUDOERS, 0o440)
        machine.inside(["visudo", "-c"])
        by_sudo = verdicts(collect(machine, USER, "sudo"), PARAMETERS)
        yield {"plain": plain, "sudo": by_sudo, "root": verdicts(collect(machine), PARAMETERS)}
    finally:
        undo(machine)
        machine.inside(["sh", "-c", "chmod 0755 /etc/ssh/sshd_config.d; systemctl reload ssh"])


def worse(one: Verdicts, other: Verdicts) -> dict[tuple[str, str | None], object]:
    """Findings on which two collections disagree, neither of them being unknown."""
    found: dict[tuple[str, str | None], object] = {}
    for rule in one.keys() | other.keys():
        mine, theirs = one.get(rule, {}), other.get(rule, {})
        if UNKNOWN in (mine.get(None), theirs.get(None)):
            continue  # a list that could not be read is one finding without subject
        for subject in mine.keys() | theirs.keys():
            pair = (mine.get(subject), theirs.get(subject))
            if pair[0] != pair[1] and UNKNOWN not in pair and not _stood_in_for(subject, mine):
                found[rule, subject] = pair
    return found


def _stood_in_for(subject: str | None, found: Mapping[str | None, Status]) -> bool:
    """Whether an unknown finding of a whole folder, `/etc/audit/*`, says that this one of it could not be listed."""
    folders = [s[:-1] for s, status in found.items() if s and s.endswith("/*") and status is UNKNOWN]
    return subject not in found and any(str(subject).startswith(folder) for folder in folders)


@pytest.mark.parametrize("who", ["plain", "sudo"])
def test_a_lesser_account_disagrees_by_unknown_alone(seen: dict[str, Verdicts], who: str) -> None:
    """Over all shipped rules and subjects, what root sees passed or failed is so for the other, or unknown."""
    assert worse(seen[who], seen["root"]) == {}


def test_root_knows_more(seen: dict[str, Verdicts]) -> None:
    """The comparison is none of two blind men: root has fewer unknown findings than sudo, sudo fewer than a user."""
    unknown = {who: sum(s is UNKNOWN for v in found.values() for s in v.values()) for who, found in seen.items()}
    assert unknown["root"] <= unknown["sudo"] < unknown["plain"]
