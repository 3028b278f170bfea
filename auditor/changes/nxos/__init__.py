"""What a change does to a Nexus 1000V or another NX-OS switch: typed commands, or a whole configuration."""

from collections.abc import Sequence

from auditor.changes.candidate import Candidate
from auditor.changes.model import Edited, Risk
from auditor.domain import Capture, Snapshot

PLATFORMS = ("nexus1000v", "nxos")


def refusal(platform: str, candidate: Candidate) -> str:
    """Why the candidate cannot be meant for an NX-OS switch, in a sentence; "" when it can."""
    from auditor.changes.nxos.shape import refusal as asked

    return asked(platform, candidate)


def clean(candidate: Candidate) -> Candidate:
    """The candidate with every secret replaced by the token that the collector makes of it."""
    from auditor.changes.nxos.cleaning import clean as cleaned

    return cleaned(candidate)


def edit(capture: Capture, candidate: Candidate) -> Edited:
    """The capture as the candidate would leave it. Raises InputErrors: each line that the device would refuse."""
    from auditor.changes.nxos.editing import edit as edited

    return edited(capture, candidate)


def risks(before: Snapshot, after: Snapshot, candidate: Candidate, edited: Edited) -> Sequence[Risk]:
    """What may go wrong in the window, from facts."""
    from auditor.changes.nxos.risk_notes import risks as found

    return found(before, after, candidate, edited)
