"""Waivers in a whole audit: they stand beside failures and change nothing else."""

import csv
import io
import json
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from auditor.collectors.replay import Options
from auditor.document import Cover, document
from auditor.domain import Source
from auditor.pipeline import Plan, audit
from auditor.reporting import write
from auditor.runners import SerialRunner
from auditor.selection import ActiveBaseline, choose
from auditor.waivers import End, Scope, Waiver
from tests.cli.running import auditor
from tests.conftest import program, require
from tests.docpages import SAMPLES
from tests.test_docs import keys, text, undescribed
from tests.waivers.files import accepting, failures
from tests.waivers.files import write as write_waivers

HOSTILE = "<script>window.pwned=1</script> =cmd() \u202egnp {{7*7}} " + "long " * 50


@pytest.fixture(scope="module")
def baselines() -> list[ActiveBaseline]:
    return choose(())


def audited(baselines: list[ActiveBaseline], waivers: Sequence[Waiver] = ()) -> dict[str, Any]:
    source = Source("vc", "replay", options=Options(captures=SAMPLES / "vsphere"), labels={"site": "ams"})
    return document(audit(Plan([source], baselines, waivers=waivers), SerialRunner()), Cover("0"))


@pytest.fixture(scope="module")
def bare(baselines: list[ActiveBaseline]) -> dict[str, Any]:
    return audited(baselines)


def everything(bare: dict[str, Any], **changes: Any) -> list[Waiver]:
    """A waiver for each failing rule, for all that fails by it."""
    by_rule: dict[str, list[Any]] = {}
    for one in failures(bare):
        by_rule.setdefault(one.finding.rule, []).append(one)
    return [accepting(f"W-{n}", found, **changes) for n, found in enumerate(by_rule.values())]


def test_the_score_is_the_same_with_every_failure_waived(baselines: list[ActiveBaseline], bare: dict[str, Any]) -> None:
    """A waived finding is never counted as passed, unknown or not applicable: it fails, and is counted as waived."""
    waived = audited(baselines, everything(bare))
    assert bare["score"]["failed"] > 3
    assert waived["score"] == bare["score"] | {"waived": bare["score"]["failed"]}
    for before, after in zip(bare["findings"], waived["findings"], strict=True):
        assert after | {"waiver": None, "waiver_lapsed": None} == before
        assert (after["waiver"] is not None) == (after["status"] == "fail")
    assert sum(one["covers"] for one in waived["waivers"]) == sum(one["status"] == "fail" for one in bare["findings"])


def test_a_check_is_waived_when_all_its_failing_subjects_are(
    baselines: list[ActiveBaseline], bare: dict[str, Any]
) -> None:
    """Of a rule that fails on two subjects of one host, one waived subject leaves the check open."""
    source = Source("vsm", "replay", options=Options(captures=SAMPLES / "vsm"))
    before = document(audit(Plan([source], baselines), SerialRunner()), Cover("0"))
    lines = [one for one in failures(before) if one.finding.rule == "nexus1000v-idle-sessions-end"]
    assert len(lines) == 2
    for accepted, waived in ((lines[:1], 0), (lines, 1)):
        plan = Plan([source], baselines, waivers=[accepting("W", accepted)])
        assert document(audit(plan, SerialRunner()), Cover("0"))["score"]["waived"] == waived


def test_a_target_that_was_not_read_keeps_its_unknowns(baselines: list[ActiveBaseline], bare: dict[str, Any]) -> None:
    """A waiver for a host that does not answer neither waives nor lapses, whatever it was approved for."""
    (lost,) = {one["target"] for one in bare["coverage"]["unreachable"]}
    template = next(one for one in failures(bare) if one.platform == "esxi")
    moved = replace(template, finding=template.finding._replace(target=lost), own_name=lost)
    found = audited(baselines, [accepting("W", [moved])])
    assert found["score"] == bare["score"]
    (entry,) = found["waivers"]
    assert (entry["state"], entry["covers"], entry["attention"]) == ("approved", 0, None)
    assert entry["reason"] == f"not known of {lost}, where it neither applies nor lapses"


def test_a_label_of_the_source_is_a_scope(baselines: list[ActiveBaseline], bare: dict[str, Any]) -> None:
    """Labels that the inventory gives a source count for its targets."""
    for value, count in (("ams", bare["score"]["failed"]), ("rtm", 0)):
        scope = Scope(label=("site", value))
        assert audited(baselines, everything(bare, scope=scope))["score"]["waived"] == count


