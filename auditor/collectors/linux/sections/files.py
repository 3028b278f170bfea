"""Who may do what with the files that matter, and what the banners say."""

import re
from functools import partial

from auditor.collectors.linux.config import conf_lines
from auditor.collectors.linux.draft import Draft
from auditor.collectors.linux.evidence import Evidence, Unread
from auditor.collectors.linux.wanted import FILES
from auditor.facts.linux import Banner, File

_TYPES = {"regular file": "file", "regular empty file": "file", "directory": "directory", "symbolic link": "link"}
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
    denied = evidence.denied_paths("stat")
    absent = evidence.absent_paths("stat") | evidence.absent_paths("stat_root")
    for path in FILES:
        if path not in found and path not in absent:
            found[path] = File()  # keeps its place in `for_each`, where its gap makes it unknown
            draft.gap(f"files[{path}]", f"{path}: {denied.get(path, 'stat said nothing about it')}")
    draft.put("files", found, "stat -L")


def banners(evidence: Evidence, draft: Draft) -> None:
    """What is shown before and after a login."""
    found: dict[str, Banner] = {}
    for path in _BANNERS:
        lines = draft.try_read("banners", partial(conf_lines, evidence, path))
        if lines is not None:
            text = "\n".join(line for _, line in lines)[:2000].strip()
            found[path] = Banner(text=text, discloses_system=bool(_NAMES.search(text)))
    draft.put("banners", found, "/etc/motd, /etc/issue, /etc/issue.net")
