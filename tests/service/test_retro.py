"""What was read once is judged again: by the same rules with the same result, by others with theirs, asking nobody."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update

from auditor.cli.inputs import sources_of
from auditor.document import document
from auditor.domain import Failure, Snapshot
from auditor.errors import InputError
from auditor.facts.fields import Fields, fields_of
from auditor.pipeline import Plan, audit
from auditor.rulebook.judge import NOT_LOOKED
from auditor.runners import SerialRunner
from auditor.selection import choose
from auditor.service.asof import found_at
from auditor.service.keeping import keep as keep_audit
from auditor.service.request import Request
from auditor.service.retro import retro
from auditor.service.stored import found_of
from auditor.store import runs
from auditor.store.engine import Store
from auditor.store.snapshots import put_snapshots
from auditor.store.sql import table_of
from auditor.store.tables import FindingRow, RunRow, RunTarget, SnapshotRow
from tests.cli.running import auditor
from tests.docpages import SAMPLES
from tests.service.pasts import COVER, NIGHT, RULES, Night, baselines, keep, lines, read
from tests.service.test_same_document import fresh

LATER = NIGHT + timedelta(days=200)
ABSENT_PASSES = RULES.replace("expect: {hostname: $wanted_name}", "expect: {hostname: $wanted_name}\n    absent: pass")


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """An empty store on each database."""
    with fresh(database_url) as found:
        yield found


def by(text: str = RULES, patterns: tuple[str, ...] = ()) -> Plan:
    """A plan that judges by the rules of a text."""
    return Plan((), baselines(text), (), patterns, chosen_by_name=True)


def again(store: Store, name: str, text: str = RULES) -> dict[str, Any]:
    """A run judged again."""
    return retro(store, found_of(store, name), by(text), COVER, LATER)


def statuses(made: Mapping[str, Any], rule: str) -> dict[tuple[str, str | None], str]:
    """Status by target and subject."""
    return {(f["target"], f["subject"]): f["status"] for f in made["findings"] if f["rule"] == rule}


@pytest.mark.parametrize("name", ["rhel", "vsphere", "vsm"])
def test_the_same_rules_say_the_same(store: Store, name: str) -> None:
    """Of every platform: facts out of the store are judged as those of the collector were, to the byte. Facts whose
    keys ignore letter case, facts about other targets and targets that were not read are among them.
    """
    sources, _ = sources_of(None, SAMPLES / name, [])
    run = audit(Plan(sources, choose(())), SerialRunner())
    keep_audit(store, run, COVER, Request(inventory=""))
    written = document(run, COVER)
    made = retro(store, found_of(store, run.id), Plan((), choose(())), COVER, LATER)
    assert made["run"].pop("rejudged")["run"] == run.id
    made["run"] |= {key: written["run"][key] for key in ("id", "finished_at")}
    assert lines(made) == lines(written)
    assert len(written["findings"]) > 100


def test_a_draft_is_judged_and_nothing_is_kept(store: Store) -> None:
    """A stricter draft fails what passed; the run says so, what was not read stays unread, the history is as it was."""
    night = Night(read={"a": [read("web01"), read("web02")]}, lost={"a": [Failure("a", "no answer", "web03", "linux")]})
    before = keep(store, night, "one")
    made = again(store, "one", RULES.replace("default: good", "default: better"))
    assert statuses(before, "linux-name-wanted") == {
        ("web01", None): "pass",
        ("web02", None): "pass",
        ("web03", None): "unknown",
    }
    assert statuses(made, "linux-name-wanted") == {
        ("web01", None): "fail",
        ("web02", None): "fail",
        ("web03", None): "unknown",
    }
    assert made["run"]["rejudged"] == {"run": "one", "at": "2026-09-17T01:30:00Z"}
    assert made["run"]["id"] != "one"
    assert made["coverage"] == before["coverage"]
    assert made["sources"] == before["sources"]
    assert lines(found_of(store, "one").document) == lines(before)
    with store.reading() as connection:
        counted = [connection.scalar(select(func.count()).select_from(table_of(one))) for one in (RunRow, FindingRow)]
    assert counted == [1, sum(f["target"] != "web03" for f in before["findings"])]


def test_a_pattern_narrows_and_must_mean_something(store: Store) -> None:
    """One target of a night is judged alone, under its own name too where the run had to call it otherwise."""
    keep(store, Night(read={"a": [read("web01", "a"), read("web02", "a")], "b": [read("web01", "b")]}), "one")
    found = found_of(store, "one")
    made = retro(store, found, by(patterns=("b/web01",)), COVER, LATER)
    assert [one["name"] for one in made["targets"]] == ["b/web01"]
    assert [one["name"] for one in made["sources"]] == ["b"]
    both = retro(store, found, by(patterns=("web01",)), COVER, LATER)
    assert [one["name"] for one in both["targets"]] == ["a/web01", "b/web01"]
    with pytest.raises(InputError, match="matches mail"):
        retro(store, found, by(patterns=("web01", "mail")), COVER, LATER)


def test_a_past_moment_is_judged_again(store: Store) -> None:
    """The state at a moment is judged as a run is: each target by what was read of it last."""
    keep(store, Night(read={"a": [read("web01"), read("web02")]}), "one")
    night = NIGHT + timedelta(days=1)
    keep(store, Night(night, {"a": [read("web01", at=night, hostname="bad")]}, patterns=("web01",)), "two")
    with store.reading() as connection:
        row = runs.find_run(connection, "one")
    assert row is not None
    made = retro(store, found_at(store, row.series, night + timedelta(hours=1)), by(), COVER, LATER)
    assert statuses(made, "linux-name-wanted") == {("web01", None): "fail", ("web02", None): "pass"}
    assert made["run"]["as_of"] == "2026-03-02T02:30:00Z"
    assert made["run"]["made_of"] == ["two", "one"]


# -- snapshots of an earlier release


def kept_earlier(store: Store, snapshot: Snapshot, missing: str) -> None:
    """A run with this snapshot, as a release would have written it that did not know the fact `missing`."""

    def fields(platform: str) -> Fields:
        return {place: kind for place, kind in fields_of(platform).items() if not place.startswith(missing)}

    keep(store, Night(read={"a": [snapshot]}), "one")
    table = table_of(RunTarget)
    with store.writing() as connection:
        (ident,) = put_snapshots(connection, [snapshot], fields)
        assert connection.execute(update(table).values(snapshot=ident)).rowcount == 1


def without(name: str) -> Snapshot:
    """A snapshot that has nothing of a fact, while one source covers everything."""
    full = read("web01", sysctl={"net.one": 1})
    return Snapshot(
        "web01", "linux", "a", NIGHT, {k: v for k, v in full.facts.items() if k != name}, {"": "all that was asked"}
    )


@pytest.mark.parametrize(
    ("missing", "rule", "status"),
    [
        ("hostname", "linux-name-wanted", "pass"),
        ("roles", "linux-role-known", "notapplicable"),
        ("sysctl", "linux-sysctl-off", "notapplicable"),
    ],
)
def test_what_was_looked_for_then_and_not_there_is_absent(store: Store, missing: str, rule: str, status: str) -> None:
    """Of a release that knew the fact: where a source covers it, its absence counts, and passes where the rule says."""
    keep(store, Night(read={"a": [without(missing)]}), "knew")
    made = again(store, "knew", ABSENT_PASSES)
    assert statuses(made, rule) == {("web01", None): status}


@pytest.mark.parametrize(
    ("missing", "rule", "text"),
    [
        ("hostname", "linux-name-wanted", ABSENT_PASSES),
        ("roles", "linux-role-known", RULES),
        ("sysctl", "linux-sysctl-off", RULES),
    ],
)
def test_a_fact_of_a_later_release_is_unknown_and_never_absent(
    store: Store, missing: str, rule: str, text: str
) -> None:
    """The same snapshots, of a release that did not know the fact: a source that covers all looked for what was known
    then. It is unknown, with that reason, in one finding.
    """
    kept_earlier(store, without(missing), missing)
    made = again(store, "one", text)
    (found,) = [one for one in made["findings"] if one["rule"] == rule]
    assert (found["status"], found["subject"]) == ("unknown", None)
    (seen,) = found["observations"]
    assert seen["actual"] == {"gap": "not collected then: this fact came with a later release"}
    assert NOT_LOOKED not in str(found)


PERSISTED = RULES.replace("expect: {.runtime: 0}", "expect: {.persisted: {equals: 0, absent: pass}}")


def test_a_later_field_of_a_member_is_unknown_for_each_member(store: Store) -> None:
    """A field that came into a group of facts: unknown for each subject that has none, while its other fields count."""
    snapshot = read("web01", sysctl={"net.one": 1, "net.two": 0})
    keep(store, Night(read={"a": [snapshot]}), "knew")
    assert set(statuses(again(store, "knew", PERSISTED), "linux-sysctl-off").values()) == {"pass"}


def test_a_later_field_of_a_member_of_an_earlier_release(store: Store) -> None:
    """The same, of a release that did not know the field."""
    snapshot = read("web01", sysctl={"net.one": 1, "net.two": 0})
    kept_earlier(store, snapshot, "sysctl[*].persisted")
    assert statuses(again(store, "one", PERSISTED), "linux-sysctl-off") == {
        ("web01", "net.one"): "unknown",
        ("web01", "net.two"): "unknown",
    }
    assert statuses(again(store, "one"), "linux-sysctl-off") == {
        ("web01", "net.one"): "fail",
        ("web01", "net.two"): "pass",
    }


# -- the command


def test_the_command_judges_a_stored_run(tmp_path: Path) -> None:
    """`audit --run` writes reports of a stored run by a draft, with an audit's status; it asks and saves nothing."""
    (tmp_path / "draft.yaml").write_text(RULES)
    assert auditor(tmp_path, "audit", "--from", SAMPLES / "rhel", "-f", "json", "-o", "first", "--save").status in (
        0,
        1,
    )
    done = auditor(tmp_path, "audit", "--run", "latest", "-b", "draft.yaml", "-f", "json,html", "-o", "out")
    assert done.status == 1, done.err
    made = done.audit()
    first = done.audit("first")
    assert made["run"]["rejudged"]["run"] == first["run"]["id"]
    assert {one["rule"] for one in made["findings"]} >= {"linux-name-wanted", "linux-sysctl-off"}
    assert made["coverage"] == first["coverage"]
    assert "Judged again" in (tmp_path / "out" / "audit.html").read_text()
    assert "judged again" in done.out
    for wrong in (("--from", SAMPLES / "rhel"), ("--save",), ("--since", SAMPLES / "rhel"), ("--as-of", "2026-01-01")):
        refused = auditor(tmp_path, "audit", "--run", "latest", *wrong, "-o", "none")
        assert refused.status == 2, refused.out
        assert not (tmp_path / "none").exists()
    assert auditor(tmp_path, "audit", "--run", "nonsense", "-o", "none").status == 2


def test_facts_that_retention_removed_are_unread_and_no_pass(store: Store) -> None:
    """Where no more is kept than that there was a reading, its target is unread with that reason; others are judged."""
    keep(store, Night(read={"a": [read("web01", roles=["web"]), read("web02")]}), "one")
    table = table_of(SnapshotRow)
    with store.writing() as connection:
        thinned = connection.scalar(select(func.min(table.c.id)))
        connection.execute(update(table).where(table.c.id == thinned).values(parts=b""))
    made = again(store, "one")
    assert statuses(made, "linux-name-wanted") == {("web01", None): "unknown", ("web02", None): "pass"}
    (unread,) = made["coverage"]["unreachable"]
    assert "removed by retention" in unread["reason"]
    assert unread["last_good"] == "2026-03-01T01:30:00Z"
