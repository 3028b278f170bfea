"""What a shell begins with: idle limit, umask, root's PATH; and what logind and pam_limits do about sessions."""

import re
from collections.abc import Iterable
from functools import reduce

from auditor.collectors.linux.config import Files, Lines, settings, words
from auditor.collectors.linux.draft import Draft
from auditor.collectors.linux.evidence import Evidence, Unread
from auditor.facts.linux_access import PathFolder

_SYSTEMD = ("/etc/systemd", "/run/systemd", "/usr/local/lib/systemd", "/usr/lib/systemd")
_UNITS = {"us": 1e-6, "ms": 1e-3, "": 1, "s": 1, "sec": 1, "second": 1, "seconds": 1, "m": 60, "min": 60, "minute": 60,
          "minutes": 60, "h": 3600, "hr": 3600, "hour": 3600, "hours": 3600, "d": 86400, "day": 86400, "days": 86400,
          "w": 604800, "week": 604800, "weeks": 604800}  # fmt: skip
_WIDTH = 4000  # characters of a line that are looked at
_TMOUT = re.compile(r"(?:^|[\s;&])TMOUT=[\"']?(-?\d{1,8})\b")
_NO_TMOUT = re.compile(r"(?:^|[\s;&])TMOUT=(?:\"\"|'')?(?:[\s;&]|$)")
_ROOT = {"$HOME": "/root", "${HOME}": "/root", "~": "/root"}
Facts = dict[str, object]


def start_files(evidence: Evidence, draft: Draft) -> Facts:
    """TMOUT and umask. Where files set several, the weakest counts: not every shell reads them all."""
    try:
        files = Files(evidence, "profile")
        texts = [files.get("/etc/profile") or [], *files.below("/etc/profile.d", ".sh").values()]
        texts += [files.get(path) or [] for path in ("/etc/bash.bashrc", "/etc/bashrc")]
    except Unread as why:
        for name in ("timeout", "timeout_readonly", "timeout_exported", "umask", "root_path"):
            draft.gap(f"session.{name}", str(why))
        return {}
    lines = [_bare(text) for whole in texts for _, text in whole]
    timeouts = [max(int(found), 0) for line in lines for found in _TMOUT.findall(line)]
    timeouts += [0 for line in lines if _NO_TMOUT.search(line)]  # bash: what is not above zero is no limit
    declared = [found[1] for line in lines if (found := re.search(r"\b(?:declare|typeset)\s+-(\w+)\s+TMOUT\b", line))]
    default = draft.facts.get("login_defs", {}).get("UMASK")
    mask = umask(lines) or (str(default) if default is not None else None)
    if mask == str(default) and "login_defs" in draft.gaps:
        draft.gap("session.umask", draft.gaps["login_defs"])
    return {
        "timeout": (0 if 0 in timeouts else max(timeouts)) if timeouts else None,
        "timeout_readonly": any("r" in d for d in declared) or _said(lines, "readonly"),
        "timeout_exported": any("x" in d for d in declared) or _said(lines, "export"),
        "umask": mask.zfill(4) if mask and re.fullmatch(r"[0-7]{1,4}", mask) else None,
    }


def _bare(text: str) -> str:
    return re.sub(r"(^|\s)#.*", "", text[:_WIDTH])


def _said(lines: Iterable[str], word: str) -> bool:
    return any(re.search(rf"(?:^|[\s;&]){word}\b[^;&]*\bTMOUT\b", line) for line in lines)


def umask(lines: Iterable[str]) -> str | None:
    """The bits that every umask of these lines holds back, as four octal digits; None where there is none."""
    masks = [
        _mask(found[1]) for line in lines for found in re.finditer(r"(?:^|[\s;&])umask\s+(?:-S\s+)?([\w=,+-]+)", line)
    ]
    known = [mask for mask in masks if mask is not None]
    return f"{reduce(lambda a, b: a & b, known):04o}" if known else None


def _mask(text: str) -> int | None:
    if re.fullmatch(r"[0-7]{1,4}", text):
        return int(text, 8)
    parts = dict(re.findall(r"([ugo])=([rwx]*)(?:,|$)", text))
    if not parts:
        return None
    bits = {"r": 4, "w": 2, "x": 1}
    return sum(
        (7 & ~sum(bits[c] for c in set(parts.get(who, "")))) << shift for who, shift in (("u", 6), ("g", 3), ("o", 0))
    )


