"""What the routes of the past answer, for OpenAPI: changes, histories, snapshots, second opinions."""

from typing import Any, Generic, TypeVar

from pydantic import Field

from auditor.api.shapes import ListOf, Score, Shape

T = TypeVar("T")


class RunSide(Shape):
    """One of two runs that are compared; counts are of the targets within the scope."""

    run: str = Field(examples=["20261121-020000-7f3a"])
    started_at: str = Field(examples=["2026-11-21T02:00:00Z"])
    population: int
    collected: int
    stale: int
    score: Score


class ChangesOf(ListOf[T], Generic[T]):
    """Part of what changed. `coverage`: targets that are read in one of the runs only, 200 at most."""

    since: RunSide
    until: RunSide
    coverage: list[dict[str, Any]] = Field(
        examples=[[{"target": 7, "name": "esx07", "before": "collected", "after": "unreachable", "reason": "timeout"}]]
    )
    more_coverage: bool


class FindingSide(Shape):
    """A finding in one of the runs."""

    status: str = Field(examples=["fail"])
    severity: str = Field(examples=["high"])
    reason: str | None
    values: list[dict[str, Any]]


class ChangedFinding(Shape):
    """A finding that is not in both runs as it is: new, ended, of another status, or with other values."""

    target: str = Field(examples=["esx01"])
    target_id: int
    platform: str
    source: str
    rule: str
    subject: str | None
    change: str = Field(examples=["status"])
    before: FindingSide | None
    after: FindingSide | None


class ChangedDrift(Shape):
    """A difference from a golden profile that is new or has ended (`side`), as audit.json has it."""

    target: str
    target_id: int
    golden: str
    path: str
    side: str = Field(examples=["new"])


class ChangedFacts(Shape):
    """Facts of a target that are otherwise than they were; `drift` as audit.json has it."""

    target: str = Field(examples=["esx01"])
    since: str = Field(examples=["2026-11-01T02:01:07Z"])
    until: str = Field(examples=["2026-11-21T02:01:12Z"])
    drift: list[dict[str, Any]]


class SnapshotShown(Shape):
    """A reading of a target. `kept`: whether its facts are still there."""

    run: str = Field(examples=["20261121-020000-7f3a"])
    series: int
    read_at: str = Field(examples=["2026-11-21T02:01:12Z"])
    sha256: str
    kept: bool


class HistoryShown(Shape):
    """A target over time. A spell: since when it was so, when it was last seen so, and until when; null while it is."""

    target: str
    platform: str
    source: str
    runs: list[dict[str, Any]]
    findings: list[dict[str, Any]] = Field(
        examples=[[{"rule": "esxi-account-lock-failures", "status": "fail", "spells": [{"status": "fail"}]}]]
    )
    drift: list[dict[str, Any]]


class SeriesShown(Shape):
    """A history: all runs by one choice of baselines, tailoring and golden profiles."""

    series: int = Field(examples=[1])
    title: str = Field(examples=["linux-kernel; golden web"])
    runs: int | None = Field(description="Null for whom a scope limits.")
    last_run: str | None


class PreviewShown(Shape):
    """What other rules would say of a stored run. `waivers.lost`: where one would not carry over, and why."""

    run: str
    replaced: list[str] = Field(examples=[["esxi-8"]])
    baselines: list[dict[str, Any]] = Field(examples=[[{"id": "esxi-8", "version": "2026.2", "sha256": "9b74" * 16}]])
    rules: list[dict[str, Any]]
    parameters: list[dict[str, Any]]
    waivers: list[dict[str, Any]]
    score: dict[str, dict[str, float | int | None]]
    worse: bool = Field(description="Something newly fails or is unknown, or a waiver would not carry over.")


class Rejudged(Shape):
    """A document as audit.json; `run.rejudged` says of which run it is a second opinion, and of when."""

    run: dict[str, Any] = Field(
        examples=[{"rejudged": {"run": "20261121-020000-7f3a", "at": "2026-11-21T09:00:00Z"}, "baselines": []}]
    )
    coverage: dict[str, Any] = Field(examples=[{"population": 3, "collected": 3}])
    score: dict[str, Any] = Field(examples=[{"lower": 61.5, "upper": 74.0}])
    targets: list[dict[str, Any]] = Field(examples=[[{"name": "web01", "platform": "linux", "status": "collected"}]])
    findings: list[dict[str, Any]] = Field(examples=[[{"target": "web01", "rule": "linux-kernel-aslr"}]])
    drift: list[dict[str, Any]]


class RulesChecked(Shape):
    """What the check of a baseline found. `faults` and `advice` begin with the line."""

    id: str
    good: bool
    rules: int
    examples: int
    mutants: int = Field(description="Mistakes that were put into rules, for the examples to notice.")
    faults: list[str] = Field(examples=[["baseline:12: linux-name: no example notices: hostname is not looked at"]])
    advice: list[str]


class ConflictsShown(Shape):
    """Pairs of rules that cannot both pass."""

    first: str = Field(examples=["stig-esxi-8"])
    second: str = Field(examples=["esxi-8"])
    conflicts: list[dict[str, Any]]


class IntentionJudged(Shape):
    """What the rules say of an intention."""

    id: str
    findings: list[dict[str, Any]] = Field(examples=[[{"rule": "linux-kernel-aslr", "status": "pass"}]])
