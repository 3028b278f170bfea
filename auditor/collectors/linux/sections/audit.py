"""The audit system: rules in the kernel and on disk, made comparable, and which kinds of event they record."""

import re

from auditor.collectors.linux.config import Files, settings
from auditor.collectors.linux.draft import KERNEL, Draft, number
from auditor.collectors.linux.evidence import Absent, Evidence, Unread
from auditor.collectors.linux.sections.audit_rules import normalise, topics
from auditor.facts.linux_records import Audit, AuditTopic

_FOLDER = "/etc/audit/rules.d"


def audit(evidence: Evidence, draft: Draft) -> None:
    """audit. Without auditctl there is no rule: that is a fact and not a gap."""
    loaded = _loaded(evidence, draft)
    on_disk, immutable = _on_disk(evidence, draft)
    facts: dict[str, object] = {"loaded": loaded, "on_disk": on_disk, "immutable_on_disk": immutable}
    if loaded is not None and on_disk is not None:
        facts["missing_from_kernel"] = sorted(set(on_disk) - set(loaded))
    elif "audit.loaded" in draft.gaps or "audit.on_disk" in draft.gaps:
        draft.gap("audit.missing_from_kernel", draft.gaps.get("audit.loaded") or draft.gaps["audit.on_disk"])
    status = None if draft.shared_kernel else draft.try_read("audit.enabled", lambda: evidence.text("auditctl_s"))
    if status and (found := re.search(r"^enabled\s+(\d)", status, re.M)):
        facts["enabled"] = int(found[1])
    machine = evidence.meta.get("arch", "")
    now, disk = topics(loaded or [], machine), topics(on_disk or [], machine)
    facts["topics"] = {
        name: AuditTopic(
            loaded=now[name] if loaded is not None else None, on_disk=disk[name] if on_disk is not None else None
        )
        for name in now
    }
    for name in now:
        for side in ("loaded", "on_disk"):
            if f"audit.{side}" in draft.gaps:
                draft.gap(f"audit.topics[{name}].{side}", draft.gaps[f"audit.{side}"])
    facts["daemon"] = draft.try_read("audit.daemon", lambda: _daemon(evidence)) or {}
    draft.put("audit", Audit.model_validate(facts), "auditctl -l; on disk: /etc/audit/rules.d")
    draft.sources |= {"audit.enabled": "auditctl -s", "audit.daemon": "/etc/audit/auditd.conf"}


def _loaded(evidence: Evidence, draft: Draft) -> list[str] | None:
    if draft.shared_kernel:
        draft.gap("audit.loaded", KERNEL)
        draft.gap("audit.enabled", KERNEL)
        return None
    try:
        return normalise(evidence.text("auditctl_l").splitlines())
    except Absent:
        return []
    except Unread as why:
        draft.gap("audit.loaded", str(why))
        return None


def _on_disk(evidence: Evidence, draft: Draft) -> tuple[list[str] | None, bool | None]:
    try:
        if evidence.sudo:
            evidence.text("audit_rules", ok=(0, 1, 2))
        lines = [
            text for lines in Files(evidence, "audit_rules").below(_FOLDER, ".rules").values() for _, text in lines
        ]
    except (Unread, Absent) as why:
        reason = str(why) if "root" in str(why) or evidence.root else f"{why}; needs root"
        draft.gap("audit.on_disk", reason)
        draft.gap("audit.immutable_on_disk", reason)
        return None, None
    switches = [found[1] for line in lines if (found := re.match(r"\s*-e\s+(\d)", line))]
    return normalise(lines), switches[-1:] == ["2"]


def _daemon(evidence: Evidence) -> dict[str, int | str]:
    if evidence.sudo:
        evidence.text("audit_rules", ok=(0, 1, 2))
    lines = Files(evidence, "audit_rules").get("/etc/audit/auditd.conf") or []
    return {key.lower(): number(value.lower()) for _, key, value in settings(lines, "#") if value}
