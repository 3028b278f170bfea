"""Changes as they are kept, decided about and held against what came, on both databases."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from auditor.access import Reach, Scope
from auditor.errors import ConflictError, InputError, NotFoundError
from auditor.reporting.change.view import result_view
from auditor.service.changing import records
from auditor.service.changing.labelled import foretold
from auditor.service.changing.verifying import verify
from auditor.store import changes
from auditor.store.changes import Change
from auditor.store.engine import Store, now, open_store
from tests.changes.making import AT, RULE, SSH, basis, checked, later, patch, plan
from tests.store.access.people import journal

CHANGED = patch(("replace", SSH, "yes"), ("replace", "/hostname", "renamed"))


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """An empty store."""
    found = open_store(database_url)
    yield found
    found.close()


def kept(store: Store, name: str = "c-1", **asked: Any) -> Change:
    found = checked(CHANGED, **{"by": "zoe", **asked})
    found.document["change"]["id"] = name
    with store.writing() as connection:
        return records.keep(connection, found, {"baselines": ["linux"]}, "zoe")


def test_a_change_is_decided_about_once_by_somebody_else(store: Store) -> None:
    """What was foretold stays what it was, in the database too; each step is in the journal."""
    made = kept(store, ticket="CHG-1\0")
    with store.writing() as connection:
        for state in (changes.APPROVED, changes.REJECTED):
            with pytest.raises(InputError, match="does not decide"):
                changes.decide(connection, "c-1", state, " ZOE ", "fine", "zoe")
        with pytest.raises(InputError, match="whoever checked it withdraws it"):
            changes.decide(connection, "c-1", changes.WITHDRAWN, "ann", "", "ann")
        done = changes.decide(connection, "c-1", changes.APPROVED, "ann", "go", "ann")
        assert (done.state, done.decided_by, done.note) == ("approved", "ann", "go")
        for state in (changes.APPROVED, changes.REJECTED, changes.WITHDRAWN):
            with pytest.raises(ConflictError, match="approved already"):
                changes.decide(connection, "c-1", state, "bob", "", "bob")
        with pytest.raises(NotFoundError):
            changes.decide(connection, "c-2", changes.APPROVED, "ann", "", "ann")
    with store.reading() as connection:
        document, (one,) = changes.document_of(connection, made), changes.targets_of(connection, made)
        before, after = records.snapshot_of(one, "before"), records.snapshot_of(one, "predicted")
        assert document["summary"]["newly_failing"] == 1
        assert (before.facts["hostname"], after.facts["hostname"]) != ("renamed", before.facts["hostname"])
        assert after.facts["hostname"] == "renamed"
        assert before.taken_at == basis().capture.taken_at
        (approved,) = changes.approved_since(connection, now(connection) - timedelta(days=1))
        assert (approved.name, approved.own) == ("c-1", one.own)
        assert changes.approved_since(connection, now(connection) + timedelta(days=1)) == []
    assert [(who, what) for who, what, _ in journal(store)] == [("zoe", "change checked"), ("ann", "change approved")]


def test_lists_are_the_newest_first_and_limited_to_what_somebody_may_see(store: Store) -> None:
    """By state, ticket and target; of a change over two sites, whoever sees one of them sees nothing."""
    for number in range(3):
        kept(store, f"c-{number}", ticket=f"CHG-{number % 2}")
    with store.writing() as connection:
        changes.decide(connection, "c-1", changes.REJECTED, "ann", "not now, please", "ann")
    everything = Reach.of([Scope()])
    with store.reading() as connection:
        names = [one.name for one in records.list_seen(connection, everything, 10)]
        assert names == ["c-2", "c-1", "c-0"]
        wanted: list[tuple[dict[str, Any], list[str]]] = [
            ({"states": ["rejected"]}, ["c-1"]),
            ({"ticket": "CHG-0"}, ["c-2", "c-0"]),
            ({"target": "rhel-9-good"}, ["c-2", "c-1", "c-0"]),
            ({"target": "nobody"}, []),
            ({"below": records.seen(connection, "c-1", everything).id}, ["c-0"]),
        ]
        for asked, expected in wanted:
            found = records.list_seen(connection, everything, 10, **asked)
            assert [one.name for one in found] == expected, asked
        assert records.list_seen(connection, Reach.of([Scope.of(site="ams")]), 10) == []
        assert records.list_seen(connection, Reach(), 10) == []
        with pytest.raises(NotFoundError):
            records.seen(connection, "c-1", Reach.of([Scope.of(site="ams")]))


def test_what_came_of_it_is_told_and_kept(store: Store) -> None:
    """Kept, missed, strayed, unread: by the facts of a later reading, with what fails though nobody foretold it."""
    made = kept(store)
    with store.reading() as connection:
        (one,) = targets = changes.targets_of(connection, made)
    target, predicted = basis().target, records.snapshot_of(one, "predicted")
    before = records.snapshot_of(one, "before")
    soon = (made.made_at - before.taken_at).total_seconds() / 3600 + 1
    known = {path: why for path, why in predicted.gaps.items() if not why.startswith("not foretold")}
    as_planned = later(replace(predicted, gaps=known), {}, soon)
    root = {**predicted.facts["sshd"], "effective": {**predicted.facts["sshd"]["effective"], "permitrootlogin": "yes"}}
    cases = {
        "kept": as_planned,
        "missed": later(before, {}, soon),
        "strayed": later(as_planned, {"sshd": root}, 0),
        "unread": before,
    }
    results = {}
    for verdict, reading in cases.items():
        now_ = {(one.platform, one.source, one.own): replace(target, snapshot=reading)}
        results[verdict] = verify(made, targets, now_, plan(), AT, "zoe")
    assert {name: found["verdict"] for name, found in results.items()} == {name: name for name in cases}
    kinds = {x["kind"] for x in results["missed"]["targets"][0]["outcomes"] if not x["derived"]}
    assert kinds >= {"missing"}
    (strayed,) = [x for x in results["strayed"]["targets"][0]["outcomes"] if x["kind"] == "unplanned"]
    assert strayed["path"] == "sshd.effective[permitrootlogin]"
    worse = {x["rule"] for x in results["strayed"]["targets"][0]["findings"]["worse"]}
    assert worse == {"linux-ssh-no-root-login"}
    assert RULE not in worse  # it was foretold
    assert "was not read since" in results["unread"]["targets"][0]["reason"]
    gone = verify(made, targets, {}, plan(), AT, "zoe")
    assert (gone["verdict"], gone["targets"][0]["reason"]) == ("unread", "it is gone")
    assert result_view(gone)["answer"][1] == "Not verified"
    both = {**gone, "summary": {**gone["summary"], "missing": 1}}
    assert result_view(both)["answer"][:2] == ("fail", "Not as planned")  # what was missed is told before
    with store.writing() as connection:
        done = changes.put_result(connection, made, results["strayed"], "zoe", "zoe")
        assert (done.verdict, done.verified_by) == ("strayed", "zoe")
        assert changes.result_of(connection, made) == json.loads(json.dumps(results["strayed"]))


@pytest.mark.parametrize(
    ("path", "change", "expected", "actual", "so"),
    [
        ("hostname", "changed", "web", "new", True),
        ("hostname", "changed", "web", "other", False),
        ("hostname", "changed", "web", "old", False),  # it was so before
        ("dns.servers[192.0.2.2]", "extra", {"absent": True}, "192.0.2.2", True),
        ("dns.servers[192.0.2.9]", "extra", {"absent": True}, "192.0.2.9", False),
        ("dns.servers[192.0.2.1]", "missing", "192.0.2.1", {"absent": True}, True),
        ("dns.search", "missing", "x", {"absent": True}, True),
        ("dns.nothing[at].all", "missing", "x", {"absent": True}, False),
    ],
)
def test_drift_is_foretold_where_a_change_makes_that_very_value(
    path: str, change: str, expected: Any, actual: Any, so: bool
) -> None:
    """Values, members of lists that come and go, facts that go; not what was so before."""
    before = {"hostname": "old", "dns": {"servers": ["192.0.2.1", "192.0.2.3"], "search": "x"}}
    after = {"hostname": "new", "dns": {"servers": ["192.0.2.2", "192.0.2.3"]}}
    assert foretold(before, after, {"path": path, "change": change, "expected": expected, "actual": actual}) is so
