"""What may go wrong in the window, from facts before and after and from what the lines did."""

from collections.abc import Callable, Iterator, Sequence

from auditor.changes.candidate import Candidate
from auditor.changes.model import Edited, Risk
from auditor.changes.nxos import risks_access, risks_switching
from auditor.changes.nxos.sight import Sight
from auditor.domain import Snapshot

_MOST = 200
_NOTES: tuple[Callable[[Sight], Iterator[Risk]], ...] = (*risks_access.NOTES, *risks_switching.NOTES)


def risks(before: Snapshot, after: Snapshot, candidate: Candidate, edited: Edited) -> Sequence[Risk]:
    """Every note, the worst first; at most 200."""
    if candidate.kind != "text":
        return ()
    sight = Sight(before, after, candidate, edited)
    found = [risk for note in _NOTES for risk in note(sight)]
    return sorted(found, key=lambda risk: -risk.severity.rank)[:_MOST]
