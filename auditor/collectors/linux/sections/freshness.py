"""Daemons that run with an older configuration than their files hold: start or reload against the newest change."""

import re
from datetime import UTC, datetime

from auditor.collectors.linux.draft import NO_SYSTEMD, Draft
from auditor.collectors.linux.evidence import Absent, Evidence, Unread
from auditor.facts.linux_access import Daemon

# By unit: the name that stands for the daemon on every distribution, and what it reads when it starts.
_CHRONY = ("chronyd", ("/etc/chrony.conf", "/etc/chrony.d", "/etc/chrony/chrony.conf", "/etc/chrony/conf.d"))
_SSHD = (
    "sshd",
    (
        "/etc/ssh/sshd_config",
        "/etc/ssh/sshd_config.d",
        "/etc/crypto-policies/back-ends/opensshserver.config",
        "/etc/sysconfig/sshd",
    ),
)
_DAEMONS: dict[str, tuple[str, tuple[str, ...]]] = {
    "ssh.service": _SSHD,
    "sshd.service": _SSHD,
    "auditd.service": ("auditd", ("/etc/audit/auditd.conf",)),
    "rsyslog.service": ("rsyslog", ("/etc/rsyslog.conf", "/etc/rsyslog.d")),
    "chrony.service": _CHRONY,
    "chronyd.service": _CHRONY,
    "systemd-journald.service": ("systemd-journald", ("/etc/systemd/journald.conf", "/etc/systemd/journald.conf.d")),
}
_SLACK = 1  # seconds: systemd writes whole ones, a file may change within the second of the start


def daemons(evidence: Evidence, draft: Draft) -> None:
    """daemons: those that run. A reload without systemd (a signal sent by hand) is not seen."""
    try:
        record = evidence.record("daemons")
        if record.rc and "booted with systemd" in record.err:
            raise Unread(NO_SYSTEMD)
        units = _units(evidence.text("daemons"))
    except Absent:
        draft.gap("daemons", NO_SYSTEMD)
        return
    except Unread as why:
        draft.gap("daemons", str(why))
        return
    found: dict[str, Daemon] = {}
    for unit in units:
        name, paths = _DAEMONS.get(unit.get("Id", ""), ("", ()))
        if name and unit.get("ActiveState") in ("active", "reloading"):
            found[name] = _daemon(evidence, draft, name, unit, paths)
    draft.put("daemons", found, "systemctl show, times of files")


def _daemon(evidence: Evidence, draft: Draft, name: str, unit: dict[str, str], paths: tuple[str, ...]) -> Daemon:
    began = max(filter(None, (_moment(unit.get("ExecMainStartTimestamp", "")), _reloaded(unit))), default=None)
    newest: tuple[int, str] | None = None
    try:
        newest = _newest(evidence, "auditd_file" if name == "auditd" else "daemon_files", paths)
        if began is None:
            raise Unread(f"systemd names no time at which {unit['Id']} was started")
    except Unread as why:
        draft.gap(f"daemons[{name}].older_than_files", str(why))
        return Daemon(unit=unit["Id"], began=began)
    return Daemon(
        unit=unit["Id"],
        began=began,
        newest_file=newest[1] if newest else None,
        newest_change=newest[0] if newest else None,
        older_than_files=newest is not None and newest[0] > began + _SLACK,
    )


def _units(text: str) -> list[dict[str, str]]:
    blocks = text.split("\n\n")[:50]
    return [dict(line.split("=", 1) for line in block.splitlines() if "=" in line) for block in blocks]


def _reloaded(unit: dict[str, str]) -> int | None:
    """An active unit changed its state last when it was started or reloaded.

    The times of ExecReload say less: `systemctl daemon-reload` forgets them.
    """
    return _moment(unit.get("StateChangeTimestamp", "")) if unit.get("ReloadResult", "success") == "success" else None


def _moment(text: str) -> int | None:
    """`Sat 2026-11-21 15:00:00 UTC`, as systemctl writes it with TZ=UTC."""
    found = re.search(r"(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d) UTC", text)
    try:
        if not found:
            return None
        year, month, day, hour, minute, second = map(int, found.groups())
        return int(datetime(year, month, day, hour, minute, second, tzinfo=UTC).timestamp())
    except ValueError:
        return None


def _newest(evidence: Evidence, key: str, paths: tuple[str, ...]) -> tuple[int, str] | None:
    """The last change among these files and what stands right below these folders. Raises Unread."""
    record = evidence.record(key)
    if key == "auditd_file":
        try:
            evidence.text(key)
        except Unread:
            if "/etc/audit/auditd.conf" not in evidence.absent_paths(key):
                raise
    for path, why in evidence.denied_paths(key).items():
        if any(path == one or one.startswith(f"{path}/") or path.startswith(f"{one}/") for one in paths):
            raise Unread(f"{path}: {why}")
    rows = [(int(when), path) for when, _, path in (line.partition("|") for line in record.out.splitlines())
            if when.isascii() and when.isdecimal() and len(when) < 15]  # fmt: skip
    mine = [row for row in rows if any(row[1] == one or row[1].startswith(f"{one}/") for one in paths)]
    return max(mine, default=None)
