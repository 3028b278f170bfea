"""`auditor drift` between two states in the database: runs, or moments. No host is asked."""

import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from auditor.cli import EXIT_COVERAGE, EXIT_FINDINGS, EXIT_OK, origins
from auditor.cli.output import as_json, one_line
from auditor.cli.report import past_moment
from auditor.errors import InputError

_RUN = re.compile(r"latest|\d{8}-\d{6}-[0-9a-f]+")


@dataclass(frozen=True, slots=True)
class Sides:
    """What is compared, as it was written: runs or times."""

    since: str
    until: str | None = None
    zone: str | None = None
    series: int | None = None
    schedule: str | None = None

    def found(self, store: Any) -> tuple[Any, Any]:
        """The two states (`service.stored.Found`). Raises InputError."""
        from auditor.service.asof import found_at

        number = self._series(store)
        before = self._state(store, self.since, "--since", number)
        if self.until is not None:
            return before, self._state(store, self.until, "--until", number)
        return before, found_at(store, number, datetime.now(UTC))

    def _series(self, store: Any) -> int:
        """That of a named run, else the one that is meant."""
        from auditor.service.choosing import run_named, series_meant

        with store.reading() as connection:
            for text in (self.until, self.since):
                if text is not None and self._is_run(connection, text):
                    return int(run_named(connection, text).series)
            return series_meant(connection, self.series, self.schedule)

    def _state(self, store: Any, text: str, option: str, series: int) -> Any:
        from auditor.service.asof import found_at
        from auditor.service.stored import found_of

        with store.reading() as connection:
            is_run = self._is_run(connection, text)
        if is_run:
            return found_of(store, text)
        if not re.match(r"\s*\d{4}", text):
            what = f"{option} {text[:80]!r} is no file, no stored run and no time"
            raise InputError(what, mend="`auditor run list` names runs; times are written like 2026-03-31T23:59+02:00.")
        return found_at(store, series, past_moment(text, self.zone, option))

    def _is_run(self, connection: Any, text: str) -> bool:
        from auditor.store.runs import find_run

        return bool(_RUN.fullmatch(text)) or find_run(connection, text) is not None


def drift_of_store(sides: Sides, patterns: Sequence[str], form: str, database: str | None) -> int:
    """Print what changed between two stored states; the exit status of `auditor drift`."""
    from auditor.cli.saving import open_database
    from auditor.document import drift_entry
    from auditor.service.drifting import Between

    store = open_database(database)
    try:
        before, after = sides.found(store)
        between = Between(store, before, after)
        facts, findings = between.facts(patterns), between.findings(patterns)
        by_change = _labels(store, after, [one.drift for one in facts])
    finally:
        store.close()
    since, until = _side(before), _side(after)
    if form == "json":
        changed = [
            {
                **drift_entry(one.change.drift),
                "rule": one.change.rule or None,
                "subject": one.change.subject,
                "status_before": one.change.was,
                "status": one.change.now,
                **origins.entry(one.origin),
            }
            for one in findings
        ]
        drift = [
            {**drift_entry(one.drift), "by_change": label, **origins.entry(one.origin)}
            for one, label in zip(facts, by_change, strict=True)
        ]
        as_json({"since": since, "until": until, "drift": drift, "findings": changed})
    else:
        for fact, label in zip(facts, by_change, strict=True):
            origins.show(fact.drift, fact.origin)
            if label is not None:
                ticket = f", ticket {one_line(label['ticket'], 80)}" if label["ticket"] else ""
                sys.stdout.write(f"    as the approved change {label['id']} foretold{ticket}\n")
        for finding in findings:
            change = finding.change
            status = (
                f"{change.was or 'none'} to {change.now or 'none'}" if change.was != change.now else str(change.now)
            )
            where = f"{change.rule} {change.subject}" if change.subject else change.rule
            origins.show(change.drift, finding.origin, f"{where} {status}".strip())
        told = [*(one.drift for one in facts), *(one.change.drift for one in findings)]
        names = {one.target for one in told if one.change != "unknown"}
        sys.stdout.write(f"{len(names)} targets drifted from {_words(since)} to {_words(until)}\n")
    changes = [*(one.drift.change for one in facts), *(one.change.drift.change for one in findings)]
    if any(one != "unknown" for one in changes):
        return EXIT_FINDINGS
    return EXIT_COVERAGE if changes else EXIT_OK


def _labels(store: Any, after: Any, drifts: Sequence[Any]) -> list[dict[str, Any] | None]:
    """The approved change that foretold each drift, None where none did."""
    from auditor.document import drift_entry
    from auditor.service.changing.labelled import Labels

    seen = {one.shown: one for one in after.seen}
    found: list[dict[str, Any] | None] = []
    with store.reading() as connection:
        labels = Labels(connection, min((one.at for one in after.seen), default=datetime.now(UTC)))
        for drift in drifts:
            one = seen.get(drift.target)
            key = (one.platform, one.source, one.name) if one is not None else None
            found.append(None if key is None or one is None else labels.of(key, one.at, drift_entry(drift)))
    return found


def _side(found: Any) -> dict[str, Any]:
    run = found.document["run"]
    return {"run": None, "as_of": run["as_of"]} if "as_of" in run else {"run": run["id"], "as_of": run["started_at"]}


def _words(side: dict[str, Any]) -> str:
    return f"run {side['run']} ({side['as_of']})" if side["run"] else f"the state of {side['as_of']}"
