"""What an audit document says of waivers, as plain data."""

from datetime import UTC
from typing import Any

from auditor.waivers.matching import Decision, Standing


def beside(decision: Decision | None) -> dict[str, Any] | None:
    """The waiver beside a finding, or None. Its `expiration_date` is the last second in which it holds.

    `ticket` stands there only where the waiver has one: what was stored before there were tickets stays the same.
    """
    if decision is None or decision.waiver is None:
        return None
    waiver = decision.waiver
    approved = waiver.approved_at
    return {
        "id": waiver.id,
        "justification": waiver.justification,
        **({"ticket": waiver.ticket} if waiver.ticket else {}),
        "requested_by": waiver.requested_by,
        "approved_by": waiver.approved_by,
        "approved_at": approved.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if approved else None,
        "expiration_date": waiver.end.last_second,
        "zone": waiver.end.zone,
    }


def lapsed(decision: Decision | None) -> dict[str, Any] | None:
    """The waiver that would stand beside a failing finding, and why it does not; None where there is none."""
    return {"id": decision.lapsed.id, "reason": decision.why} if decision and decision.lapsed else None


def waiver_entry(one: Standing) -> dict[str, Any]:
    """How a waiver stands in this run."""
    waiver = one.waiver
    return {
        "id": waiver.id,
        "rule": waiver.rule,
        "scope": waiver.scope.words,
        "subject": waiver.subject,
        "state": one.state,
        "attention": one.attention or None,
        "reason": one.reason,
        "justification": waiver.justification,
        "ticket": waiver.ticket or None,
        "requested_by": waiver.requested_by,
        "approved_by": waiver.approved_by or None,
        "expires": waiver.end.last_second,
        "zone": waiver.end.zone,
        "days_left": one.days_left,
        "covers": one.covers,
        "lapsed": one.lapsed,
    }
