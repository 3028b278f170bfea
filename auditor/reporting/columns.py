"""Findings as columns for the HTML report: small, quick to decode, every distinct text once.

Text codes (`expected`, `actual`, `path`, `source`): 0 = the text this rule had at this place the last time,
1 = the next new entry of `texts`, n = entry n - 2 again. Times are seconds, each as the difference to the one
before; null where none is known. The reader is `reports/report.js`; `v` counts the form.
"""

import base64
import gzip
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

import orjson

from auditor.reporting.heat import group_of
from auditor.reporting.summary import Summary
from auditor.reporting.words import (
    SEVERITIES,
    encodable,
    instant,
    platform_word,
    references_text,
    shown,
    until,
    value_text,
)

LETTERS = {"fail": "f", "unknown": "u", "error": "e", "pass": "p", "notapplicable": "n", "notchecked": "m"}
KINDS = {"value": "v", "absent": "a", "gap": "g"}
LIMIT = 12_000  # characters of one value; the rest is in audit.json


class _Texts:
    """The dictionary of texts and what each rule showed last."""

    def __init__(self) -> None:
        self.at: dict[str, int] = {}
        self.last: dict[tuple[int, int, str], int] = {}

    def code(self, rule: int, place: int, column: str, text: str) -> int:
        text = encodable(text)
        key = (rule, place, column)
        index = self.at.get(text)
        fresh = index is None
        if index is None:
            index = self.at[text] = len(self.at)
        if self.last.get(key) == index:
            return 0
        self.last[key] = index
        return 1 if fresh else index + 2


def columns(audit: Mapping[str, Any], summary: Summary) -> dict[str, Any]:
    """The data block before packing. Findings go by target, then in the order of audit.json."""
    rule_at = {rule: i for i, rule in enumerate(audit["rules"])}
    host_at = {host.name: host.index for host in summary.hosts}
    texts = _Texts()
    families, groups = list(summary.families), sorted({group_of(h) for h in summary.hosts})
    waivers = {w.id: i for i, w in enumerate(summary.waivers)}
    col: dict[str, list[int | None]] = {
        n: [] for n in ("rule", "subject", "reason", "many", "path", "expected", "actual", "source", "at")
    }
    start_of, status, severity, kinds = [], [], [], []
    waived: dict[int, int] = {}
    lapsed: dict[int, str] = {}
    clock, number = 0, 0
    ordered = sorted(audit["findings"], key=lambda f: host_at[f["target"]])
    per_target = {h: list(g) for h, g in groupby(ordered, key=lambda f: host_at[f["target"]])}
    for host in range(len(summary.hosts)):
        start_of.append(number)
        for f in per_target.get(host, ()):
            r = rule_at[f["rule"]]
            col["rule"].append(r)
            status.append(LETTERS.get(f["status"], "u"))
            severity.append(str(SEVERITIES.index(f["severity"])))
            subject, reason = f["subject"], f["reason"]
            col["subject"].append(-1 if subject is None else texts.code(r, 0, "subject", subject[:2000]))
            col["reason"].append(texts.code(r, 0, "reason", reason[:LIMIT]) if reason else -1)
            if f["waiver"]:
                waived[number] = waivers[f["waiver"]["id"]]
            elif gone := f.get("waiver_lapsed"):
                lapsed[number] = encodable(f"{gone['id']}: {gone['reason']}")[:2000]
            col["many"].append(len(f["observations"]))
            for place, o in enumerate(f["observations"]):
                kind, actual = shown(o["actual"], LIMIT)
                kinds.append(KINDS[kind])
                col["path"].append(texts.code(r, place, "path", str(o["path"])[:2000]))
                col["expected"].append(texts.code(r, place, "expected", expected_text(o["expected"], LIMIT)))
                col["actual"].append(texts.code(r, place, "actual", actual))
                col["source"].append(texts.code(r, place, "source", str(o["source"] or "")[:2000]))
                at = instant(o["at"])
                col["at"].append(int(at.timestamp()) - clock if at else None)
                clock = int(at.timestamp()) if at else clock
            number += 1
    return {
        "v": 2,
        "families": [[f, summary.families[f]] for f in families],
        "groups": groups,
        "targets": [
            [
                encodable(h.name),
                groups.index(group_of(h)),
                h.target["source"],
                platform_word(h.target["platform"]),
                h.target["status"],
                bool(h.target.get("synthetic")),
            ]
            for h in summary.hosts
        ],
        "rules": [_rule(i, r, families) for i, r in audit["rules"].items()],
        "waivers": [
            [
                encodable(text)
                for text in (
                    w.id,
                    w.approved_by,
                    until(w.until, w.zone),
                    w.justification + (f" ({w.ticket})" if w.ticket else ""),
                )
            ]
            for w in summary.waivers
        ],
        "texts": list(texts.at),
        "offset": start_of,
        "status": "".join(status),
        "severity": "".join(severity),
        "kind": "".join(kinds),
        "waived": waived,
        "lapsed": lapsed,
        **col,
    }


def _rule(rule: str, r: Mapping[str, Any], families: Sequence[str]) -> list[Any]:
    family = families.index(r["family"]) if r["family"] in families else -1
    steps = (r["manual"] or {}).get("steps", "") if r.get("manual") else ""
    references, check = references_text(r["references"]), "\n".join(r.get("check", ()))
    return [rule, r["title"], family, r["fix"], references, r["rationale"], r["cat"] or "", steps, check]


def expected_text(expected: Any, limit: int = 2000) -> str:
    """An expectation in words: `between 1 and 5`, `one of a, b`; a text is words already, other JSON as it is."""
    if isinstance(expected, str) and expected:
        return value_text("= " + expected, limit + 2)[2:]  # the mark keeps it from being quoted as a value
    if isinstance(expected, dict) and len(expected) == 1:
        (name, value), word = next(iter(expected.items())), ""
        if name in ("between",) and isinstance(value, list) and len(value) == 2:
            return f"between {value_text(value[0])} and {value_text(value[1])}"
        word = str(name).replace("_", " ")
        if isinstance(value, list):
            return value_text(f"{word} " + ", ".join(value_text(v) for v in value), limit).strip('"')
        if name in ("absent", "present") and value is True:
            return word
        return f"{word} {value_text(value, limit)}"
    return value_text(expected, limit)


def pack(payload: Mapping[str, Any]) -> str:
    """JSON, gzip, base64: letters that need no escaping inside a script element. Same input, same bytes."""
    raw = orjson.dumps(payload, option=orjson.OPT_NON_STR_KEYS)
    return base64.b64encode(gzip.compress(raw, 9, mtime=0)).decode()
