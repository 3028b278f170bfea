"""What a verification says as a whole. Pure."""

from collections.abc import Mapping
from typing import Any

from auditor.changes.fidelity import DIFFERENT, DONE, MISSING, UNFORETOLD, UNPLANNED, UNREAD

KEPT, MISSED, STRAYED, UNSEEN = "kept", "missed", "strayed", "unread"
KINDS = (DONE, MISSING, DIFFERENT, UNPLANNED, UNFORETOLD, UNREAD)


def with_verdict(result: Mapping[str, Any]) -> dict[str, Any]:
    """The result with `verdict` and `summary` of its targets; what another change explains is counted by itself."""
    told = result["targets"]
    outcomes = [one for target in told for one in target["outcomes"] if not one["derived"]]
    own = [one["kind"] for one in outcomes if not one.get("by_change")]
    unread = sum(target["status"] == "unread" for target in told)
    summary = {kind: own.count(kind) for kind in KINDS}
    if unread or summary[UNREAD]:
        verdict = UNSEEN
    elif summary[MISSING] or summary[DIFFERENT]:
        verdict = MISSED
    else:
        verdict = STRAYED if summary[UNPLANNED] else KEPT
    counted = {"targets": len(told), "targets_unread": unread, **summary, "by_other_changes": len(outcomes) - len(own)}
    return {**result, "verdict": verdict, "summary": counted}