def root_shell(evidence: Evidence, draft: Draft) -> Facts:
    """Root's own umask, and the folders of its PATH as far as they are written out."""
    try:
        own = _own(evidence)
    except Unread as why:
        for name in ("root_umask", "root_path"):
            draft.gap(f"session.{name}", str(why))
        return {}
    facts: Facts = {"root_umask": umask(_bare(text) for _, text in own)}
    try:
        conf, profile = Files(evidence, "conf"), Files(evidence, "profile")
        lines = own + (conf.get("/etc/environment") or []) + (profile.get("/etc/profile") or [])
        paths = [f"PATH={p[1].removeprefix('PATH=')}" for _, p in words(conf.get("/etc/login.defs") or [])
                 if p[0] == "ENV_SUPATH" and len(p) > 1]  # fmt: skip
    except Unread as why:
        draft.gap("session.root_path", str(why))
        return facts
    found: list[str] = []
    for text in [*paths, *(_bare(text) for _, text in lines)]:
        for value in re.findall(r"(?:^|[\s;&\"])PATH=(\"[^\"]*\"|'[^']*'|[^\s;&]*)", text):
            found += _folders(value.strip("\"'"))
    unknown = sorted({f for f in found if "$" in f or "`" in f})
    if unknown:
        draft.gap("session.root_path", f"PATH of root holds {unknown[0][:100]}: what that becomes only its shell knows")
    return facts | {"root_path": sorted({f for f in found if f not in unknown})[:200]}


def _own(evidence: Evidence) -> Lines:
    """Lines about PATH and umask of root's start files. Raises Unread."""
    record = evidence.record("root_shell")
    if record.rc not in (0, 1, 2) or evidence.stray("root_shell") or evidence.denied_paths("root_shell"):
        evidence.text("root_shell")
    return [line for lines in evidence.lines("root_shell").values() for line in lines]


def _folders(value: str) -> list[str]:
    """Parts of a PATH; what stands for the PATH so far is left out, an empty part is the current folder."""
    parts = []
    for part in value.split(":"):
        for name, home in _ROOT.items():
            part = part.replace(name, home, 1) if part.startswith(name) else part
        if part not in ("$PATH", "${PATH}"):
            parts.append(part.rstrip("/") or ("/" if part else "."))
    return parts


def path_folders(evidence: Evidence, draft: Draft, listed: Iterable[str]) -> Facts:
    """Mode and owner of the folders that PATH names; one that was not looked at is a gap."""
    if "session.root_path" in draft.gaps:
        draft.gap("session.path_folders", draft.gaps["session.root_path"])
        return {}
    record = draft.try_read("session.path_folders", lambda: evidence.record("path_folders"))
    if record is None:
        return {}
    rows = [row for line in record.out.splitlines() if len(row := line.split("|", 3)) == 4]
    known = {row[3]: PathFolder(exists=row[2] == "directory", mode=row[0].zfill(4), owner=row[1][:100]) for row in rows}
    for path, why in evidence.denied_paths("path_folders").items():
        draft.gap(f"session.path_folders[{path}]", why)
    for path in {one for one in listed if one.startswith("/")} - known.keys() - evidence.absent_paths("path_folders"):
        draft.gap(f"session.path_folders[{path}]", "the account may not read the file that names it")
    return {"path_folders": known}


def logind(evidence: Evidence, draft: Draft) -> Facts:
    """StopIdleSessionSec: systemd 252 and RHEL's older ones have it."""
    try:
        files = Files(evidence, "conf")
        layers = files.layered(tuple(f"{folder}/logind.conf.d" for folder in _SYSTEMD), "/etc/systemd/logind.conf")
    except Unread as why:
        draft.gap("session.stop_idle", str(why))
        return {}
    values = [v for lines in layers.values() for _, key, v in settings(lines) if key.lower() == "stopidlesessionsec"]
    return {"stop_idle": seconds(values[-1]) if values else None}


def seconds(text: str) -> int | None:
    """A time span of systemd.time(7); None for infinity and what is none."""
    parts = re.findall(r"(\d{1,9}(?:\.\d{1,6})?)\s*([a-z]*)", text.strip().lower()[:100])
    if not parts or any(unit not in _UNITS for _, unit in parts) or re.fullmatch(r"infinity", text.strip()):
        return None
    return int(sum(float(value) * _UNITS[unit] for value, unit in parts)) or None


def limits(evidence: Evidence, draft: Draft) -> Facts:
    """The last `* hard maxlogins`; -1, unlimited and infinity are no limit."""
    try:
        files = Files(evidence, "conf")
        texts = [files.get("/etc/security/limits.conf") or [], *files.below("/etc/security/limits.d", ".conf").values()]
    except Unread as why:
        draft.gap("session.max_logins", str(why))
        return {}
    found = [p[3] for lines in texts for _, p in words(lines) if p[:1] == ["*"] and p[1:2] in (["hard"], ["-"])
             and p[2:3] == ["maxlogins"] and len(p) > 3]  # fmt: skip
    number = int(found[-1]) if found and re.fullmatch(r"\d{1,9}", found[-1]) else None
    return {"max_logins": number}
