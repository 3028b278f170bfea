"""A message in words: subject, plain text, a small HTML page, and the same as data. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from markupsafe import escape

from auditor.notify.events import Kind
from auditor.notify.subscriptions import Told
from auditor.notify.words import line

MOST = 100  # events that one digest spells out
_NAMED = {
    Kind.RUN_FINISHED: "run finished",
    Kind.RUN_FAILED: "run failed",
    Kind.FINDINGS_NEW: "new failures",
    Kind.DRIFT_FOUND: "drift",
    Kind.COVERAGE_LOW: "coverage below the floor",
    Kind.WAIVER_EXPIRING: "waiver expiring",
    Kind.SCHEDULE_MISSED: "schedule without a run",
    Kind.TEST: "test",
}


@dataclass(frozen=True, slots=True)
class Message:
    """What goes out. `id` is the same each time that it is sent; `again` says that it may have arrived before."""

    id: str
    subject: str
    text: str
    html: str
    data: dict[str, Any]
    again: bool = False


def render(told: Sequence[Told], delivery: str, base_url: str = "", *, again: bool = False) -> Message:
    """The message of one event, or the digest of several. `base_url` is where the service is found, "" when unknown."""
    base = base_url.rstrip("/")
    heads = [headline(one) for one in told]
    subject = heads[0] if len(told) == 1 else _digest_subject(told)
    notice = ["This message may have reached you before: the sender was interrupted.", ""] if again else []
    text, html = list(notice), [f"<p>{escape(one)}</p>" for one in notice if one]
    for one, head in list(zip(told, heads, strict=True))[:MOST]:
        link = f"{base}{one.path}" if base and one.path else ""
        rows = [f"{_severity(item.severity)}{item.target}: {item.title}" for item in one.items]
        if one.more:
            rows.append(f"and {one.more} more")
        text += [head, *(f"  {row}" for row in rows), *([f"  {link}"] if link else []), ""]
        title = f'<a href="{escape(link)}">{escape(head)}</a>' if link else escape(head)
        listed = "".join(f"<li>{escape(row)}</li>" for row in rows)
        html.append(f"<h2>{title}</h2>" + (f"<ul>{listed}</ul>" if listed else ""))
    if len(told) > MOST:
        text.append(rest := f"and {len(told) - MOST} more events")
        html.append(f"<p>{escape(rest)}</p>")
    page = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(subject)}</title>{"".join(html)}</html>'
    )
    return Message(
        delivery, line(f"Auditor: {subject}", 150), "\n".join(text).rstrip() + "\n", page, _data(told, base), again
    )


def _data(told: Sequence[Told], base: str) -> dict[str, Any]:
    events = []
    for one in told[:MOST]:
        plain = one.model_dump(mode="json", exclude={"key", "path"})
        plain["at"] = one.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        plain["url"] = f"{base}{one.path}" if base and one.path else None
        events.append(plain)
    kind = told[0].kind.value if len(told) == 1 else "digest"
    return {"type": kind, "data": {"events": events, "more": max(0, len(told) - MOST)}}


def _digest_subject(told: Sequence[Told]) -> str:
    counts = {kind: sum(one.kind is kind for one in told) for kind in Kind}
    return "digest: " + ", ".join(f"{count} {_NAMED[kind]}" for kind, count in counts.items() if count)


def headline(one: Told) -> str:
    """An event in one line."""
    n = one.numbers
    if one.kind is Kind.RUN_FINISHED:
        score = "" if n["lower"] is None else f", {_span(n['lower'], n['upper'])} of the rules pass"
        return (
            f"Run {one.about} finished: {n['collected']} of {n['population']} targets read{score}, "
            f"{n['failed']} failed ({n['waived']} waived), {n['unknown']} unknown"
        )
    if one.kind is Kind.RUN_FAILED:
        return f"Run {one.about} failed: it has no result"
    if one.kind is Kind.FINDINGS_NEW:
        return f"{_many(n['items'], 'new failure')} on {_many(n['targets'], 'target')} in run {one.about}{_worst(one)}"
    if one.kind is Kind.DRIFT_FOUND:
        found = _many(n["items"], "new difference")
        return f"{found} from golden profiles on {_many(n['targets'], 'target')} in run {one.about}"
    if one.kind is Kind.COVERAGE_LOW:
        return (
            f"Coverage {n['coverage']} % is below the floor of {n['floor']} %: "
            f"{n['collected']} of {n['population']} targets read in run {one.about}"
        )
    if one.kind is Kind.WAIVER_EXPIRING:
        left = n["days_left"] or 0
        when = "has ended" if left < 0 else f"ends in {_many(left, 'day')}" if left else "ends within a day"
        return f"Waiver {one.about} {when}: {one.note}"
    if one.kind is Kind.SCHEDULE_MISSED:
        return f"Schedule {one.about}: {one.note}"
    return f"Test of channel {one.about}: messages arrive"


def _many(count: int | float | None, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _span(lower: int | float | None, upper: int | float | None) -> str:
    return f"{lower} %" if lower == upper else f"{lower} to {upper} %"


def _worst(one: Told) -> str:
    counted = [
        f"{one.numbers[name]} {name}" for name in ("critical", "high", "medium", "low", "info") if name in one.numbers
    ]
    return f" ({', '.join(counted)})" if counted else ""


def _severity(severity: str) -> str:
    return f"[{severity}] " if severity else ""
