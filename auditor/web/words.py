"""Words that several pages share."""

from typing import Any

from auditor.access import Reach
from auditor.service.trend import selection

_SOURCES = {"ok": ("pass", "Read"), "partial": ("unknown", "In part"), "failed": ("fail", "Failed")}


def scope_words(reach: Reach) -> str:
    """`site=ams or team=x`, "" for everything."""
    if reach.everything:
        return ""
    return " or ".join(sorted(", ".join(f"{key}={value}" for key, value in one.items()) for one in reach.any_of()))


def narrowed_words(run: Any) -> str:
    """What a run (its row) was narrowed to, "" for everything."""
    patterns, labels = selection(run.request)
    return "; ".join([*(f"{key}={' or '.join(values)}" for key, values in labels), *(patterns[:20])])


def kind_of_source(status: str) -> tuple[str, str]:
    """The mark of how a source ended, and its word."""
    return _SOURCES.get(status, ("unknown", status))
