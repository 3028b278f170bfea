"""How much was looked at: nobody who should be there is ever left out."""

from datetime import UTC, date, datetime, timedelta

from auditor.coverage import aged, by_platform, cover, gone_machines, source_members, source_targets
from auditor.domain import Exclusion, Failure, Member, Snapshot, Source, Target

MOMENT = datetime(2026, 1, 1, tzinfo=UTC)
TODAY = date(2026, 6, 1)


def snap(name: str, platform: str = "esxi", source: str = "vc") -> Snapshot:
    """A host that was read."""
    return Snapshot(name, platform, source, MOMENT, {})


def vc(*names: str) -> Source:
    """A vCenter with a declared population."""
    return Source("vc", "vcenter", population=tuple(Member(n, "esxi") for n in names))


def statuses(source: Source, snapshots: list[Snapshot], failures: list[Failure]) -> dict[str, tuple[str, str]]:
    """Status and reason per target."""
    found = source_targets(source, snapshots, failures, "esxi")
    return {target.name: (target.status, target.reason) for target in found}


def test_declared_targets_of_a_dead_source_are_all_unreachable() -> None:
    """A source that is down still has its population."""
    found = statuses(vc("a", "b"), [], [Failure("vc", "refused")])
    assert found == {"a": ("unreachable", "refused"), "b": ("unreachable", "refused")}


def test_dead_source_without_population_is_one_unreachable_target() -> None:
    """With none declared it stands for itself."""
    assert statuses(vc(), [], [Failure("vc", "refused")]) == {"vc": ("unreachable", "refused")}
    assert source_members(Source("sw1", "nxos"), [], [], "nxos") == [Member("sw1", "nxos")]


def test_declared_host_that_a_living_source_does_not_show_is_unreachable() -> None:
    """A host that was removed, or hidden from the account, is not forgotten."""
    found = statuses(vc("a", "b"), [snap("a")], [])
    assert found["a"][0] == "collected"
    assert found["b"] == ("unreachable", "declared, but vc did not show it")


def test_discovered_host_counts_without_declaration() -> None:
    """What a source shows beyond its declaration is in the population."""
    assert set(statuses(vc("a"), [snap("a"), snap("new")], [])) == {"a", "new"}


def test_failure_of_a_target_beats_its_values() -> None:
    """A host that was lost is unreachable even when stored values came with it."""
    found = statuses(vc(), [snap("a")], [Failure("vc", "disconnected", "a", "esxi")])
    assert found == {"a": ("unreachable", "disconnected")}


def test_same_name_behind_two_sources_is_told_apart() -> None:
    """Clashing names carry their source; unique names stay short."""
    one = source_targets(Source("s1", "vcenter"), [snap("a"), snap("b")], [], "esxi")
    two = source_targets(Source("s2", "vcenter"), [snap("a")], [], "esxi")
    coverage = cover([*one, *two], (), TODAY)
    assert [t.name for t in coverage.targets] == ["s1/a", "b", "s2/a"]
    assert coverage.targets[0].snapshot is not None
    assert coverage.targets[0].snapshot.target == "s1/a"


def test_exclusion_counts_until_its_date() -> None:
    """An excluded target leaves the population, with its reason; after the date it is back."""
    targets = source_targets(vc("lab", "prod"), [snap("lab"), snap("prod")], [], "esxi")
    now = cover(targets, [Exclusion("lab", "out of scope", "2026-06-01")], TODAY)
    assert (now.population, now.collected, [e.target for e in now.excluded]) == (1, 1, ["lab"])
    later = cover(targets, [Exclusion("lab", "out of scope", "2026-05-31")], TODAY)
    assert (later.population, later.excluded) == (2, ())


def test_numbers_stand_per_platform() -> None:
    """Each platform has its own population, collected and unreachable."""
    found = source_targets(vc("a", "b"), [snap("a"), snap("d", "dvs")], [], "esxi")
    numbers = by_platform(cover(found, [Exclusion("b", "lab", "", "esxi")], TODAY))
    assert numbers["esxi"] == {"population": 1, "collected": 1, "unreachable": 0, "stale": 0, "excluded": 1}
    assert numbers["dvs"]["collected"] == 1


def test_empty_population_covers_nothing() -> None:
    """Nothing looked at is not everything looked at."""
    assert cover([], (), TODAY).percent == 0.0


NOW = datetime(2026, 6, 10, tzinfo=UTC)
DAY = timedelta(days=1)


def known(*names: str, platform: str = "esxi") -> list[Member]:
    """Who stood behind the vCenter in an earlier run."""
    return [Member(name, platform) for name in names]


def test_a_dead_source_has_the_population_of_an_earlier_run() -> None:
    """Nothing declared, nothing read: who was known is unreachable, with the source's reason, each once."""
    found = source_targets(vc(), [], [Failure("vc", "refused")], "esxi", known("a", "b"))
    assert [(t.name, t.status, t.reason) for t in found] == [
        ("a", "unreachable", "refused"),
        ("b", "unreachable", "refused"),
    ]


def test_what_a_living_source_does_not_show_any_more_is_told() -> None:
    """A host that vanished is unreachable and says why; machines that went are one sentence, for they come and go."""
    before = [*known("a", "gone"), *known("m1", "m2", platform="vm")]
    found = source_targets(vc(), [snap("a"), snap("m1", "vm")], [], "esxi", before)
    assert [(t.name, t.status) for t in found] == [("a", "collected"), ("m1", "collected"), ("gone", "unreachable")]
    assert "does not any more" in found[-1].reason
    assert gone_machines(found, before) == "1 virtual machines of the run before are not shown any more: m2"
    assert gone_machines(found, known("a")) == ""


def test_a_target_that_was_not_read_for_too_long_is_stale() -> None:
    """Older than the limit is stale and says since when; younger is unreachable and says when it was read last."""
    lost = [Target(name, "esxi", "vc", "unreachable", "refused") for name in ("old", "young", "never")]
    good = {("vc", "esxi", "old"): NOW - 3 * DAY, ("vc", "esxi", "young"): NOW - DAY}
    found = {t.name: t for t in aged(lost, good, 2 * DAY, NOW)}
    assert (found["old"].status, found["old"].last_good) == ("stale", NOW - 3 * DAY)
    assert found["old"].reason.startswith("its last good snapshot is of 2026-06-07 00:00 UTC")
    assert found["old"].reason.endswith("refused")
    assert (found["young"].status, found["young"].last_good) == ("unreachable", NOW - DAY)
    assert (found["never"].status, found["never"].last_good) == ("unreachable", None)
    assert {t.status for t in aged(lost, good, None, NOW)} == {"unreachable"}


def test_an_old_capture_judged_again_is_stale() -> None:
    """A snapshot that is older than the limit counts as not read: nothing of it can pass."""
    read = Target("a", "esxi", "vc", "collected", snapshot=snap("a"))
    (found,) = aged([read], {}, 2 * DAY, NOW)
    assert (found.status, found.snapshot, found.last_good) == ("stale", None, MOMENT)
    assert aged([read], {}, None, NOW) == [read]
    assert cover([found], [], TODAY).collected == 0
