"""What is asked of a check: from which severity on it fails, and how old a reading may be."""

import re
from datetime import timedelta

from auditor.domain import Severity
from auditor.errors import InputError

SEVERITIES = ("low", "medium", "high", "critical")


def severity_of(text: str) -> Severity:
    """From which severity on a check fails. Raises InputError."""
    if text not in SEVERITIES:
        raise InputError(f"fail_on: {text[:40]} is not a severity", mend="Choose low, medium, high or critical.")
    return Severity(text)


def age_of(text: str) -> timedelta:
    """How old a reading may be: `90m`, `24h`, `7d`. Raises InputError."""
    found = re.fullmatch(r"([0-9]{1,5})([smhd])", text.strip())
    if found is None or not int(found[1]):
        raise InputError(f"max_age: {text[:40]} is no time", mend="Write 90m, 24h or 7d.")
    units = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
    return timedelta(**{units[found[2]]: int(found[1])})
