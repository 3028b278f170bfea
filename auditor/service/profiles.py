"""Golden profiles that runs of the service may name: those approved in the database, and those of content folders.

Of one name the approved one counts: two people have agreed on it, and the file may be that of a release.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection

from auditor.evidence.captures import iso
from auditor.golden.profile import Approval, Golden
from auditor.goldens import golden_of, load_golden
from auditor.service import catalogue
from auditor.service.catalogue import WrittenGolden
from auditor.service.proposing import in_short
from auditor.store import golden_versions
from auditor.store.golden_versions import Version

FILE, APPROVED = "file", "approved"


def listed(connection: Connection) -> list[dict[str, Any]]:
    """Every golden profile in use by id, in short, with its `origin`: file or approved. Raises InputError."""
    found = {one["id"]: {**one, **origin_of(None)} for one in catalogue.goldens()}
    for one in golden_versions.in_use(connection, texts=False):
        about = {"id": one.name, "title": one.title, "version": one.version, "platform": one.platform}
        found[one.name] = {**about, "labels": dict(one.labels), "sha256": one.sha256, **origin_of(approval_of(one))}
    return [found[name] for name in sorted(found)]


def in_use(connection: Connection, name: str) -> WrittenGolden | None:
    """The golden profile of that name, as it is written. Raises InputError."""
    approved = golden_versions.approved(connection, name)
    return catalogue.golden(name) if approved is None else WrittenGolden(golden_in(approved), approved.text)


def for_run(connection: Connection, names: Sequence[str], at: datetime) -> tuple[Golden, ...]:
    """The profiles that a run of that moment names: the same however often, and however late, it is asked.

    Raises InputError for one that is neither approved nor a file.
    """
    found = ((name, golden_versions.approved_at(connection, name, at)) for name in names)
    return tuple(load_golden(name) if one is None else golden_in(one) for name, one in found)


def approved_names(connection: Connection, names: Collection[str]) -> frozenset[str]:
    """Those of the names that are approved, and so need no file."""
    return frozenset(one for one in names if golden_versions.approved(connection, one) is not None)


def golden_in(version: Version) -> Golden:
    """The profile that was proposed, checked by the rules of today. Raises InputError with the line."""
    read = _read if len(version.text) <= _KEPT else _read.__wrapped__
    found = read(version.text, f"golden profile {version.name}")
    return Golden(found.profile, version.sha256, approval_of(version))


def approval_of(version: Version) -> Approval | None:
    """Who agreed on a version; None of one that nobody approved."""
    if version.decided_at is None or version.state not in (golden_versions.APPROVED, golden_versions.RETIRED):
        return None
    return Approval(version.id, version.proposed_by, version.decided_by, iso(version.decided_at))


def origin_of(approval: Approval | None) -> dict[str, Any]:
    """{origin, number}: where a profile comes from, and the number of its proposal."""
    return {"origin": APPROVED if approval else FILE, "number": approval.number if approval else None}


def told(found: WrittenGolden) -> dict[str, Any]:
    """A profile in short, with its origin."""
    return {**in_short(found.golden), **origin_of(found.golden.approval)}


_KEPT = 100_000  # characters of a text that is kept in memory


@lru_cache(maxsize=100)
def _read(text: str, file: str) -> Golden:
    return golden_of(text, file)
