"""From capture to snapshot, by platform. No pyVmomi here: judging stored captures needs none."""

from auditor.collectors.vsphere.read_dvs import read_dvs
from auditor.collectors.vsphere.read_host import read_host
from auditor.collectors.vsphere.read_vcenter import read_vcenter
from auditor.collectors.vsphere.read_vm import read_vm
from auditor.domain import Capture, Snapshot
from auditor.facts import facts_model, plain

_READERS = {"esxi": read_host, "dvs": read_dvs, "vcenter": read_vcenter, "vm": read_vm}


def read(capture: Capture) -> Snapshot:
    """The facts in a capture of a host, a switch, a machine or a vCenter. Pure, and never raises on its content."""
    try:
        return _READERS[capture.platform](capture)
    except Exception as problem:
        model = facts_model(capture.platform)
        reason = f"the capture could not be understood: {type(problem).__name__}"
        return Snapshot(
            capture.target,
            capture.platform,
            capture.source,
            capture.taken_at,
            plain(model()),
            gaps=dict.fromkeys(model.model_fields, reason),
            labels=capture.labels,
            synthetic=capture.synthetic,
            warnings=capture.warnings,
        )
