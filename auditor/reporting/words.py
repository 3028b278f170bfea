"""How text and values are put into words, the same in every format.

What came from a device is hostile: characters that hide or reorder text are spelled out, lengths are bounded.
A value, "looked and it was not there" (absent) and "could not look" (gap) stay three different things.
"""

import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, Literal, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

SEVERITIES: tuple[str, ...] = ("critical", "high", "medium", "low", "info")
# Worst first; also the order in which the worst subject of a rule is chosen.
STATUSES: tuple[str, ...] = ("fail", "unknown", "error", "pass", "notapplicable", "notchecked")
STATUS_WORDS = {
    "fail": "Fail",
    "waived": "Fail, waived",
    "unknown": "Unknown",
    "error": "Error",
    "pass": "Pass",
    "notapplicable": "Not applicable",
    "notchecked": "Manual",
}
PLATFORM_WORDS = {
    "esxi": "ESXi",
    "vcenter": "vCenter",
    "dvs": "Distributed switch",
    "vm": "Virtual machine",
    "nexus1000v": "Nexus 1000V",
    "nxos": "NX-OS",
    "linux": "Linux",
}
NARROW_SPACE = "\u202f"

_HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e01ff]"
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_LINE_END = re.compile(r"\s*[\r\n]+\s*")
_STACKED = re.compile("[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{4,}")


def _spell(match: re.Match[str]) -> str:
    code = ord(match[0])
    # surrogateescape: an undecodable byte 0xNN arrives as U+DCNN
    return f"⟨BYTE {code - 0xDC00:02X}⟩" if 0xDC80 <= code <= 0xDCFF else f"⟨U+{code:04X}⟩"


def visible(text: str) -> str:
    """Text with control, bidi, zero-width and broken characters spelled out, and piles of accents cut to a note."""
    if text.isascii() and text.isprintable():
        return text  # as nearly all of it is, and pages have thousands of them
    text = _HIDDEN.sub(_spell, text)
    return _STACKED.sub(lambda m: f"{m[0][:2]}⟨{len(m[0]) - 2} more marks⟩", text)


def encodable(text: str) -> str:
    """Text that can be written as UTF-8: a lone surrogate is spelled out, all else stays."""
    return _SURROGATE.sub(_spell, text)


def shorten(text: str, limit: int = 90) -> str:
    """Text cut in the middle to at most `limit` characters, so that both ends stay readable."""
    if len(text) <= limit:
        return text
    head = (limit - 3) * 2 // 3
    return f"{text[:head]} … {text[-(limit - 3 - head) :]}"


def short(text: str | None, limit: int = 90) -> str:
    """`shorten` of the visible text on one line (a line end is shown as ⏎): for table cells."""
    return shorten(_LINE_END.sub(" ⏎ ", visible((text or "")[: limit * 40])).strip(), limit)


class Shown(NamedTuple):
    """A value in words, with what kind of answer it is."""

    kind: Literal["value", "absent", "gap"]
    text: str


def shown(actual: Any, limit: int = 20_000) -> Shown:
    """What was observed. `{"absent": true}` and `{"gap": reason}` are the two answers that are no values."""
    return _marker(actual) or Shown("value", value_text(actual, limit))


def _marker(actual: Any) -> Shown | None:
    if isinstance(actual, dict) and len(actual) == 1:
        if actual.get("absent") is True:
            return Shown("absent", "absent")
        if "gap" in actual:
            return Shown("gap", f"not read: {actual['gap']}")
    return None


def value_text(value: Any, limit: int = 20_000) -> str:
    """A JSON value as one line of text; a string that could be mistaken for another type keeps its quotes."""
    if isinstance(value, str):
        text = json.dumps(value, ensure_ascii=False) if _ambiguous(value) else value
    else:
        text = json.dumps(_inner(value), ensure_ascii=False, separators=(", ", ": "), default=str)
    if len(text) > limit:
        left_out = len(text) - limit
        note = f"…[{left_out:,} characters left out; all of it is in audit.json]…"
        text = f"{text[: limit * 2 // 3]} {note} {text[-(limit // 3) :]}"
    return text


def _inner(value: Any) -> Any:
    """A value whose members that are absent or not read are put into words, marked off from any text of a device."""
    if isinstance(value, list):
        return [_inner(v) for v in value]
    if isinstance(value, dict):
        marker = _marker(value)
        return f"⟨{marker.text}⟩" if marker else {k: _inner(v) for k, v in value.items()}
    return value


