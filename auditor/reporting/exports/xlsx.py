"""audit.xlsx: the audit as a workbook, coverage first. Columns of findings are those of audit.csv.

The same audit gives the same bytes: the file says it was created when the run ended.
"""

import tempfile
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from auditor.reporting.exports.book import SHEET, Book, Cell, Column
from auditor.reporting.exports.csv import COLUMNS, rows_of
from auditor.reporting.exports.xlsx_chosen import chosen_sheets
from auditor.reporting.exports.xlsx_summary import summary_rows
from auditor.reporting.summary import Summary
from auditor.reporting.words import instant, references_text, shown

WIDE = {"title": 44, "reason": 36, "path": 36, "expected": 28, "actual": 36, "source": 30, "fix": 50, "target": 28}
TIMES = {"observed_at", "waiver_until", "first_seen", "last_seen", "closed_at"}
COVERAGE = (
    *(Column("target", 30), Column("platform"), Column("source", 24), Column("state", 14), Column("why not", 60)),
    *(
        Column("read (UTC)", 20),
        Column("last read before (UTC)", 20),
        Column("until"),
        Column("version"),
        Column("group"),
    ),
    *(Column("labels", 28), Column("synthetic", 10), Column("facts not read", 10)),
    *(Column("passed", 9), Column("failed", 9), Column("waived", 9), Column("unknown", 9)),
    *(Column("% if unknown fails", 12), Column("% if unknown passes", 12)),
)
DRIFT = (
    *(Column("target", 30), Column("golden profile", 24), Column("path", 44), Column("change", 12)),
    *(Column("expected", 40), Column("answer", 10), Column("actual", 40), Column("source", 30), Column("reason", 40)),
)
CHANGED = (*DRIFT, Column("was so (UTC)", 20), Column("first seen (UTC)", 20), Column("who might have", 40))
WAIVERS = (
    *(Column("id"), Column("state", 12), Column("attention", 12), Column("rule", 36), Column("where", 36)),
    *(Column("subject", 24), Column("justification", 60), Column("requested by", 20), Column("approved by", 20)),
    *(Column("until (UTC)", 20), Column("zone", 18), Column("stands beside", 10), Column("lapsed", 10)),
    *(Column("what happened", 50), Column("ticket", 20)),
)
RULES = (
    *(Column("rule", 36), Column("title", 50), Column("severity", 10), Column("cat", 6), Column("family", 16)),
    *(Column("failed", 9), Column("unknown", 9), Column("passed", 9), Column("baselines", 24)),
    *(Column("references", 40), Column("rationale", 50), Column("fix", 50), Column("check by hand", 50)),
    *(Column("for a person", 40), Column("version", 20)),
)


def render(audit: Mapping[str, Any], summary: Summary, digest: str, out: Path, *, most: int = SHEET) -> str:
    """Write the workbook to `out`; a note, "" or which table needed further sheets. Raises OSError."""
    with tempfile.TemporaryDirectory(prefix="auditor-xlsx-", dir=out.parent) as scratch:
        ended = instant(audit["run"]["finished_at"]) or datetime(2000, 1, 1, tzinfo=UTC)
        book = Book(out, ended, {"title": f"Configuration audit {audit['run']['id']}"}, Path(scratch))
        book.page("Summary", summary_rows(audit, summary, digest, most))
        book.table("Findings", finding_columns(), _findings(audit), most)
        book.table("Coverage", COVERAGE, _coverage(audit, summary), most)
        book.table("Drift", DRIFT, (_drift(one) for one in audit["drift"]), most)
        if changed := audit.get("changed"):
            book.table("Changed", CHANGED, map(_changed, changed["drift"]), most)
        book.table("Waivers", WAIVERS, map(_waiver, audit.get("waivers", ())), most)
        book.table("Rules", RULES, _rules(audit, summary), most)
        for name, columns, rows in chosen_sheets(audit):
            book.table(name, columns, rows, most)
        book.close()
    split = [f"{name} on {sheets} sheets" for name, (_, sheets) in book.written.items() if sheets > 1]
    return f"{', '.join(split)}: a sheet holds {most:,} rows" if split else ""


