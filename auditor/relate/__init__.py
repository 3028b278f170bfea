"""What targets say about each other: `estate` facts, derived once all snapshots of a run are there. Pure.

A fact that needs a target which was not read is a gap with that reason, never a verdict about half of the estate.
"""

from collections.abc import Sequence

from auditor.domain import Target
from auditor.relate import addresses, clusters, switches
from auditor.relate.draft import Drafts


def relate(targets: Sequence[Target]) -> list[Target]:
    """The targets of a whole run, in their order, each with its `estate` facts."""
    drafts = Drafts(targets)
    clusters.compare(drafts)
    switches.join(drafts)
    addresses.compare(drafts)
    return drafts.finished()
