"""A schedule as data: what it takes, what it refuses, and that it is kept as it was."""

import pytest

from auditor.errors import InputError, InputErrors
from auditor.schedules import CatchUp, Schedule, checked_schedule, parse_selectors
from auditor.service.scheduling import request_for
from tests.schedules.clocks import schedule

FULL = {
    "name": "nightly-ams",
    "cron": "30 2 * * *",
    "zone": "Europe/Paris",
    "work": {"inventory": "inventory.yaml", "baselines": ["linux"], "formats": ["html"], "fail_on": "medium"},
    "population": {"labels": {"site": ["ams", "par"]}, "targets": ["web*"]},
    "blackouts": ["mon-fri 08:00-18:00 then after because business hours"],
    "catch_up": "all",
    "catch_up_within": "12h",
}


def test_a_schedule_is_kept_as_it_was() -> None:
    """Written as JSON and read again it is the same one, its windows as lines of text."""
    made = checked_schedule(FULL)
    assert (made.catch_up, made.catch_up_within) == (CatchUp.ALL, 12 * 3600)
    assert Schedule.model_validate_json(made.model_dump_json()) == made
    assert made.model_dump(mode="json")["blackouts"] == FULL["blackouts"]


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"zone": "Europe/Pariss"}, "zone: there is no time zone 'Europe/Pariss'; did you mean Europe/Paris?"),
        ({"zone": "../../etc/passwd"}, "zone: there is no time zone"),
        ({"zone": "right/Europe/Paris"}, "zone: there is no time zone"),
        ({"zone": "Europe"}, "zone: there is no time zone"),
        ({"zone": ""}, "zone: there is no time zone"),
        ({"cron": "0 25 * * *"}, "cron: the hour field '25' cannot be read"),
        ({"name": "two words"}, "name: "),
        ({"name": "a\x00b"}, "name: "),
        ({"blackouts": ["mon 09:00-09:00"]}, "blackouts.0: the window 'mon 09:00-09:00' is empty"),
        ({"blackouts": ["daily 01:00-02:00"] * 101}, "blackouts: "),
        ({"catch_up": "twice"}, "catch_up: "),
        ({"catch_up_within": "12"}, "catch_up_within: a duration is written like 30m, 12h or 2d"),
        ({"catch_up_within": "1000d"}, "catch_up_within: "),
        ({"work": {}}, "work.inventory: "),
        ({"work": {"inventory": "i\x1b[2J"}}, "work.inventory: it holds a character that cannot be printed"),
        ({"work": {"inventory": "i.yaml", "password": "x"}}, "work.password: "),
        ({"population": {"targets": [""]}}, "population.targets.0: "),
        ({"population": {"targets": ["\ud800"]}}, "population.targets.0: "),
    ],
)
def test_a_bad_schedule_names_the_field(change: dict[str, object], named: str) -> None:
    """Each complaint begins with the field, and says which schedule."""
    with pytest.raises(InputErrors) as told:
        checked_schedule({**FULL, **change})
    assert named in str(told.value)
    assert all(str(one.where).startswith("schedule") for one in told.value.errors)


@pytest.mark.parametrize("data", [[], None, "nightly", {"name": 7}])
def test_what_is_no_schedule_at_all_is_refused(data: object) -> None:
    """Whatever stands where a schedule should is bad input, not a fault."""
    with pytest.raises(InputErrors):
        checked_schedule(data)


def test_every_complaint_is_told_at_once() -> None:
    """A schedule is mended in one go."""
    with pytest.raises(InputErrors) as told:
        checked_schedule({**FULL, "zone": "Mars", "cron": "x"})
    assert len(told.value.errors) == 2


def test_labels_select_sources() -> None:
    """Values of one key are alternatives; several keys stand side by side."""
    wanted = parse_selectors(["site=ams", "site = par", "tier=prod"])
    assert wanted == {"site": ("ams", "par"), "tier": ("prod",)}
    asked = request_for(schedule("@daily", population={"labels": wanted}))
    assert asked.wants({"site": "par", "tier": "prod", "rack": "1"})
    assert not asked.wants({"site": "par"})
    assert not asked.wants({"site": "lon", "tier": "prod"})


@pytest.mark.parametrize("line", ["site", "=ams", "site=", ""])
def test_a_bad_selector_is_refused(line: str) -> None:
    """A selector has a key and a value."""
    with pytest.raises(InputError, match="selects no label"):
        parse_selectors([line])


def test_what_is_usual_need_not_be_said() -> None:
    """A name, an expression, a zone and an inventory are a schedule: one run is caught up, within a day."""
    made = schedule("@daily")
    assert (made.catch_up, made.catch_up_within, made.blackouts) == (CatchUp.ONCE, 86_400, ())
    assert made.work.formats == ("html", "pdf", "json", "csv")
