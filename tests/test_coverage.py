"""How much was looked at: nobody who should be there is ever left out."""

from datetime import UTC, date, datetime

from auditor.coverage import by_platform, cover, source_members, source_targets
from auditor.domain import Exclusion, Failure, Member, Snapshot, Source

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
