"""The evidence of a target as a candidate would leave it."""

from collections.abc import Mapping
from typing import Any

from auditor.changes.candidate import Candidate
from auditor.changes.model import Edited, Unpredicted
from auditor.changes.vsphere.dvs_places import Placed
from auditor.changes.vsphere.host import Host
from auditor.changes.vsphere.kickstart import follow_golden, follow_kickstart
from auditor.changes.vsphere.kinds import parted, refusal, text_kind
from auditor.changes.vsphere.plan import Plan
from auditor.changes.vsphere.powercli import follow_powercli
from auditor.changes.vsphere.ps import everything
from auditor.changes.vsphere.shell import follow_script
from auditor.changes.vsphere.spec import follow_settings
from auditor.changes.vsphere.target import Target
from auditor.changes.vsphere.vcenter import Machine, VCenter
from auditor.collectors.vsphere.reading import read
from auditor.domain import EMPTY, Capture
from auditor.errors import InputError

UNFOLLOWED = "the candidate could not be followed on this capture"


def edit(capture: Capture, candidate: Candidate, values: Mapping[str, Any] = EMPTY) -> Edited:
    """The capture of a target as the candidate would leave it. Raises InputErrors: what the target would refuse."""
    if why := refusal(capture.platform, candidate):
        raise InputError(f"the candidate is not for {capture.platform}: {why}", where=candidate.name)
    try:
        plan = Plan(capture.body)
        _follow(capture, candidate, plan, values)
        return plan.done()
    except InputError:
        raise
    except Exception as problem:  # a capture of a form that no collector makes: `read` has its gaps, and so has this
        return _nothing_known(capture, candidate, type(problem).__name__)


def _follow(capture: Capture, candidate: Candidate, plan: Plan, values: Mapping[str, Any]) -> None:
    target = _target(capture.platform, plan)
    plan.meta["kind"] = candidate.kind
    if candidate.kind == "yaml":
        follow_settings(target, capture.platform, candidate)
    elif candidate.kind == "golden":
        follow_golden(target, capture, candidate, read(capture), values)
    else:
        _text(target, capture.platform, candidate)
    target.settle()


def _nothing_known(capture: Capture, candidate: Candidate, fault: str) -> Edited:
    reason = f"{UNFOLLOWED}: {fault}"
    unknown = tuple(Unpredicted(path, candidate.name, reason) for path in everything(capture.platform))
    return Edited(capture.body, unknown=unknown)


_TARGETS = {"esxi": Host, "dvs": Placed, "vcenter": VCenter, "vm": Machine}


def _target(platform: str, plan: Plan) -> Target:
    return _TARGETS[platform](plan)


def _text(target: Target, platform: str, candidate: Candidate) -> None:
    kind = text_kind(candidate.only.lines)
    target.plan.meta["kind"] = kind
    if kind == "kickstart" and isinstance(target, Host):
        follow_kickstart(target, candidate)
    elif kind == "shell" and isinstance(target, Host):
        follow_script(target, candidate.only)
    elif kind == "powercli":
        for own, part in parted(candidate.only) if isinstance(target, Host) else (("powercli", candidate.only),):
            if own == "shell" and isinstance(target, Host):
                follow_script(target, part)
            else:
                follow_powercli(target, platform, part)
