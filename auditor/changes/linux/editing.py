"""A capture as a candidate would leave it: files first, then what is told to read them."""

import re

from auditor.changes.candidate import Candidate
from auditor.changes.linux import audits, modules, mounts, packages, reloads, sshds, sysctls, units
from auditor.changes.linux.admins import doors, people
from auditor.changes.linux.ansible import chosen, hosts_of
from auditor.changes.linux.checks import check
from auditor.changes.linux.gathering import gather
from auditor.changes.linux.installing import install
from auditor.changes.linux.places import facts_of, told_by_tools, unit_of
from auditor.changes.linux.plan import FileChange, Plan
from auditor.changes.linux.work import Work
from auditor.changes.model import Edited
from auditor.domain import Capture
from auditor.errors import InputErrors

CRLF = "its lines end as on Windows: copied as it is, the carriage returns break what reads it; convert it (dos2unix)"
NO_FACT = "no fact of ours is read from it"
# Read line by line below: a reason for each line would say the same once more.
_EXPLAINED = ("sysctl", "sshd", "mounts", "modules", "audit")
_REASONS = 2_000


def edit(capture: Capture, candidate: Candidate) -> Edited:
    """The edited capture. Raises InputErrors."""
    work = Work(capture)
    plan = gather(work, candidate, capture.target)
    if not work.errors:
        check(work, plan)
    if work.errors:
        raise InputErrors(work.errors[:1000])
    old = work.old
    install(work, plan)
    for change in plan.files.values():
        _said(work, change, crlf=candidate.crlf and candidate.kind == "files")
    sysctls.apply(work, plan, old)
    sshds.apply(work, plan, old)
    mounts.apply(work, plan, old)
    modules.apply(work, plan)
    audits.apply(work, plan, old)
    units.unit_files(work, plan)
    units.apply(work, plan)
    packages.apply(work, plan)
    reloads.apply(work, plan)
    _beside(work, plan)
    if candidate.kind == "ansible" and len(hosts_of(candidate.data)) == 1:
        mine = chosen(candidate.data, {capture.target})
        if mine and mine != capture.target:
            work.remark(candidate.name, f"the play speaks of {mine} alone: it is taken to be {capture.target}")
    new = work.evidence()
    work.meta |= {"plan": plan, "people_before": people(old), "people_after": people(new)}
    if plan.below("/etc/pam.d"):
        work.meta |= {"doors_before": doors(old), "doors_after": doors(new)}
    return Edited(
        body=work.body(),
        why=tuple(work.why),
        unknown=tuple(work.unknown.values()),
        remarks=tuple(work.remarks),
        meta=work.meta,
    )


def _said(work: Work, change: FileChange, *, crlf: bool) -> None:
    """Reasons of a file, and what it changes that nobody can foretell."""
    if crlf:
        work.remark(change.where, f"{change.path}: {CRLF}")
    facts, (told, reason) = facts_of(change.path), told_by_tools(change.path)
    for fact in told:
        work.gap(fact, change.where, f"{change.path}: {reason}")
        work.because(fact, change.where, change.path)
    rest = [fact for fact in facts if fact not in _EXPLAINED]
    for line in (*change.added, *change.taken)[:_REASONS]:
        if line.text.strip() and not line.text.lstrip().startswith("#"):
            for fact in rest:
                work.because(fact, line.where, line.text)
    for fact in rest:
        work.because(fact, change.where, change.path)
    shown = any(change.path in row for row in (work.out("stat"), work.out("stat_root")))
    if not facts and not told and not shown and unit_of(change.path) is None:
        work.remark(change.where, f"{change.path}: {NO_FACT}")
    elif facts and not change.whole and not change.kept:
        for fact in facts:
            if change.path.startswith(("/etc/modprobe.d", "/usr/lib/modprobe.d")):
                continue
            work.gap(fact, change.where, f"{change.path}: the capture does not hold its text, and a diff tells a part")


def _beside(work: Work, plan: Plan) -> None:
    """What comes with a file: folders of a PATH, the folder of a journal that is kept."""
    changes = plan.below("/etc/systemd/journald.conf", "/etc/systemd/journald.conf.d")
    for change in plan.files.values():
        named = [line for line in change.added if re.search(r"\b(?:PATH|ENV_SUPATH|ENV_PATH)\b", line.text)]
        if named and "session" in facts_of(change.path):
            work.gap("session.path_folders", named[0].where, "folders that come into root's PATH were not looked at")
    kept = any("persistent" in line.text.lower() for c in changes for line in c.added)
    if kept and "/var/log/journal" not in work.out("marks").split():
        work.gap("files[/var/log/journal]", changes[0].where, "journald makes this folder when it begins anew")
