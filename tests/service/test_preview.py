"""A new version of a baseline, previewed on a stored run: what it changes, and which waivers would not carry over."""

import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from auditor.domain import Failure
from auditor.pipeline import Plan
from auditor.service.preview import preview, worse
from auditor.service.retro import retro
from auditor.service.stored import found_of
from auditor.store.engine import Store
from auditor.waivers import End, Scope, Waiver, bind, seen_of
from tests.cli.running import auditor
from tests.docpages import SAMPLES
from tests.service.pasts import COVER, NIGHT, RULES, Night, baselines, keep, read
from tests.service.test_same_document import fresh

NOW = NIGHT + timedelta(days=1)
REMOVED = RULES[: RULES.index("  - id: linux-role-known")]
NEW = REMOVED.replace("default: good", "default: better").replace('"1"', '"2"')
ADDED = """  - id: linux-role-there
    title: The host has a role at all
    severity: low
    applies_to: {platform: linux}
    expect: {roles: {count: {at_least: 1}}}
    family: CFG-HARDEN
    references: {nist-800-53: [CM-6]}
    rationale: A test needs a verdict that is known beforehand.
    fix: Nothing to fix here.
"""


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """An empty store on each database."""
    with fresh(database_url) as found:
        yield found


def night() -> Night:
    """Four hosts: a good one, one that is better, a bad one, and one that does not answer."""
    hosts = [
        read("good01", sysctl={"net.one": 1}),
        read("better01", hostname="better", sysctl={"net.one": 0}),
        read("bad01", hostname="bad", roles=["game"]),
    ]
    return Night(read={"a": hosts}, lost={"a": [Failure("a", "no answer", "lost01", "linux")]})


def waiver(name: str, document: Mapping[str, Any], rule: str, target: str) -> Waiver:
    """A waiver, approved for the failures of a rule on a target."""
    entry = next(one for one in document["targets"] if one["name"] == target)
    seen = [
        seen_of(one, entry)
        for one in document["findings"]
        if (one["rule"], one["target"], one["status"]) == (rule, target, "fail")
    ]
    asked = Waiver(name, rule, Scope((target,)), "The vendor needs it", "Web team", NIGHT, End("2030-01-01", "UTC"))
    return asked.approve("Security office", NIGHT, [bind(one) for one in seen])


def test_a_changed_value_a_removed_rule_and_two_waivers(store: Store) -> None:
    """The value that a rule wants changes, a rule is gone and one is new: each with the hosts that are concerned. The
    waiver of the changed rule and that of the removed one would not carry over, each with its reason; a third one does.
    """
    old = keep(store, night(), "one")
    waivers = [
        waiver("W-1", old, "linux-name-wanted", "bad01"),
        waiver("W-2", old, "linux-role-known", "bad01"),
        waiver("W-3", old, "linux-sysctl-off", "good01"),
    ]
    found = found_of(store, "one")
    new = retro(store, found, Plan((), baselines(NEW + ADDED), chosen_by_name=True), COVER, NOW)
    made = preview(found.document, new, {"looked-back"}, waivers, NOW)
    rules = {one["rule"]: one for one in made["rules"]}
    assert set(rules) == {"linux-name-wanted", "linux-role-known", "linux-role-there"}, "the rest is as it was"

    changed = rules["linux-name-wanted"]
    assert changed["change"] == "changed"
    assert changed["version"]["before"] != changed["version"]["after"]
    assert changed["failing"] == ["good01"]
    assert changed["passing"] == ["better01"]
    assert changed["unknown"] == []
    assert (changed["failing_before"], changed["failing_after"]) == (2, 2)
    assert "hostname: good -> better" in changed["changes"]
    assert "parameter wanted_name: 'good' -> 'better'" in changed["changes"]
    assert made["parameters"] == [{"name": "wanted_name", "before": "good", "after": "better"}]

    removed = rules["linux-role-known"]
    assert (removed["change"], removed["failing_before"]) == ("removed", 1)
    assert removed["version"]["after"] is None
    assert removed["unjudged"] == ["bad01", "lost01"], "on the others it was not applicable before"

    added = rules["linux-role-there"]
    assert (added["change"], added["version"]["before"]) == ("added", None)
    assert (added["failing"], added["passing"]) == (["better01", "good01"], ["bad01"])
    assert added["unknown"] == ["lost01"]

    told = {one["id"]: one for one in made["waivers"]}
    (lost,) = told["W-1"]["lost"]
    assert (lost["target"], lost["subject"]) == ("bad01", None)
    assert lost["reason"].startswith("the rule changed (version ")
    (lost,) = told["W-2"]["lost"]
    assert (lost["target"], lost["subject"], lost["reason"]) == ("bad01", "game", "its rule is no longer there")
    assert (told["W-3"]["carried"], told["W-3"]["lost"]) == (1, [])
    assert made["score"]["before"]["waived"] == 0, "the run itself was judged without waivers"
    assert worse(made)


