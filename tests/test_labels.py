"""Labels: rights and populations hang on them, so the inventory has the last word."""

from datetime import UTC, datetime

from auditor.domain import Capture, Snapshot, Source
from auditor.pipeline import labelled

MOMENT = datetime(2026, 1, 1, tzinfo=UTC)


def test_what_a_device_says_of_itself_does_not_outdo_the_inventory() -> None:
    """A capture may add labels; it cannot move its target to another site, whose readers would then see it."""
    source = Source("web01", "linux", labels={"site": "ams"})
    capture = Capture("web01", "web01", "linux", MOMENT, {}, labels={"site": "fra", "rack": "7"})
    snapshot = Snapshot("web01", "linux", "web01", MOMENT, {}, labels={"site": "par", "team": "mail"})
    found = labelled(snapshot, capture, source)
    assert found.labels == {"site": "ams", "rack": "7", "team": "mail"}
    assert found.group == "ams"
