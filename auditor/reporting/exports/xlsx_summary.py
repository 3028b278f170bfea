"""The first sheet of audit.xlsx: what a reader must know, in the order of every report."""

from collections.abc import Iterator, Mapping
from typing import Any

from auditor.reporting.chosen import limits
from auditor.reporting.exports.book import SHEET, Cell
from auditor.reporting.summary import Summary
from auditor.reporting.words import count, instant, pair, platform_word, plural

Row = tuple[str, Cell] | tuple[str]
SYNTHETIC = "Some targets come from captures that simulators made: they show no real system"


def summary_rows(audit: Mapping[str, Any], summary: Summary, digest: str, most: int = SHEET) -> Iterator[Row]:
    """Name and value of each line; a name alone is a heading."""
    run, coverage, score = audit["run"], audit["coverage"], audit["score"]
    yield ("Configuration audit",)
    for name, value in (("Organisation", run["organisation"]), ("Classification", run["classification"])):
        if value:
            yield name, value
    for line in limits(audit):
        yield "This is limited", line
    if period := audit.get("period"):
        yield "Period from (UTC)", instant(period["from"])
        yield "Period to (UTC)", instant(period["to"])
        yield "Below", "Coverage, verdict and findings are those of the last run of the period."
    yield ("How much was looked at",)
    yield "Targets looked at", f"{count(coverage['collected'])} of {plural(coverage['population'], 'target')}"
    for name in ("unreachable", "stale", "excluded"):
        yield name.capitalize(), len(coverage[name])
    for platform in summary.platforms:
        yield platform_word(platform.name), f"{count(platform.collected)} of {count(platform.population)} read"
    yield ("Verdict",)
    if score["lower"] is None:
        yield "Checks that pass", "no score: no rule applied to what was read"
    else:
        yield "Checks that pass, %", pair(score["lower"], score["upper"])
        yield "% if every unknown fails", float(score["lower"])
        yield "% if every unknown passes", float(score["upper"])
    for name in ("passed", "failed", "waived", "unknown", "notapplicable", "notchecked"):
        yield _COUNTED[name], score[name]
    yield ("What this is of",)
    yield "Scope", run["scope"]
    yield "Run", run["id"]
    if run.get("as_of"):
        yield "State as of (UTC)", instant(run["as_of"])
    if run.get("rejudged"):
        yield "Judged again (UTC)", instant(run["rejudged"]["at"])
    yield "Began (UTC)", instant(run["started_at"])
    yield "Ended (UTC)", instant(run["finished_at"])
    if run["synthetic"]:
        yield "Synthetic input", SYNTHETIC
    for warning in summary.warned:
        yield "Warning", warning
    for one in run["baselines"]:
        words = f"{one['title']}, {one['id']} {one['version']}, {plural(one['rules'], 'rule')}, sha256 {one['sha256']}"
        yield "Baseline", words
    if run["tailoring"]:
        yield "Tailoring", f"{run['tailoring']['id']}, sha256 {run['tailoring']['sha256']}"
    yield "Made by", f"Auditor {run['auditor_version']}"
    yield "audit.json, sha256", digest
    yield ("How to read it",)
    yield "Times", "All times are UTC."
    yield "Score", "A check is one rule on one target, judged by its worst subject. A waived failure is a failure."
    yield "Long tables", f"What is more than {count(most - 1)} rows goes on in a sheet of the same name with a number."
    yield "Long values", "A value that is longer than a cell holds is cut, and says so. All of it is in audit.json."


_COUNTED = {
    "passed": "Passed",
    "failed": "Failed, waived ones too",
    "waived": "Waived, of the failed",
    "unknown": "Unknown",
    "notapplicable": "Not applicable, beside the score",
    "notchecked": "For a person to judge, beside the score",
}
