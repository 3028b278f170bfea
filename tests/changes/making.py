"""Checks over the synthetic samples, without a database: one basis, a plan of one baseline, a candidate as text."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from auditor.changes.candidate import Candidate
from auditor.changes.check import Asked, Checked, check
from auditor.changes.load import candidate_of
from auditor.changes.predict import Basis
from auditor.domain import Capture, Severity, Snapshot, Source, Target
from auditor.evidence.captures import read_capture, read_index
from auditor.pipeline import Plan
from auditor.pipeline import read_capture as read
from auditor.selection import choose

SAMPLES = Path(__file__).parents[2] / "auditor" / "samples"
AT = datetime(2026, 11, 21, 3, tzinfo=UTC)  # an hour after the samples were taken
SSH = "/sshd/effective/permitemptypasswords"
RULE = "linux-ssh-no-empty-passwords"


@cache
def capture(name: str, folder: str = "rhel") -> Capture:
    """A sample capture by a part of its file's name."""
    line = next(one for one in read_index(SAMPLES / folder).captures if name in one.file)
    found = read_capture(SAMPLES / folder, line)
    assert isinstance(found, Capture)
    return found


@cache
def basis(name: str = "rhel-9-good", folder: str = "rhel") -> Basis:
    """What a check of that sample stands on."""
    one = capture(name, folder)
    source = Source(one.source, "replay")
    snapshot = read(one, source)
    assert isinstance(snapshot, Snapshot)
    target = Target(one.target, one.platform, one.source, "collected", snapshot=snapshot)
    return Basis(target, one, source, "20261121-020000-0001")


@cache
def plan(*baselines: str) -> Plan:
    """Rules of these baselines, or of the common ground of Linux hosts."""
    return Plan((), tuple(choose(baselines or ("linux",))), chosen_by_name=True)


def patch(*operations: tuple[str, str, Any], name: str = "p.json") -> Candidate:
    """A JSON patch on facts, an operation on each line from the second on."""
    keys = ("op", "path", "value")
    lines = [json.dumps(dict(zip(keys, one, strict=False))) for one in operations]
    return candidate_of(name, ("[\n" + ",\n".join(lines) + "\n]\n").encode())


def checked(candidate: Candidate, *, bases: tuple[Basis, ...] = (), rules: Plan | None = None, **asked: Any) -> Checked:
    """The check of a candidate, an hour after the samples were taken."""
    said = Asked("c-1", **{"at": AT, "by": "zoe", "ticket": "CHG-1", "max_age": timedelta(hours=24), **asked})
    return check(bases or (basis(),), candidate, rules or plan(), said)


def later(one: Snapshot, facts: dict[str, Any], hours: float = 1, **more: Any) -> Snapshot:
    """A reading of the same target some hours later, with other facts at its top."""
    return replace(one, facts={**one.facts, **facts}, taken_at=one.taken_at + timedelta(hours=hours), **more)


__all__ = ["AT", "RULE", "SSH", "Severity", "basis", "capture", "checked", "later", "patch", "plan"]
