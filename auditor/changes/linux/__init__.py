"""Changes to a Linux host: files, diffs, Ansible's check mode, services and packages, put into its evidence.

What is assumed of the window: files are written as root, and what reads them is told so: `sysctl --system`,
`systemctl reload ssh`, `mount -o remount`, `augenrules --load`, `systemctl daemon-reload`, a reload of rsyslog, chrony
and journald. Each assumption that matters to a candidate is a remark of its prediction.
"""

from collections.abc import Sequence

from auditor.changes.candidate import Candidate
from auditor.changes.model import Edited, Risk
from auditor.domain import Capture, Snapshot

PLATFORMS = ("linux",)
# What reads captures is loaded when there is one to be edited.


def refusal(platform: str, candidate: Candidate) -> str:
    """Why the candidate cannot be meant for a Linux host; "" when it can."""
    from auditor.changes.linux.refusing import refusal as look

    return look(platform, candidate)


def clean(candidate: Candidate) -> Candidate:
    """The candidate with secrets as the collector's own tokens, so that they compare equal with a capture's."""
    from auditor.changes.linux.cleaning import clean as without_secrets

    return without_secrets(candidate)


def edit(capture: Capture, candidate: Candidate) -> Edited:
    """The capture as the candidate would leave it. Raises InputErrors for what the host's own tools refuse."""
    from auditor.changes.linux.editing import edit as put

    return put(capture, candidate)


def risks(before: Snapshot, after: Snapshot, candidate: Candidate, edited: Edited) -> Sequence[Risk]:
    """What may go wrong in the window."""
    from auditor.changes.linux.risknotes import risks as look

    return look(before, after, candidate, edited)
