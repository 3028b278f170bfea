"""Unknown never rounds to green: over random populations, over every shipped rule, over every spoilt sample capture."""

import copy
import random
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auditor.cli.demo import SAMPLES
from auditor.coverage import cover, source_targets, unique_names
from auditor.domain import Capture, Exclusion, Failure, Finding, Member, Snapshot, Source, Status, Target
from auditor.evidence.captures import read_capture, read_index
from auditor.facts import facts_model
from auditor.library import ActiveBaseline, choose
from auditor.pipeline import distinct
from auditor.pipeline import read_capture as to_snapshot
from auditor.rulebook.compile import CompiledRule
from auditor.verdicts import Score, judge, plan, score

MOMENT = datetime(2026, 1, 1, tzinfo=UTC)
GREEN = {Status.PASS}
FOLDERS = ("vsphere", "vsm")


@cache
def shipped() -> tuple[ActiveBaseline, ...]:
    """All shipped baselines, compiled."""
    return tuple(choose(()))


@cache
def rules() -> tuple[tuple[str, CompiledRule], ...]:
    """Every shipped rule for every platform that it is for."""
    return tuple((p, r) for b in shipped() for r in b.rules for p in sorted(r.platforms))


@cache
def captures() -> tuple[Capture, ...]:
    """The synthetic sample captures."""
    found = [read_capture(SAMPLES / f, one) for f in FOLDERS for one in read_index(SAMPLES / f).captures]
    assert all(isinstance(one, Capture) for one in found)
    return tuple(one for one in found if isinstance(one, Capture))


@cache
def snapshots() -> tuple[Snapshot, ...]:
    """What is read from the samples."""
    source = Source("samples", "replay")
    found = [to_snapshot(one, source) for one in captures()]
    return tuple(one for one in found if isinstance(one, Snapshot))


def verdicts(snapshot: Snapshot) -> dict[tuple[str, str | None], Status]:
    """Status by rule and subject, of every shipped rule of the snapshot's platform."""
    found = (f for p, r in rules() if p == snapshot.platform for f in r.judge(snapshot))
    return {(f.rule, f.subject): f.status for f in found}


def per_rule(snapshot: Snapshot) -> dict[str, Status]:
    """The worst status of each rule."""
    target = Target(snapshot.target, snapshot.platform, snapshot.source, "collected", snapshot=snapshot)
    found: dict[str, list[Any]] = {}
    for one in judge(target, plan(target, shipped(), False)):
        found.setdefault(one.finding.rule, []).append(one)
    out = {}
    for rule, judged in found.items():
        counted = score(judged)
        out[rule] = _only(counted)
    return out


def _only(counted: Score) -> Status:
    names = {"passed": Status.PASS, "failed": Status.FAIL, "unknown": Status.UNKNOWN}
    names |= {"notapplicable": Status.NOTAPPLICABLE, "notchecked": Status.NOTCHECKED}
    return next(status for name, status in names.items() if getattr(counted, name))


def snapshot_of(platform: str, version: str = "8.0.3", **more: Any) -> Snapshot:
    return Snapshot("t", platform, "s", MOMENT, more.pop("facts", {}), version=version, **more)


def test_nothing_looked_at_is_no_pass() -> None:
    """A snapshot whose only source is for something else: no shipped rule passes, at any version or at none."""
    for version in ("", "0.1", "6.7.0", "8.0.3", "9.9"):
        for platform, rule in rules():
            for finding in rule.judge(snapshot_of(platform, version, sources={"something_else": "nobody"})):
                assert finding.status not in (Status.PASS, Status.FAIL, Status.ERROR), (version, finding)


def test_everything_gapped_is_unknown() -> None:
    """Every top-level fact gapped: unknown, or not meant for this version, or manual; and the gap is the reason."""
    for platform, rule in rules():
        gaps = dict.fromkeys(facts_model(platform).model_fields, "refused")
        for version in ("6.7.0", "8.0.3"):
            for finding in rule.judge(snapshot_of(platform, version, gaps=gaps, sources={"": "device"})):
                if finding.status is Status.NOTAPPLICABLE:
                    assert "meant for version" in finding.reason, finding
                else:
                    assert finding.status in (Status.UNKNOWN, Status.NOTCHECKED), finding
                if finding.status is Status.UNKNOWN:
                    assert "refused" in finding.reason, finding


