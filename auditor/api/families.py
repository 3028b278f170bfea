"""Figures as Prometheus metrics. Names end in their unit; no label holds the name of a target."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import orjson
from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily

from auditor import __version__
from auditor.errors import InputError
from auditor.schedules import checked_schedule, decide
from auditor.schedules.decide import ON_TIME
from auditor.store.figures import DueState, Figures, LastRun
from auditor.store.shards import KINDS

_CHECKS = ("passed", "failed", "unknown", "notapplicable", "notchecked", "waived")


def families(found: Figures) -> Iterator[Metric]:
    """Every family, also those that have no sample now."""
    info = InfoMetricFamily("auditor_build", "The release that answers.")
    info.add_metric([], {"version": __version__})
    yield info
    yield _by("auditor_runs", "Runs in the database, by state.", ["state"], found.runs)
    yield from _last_runs(found)
    yield from _queues(found)
    yield _by("auditor_findings", "Findings as they stand now.", ["severity", "status"], found.findings)
    roles = ("scheduler", *KINDS)
    alive = {role: sum(one.alive and role in one.roles for one in found.processes) for role in roles}
    yield _by(
        "auditor_processes", "Processes seen lately that keep schedules or work on a kind of shard.", ["role"], alive
    )
    late = sum(is_late(one, found) for one in found.schedules)
    yield GaugeMetricFamily("auditor_schedules", "Schedules that are neither paused nor retired.", len(found.schedules))
    yield GaugeMetricFamily(
        "auditor_schedules_late", "Those with a due time that no scheduler looked at in time.", late
    )
    yield _by("auditor_notifications", "Events to tell somebody, by what became of them.", ["state"], found.outbox)
    yield GaugeMetricFamily(
        "auditor_notifications_age_seconds", "How long the oldest event that is due has waited.", found.outbox_age
    )
    yield GaugeMetricFamily("auditor_database_size_bytes", "Size of the database on disk.", found.size)
    yield GaugeMetricFamily("auditor_figures_timestamp_seconds", "When these figures were read.", found.at.timestamp())


def is_late(one: DueState, found: Figures) -> bool:
    """Whether a due time has passed by more than the tolerance and nothing was decided about it."""
    try:
        schedule = checked_schedule(orjson.loads(one.definition))
    except (InputError, ValueError):  # of a newer release, or damaged: nobody can follow it
        return True
    limit = found.at - ON_TIME - timedelta(seconds=30)
    return bool(decide(schedule, one.decided_until, limit).decisions)


def _by(name: str, says: str, labels: list[str], values: Mapping[Any, int]) -> Metric:
    """A family with one sample for each key: a text, or a tuple of texts."""
    family = GaugeMetricFamily(name, says, labels=labels)
    for key, value in sorted(values.items()):
        family.add_metric([key] if isinstance(key, str) else list(key), value)
    return family


def _last_runs(found: Figures) -> Iterator[Metric]:
    def family(name: str, says: str, *labels: str) -> GaugeMetricFamily:
        return GaugeMetricFamily(f"auditor_last_run_{name}", says, labels=["schedule", *labels])

    end = family("end_timestamp_seconds", "When the last run of a schedule ended.")
    length = family("duration_seconds", "How long it took.")
    well = family("complete", "1 when it ended as it should, 0 when it failed or was cancelled.")
    targets = family("targets", "Its population: read, not read, and read too long ago.", "status")
    coverage = family("coverage_ratio", "Share of its population that was read.")
    lower = family("score_lower_ratio", "Share of its checks that pass, if every unknown one fails.")
    upper = family("score_upper_ratio", "Share of its checks that pass, if every unknown one passes.")
    checks = family("checks", "Its checks (rule x target), by what came of them.", "result")
    sources = family("sources", "Its sources, by what came of them.", "outcome")
    failures = family("failures", "Failures of its sources and targets, by kind of reason.", "reason")
    for run in found.last_runs:
        name = run.schedule
        end.add_metric([name], run.finished_at.timestamp())
        length.add_metric([name], (run.finished_at - run.started_at).total_seconds())
        well.add_metric([name], run.state == "done")
        for status, count in _targets(run).items():
            targets.add_metric([name, status], count)
        if run.population:
            coverage.add_metric([name], run.collected / run.population)
        if judged := sum(run.checks[one] for one in ("passed", "failed", "unknown")):
            lower.add_metric([name], run.checks["passed"] / judged)
            upper.add_metric([name], (run.checks["passed"] + run.checks["unknown"]) / judged)
        for result in _CHECKS:
            checks.add_metric([name, result], run.checks[result])
        for outcome, count in sorted(run.sources.items()):
            sources.add_metric([name, outcome], count)
        for reason, count in sorted(run.failures.items()):
            failures.add_metric([name, reason], count)
    yield from (end, length, well, targets, coverage, lower, upper, checks, sources, failures)


def _targets(run: LastRun) -> dict[str, int]:
    unread = max(0, run.population - run.collected - run.stale)
    return {"collected": run.collected, "stale": run.stale, "unreachable": unread}


def _queues(found: Figures) -> Iterator[Metric]:
    shards = GaugeMetricFamily("auditor_shards", "Shards of open runs, by kind and state.", labels=["kind", "state"])
    age = GaugeMetricFamily(
        "auditor_queue_age_seconds", "How long the oldest waiting shard has waited.", labels=["kind"]
    )
    known = {one.kind: one for one in found.queues}
    for kind in sorted({*KINDS, *known}):
        one = known.get(kind)
        age.add_metric([kind], one.oldest if one else 0.0)
        shards.add_metric([kind, "waiting"], one.waiting if one else 0)
        shards.add_metric([kind, "running"], one.running - one.lost if one else 0)
        shards.add_metric([kind, "lost"], one.lost if one else 0)
    yield from (shards, age)
