"""Who wants to be told of what, and what is left of an event for them. Pure."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Annotated, Any, Literal, TypeVar
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from auditor.errors import InputError
from auditor.notify.events import SEVERITIES, SUBSCRIBED, Event, Item, Kind, Member
from auditor.notify.words import line
from auditor.waivers.ends import zone_of

SHOWN = 20  # items that a message names; the rest is a number
MOST_LABELS = 10
T = TypeVar("T", Item, Member)


def _zone(name: str) -> str:
    zone_of(name)
    return name


def _subscribed(kind: Kind) -> Kind:
    if kind not in SUBSCRIBED:
        raise ValueError("nobody subscribes to that")
    return kind


def _printable(value: str) -> str:
    if not value.isprintable():
        raise ValueError("it holds a character that cannot be printed")
    return value


Label = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(_printable)]


class Part(BaseModel):
    """Base: frozen, no unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Digest(Part):
    """Once a day at a wall time in a zone; a time that the clock leaves out comes an hour later."""

    at: Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
    zone: Annotated[str, AfterValidator(_zone)]

    def after(self, moment: datetime) -> datetime:
        """The first such time that is later than `moment`, in UTC."""
        zone, wall = ZoneInfo(self.zone), time.fromisoformat(self.at)
        day = moment.astimezone(zone).date()
        while (due := datetime.combine(day, wall, zone).astimezone(UTC)) <= moment:
            day += timedelta(days=1)
        return due


class Subscription(Part):
    """Which events go to a channel. A target must have all `labels`; without any, all targets count."""

    events: Annotated[tuple[Annotated[Kind, AfterValidator(_subscribed)], ...], Field(min_length=1)]
    severity: Literal["info", "low", "medium", "high", "critical"] = "high"  # of new failures, and worse
    labels: Annotated[dict[Label, Label], Field(max_length=MOST_LABELS)] = Field(default_factory=dict)
    days: Annotated[int, Field(ge=1, le=365)] = 14  # before a waiver's end
    digest: Digest | None = None  # None: at once


class Shown(Part):
    """An item, fit for a message."""

    target: str
    title: str
    severity: str = ""


class Told(Part):
    """What somebody is told of one event. Every text in it is bounded and visible; `numbers` say what was counted."""

    key: str
    kind: Kind
    at: datetime
    about: str
    path: str = ""
    note: str = ""
    severity: str = ""  # the worst one among its items
    numbers: dict[str, int | float | None] = Field(default_factory=dict)
    items: tuple[Shown, ...] = ()
    more: int = 0  # items beyond those


def checked_subscription(data: Mapping[str, Any]) -> Subscription:
    """The subscription that plain data means. Raises InputError naming the first wrong field."""
    try:
        return Subscription.model_validate(data)
    except ValidationError as problem:
        first = problem.errors(include_url=False)[0]
        field, why = ".".join(map(str, first["loc"])), str(first["msg"]).removeprefix("Value error, ")
        mend = f"Events are {', '.join(SUBSCRIBED)}." if field.startswith("events") else "Correct it."
        raise InputError(f"{field}: {why}", mend=mend) from None


def told(event: Event, wanted: Subscription) -> Told | None:
    """What is left of the event for a subscriber; None when nothing is, or it is not what was asked for."""
    if event.kind not in wanted.events:
        return None
    if event.kind is Kind.WAIVER_EXPIRING:
        return _waiver(event, wanted)
    if event.kind in (Kind.SCHEDULE_MISSED, Kind.RUN_FAILED):
        return _made(event) if _within(event.labels, wanted.labels) else None
    if event.kind is Kind.FINDINGS_NEW:
        least = SEVERITIES.index(wanted.severity)
        items = [one for one in _ours(event.items, wanted.labels) if SEVERITIES.index(one.severity) >= least]
        return _listed(event, items) if items else None
    if event.kind is Kind.DRIFT_FOUND:
        items = _ours(event.items, wanted.labels)
        return _listed(event, items) if items else None
    return _counted(event, wanted)


def _counted(event: Event, wanted: Subscription) -> Told | None:
    members = _ours(event.members, wanted.labels)
    if not members:
        return None
    read = sum(one.read for one in members)
    share = 100.0 * read / len(members)
    numbers: dict[str, int | float | None] = {"population": len(members), "collected": read}
    if event.kind is Kind.COVERAGE_LOW:
        if share >= event.floor:
            return None
        unread = [Shown(target=line(one.name), title="not read") for one in members if not one.read]
        numbers |= {"coverage": _floored(share), "floor": event.floor}
        return _made(event, numbers=numbers, items=tuple(unread[:SHOWN]), more=max(0, len(unread) - SHOWN))
    sums = {name: sum(getattr(one, name) for one in members) for name in ("passed", "failed", "unknown", "waived")}
    whole = sums["passed"] + sums["failed"] + sums["unknown"]
    numbers |= sums
    numbers["lower"] = _floored(100.0 * sums["passed"] / whole) if whole else None
    numbers["upper"] = _floored(100.0 * (sums["passed"] + sums["unknown"]) / whole) if whole else None
    return _made(event, numbers=numbers)


def _listed(event: Event, items: list[Item]) -> Told:
    ordered = sorted(items, key=lambda one: (-_rank(one.severity), one.target, one.title))
    numbers: dict[str, int | float | None] = {"items": len(items), "targets": len({one.target for one in items})}
    for severity in reversed(SEVERITIES):
        if count := sum(one.severity == severity for one in items):
            numbers[severity] = count
    shown: dict[Shown, None] = {}  # a rule that fails on many subjects of one target is named once
    hidden = 0
    for one in ordered:
        made = Shown(target=line(one.target), title=line(one.title, 160), severity=one.severity)
        if made in shown or len(shown) < SHOWN:
            shown[made] = None
        else:
            hidden += 1
    return _made(event, numbers=numbers, items=tuple(shown), more=hidden, severity=ordered[0].severity)


def _waiver(event: Event, wanted: Subscription) -> Told | None:
    if event.days_left is None or event.days_left > wanted.days:
        return None
    items = _ours(event.items, wanted.labels)
    if wanted.labels and not items:
        return None
    numbers: dict[str, int | float | None] = {"targets": len({one.target for one in items})}
    numbers["days_left"] = event.days_left
    shown = dict.fromkeys(Shown(target=line(one.target), title=line(one.title, 160)) for one in items)
    return _made(event, numbers=numbers, items=tuple(shown)[:SHOWN], more=max(0, len(shown) - SHOWN))


def _made(event: Event, **more: Any) -> Told:
    return Told(
        key=event.key,
        kind=event.kind,
        at=event.at,
        about=line(event.about),
        path=event.path if len(event.path) <= 300 else "",
        note=line(event.note, 200),
        **more,
    )


def _ours(everything: Iterable[T], labels: Mapping[str, str]) -> list[T]:
    return [one for one in everything if all(one.labels.get(key) == value for key, value in labels.items())]


def _within(values: Mapping[str, tuple[str, ...]], labels: Mapping[str, str]) -> bool:
    """Whether all that a selector chooses has these labels."""
    return all(set(values.get(key, ())) == {value} for key, value in labels.items())


def _rank(severity: str) -> int:
    return SEVERITIES.index(severity) if severity in SEVERITIES else -1


def _floored(share: float) -> float:
    """A percentage with one decimal that never rounds up to a whole."""
    return int(share * 10) / 10