def test_reports_show_the_waiver_as_text(baselines: list[ActiveBaseline], bare: dict[str, Any], tmp_path: Path) -> None:
    """A hostile justification is text in the page and no formula in the table; state and reason stand there."""
    first, second, *rest = everything(bare, justification=HOSTILE)
    over = replace(second, end=End("2026-11-05", "Asia/Tokyo"))
    made = audited(baselines, [first, over, *rest])
    write(made, ["html", "csv", "json"], tmp_path)
    page = (tmp_path / "audit.html").read_text()
    assert "<script>window" not in page
    assert "&lt;script&gt;window.pwned=1" in page
    assert "\u202e" not in page
    assert "Expired</b>" in page
    assert "expired on 2026-11-05 (Asia/Tokyo)" in page
    assert "5 Nov 2026, end of day, Asia/Tokyo" in page
    rows = list(csv.DictReader(io.StringIO((tmp_path / "audit.csv").read_text("utf-8-sig"))))
    assert {row["status"] for row in rows if row["waiver"]} == {"fail"}
    assert {row["waiver_approved_by"] for row in rows if row["waiver"]} == {"Security office"}
    lapsed = [row for row in rows if row["waiver_lapsed"]]
    assert {row["rule"] for row in lapsed} == {second.rule}
    assert not any(row["waiver"] for row in lapsed)


@pytest.mark.needs_pango
def test_the_pdf_shows_who_accepted_what_until_when(
    baselines: list[ActiveBaseline], bare: dict[str, Any], tmp_path: Path
) -> None:
    """A waived failure is a failure in print too, with its waiver; what no longer holds says why."""
    require(program("pdftotext"), "pdftotext is missing; apt-get install poppler-utils")
    first, second, *rest = everything(bare, justification=HOSTILE)
    made = audited(baselines, [first, replace(second, end=End("2026-11-05", "Asia/Tokyo")), *rest])
    write(made, ["pdf"], tmp_path)
    done = subprocess.run(["pdftotext", tmp_path / "audit.pdf", "-"], capture_output=True, text=True, check=True)
    said = " ".join(done.stdout.split())
    assert "▣ Fail, waived" in said
    assert "Waived until 31 Dec 2099, end of day, Europe/Paris by Security office" in said
    assert "<script>window.pwned=1</script>" in said
    assert "Not waived (W-1): expired on 2026-11-05 (Asia/Tokyo)" in said
    assert "Expired, lapsed, ending soon, not in force" in said


def test_every_key_that_waivers_bring_is_described(baselines: list[ActiveBaseline], bare: dict[str, Any]) -> None:
    """The page of audit.json has each of them."""
    first, second, *rest = everything(bare)
    made = audited(baselines, [first, replace(second, end=End("2026-11-05", "Asia/Tokyo")), *rest])
    found = {key for key in keys(made) if "waive" in key}
    assert {"findings[].waiver.zone", "findings[].waiver_lapsed.reason", "waivers[].attention"} <= found
    assert not undescribed(found, text("reference/audit-json.md"))


def test_the_exit_status_looks_past_waived_failures(tmp_path: Path) -> None:
    """0 with every failure waived, 1 with one of them changed since; the terminal says what lapsed."""
    common = ("audit", "--from", SAMPLES / "vsm", "-f", "json", "--fail-on", "low", "--min-coverage", "0")
    assert auditor(tmp_path, *common, "-o", "bare").status == 1
    bare = json.loads((tmp_path / "bare" / "audit.json").read_text())
    waivers = everything(bare)
    write_waivers(tmp_path / "all.yaml", waivers)
    done = auditor(tmp_path, *common, "-o", "all", "--waivers", "all.yaml")
    assert (done.status, done.err) == (0, "")
    score = done.audit("all")["score"]
    assert score["waived"] == score["failed"] > 3
    assert f"Waived: {score['failed']} of {score['failed']} failing checks" in done.out
    assert "Fix first" not in done.out

    changed = [replace(one, rule_version="0") for one in failures(bare) if one.finding.rule == waivers[0].rule]
    write_waivers(tmp_path / "some.yaml", [accepting("W-0", changed), *waivers[1:]])
    done = auditor(tmp_path, *common, "-o", "some", "--waivers", "some.yaml")
    assert done.status == 1
    assert f"WAIVER LAPSED  W-0, {waivers[0].rule}: the rule changed (version 0 to " in done.out


def test_a_wrong_file_ends_with_status_2_and_nothing_is_written(tmp_path: Path) -> None:
    """A rule that does not exist is no entry without effect."""
    (tmp_path / "w.yaml").write_text("waivers:\n  - id: W-1\n    rule: nexus1000v-no-such\n")
    done = auditor(tmp_path, "audit", "--from", SAMPLES / "vsm", "-o", "out", "--waivers", "w.yaml")
    assert done.status == 2
    assert "w.yaml:2" in done.err
    assert not (tmp_path / "out").exists()
