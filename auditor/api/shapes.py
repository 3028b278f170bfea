"""What the routes of the audits answer, for OpenAPI. Times are RFC 3339 in UTC; keys are added, never renamed."""

from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

T = TypeVar("T")


class Shape(BaseModel):
    """Base."""

    model_config = ConfigDict(extra="allow")


class ListOf(Shape, Generic[T]):
    """Part of a list. `next` is what to ask for as `after` to get what follows; null at the end."""

    items: list[T]
    next: str | None = Field(default=None, examples=["WzQyLCAxMSwgIiJd"])


class Score(Shape):
    """A pair: percent that pass if every unknown fails, and if every unknown passes. Null where nothing was judged."""

    lower: float | None = Field(examples=[61.5])
    upper: float | None = Field(examples=[74.0])
    passed: int
    failed: int
    unknown: int
    notapplicable: int
    notchecked: int
    waived: int


class RunShown(Shape):
    """A run. For whom a scope limits, counts are of the targets within, and what is of the whole run is null."""

    run: str = Field(examples=["20261121-020000-7f3a"])
    state: str = Field(examples=["done"])
    series: int | None
    schedule: str | None = Field(examples=["nightly"])
    requested_by: str | None
    started_at: str = Field(examples=["2026-11-21T02:00:00Z"])
    finished_at: str | None
    population: int
    collected: int
    stale: int
    score: Score
    message: str | None


class Progress(Shape):
    """How far a run is. `shards`: pieces of work by phase and state, of the whole run; {} for whom a scope limits.

    `sources`: those within the scope by what came of them; `waiting`: how many of them are still to be read.
    """

    shards: dict[str, dict[str, int]] = Field(examples=[{"collect": {"done": 3, "running": 1}}])
    sources: dict[str, int] = Field(examples=[{"ok": 70, "failed": 2}])
    waiting: int = Field(default=0, examples=[3])


class RunWhole(RunShown):
    """A run, with how far it is and what it was asked to do."""

    progress: Progress | None
    request: dict[str, Any] | None
    reports: list[dict[str, Any]]


class TargetShown(Shape):
    """A target as it was seen last."""

    id: int
    name: str = Field(examples=["esx01"])
    platform: str = Field(examples=["esxi"])
    source: str = Field(examples=["vc01"])
    version: str = Field(examples=["8.0.3"])
    status: str = Field(examples=["collected"])
    collected_at: str | None
    labels: dict[str, str] = Field(examples=[{"site": "ams"}])
    gaps: int = Field(description="How many facts could not be read.")
    reason: str | None
    run: str
    seen_at: str
    series: int
    gone: bool = Field(default=False, description="The latest run of its source does not find it any more.")
    gone_since: str | None = Field(default=None, description="When a target that is gone was last read.")
    gone_reason: str | None = None
    retired: bool = Field(default=False, description="Somebody has confirmed that it is gone.")


class FactsShown(Shape):
    """Facts of a target. `gaps`: what could not be read, and why; `sources`: where each fact came from."""

    target: str
    platform: str
    source: str
    version: str
    read_at: str
    run: str
    facts: dict[str, Any]
    gaps: dict[str, str]
    sources: dict[str, str]
    labels: dict[str, str]


class LookShown(Shape):
    """What became of a target in a run."""

    run: str
    series: int
    at: str
    status: str
    reason: str | None
    score: Score


class FindingShown(Shape):
    """A finding, as audit.json has it, with the moments between which it was so."""

    target: str
    target_id: int
    platform: str
    rule: str
    severity: str
    status: str
    subject: str | None
    reason: str | None
    observations: list[dict[str, Any]]
    run: str
    since: str | None
    until: str | None


