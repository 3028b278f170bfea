"""What blackout windows do to a due time: nothing, leave it out, or move it to the window's end."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from auditor.schedules.blackouts import Blackout
from auditor.schedules.model import Schedule
from auditor.schedules.zones import told, zone_named

MOST_MOVES = 50


@dataclass(frozen=True, slots=True)
class Placed:
    """A due time with the moment at which it is run; None: not at all. `reason` says why it is not the due time."""

    due: datetime
    run_at: datetime | None
    reason: str = ""


def placed(schedule: Schedule, due: datetime, windows: Sequence[Blackout] | None = None) -> Placed:
    """Where a due time lies between the blackout windows (`windows`: only these of them).

    A window that leaves out beats one that moves; a moved time that falls into another window is treated as there.
    """
    zone, at, reason = zone_named(schedule.zone), due, ""
    for _ in range(MOST_MOVES):
        end = None
        for window in schedule.blackouts if windows is None else windows:
            if (span := window.span_at(at, schedule.zone)) is None:
                continue
            why = f"inside the blackout window {window}"
            if not window.after:
                return Placed(due, None, f"{reason}, {why}" if reason else why)
            if end is None or span[1] > end:
                end, last = span[1], f"{why}, moved to its end at {told(span[1], zone)}"
        if end is None:
            return Placed(due, at, reason)
        at, reason = end, f"{reason}, {last}" if reason else last
    return Placed(due, None, f"{MOST_MOVES} blackout windows follow one another without an end")