def finding_columns() -> list[Column]:
    """Those of audit.csv; times are UTC."""
    return [Column(f"{name} (UTC)" if name in TIMES else name, WIDE.get(name, 16)) for name in COLUMNS]


def _findings(audit: Mapping[str, Any]) -> Iterator[list[Cell]]:
    numbers = [COLUMNS.index(name) for name in ("observation", "times_open")]
    times = [COLUMNS.index(name) for name in sorted(TIMES)]
    for row in rows_of(audit):
        cells: list[Cell] = list(row)
        for place in numbers:
            cells[place] = int(row[place]) if row[place] else None
        for place in times:
            cells[place] = instant(row[place]) or row[place]
        yield cells


def _coverage(audit: Mapping[str, Any], summary: Summary) -> Iterator[list[Cell]]:
    good = {one["target"]: one for key in ("unreachable", "stale") for one in audit["coverage"][key]}
    for host in sorted(summary.hosts, key=lambda one: (one.read, one.index)):
        target, tally = host.target, host.tally
        yield [
            host.name, target["platform"], target["source"], target["status"], host.reason,
            instant(target["collected_at"]), instant(good.get(host.name, {}).get("last_good")), None,
            target["version"], target.get("group") or "",
            ", ".join(f"{key}={value}" for key, value in sorted(target["labels"].items())),
            "yes" if target.get("synthetic") else "no", len(target["gaps"]),
            tally.passed, tally.fail + tally.waived, tally.waived, tally.unknown, tally.lower, tally.upper,
        ]  # fmt: skip
    for one in audit["coverage"]["excluded"]:
        until = one["until"] or "further notice"
        yield [one["target"], one["platform"], "", "excluded", one["reason"], None, None, until]


def _drift(one: Mapping[str, Any]) -> list[Cell]:
    kind, actual = shown(one["actual"])
    path = one["path"] or "the whole target"
    expected = shown(one["expected"]).text
    return [
        *(one["target"], one["golden"], path, one["change"], expected, kind, actual),
        *(one["source"], one.get("reason") or ""),
    ]


def _changed(one: Mapping[str, Any]) -> list[Cell]:
    who = "; ".join(str(actor["who"]) for actor in one.get("actors") or ())
    who = who or (f"unknown: {one['actors_unknown']}" if one.get("actors_unknown") else "")
    return [*_drift(one), instant(one.get("last_good")), instant(one.get("first_seen")), who]


def _waiver(one: Mapping[str, Any]) -> list[Cell]:
    return [
        *(one["id"], one["state"], one["attention"], one["rule"], one["scope"], one["subject"], one["justification"]),
        *(one["requested_by"], one["approved_by"], instant(one["expires"]), one["zone"], one["covers"], one["lapsed"]),
        *(one["reason"], one.get("ticket")),
    ]


def _rules(audit: Mapping[str, Any], summary: Summary) -> Iterator[list[Cell]]:
    counts: dict[str, list[int]] = {rule: [0, 0, 0] for rule in audit["rules"]}
    places = {"fail": 0, "unknown": 1, "error": 1, "pass": 2}
    for host in summary.hosts:
        for result in host.results:
            if (place := places.get(result.status)) is not None:
                counts[result.rule][place] += 1
    for name, rule in sorted(audit["rules"].items()):
        manual = rule["manual"] or {}
        yield [
            *(name, rule["title"], rule["severity"], rule["cat"], rule["family"], *counts[name]),
            *(" ".join(rule["baselines"]), references_text(rule["references"]), rule["rationale"], rule["fix"]),
            *("\n".join(rule.get("check", ())), f"{manual.get('reason', '')} {manual.get('steps', '')}".strip()),
            rule["version"],
        ]
