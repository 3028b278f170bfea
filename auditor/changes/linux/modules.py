"""Kernel modules that modprobe.d keeps out: lines of one file within what `modprobe -c` puts together of all."""

import re
from collections.abc import Sequence

from auditor.changes.linux.plan import FileChange, Plan
from auditor.changes.linux.work import Line, Work
from auditor.collectors.linux.wanted import MODULES

_FOLDERS = tuple(f"{root}/modprobe.d" for root in ("/etc", "/run", "/usr/local/lib", "/usr/lib", "/lib"))
_HIDDEN = "the capture shows what all files of modprobe.d say together: whether this one said it is not known"


def apply(work: Work, plan: Plan) -> None:
    """Edit the answer of `modprobe -c`."""
    for change in plan.below(*_FOLDERS):
        if not change.path.endswith(".conf"):
            work.remark(change.where, f"{change.path}: modprobe reads files that end in .conf only")
            continue
        _file(work, change)


def _file(work: Work, change: FileChange) -> None:
    for line in change.added:
        if name := _module(line):
            work.because(f"modules[{name}]", line.where, line.text)
    if work.has("modprobe_text") or not work.ok("modprobe"):
        return  # a plain user reads the files themselves
    rules = [line for line in work.out("modprobe").splitlines() if line]
    told = {_key(line.text) for line in change.added} - {""}
    if change.created or not (change.removed or change.lines is None):
        kept = rules
    else:
        taken = {_key(line.text) for line in change.taken}
        kept = _without(rules, taken)
        for line in change.taken:
            if (name := _module(line)) and _key(line.text) not in told:
                work.because(f"modules[{name}]", line.where, line.text, "the line goes")
                if _key(line.text) in {_key(rule) for rule in kept}:
                    work.gap(f"modules[{name}]", line.where, "another file may still say the same")
    for line in change.added:
        key = _key(line.text)
        if not key:
            continue
        if key.startswith("install "):  # of several install lines modprobe runs the first file's
            others = [rule for rule in kept if _key(rule) == key and rule.split() != line.text.split()]
            if others:
                work.gap(f"modules[{key.split()[1]}]", line.where, "another file has an install line for it, too")
        kept.append(" ".join(line.text.split()))
    if change.created is None and change.lines is not None:
        _maybe_gone(work, change, rules, told)
    work.set_out("modprobe", "\n".join([*kept, ""]))


def _maybe_gone(work: Work, change: FileChange, rules: Sequence[str], told: set[str]) -> None:
    """A file that was there perhaps, and perhaps held lines that it has no longer."""
    for rule in rules:
        key = _key(rule)
        name = key.split()[1] if key else ""
        if name in MODULES and key not in told:
            work.gap(f"modules[{name}]", change.where, _HIDDEN)


def _without(rules: Sequence[str], taken: set[str]) -> list[str]:
    """Rules less one of each that a diff takes away."""
    left, kept = set(taken), []
    for rule in rules:
        key = _key(rule)
        if key and key in left:
            left.discard(key)
        else:
            kept.append(rule)
    return kept


def _key(text: str) -> str:
    """`blacklist NAME` or `install NAME` in one spelling; "" for another line."""
    words = text.split("#", 1)[0].split()
    if len(words) >= 2 and words[0] in ("blacklist", "install"):
        return f"{words[0]} {words[1].replace('_', '-')}"
    return ""


def _module(line: Line) -> str:
    key = _key(line.text)
    name = key.split()[1] if key else ""
    return name if name in MODULES and re.fullmatch(r"[\w-]{1,64}", name) else ""
