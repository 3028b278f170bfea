"""Further sheets of audit.xlsx, for a report of a framework or a period: controls, nights, what came and went."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from auditor.reporting.exports.book import Cell, Column
from auditor.reporting.period import view
from auditor.reporting.words import instant

CONTROLS = (
    *(Column("control", 16), Column("label", 36), Column("rules", 60), Column("of them by family", 12)),
    *(Column("passed", 9), Column("failed", 9), Column("waived", 9), Column("unknown", 9)),
    *(Column("% if unknown fails", 12), Column("% if unknown passes", 12), Column("proven", 24)),
)
NIGHTS = (
    *(Column("when (UTC)", 20), Column("run", 24), Column("state", 12), Column("what was read", 40)),
    *(Column("targets", 9), Column("read", 9), Column("unreachable", 11), Column("stale", 9)),
    *(Column("% if unknown fails", 12), Column("% if unknown passes", 12), Column("reason", 60)),
)
TIMES = (Column("first seen (UTC)", 20), Column("last seen (UTC)", 20), Column("closed (UTC)", 20), Column("came", 12))
FINDINGS = (
    *(Column("target", 30), Column("rule", 36), Column("title", 44), Column("severity", 10), Column("subject", 24)),
    *(Column("status, the last time", 12), Column("waived", 9), *TIMES),
)
DRIFT = (Column("target", 30), Column("golden profile", 24), Column("path", 44), Column("change", 12), *TIMES)
UNREAD = (
    *(Column("target", 30), Column("nights not read", 10), Column("of nights", 10), Column("last read (UTC)", 20)),
    Column("why, the last time", 60),
)
WAIVERS = (
    *(Column("id", 16), Column("rules", 36), Column("justification", 60), Column("requested by", 20)),
    *(Column("approved by", 20), Column("until (UTC)", 20), Column("findings", 10)),
    Column("ticket", 20),
)
Sheet = tuple[str, Sequence[Column], Iterable[Sequence[Cell]]]


def chosen_sheets(audit: Mapping[str, Any]) -> Iterator[Sheet]:
    """(name, columns, rows) of each; none for a report of a whole run."""
    if framework := (audit.get("selection") or {}).get("framework"):
        yield "Controls", CONTROLS, _controls(framework)
    if period := audit.get("period"):
        yield "Nights", NIGHTS, _nights(audit)
        yield "Period findings", FINDINGS, map(_finding, period["findings"])
        yield "Period drift", DRIFT, map(_drift, period["drift"])
        yield "Not read", UNREAD, map(_unread, period["unread"])
        yield "Period waivers", WAIVERS, map(_waiver, period["waivers"])


def _controls(framework: Mapping[str, Any]) -> Iterator[list[Cell]]:
    for one in framework["controls"]:
        counts = [one[name] for name in ("passed", "failed", "waived", "unknown", "lower", "upper")]
        yield [one["control"], one["label"], ", ".join(one["rules"]), one["by_family"], *counts, _proven(one)]
    for one in framework["without_rule"] or ():
        yield [one["control"], one["label"], "", 0, *[None] * 6, "no: no rule serves it"]


def _proven(control: Mapping[str, Any]) -> str:
    if control["lower"] is not None:
        return "by these rules"
    return "by hand" if control["notchecked"] else "no: no check applied"


def _nights(audit: Mapping[str, Any]) -> Iterator[list[Cell]]:
    lines = view(audit)
    for one, line in zip(audit["period"]["nights"], lines.nights if lines else (), strict=True):
        score = one["score"] or {"lower": None, "upper": None}
        counts = [one[name] for name in ("targets", "collected", "unreachable", "stale")]
        head = [instant(line.at), one["run"], one["state"], line.words]
        yield [*head, *counts, score["lower"], score["upper"], one["reason"]]


def _times(one: Mapping[str, Any]) -> list[Cell]:
    when = [instant(one[name]) for name in ("first_seen", "last_seen", "closed_at")]
    return [*when, "in the period" if one["opened"] else "before"]


def _finding(one: Mapping[str, Any]) -> list[Cell]:
    head = [one[name] for name in ("target", "rule", "title", "severity", "subject", "status")]
    return [*head, "yes" if one["waived"] else "no", *_times(one)]


def _drift(one: Mapping[str, Any]) -> list[Cell]:
    return [one["target"], one["golden"], one["path"] or "the whole target", one["change"], *_times(one)]


def _unread(one: Mapping[str, Any]) -> list[Cell]:
    return [one["target"], one["nights"], one["of"], instant(one["last_read"]) or "never", one["reason"]]


def _waiver(one: Mapping[str, Any]) -> list[Cell]:
    who = [one["justification"], one["requested_by"], one["approved_by"]]
    return [
        one["id"],
        ", ".join(one["rules"]),
        *who,
        instant(one["expiration_date"]),
        one["findings"],
        one.get("ticket"),
    ]
