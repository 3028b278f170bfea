"""The view model: numbers counted once, and nothing unknown ever counted as good."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from auditor.reporting import heat
from auditor.reporting.priority import FORMULA, WEIGHTS, priority
from auditor.reporting.summary import summarise
from auditor.reporting.tally import Tally, results
from tests.reporting.synthetic import make


def _finding(status: str, *, waiver: bool = False, subject: str | None = None, reason: str = "") -> dict[str, Any]:
    return {
        "target": "t",
        "rule": "r",
        "severity": "high",
        "status": status,
        "reason": reason,
        "subject": subject,
        "waiver": {"id": "W-1"} if waiver else None,
    }


def test_the_worst_subject_decides_the_result_of_a_rule_on_a_target() -> None:
    """Fail beats unknown beats pass, in whatever order the subjects come."""
    for first, second, expected in (
        ("pass", "fail", "fail"),
        ("unknown", "fail", "fail"),
        ("pass", "unknown", "unknown"),
        ("error", "pass", "error"),
        ("notapplicable", "pass", "pass"),
    ):
        for pair in ((first, second), (second, first)):
            assert results([_finding(s) for s in pair])[0].status == expected


def test_a_result_is_waived_only_when_every_failing_subject_is() -> None:
    """One open failure among waived ones stays an open failure."""
    both = results([_finding("fail", waiver=True, subject="a"), _finding("fail", waiver=True, subject="b")])
    one = results([_finding("fail", waiver=True, subject="a"), _finding("fail", subject="b")])
    assert (both[0].waived, one[0].waived) == (True, False)


def test_a_status_that_this_version_does_not_know_counts_as_unknown() -> None:
    """A new status word never turns green."""
    tally = Tally()
    for result in results([_finding("brandnew")]):
        tally.add(result)
    assert (tally.unknown, tally.passed) == (1, 0)


def test_the_score_pair_brackets_what_the_unknowns_could_be() -> None:
    """Lower counts unknown as failing, upper as passing; without an applicable rule there is no score."""
    assert (Tally(fail=1, unknown=1, passed=2).lower, Tally(fail=1, unknown=1, passed=2).upper) == (50.0, 75.0)
    assert Tally(notapplicable=3).lower is None
    assert Tally(waived=1, passed=1).upper == 50.0  # a waived failure is a failure


def test_the_summary_agrees_with_the_score_in_the_audit() -> None:
    """Counting the findings again gives the audit's own numbers."""
    audit = make(60)
    s = summarise(audit)
    assert s.tally.passed == audit["score"]["passed"]
    assert s.tally.unknown == audit["score"]["unknown"]
    assert s.tally.fail + s.tally.waived == audit["score"]["failed"]
    assert s.tally.lower == audit["score"]["lower"]
    assert sum(p.tally.judged for p in s.platforms) == s.tally.judged == sum(h.tally.judged for h in s.hosts)


def test_an_unread_target_has_its_reason_and_only_unknown_checks() -> None:
    """It is listed apart, with why, and none of its checks passes."""
    s = summarise(make(40, lost=4))
    assert len(s.unread) == 4
    for host in s.unread:
        assert host.reason
        assert host.tally.passed == 0
        assert host.tally.unknown == host.tally.judged > 0


def test_all_unknown_has_nothing_clear_on_the_heat_map() -> None:
    """Where nothing was judged, no cell is clear."""
    for row in heat.rows(summarise(make(30, mood="all-unknown"))):
        assert {c.kind for cells in row.cells for c in cells} <= {"unknown", "none"}


def test_a_cell_with_any_unknown_is_never_clear() -> None:
    """One unknown among passes makes the cell unknown, not clear."""
    s = summarise(make(80))
    for row in heat.rows(s):
        for cells in row.cells:
            for cell in cells:
                assert not (cell.kind == "clear" and (cell.unknown or cell.open))


@given(st.integers(1, 1_000_000))
def test_a_critical_rule_on_one_target_stands_above_a_low_one_on_any_number(targets: int) -> None:
    """The order of what to fix first cannot be turned over by numbers of hosts alone."""
    assert priority("critical", 1) > priority("low", targets) > 0 == priority("low", 0)


@given(st.integers(1, 5000), st.integers(1, 5000), st.sampled_from(sorted(WEIGHTS)))
def test_more_targets_never_lower_the_priority(a: int, b: int, severity: str) -> None:
    """At equal severity the rule that fails on more targets comes first."""
    assert (priority(severity, a) <= priority(severity, b)) == (a <= b)


def test_the_formula_that_the_report_prints_is_the_one_in_use() -> None:
    """Weights and the figure 5,800 in the text are those of the function."""
    for severity, weight in WEIGHTS.items():
        assert f"{severity} {weight}" in FORMULA
    assert priority("medium", 5_700) < priority("critical", 1) < priority("medium", 5_900)


def test_what_to_fix_first_leaves_out_rules_whose_failures_are_all_waived() -> None:
    """A rule with waived failures only is accepted, so it is not on the list."""
    audit = make(30)
    for finding in audit["findings"]:
        if finding["status"] == "fail":
            finding["waiver"] = {"id": "W", "justification": "", "approved_by": "", "expiration_date": "2027-01-01"}
    assert summarise(audit).fixes == []


def test_large_groups_are_cut_into_rows_of_the_heat_map() -> None:
    """No row holds more hosts than can be drawn, and no host is lost."""
    s = summarise(make(300))
    rows = heat.rows(s)
    assert max(len(r.hosts) for r in rows) <= heat.ROW
    assert sum(len(r.hosts) for r in rows) == len(s.hosts)
