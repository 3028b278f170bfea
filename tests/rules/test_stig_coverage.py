"""The whole STIG for ESXi 8 and every host row of the vendor's guide for release 8 stand in some rule's references."""

import csv

import pytest

from auditor.resources import folder
from tests.rules.shipped import shipped_rules

ROWS = list(csv.DictReader((folder("rules") / "facts/esxi.csv").read_text(encoding="utf-8").splitlines()))


def ids(column: str, prefix: str, *kinds: str) -> list[str]:
    """The ids of one guide that the ledger knows, of rows for these objects (any when none is named)."""
    rows = [row for row in ROWS if not kinds or row["object"] in kinds]
    return sorted({one for row in rows for one in row[column].split() if one.startswith(prefix)})


def referenced(name: str, manual: bool = True) -> set[str]:
    """Every id under `references: {name: [...]}` of the shipped rules; `manual`: those that a person checks too."""
    rules = [rule for rule, _ in shipped_rules("esxi", "vcenter", "dvs", "vm").values()]
    return {one for rule in rules if manual or rule.manual is None for one in rule.references.get(name, ())}


@pytest.mark.parametrize(
    ("column", "prefix", "count"),
    [("stig", "ESXI-80-", 76), ("scg", "esxi-8.", 75)],
    ids=["STIG ESXi 8 V2R3", "Security Configuration Guide 8, hosts"],
)
def test_every_id_of_the_guides_for_release_8_has_a_rule(column: str, prefix: str, count: int) -> None:
    """The ledger holds the whole guide, and no id of it is without a rule or a manual step."""
    wanted = ids(column, prefix)
    assert len(wanted) == count
    assert sorted(set(wanted) - referenced(column)) == []


@pytest.mark.parametrize("prefix", ["ESXI-70-", "ESXI-67-", "VCSA-80-", "VCSA-70-", "VCTR-67-"])
def test_every_id_of_older_guides_that_the_ledger_knows_has_a_rule(prefix: str) -> None:
    """Hosts of releases 6.7 and 7, and vCenters, are judged by the ids of their own STIG."""
    wanted = ids("stig", prefix, "host", "vcenter")
    assert wanted
    assert sorted(set(wanted) - referenced("stig")) == []


def test_most_of_the_stig_is_judged_by_machine() -> None:
    """No more than a tenth of the STIG for ESXi 8 is left to people."""
    wanted = set(ids("stig", "ESXI-80-"))
    assert 10 * len(wanted - referenced("stig", manual=False)) <= len(wanted)
