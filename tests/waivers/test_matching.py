"""Which waiver stands beside which failure, and why one does not."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.domain import Status
from auditor.waivers import Applied, End, Scope, Seen, State, Waiver, apply, bind
from tests.waivers.making import APPROVED, NOW, approved, requested, seen


def why(found: Seen, *waivers: Waiver, now: datetime = NOW) -> str:
    """Why no waiver holds for a finding; "" when none says anything."""
    decision = apply([found], waivers, now).decisions.get(0)
    assert decision is None or decision.waiver is None
    return decision.why if decision else ""


def standing(found: list[Seen], waiver: Waiver, now: datetime = NOW) -> Any:
    return apply(found, [waiver], now).standings[0]


def test_a_failure_as_it_was_approved_is_waived() -> None:
    """Same target, subject, value, version and expectation: the waiver stands beside it."""
    found = apply([seen()], [approved()], NOW)
    assert found.decisions[0].waiver == approved()
    assert (found.standings[0].covers, found.standings[0].state, found.standings[0].reason) == (1, "approved", "")


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        (
            seen(value="prohibit-password"),
            "observed value changed from sshd.permit_root_login = yes to sshd.permit_root_login = prohibit-password",
        ),
        (seen(value=["yes"]), 'changed from sshd.permit_root_login = yes to sshd.permit_root_login = ["yes"]'),
        (seen(path="sshd.other"), "the observed value changed"),
        (seen(version="bbbb"), "the rule changed (version aaaa to bbbb)"),
        (
            seen(expected="without-password"),
            "what is expected changed from sshd.permit_root_login: no to sshd.permit_root_login: without-password",
        ),
        (seen(source="other"), "the target stood behind lab and now stands behind other"),
        (seen(subject="Match user"), "this finding was not among those that it was approved for"),
    ],
)
def test_any_change_opens_the_finding_again(changed: Seen, reason: str) -> None:
    """Value, version, expectation, source or subject: each reopens the finding and says why."""
    assert reason in why(changed, approved())
    found = standing([changed], approved())
    assert found.covers == 0
    if changed.finding.subject is None:
        assert (found.state, found.lapsed, found.attention) == ("lapsed", 1, "lapsed")
        assert reason in found.reason


def test_two_changes_are_both_said() -> None:
    """A new value under a new rule: the reader hears of both."""
    said = why(seen(value="x", version="bbbb"), approved())
    assert "the observed value changed" in said
    assert "the rule changed" in said


@pytest.mark.parametrize("status", [one for one in Status if one is not Status.FAIL])
def test_a_waiver_touches_nothing_but_failures(status: Status) -> None:
    """A finding of any other status is left alone, and its waiver does not lapse."""
    found = apply([seen(status=status)], [approved()], NOW)
    assert not found.decisions
    assert (found.standings[0].state, found.standings[0].covers, found.standings[0].lapsed) == ("approved", 0, 0)


def test_on_a_target_that_was_not_read_a_waiver_neither_applies_nor_lapses() -> None:
    """Also where the waiver is for a subject and the finding of the unread target has none."""
    waiver = approved(seen(subject="a"), subject="a")
    found = standing([seen(status=Status.UNKNOWN)], waiver)
    assert (found.state, found.attention) == ("approved", "")
    assert found.reason == "not known of web01, where it neither applies nor lapses"


def test_a_waiver_for_a_subject_is_silent_about_others() -> None:
    """A failure of another subject is not even told that it is not waived."""
    assert not apply([seen(subject="b")], [approved(seen(subject="a"), subject="a")], NOW).decisions


@pytest.mark.parametrize("status", [Status.UNKNOWN, Status.ERROR, Status.PASS])
def test_another_subject_says_nothing_of_a_waiver(status: Status) -> None:
    """A waiver for one subject is not told about another one's gap."""
    waiver = approved(seen(subject="a"), subject="a")
    assert standing([seen(subject="b", status=status)], waiver).reason == "none of its targets is in this run"


