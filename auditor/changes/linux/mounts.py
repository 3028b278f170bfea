"""Mounts after `mount -o remount` of what is mounted, and `mount` of what is new; a line that goes unmounts nothing."""

import re
from collections.abc import Iterable

from auditor.changes.linux.plan import Plan
from auditor.changes.linux.work import Work
from auditor.collectors.linux.config import Files, words
from auditor.collectors.linux.evidence import Evidence, Unread

FSTAB = "/etc/fstab"
# Words that every mount of the kernel shows or hides by itself; others are of the file system, or of userspace.
_SHOWN = {"ro", "nosuid", "nodev", "noexec", "noatime", "nodiratime", "sync", "dirsync", "relatime", "strictatime"}
_PER_MOUNT = {"ro", "nosuid", "nodev", "noexec", "noatime", "nodiratime", "nosymfollow"}
_OFF = {"rw": "ro", "suid": "nosuid", "dev": "nodev", "exec": "noexec", "atime": "noatime"}
_IMPLIED = {"user": ("noexec", "nosuid", "nodev"), "users": ("noexec", "nosuid", "nodev"), "owner": ("nosuid", "nodev"),
            "group": ("nosuid", "nodev")}  # fmt: skip
_ATIME = {"noatime", "relatime", "strictatime", "atime"}
_MOST = 500
Entry = tuple[str, str, str]  # source, type, options


def apply(work: Work, plan: Plan, old: Evidence) -> None:
    """Edit mountinfo as the new lines of fstab say."""
    change = plan.files.get(FSTAB)
    if change is None:
        return
    try:
        before, after = _entries(old), _entries(work.evidence())
    except Unread as why:
        work.gap("mounts", change.where, str(why))
        return
    places = {_plain(line.text.split()[1]).rstrip("/") or "/": line for line in change.lines or ()
              if line.where and len(line.text.split("#", 1)[0].split()) > 1}  # fmt: skip
    changed = [p for p in {**before, **after} if before.get(p) != after.get(p)]
    if not changed:
        return
    work.remark(change.where, "it is assumed that each changed line is mounted: new ones by `mount`, others remounted")
    if len(changed) > _MOST:
        work.gap("mounts", change.where, f"more than {_MOST} mounts change: they are not followed one by one")
        return
    rows = work.out("mountinfo").splitlines()
    for path in changed:
        line = places.get(path)
        where, text = (line.where, line.text) if line else (change.where, "")
        fact = f"mounts[{path}]"
        work.because(fact, where, text, "" if path in after else "no line of fstab holds it any more")
        if path == "/tmp":  # noqa: S108 - its unit is the one that the program asks for
            work.gap("units[tmp.mount]", where, "systemd makes a unit of this line")
        entry = after.get(path)
        if entry is None:
            work.remark(where, f"{path} stays mounted until the next boot")
            continue
        if entry[1] == "swap" or "noauto" in entry[2].split(","):
            continue
        at = next((n for n in range(len(rows) - 1, -1, -1) if _path(rows[n]) == path), None)
        if at is None:
            _new(work, rows, path, entry, where)
        else:
            _remounted(work, rows, at, entry, where, path)
    work.set_out("mountinfo", "\n".join([*rows, ""]))


def _entries(evidence: Evidence) -> dict[str, Entry]:
    lines = Files(evidence, "conf").get(FSTAB) or []
    return {_plain(f[1]).rstrip("/") or "/": (f[0], f[2], f[3]) for _, f in words(lines) if len(f) >= 4}


def _plain(field: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), field)


def _path(row: str) -> str:
    fields = row.split(" ")
    return _plain(fields[4]) if len(fields) > 5 else ""


def flags(options: str) -> tuple[set[str], set[str]]:
    """(flags of a mount that these options set, options that are of the file system or unknown)."""
    found: set[str] = set()
    others: set[str] = set()
    for word in options.split(","):
        if word in _PER_MOUNT:
            found.add(word)
        elif word in _OFF:
            found.discard(_OFF[word])
        elif word in _IMPLIED:
            found |= {*_IMPLIED[word]}
        elif word in ("defaults", "auto", "nofail", "async", "nouser", "relatime", "", "_netdev", "bind", "norelatime",
                      "lazytime", "nolazytime", "silent", "loud") or word.startswith(("x-", "comment=")):  # fmt: skip
            continue
        else:
            others.add(word)
    return found, others


def _remounted(work: Work, rows: list[str], at: int, entry: Entry, where: str, path: str) -> None:
    fields = rows[at].split(" ")
    now = set(fields[5].split(","))
    wanted, others = flags(entry[2])
    kept = now & {"relatime", "noatime", "nodiratime", "strictatime"}
    if wanted & _ATIME:
        kept -= {"relatime", "noatime"}
    shown = ({"ro"} if "ro" in wanted else {"rw"}) | (wanted - {"ro"}) | kept
    odd = now - shown - _SHOWN - {"rw"}
    if odd or {"sync", "dirsync", "mand", "remount", "rbind", "strictatime"} & (others | wanted) or path == "/":
        work.gap(f"mounts[{path}].options", where, "what a remount with these options comes to is not computed")
        return
    fields[5] = ",".join(sorted(shown, key=lambda word: (word not in ("rw", "ro"), word)))
    rows[at] = " ".join(fields)
    if _super(fields) and ("ro" in wanted) != ("ro" in _super(fields).split(",")):
        work.gap(f"mounts[{path}].options", where, "whether the whole file system turns read-only is not computed")


def _super(fields: list[str]) -> str:
    return fields[-1] if "-" in fields else ""


def _new(work: Work, rows: list[str], path: str, entry: Entry, where: str) -> None:
    source, kind, options = entry
    wanted, _ = flags(options)
    if kind != "tmpfs":
        for name in ("is_mount_point", "fstype", "options"):
            work.gap(f"mounts[{path}].{name}", where, f"whether {source[:80]} can be mounted there is not known")
    shown = ",".join([*(["ro"] if "ro" in wanted else ["rw"]), *sorted(wanted - {"ro"})])
    shown += "" if wanted & {"noatime"} else ",relatime"
    name = path.replace(" ", "\\040")
    rows.append(f"9999 1 0:999 / {name} {shown} - {kind} {source} rw")
    hidden = _below(work, path)
    for fact in hidden:
        work.gap(fact, where, f"what is mounted at {path} hides what was there")


def _below(work: Work, path: str) -> Iterable[str]:
    """Facts of paths that a new mount lies over."""
    for key in ("stat", "stat_root"):
        for row in work.out(key).splitlines():
            there = row.split("|", 5)[-1]
            if there == path or there.startswith(f"{path}/"):
                yield f"files[{there}]"
    for row in work.out("passwd").splitlines():
        fields = row.split(":")
        if len(fields) == 6 and (fields[4] == path or fields[4].startswith(f"{path}/")):
            for name in ("home_mode", "home_owner", "home_owned", "risky_files"):
                yield f"accounts[{fields[0]}].{name}"
