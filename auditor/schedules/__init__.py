"""When an audit is due: cron expressions in a named zone, blackout windows, catch-up. Pure.

The rules for skipped and repeated hours: `auditor.schedules.due`, and docs/how-to/schedules.md.
"""

from auditor.schedules.decide import Decided, Decision, Outcome, decide
from auditor.schedules.due import due_between, due_times, latest
from auditor.schedules.model import (
    CatchUp,
    Population,
    Schedule,
    Work,
    changed_schedule,
    checked_schedule,
    parse_selectors,
)
from auditor.schedules.period import is_stale, period
from auditor.schedules.place import Placed, placed

__all__ = [
    "CatchUp",
    "Decided",
    "Decision",
    "Outcome",
    "Placed",
    "Population",
    "Schedule",
    "Work",
    "changed_schedule",
    "checked_schedule",
    "decide",
    "due_between",
    "due_times",
    "is_stale",
    "latest",
    "parse_selectors",
    "period",
    "placed",
]