def _ambiguous(text: str) -> bool:
    if not text or text != text.strip():
        return True
    if text in ("true", "false", "null", "absent") or text.startswith('"'):
        return True
    if len(text) > 40 or text[0] not in "-0123456789":
        return False
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def count(number: int) -> str:
    """12345 as 12 345, with a narrow space that does not break."""
    return f"{number:,}".replace(",", NARROW_SPACE)


def percent(number: float | None, digits: int = 1) -> str:
    """A percentage without its sign. Never rounds up to 100 or down to 0: 99.97 is "99.9", 0.02 is "0.1"."""
    if number is None:
        return "–"
    step = 10.0**-digits
    if number < 100 and round(number, digits) >= 100:
        number = 100 - step
    elif number > 0 and round(number, digits) <= 0:
        number = step
    return f"{number:.{digits}f}"


def pair(lower: float | None, upper: float | None) -> str:
    """A score pair without its sign: `84.0 to 91.2`, or one number where both are the same."""
    low, high = percent(lower), percent(upper)
    return low if low == high else f"{low} to {high}"


def plural(number: int, one: str, many: str = "") -> str:
    """`3 targets`, `1 target`."""
    return f"{count(number)} {one if number == 1 else many or one + 's'}"


def platform_word(platform: str) -> str:
    """The platform as people write it."""
    return PLATFORM_WORDS.get(platform, platform)


def instant(text: str | None) -> datetime | None:
    """The moment an ISO 8601 text names, in UTC; None where there is none. A time without zone is taken as UTC."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def moment(text: str | None) -> str:
    """A time for people, always with its zone: `21 November 2026, 12:16 UTC`; the text itself if it is no time."""
    at = instant(text)
    return f"{at.day} {at:%B %Y, %H:%M} UTC" if at else (text or "–")


def until(text: str | None, zone: str = "") -> str:
    """The last second of something, for people, in its zone: `31 Jan 2027, end of day, Europe/Paris`."""
    at = instant(text)
    if at is None:
        return text or "–"
    local = at.astimezone(_zone(zone))
    name = zone if local.tzinfo is not UTC else "UTC"
    hour = "end of day" if (local + timedelta(seconds=1)).date() != local.date() else f"{local:%H:%M}"
    return f"{local.day} {local:%b %Y}, {hour}, {name}"


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name) if name and name != "UTC" else UTC
    except (ZoneInfoNotFoundError, ValueError, OSError):  # of a document that was made elsewhere
        return UTC


def clock(text: str | None) -> str:
    """A time for table cells: `21 Nov 2026, 12:16 UTC`."""
    at = instant(text)
    return f"{at.day} {at:%b %Y, %H:%M} UTC" if at else (text or "–")


def local(text: str | None, zone: str, *, named: bool = True) -> str:
    """A time in a zone: `1 Oct 2026, 00:00 Europe/Paris`; without its name under a head that says it (`zone_word`)."""
    at = instant(text)
    if at is None:
        return text or "–"
    own = at.astimezone(_zone(zone))
    return f"{own.day} {own:%b %Y, %H:%M}" + (f" {zone_word(zone)}" if named else "")


def zone_word(zone: str) -> str:
    """The zone that `local` shows times in: UTC where a zone is not known here."""
    return zone if _zone(zone) is not UTC else "UTC"


def listed(names: Sequence[str], limit: int = 4) -> str:
    """The first names and how many more."""
    rest = len(names) - limit
    return ", ".join(names[:limit]) + (f" and {count(rest)} more" if rest > 0 else "")


def references_text(references: dict[str, Sequence[str]]) -> str:
    """`NIST 800-53 AC-7, IA-2; STIG ESXI-80-000005`."""
    return "; ".join(f"{framework(k)} {', '.join(map(str, v))}" for k, v in sorted(references.items()) if v)


def framework(name: str) -> str:
    """A framework as people write it."""
    names = {
        "nist-800-53": "NIST SP 800-53",
        "stig": "DISA STIG",
        "pci-dss": "PCI DSS",
        "cis": "CIS",
        "scg": "VMware SCG",
        "anssi": "ANSSI",
        "iso-27001": "ISO/IEC 27001",
        "cis-controls": "CIS Controls",
        "sox-itgc": "SOX ITGC",
    }
    return names.get(name, name)
