"""`period` of a document: what became of an estate between two times, beside the document of its last run."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import Connection

from auditor.evidence.captures import iso
from auditor.library import frameworks
from auditor.service.downloads.choice import Period
from auditor.service.downloads.cut import Cut
from auditor.service.downloads.framework import by_framework, served_by
from auditor.service.downloads.nights import Nights, nights_of
from auditor.service.downloads.spells import Spell, during
from auditor.service.within import document_cut
from auditor.store import blobs, periods
from auditor.store.engine import Store
from auditor.store.history import moment_of, time_of

Json = dict[str, Any]
Step = Callable[[str, int, int], None]
AT_ONCE = 100  # targets


def period_of(store: Store, period: Period, framework: str, cut: Cut, document: Mapping[str, Any], step: Step) -> Json:
    """The section: nights with coverage and score, findings with first_seen, last_seen and closed_at, who was not read,
    waivers that stood beside a failure, drift, and who came or went. Raises StoreError, and what `step` raises.
    """
    with store.reading() as connection:
        nights = nights_of(connection, period, cut)
        rules = _rules(connection, nights)
        targets = [row.id for row in periods.targets(connection, period.series, cut.conditions(), period.end)]
    if framework:
        served = served_by(rules, framework, frameworks())
        rules = {name: one for name, one in rules.items() if name in served}
    told = _Told(period, rules)
    for done in range(0, len(targets), AT_ONCE):
        with store.reading() as connection:
            told.add(connection, targets[done : done + AT_ONCE])
        step("selecting", min(done + AT_ONCE, len(targets)), len(targets))
    results = [
        row for row in nights.rows if row.series == period.series and row.state == "done" and row.head is not None
    ]
    return {
        "from": iso(period.begin),
        "to": iso(period.end),
        "zone": period.zone,
        "schedule": period.schedule or None,
        "planned": nights.planned,
        "nights": [{**one, "score": None} for one in nights.entries] if framework else nights.entries,
        "begin": _state(store, results[0], framework, cut, document),
        "end": _state(store, results[-1], framework, cut, document),
        "counts": told.counts(),
        "findings": sorted(
            told.findings, key=lambda one: (one["target"], one["rule"], one["subject"] or "", one["first_seen"])
        ),
        "drift": sorted(told.drift, key=lambda one: (one["target"], one["golden"], one["path"], one["first_seen"])),
        "unread": sorted(told.unread, key=lambda one: (-one["nights"], one["target"])),
        "waivers": [told.waivers[name] for name in sorted(told.waivers)],
        **told.came_and_went(results),
    }


def _rules(connection: Connection, nights: Nights) -> dict[str, Any]:
    """The rules of all runs of the period; of one in several runs, as the last had it."""
    found: dict[str, Any] = {}
    for ident in dict.fromkeys(row.rules for row in nights.rows if row.rules is not None):
        found |= blobs.get_json(connection, ident)
    return found


def _state(store: Store, row: Any, framework: str, cut: Cut, document: Mapping[str, Any]) -> Json:
    """The run at one end of the period, with its score."""
    if row.name == document["run"]["id"]:
        found = dict(document)
    else:
        found = document_cut(store, row, cut)
    if framework:
        found = by_framework({"selection": {}, **found}, framework)
    return {"run": row.name, "at": iso(row.finished_at), "score": found["score"]}


class _Told:
    """What is told of the targets, a batch at a time."""

    def __init__(self, period: Period, rules: Mapping[str, Any]) -> None:
        self._series, self._rules, self._end = period.series, rules, period.end
        self._begin = moment_of(period.begin)
        self.findings: list[Json] = []
        self.drift: list[Json] = []
        self.unread: list[Json] = []
        self.waivers: dict[str, Json] = {}
        self._of_run: dict[int, set[str]] = {}

    def add(self, connection: Connection, batch: Sequence[int]) -> None:
        """The targets of a batch."""
        read: dict[int, list[int]] = {target: [] for target in batch}
        seen: dict[int, list[Any]] = {target: [] for target in batch}
        names: dict[int, str] = {}
        for look in periods.looks(connection, self._series, batch, self._end):
            names[look.target] = look.shown
            if look.status == "collected":
                read[look.target].append(look.moment)
            if look.moment >= self._begin:
                seen[look.target].append(look)
                self._of_run.setdefault(look.run, set()).add(look.shown)
        self._add_unread(seen, read, names)
        open_ = (
            row for row in periods.findings(connection, self._series, batch, self._end) if row.rule_name in self._rules
        )
        found = list(during(open_, read, lambda row: (row.rule_name, row.subject), self._begin))
        bodies = _bodies(connection, (row.body for _, spell in found for row in spell.rows))
        self.findings += [self._finding(names[target], spell, bodies, read[target]) for target, spell in found]
        rows = periods.drifts(connection, self._series, batch, self._end)
        drifts = list(during(rows, read, lambda row: (row.golden, row.path), self._begin))
        bodies = _bodies(connection, (spell.row.body for _, spell in drifts))
        self.drift += [
            {
                "target": names[target],
                "golden": spell.row.golden,
                "path": bodies[spell.row.body]["path"],
                "change": spell.row.change,
                **self._when(spell),
            }
            for target, spell in drifts
        ]

    def _add_unread(
        self, seen: Mapping[int, Sequence[Any]], read: Mapping[int, Sequence[int]], names: Mapping[int, str]
    ) -> None:
        for target, looks in seen.items():
            lost = [one for one in looks if one.status != "collected"]
            if lost:
                last = iso(time_of(read[target][-1])) if read[target] else None
                entry = {"target": names[target], "nights": len(lost), "of": len(looks), "last_read": last}
                self.unread.append({**entry, "reason": lost[-1].reason, "status": looks[-1].status})

    def _when(self, spell: Spell) -> Json:
        return {
            "first_seen": iso(time_of(spell.first)),
            "last_seen": iso(time_of(spell.last)),
            "closed_at": None if spell.closed is None else iso(time_of(spell.closed)),
            "opened": spell.first >= self._begin,
        }

    def _finding(self, target: str, spell: Spell, bodies: Mapping[int, Any], read: Sequence[int]) -> Json:
        row, body = spell.row, bodies[spell.row.body]
        subject = body.get("subject", row.subject or None)
        for one in spell.rows:
            after = [moment for moment in read if one.last is not None and moment > one.last]
            if (waiver := bodies[one.body].get("waiver")) and (not after or after[0] >= self._begin):
                self._waived(waiver, one, (target, row.rule_name, subject))
        return {
            "target": target,
            "rule": row.rule_name,
            "title": self._rules[row.rule_name]["title"],
            "severity": row.severity,
            "subject": subject,
            "status": row.status,
            "failed": any(one.status == "fail" for one in spell.rows),
            "waived": bool(body.get("waiver")),
            **self._when(spell),
        }

    def _waived(self, waiver: Mapping[str, Any], row: Any, where: tuple[str, str, str | None]) -> None:
        entry = self.waivers.setdefault(waiver["id"], {**waiver, "rules": [], "findings": 0})
        entry["findings"] += 1
        if where[1] not in entry["rules"]:
            entry["rules"] = sorted([*entry["rules"], where[1]])

    def counts(self) -> Json:
        """How many findings failed at the begin and at the end, came and went; and of how many it was never known."""
        failed = [one for one in self.findings if one["failed"]]
        return {
            "open_at_begin": sum(not one["opened"] for one in failed),
            "opened": sum(one["opened"] for one in failed),
            "closed": sum(one["closed_at"] is not None for one in failed),
            "open_at_end": sum(one["closed_at"] is None for one in failed),
            "unknown": len(self.findings) - len(failed),
        }

    def came_and_went(self, results: Sequence[Any]) -> Json:
        """Targets that the last whole run has and the first has not, and the other way round."""
        whole = [self._of_run.get(row.id, set()) for row in results if row.whole]
        first, last = (whole[0], whole[-1]) if len(whole) > 1 else (set(), set())
        return {"appeared": sorted(last - first), "gone": sorted(first - last)}


def _bodies(connection: Connection, idents: Iterable[int]) -> dict[int, Any]:
    found = blobs.get_many(connection, set(idents))
    return {ident: orjson.loads(content) for ident, content in found.items()}
