"""`show accounting log`: who configured what, by the clock of the device. Asked only where the source says `activity`.

A line is `TIME:type=update:id=...:user=NAME:cmd=COMMAND (SUCCESS)`, on old releases `TIME:update:ID:NAME:COMMAND`.
TIME is in the zone of the device: `show clock` beside our own clock tells how far that is from UTC.
"""

import re
from datetime import UTC, datetime
from typing import Any

from auditor.collectors.deeds import activity as bounded
from auditor.collectors.deeds import deed, hushed
from auditor.collectors.nexus1000v.reading import Reading
from auditor.collectors.nexus1000v.redact import redact
from auditor.evidence.redaction import Redactor

LOG, CLOCK = "show accounting log", "show clock"
ASKED = "clock_asked"  # in a capture's body: our own time when `show clock` was answered
_LATEST, _LONGEST = 4000, 2000  # lines that are kept, characters of a line
_TIME = r"(?P<time>[A-Z][a-z]{2} +[A-Z][a-z]{2} +\d{1,2} +\d{1,2}:\d\d:\d\d(?:\.\d{1,6})? +\d{4})"
_LINE = re.compile(
    _TIME + r":(?:type=(?P<kind>\w{1,12}):id=(?P<id>[^\s=]{0,100}?):user=(?P<user>[^:\s]{0,100}):cmd=(?P<cmd>.*)"
    r"|(?P<old_kind>start|update|stop):(?P<old_id>[^:\s]{0,100}):(?P<old_user>[^:\s]{0,100}):(?P<old_cmd>.*))"
)
_SHOWN = re.compile(
    r"^[.*]?(?P<clock>\d{1,2}:\d\d:\d\d)(?:\.\d{1,6})? +\S{1,16} +"
    r"(?P<day>[A-Z][a-z]{2} +[A-Z][a-z]{2} +\d{1,2} +\d{4})",
    re.M,
)
_RESULT = re.compile(r" ?\((?:SUCCESS|FAILURE|REDIRECT)\)\s*$")
_STEPS = re.compile(r"\s;\s")


def redact_log(text: str, with_redactor: Redactor) -> str:
    """The latest lines of the log, each command of each line redacted as if it stood in a configuration."""
    out = []
    for line in (whole[:_LONGEST] for whole in text.splitlines()[-_LATEST:]):
        found = _LINE.match(line)
        command = (found["cmd"] if found["cmd"] is not None else found["old_cmd"]) if found else line
        steps = [hushed(redact(step.replace("\n", " "), with_redactor)) for step in _STEPS.split(command)]
        out.append(line[: len(line) - len(command)] + " ; ".join(steps))
    return "".join(line + "\n" for line in out)


def activity(reading: Reading) -> dict[str, Any]:
    """The `activity` facts; nothing at all where the log was not asked for."""
    if LOG not in reading.answers:
        return {}
    text = reading.text(LOG)
    if text is None:
        reading.gap("activity", reading.why_not(LOG))
        return {}
    ahead = _ahead(reading)
    if ahead is None:
        reading.gap("activity", f"the zone of its times is not known: {reading.why_not(CLOCK)}")
        return {}
    deeds, begins = [], None
    for line in text.splitlines():
        found = _LINE.match(line)
        at = _seconds(found["time"]) if found else None
        if found is None or at is None:
            continue
        at -= ahead
        begins = at if begins is None else min(begins, at)
        user, command = found["user"] or found["old_user"], found["cmd"] or found["old_cmd"] or ""
        refused = command.rstrip().endswith("(FAILURE)")
        command = _RESULT.sub("", command).strip()
        steps = [step for step in _STEPS.split(command) if step not in ("", "configure terminal", "conf t")]
        if (found["kind"] or found["old_kind"]) == "update" and user and steps and not refused:
            deeds.append(deed(at, user, " ; ".join(steps), steps[0] if len(steps) > 1 else ""))
    reading.sources["activity"] = LOG
    return {"activity": bounded(deeds, begins)}


def _ahead(reading: Reading) -> float | None:
    """Seconds that the device's own time is ahead of UTC, None where nobody can tell."""
    shown = _SHOWN.search(reading.text(CLOCK) or "")
    if shown is None:
        return None
    weekday_month_day, year = shown["day"].rsplit(None, 1)
    here = _seconds(f"{weekday_month_day} {shown['clock']} {year}")
    try:
        asked = datetime.fromisoformat(str(reading.body.get(ASKED)))
    except ValueError:
        return None
    return None if here is None else round(here - asked.timestamp())


def _seconds(text: str) -> float | None:
    """A time such as `Sat Nov 21 17:00:00 2026` (perhaps with fractions), read as UTC."""
    plain = re.sub(r"\.\d+", "", " ".join(text.split()))
    try:
        return datetime.strptime(plain, "%a %b %d %H:%M:%S %Y").replace(tzinfo=UTC).timestamp()
    except ValueError:
        return None