def test_a_capture_that_says_nothing_is_a_failure() -> None:
    """An empty or foreign body becomes a failure or only unknown findings, on every platform."""
    bodies: tuple[dict[str, Any], ...] = ({}, {"records": {}}, {"props": {}}, {"format": 1}, {"x": [None] * 3})
    for platform in ("esxi", "vcenter", "dvs", "nexus1000v", "nxos", "linux"):
        for body in bodies:
            item = to_snapshot(Capture("s", "t", platform, MOMENT, body), Source("s", "replay"))
            if isinstance(item, Snapshot):
                passed = [key for key, status in verdicts(item).items() if status is Status.PASS]
                assert passed == [], (platform, body)


@pytest.mark.parametrize("number", range(6))
def test_a_gap_never_turns_anything_green(number: int) -> None:
    """Gapping one fact of a sample after the other: no verdict but a worse one, and never a better score."""
    if number >= len(snapshots()):
        pytest.fail("the samples have fewer targets than this test was written for")
    whole = snapshots()[number]
    before = per_rule(whole)
    for path in sorted({*whole.facts, *_second_level(whole.facts)}):
        gapped = replace(whole, gaps={**whole.gaps, path: "lost in a test"})
        for rule, status in per_rule(gapped).items():
            assert status not in GREEN or before.get(rule) in GREEN, (path, rule, before.get(rule))
            assert status in (before.get(rule), Status.UNKNOWN), (path, rule, before.get(rule), status)


@pytest.mark.parametrize("number", range(6))
def test_a_fact_without_source_is_never_green(number: int) -> None:
    """Take a fact and its sources away, as a reader that skips a section would: nothing turns to pass."""
    whole = snapshots()[number]
    before = per_rule(whole)
    for name in whole.facts:
        sources = {k: v for k, v in whole.sources.items() if k and k.partition(".")[0].partition("[")[0] != name}
        facts = {k: v for k, v in whole.facts.items() if k != name}
        for rule, status in per_rule(replace(whole, facts=facts, sources=sources)).items():
            assert status not in GREEN or before.get(rule) in GREEN, (name, rule, before.get(rule))


def test_a_member_known_by_its_gap_alone_is_unknown() -> None:
    """A port group that could not be read is missing from the list: each rule over the list still names it, unknown."""
    seen = 0
    for whole in snapshots():
        for platform, rule in rules():
            each = rule.rule.for_each
            if platform != whole.platform or not each:
                continue
            before = rule.judge(whole)
            gapped = replace(whole, gaps={**whole.gaps, f"{each}[hidden.one]": "denied in a test"})
            found = {f.subject: f.status for f in rule.judge(gapped)}
            by_key = "@key" in rule.rule.where and "hidden.one" not in str(rule.rule.where["@key"])
            if {f.status for f in before} & {Status.NOTCHECKED} or by_key:
                continue
            assert Status.UNKNOWN in found.values(), (whole.target, rule.rule.id)
            seen += "hidden.one" in found
    assert seen > 20


def test_a_gap_in_another_letter_case_is_a_gap() -> None:
    """ESXi option keys ignore letter case: what a device spells otherwise and cannot show is not absent."""
    empty = snapshot_of("esxi", facts={"advanced": {}}, sources={"advanced": "options"})
    decided = set()
    for platform, rule in rules():
        paths = [path for path in rule.rule.expect if path.startswith("advanced[")]
        if platform == "esxi" and paths and len(rule.rule.expect) == 1:
            gapped = replace(empty, gaps={paths[0].swapcase().replace("ADVANCED", "advanced"): "denied"})
            found = [f for f in rule.judge(gapped) if "meant for version" not in f.reason]
            assert {f.status for f in found} <= {Status.UNKNOWN, Status.NOTCHECKED}, rule.rule.id
            decided |= {f.status for f in rule.judge(empty)}
    assert Status.FAIL in decided


def _second_level(facts: Mapping[str, Any]) -> Iterator[str]:
    for name, value in facts.items():
        if isinstance(value, Mapping):
            field = name in ("advanced", "services", "port_groups", "interfaces", "vswitches", "firewall")
            yield from (f"{name}[{key}]" if field else f"{name}.{key}" for key in value)


# ---- spoilt captures


def spoil(value: Any, dice: random.Random, depth: int = 0) -> Any:
    """`value` with one part replaced, removed, repeated or turned inside out."""
    if isinstance(value, dict) and value and (depth < 2 or dice.random() < 0.8):
        key = dice.choice(sorted(value))
        if dice.random() < 0.15:
            del value[key]
        else:
            value[key] = spoil(value[key], dice, depth + 1)
        return value
    if isinstance(value, list) and value and dice.random() < 0.8:
        at = dice.randrange(len(value))
        value[at] = spoil(value[at], dice, depth + 1)
        return value
    rubbish: list[Any] = [
        None,
        True,
        -1,
        2**70,
        1e309,
        "",
        "\0",
        "x" * 70_000,
        "\ud800",
        [],
        {},
        [[]],
        {"": {"": None}},
    ]
    if isinstance(value, str):
        at = dice.randrange(len(value) + 1)
        rubbish += [value[:at], value[at:], value + value, value[:at] + "\n!\x1b[" + value[at:]] * 3
    return dice.choice(rubbish)


