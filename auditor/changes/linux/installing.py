"""Files of a plan into the records: their text where it is kept, their entry where the program lists them."""

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase

from auditor.changes.linux.batches import holding, mirrors
from auditor.changes.linux.places import facts_of
from auditor.changes.linux.plan import Attributes, FileChange, Plan
from auditor.changes.linux.work import Work
from auditor.collectors.linux.redact import text
from auditor.collectors.linux.wanted import CONF, FILES, ROOT_FILES

_NAMED = {*CONF, "/etc/sysctl.conf", "/etc/sudoers", "/etc/audit/auditd.conf", "/etc/audit/audit.rules"}
_GLOBS = ("/etc/cron.d/*", "/etc/sudoers.d/*", "/etc/ssh/ssh_host_*_key", "/etc/ssh/ssh_host_*_key.pub")
_LISTED = ("/etc/audit/", "/etc/ssh/sshd_config.d/")
_SYSCTL = ("/etc/sysctl.d/", "/run/sysctl.d/", "/usr/local/lib/sysctl.d/", "/usr/lib/sysctl.d/", "/lib/sysctl.d/")
_MODE = re.compile(r"0?([0-7]{3,4})")
NEW_MODE = "a new file, and the candidate does not say with which mode it is made"


def install(work: Work, plan: Plan) -> None:
    """Write every file of the plan into the records that show it."""
    for change in plan.files.values():
        for path in _names(work, change.path):
            _text(work, change, path)
        _sysctl_list(work, change)
        _entry(work, change)
    for attributes in plan.attributes:
        _attributes(work, attributes)


def _names(work: Work, path: str) -> tuple[str, ...]:
    """A path with the other names by which the same file was read."""
    names = [name for name in mirrors(path) if name == path or _lib_is_linked(work)]
    if path == "/etc/sysctl.conf":  # Debian: a link that systemd-sysctl reads it by
        link = "/etc/sysctl.d/99-sysctl.conf"
        listed = re.sub("/+", "/", work.out("sysctl_files")).split("\n")
        files = work.files("sysctl_text")
        if link in listed and [t for _, t in files.get(link, ())] == [t for _, t in files.get(path, ())]:
            names.append(link)
    return tuple(names)


def _lib_is_linked(work: Work) -> bool:
    listed = re.sub("/+", "/", work.out("sysctl_files"))
    return "\n/lib/" in f"\n{listed}" or not work.has("sysctl_files")


def _text(work: Work, change: FileChange, path: str) -> None:
    held = False
    for batch in holding(path):
        if not work.has(batch.key):
            continue
        lines: Iterable[tuple[int, str]] | None
        if change.removed:
            lines = None
        elif batch.kept is not None and batch.key in change.kept:
            lines = list(enumerate((line.text for line in change.kept[batch.key]), 1))
        elif change.lines is None:
            continue
        else:
            numbered = enumerate((_as_collected(path, line.text) for line in change.lines), 1)
            lines = [(n, shown) for n, shown in numbered if batch.kept is None or batch.kept.search(shown)]
        held = True
        work.write(batch.key, path, lines, named=path in _NAMED)
    if not held and path == change.path and not change.whole and not change.kept and any(True for _ in holding(path)):
        for fact in facts_of(path) or ("",):
            work.gap(fact, change.where, f"{path}: the capture does not hold its text, and a diff tells a part of it")


def _as_collected(path: str, line: str) -> str:
    """A line of sshd_config as the collector would keep it, who may take the word behind `password` for a secret."""
    return text(line) if path.startswith("/etc/ssh/") and "passw" in line.lower() else line


def _sysctl_list(work: Work, change: FileChange) -> None:
    """The list of files that systemd-sysctl would read: a file without text is in it as well."""
    for path in mirrors(change.path):
        if path != change.path and not _lib_is_linked(work):
            continue
        if not path.startswith(_SYSCTL) or not path.endswith(".conf") or not work.has("sysctl_files"):
            continue
        listed = work.out("sysctl_files").splitlines()
        there = [line for line in listed if re.sub("/+", "/", line) == path]
        if change.removed:
            work.set_out("sysctl_files", "".join(f"{line}\n" for line in listed if line not in there))
        elif not there:
            work.set_out("sysctl_files", "".join(f"{line}\n" for line in [*listed, path]))
            work.forgive("sysctl_files", path)


def _entry(work: Work, change: FileChange) -> None:
    """What stat tells of a path: that it is there, that it is empty; mode and owner where the candidate says so."""
    path = change.path
    for folder in FILES if not change.removed else ():
        if path.startswith(f"{folder}/") and _absent(work, "stat", folder):
            work.gap(f"files[{folder}]", change.where, f"{folder} is made with it")
    if path in FILES or any(fnmatchcase(path, g) and path.count("/") == g.count("/") for g in _GLOBS):
        key = "stat_root" if work.has("stat_root") and path in ROOT_FILES else "stat"
        _stat(work, change, key)
    elif path.startswith(_LISTED) and path.count("/") <= 5 and work.has("stat_folders"):
        _find(work, change)


