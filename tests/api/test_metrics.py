"""Metrics: true, cheap, complete in their documentation, and without the name of a target."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import event

from auditor.api.context import Context
from auditor.api.families import families
from auditor.store.figures import figures
from tests.api.rows import fill, made, see
from tests.api.serving import ask, served
from tests.docpages import DOCS


def samples(text: str) -> dict[str, float]:
    """Every sample of ours by its name with labels, as Prometheus reads them."""
    found = {}
    for family in text_string_to_metric_families(text):
        for one in family.samples:
            labels = ",".join(f"{name}={value}" for name, value in sorted(one.labels.items()))
            found[f"{one.name.removeprefix('auditor_')}{{{labels}}}".replace("{}", "")] = one.value
    return found


def test_metrics_say_what_the_database_holds(database_url: str) -> None:
    """Each figure is the one of the rows that were put there."""
    store = made(database_url)
    at = fill(store)
    see(store, "a", "scheduler")
    see(store, "b", "collect", ago=500)
    with served(Context(store)) as port:
        status, headers, text = ask(port, "/metrics")
    assert (status, headers["content-type"].partition(";")[0]) == (200, "text/plain")
    found = samples(text)
    expected = {
        "runs{state=done}": 1,
        "runs{state=failed}": 1,
        "runs{state=judging}": 1,
        "last_run_duration_seconds{schedule=nightly}": 1800,
        "last_run_complete{schedule=nightly}": 1,
        "last_run_coverage_ratio{schedule=nightly}": 0.8,
        "last_run_score_lower_ratio{schedule=nightly}": 0.6,
        "last_run_score_upper_ratio{schedule=nightly}": 0.7,
        "last_run_targets{schedule=nightly,status=collected}": 8,
        "last_run_targets{schedule=nightly,status=stale}": 1,
        "last_run_targets{schedule=nightly,status=unreachable}": 1,
        "last_run_checks{result=waived,schedule=nightly}": 3,
        "last_run_sources{outcome=failed,schedule=nightly}": 2,
        "last_run_failures{reason=lost,schedule=nightly}": 1,
        "last_run_failures{reason=timeout,schedule=nightly}": 2,
        "last_run_sources{outcome=ok,schedule=nightly}": 2,
        "shards{kind=judge,state=waiting}": 2,
        "shards{kind=judge,state=running}": 1,
        "shards{kind=judge,state=lost}": 1,
        "shards{kind=collect,state=waiting}": 0,
        "shards{kind=render,state=waiting}": 0,
        "queue_age_seconds{kind=render}": 0,
        "findings{severity=high,status=fail}": 2,
        "processes{role=scheduler}": 1,
        "processes{role=collect}": 0,
        "schedules": 2,
        "schedules_late": 1,
    }
    assert {name: found.get(name) for name in expected} == expected
    assert found["last_run_end_timestamp_seconds{schedule=nightly}"] == pytest.approx(at.timestamp() - 5.5 * 3600)
    assert 3600 <= found["queue_age_seconds{kind=judge}"] < 4000
    assert found["database_size_bytes"] > 10_000
    assert "esx-secret-name" not in text
    assert "esx-3" not in text
    with served(Context(store, fresh_metrics=0)) as port:
        assert [samples(ask(port, "/metrics")[2])["last_run_failures{reason=lost,schedule=nightly}"] for _ in "ab"] == [
            1,
            1,
        ]


def test_a_crowd_of_scrapes_is_one_look_at_the_database(tmp_path: Path) -> None:
    """Within the time that figures are fresh, nobody causes a second query."""
    store = made(f"sqlite:///{tmp_path}/a.sqlite")
    asked: list[str] = []
    event.listen(store.engine, "before_cursor_execute", lambda _c, _k, text, *_: asked.append(text))
    with served(Context(store, fresh_metrics=600)) as port:
        ask(port, "/metrics")
        once = len(asked)
        assert once > 5
        for _ in range(10):
            assert ask(port, "/metrics")[0] == 200
    assert len(asked) == once


def names(lines: Iterator[str]) -> set[str]:
    return {found[1] for line in lines if (found := re.match(r"\| `(auditor_\w+)`", line))}


def test_every_metric_is_described_and_no_other(sqlite_url: str) -> None:
    """docs/reference/metrics.md has a line for each family, with its labels and what it says, and none that is gone."""
    page = (DOCS / "reference/metrics.md").read_text()
    found = list(families(figures(made(sqlite_url), {})))
    assert names(iter(page.splitlines())) == {one.name + ("_info" if one.type == "info" else "") for one in found}
    for one in found:
        labels = ", ".join(f"`{label}`" for label in getattr(one, "_labelnames", ()))
        name = one.name + ("_info" if one.type == "info" else "")
        assert f"| `{name}` | {'`version`' if one.type == 'info' else labels} | {one.documentation} |" in page
