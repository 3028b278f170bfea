"""The changes that are foretold and made: as files, diffs, YAML and Ansible, in batches that do not meet."""

import difflib
from collections.abc import Callable

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
    ],
]  # fmt: skip
