"""Who may do what with the files that matter, and what the banners say."""

import re
from functools import partial

from auditor.collectors.linux.config import conf_lines
from auditor.collectors.linux.draft import Draft
from auditor.collectors.linux.evidence import Absent, Evidence, Unread
from auditor.collectors.linux.wanted import FILES
from auditor.facts.linux import Banner, File

_TYPES = {"regular file": "file", "regular empty file": "file", "directory": "directory", "symbolic link": "link"}
_FOLDERS = ("/etc/audit", "/etc/ssh/sshd_config.d")  # of the record `stat_folders`
# `find -ls` under LC_ALL=C: inode, blocks, mode, links, owner, group, size, time, path with blanks escaped
_LISTED = re.compile(
    r"\s*\d+\s+\d+\s+-([rwxsStT-]{9})[.+]?\s+\d+\s+(\S+)\s+(\S+)\s+(\d+)\s+\w{3}\s+\d+\s+[\d:]+\s+(/.*)"
)
_BANNERS = ("/etc/motd", "/etc/issue", "/etc/issue.net")
_NAMES = re.compile(r"\\[mrsvS]|debian|ubuntu|red ?hat|rocky|alma ?linux|centos|fedora|suse|kernel", re.I)


def files(evidence: Evidence, draft: Draft) -> None:
    """files, links followed. A path that stat could not reach, though it may be there, is a gap of its own."""
    try:
        text = evidence.record("stat").out + "\n" + evidence.out("stat_root")
    except Unread as why:
        draft.gap("files", str(why))
        return
    found: dict[str, File] = {}
    for line in text.splitlines():
        parts = line.split("|", 5)
        if len(parts) == 6 and re.fullmatch(r"[0-7]{1,5}", parts[0]):
            mode, owner, group, size, kind, path = parts
            found[path] = File(
                mode=mode.zfill(4), owner=owner, group=group, type=_TYPES.get(kind, "other"), empty=size == "0"
            )
    _listed(evidence, draft, found)
    denied = evidence.denied_paths("stat")
    absent = evidence.absent_paths("stat") | evidence.absent_paths("stat_root")
    for path in FILES:
        if path not in found and path not in absent:
            found[path] = File()  # keeps its place in `for_each`, where its gap makes it unknown
            draft.gap(f"files[{path}]", f"{path}: {denied.get(path, 'stat said nothing about it')}")
    draft.put("files", found, "stat -L")


def _listed(evidence: Evidence, draft: Draft, found: dict[str, File]) -> None:
    """Every file below the folders that only root may look into; where it could not be looked, one entry says so."""
    try:
        text = evidence.record("stat_folders").out
        denied = evidence.denied_paths("stat_folders")
        if evidence.sudo:
            evidence.text("stat_folders", ok=(0, 1))
    except (Unread, Absent) as why:
        text, denied = "", dict.fromkeys(_FOLDERS, str(why))
    for line in text.splitlines():
        if parts := _LISTED.fullmatch(line):
            mode, owner, group, size, path = parts.groups()
            path = path.replace("\\ ", " ")
            found.setdefault(path, File(mode=_octal(mode), owner=owner, group=group, type="file", empty=size == "0"))
    for folder in _FOLDERS:
        if reason := next((text for path, text in denied.items() if path.startswith(folder)), None):
            found[f"{folder}/*"] = File()
            draft.gap(f"files[{folder}/*]", f"{folder}: {reason}")


def _octal(mode: str) -> str:
    """Nine letters of `ls` as four octal digits."""
    bits = sum(1 << (8 - place) for place, letter in enumerate(mode) if letter not in "-ST")
    special = sum(4 >> (place // 3) for place in (2, 5, 8) if mode[place] in "sStT")
    return f"{special:o}{bits:03o}"


def banners(evidence: Evidence, draft: Draft) -> None:
    """What is shown before and after a login."""
    found: dict[str, Banner] = {}
    for path in _BANNERS:
        lines = draft.try_read(f"banners[{path}]", partial(conf_lines, evidence, path))
        if f"banners[{path}]" in draft.gaps:
            found[path] = Banner()  # keeps its place in `for_each`, where its gap makes it unknown
        if lines is not None:
            text = "\n".join(line for _, line in lines)[:2000].strip()
            found[path] = Banner(text=text, discloses_system=bool(_NAMES.search(text)))
    draft.put("banners", found, "/etc/motd, /etc/issue, /etc/issue.net")
