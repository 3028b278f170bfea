"""Which controls of which framework a rule serves: those it names itself, else those of its family.

The table (framework, control, label, family, strength) is `rules/mappings.csv`; labels are ours. SOX publishes no list
of technical controls: the ITGC areas are our own grouping of general IT controls.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from auditor.rulebook.schema import Rule

FRAMEWORKS = {
    "nist-800-53": "NIST SP 800-53 r5",
    "pci-dss": "PCI DSS 4.0.1",
    "iso-27001": "ISO/IEC 27001:2022 Annex A",
    "cis-controls": "CIS Controls v8",
    "sox-itgc": "SOX ITGC area",
}
Basis = Literal["rule", "family"]


@dataclass(frozen=True, slots=True)
class Control:
    """A control that a rule serves. `basis`: the rule names it, or its family leads there; `label` may be empty."""

    framework: str
    id: str
    label: str
    basis: Basis


@dataclass(frozen=True, slots=True)
class FrameworkTable:
    """Labels by (framework, control), and primary controls by (framework, family)."""

    labels: Mapping[tuple[str, str], str] = field(default_factory=dict)
    families: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)

    def controls(self, rule: Rule, framework: str) -> tuple[Control, ...]:
        """The controls of `framework` that `rule` serves: its own references first, the family's only without any.

        Ids that the table does not list keep the label of their base control (SC-28(1): that of SC-28), or none.
        """
        return self.served(rule.references, rule.family, framework)

    def served(self, references: Mapping[str, Sequence[str]], family: str, framework: str) -> tuple[Control, ...]:
        """The same of a rule as a document has it."""
        own = references.get(framework, [])
        basis: Basis = "rule" if own else "family"
        ids = own or self.families.get((framework, family), ())
        return tuple(Control(framework, one, self.label(framework, one), basis) for one in ids)

    def label(self, framework: str, control: str) -> str:
        """Our words for a control, "" where the table has neither it nor its base."""
        base = re.sub(r"\(\d+\)$", "", control)
        return self.labels.get((framework, control)) or self.labels.get((framework, base), "")

    def listed(self, framework: str) -> list[str]:
        """Controls of a framework that the table knows, in natural order."""
        return sorted((one for name, one in self.labels if name == framework), key=natural)


def natural(control: str) -> tuple[tuple[str, int], ...]:
    """Sort key of a control number: 8.2 before 8.10, AC-2 before AC-10."""
    return tuple((text, int(number or 0)) for text, number in re.findall(r"([^\d]*)(\d*)", control) if text or number)


def framework_table(rows: Iterable[Mapping[str, str]]) -> FrameworkTable:
    """The table from rows with the columns framework, control, label, family, strength. Raises KeyError."""
    names = {title: name for name, title in FRAMEWORKS.items()}
    labels: dict[tuple[str, str], str] = {}
    families: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        name = names[row["framework"]]
        labels[(name, row["control"])] = row["label"]
        if row["strength"] == "primary":
            families.setdefault((name, row["family"]), []).append(row["control"])
    return FrameworkTable(labels, {key: tuple(value) for key, value in families.items()})