def _stat(work: Work, change: FileChange, key: str) -> None:
    rows = [line for line in work.out(key).splitlines() if line]
    mine = next((row for row in rows if row.split("|", 5)[-1] == change.path), None)
    others = [row for row in rows if row is not mine]
    if change.removed:
        work.set_out(key, "\n".join([*others, ""]))
        if change.path in FILES:
            work.complain(key, f"stat: cannot statx '{change.path}': No such file or directory")
        work.because(f"files[{change.path}]", change.where, change.path, "the file is removed")
        return
    if mine is None and not _absent(work, key, change.path) and change.path in FILES:
        return  # it could not be looked at: its gap stays
    mode, owner, group, size, kind, _ = mine.split("|", 5) if mine else ("644", "root", "root", "1", "regular file", "")
    if mine is None:
        _unknown_mode(work, change)
        work.because(f"files[{change.path}]", change.where, change.path, "the file is made")
    if change.lines is not None:
        size, kind = ("1", "regular file") if change.lines else ("0", "regular empty file")
    found = _MODE.fullmatch(change.mode)
    row = "|".join((
        str(int(found[1], 8) and found[1].lstrip("0")) if found else mode, change.owner or owner,
        change.group or group, size, kind, change.path,
    ))  # fmt: skip
    work.set_out(key, "\n".join([*others, row, ""]))
    work.forgive(key, change.path)


def _absent(work: Work, key: str, path: str) -> bool:
    return any(f"'{path}'" in line and "No such file" in line for line in work.err(key).splitlines())


def _find(work: Work, change: FileChange) -> None:
    rows = [line for line in work.out("stat_folders").splitlines() if line]
    mine = next((row for row in rows if row.endswith(f" {change.path}")), None)
    others = [row for row in rows if row is not mine]
    if change.removed:
        work.set_out("stat_folders", "\n".join([*others, ""]))
        work.because(f"files[{change.path}]", change.where, change.path, "the file is removed")
        return
    parts = mine.split(None, 10) if mine else ["1", "4", "-rw-r--r--", "1", "root", "root", "1", "Jan", "1", "00:00"]
    if mine is None:
        _unknown_mode(work, change)
        work.because(f"files[{change.path}]", change.where, change.path, "the file is made")
    if change.lines is not None:
        parts[6] = "1" if change.lines else "0"
    if found := _MODE.fullmatch(change.mode):
        parts[2] = "-" + _letters(int(found[1], 8))
    parts[4], parts[5] = change.owner or parts[4], change.group or parts[5]
    work.set_out("stat_folders", "\n".join([*others, " ".join([*parts[:10], change.path]), ""]))


def _letters(mode: int) -> str:
    """Nine letters as `ls` writes them."""
    shown = [letter if mode >> (8 - n) & 1 else "-" for n, letter in enumerate("rwxrwxrwx")]
    for bit, place, letter in ((0o4000, 2, "s"), (0o2000, 5, "s"), (0o1000, 8, "t")):
        if mode & bit:
            shown[place] = letter if shown[place] == "x" else letter.upper()
    return "".join(shown)


def _unknown_mode(work: Work, change: FileChange) -> None:
    if not change.mode:
        work.gap(f"files[{change.path}].mode", change.where, NEW_MODE)
    if not change.owner or not change.group:
        work.remark(change.where, f"{change.path} is made by root, so it belongs to root:root")


def _attributes(work: Work, told: Attributes) -> None:
    """Mode and owner alone, of what is there."""
    change = FileChange(told.path, told.where, mode=told.mode, owner=told.owner, group=told.group)
    if told.mode and not _MODE.fullmatch(told.mode):
        work.gap(f"files[{told.path}]", told.where, f"a mode written as {told.mode[:40]!r} is not followed")
        change.mode = ""
    listed = told.path in FILES or any(fnmatchcase(told.path, g) for g in _GLOBS) or told.path.startswith(_LISTED)
    homes = [f for f in (row.split(":") for row in work.out("passwd").splitlines()) if len(f) == 6]
    owners = [f[0] for f in homes if told.path == f[4] or told.path.startswith(f"{f[4].rstrip('/')}/.")]
    for name in owners if told.path not in ("/", "") else ():
        work.gap(f"accounts[{name}]", told.where, f"modes below the home of {name} are not followed")
    if not listed and not owners:
        work.remark(told.where, f"{told.path}: no fact of ours is read from it")
        return
    _entry(work, change)
    work.because(f"files[{told.path}]", told.where, f"{told.path} {told.mode} {told.owner} {told.group}".strip())
