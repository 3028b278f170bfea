"""Audit rules after `augenrules --load`: the merged file, and the kernel's list where it is not locked."""

import re

from auditor.changes.linux.plan import Plan
from auditor.changes.linux.work import Work
from auditor.collectors.linux.evidence import Evidence
from auditor.collectors.linux.sections.audit_rules import normalise

_FOLDER, _MERGED = "/etc/audit/rules.d", "/etc/audit/audit.rules"
LOCKED = "the audit rules are locked until the next boot (-e 2): this is in force after it"


def apply(work: Work, plan: Plan, old: Evidence) -> None:
    """Edit the merged file, `auditctl -l` and `auditctl -s`."""
    changes = [c for c in plan.below(_FOLDER) if c.path.endswith(".rules")]
    direct = plan.files.get(_MERGED)
    first = changes[0] if changes else direct
    if first is None:
        return
    where = first.where
    if not work.ok("audit_rules"):
        return  # without root its facts are gaps, and stay such
    files = work.files("audit_rules")
    paths = sorted((p for p in files if p.startswith(f"{_FOLDER}/") and p.endswith(".rules")), key=_natural)
    lines = [text for path in paths for _, text in files[path]]
    for change in changes:
        for line in (*change.added, *change.taken):
            if line.text.strip()[:1] == "-":
                for fact in ("audit.on_disk", "audit.loaded", "audit.topics", "audit.missing_from_kernel"):
                    work.because(fact, line.where, line.text)
                if re.match(r"\s*(?:-e|--loginuid-immutable)", line.text):
                    work.because("audit", line.where, line.text)
    if changes:
        work.remark(where, "it is assumed that `augenrules --load` is run after it")
        if [text for _, text in files.get(_MERGED, ())] != merged(lines):
            work.gap(f"files[{_MERGED}.prev]", where, "augenrules keeps the merged file that was there")
        work.write("audit_rules", _MERGED, list(enumerate(merged(lines), 1)))
    else:
        lines = [line.text for line in (direct.lines or ())] if direct else []
    _loaded(work, lines, where)


def merged(lines: list[str]) -> list[str]:
    """What augenrules writes: no comments, control lines first, -e last."""
    rules = [line for line in lines if line.strip() and not line.lstrip().startswith("#")]
    control = {option: [r for r in rules if re.match(rf"\s*{option}\b", r)] for option in ("-D", "-b", "-f", "-e")}
    taken = {rule for found in control.values() for rule in found}
    head = [line for option in ("-D", "-b", "-f") for line in control[option][-1:]]
    return [*head, *(rule for rule in rules if rule not in taken), *control["-e"][-1:]]


def _loaded(work: Work, lines: list[str], where: str) -> None:
    if not work.ok("auditctl_s") or not work.ok("auditctl_l") or work.err("auditctl_s"):
        return  # a kernel that is not this host's, or no auditctl: its facts are gaps, and stay such
    status = work.out("auditctl_s")
    if re.search(r"^enabled\s+2", status, re.M):
        work.remark(where, LOCKED)
        work.meta["audit_locked"] = True
        return
    if not any(re.match(r"\s*-D\s*$", line) for line in lines):
        for fact in ("audit.loaded", "audit.missing_from_kernel", "audit.topics"):
            work.gap(fact, where, "no -D stands in the files: the rules come to those that are loaded already")
        return
    before = normalise(work.out("auditctl_l").splitlines())
    rules = [line for line in lines if normalise([line])]
    after = normalise(rules)
    if before != after:
        work.put("auditctl_l", "".join(f"{rule}\n" for rule in rules) or "No rules\n")
    switch = [found[1] for line in lines if (found := re.match(r"\s*-e\s+(\d)", line))]
    if switch:
        status = re.sub(r"(?m)^enabled\s+\d", f"enabled {switch[-1]}", status)
    if any(re.match(r"\s*--loginuid-immutable\b", line) for line in lines):
        status = re.sub(r"(?m)^loginuid_immutable\s+\d.*", "loginuid_immutable 1 locked", status)
    work.set_out("auditctl_s", status)


def _natural(path: str) -> list[tuple[int, int, str]]:
    """`ls -v`: numbers in names by their size."""
    return [(1, int(part), "") if part.isdigit() else (0, 0, part) for part in re.split(r"(\d+)", path) if part]