@pytest.mark.parametrize("number", range(7))
def test_a_spoilt_capture_breaks_nothing(number: int) -> None:
    """Sixty spoilt copies of each sample: `read` does not raise, rules do not break, reasons are bounded."""
    if number >= len(captures()):
        pytest.fail("the samples have fewer captures than this test was written for")
    dice = random.Random(number)
    original = captures()[number]
    reader = __import__("auditor.collectors", fromlist=["x"]).collector_for(original.platform)
    for _ in range(60):
        body = copy.deepcopy(dict(original.body))
        for _ in range(dice.choice((1, 1, 2, 5))):
            body = spoil(body, dice) if body else body
        spoilt = replace(original, body=body)
        snapshot = reader.read(spoilt)
        assert isinstance(snapshot, Snapshot)
        assert all(len(reason) <= 2000 for reason in snapshot.gaps.values())
        errors = [key for key, status in verdicts(snapshot).items() if status is Status.ERROR]
        assert errors == []


# ---- populations

names = st.sampled_from(["a", "b", "c", "s1/a", "a (dvs)"])
platforms = st.sampled_from(["esxi", "dvs"])


@st.composite
def estates(draw: st.DrawFn) -> list[tuple[Source, list[Snapshot], list[Failure]]]:
    """Sources with what was declared, read and lost."""
    out = []
    for number in range(draw(st.integers(1, 3))):
        source = Source(
            f"s{number}",
            draw(st.sampled_from(["vcenter", "esxi"])),
            population=tuple(Member(n, p) for n, p in draw(st.lists(st.tuples(names, platforms), max_size=3))),
        )
        read = draw(st.lists(st.tuples(names, platforms), max_size=4, unique=True))
        lost = draw(st.lists(st.tuples(st.none() | names, platforms), max_size=2))
        out.append(
            (
                source,
                [_good(n, p, source.name) for n, p in read],
                [Failure(source.name, "lost in a test", n, p if n else None) for n, p in lost],
            )
        )
    return out


def _good(name: str, platform: str, source: str) -> Snapshot:
    """A host on which something passes, something fails, and something is unknown."""
    facts = {"advanced": {"Security.AccountLockFailures": 3, "UserVars.ESXiShellTimeOut": 0}}
    return Snapshot(name, platform, source, MOMENT, facts, {"advanced": "options"}, version="8.0.3")


def judged(estate: list[tuple[Source, list[Snapshot], list[Failure]]]) -> tuple[list[Target], list[Finding], Score]:
    """Targets, findings and score of an estate."""
    every = [t for source, read, lost in estate for t in source_targets(source, read, lost, "esxi")]
    coverage = cover(every, (), date(2026, 1, 1))
    found = [j for t in coverage.targets for j in judge(t, plan(t, shipped(), False))]
    return list(coverage.targets), [j.finding for j in found], score(found)


def passes(estate: list[tuple[Source, list[Snapshot], list[Failure]]]) -> set[tuple[str, str, str, str | None]]:
    """Every passing rule by source, platform, first name and subject."""
    targets, findings, _ = judged(estate)
    at = {t.name: t for t in targets}
    return {(at[f.target].source, at[f.target].platform, f.rule, f.subject) for f in findings if f.status in GREEN}


SLOW = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@SLOW
@given(estates())
def test_who_was_not_read_never_passes_and_nobody_is_left_out(
    estate: list[tuple[Source, list[Snapshot], list[Failure]]],
) -> None:
    """Names are unique, every declared, read or lost member is a target, and an unread one has no pass."""
    targets, findings, _ = judged(estate)
    assert len({t.name for t in targets}) == len(targets)
    for source, read, lost in estate:
        own = [t for t in targets if t.source == source.name]
        members = {(m.name, m.platform) for m in source.population} | {(s.target, s.platform) for s in read}
        members |= {(f.target, f.platform or "") for f in lost if f.target}
        assert len(own) >= max(1, len(members))
        if any(f.target is None for f in lost):
            assert any(t.status == "unreachable" for t in own)
    unread = {t.name for t in targets if t.status != "collected"}
    assert not [f for f in findings if f.target in unread and f.status in (Status.PASS, Status.FAIL)]


