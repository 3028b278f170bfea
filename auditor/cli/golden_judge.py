"""The verdicts of `auditor golden judge`."""

import sys
from collections import Counter

from auditor.cli.output import as_json, table
from auditor.domain import Target
from auditor.errors import InputError
from auditor.golden.intended import intended
from auditor.goldens import load_golden
from auditor.selection import choose
from auditor.tailorings import load_tailoring
from auditor.verdicts import judge, plan


def print_verdicts(name: str, baselines: list[str], version: str, tailoring: str | None, format_: str) -> bool:
    """Print what the rules say of a profile; true when one fails."""
    golden = load_golden(name)
    snapshot = intended(golden, version)
    target = Target(snapshot.target, snapshot.platform, snapshot.source, "collected", snapshot=snapshot)
    active = choose(baselines, load_tailoring(tailoring) if tailoring else None)
    judged = judge(target, plan(target, active, bool(baselines)))
    if not judged:
        raise InputError(
            f"no rule of these baselines is meant for {golden.id}", mend="Name another with -b, or --version."
        )
    count = Counter(one.finding.status.value for one in judged)
    if format_ == "json":
        as_json(
            [
                {
                    "rule": one.finding.rule,
                    "severity": one.planned.compiled.rule.severity.value,
                    "subject": one.finding.subject,
                    "status": one.finding.status.value,
                    "reason": one.finding.reason,
                }
                for one in judged
            ]
        )
    else:
        rows = [
            (
                one.planned.compiled.rule.severity.value,
                one.finding.rule,
                one.finding.subject or "",
                one.planned.compiled.rule.title,
            )
            for one in judged
            if one.finding.status == "fail"
        ]
        if rows:
            table(("severity", "rule", "subject", "what is true when it passes"), rows)
        sys.stdout.write(", ".join(f"{many} {status}" for status, many in sorted(count.items())) + "\n")
    return bool(count["fail"])
