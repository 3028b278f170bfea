"""What may go wrong in the window of a change of vSphere, from facts before and after."""

from collections.abc import Sequence

from auditor.changes.candidate import Candidate
from auditor.changes.model import Edited, Risk
from auditor.changes.vsphere.risk_dvs import dvs_risks, vcenter_risks
from auditor.changes.vsphere.risk_host import host_risks
from auditor.changes.vsphere.risk_network import network_risks
from auditor.changes.vsphere.sides import Sides
from auditor.domain import Snapshot

MAX_RISKS = 200
_NOTES = {"esxi": (network_risks, host_risks), "dvs": (dvs_risks,), "vcenter": (vcenter_risks,)}


def risks(before: Snapshot, after: Snapshot, candidate: Candidate, edited: Edited) -> Sequence[Risk]:
    """Every risk that the facts show, the worst first."""
    sides = Sides(before, after, candidate, edited)
    found = [risk for note in _NOTES.get(before.platform, ()) for risk in note(sides)]
    return sorted(dict.fromkeys(found), key=lambda risk: (-risk.severity.rank, risk.ident, risk.detail))[:MAX_RISKS]
