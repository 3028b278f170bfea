"""The baselines by framework reach every rule that serves their framework, on every platform."""

import pytest

from auditor.library import frameworks, load_baselines
from auditor.resources import folder
from auditor.selection import Selection
from tests.rules.shipped import shipped_rules


@pytest.mark.parametrize(("baseline", "framework"), [("pci-dss", "pci-dss"), ("itgc-sox", "sox-itgc")])
def test_a_framework_reaches_all_rules_that_serve_it(baseline: str, framework: str) -> None:
    """No part is forgotten: each rule with a control of the framework is in its baseline, and no other."""
    library = load_baselines([folder("rules")])
    reached = {rule.rule.id for rule in Selection(library).activate(library[baseline]).rules}
    known = frameworks()
    serving = {rule.id for rule, _ in shipped_rules().values() if known.controls(rule, framework)}
    assert reached == serving


@pytest.mark.parametrize("framework", ["nist-800-53", "pci-dss", "iso-27001", "cis-controls", "sox-itgc"])
def test_every_rule_serves_every_framework(framework: str) -> None:
    """By a number of its own or through its family, each rule leads to a control of each framework."""
    known = frameworks()
    assert [rule.id for rule, _ in shipped_rules().values() if not known.controls(rule, framework)] == []


def test_every_part_is_included_somewhere() -> None:
    """A part that no baseline includes would never be judged."""
    library = load_baselines([folder("rules")])
    parts = {one.id for one in library.values() if one.baseline.part}
    included = {include.baseline for one in library.values() for include in one.baseline.include}
    assert parts <= included
