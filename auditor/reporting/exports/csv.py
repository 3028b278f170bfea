"""audit.csv: one row per finding and observation, for spreadsheets and other tools.

RFC 4180: comma, CRLF, quotes doubled. UTF-8 with a byte order mark, because Excel reads a file without one in the
local 8-bit code page; other readers skip it (Python: `utf-8-sig`). Columns are added at the end, never renamed.

A cell that a spreadsheet would run as a formula (first character `=`, `+`, `-`, `@`, tab or carriage return, also after
blanks) gets an apostrophe in front. A plain number stays a number. Every such cell can be undone by removing one
apostrophe; a text that itself begins with an apostrophe gets a second one, so that nothing is ambiguous.
"""

import csv
import hashlib
import io
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from auditor.reporting.columns import expected_text
from auditor.reporting.words import encodable, references_text, shown

COLUMNS = (
    *("run", "target", "platform", "group", "source_name", "rule", "rule_version", "title", "severity", "status"),
    *("subject", "reason", "observation", "path", "expected", "answer", "actual", "source", "observed_at"),
    *("waiver", "waiver_until", "waiver_approved_by", "family", "baselines", "references", "fix"),
    *("target_status", "synthetic", "finding_key", "waiver_justification", "waiver_lapsed"),
    *("controls", "first_seen", "last_seen", "closed_at", "times_open", "waiver_ticket"),
)
GONE = "was open in the period, and is not among the findings of its last run"
CELL = 32_000  # characters; Excel's limit for a cell is 32,767
_NUMBER = re.compile(r"[+-]?\d{1,15}(\.\d{1,15})?")
_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
_RISKY = ("=", "+", "-", "@", "\t", "\r", "'", "\uff1d", "\uff0b", "\uff0d", "\uff20")  # fullwidth forms count too


def harmless(text: str) -> str:
    """Text that no spreadsheet runs as a formula; only line feed and tab of the control characters."""
    text = _UNSEEN.sub(lambda m: f"⟨U+{ord(m[0]):04X}⟩", encodable(text))
    if len(text) > CELL:
        text = text[:CELL] + "…"
    if text.lstrip(" \n").startswith(_RISKY) and not _NUMBER.fullmatch(text):
        return "'" + text
    return text


def finding_key(target: str, rule: str, subject: str | None) -> str:
    """A stable key of a finding, the same in every run: the first 16 hexadecimal digits of a SHA-256."""
    parts = "\0".join((target, rule, "" if subject is None else "=" + subject))
    return hashlib.sha256(encodable(parts).encode()).hexdigest()[:16]


def render(audit: Mapping[str, Any]) -> bytes:
    """The file, byte order mark included."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    once = lru_cache(50_000)(harmless)  # most cells repeat from row to row
    writer.writerows([once(cell) for cell in row] for row in rows_of(audit))
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def rows_of(audit: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    """A row for each finding and observation, by COLUMNS, with nothing defused yet.

    Of a period, what was open in it and is among the findings of its last run no more follows, without a status.
    """
    targets = {t["name"]: t for t in audit["targets"]}
    run, controls, spells = audit["run"]["id"], _controls(audit), _spells(audit)
    for f in audit["findings"]:
        target, rule, waiver = targets[f["target"]], audit["rules"].get(f["rule"], {}), f["waiver"] or {}
        head = (
            run, f["target"], f["platform"], target.get("group") or "", target["source"], f["rule"], f["rule_version"],
            f["title"], f["severity"], f["status"], f["subject"] or "", f["reason"],
        )  # fmt: skip
        tail = (
            waiver.get("id", ""), waiver.get("expiration_date", ""), waiver.get("approved_by", ""),
            rule.get("family", ""), " ".join(f["baselines"]), references_text(f["references"]), rule.get("fix", ""),
            target["status"], "yes" if target.get("synthetic") else "no",
            finding_key(f["target"], f["rule"], f["subject"]),
            waiver.get("justification", ""), (f.get("waiver_lapsed") or {}).get("reason", ""),
            controls.get(f["rule"], ""), *_when(spells.pop((f["target"], f["rule"], f["subject"]), [])),
            waiver.get("ticket") or "",
        )  # fmt: skip
        if not f["observations"]:
            yield (*head, "", "", "", "", "", "", "", *tail)
        for number, o in enumerate(f["observations"], 1):
            kind, actual = shown(o["actual"], CELL)
            expected = expected_text(o["expected"], CELL)
            yield (
                *head,
                str(number),
                str(o["path"]),
                expected,
                kind,
                actual,
                str(o["source"] or ""),
                o["at"] or "",
                *tail,
            )
    for (name, rule_id, subject), entries in spells.items():
        last, known = entries[-1], targets.get(name, {})
        row = dict.fromkeys(COLUMNS, "") | {
            **{"run": run, "target": name, "platform": known.get("platform", ""), "rule": rule_id},
            **{"group": known.get("group") or "", "source_name": known.get("source", ""), "title": last["title"]},
            **{"severity": last["severity"], "subject": subject or "", "reason": GONE},
            **{"target_status": known.get("status", ""), "finding_key": finding_key(name, rule_id, subject)},
            "controls": controls.get(rule_id, ""),
        }
        yield (*list(row.values())[:-5], *_when(entries), "")


def _controls(audit: Mapping[str, Any]) -> dict[str, str]:
    """The controls of the chosen framework that each rule serves."""
    found: dict[str, list[str]] = {}
    for one in ((audit.get("selection") or {}).get("framework") or {}).get("controls", ()):
        for rule in one["rules"]:
            found.setdefault(rule, []).append(one["control"])
    return {rule: ", ".join(controls) for rule, controls in found.items()}


def _spells(audit: Mapping[str, Any]) -> dict[tuple[str, str, str | None], list[Any]]:
    found: dict[tuple[str, str, str | None], list[Any]] = {}
    for one in (audit.get("period") or {}).get("findings", ()):
        found.setdefault((one["target"], one["rule"], one["subject"]), []).append(one)
    return found


def _when(spells: list[Any]) -> tuple[str, str, str, str]:
    if not spells:
        return "", "", "", ""
    last = spells[-1]
    return last["first_seen"], last["last_seen"], last["closed_at"] or "", str(len(spells))
