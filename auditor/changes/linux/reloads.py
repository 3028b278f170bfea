"""Daemons beside their files: after the change they were reloaded, so none is older than what it read."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime

from auditor.changes.linux.plan import FileChange, Plan
from auditor.changes.linux.work import Work

# Units, the files that they read when they begin, and how `daemons` calls them.
_READ: tuple[tuple[tuple[str, ...], str, tuple[str, ...]], ...] = (
    (("ssh.service", "sshd.service"), "sshd", ("/etc/ssh/sshd_config", "/etc/ssh/sshd_config.d",
                                              "/etc/sysconfig/sshd")),
    (("auditd.service",), "auditd", ("/etc/audit/auditd.conf",)),
    (("rsyslog.service",), "rsyslog", ("/etc/rsyslog.conf", "/etc/rsyslog.d")),
    (("chrony.service", "chronyd.service"), "chronyd", ("/etc/chrony.conf", "/etc/chrony.d",
                                                       "/etc/chrony/chrony.conf", "/etc/chrony/conf.d")),
    (("systemd-journald.service",), "systemd-journald", ("/etc/systemd/journald.conf",
                                                         "/etc/systemd/journald.conf.d")),
)  # fmt: skip
_LATER = 60  # seconds after the last reading: any time does, `began` and `newest_change` are said to be unknown
_SOCKETS = re.compile(
    r"^\s*(?:\$(?:InputTCPServerRun|UDPServerRun|InputRELPServerRun)|input\s*\(|(?:allow|port|cmdport|bindaddress|"
    r"bindcmdaddress|local|ptpport)\b)",
    re.I,
)


def apply(work: Work, plan: Plan) -> None:
    """Move the times of files and of reloads, and say which times are not known."""
    for units, name, roots in _READ:
        changes = [c for c in plan.below(*roots) if _counts(c)]
        if not changes:
            continue
        where = changes[0].where
        block = _block(work, units)
        if not block:
            continue
        work.remark(where, f"it is assumed that {name} is reloaded or restarted after it")
        _moved(work, changes, block, name)
        if name in ("rsyslog", "chronyd") and any(
            _SOCKETS.match(line.text) for c in changes for line in (*c.added, *c.taken)
        ):
            work.gap("listeners", where, f"on what {name} then listens is not computed")


def _counts(change: FileChange) -> bool:
    return change.path.endswith((".conf", "sshd_config", "/sshd"))


def _block(work: Work, units: Sequence[str]) -> str:
    for block in work.out("daemons").split("\n\n"):
        if any(f"Id={unit}\n" in f"{block}\n" for unit in units) and re.search(
            r"ActiveState=(?:active|reloading)", block
        ):
            return block
    return ""


def _moved(work: Work, changes: Sequence[FileChange], block: str, name: str) -> None:
    now = work.old.meta.get("now", "")
    moment = int(now) + _LATER if now.isascii() and now.isdecimal() and len(now) < 12 else 0
    stamp = datetime.fromtimestamp(moment, UTC).strftime("%a %Y-%m-%d %H:%M:%S UTC")
    key = "auditd_file" if name == "auditd" else "daemon_files"
    parted = (row.partition("|") for row in work.out(key).splitlines())
    rows = {path: when for when, bar, path in parted if bar}
    for change in changes:
        folder = change.path.rsplit("/", 1)[0]
        if change.removed:
            rows.pop(change.path, None)
            if folder in rows:
                rows[folder] = str(moment)
            work.gap(f"daemons[{name}].newest_file", change.where, "which file is the newest then is not known")
        else:
            if change.path not in rows and folder in rows:
                rows[folder] = str(moment)
            rows[change.path] = str(moment)
            work.forgive(key, change.path)
    if len(changes) > 1:
        work.gap(f"daemons[{name}].newest_file", changes[0].where, "which file is written last is not known")
    work.set_out(key, "".join(f"{when}|{path}\n" for path, when in rows.items()))
    kept = [line for line in block.splitlines() if not line.startswith(("StateChangeTimestamp=", "ReloadResult="))]
    new = "\n".join([*kept, f"StateChangeTimestamp={stamp}", "ReloadResult=success"])
    work.set_out("daemons", work.out("daemons").replace(block, new))
    where = changes[0].where
    for fact in ("began", "newest_change"):
        work.gap(f"daemons[{name}].{fact}", where, "the hour of the change is not known")
    work.because(f"daemons[{name}]", where, changes[0].path, "it is reloaded after the file is written")