class DriftShown(Shape):
    """A difference from a golden profile, as audit.json has it."""

    target: str
    target_id: int
    golden: str
    path: str
    change: str = Field(examples=["changed"])
    by_change: dict[str, str | None] | None = Field(
        examples=[{"id": "20261122-015252-a457", "ticket": "CHG-4711"}],
        description="The approved change that foretold this value; null where none did.",
    )
    run: str
    since: str | None
    until: str | None


class SourceShown(Shape):
    """Something that is logged in to, with its targets within the scope by how they were seen last."""

    source: str = Field(examples=["vc01"])
    targets: int
    collected: int
    stale: int
    unreachable: int
    gone: int = Field(default=0, description="Targets that are gone: in none of the other counts.")


class RuleShown(Shape):
    """A rule, in short."""

    id: str = Field(examples=["esxi-account-lock-failures"])
    title: str
    severity: str
    baseline: str
    platform: list[str] = Field(examples=[["esxi"]])
    family: str
    manual: bool


class BaselineShown(Shape):
    """A baseline."""

    id: str = Field(examples=["esxi-8"])
    title: str
    version: str
    rules: int
    sha256: str


class GoldenShown(Shape):
    """A golden profile."""

    id: str
    title: str
    version: str
    platform: str
    labels: dict[str, str]
    sha256: str


class GoldenListed(GoldenShown):
    """A golden profile that runs may name. Of one name the approved one counts, not the file."""

    origin: Literal["file", "approved"]
    number: int | None = Field(description="Of its proposal; null of a file.", examples=[12])


class WaiverShown(Shape):
    """A waiver."""

    id: str = Field(examples=["W-7"])
    state: str = Field(examples=["approved"])
    rule: str
    scope: dict[str, Any]
    justification: str
    ticket: str = Field(default="", description="Left out where there is none.", examples=["CHG-4711"])
    requested_by: str
    requested_at: str
    expiration_date: str
    zone: str


class ScheduleShown(Shape):
    """A schedule, when it runs next, and what came of its last due times."""

    name: str
    state: str = Field(examples=["active"])
    cron: str = Field(examples=["0 2 * * *"])
    zone: str = Field(examples=["Europe/Amsterdam"])
    version: str = Field(
        description="What `If-Match` of a change names.", examples=["9b74c9897bac770ffc029102a200c5de"]
    )
    next: list[dict[str, Any]]
    slots: list[dict[str, Any]]


class ReportProgress(Shape):
    """How far a report is: reading, selecting, rendering, writing, and how much of that."""

    stage: str = Field(examples=["rendering"])
    done: int
    of: int


class ReportShown(Shape):
    """A report of a run, a period or a moment, or of what a scope shows of it. It is made once, and stays so."""

    id: int
    run: str = Field(description="The run that it is of, or the last one of its period.")
    format: str = Field(examples=["pdf"])
    chosen: dict[str, Any] = Field(description="What was chosen of it.", examples=[{"labels": {"site": "ams"}}])
    state: Literal["waiting", "made", "failed", "cancelled", "removed"]
    progress: ReportProgress | None
    size: int | None = Field(description="Bytes.")
    sha256: str | None
    note: str
    requested_by: str
    created_at: str
    finished_at: str | None
    removed_at: str | None = Field(description="When retention removed it; it can be asked for again.")
    name: str = Field(examples=["20261121-020000-7f3a.pdf"])
    content: str | None = Field(description="Where to get it.", examples=["/api/v1/reports/7/content"])
    checksum: str | None = Field(description="Where its line for `sha256sum -c` is.")


class DownloadOffers(Shape):
    """What a report can be asked for, within the scope of who asks."""

    formats: list[str]
    frameworks: list[dict[str, Any]] = Field(examples=[[{"id": "pci-dss", "title": "PCI DSS 4.0.1", "rules": 212}]])
    schedules: list[str]
    series: list[dict[str, Any]]
    labels: dict[str, list[str]]
    platforms: list[str]
    sources: list[str]


class Begun(Shape):
    """A run that began."""

    run: str
    state: str
    message: str
