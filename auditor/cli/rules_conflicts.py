"""The report of `auditor rules conflicts`."""

import sys
from dataclasses import asdict

from auditor.cli.output import as_json, table
from auditor.library import load_baselines
from auditor.rulebook.conflicts import Stated, conflicts, stated
from auditor.selection import choose
from auditor.tailorings import LoadedTailoring, load_tailoring


def print_conflicts(first: str, second: str, tailoring: str | None, format_: str) -> bool:
    """Print pairs of rules that cannot both pass; true when there are any. The tailoring is for the second."""
    library = load_baselines()

    def rules(name: str, tailored: LoadedTailoring | None) -> list[Stated]:
        (active,) = choose([name], tailored, library)
        return [one for rule in active.rules if (one := stated(rule.rule, rule.parameters))]

    left, right = rules(first, None), rules(second, load_tailoring(tailoring) if tailoring else None)
    found = list(conflicts(left, right))
    if format_ == "json":
        as_json([asdict(one) for one in found])
        return bool(found)
    if found:
        head = ("rule", "conflicts with", "path", "the first wants", "the second wants")
        table(head, [(c.first, c.second, c.path, c.first_wants, c.second_wants) for c in found])
    sys.stdout.write(f"{len(left)} rules against {len(right)}: {len(found) or 'no'} conflicts\n")
    return bool(found)
