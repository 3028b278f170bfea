"""What pages show of waivers: rows, what fails now where one applies, and what somebody has seen who decides."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from auditor.api.guard import Asking
from auditor.api.routes.common import findings_page, look_now, reach_of, wanted_of
from auditor.api.routes.waivers import SEES
from auditor.service.waiver_board import Stands
from auditor.store import runs
from auditor.store.listing.looks import Only
from auditor.waivers import Waiver

SHOWN = 50


def failing_now(connection: Connection, asks: Asking, rule: str, only: Only) -> tuple[list[dict[str, Any]], bool]:
    """What fails now of a rule, as much as a page shows, and whether there is more."""
    within = Only(reach_of(asks, SEES), source=only.source, labels=only.labels, among=only.among)
    wanted = wanted_of(within, ["fail"], (), rule)
    found, more = findings_page(connection, look_now(connection, None, None), wanted, None, SHOWN)
    return found, more is not None


def seen_now(connection: Connection, waiver: Waiver) -> str:
    """What somebody has looked at who decides now: its state, and the run that what fails is known from."""
    latest = runs.find_run(connection, "latest")
    return f"{waiver.state.value} {latest.name if latest is not None else ''}"


def has(waiver: Waiver, q: str) -> bool:
    """Whether what is looked for stands in it."""
    said = (waiver.id, waiver.scope.words, waiver.requested_by, waiver.approved_by, waiver.justification)
    return not q or any(q.casefold() in text.casefold() for text in (*said, waiver.ticket, waiver.rule))


def row(one_: Stands, titles: Mapping[str, str]) -> dict[str, Any]:
    """A waiver as lists show it; `titles` are those of rules by their ids."""
    waiver = one_.stored.waiver
    return {
        **{key: getattr(one_, key) for key in ("state", "attention", "reason", "days_left", "covers", "lapsed", "run")},
        **{key: getattr(waiver, key) for key in ("id", "rule", "subject", "justification", "ticket", "requested_by")},
        "title": titles.get(waiver.rule, waiver.rule),
        "where": waiver.scope.words,
        "until": waiver.end.last_second,
        "zone": waiver.end.zone,
        "requested_at": waiver.requested_at.isoformat(),
        "approved_by": waiver.approved_by,
        "approved_at": waiver.approved_at.isoformat() if waiver.approved_at else None,
        "ended_by": waiver.ended_by,
        "ended_at": waiver.ended_at.isoformat() if waiver.ended_at else None,
        "ended_why": waiver.ended_why,
        "count": len(waiver.bound),
    }
