"""Login sessions and mandatory access control."""

import json
import re
from functools import partial

from auditor.collectors.linux.config import Files, settings
from auditor.collectors.linux.draft import KERNEL, Draft
from auditor.collectors.linux.evidence import Evidence, Unread
from auditor.facts.linux import Mac
from auditor.facts.linux_people import Session


def session(evidence: Evidence, draft: Draft) -> None:
    """session: TMOUT and umask of the shells' start files, read as text: a program in them could still change both."""
    try:
        files = Files(evidence, "profile")
        texts = [files.get(path) or [] for path in ("/etc/profile",)] + list(files.below("/etc/profile.d").values())
        texts += [files.get(path) or [] for path in ("/etc/bash.bashrc", "/etc/bashrc")]
    except Unread as why:
        draft.gap("session", str(why))
        return
    lines = [text.split("#", 1)[0] for whole in texts for _, text in whole]
    timeouts = [int(found[1]) for line in lines if (found := re.search(r"\bTMOUT=[\"']?(\d{1,8})\b", line))]
    readonly = any(
        re.search(r"\b(?:readonly\b.*\bTMOUT|(?:declare|typeset)\s+-\w*r\w*\s+TMOUT)", line) for line in lines
    )
    masks = [found[1] for line in lines if (found := re.match(r"\s*umask\s+0?([0-7]{3})\b", line))]
    default = draft.facts.get("login_defs", {}).get("UMASK")
    mask = masks[-1] if masks else str(default) if default is not None else None
    facts = Session(
        timeout=timeouts[-1] if timeouts else None,
        timeout_readonly=readonly,
        umask=mask.zfill(4) if mask and re.fullmatch(r"[0-7]{1,4}", mask) else None,
    )
    draft.put("session", facts, "/etc/profile and its drop-ins, /etc/login.defs")


def mac(evidence: Evidence, draft: Draft) -> None:
    """mac. SELinux and AppArmor belong to the kernel: inside a container neither can be judged."""
    if draft.shared_kernel:
        draft.gap("mac", KERNEL)
        return
    facts: dict[str, object] = {}
    text = draft.try_read("mac.selinux", lambda: evidence.text("selinux"))
    if text:
        facts["selinux"] = text.strip().lower()[:20]
    config = draft.try_read("mac.selinux_configured", lambda: Files(evidence, "conf").get("/etc/selinux/config"))
    values = {key: value.lower() for _, key, value in settings(config or [], "#")}
    facts |= {"selinux_configured": values.get("SELINUX"), "selinux_type": values.get("SELINUXTYPE")}
    record = draft.try_read("mac.apparmor", lambda: evidence.record("apparmor"))
    if record is not None:
        facts["apparmor"] = record.out.strip() == "Y"
    for name, mode in (("apparmor_enforced", "enforce"), ("apparmor_complain", "complain")):
        facts[name] = draft.try_read(f"mac.{name}", partial(_profiles, evidence, mode))
    if "mac.selinux" not in draft.gaps and "mac.apparmor" not in draft.gaps:
        facts["enforcing"] = facts.get("selinux") == "enforcing" or facts.get("apparmor") is True
    else:
        draft.gap("mac.enforcing", draft.gaps.get("mac.selinux") or draft.gaps["mac.apparmor"])
    draft.put("mac", Mac.model_validate(facts), "getenforce, /sys/module/apparmor, aa-status")


def _profiles(evidence: Evidence, mode: str) -> int:
    try:
        return sum(value == mode for value in json.loads(evidence.text("aa_status", ok=(0, 1, 2)))["profiles"].values())
    except (ValueError, KeyError, AttributeError) as why:
        raise Unread("aa-status did not answer in its form") from why


def crypto_policy(evidence: Evidence, draft: Draft) -> None:
    """crypto_policy: RHEL and its kin."""
    lines = draft.try_read("crypto_policy", lambda: Files(evidence, "conf").get("/etc/crypto-policies/state/current"))
    draft.missing("crypto_policy", "/etc/crypto-policies/state/current")
    if lines:
        draft.put("crypto_policy", lines[0][1].strip()[:60], "/etc/crypto-policies/state/current")