def test_states_that_do_not_hold_say_so() -> None:
    """Not approved, revoked, expired, approved later: each in words; a rejected one is no answer to a finding."""
    assert why(seen(), requested()) == "not approved"
    revoked = approved().revoke("Security office", NOW, "The host was replaced")
    assert why(seen(), revoked) == "revoked by Security office: The host was replaced"
    assert why(seen(), requested().reject("Security office", NOW, "Mend it instead")) == ""
    assert why(seen(), approved(), now=APPROVED - timedelta(seconds=1)).startswith("approved only later")
    assert why(seen(), approved(), now=approved().end.at) == "expired on 2027-01-31 (Europe/Paris)"
    assert apply([seen()], [approved()], approved().end.at - timedelta(seconds=1)).decisions[0].waiver


def test_a_decision_counts_from_when_it_was_taken() -> None:
    """A run of last week is judged by what was decided then: it was in force before it was revoked."""
    revoked = approved().revoke("Security office", NOW, "The host was replaced")
    before = NOW - timedelta(seconds=1)
    assert apply([seen()], [revoked], before).decisions[0].waiver == revoked
    assert standing([seen()], revoked, before).state == "approved"
    assert standing([seen()], revoked).state == "revoked"
    assert standing([seen()], requested().reject("a", NOW, "because"), before).state == "requested"


def test_a_wider_scope_waives_only_what_failed_at_approval() -> None:
    """A target that comes under the label later, or leaves it, is not waived."""
    ams = {"site": "ams"}
    waiver = approved(seen(labels=ams), scope=Scope(label=("site", "ams")))
    late = seen("web02", labels=ams)
    found = apply([seen(labels=ams), late, seen("web03")], [waiver], NOW)
    assert found.decisions[0].waiver == waiver
    assert found.decisions[1].why == "this finding was not among those that it was approved for"
    assert 2 not in found.decisions
    assert found.standings[0].covers == 1
    assert why(seen(labels={"site": "rtm"}), waiver) == "the target no longer lies in its scope, label site=ams"


def test_a_scope_may_be_a_source() -> None:
    """Every target behind the source that failed at approval."""
    waiver = approved(seen(), seen("web02"), scope=Scope(source="lab"))
    found = apply([seen(), seen("web02"), seen("web02", source="other")], [waiver], NOW)
    assert [found.decisions[n].waiver is not None for n in range(2)] == [True, True]
    assert 2 not in found.decisions


def test_a_target_is_known_however_a_run_shows_it() -> None:
    """Where a second source knows the name too, a run shows it as source/name: it is the same target, and no other."""
    shown = replace(seen("lab/web01"), own_name="web01")
    rival = replace(seen("new/web01", source="new"), own_name="web01")
    for waiver in (approved(), approved(shown, scope=Scope(("lab/web01",)))):
        found = apply([shown, rival], [waiver], NOW)
        assert found.decisions[0].waiver == waiver
        assert 1 not in found.decisions
        assert apply([seen()], [waiver], NOW).decisions[0].waiver == waiver
        assert found.standings[0].lapsed == 0


def test_part_of_a_waiver_may_lapse() -> None:
    """One target changed, one did not: in force for one, and marked."""
    waiver = approved(seen(), seen("web02"), scope=Scope(targets=("web01", "web02")))
    found = standing([seen(), seen("web02", value="other")], waiver)
    assert (found.state, found.covers, found.lapsed, found.attention) == ("approved", 1, 1, "lapsed")


def test_two_subjects_of_one_name_are_both_waived() -> None:
    """Names of subjects may repeat: each finding is held against all that were accepted under its name."""
    pair = [seen(subject="a", value=1), seen(subject="a", value=2)]
    found = apply([*pair, seen(subject="a", value=3)], [approved(*pair)], NOW)
    assert [found.decisions[n].waiver is not None for n in range(3)] == [True, True, False]


def test_a_waiver_may_be_approved_for_two_versions_of_a_rule() -> None:
    """As two tailorings make them: each holds where it was approved, and a third does not."""
    waiver = approved(seen(version="aaaa"), seen(version="bbbb"))
    found = apply([seen(version=version) for version in ("aaaa", "bbbb", "cccc")], [waiver], NOW)
    assert [found.decisions[n].waiver is not None for n in range(3)] == [True, True, False]


def test_of_two_that_hold_the_later_end_stands_beside() -> None:
    """And the other says so; each finding is counted once."""
    longer = approved(id="W-2", end=End("2027-06-30", "UTC"))
    found = apply([seen()], [approved(), longer], NOW)
    assert found.decisions[0].waiver == longer
    assert {one.waiver.id: one.covers for one in found.standings} == {"W-1": 0, "W-2": 1}
    assert {one.state for one in found.standings} == {"approved"}


