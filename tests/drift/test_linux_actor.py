"""Who changed a Linux host: a real user with a real sudo is named from the log that the host itself keeps."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from auditor.attribution import origin
from auditor.collectors.linux.frame import Record
from auditor.collectors.linux.redact import redact
from auditor.collectors.linux.wanted import SUDO_COMMANDS
from auditor.domain import Drift, Snapshot
from auditor.drift import between
from auditor.evidence import redaction
from tests.collectors.linux.helpers import read_records, snapshot, ssh_source
from tests.conftest import require
from tests.simulators.linux import lab

SWITCH = "net.ipv4.conf.all.log_martians"


@pytest.fixture(autouse=True)
def _fingerprint_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(redaction.KEY_VARIABLE, "a key that only these tests use 0123")
    redaction.redactor.cache_clear()


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[lab.LabHost]:
    """A lab host with two people who may use sudo, and a plain user who audits."""
    made = lab.root()
    require(made, "no Debian archive is known here to make a lab host from")
    assert made is not None
    booted = lab.LabHost(made, tmp_path_factory.mktemp("lab"))
    for name in ("planter", "gardener"):
        booted.inside(["useradd", "-m", "-s", "/bin/sh", name], booted=False)
        booted.put(f"/etc/sudoers.d/{name}", f"{name} ALL=(root) NOPASSWD: ALL\n", 0o440)
    with booted:
        yield booted


def look(host: lab.LabHost, user: str = "root", become: str | None = None, *, activity: bool = True) -> Snapshot:
    source = ssh_source(host.address, 22, host.known_hosts, host.user_key, user, become=become)
    return asyncio.run(snapshot(replace(source, activity=activity)))


def as_user(host: lab.LabHost, name: str, command: str) -> None:
    """A real login shell of a real user."""
    host.inside(["su", "-", name, "-c", command])


def drift_of(old: Snapshot, new: Snapshot) -> Drift:
    (found,) = [one for one in between(old, new) if SWITCH in one.path and one.change != "unknown"]
    return found


@pytest.mark.needs_root
@pytest.mark.needs_lab
def test_the_planted_actor_is_named(host: lab.LabHost) -> None:
    """Of two users of sudo the one whose command touches the drifted fact comes first; a plain account sees nobody and
    says what it would need; the same with the group adm, and by the exact sudo lines, names the actor.
    """
    as_user(host, "gardener", "sudo /usr/bin/true before")
    old = look(host)
    old = replace(old, taken_at=old.taken_at + timedelta(seconds=1))
    host.inside(["sleep", "2"])
    now = int(str(old.facts["sysctl"][SWITCH]["runtime"]))
    as_user(host, "planter", f"sudo sysctl -w {SWITCH}={1 - now}")
    as_user(host, "gardener", "sudo /usr/bin/true --password Geheim-99 after")
    host.inside(["sleep", "1"])
    new = look(host)
    found = origin(drift_of(old, new), old, new)
    assert [one.who for one in found.actors] == ["planter", "gardener"]
    assert SWITCH in found.actors[0].what
    assert "before" not in found.actors[1].what
    assert "Geheim" not in str(new.facts["activity"])

    plain = look(host, lab.USER)
    blind = origin(drift_of(old, plain), old, plain)
    assert blind.actors == ()
    assert "the log could not be read" in blind.unknown
    assert "adm" in blind.unknown

    host.inside(["usermod", "-aG", "adm", lab.USER])
    member = look(host, lab.USER)
    assert origin(drift_of(old, member), old, member).actors[0].who == "planter"
    host.inside(["gpasswd", "-d", lab.USER, "adm"])

    refused = look(host, lab.USER, "sudo")
    assert SUDO_COMMANDS["log_journal"] in refused.gaps["activity"]
    rules = "".join(f"{lab.USER} ALL=(root) NOPASSWD: {command}\n" for command in SUDO_COMMANDS.values())
    host.put("/etc/sudoers.d/audit", rules, 0o440)
    allowed = look(host, lab.USER, "sudo")
    actors = origin(drift_of(old, allowed), old, allowed).actors
    assert actors[0].who == "planter"
    assert [one["what"] for one in allowed.facts["activity"]["deeds"] if one["who"] == lab.USER] == []

    silent = look(host, activity=False)
    assert "activity" not in {*silent.facts, *silent.gaps}
    assert "activity: true" in origin(drift_of(old, silent), old, silent).unknown
    earlier = replace(old, taken_at=old.taken_at - timedelta(days=400))
    nobody = replace(new, taken_at=earlier.taken_at + timedelta(days=1))
    assert "the log begins at" in origin(drift_of(old, new), earlier, nobody).unknown


SYSLOG = """\
Jan  1 00:00:01 host sshd[1]: whatever
Dec 31 23:00:00 host sudo:    anna : TTY=pts/0 ; PWD=/home/anna ; USER=root ; COMMAND=/usr/bin/vi /etc/fstab
2025-12-31T23:30:00.123456+01:00 host sudo[7]: bob : PWD=/ ; USER=root ; GROUP=adm ; ENV=A=b ; COMMAND=/bin/x
Dec 31 23:40:00 host sudo:   carl : command not allowed ; TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/sh
"""
AUDIT = (
    "type=DAEMON_START msg=audit(1767000000.000:1): op=start\n"
    'type=USER_CMD msg=audit(1767100000.000:2): pid=1 uid=1000 auid=1001 ses=1 msg=\'cwd="/" '
    f'cmd={b"chpasswd --password Geheim-98".hex().upper()} exe="/usr/bin/sudo" terminal=pts/0 res=success\'\n'
    'type=SYSCALL msg=audit(1767100001.000:3): success=yes auid=1001 uid=0 comm="vi" exe="/usr/bin/vi" key="identity"\n'
    'type=PATH msg=audit(1767100001.000:3): item=0 name="/etc/passwd" nametype=NORMAL\n'
    "type=SYSCALL msg=audit(1767100002.000:4): success=yes auid=1001 uid=0 comm=x exe=x key=(null)\n"
    "type=PATH msg=audit(1767100002.000:4): item=0 name=/etc/shadow nametype=NORMAL\n"
)


def test_files_of_syslog_and_auditd_are_read() -> None:
    """Old and new forms of a line, the year and zone of old ones, commands in hexadecimal, watched files: each names
    the one who logged in; refused commands and unwatched calls are left out; secrets are fingerprints.
    """
    raw = {
        "log_auth": Record(SYSLOG, 0, ""),
        "log_audit": Record(AUDIT, 0, ""),
        "log_journal": Record("", 1, "no journal"),
    }
    clean = redact(raw)
    assert "Geheim" not in clean["log_audit"].out
    assert "sshd[1]: whatever" not in clean["log_auth"].out
    passwd = "root:x:0:0:/root:/bin/sh\nanna:x:1001:1001:/home/anna:/bin/sh\n"
    seen = read_records(log_reader="adm\n+0100\n", passwd=passwd, **clean)
    told = [(one["at"], one["who"], one["what"].split()[0]) for one in seen.facts["activity"]["deeds"]]
    assert told == [
        ("2025-12-30T13:06:40Z", "anna", "chpasswd"),
        ("2025-12-30T13:06:41Z", "anna", "/usr/bin/vi"),
        ("2025-12-31T22:00:00Z", "anna", "/usr/bin/vi"),
        ("2025-12-31T22:30:00Z", "bob", "/bin/x"),
    ]
    assert seen.facts["activity"]["deeds"][1]["object"] == "/etc/passwd"


def test_hostile_logs_cost_nothing_but_themselves() -> None:
    """Endless lines, times beyond dates and lines that name terminals are cut, left out, or plain text."""
    line = "2026-01-01T00:00:00+00:00 h sudo: {} : PWD=/ ; USER=root ; COMMAND={}\n"
    text = line.format("e\x1b[0mve", "x " * 5000) + "9999-12-31T23:59:59-23:59 h sudo: a\n" + "sudo COMMAND=" * 100_000
    clean = redact({"log_auth": Record(text, 0, "")})
    assert len(clean["log_auth"].out) < 5000
    seen = read_records(log_reader="adm\nzone\n", log_audit=Record("", 1, "x"), log_journal="", **clean)
    assert all(len(one["what"]) <= 300 for one in seen.facts.get("activity", {}).get("deeds", []))
