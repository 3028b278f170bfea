"""What decides whether a check lets a change through, read from its document: as `changes.delta` decides. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from auditor.reporting.words import SEVERITIES

_RANK = {name: n for n, name in enumerate(SEVERITIES)}


def counts(severity: str, fail_on: str) -> bool:
    """Whether a severity is at or above the one from which a check fails."""
    return _RANK.get(severity, 99) <= _RANK.get(fail_on, 99)


def gates(finding: Mapping[str, Any], fail_on: str) -> bool:
    """Whether a newly failing finding makes the check fail: not one that is waived or in grace."""
    return counts(finding["severity"], fail_on) and not finding["waiver"] and not finding["grace_until"]


def reopened(target: Mapping[str, Any], fail_on: str) -> Iterator[Mapping[str, Any]]:
    """The waivers that reopen and make the check fail."""
    yield from (one for one in target["waivers"] if one["fate"] == "reopens" and counts(one["severity"], fail_on))
