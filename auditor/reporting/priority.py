"""What to fix first: the order, and how it is explained to the reader."""

from math import log2

WEIGHTS = {"critical": 100, "high": 30, "medium": 8, "low": 2, "info": 1}

FORMULA = (
    "Order: weight of the severity × log₂(1 + targets with an open failure). "
    "Weights: critical 100, high 30, medium 8, low 2, info 1. "
    "So a critical rule on one target stands above a low rule on any number, "
    "and above a medium rule on fewer than 5,800. Waived failures do not count."
)


def priority(severity: str, targets: int) -> float:
    """How soon to mend a rule that fails openly on `targets` targets; larger is sooner, 0 when none fails."""
    return WEIGHTS.get(severity, 1) * log2(1 + targets)
