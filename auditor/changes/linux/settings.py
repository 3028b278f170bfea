"""A YAML candidate: services and packages that no folder can say."""

import re
from typing import Any

from auditor.changes.candidate import Candidate
from auditor.changes.linux.plan import PackageChange, Plan, UnitChange
from auditor.changes.linux.units import full_name
from auditor.changes.linux.work import Work
from auditor.errors import InputError
from auditor.yamlfile import Document

_UNIT = re.compile(r"[A-Za-z0-9:_.\\@-]{1,200}")
_PACKAGE = re.compile(r"[A-Za-z0-9][A-Za-z0-9+._:-]{0,200}")
_SWITCHES = ("enabled", "active", "masked")
_STATES = {"present": True, "installed": True, "latest": True, "absent": False, "removed": False, "purged": False}
MEND = "Write services: {ssh: {enabled: true, active: true, masked: false}} and packages: {telnetd: absent}."


def of_settings(work: Work, candidate: Candidate) -> Plan:
    """Units and packages of a document; faults go into `work.errors`."""
    plan = Plan()
    document = candidate.data
    if not isinstance(document, Document) or not isinstance(document.data, dict):
        work.errors.append(InputError("a mapping stands here", where=candidate.name, mend=MEND))
        return plan
    for key in document.data:
        if key not in ("services", "packages"):
            work.errors.append(document.error((key,), f"unknown key {key!r}", MEND))
    for name, told in _pairs(work, document, "services"):
        where = str(document.place(("services", name)))
        if not _UNIT.fullmatch(name) or not isinstance(told, dict) or not told:
            work.errors.append(document.error(("services", name), f"{name[:60]!r} is no unit with its settings", MEND))
            continue
        wrong = [k for k, v in told.items() if k not in _SWITCHES or not isinstance(v, bool)]
        for one in wrong:
            work.errors.append(document.error(("services", name, one), f"{one}: true or false stands here", MEND))
        if not wrong:
            shown = ", ".join(f"{k}: {str(v).lower()}" for k, v in told.items())
            plan.units.append(UnitChange(full_name(name), where, f"{name}: {{{shown}}}", **told))
    for name, told in _pairs(work, document, "packages"):
        where = str(document.place(("packages", name)))
        if not _PACKAGE.fullmatch(name) or str(told) not in _STATES:
            work.errors.append(
                document.error(("packages", name), f"{name[:60]!r} is {str(told)[:40]!r}: present or absent?", MEND)
            )
            continue
        plan.packages.append(PackageChange(name, _STATES[str(told)], where, f"{name}: {told}"))
    return plan


def _pairs(work: Work, document: Document, key: str) -> list[tuple[str, Any]]:
    told = document.data.get(key)
    if told is None:
        return []
    if not isinstance(told, dict):
        work.errors.append(document.error((key,), f"{key}: a mapping stands here", MEND))
        return []
    return [(str(name), value) for name, value in told.items()]
