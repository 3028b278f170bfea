"""Unknown never rounds to green: over every shipped rule, every gapped fact, and every spoilt sample capture."""

import copy
import random
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from auditor.collectors import collector_for
from auditor.domain import Capture, Snapshot, Source, Status
from auditor.facts import facts_model
from auditor.pipeline import read_capture as to_snapshot
from tests.adversary.samples import GREEN, MOMENT, captures, per_rule, rules, snapshot_of, snapshots, verdicts


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
    for platform in ("esxi", "vcenter", "dvs", "vm", "nexus1000v", "nxos", "linux"):
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
            other = all(f.reason.startswith("meant for ") for f in before)  # another release or role
            if {f.status for f in before} & {Status.NOTCHECKED} or by_key or other:
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
    assert decided - {Status.UNKNOWN, Status.NOTCHECKED}  # without the gap something is said of absence


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
    reader = collector_for(original.platform)
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
