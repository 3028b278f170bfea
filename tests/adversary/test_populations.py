"""Over random estates: nobody is left out, and no failure or gap ever makes a verdict or the score better."""

from dataclasses import replace
from datetime import date

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auditor.coverage import cover, source_targets, unique_names
from auditor.domain import Capture, Exclusion, Failure, Finding, Member, Snapshot, Source, Status, Target
from auditor.pipeline import distinct
from auditor.verdicts import Score, judge, plan, score
from tests.adversary.samples import GREEN, MOMENT, shipped

names = st.sampled_from(["a", "b", "c", "s1/a", "a (dvs)"])
platforms = st.sampled_from(["esxi", "dvs"])


@st.composite
def estates(draw: st.DrawFn) -> list[tuple[Source, list[Snapshot], list[Failure]]]:
    """Sources with what was declared, read and lost."""
    out = []
    for number in range(draw(st.integers(1, 3))):
        source = Source(
            f"s{number}",
            draw(st.sampled_from(["vcenter", "esxi"])),
            population=tuple(Member(n, p) for n, p in draw(st.lists(st.tuples(names, platforms), max_size=3))),
        )
        read = draw(st.lists(st.tuples(names, platforms), max_size=4, unique=True))
        lost = draw(st.lists(st.tuples(st.none() | names, platforms), max_size=2))
        out.append(
            (
                source,
                [_good(n, p, source.name) for n, p in read],
                [Failure(source.name, "lost in a test", n, p if n else None) for n, p in lost],
            )
        )
    return out


def _good(name: str, platform: str, source: str) -> Snapshot:
    """A host on which something passes, something fails, and something is unknown."""
    facts = {"advanced": {"Security.AccountLockFailures": 3, "UserVars.ESXiShellTimeOut": 0}}
    return Snapshot(name, platform, source, MOMENT, facts, {"advanced": "options"}, version="8.0.3")


def judged(estate: list[tuple[Source, list[Snapshot], list[Failure]]]) -> tuple[list[Target], list[Finding], Score]:
    """Targets, findings and score of an estate."""
    every = [t for source, read, lost in estate for t in source_targets(source, read, lost, "esxi")]
    coverage = cover(every, (), date(2026, 1, 1))
    found = [j for t in coverage.targets for j in judge(t, plan(t, shipped(), False))]
    return list(coverage.targets), [j.finding for j in found], score(found)


def passes(estate: list[tuple[Source, list[Snapshot], list[Failure]]]) -> set[tuple[str, str, str, str | None]]:
    """Every passing rule by source, platform, first name and subject."""
    targets, findings, _ = judged(estate)
    at = {t.name: t for t in targets}
    return {(at[f.target].source, at[f.target].platform, f.rule, f.subject) for f in findings if f.status in GREEN}


SLOW = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@SLOW
@given(estates())
def test_who_was_not_read_never_passes_and_nobody_is_left_out(
    estate: list[tuple[Source, list[Snapshot], list[Failure]]],
) -> None:
    """Names are unique, every declared, read or lost member is a target, and an unread one has no pass."""
    targets, findings, _ = judged(estate)
    assert len({t.name for t in targets}) == len(targets)
    for source, read, lost in estate:
        own = [t for t in targets if t.source == source.name]
        members = {(m.name, m.platform) for m in source.population} | {(s.target, s.platform) for s in read}
        members |= {(f.target, f.platform or "") for f in lost if f.target}
        assert len(own) >= max(1, len(members))
        if any(f.target is None for f in lost):
            assert any(t.status == "unreachable" for t in own)
    unread = {t.name for t in targets if t.status != "collected"}
    assert not [f for f in findings if f.target in unread and f.status in (Status.PASS, Status.FAIL)]


