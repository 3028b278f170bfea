"""A target over time: since when a finding fails, whatever was seen of it meanwhile."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from auditor.domain import Failure
from auditor.errors import InputError
from auditor.evidence.captures import iso
from auditor.service.timeline import history_of
from auditor.store import runs
from auditor.store.engine import Store
from tests.cli.running import auditor
from tests.docpages import SAMPLES
from tests.service.pasts import NIGHT, Night, keep, read
from tests.service.test_same_document import fresh

DAY = timedelta(days=1)


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """An empty store on each database."""
    with fresh(database_url) as found:
        yield found


def nights(store: Store, *hostnames: str | None) -> int:
    """One run a night with a host of these names, None: it was not read; the series."""
    for number, hostname in enumerate(hostnames):
        at = NIGHT + number * DAY
        if hostname is None:
            night = Night(at, lost={"a": [Failure("a", "no answer", "web01", "linux")]})
        else:
            night = Night(at, {"a": [read("web01", at=at, hostname=hostname)]})
        keep(store, night, f"run-{number}")
    with store.reading() as connection:
        row = runs.find_run(connection, "latest")
    assert row is not None
    return int(row.series)


def spells(store: Store, series: int, name: str = "web01") -> list[dict[str, Any]]:
    """Those of the rule about the host's name."""
    (one,) = history_of(store, series, name, "linux-name-*")["findings"]
    found: list[dict[str, Any]] = one["spells"]
    return found


def day(number: int) -> str:
    """The time of a night as it is written."""
    return iso(NIGHT + number * DAY)


def test_it_fails_since_it_failed_first(store: Store) -> None:
    """From one wrong name to another it is one failure, since its first night; before that it passed."""
    series = nights(store, "good", "good", "bad", "worse", "bad")
    good, bad = spells(store, series)
    assert (good["status"], good["since"], good["last_seen"], good["until"]) == ("pass", day(0), day(1), day(2))
    assert (bad["status"], bad["since"], bad["last_seen"], bad["until"]) == ("fail", day(2), day(4), None)
    assert [one["since"] for one in bad["values"]] == [day(2), day(3), day(4)]
    assert [one["seen"][0]["actual"] for one in bad["values"]] == ["bad", "worse", "bad"]


def test_a_night_without_answer_ends_nothing_and_is_told(store: Store) -> None:
    """A failure goes on over a night in which the host was not read; the run stands there with its reason."""
    series = nights(store, "bad", None, "bad", None)
    (bad,) = spells(store, series)
    assert (bad["since"], bad["last_seen"], bad["until"]) == (day(0), day(2), None)
    found = history_of(store, series, "web01")
    assert [one["status"] for one in found["runs"]] == ["collected", "unreachable", "collected", "unreachable"]
    assert found["runs"][1]["reason"] == "no answer"


def test_what_passed_in_between_is_another_spell(store: Store) -> None:
    """Fail, pass, fail: three spells, and the first failure ended when it was seen to pass."""
    series = nights(store, "bad", "good", "bad")
    assert [(one["status"], one["since"], one["until"]) for one in spells(store, series)] == [
        ("fail", day(0), day(1)),
        ("pass", day(1), day(2)),
        ("fail", day(2), None),
    ]


def test_a_rule_that_is_gone_says_nothing_of_now(store: Store) -> None:
    """A subject that the last reading had no finding of has no status now."""
    for number, settings in enumerate(({"net.one": 1}, {"net.two": 1})):
        at = NIGHT + number * DAY
        keep(store, Night(at, {"a": [read("web01", at=at, sysctl=settings)]}), f"run-{number}")
    with store.reading() as connection:
        series = runs.find_run(connection, "latest").series  # type: ignore[union-attr]
    found = {
        one["subject"]: one["status"] for one in history_of(store, series, "web01", "linux-sysctl-off")["findings"]
    }
    assert found == {"net.one": None, "net.two": "fail"}


def test_a_name_must_mean_one_target(store: Store) -> None:
    """A name that two sources have is asked about, `source/name` is not; an unknown one is said."""
    night = Night(read={"a": [read("web01", "a")], "b": [read("web01", "b", hostname="bad")]})
    keep(store, night, "one")
    with store.reading() as connection:
        series = runs.find_run(connection, "one").series  # type: ignore[union-attr]
    with pytest.raises(InputError, match="means 2 targets: a/web01"):
        history_of(store, series, "web01")
    assert spells(store, series, "b/web01")[0]["status"] == "fail"
    with pytest.raises(InputError, match="no run has seen"):
        history_of(store, series, "nobody")


def test_the_command_shows_it_in_a_zone(tmp_path: Path) -> None:
    """`auditor history` in words and as JSON, with times in the zone asked for; a zone that is none is refused."""
    saved = ("audit", "--from", SAMPLES / "rhel", "-b", "linux-kernel", "-f", "json", "-o", "out", "--save")
    assert auditor(tmp_path, *saved).status in (0, 1)
    name = "rhel-9-poor"
    words = auditor(tmp_path, "history", name, "--zone", "Europe/Paris")
    assert words.status == 0, words.err
    assert "read in 1 of 1 runs" in words.out
    assert " CE" in words.out, "CET or CEST"
    found = json.loads(auditor(tmp_path, "history", name, "-f", "json").out)
    failing = [one for one in found["findings"] if one["status"] == "fail"]
    assert failing
    assert all(one["spells"][-1]["until"] is None for one in failing)
    assert auditor(tmp_path, "history", name, "--zone", "Europe/Pariss").status == 2
    assert auditor(tmp_path, "history", "nobody").status == 2