def test_expired_and_lapsed_ones_are_listed_first() -> None:
    """Then what ends within 30 days, then the rest, then what was turned down."""
    waivers = [
        requested(id="asked"),
        approved(id="fine", rule="linux-other"),
        approved(id="soon", end=End("2026-12-20", "UTC")),
        approved(seen(value="before"), id="lapsed"),
        approved(id="over", end=End("2026-11-20", "UTC")),
        requested(id="no").reject("Security office", NOW, "Mend it instead"),
    ]
    order = [(one.waiver.id, one.attention) for one in apply([seen()], waivers, NOW).standings]
    assert order == [
        ("over", "expired"), ("lapsed", "lapsed"), ("soon", "expiring"), ("asked", ""), ("fine", ""), ("no", ""),
    ]  # fmt: skip


def test_a_waiver_of_which_nothing_is_seen_says_why() -> None:
    """Its rule is not judged, its targets are elsewhere, or nothing fails any more."""
    assert standing([], approved()).reason == "its rule is not judged in this run"
    assert standing([seen("web09")], approved()).reason == "none of its targets is in this run"
    assert standing([seen(status=Status.PASS)], approved()).reason == "what it was approved for does not fail"


def test_transitions_refuse_what_is_not_allowed() -> None:
    """Nobody approves their own, and no step is taken twice."""
    bound = [bind(seen())]
    for same in ("Web team", "  web  TEAM ", "ｗｅｂ team"):
        with pytest.raises(ValueError, match="somebody else"):
            requested().approve(same, NOW, bound)
    with pytest.raises(ValueError, match="nothing to accept"):
        requested().approve("Security office", NOW, [])
    with pytest.raises(ValueError, match="has passed"):
        requested().approve("Security office", requested().end.at, bound)
    for done in (approved(), approved().revoke("a", NOW, "because"), requested().reject("a", NOW, "because")):
        with pytest.raises(ValueError, match=f"is {done.state}"):
            done.approve("Security office", NOW, bound)
        with pytest.raises(ValueError, match=f"is {done.state}"):
            done.reject("Security office", NOW, "because")
    with pytest.raises(ValueError, match="the waiver W-1 is approved already"):
        approved().approve("Security office", NOW, bound)
    assert approved().revoke("a", NOW, "because").state is State.REVOKED


FINDINGS = st.builds(
    seen,
    st.sampled_from(["web01", "web02"]),
    st.sampled_from(["yes", "no", 1]),
    subject=st.sampled_from([None, "a", "b"]),
    status=st.sampled_from(list(Status)),
    version=st.sampled_from(["aaaa", "bbbb"]),
    expected=st.sampled_from(["no", "never"]),
    source=st.sampled_from(["lab", "other"]),
    labels=st.sampled_from([{}, {"site": "ams"}]),
)
SCOPES = st.sampled_from(
    [Scope(("web01",)), Scope(("web01", "web02")), Scope(label=("site", "ams")), Scope(source="lab")]
)


ACCEPTED = st.lists(FINDINGS, min_size=1, max_size=6)


@given(ACCEPTED, SCOPES, st.sampled_from([None, "a"]), st.data())
def test_only_what_was_approved_exactly_is_ever_waived(
    accepted: list[Seen], scope: Scope, subject: str | None, data: st.DataObject
) -> None:
    """Whatever happens: a waived finding fails, lies in the scope, and is one of those accepted in every part."""
    found = data.draw(st.lists(st.sampled_from(accepted) | FINDINGS, max_size=12))
    waiver = approved(*accepted, scope=scope, subject=subject)
    bounds = {bind(one) for one in accepted}
    result: Applied = apply(found, [waiver], NOW)
    waived = [n for n, decision in result.decisions.items() if decision.waiver]
    for n, one in enumerate(found):
        inside = one.within(scope)
        meant = subject in (None, one.finding.subject)
        fits = one.finding.status is Status.FAIL and inside and meant and bind(one) in bounds
        assert (n in waived) == fits
    assert result.standings[0].covers == len(waived)
    assert apply(list(reversed(found)), [waiver], NOW).standings[0].covers == len(waived)