@SLOW
@given(estates(), st.data())
def test_one_more_failure_never_makes_it_better(
    estate: list[tuple[Source, list[Snapshot], list[Failure]]], data: st.DataObject
) -> None:
    """A failure of a source or a target adds no pass and never raises the lower bound or the number of passes."""
    at = data.draw(st.integers(0, len(estate) - 1))
    name = data.draw(st.none() | names)
    platform = data.draw(platforms)
    source, read, lost = estate[at]
    worse = list(estate)
    worse[at] = (source, read, [*lost, Failure(source.name, "one more", name, platform if name else None)])
    before, after = judged(estate)[2], judged(worse)[2]
    assert passes(worse) <= passes(estate)
    assert after.passed <= before.passed
    assert (after.lower or 0.0) <= (before.lower or 0.0) + 1e-9


@SLOW
@given(estates(), st.data())
def test_one_more_gap_never_makes_it_better(
    estate: list[tuple[Source, list[Snapshot], list[Failure]]], data: st.DataObject
) -> None:
    """A gap in any target, and a fact whose source is taken away, add no pass and never raise the lower bound."""
    path = data.draw(
        st.sampled_from(["advanced", "advanced[Security.AccountLockFailures]", "services", "lockdown.mode"])
    )
    spelled = data.draw(st.sampled_from([path, path.replace("Security", "security").replace("Failures", "failures")]))
    worse = [
        (source, [replace(s, gaps={**s.gaps, spelled: "one more"}) for s in read], lost)
        for source, read, lost in estate
    ]
    if spelled == path:  # a value under another spelling of its key was read, so it may be judged
        assert (judged(worse)[2].lower or 0.0) <= (judged(estate)[2].lower or 0.0) + 1e-9
    assert passes(worse) <= passes(estate)
    blind = [(source, [replace(s, facts={}, sources={"x": "y"}) for s in read], lost) for source, read, lost in estate]
    assert passes(blind) == set()


def test_targets_keep_apart_names_that_clash_in_every_way() -> None:
    """Two platforms, two sources and a name that looks like a clash already: five targets, five names."""
    made = [Target(n, p, s, "collected") for n, p, s in (
        ("a", "esxi", "s1"), ("a", "dvs", "s1"), ("a", "esxi", "s2"), ("s1/a", "esxi", "s3"), ("s2/a", "dvs", "s3"),
    )]  # fmt: skip
    found = [t.name for t in unique_names(made)]
    assert len(set(found)) == 5
    assert {"s1/a (esxi)", "s1/a (dvs)"} <= set(found)


def test_two_captures_of_one_name_are_two_targets() -> None:
    """The second keeps a number: it is judged, and hides nobody."""
    one = Capture("s", "a", "dvs", MOMENT, {})
    assert [c.target for c in distinct([one, one, replace(one, platform="esxi"), one])] == ["a", "a #2", "a", "a #3"]


def test_an_exclusion_takes_no_more_than_it_names() -> None:
    """A name, a glob and a platform each take their own; what is audited is never listed as excluded."""
    made = [Target(n, p, "vc", "collected") for n, p in (("esx-1", "esxi"), ("esx-10", "esxi"), ("esx-1", "dvs"))]
    taken = cover(made, [Exclusion("esx-1", "lab", "", "esxi")], date(2026, 1, 1))
    assert sorted((t.name, t.platform) for t in taken.targets) == [("esx-10", "esxi"), ("vc/esx-1 (dvs)", "dvs")]
    assert [(e.target, e.platform) for e in taken.excluded] == [("vc/esx-1 (esxi)", "esxi")]


def test_an_ambiguous_exclusion_takes_nobody() -> None:
    """A bare name behind two sources excludes neither and is not listed as if it had; with its source it does."""
    made = [Target("a", "esxi", source, "collected") for source in ("s1", "s2")]
    both = cover(made, [Exclusion("a", "lab")], date(2026, 1, 1))
    assert (both.population, both.excluded) == (2, ())
    one = cover(made, [Exclusion("s2/a", "lab")], date(2026, 1, 1))
    assert ([t.name for t in one.targets], [e.target for e in one.excluded]) == (["s1/a"], ["s2/a"])
    every = cover(made, [Exclusion("a*", "lab")], date(2026, 1, 1))
    assert every.population == 0
    literal = cover([Target("a[1]", "dvs", "s", "collected")], [Exclusion("a[1]", "lab")], date(2026, 1, 1))
    assert literal.population == 0
