"""Checks before a change: candidate + capture -> predicted snapshot -> what becomes of the verdicts.

A predictor edits the evidence of a capture as the change would leave it, and the platform's own reader makes facts of
that: what is derived from a line is derived by the code that derives it every night. A predictor module has
    PLATFORMS  the platforms it knows
    refusal    why a candidate is not for this platform; "" when it may be
    clean      the candidate without its secrets (as `collectors` redacts): nothing else ever sees the raw one
    edit       pure: the capture as it would be; raises InputErrors for what the target itself would refuse
    risks      what may go wrong in the window, from facts
Nothing here talks to a target.
"""

from collections.abc import Sequence
from importlib import import_module
from typing import Any, Protocol, cast

from auditor.changes.candidate import Candidate
from auditor.changes.model import Edited, Risk
from auditor.domain import Capture, Snapshot

MODULES = {
    "nexus1000v": "auditor.changes.nxos",
    "nxos": "auditor.changes.nxos",
    "linux": "auditor.changes.linux",
    "esxi": "auditor.changes.vsphere",
    "vcenter": "auditor.changes.vsphere",
    "dvs": "auditor.changes.vsphere",
    "vm": "auditor.changes.vsphere",
}


class Predictor(Protocol):
    """What a predictor module offers."""

    PLATFORMS: tuple[str, ...]

    def refusal(self, platform: str, candidate: Candidate) -> str:
        """Why the candidate cannot be meant for a target of this platform, in a sentence; "" when it can."""
        ...

    def clean(self, candidate: Candidate) -> Candidate:
        """The candidate with every secret replaced by its token."""
        ...

    def edit(self, capture: Capture, candidate: Candidate) -> Edited:
        """The capture as the candidate would leave it. Raises InputErrors: each fault with its line."""
        ...

    def risks(self, before: Snapshot, after: Snapshot, candidate: Candidate, edited: Edited) -> Sequence[Risk]:
        """What may go wrong in the window."""
        ...


def predictor_for(platform: str) -> Predictor:
    """The predictor of a platform. Raises KeyError for one that has none."""
    module: Any = import_module(MODULES[platform])
    return cast(Predictor, module)
