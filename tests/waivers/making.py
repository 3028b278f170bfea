"""Findings and waivers for tests."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from auditor.domain import EMPTY, Finding, Observation, Status
from auditor.waivers import End, Scope, Seen, Waiver, bind

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
APPROVED = datetime(2026, 11, 1, tzinfo=UTC)
RULE = "linux-ssh-root-login"


def seen(
    target: str = "web01",
    value: Any = "yes",
    *,
    subject: str | None = None,
    status: Status = Status.FAIL,
    path: str = "sshd.permit_root_login",
    expected: str = "no",
    version: str = "aaaa",
    source: str = "lab",
    labels: Mapping[str, str] = EMPTY,
    rule: str = RULE,
) -> Seen:
    """A finding with one observation."""
    finding = Finding(rule, target, status, subject, "", (Observation(path, expected, value, "sshd -T"),))
    return Seen(finding, "linux", source, version, labels)


def requested(**changes: Any) -> Waiver:
    """A waiver that nobody approved yet."""
    made = Waiver(
        "W-1",
        RULE,
        Scope(targets=("web01",)),
        "The vendor needs it until January",
        "Web team",
        datetime(2026, 10, 30, tzinfo=UTC),
        End("2027-01-31", "Europe/Paris"),
    )
    return replace(made, **changes)


def approved(*accepted: Seen, **changes: Any) -> Waiver:
    """A waiver in force for these findings."""
    bound = [bind(one) for one in accepted or (seen(),)]
    return requested(**changes).approve("Security office", APPROVED, bound)
