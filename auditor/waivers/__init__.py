"""Accepted findings: who accepted what, until when, bound to the value that was seen. Pure.

A waived finding stays a failure; the waiver stands beside it. It holds for the values, the version of the rule and the
expectation that it was approved for: when one of them changes, the finding is open again by itself.
"""

from auditor.waivers.binding import Seen, bind, seen_of
from auditor.waivers.ends import End
from auditor.waivers.matching import Applied, Decision, Matcher, Standing, apply
from auditor.waivers.model import Bound, Scope, State, Waiver, WaiverError

__all__ = [
    "Applied",
    "Bound",
    "Decision",
    "End",
    "Matcher",
    "Scope",
    "Seen",
    "Standing",
    "State",
    "Waiver",
    "WaiverError",
    "apply",
    "bind",
    "seen_of",
]
