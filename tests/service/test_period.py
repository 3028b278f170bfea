"""A period, asked for as an auditor asks: what ran and what did not, what came and went, who was not read, what was
waived; of a part of the estate and of one framework; and spells beside the plainest model of them.
"""

import csv
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.access import EVERYTHING, Reach, Scope
from auditor.domain import Failure
from auditor.errors import InputError
from auditor.reporting import write
from auditor.reporting.chosen import limits
from auditor.schedules import Decision, Outcome, checked_schedule
from auditor.service.accepting import bound_now
from auditor.service.downloads.asking import Wanted, chosen
from auditor.service.downloads.documents import document_for
from auditor.service.downloads.framework import by_framework
from auditor.service.downloads.spells import spells
from auditor.store import schedules, slots
from auditor.store.engine import Store
from auditor.waivers import End, Waiver
from auditor.waivers import Scope as Accepted
from tests.service.pasts import NIGHT, Night, keep, read
from tests.test_docs import keys, undescribed

WHOLE = Reach.of([EVERYTHING])
WEB = Reach.of([Scope.of(team="web")])
DAY = timedelta(days=1)
FOURTH = "2026-03-04T01:30:00Z"
PAGE = Path(__file__).parents[2] / "docs/reference/audit-json.md"
BEGIN, END = "2026-03-01", "2026-03-06"
RULE = "linux-name-wanted"
NIGHTLY = {"name": "nightly", "cron": "30 1 * * *", "zone": "UTC", "work": {"inventory": "inventory.yaml"}}


def on(day: int, name: str, hostname: str, team: str = "web") -> Any:
    """A reading of a host on a night."""
    return read(name, at=NIGHT + day * DAY, hostname=hostname, roles=["web"], labels={"team": team})


def four_nights(store: Store) -> None:
    """web01 fails on the second night alone; web02 fails throughout and is not read on the second, waived on the last;
    mail01 is of another team, and has a drift; the third night was missed, the fifth came to nothing.
    """
    with store.writing() as connection:
        number = schedules.add(connection, checked_schedule(NIGHTLY), "somebody")
        due = NIGHT + 2 * DAY
        slots.claim(connection, number, Decision(due, Outcome.MISSED, "the service was down"), due)
    first = [on(0, "web01", "good"), on(0, "web02", "bad"), on(0, "mail01", "good", "mail")]
    keep(store, Night(NIGHT, {"a": first}), "one", schedule=number)
    lost = {"a": [Failure("a", "no answer", "web02", "linux")]}
    second = [on(1, "web01", "bad"), on(1, "mail01", "good", "mail")]
    keep(store, Night(NIGHT + DAY, {"a": second}, lost), "two", schedule=number, message="mail01 was slow")
    wish = Waiver("W-1", RULE, Accepted(("web02",)), "The vendor needs it", "Web team", NIGHT, End("2026-05-01", "UTC"))
    with store.reading() as connection:
        bound = bound_now(connection, wish, NIGHT)
    held = [wish.approve("Security office", NIGHT + 2 * DAY, bound)]
    last = [on(3, "web01", "good"), on(3, "web02", "bad"), on(3, "mail01", "odd", "mail")]
    keep(store, Night(NIGHT + 3 * DAY, {"a": last}), "three", held, schedule=number)
    broken = {"a": [Failure("a", "it does not answer")]}
    keep(
        store,
        Night(NIGHT + 4 * DAY, {}, broken, population={"a": ["web01", "web02", "mail01"]}),
        "four",
        schedule=number,
    )


def made(store: Store, reach: Reach = WHOLE, **said: Any) -> dict[str, Any]:
    """The document of what somebody asked for."""
    with store.reading() as connection:
        _, choice = chosen(connection, Wanted(**said), reach, "tester")
    return document_for(store, choice, reach)


