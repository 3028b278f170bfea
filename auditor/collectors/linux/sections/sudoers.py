"""What sudoers(5) grants without asking, and how sudo runs and records what it grants."""

import re

from auditor.collectors.linux.config import Files
from auditor.collectors.linux.draft import Draft
from auditor.collectors.linux.evidence import Evidence, Unread
from auditor.facts.linux_people import Sudoers

_MAIN, _FOLDER = "/etc/sudoers", "/etc/sudoers.d"
_DEFAULTS = re.compile(r"Defaults(?:[@:!>]\S+)?\s+(.*)")


def sudoers(evidence: Evidence, draft: Draft) -> None:
    """sudoers. Absent when there is no /etc/sudoers: sudo is not installed."""
    try:
        if evidence.record("sudoers").rc > 2 or evidence.sudo:
            evidence.text("sudoers", ok=(0, 2))
        files = Files(evidence, "sudoers")
        main = files.get(_MAIN)
        if main is None:
            draft.missing("sudoers", "/etc/sudoers is not there")
            return
        texts = {_MAIN: main} | {
            p: t for p, t in files.below(_FOLDER).items() if "." not in p.rsplit("/", 1)[1] and p[-1] != "~"
        }
    except Unread as why:
        needs = "" if evidence.root else "; needs root"
        draft.gap("sudoers", f"{why}{needs}" if "root" not in str(why) else str(why))
        return
    lines = [(path, line, text) for path, whole in texts.items() for line, text in _joined(whole)]
    facts: dict[str, object] = {"files": list(texts)}
    nopasswd, everything, unasked = [], [], []
    for path, line, text in lines:
        if found := re.match(r"[@#]include\s+(\S+)|[@#]includedir\s+(\S+)", text):
            if (found[1] or found[2]).strip('"').rstrip("/") != _FOLDER:
                draft.gap(
                    "sudoers", f"{path}:{line}: what it includes from {(found[1] or found[2])[:100]} was not read"
                )
        elif text.startswith("#"):
            continue
        elif found := _DEFAULTS.match(text):
            _defaults(found[1], facts)
            if "!authenticate" in text:
                unasked.append(text[:300])
        elif "NOPASSWD" in text:
            who, _, what = text.partition(" ")
            nopasswd.append(f"{who}: {what.strip()}"[:300])
            if re.search(r"NOPASSWD\s*:(?:\s*[A-Z_]+\s*:)*\s*(?:[^,:]+,\s*)*ALL\b", text):
                everything.append(f"{who}: {what.strip()}"[:300])
    draft.put(
        "sudoers",
        Sudoers.model_validate(
            {**facts, "nopasswd": nopasswd, "nopasswd_all": everything, "not_authenticated": unasked}
        ),
        "/etc/sudoers, /etc/sudoers.d",
    )


def _joined(lines: list[tuple[int, str]]) -> list[tuple[int, str]]:
    found: list[tuple[int, str]] = []
    held = ""
    for line, text in lines:
        if text.endswith("\\"):
            held += text[:-1] + " "
        else:
            if whole := " ".join((held + text).split()):
                found.append((line, whole))
            held = ""
    return found


def _defaults(text: str, facts: dict[str, object]) -> None:
    for item in re.split(r",\s*", text):
        name, _, value = (part.strip().strip('"') for part in item.partition("="))
        if name in ("use_pty", "!use_pty"):
            facts["use_pty"] = name == "use_pty"
        elif name == "logfile":
            facts["logfile"] = value[:200] or None
        elif name == "timestamp_timeout" and re.fullmatch(r"-?\d+(\.\d+)?", value):
            facts["timestamp_timeout"] = float(value)
