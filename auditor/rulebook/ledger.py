"""The ledger of hardening facts: which rows a baseline should know, which its rules cover, and why others are left out.

`rules/facts/*.csv` list the rows (row, title, the baselines they are for, ids in the guides), and
`rules/facts/left-out/*.csv` the reasons. A row is covered when a rule names it under `references: {facts: [...]}`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from auditor.rulebook.schema import Rule


@dataclass(frozen=True, slots=True)
class FactRow:
    """One row of the ledger."""

    id: str
    title: str
    baselines: frozenset[str]


@dataclass(frozen=True, slots=True)
class Ledger:
    """All rows by id, and why some are left out."""

    rows: Mapping[str, FactRow] = field(default_factory=dict)
    left_out: Mapping[str, str] = field(default_factory=dict)

    def covered(self, baseline: str, rules: Iterable[Rule]) -> tuple[int, int]:
        """(rows of `baseline` that one of `rules` names, rows that it should know)."""
        wanted = {row.id for row in self.rows.values() if baseline in row.baselines}
        return len(wanted & named(rules)), len(wanted)

    def faults(self, rules: Iterable[Rule]) -> list[str]:
        """What is wrong with the accounts: a row nobody answers for, one answered twice, a name that is no row."""
        have = named(rules)
        return [
            *(f"{row}: no rule names it, and no reason is given" for row in self.rows if not self._answered(row, have)),
            *(f"{row}: a rule names it, and yet it is left out" for row in self.left_out if row in have),
            *(f"{row}: no such row" for row in sorted({*have, *self.left_out} - set(self.rows))),
            *(f"{row}: the reason is too short" for row, why in self.left_out.items() if len(why) < 12),
        ]

    def _answered(self, row: str, have: set[str]) -> bool:
        return row in have or row in self.left_out


def named(rules: Iterable[Rule]) -> set[str]:
    """The rows that rules name."""
    return {row for rule in rules for row in rule.references.get("facts", ())}


def ledger(rows: Iterable[Mapping[str, str]], left_out: Iterable[Mapping[str, str]]) -> Ledger:
    """The ledger from rows with `row`, `title`, `baselines` (separated by blanks), and those with `row`, `reason`."""
    return Ledger(
        {one["row"]: FactRow(one["row"], one["title"], frozenset(one["baselines"].split())) for one in rows},
        {one["row"]: one["reason"].strip() for one in left_out},
    )
