"""What happened, as data: an event is the same whoever is told of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from auditor.domain import EMPTY

SEVERITIES = ("info", "low", "medium", "high", "critical")


class Kind(StrEnum):
    """What can be told of."""

    RUN_FINISHED = "run.finished"
    RUN_FAILED = "run.failed"
    FINDINGS_NEW = "findings.new"
    DRIFT_FOUND = "drift.found"
    COVERAGE_LOW = "coverage.low"
    WAIVER_EXPIRING = "waiver.expiring"
    SCHEDULE_MISSED = "schedule.missed"
    TEST = "test"  # asked for by hand; nobody subscribes to it


SUBSCRIBED = tuple(kind for kind in Kind if kind is not Kind.TEST)


@dataclass(frozen=True, slots=True)
class Item:
    """One thing of an event on one target: a finding by its rule's title, a drift by its golden profile's id."""

    target: str
    labels: Mapping[str, str]
    title: str
    severity: str = ""


@dataclass(frozen=True, slots=True)
class Member:
    """A target of a run: whether it was read, and its rules by verdict."""

    name: str
    labels: Mapping[str, str]
    read: bool
    passed: int = 0
    failed: int = 0
    unknown: int = 0
    waived: int = 0


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened at a time. `key` is the same however often it is noticed.

    `about` is the run, waiver or schedule; `path` where the service shows it. `items` and `members` carry labels of
    their own; `labels` are those of the whole where it has neither: values of one key are alternatives.
    """

    key: str
    kind: Kind
    at: datetime
    about: str
    path: str = ""
    items: tuple[Item, ...] = ()
    members: tuple[Member, ...] = ()
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: EMPTY)
    floor: float = 0.0  # percent of the population that must be read
    note: str = ""  # in words of ours: an outcome, a day
    days_left: int | None = None