def test_the_same_baseline_changes_nothing(store: Store) -> None:
    """Judged again by the same rules nothing is told, and every waiver carries over."""
    old = keep(store, night(), "one")
    found = found_of(store, "one")
    new = retro(store, found, Plan((), baselines(), chosen_by_name=True), COVER, NOW)
    made = preview(found.document, new, {"looked-back"}, [waiver("W-2", old, "linux-role-known", "bad01")], NOW)
    assert (made["rules"], made["parameters"]) == ([], [])
    assert [(one["carried"], one["lost"]) for one in made["waivers"]] == [(1, [])]
    assert made["score"]["before"] == made["score"]["after"]
    assert not worse(made)


def test_a_failure_that_passes_needs_no_waiver(store: Store) -> None:
    """A waiver whose finding passes under the new rules is told as needless, not as lost."""
    old = keep(store, night(), "one")
    found = found_of(store, "one")
    text = RULES.replace("default: good", "default: bad")
    new = retro(store, found, Plan((), baselines(text), chosen_by_name=True), COVER, NOW)
    made = preview(found.document, new, {"looked-back"}, [waiver("W-1", old, "linux-name-wanted", "bad01")], NOW)
    (one,) = made["waivers"]
    assert (one["carried"], one["lost"]) == (0, [])
    assert one["needless"] == [{"target": "bad01", "subject": None, "reason": "it passes"}]


def test_the_command(tmp_path: Path) -> None:
    """`rules preview` on a stored run of samples: status 1 and the changes, in words and as JSON; 0 for no change; and
    a baseline that the run was not judged by is asked about.
    """
    (tmp_path / "old.yaml").write_text(RULES)
    (tmp_path / "new.yaml").write_text(NEW + ADDED.replace("at_least: 1}", "at_least: 50}"))
    (tmp_path / "other.yaml").write_text((NEW + ADDED).replace("looked-back", "another"))
    saved = ("audit", "--from", SAMPLES / "rhel", "-b", "old.yaml", "-f", "json", "-o", "out", "--save")
    assert auditor(tmp_path, *saved).status == 1
    same = auditor(tmp_path, "rules", "preview", "latest", "-b", "old.yaml")
    assert same.status == 0, same.err
    done = auditor(tmp_path, "rules", "preview", "latest", "-b", "new.yaml", "-f", "json")
    assert done.status == 1, done.err
    made = json.loads(done.out)
    assert {one["rule"]: one["change"] for one in made["rules"]} == {
        "linux-name-wanted": "changed",
        "linux-role-known": "removed",
        "linux-role-there": "added",
    }
    words = auditor(tmp_path, "rules", "preview", "latest", "-b", "new.yaml")
    assert "parameter wanted_name: 'good' -> 'better'" in words.out
    refused = auditor(tmp_path, "rules", "preview", "latest", "-b", "other.yaml")
    assert refused.status == 2
    assert "--replaces" in refused.err
    assert auditor(tmp_path, "rules", "preview", "latest", "-b", "other.yaml", "--replaces", "looked-back").status == 0
