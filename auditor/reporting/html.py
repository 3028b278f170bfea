"""audit.html: one file, answers painted without script, findings as a compressed data block, a CSP made of hashes."""

import base64
import hashlib
from collections.abc import Mapping
from typing import Any

from auditor.reporting import charts, chosen, drift, heat, period
from auditor.reporting.columns import columns, pack
from auditor.reporting.pages import asset, environment, safe
from auditor.reporting.priority import FORMULA
from auditor.reporting.summary import Summary
from auditor.reporting.tally import Result
from auditor.reporting.words import SEVERITIES, percent

NO_SCRIPT_ROWS = 20_000  # failing rows painted for a reader without script


def render(audit: Mapping[str, Any], summary: Summary, digest: str) -> str:
    """The page. `digest` is the SHA-256 of audit.json in hexadecimal."""
    style = asset("tokens.css") + "\n" + asset("report.css")
    script = asset("report.js")
    if "</script" in script.lower() or "<!--" in script or "</style" in style.lower():
        raise ValueError("the script or style would end its own element")
    failing, left_out = _failing(summary)
    heat_rows = heat.rows(summary)
    return (
        environment()
        .get_template("report.html.j2")
        .render(
            csp=policy(style, script),
            style=safe(style),
            script=safe(script),
            data=safe(pack(columns(audit, summary))),
            audit=audit,
            run=audit["run"],
            coverage=audit["coverage"],
            rules=audit["rules"],
            drift=drift.view(audit),
            changes=drift.changes(audit),
            limits=chosen.limits(audit),
            period=period.view(audit),
            framework=(audit.get("selection") or {}).get("framework"),
            s=summary,
            verdict=verdict(summary),
            heat=heat_rows,
            strips=charts.strips(heat_rows),
            groups=sorted({heat.group_of(h) for h in summary.hosts}),
            severities=SEVERITIES,
            failing=failing,
            left_out=left_out,
            formula=FORMULA,
            digest=digest,
        )
    )


def verdict(summary: Summary) -> str:
    """The score pair in words, for titles."""
    lower, upper = summary.score["lower"], summary.score["upper"]
    if lower is None or upper is None:
        return "nothing could be scored"
    return f"{percent(lower)} to {percent(upper)} % of checks pass"


def csp_hash(text: str) -> str:
    """Hash source of the exact text between the tags, as UTF-8 with LF line ends."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def policy(style: str, script: str) -> str:
    """Nothing is allowed but this style, this script and pictures in the file; no markup can be made from text."""
    return (
        f"default-src 'none'; img-src data:; style-src {csp_hash(style)}; script-src {csp_hash(script)}; "
        "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    )


def _failing(summary: Summary) -> tuple[list[tuple[str, list[tuple[Result, Mapping[str, Any]]]]], int]:
    """Failing findings by rule, worst rule first, for a reader without script; and how many were left out."""
    per_rule: dict[str, list[tuple[Result, Mapping[str, Any]]]] = {}
    for host in summary.hosts:
        for result in host.results:
            if result.status == "fail":
                rows = per_rule.setdefault(result.rule, [])
                rows += [(result, f) for f in result.findings if f["status"] == "fail"]
    order = sorted(per_rule.items(), key=lambda x: (SEVERITIES.index(x[1][0][0].severity), -len(x[1]), x[0]))
    out, room, left_out = [], NO_SCRIPT_ROWS, 0
    for rule, rows in order:
        if room > 0:
            out.append((rule, rows[:room]))
        left_out += max(0, len(rows) - max(room, 0))
        room -= len(rows)
    return out, left_out
