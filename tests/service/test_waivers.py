"""Waivers in runs of the service: each run is held against what had been decided when it began."""

from pathlib import Path

from auditor.service.accepting import bound_now
from auditor.service.stored import document_of
from auditor.store import waivers
from auditor.store.engine import Store, now
from auditor.waivers import End, Scope, Waiver
from tests.service.nights import assert_whole, begun, estate_of, row, to_the_end

LOST = "host-002"


def test_runs_of_the_service_are_held_against_waivers(store: Store, tmp_path: Path) -> None:
    """Approved between two runs: the first stays as it was, the second counts it; a dead host neither way."""
    inventory, names = estate_of(tmp_path, 3, {LOST: "dead"})
    first = begun(store, inventory, baselines=["linux-network"])
    to_the_end(store, first)
    before = assert_whole(store, first, names, lambda name: name == LOST)
    rule = "linux-net-hostname-kept"
    with store.writing() as connection:
        at = now(connection)
        wish = Waiver("", rule, Scope(tuple(names)), "Replaced in spring", "Web team", at, End("2099-12-31", "UTC"))
        made = waivers.request(connection, wish, "tester")
        bound = bound_now(connection, made, now(connection))
        waivers.approve(connection, made.id, "Security office", bound, "tester")
    assert {one.target for one in bound} == set(names) - {LOST}
    second = begun(store, inventory, baselines=["linux-network"])
    ended = to_the_end(store, second)
    after = assert_whole(store, second, names, lambda name: name == LOST)
    assert document_of(store, row(store, first).name) == before
    assert before["waivers"] == []
    assert (after["score"]["waived"], ended.waived) == (2, 2)
    assert after["score"] | {"waived": 0} == before["score"]
    (standing,) = after["waivers"]
    assert (standing["covers"], standing["lapsed"], standing["state"]) == (len(bound), 0, "approved")
    assert standing["reason"] == "", "of a host that it was not approved for it says nothing"
