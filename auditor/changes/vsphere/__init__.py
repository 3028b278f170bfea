"""Foretells changes of ESXi hosts, distributed switches and vCenters: commands, PowerCLI, kickstarts, settings as YAML.

Nothing is imported here but on use: the package is found by name, and most checks are of another platform.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from auditor.changes.candidate import Candidate
from auditor.changes.model import Edited, Risk
from auditor.domain import EMPTY, Capture, Snapshot

PLATFORMS = ("esxi", "vcenter", "dvs", "vm")


def refusal(platform: str, candidate: Candidate) -> str:
    """Why the candidate cannot be meant for a target of this platform, in a sentence; "" when it can."""
    from auditor.changes.vsphere.kinds import refusal as found

    return found(platform, candidate)


def clean(candidate: Candidate) -> Candidate:
    """The candidate with every secret replaced by its token."""
    from auditor.changes.vsphere.cleaning import clean as cleaned

    return cleaned(candidate)


def edit(capture: Capture, candidate: Candidate, values: Mapping[str, Any] = EMPTY) -> Edited:
    """The capture as the candidate would leave it; `values` are those of this target for a golden profile.

    Raises InputErrors: each fault with its line.
    """
    from auditor.changes.vsphere.editing import edit as edited

    return edited(capture, candidate, values)


def risks(before: Snapshot, after: Snapshot, candidate: Candidate, edited: Edited) -> Sequence[Risk]:
    """What may go wrong in the window, from facts."""
    from auditor.changes.vsphere.risknotes import risks as found

    return found(before, after, candidate, edited)