def test_a_period_tells_what_ran_and_what_became_of_each_finding(store: Store) -> None:
    """Four nights and a missed one: coverage of each, when each finding was seen first and last and closed, waiver,
    drift, unread hosts. A night that read nothing closes nothing.
    """
    four_nights(store)
    period = made(store, begin=BEGIN, end=END, zone="UTC", schedule="nightly")["period"]
    nights = [(one["run"], one["state"], one["collected"], one["targets"]) for one in period["nights"]]
    assert nights == [
        ("one", "done", 3, 3),
        ("two", "done", 2, 3),
        (None, "missed", 0, 0),
        ("three", "done", 3, 3),
        ("four", "done", 0, 3),
    ]
    assert (period["nights"][2]["reason"], period["planned"]) == ("the service was down", True)
    found = {one["target"]: one for one in period["findings"] if one["rule"] == RULE}
    second, fourth = "2026-03-02T01:30:00Z", FOURTH
    assert {
        name: (one["first_seen"], one["last_seen"], one["closed_at"], one["opened"]) for name, one in found.items()
    } == {
        "web01": (second, second, fourth, True),
        "web02": ("2026-03-01T01:30:00Z", fourth, None, True),
        "mail01": (fourth, fourth, None, True),
    }
    assert found["web02"]["waived"]
    (waiver,) = period["waivers"]
    assert (waiver["findings"], waiver["rules"], waiver["approved_by"]) == (1, [RULE], "Security office")
    assert period["counts"] == {"open_at_begin": 0, "opened": 3, "closed": 1, "open_at_end": 2, "unknown": 0}
    unread = {one["target"]: (one["nights"], one["of"]) for one in period["unread"]}
    assert unread == {"web01": (1, 4), "web02": (2, 4), "mail01": (1, 4)}
    assert {(one["target"], one["path"], one["closed_at"]) for one in period["drift"]} >= {
        ("mail01", "hostname", None),
        ("web01", "hostname", fourth),
    }
    assert [period[name]["run"] for name in ("begin", "end")] == ["one", "four"]
    assert period["begin"]["score"]["lower"] > 0
    assert period["end"]["score"]["lower"] == 0, "nothing was read: every check is unknown"
    later = made(store, begin="2026-03-02", end=END, zone="UTC")["period"]
    assert later["counts"]["open_at_begin"] == 1, "web02 failed before"
    late = made(store, begin="2026-03-05", end=END, zone="UTC")["period"]
    assert {one["target"] for one in late["findings"] if one["rule"] == RULE} == {"web02", "mail01"}
    early = made(store, begin=BEGIN, end="2026-03-02", zone="UTC")["period"]
    assert {one["closed_at"] for one in early["findings"]} == {None}, "what came after the period is not known in it"


def test_who_is_limited_gets_a_period_of_his_own(store: Store) -> None:
    """Only targets within, counted as if there were no other; a missed night stays to be seen, without its reason."""
    four_nights(store)
    found = made(store, WEB, begin=BEGIN, end=END, zone="UTC")
    assert "mail01" not in str(found)
    assert found["selection"]["scope"] == [{"team": "web"}]
    assert (found["selection"]["targets"], found["selection"]["population"]) == (2, 2)
    nights = found["period"]["nights"]
    assert [(one["run"], one["targets"], one["reason"]) for one in nights][1:4] == [
        ("two", 2, ""),
        (None, 0, ""),
        ("three", 2, ""),
    ]
    with pytest.raises(InputError, match="no such schedule"):
        made(store, WEB, begin=BEGIN, end=END, zone="UTC", schedule="nightly")
    with pytest.raises(InputError, match="no target is chosen"):
        made(store, WEB, run="three", labels={"team": "mail"})


def test_a_schedule_is_told_of_its_own_runs(store: Store) -> None:
    """The last run of its period is its own, though somebody began one by the same rules later."""
    four_nights(store)
    keep(store, Night(NIGHT + 5 * DAY, {"a": [on(5, "web01", "good")]}), "by hand")
    own = made(store, begin=BEGIN, end=END, zone="UTC", schedule="nightly")
    assert (own["run"]["id"], own["period"]["end"]["run"], len(own["period"]["nights"])) == ("four", "four", 5)
    every = made(store, begin=BEGIN, end=END, zone="UTC")
    assert (every["run"]["id"], every["period"]["end"]["run"], len(every["period"]["nights"])) == (
        "by hand",
        "by hand",
        6,
    )
    alone = made(store, begin="2026-03-06", end=END, zone="UTC")["period"]
    assert (alone["begin"], len(alone["nights"])) == (alone["end"], 1)
    with pytest.raises(InputError, match="no run ended with a result"):
        made(store, begin="2026-03-06", end=END, zone="UTC", schedule="nightly")


def test_a_part_says_what_it_is_a_part_of(store: Store) -> None:
    """Chosen by label: N of M targets, with score, coverage and sources of these alone; of a moment too."""
    four_nights(store)
    part, whole = made(store, run="three", labels={"team": "mail"}), made(store, run="three")
    assert "selection" not in whole
    assert [one["name"] for one in part["targets"]] == ["mail01"]
    assert (part["selection"]["targets"], part["selection"]["population"]) == (1, 3)
    assert part["selection"]["labels"] == {"team": "mail"}
    assert part["coverage"]["population"] == part["coverage"]["collected"] == 1
    assert {one["target"] for one in part["findings"]} == {"mail01"}
    assert part["run"]["baselines"] == whole["run"]["baselines"]
    state = made(store, at="2026-03-02 12:00", zone="UTC", labels={"team": "web"})
    assert {one["name"]: one["status"] for one in state["targets"]} == {"web01": "collected", "web02": "unreachable"}
    assert state["run"]["as_of"] == "2026-03-02T12:00:00Z"
    assert state["selection"]["population"] == 3
    with pytest.raises(InputError, match="ahead"):
        made(store, at="2999-01-01", zone="UTC")


