"""Other changes of the same targets: planned for them too, or the reason of what nobody planned here."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection

from auditor.changes.fidelity import DIFFERENT, UNPLANNED
from auditor.changes.predict import Prediction
from auditor.service.changing.labelled import foretold
from auditor.service.changing.verdicts import KEPT, with_verdict
from auditor.store import changes
from auditor.store.changes import APPROVED, CHECKED, Change, Foretold
from auditor.store.engine import now

OPEN = timedelta(days=30)  # a change that was checked longer ago is not waited for any more
MOST = 20  # other changes of one target that are looked into


def told_beside(connection: Connection, predictions: Sequence[Prediction], targets: Sequence[dict[str, Any]]) -> None:
    """Remark on each entry of `targets` for which other changes were checked and not yet seen to be done."""
    at = now(connection)
    for one, entry in zip(predictions, targets, strict=True):
        before = one.before
        found = changes.of_target(
            connection, before.platform, before.source, before.own_name, states=(CHECKED, APPROVED), most=MOST
        )
        waiting = [other for other in found if other.verdict != KEPT and other.made_at > at - OPEN]
        if waiting:
            entry["remarks"].append({"where": "", "words": _words(waiting)})


def explained(
    connection: Connection, change: Change, targets: Sequence[Foretold], result: Mapping[str, Any]
) -> dict[str, Any]:
    """The result, with {id, ticket} of an approved change as `by_change` of what that change foretold.

    What another approved change explains does not make this one stray.
    """
    told = [dict(one) for one in result["targets"]]
    for one, entry in zip(targets, told, strict=True):
        open_ = [each for each in entry["outcomes"] if each["kind"] in (UNPLANNED, DIFFERENT) and not each["derived"]]
        if open_:
            others = _others(connection, change, one)
            entry["outcomes"] = [_labelled(each, others) for each in entry["outcomes"]]
    return with_verdict({**result, "targets": told})


def _others(connection: Connection, change: Change, one: Foretold) -> list[tuple[Change, Mapping[str, Any]]]:
    found = changes.of_target(connection, one.platform, one.source, one.own, states=(APPROVED,), most=MOST)
    return [
        (other, mine.snapshots)
        for other in found
        if other.id != change.id
        for mine in changes.targets_of(connection, other)
        if (mine.platform, mine.source, mine.own) == (one.platform, one.source, one.own)
    ]


def _labelled(outcome: dict[str, Any], others: Sequence[tuple[Change, Mapping[str, Any]]]) -> dict[str, Any]:
    if outcome["kind"] not in (UNPLANNED, DIFFERENT):
        return outcome
    drift = {"path": outcome["path"], "change": "changed", "actual": outcome["now"], "expected": outcome["before"]}
    for other, found in others:
        if foretold(found["before"]["facts"], found["predicted"]["facts"], drift):
            return {**outcome, "by_change": {"id": other.name, "ticket": other.ticket or None}}
    return outcome


def _words(waiting: Sequence[Change]) -> str:
    names = ", ".join(f"{one.name}{f' ({one.ticket})' if one.ticket else ''}" for one in waiting[:3])
    more = f" and {len(waiting) - 3} more" if len(waiting) > 3 else ""
    return f"planned for it too, and not verified as done: {names}{more}; what several do together is not foretold"