@SLOW
@given(estates(), st.data())
def test_one_more_failure_never_makes_it_better(
    estate: list[tuple[Source, list[Snapshot], list[Failure]]], data: st.DataObject
) -> None:
    """A failure of a source or a target adds no pass and never raises the lower bound or the number of passes."""
    at = data.draw(st.integers(0, len(estate) - 1))
    name = data.draw(st.none() | names)
    platform = data.draw(platforms)
    source, read, lost = estate[at]
    worse = list(estate)
    worse[at] = (source, read, [*lost, Failure(source.name, "one more", name, platform if name else None)])
    before, after = judged(estate)[2], judged(worse)[2]
    assert passes(worse) <= passes(estate)
    assert after.passed <= before.passed
    assert (after.lower or 0.0) <= (before.lower or 0.0) + 1e-9


@SLOW
@given(estates(), st.data())
def test_one_more_gap_never_makes_it_better(
    estate: list[tuple[Source, list[Snapshot], list[Failure]]], data: st.DataObject
) -> None:
    """A gap in any target, and a fact whose source is taken away, add no pass and never raise the lower bound."""
    path = data.draw(
        st.sampled_from(["advanced", "advanced[Security.AccountLockFailures]", "services", "lockdown.mode"])
    )
    spelled = data.draw(st.sampled_from([path, path.replace("Security", "security").replace("Failures", "failures")]))
    worse = [
        (source, [replace(s, gaps={**s.gaps, spelled: "one more"}) for s in read], lost)
        for source, read, lost in estate
    ]
    if spelled == path:  # a value under another spelling of its key was read, so it may be judged
        assert (judged(worse)[2].lower or 0.0) <= (judged(estate)[2].lower or 0.0) + 1e-9
    assert passes(worse) <= passes(estate)
    blind = [(source, [replace(s, facts={}, sources={"x": "y"}) for s in read], lost) for source, read, lost in estate]
    assert passes(blind) == set()


def test_targets_keep_apart_names_that_clash_in_every_way() -> None:
    """Two platforms, two sources and a name that looks like a clash already: five targets, five names."""
    made = [Target(n, p, s, "collected") for n, p, s in (
        ("a", "esxi", "s1"), ("a", "dvs", "s1"), ("a", "esxi", "s2"), ("s1/a", "esxi", "s3"), ("s2/a", "dvs", "s3"),
    )]  # fmt: skip
    found = [t.name for t in unique_names(made)]
    assert len(set(found)) == 5
    assert {"s1/a (esxi)", "s1/a (dvs)"} <= set(found)


def test_two_captures_of_one_name_are_two_targets() -> None:
    """The second keeps a number: it is judged, and hides nobody."""
    one = Capture("s", "a", "dvs", MOMENT, {})
    assert [c.target for c in distinct([one, one, replace(one, platform="esxi"), one])] == ["a", "a #2", "a", "a #3"]


def test_an_exclusion_takes_no_more_than_it_names() -> None:
    """A name, a glob and a platform each take their own; what is audited is never listed as excluded."""
    made = [Target(n, p, "vc", "collected") for n, p in (("esx-1", "esxi"), ("esx-10", "esxi"), ("esx-1", "dvs"))]
    taken = cover(made, [Exclusion("esx-1", "lab", "", "esxi")], date(2026, 1, 1))
    assert sorted((t.name, t.platform) for t in taken.targets) == [("esx-10", "esxi"), ("vc/esx-1 (dvs)", "dvs")]
    assert [(e.target, e.platform) for e in taken.excluded] == [("vc/esx-1 (esxi)", "esxi")]


def test_an_ambiguous_exclusion_takes_nobody() -> None:
    """A bare name behind two sources excludes neither and is not listed as if it had; with its source it does."""
    made = [Target("a", "esxi", source, "collected") for source in ("s1", "s2")]
    both = cover(made, [Exclusion("a", "lab")], date(2026, 1, 1))
    assert (both.population, both.excluded) == (2, ())
    one = cover(made, [Exclusion("s2/a", "lab")], date(2026, 1, 1))
    assert ([t.name for t in one.targets], [e.target for e in one.excluded]) == (["s1/a"], ["s2/a"])
    every = cover(made, [Exclusion("a*", "lab")], date(2026, 1, 1))
    assert every.population == 0
    literal = cover([Target("a[1]", "dvs", "s", "collected")], [Exclusion("a[1]", "lab")], date(2026, 1, 1))
    assert literal.population == 0
