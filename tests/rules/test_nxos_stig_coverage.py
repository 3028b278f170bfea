"""What the shipped rules for switches cover: every row of the ledger, and the STIGs of NX-OS number by number."""

import csv
from pathlib import Path

import pytest

from auditor.library import load_baselines
from auditor.resources import folder
from tests.rules.shipped import shipped_rules

RULES = [rule for rule, _ in shipped_rules("nexus1000v", "nxos").values()]
# How many rules of each STIG the ledger knows: DISA Cisco NX-OS NDM V3R3 42, L2S V3R2 22 (RTR: 33 of 79 have facts).
KNOWN = {"CISC-ND": 42, "CISC-L2": 22}


def _read(*names: str) -> list[dict[str, str]]:
    file = Path(str(folder("rules"))).joinpath("facts", *names)
    if not file.exists():
        return []
    with file.open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


LEDGER = _read("nxos.csv")
LEFT_OUT = {
    row["row"]
    for part in ("nxos-management", "nxos-network", "nxos-switch")
    for row in _read("left-out", f"{part}.csv")
}


def numbers(prefix: str) -> set[str]:
    return {number for row in LEDGER for number in row["stig"].split() if number.startswith(prefix)}


def covered(platform: str) -> set[str]:
    """STIG numbers of the rules, manual ones included, that a target of this platform is judged by."""
    return {
        number for rule in RULES if platform in rule.applies_to.platform for number in rule.references.get("stig", [])
    }


@pytest.mark.parametrize("row", LEDGER, ids=lambda row: row["row"])
def test_each_row_is_covered_or_left_out(row: dict[str, str]) -> None:
    """Each row of the ledger is named by a rule for each of its platforms, or is left out with a reason: never both."""
    rules = [rule for rule in RULES if row["row"] in rule.references.get("facts", [])]
    assert bool(rules) != (row["row"] in LEFT_OUT)
    platforms = {platform for rule in rules for platform in rule.applies_to.platform}
    assert not rules or set(row["platforms"].split()) <= platforms


@pytest.mark.parametrize(("prefix", "count"), KNOWN.items(), ids=list(KNOWN))
@pytest.mark.parametrize("platform", ["nexus1000v", "nxos"])
def test_management_and_layer_2_stigs_are_whole(prefix: str, count: int, platform: str) -> None:
    """Every number of the NDM and the L2S STIG is judged on either platform, or is a manual rule with its reason."""
    wanted = numbers(prefix)
    assert len(wanted) == count
    assert wanted - covered(platform) == set()


def test_router_stig_goes_as_far_as_the_facts() -> None:
    """Every number of the RTR STIG that the ledger has is judged, or is manual, on physical switches."""
    assert numbers("CISC-RT") - covered("nxos") == set()


def test_no_rule_names_a_stig_number_that_nobody_knows() -> None:
    """A number in a rule stands in the ledger: typing errors do not count as coverage."""
    known = {number for row in LEDGER for number in row["stig"].split()}
    assert covered("nexus1000v") | covered("nxos") <= known


def test_a_cat_is_that_of_its_severity() -> None:
    """CAT I is high, II medium, III low."""
    said = {"I": "high", "II": "medium", "III": "low"}
    assert [rule.id for rule in RULES if rule.cat and said[rule.cat] != rule.severity] == []


@pytest.mark.parametrize("baseline", ["nexus-1000v", "nxos"])
def test_each_baseline_has_its_platforms_rules(baseline: str) -> None:
    """The baseline of a platform includes every part, so that no rule is written and never used."""
    platform = {"nexus-1000v": "nexus1000v"}.get(baseline, baseline)
    loaded = load_baselines([folder("rules")])
    parts = {include.baseline for include in loaded[baseline].baseline.include}
    needed = {
        name
        for name, part in loaded.items()
        if any(platform in rule.applies_to.platform for rule in part.baseline.rules) and name.startswith("nxos-")
    }
    assert needed <= parts
