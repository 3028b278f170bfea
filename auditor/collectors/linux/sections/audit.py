"""The audit system: rules in the kernel and on disk, made comparable, and which kinds of event they record."""

import re

from auditor.collectors.linux.config import Files, Lines, settings
from auditor.collectors.linux.draft import KERNEL, Draft, number
from auditor.collectors.linux.evidence import Absent, Evidence, Unread
from auditor.collectors.linux.sections.audit_rules import missing, normalise
from auditor.collectors.linux.sections.audit_topics import topics
from auditor.facts.linux_records import Audit, AuditTopic

_FOLDER, _MERGED = "/etc/audit/rules.d", "/etc/audit/audit.rules"


def audit(evidence: Evidence, draft: Draft) -> None:
    """audit. Without auditctl there is no rule: that is a fact and not a gap."""
    facts: dict[str, object] = {"loaded": _loaded(evidence, draft), **_on_disk(evidence, draft)}
    loaded, on_disk = facts["loaded"], facts.get("on_disk")
    if isinstance(loaded, list) and isinstance(on_disk, list):
        facts["missing_from_kernel"] = missing(on_disk, loaded)
    elif reason := draft.gaps.get("audit.loaded") or draft.gaps.get("audit.on_disk"):
        draft.gap("audit.missing_from_kernel", reason)
    facts |= _status(evidence, draft)
    facts["topics"] = _topics(evidence, draft, loaded, on_disk)
    facts["daemon"] = draft.try_read("audit.daemon", lambda: _daemon(evidence)) or {}
    draft.put("audit", Audit.model_validate(facts), "auditctl -l; on disk: /etc/audit/rules.d")
    status = dict.fromkeys(("audit.enabled", "audit.login_uid_locked"), "auditctl -s")
    draft.sources |= {"audit.daemon": "/etc/audit/auditd.conf", **status}


def _loaded(evidence: Evidence, draft: Draft) -> list[str] | None:
    if draft.shared_kernel:
        draft.gap("audit.loaded", KERNEL)
        return None
    try:
        return normalise(evidence.text("auditctl_l").splitlines())
    except Absent:
        return []
    except Unread as why:
        draft.gap("audit.loaded", str(why))
        return None


def _status(evidence: Evidence, draft: Draft) -> dict[str, object]:
    if draft.shared_kernel:
        draft.gap("audit.enabled", KERNEL)
        draft.gap("audit.login_uid_locked", KERNEL)
        return {}
    text = draft.try_read("audit.enabled", lambda: evidence.text("auditctl_s"))
    if "audit.enabled" in draft.gaps:
        draft.gap("audit.login_uid_locked", draft.gaps["audit.enabled"])
    facts: dict[str, object] = {}
    if text and (found := re.search(r"^enabled\s+(\d)", text, re.M)):
        facts["enabled"] = int(found[1])
    if text and (found := re.search(r"^loginuid_immutable\s+(\d)(.*)", text, re.M)):
        facts["login_uid_locked"] = found[1] == "1" and "unlocked" not in found[2]
    return facts


def _on_disk(evidence: Evidence, draft: Draft) -> dict[str, object]:
    names = ("on_disk", "immutable_on_disk", "login_uid_locked_on_disk")
    try:
        if evidence.sudo:
            evidence.text("audit_rules", ok=(0, 1, 2))
        files = Files(evidence, "audit_rules")
        lines = [text for whole in files.below(_FOLDER, ".rules").values() for _, text in whole]
    except (Unread, Absent) as why:
        reason = str(why) if "root" in str(why) or evidence.root else f"{why}; needs root"
        for name in (*names, "merged"):
            draft.gap(f"audit.{name}", reason)
        return {}
    switches = [found[1] for line in lines if (found := re.match(r"\s*-e\s+(\d)", line))]
    on_disk = normalise(lines)
    locked = any(re.match(r"\s*--loginuid-immutable\b", line) for line in lines)
    facts: dict[str, object] = dict(zip(names, (on_disk, switches[-1:] == ["2"], locked), strict=True))
    merged: Lines | None = draft.try_read("audit.merged", lambda: files.get(_MERGED))
    if merged is not None:
        facts["merged"] = normalise([text for _, text in merged]) == on_disk
    elif "audit.merged" not in draft.gaps and on_disk:
        facts["merged"] = False
    return facts


def _topics(evidence: Evidence, draft: Draft, loaded: object, on_disk: object) -> dict[str, AuditTopic]:
    sudoers = draft.facts.get("sudoers")
    log = (sudoers.logfile if sudoers else None) or ""
    machine = evidence.meta.get("arch", "")
    sides = {
        "loaded": topics(loaded, machine, log) if isinstance(loaded, list) else {},
        "on_disk": topics(on_disk, machine, log) if isinstance(on_disk, list) else {},
    }
    if "sudoers" in draft.gaps:
        draft.gap("audit.topics[sudo-log]", draft.gaps["sudoers"])
    for name in topics([], machine, log):
        for side in sides:
            if f"audit.{side}" in draft.gaps:
                draft.gap(f"audit.topics[{name}].{side}", draft.gaps[f"audit.{side}"])
    return {
        name: AuditTopic(loaded=sides["loaded"].get(name), on_disk=sides["on_disk"].get(name))
        for name in topics([], machine, log)
    }


def _daemon(evidence: Evidence) -> dict[str, int | str]:
    if evidence.sudo:
        evidence.text("audit_rules", ok=(0, 1, 2))
    lines = Files(evidence, "audit_rules").get("/etc/audit/auditd.conf") or []
    return {key.lower(): number(value.lower()) for _, key, value in settings(lines, "#") if value}
