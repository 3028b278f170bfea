"""A schedule: when, in which zone, over which population, and what is run. It says nothing about being paused."""

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    ValidationError,
    field_validator,
)

from auditor.errors import InputError, InputErrors
from auditor.schedules.blackouts import Blackout, parse_blackout
from auditor.schedules.cron import checked_cron
from auditor.schedules.zones import zone_named

_UNITS = {"m": 60, "h": 3600, "d": 86_400}
_DURATION = re.compile(r"(\d{1,6})\s*([mhd])")


def _plain(value: str) -> str:
    if not value.isprintable():
        raise ValueError("it holds a character that cannot be printed")
    return value


def _duration(value: Any) -> Any:
    if isinstance(value, str):
        found = _DURATION.fullmatch(value.strip())
        if not found:
            raise ValueError("a duration is written like 30m, 12h or 2d")
        return int(found[1]) * _UNITS[found[2]]
    return value


def _window(value: Any) -> Any:
    return parse_blackout(value) if isinstance(value, str) else value


Line = Annotated[str, Field(min_length=1, max_length=500), AfterValidator(_plain)]
Seconds = Annotated[int, BeforeValidator(_duration), Field(ge=60, le=400 * 86_400)]
Window = Annotated[Blackout, BeforeValidator(_window), PlainSerializer(str)]


class Part(BaseModel):
    """Base: frozen, no unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class CatchUp(StrEnum):
    """What is run of the due times that passed while no scheduler ran."""

    SKIP = "skip"
    ONCE = "once"
    ALL = "all"


class Population(Part):
    """Which part of the inventory: a source must have, for each key, one of its values; no pattern: every target."""

    labels: dict[Line, tuple[Line, ...]] = Field(default_factory=dict)
    targets: tuple[Line, ...] = ()


class Work(Part):
    """What is run, in the words of `auditor audit`. `inventory` is a path where the service runs."""

    inventory: Line
    baselines: tuple[Line, ...] = ()
    goldens: tuple[Line, ...] = ()
    tailoring: Line | None = None
    formats: tuple[Line, ...] = ("html", "pdf", "json", "csv")
    fail_on: Literal["low", "medium", "high", "critical"] = "high"
    min_coverage: float = Field(100.0, ge=0, le=100)
    max_unknown: float | None = Field(None, ge=0, le=100)


class Schedule(Part):
    """A schedule. `catch_up_within` (seconds): a missed due time that is older is not caught up."""

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")
    cron: str
    zone: str
    work: Work
    population: Population = Population()
    blackouts: tuple[Window, ...] = Field((), max_length=100)
    catch_up: CatchUp = CatchUp.ONCE
    catch_up_within: Seconds = 24 * 3600

    _cron = field_validator("cron")(checked_cron)

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        return zone_named(value).key


def checked_schedule(data: object) -> Schedule:
    """The schedule that plain data (of a command, a form or the store) means. Raises InputErrors naming each field."""
    try:
        return Schedule.model_validate(data)
    except ValidationError as problem:
        raise InputErrors([_told(data, one) for one in problem.errors(include_url=False)]) from None


def changed_schedule(schedule: Schedule, changes: Mapping[str, Any]) -> Schedule:
    """The schedule with other values of some keys, its own or those of its work and population. Raises InputErrors."""
    plain = schedule.model_dump(mode="json")
    for key, value in changes.items():
        parts = [part for part in (plain, plain["work"], plain["population"]) if key in part]
        if not parts or key in ("name", "work", "population"):
            raise InputError(f"a schedule has no {key!r} to change", where=f"schedule {schedule.name}")
        parts[0][key] = value
    return checked_schedule(plain)


def _told(data: object, one: Any) -> InputError:
    field = ".".join(str(part) for part in one["loc"])
    message = str(one["msg"]).removeprefix("Value error, ")
    name = data.get("name") if isinstance(data, Mapping) else None
    where = f"schedule {name[:100]}" if isinstance(name, str) and name.isprintable() else "schedule"
    return InputError(f"{field}: {message}" if field else message, where=where)


def parse_selectors(lines: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Selectors `key=value` as `Population.labels`: values of one key are alternatives. Raises InputError."""
    chosen: dict[str, tuple[str, ...]] = {}
    for line in lines:
        key, equals, value = (part.strip() for part in line.partition("="))
        if not (key and equals and value):
            raise InputError(f"{line!r} selects no label", mend="Write it like site=ams.")
        chosen[key] = (*chosen.get(key, ()), value)
    return chosen