def test_a_framework_is_its_rules_and_what_no_rule_proves(store: Store, tmp_path: Path) -> None:
    """Rules that serve a control of it, findings and score of these, counted by control; the others are listed."""
    four_nights(store)
    found = made(store, begin=BEGIN, end=END, zone="UTC", framework="nist-800-53")
    told = found["selection"]["framework"]
    assert (told["rules"], told["of_rules"]) == (3, 3)
    (control,) = [one for one in told["controls"] if one["control"] == "CM-6"]
    assert control["rules"] == ["linux-name-wanted", "linux-role-known", "linux-sysctl-off"]
    assert "AC-2" in {one["control"] for one in told["without_rule"]}
    assert control["unknown"] == found["score"]["unknown"] == 9
    with pytest.raises(InputError, match="no rule of the run serves a control"):
        made(store, run="three", framework="stig")
    alone = made(store, run="three", labels={"team": "web"})
    alone["rules"][RULE]["references"] = {"stig": ["TEST-1"]}
    cited = by_framework(alone, "stig")
    assert {one["rule"] for one in cited["findings"]} == set(cited["rules"]) == {RULE}
    assert (cited["score"]["passed"], cited["score"]["failed"]) == (1, 1)
    told = cited["selection"]["framework"]
    assert (told["rules"], told["of_rules"], told["without_rule"], told["drift_left_out"]) == (1, 3, None, 1)
    written = set(keys({"selection": found["selection"], "period": found["period"]}))
    assert {one for one in undescribed(written, PAGE.read_text()) if ".score." not in one} == set()
    assert all(one.path for one in write(found, ["html", "csv", "json", "xlsx"], tmp_path))
    page = (tmp_path / "audit.html").read_text()
    assert "This report is limited" in page
    assert "Not proven: no rule serves these controls" in page
    assert "did not run: missed" in page.lower()
    rows = list(csv.DictReader((tmp_path / "audit.csv").read_text("utf-8-sig").splitlines()))
    assert {row["controls"] for row in rows} == {"CM-6"}
    assert [row["closed_at"] for row in rows if (row["target"], row["rule"]) == ("web01", RULE)] == [FOURTH]
    book = openpyxl.load_workbook(tmp_path / "audit.xlsx", read_only=True)
    proven = {row[0]: row[10] for row in book["Controls"].iter_rows(min_row=2, values_only=True)}
    assert (proven["CM-6"], proven["AC-2"]) == ("by these rules", "no: no rule serves it")
    idle = {**control, "lower": None, "notapplicable": 9}
    chosen_so = {**found["selection"], "framework": {**found["selection"]["framework"], "controls": [idle]}}
    said = limits({"selection": chosen_so})
    assert "1 control of whose rules none applied to a target: not proven either." in said
    assert {"Controls", "Nights", "Period findings", "Not read", "Period waivers"} <= set(book.sheetnames)
    assert [row[2] for row in book["Nights"].iter_rows(min_row=2, values_only=True) if row[1] is None] == ["missed"]


class Interval(NamedTuple):
    """As a row of the history."""

    first: int
    last: int | None


@given(st.lists(st.sampled_from(["ok", "bad", "worse"]), min_size=1, max_size=12))
def test_spells_are_runs_of_readings_that_were_open(states: list[str]) -> None:
    """Whatever was seen in between: first and last reading, and the next one at which it was over."""
    read_ = [10 * place for place in range(len(states))]
    rows, expected, place = [], [], 0
    while place < len(states):  # intervals of equal values, as the store has them
        end = place
        while end + 1 < len(states) and states[end + 1] == states[place]:
            end += 1
        if states[place] != "ok":
            rows.append(Interval(read_[place], None if end + 1 == len(states) else read_[end] + 3))
        place = end + 1
    opened = None
    for place, state in enumerate([*states, "end"]):
        if state not in ("ok", "end") and opened is None:
            opened = place
        elif state in ("ok", "end") and opened is not None:
            closed = None if state == "end" else read_[place]
            expected.append((read_[opened], read_[place - 1], closed))
            opened = None
    assert [(one.first, one.last, one.closed) for one in spells(rows, read_)] == expected
    assert spells([Interval(3, 5)], [0, 10]) == [], "seen by a run without a result alone"
