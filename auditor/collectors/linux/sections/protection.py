"""Mandatory access control, the system-wide crypto policy, and what becomes of core dumps."""

import json
from collections.abc import Mapping

from auditor.collectors.linux.config import Files, settings, words
from auditor.collectors.linux.draft import KERNEL, Draft
from auditor.collectors.linux.evidence import Absent, Evidence, Unread
from auditor.facts.linux_kernel import CoreDumps, CryptoPolicy, Mac

_POLICIES = "/etc/crypto-policies"
_SYSTEMD = ("/etc/systemd", "/usr/lib/systemd")


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
    if "mac.selinux_configured" in draft.gaps:
        draft.gap("mac.selinux_type", draft.gaps["mac.selinux_configured"])
    values = {key: value.lower() for _, key, value in settings(config or [], "#")}
    facts |= {"selinux_configured": values.get("SELINUX"), "selinux_type": values.get("SELINUXTYPE")}
    record = draft.try_read("mac.apparmor", lambda: evidence.record("apparmor"))
    if record is not None:
        facts["apparmor"] = record.out.strip() == "Y"
    try:
        facts |= _profiles(evidence)
    except Unread as why:
        for name in ("enforced", "complain", "unconfined"):
            draft.gap(f"mac.apparmor_{name}", str(why))
    except Absent:
        pass  # no aa-status: AppArmor's tools are not installed
    if "mac.selinux" not in draft.gaps and "mac.apparmor" not in draft.gaps:
        facts["enforcing"] = facts.get("selinux") == "enforcing" or facts.get("apparmor") is True
    else:
        draft.gap("mac.enforcing", draft.gaps.get("mac.selinux") or draft.gaps["mac.apparmor"])
    draft.put("mac", Mac.model_validate(facts), "getenforce, /etc/selinux/config, /sys/module/apparmor, aa-status")


def _profiles(evidence: Evidence) -> dict[str, int]:
    """Counts of profiles by mode, and of processes outside theirs, as aa-status --json tells. Raises Unread, Absent."""
    try:
        told = json.loads(evidence.text("aa_status", ok=(0, 1, 2)))
        modes = list(told["profiles"].values())
        processes = [one for some in told.get("processes", {}).values() for one in _listed(some)]
    except (ValueError, KeyError, AttributeError, TypeError, RecursionError) as why:
        raise Unread("aa-status did not answer in its form") from why
    return {
        "apparmor_enforced": modes.count("enforce"),
        "apparmor_complain": modes.count("complain"),
        "apparmor_unconfined": sum(one.get("status") == "unconfined" for one in processes),
    }


def _listed(some: object) -> list[Mapping[str, object]]:
    return [one for one in some if isinstance(one, Mapping)] if isinstance(some, list) else []


def crypto_policy(evidence: Evidence, draft: Draft) -> None:
    """crypto_policy, crypto: RHEL and its kin. In force is what the state file says, wanted what the other one does."""
    where = f"{_POLICIES}/state/current"
    lines = draft.try_read("crypto_policy", lambda: Files(evidence, "conf").get(where))
    draft.missing("crypto_policy", where)
    draft.missing("crypto", where)
    if "crypto_policy" in draft.gaps:
        draft.gap("crypto", draft.gaps["crypto_policy"])
    if not lines:
        return
    current = lines[0][1].strip()[:60]
    draft.put("crypto_policy", current, where)
    base, *parts = current.split(":")
    configured = draft.try_read("crypto.configured", lambda: _configured(evidence))
    if "crypto.configured" in draft.gaps:
        draft.gap("crypto.applied", draft.gaps["crypto.configured"])
    local = draft.try_read("crypto.local", lambda: _local(evidence))
    facts = CryptoPolicy(
        base=base,
        subpolicies=parts,
        configured=configured,
        applied=None if configured is None else configured.upper() == current.upper(),
        local=local or [],
    )
    draft.put("crypto", facts, f"{where}, {_POLICIES}/config")


def _configured(evidence: Evidence) -> str | None:
    lines = Files(evidence, "crypto_files").get(f"{_POLICIES}/config") or []
    return next((text.strip()[:60] for _, text in lines if text.strip() and not text.lstrip().startswith("#")), None)


def _local(evidence: Evidence) -> list[str]:
    return list(Files(evidence, "crypto_files").below(f"{_POLICIES}/local.d", ".config"))[:100]


def core_dumps(evidence: Evidence, draft: Draft) -> None:
    """core_dumps. systemd-coredump keeps what coredump.conf says, whatever the limits of users are."""
    try:
        files = Files(evidence, "conf")
        texts = [files.get("/etc/security/limits.conf") or [], *files.below("/etc/security/limits.d", ".conf").values()]
        folders = tuple(f"{folder}/coredump.conf.d" for folder in _SYSTEMD)
        layers = files.layered(folders, "/etc/systemd/coredump.conf")
    except (Unread, Absent) as why:
        draft.gap("core_dumps", str(why))
        return
    merged = {key.lower(): value for lines in layers.values() for _, key, value in settings(lines)}
    limits = [p[3] for lines in texts for _, p in words(lines) if _for_all(p)]
    pattern = draft.facts.get("sysctl", {}).get("kernel.core_pattern")
    handler = None
    if pattern and pattern.runtime is not None:
        handler = "systemd-coredump" if "systemd-coredump" in str(pattern.runtime) else "other"
    elif draft.shared_kernel:
        draft.gap("core_dumps.handler", "the kernel's core pattern belongs to the host of this container or chroot")
    installed = draft.try_read("core_dumps.storage", lambda: "systemd-coredump" in evidence.text("coredump", ok=(0, 2)))
    if "core_dumps.storage" in draft.gaps:
        draft.gap("core_dumps.process_size_max", draft.gaps["core_dumps.storage"])
    facts = CoreDumps(
        limited=limits[-1:] == ["0"],
        handler=handler,
        storage=merged.get("storage", "external").lower() if installed else None,
        process_size_max=merged.get("processsizemax", "default") if installed else None,
    )
    draft.put("core_dumps", facts, "/etc/security/limits.conf, coredump.conf")


def _for_all(fields: list[str]) -> bool:
    return len(fields) == 4 and fields[0] == "*" and fields[1] in ("hard", "-") and fields[2] == "core"
