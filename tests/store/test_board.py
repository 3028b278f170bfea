"""The state of everything now, against the same counted by hand."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from auditor.access import Reach, Scope
from auditor.store.engine import Store
from auditor.store.history import Verdict
from auditor.store.listing import rule_changes, worst
from auditor.store.listing.board import Board, board, sight
from auditor.store.listing.looks import WHOLE
from auditor.store.listing.worst import Found, Wish
from auditor.store.outlook import changes
from auditor.store.runs import find_run
from tests.api.rows import made
from tests.web.estates import drifted, night, result, verdict

FIRST = datetime(2026, 11, 20, 2, tzinfo=UTC)
HOSTS = 40
SEVERITY = {"a-low": "low", "b-critical": "critical", "c-high": "high", "d-medium": "medium"}
Truth = dict[tuple[str, str, str], str]  # status by host, rule and subject


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """An empty store."""
    opened = made(database_url)
    yield opened
    opened.close()


def nights(store: Store, seed: int) -> tuple[Truth, set[str]]:
    """Three nights over hosts that change; what stands after them, and the hosts that were not read in the last."""
    dice = Random(seed)
    truth: Truth = {}
    unread: set[str] = set()
    for number in range(3):
        results = []
        for host in (f"h-{n:02d}" for n in range(HOSTS)):
            site = {"site": "ams" if int(host[2:]) % 4 else "fra"}
            at = FIRST + timedelta(days=number)
            told: dict[tuple[str, str], str] = {}
            for rule in SEVERITY:
                for subject in ("", "eth0") if rule == "c-high" else ("",):
                    told[rule, subject] = dice.choice(("pass", "fail", "fail", "unknown"))
            lost = dice.random() < 0.2
            verdicts: list[Verdict] = [
                verdict(rule, "unknown" if lost else status, SEVERITY[rule], subject or None)
                for (rule, subject), status in told.items()
            ]
            drift = [drifted("gold", "a.path", dice.choice("xy"))] if dice.random() < 0.5 and not lost else []
            more = {"status": "unreachable", "reason": "nobody answers"} if lost else {}
            results.append(result(host, at, verdicts, drift, labels=site, **more))
            if number == 2:
                unread |= {host} if lost else set()
                truth |= {(host, *key): status for key, status in told.items() if not lost}
        night(store, f"night-{number}", FIRST + timedelta(days=number), results, ["gold"])
    return truth, unread


def walked(store: Store, wish: Wish) -> list[Found]:
    """All findings, a few at a time."""
    found: list[Found] = []
    place = worst.START
    with store.reading() as connection:
        whole = board(connection)
        while part := worst.worst(connection, whole, wish, place, 7):
            found += part
            place = part[-1].place
    return found


@pytest.mark.parametrize("seed", [1, 2])
def test_the_walk_tells_each_finding_once_and_the_worst_first(store: Store, seed: int) -> None:
    """Whatever part of the estate, status, severity or rules are asked for; nothing of hosts that were not read."""
    truth, unread = nights(store, seed)
    with store.reading() as connection:
        whole = board(connection)
        ams = sight(connection, whole, Reach.of([Scope.of(site="ams")]))
    names = {number: line.name for number, line in whole.lines.items()}
    assert {names[one] for one in whole.readable} == set(names.values()) - unread
    assert {names[one] for one in ams} == {name for name in names.values() if int(name[2:]) % 4}
    asked = [
        Wish(whole.present),
        Wish(ams),
        Wish(whole.present, "unknown"),
        Wish(ams, "pass", "high"),
        Wish(whole.present, severity="critical"),
        Wish(whole.present, rules=frozenset(["a-low", "c-high"])),
        Wish(whole.present, rules=frozenset(["no-such"])),
        Wish(frozenset()),
        Wish(frozenset(list(ams)[:2]), accepted=False),
        Wish(whole.present, accepted=True, waived_rules=frozenset(["a-low"])),
    ]
    for wish in asked:
        found = walked(store, wish)
        told = [(names[one.kept.target], one.kept.rule, one.kept.subject or "") for one in found]
        wanted = {
            key
            for key, status in truth.items()
            if status == wish.status
            and key[0] in {names[one] for one in wish.among}
            and (not wish.severity or SEVERITY[key[1]] == wish.severity)
            and (wish.rules is None or key[1] in wish.rules)
            and wish.accepted is not True
        }
        assert len(told) == len(set(told))
        assert set(told) == wanted
        ranks = [worst.ORDER.index(one.kept.severity) for one in found]
        assert ranks == sorted(ranks)
        assert all(one.kept.body["observations"][0]["path"] == f"a.{one.kept.rule}" for one in found)


def test_the_board_counts_what_stands_and_is_made_again_when_a_run_has_ended(store: Store) -> None:
    """By rule, by host and by path, against the truth; the same object until there is something new."""
    truth, _ = nights(store, 3)
    with store.reading() as connection:
        whole = board(connection)
        assert board(connection) is whole
    check(whole, truth)
    later = FIRST + timedelta(days=9)
    night(store, "later", later, [result("h-01", later, [verdict("b-critical", "pass", "critical")])], ["gold"])
    with store.reading() as connection:
        newer = board(connection)
    assert newer is not whole
    line = next(one for one in newer.lines.values() if one.name == "h-01")
    assert (line.critical, line.failed, line.drift) == (0, 0, 0)


def check(whole: Board, truth: Truth) -> None:
    """Every count."""
    numbers = {line.name: number for number, line in whole.lines.items()}
    for rule in SEVERITY:
        for standing, status in ((whole.failing, "fail"), (whole.unknown, "unknown")):
            hosts = {numbers[host] for (host, name, _), said in truth.items() if name == rule and said == status}
            if status == "unknown":
                hosts -= whole.failing.get(rule, frozenset())
            assert standing.get(rule, frozenset()) == hosts
    for line in whole.lines.values():
        failing = {rule for (host, rule, _), status in truth.items() if host == line.name and status == "fail"}
        assert line.critical == ("b-critical" in failing)
        assert line.high == ("c-high" in failing)
    drifting = frozenset().union(*whole.drift.get(("gold", "a.path"), {}).values())
    assert drifting == {number for number, line in whole.lines.items() if line.drift}


def test_a_rule_tells_what_each_run_changed_about_it(store: Store) -> None:
    """Within a scope: how many hosts newly fail it, and on how many it was mended."""
    for number, statuses in enumerate((("fail", "pass", "pass"), ("pass", "fail", "fail"), ("pass", "fail", "fail"))):
        at = FIRST + timedelta(days=number)
        labels = [{"site": "ams"}, {"site": "ams"}, {"site": "fra"}]
        told = zip(statuses, labels, strict=True)
        night(
            store,
            f"n-{number}",
            at,
            [result(f"h-{n}", at, [verdict("r", s)], labels=x) for n, (s, x) in enumerate(told)],
        )
        with store.writing() as connection:
            row = find_run(connection, f"n-{number}")
            assert row is not None
            changes.keep(connection, row.id, changes.found_in(connection, row), WHOLE)
    with store.reading() as connection:
        every = rule_changes.turns(connection, "r", WHOLE)
        ams = rule_changes.turns(connection, "r", Reach.of([Scope.of(site="ams")]))
        assert rule_changes.turns(connection, "another", WHOLE) == []
    assert [(one.run, one.failing, one.mended, one.unknown) for one in every] == [("n-1", 2, 1, 0)]
    assert [(one.run, one.failing, one.mended, one.unknown) for one in ams] == [("n-1", 1, 1, 0)]
