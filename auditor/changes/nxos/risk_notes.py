"""Placeholder of the notes of risk."""

from collections.abc import Sequence

from auditor.changes.candidate import Candidate
from auditor.changes.model import Edited, Risk
from auditor.domain import Snapshot


def risks(before: Snapshot, after: Snapshot, candidate: Candidate, edited: Edited) -> Sequence[Risk]:
    """What may go wrong in the window."""
    return ()
