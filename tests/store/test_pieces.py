"""Lists over many targets, which PostgreSQL is asked for in pieces, against the same all at once."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection

from auditor.access import Reach, Scope
from auditor.store.engine import Store, now
from auditor.store.listing import findings, looks
from auditor.store.listing.findings import START, Wanted
from auditor.store.listing.looks import WHOLE, Look, Only
from tests.api.rows import made
from tests.web.estates import drifted, night, result, verdict

HOSTS = 17
SOME = (
    Only(),
    Only(reach=Reach.of([Scope.of(site="ams")])),
    Only(labels={"site": "fra"}, name="1"),
    Only(status="unreachable"),
    Only(among=(2, 3, 11, 12)),
    Only(name="none"),
)


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """Two nights, in the second of which a few hosts are read."""
    opened = made(database_url)
    for number, hosts in enumerate((range(HOSTS), range(0, HOSTS, 3))):
        at = datetime(2026, 11, 20 + number, 2, tzinfo=UTC)
        results = []
        for host in hosts:
            lost = host % 5 == 4
            said = [verdict(f"r-{n}", "unknown" if lost else "fail", ("high", "low")[n % 2]) for n in range(host % 4)]
            more = {"status": "unreachable", "reason": "nobody answers"} if lost else {}
            site = {"site": "ams" if host % 3 else "fra"}
            drift = [] if lost else [drifted("gold", f"a.{n}", "x") for n in range(host % 3)]
            results.append(result(f"h-{host:02d}", at + timedelta(seconds=host), said, drift, labels=site, **more))
        night(opened, f"night-{number}", at, results, ["gold"])
    yield opened
    opened.close()


def lists(connection: Connection, look: Look, only: Only, size: int) -> list[Any]:
    """Targets, findings and drift, `size` at a time."""
    seen: list[Any] = []
    last = 0
    while page := looks.targets(connection, look, only, last, size):
        seen, last = [*seen, *page], page[-1].target
    kinds: list[Callable[[Any], list[Any]]] = [
        lambda place: findings.findings(connection, look, Wanted(only), place, size),
        lambda place: findings.findings(connection, look, Wanted(only, severity=frozenset(["low"])), place, size),
        lambda place: findings.drifts(connection, look, only, place, size),
    ]
    for listed in kinds:
        place = START
        while rows := listed(place):
            seen, place = [*seen, *rows], rows[-1].place
    return seen


def test_pieces_make_the_same_list(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is asked for, pieces of two and three targets and pages of five lose nothing and tell nothing twice."""
    with store.reading() as connection:
        look = Look(series=looks.default_series(connection), at=now(connection))
        wholes = [lists(connection, look, only, 1000) for only in SOME]
        monkeypatch.setattr(looks, "_FIRST", 2)
        monkeypatch.setattr(looks, "_MOST", 3)
        for only, whole in zip(SOME, wholes, strict=True):
            assert lists(connection, look, only, 5) == whole
        assert [len(whole) > 0 for whole in wholes] == [True] * 5 + [False]
        assert len(looks.targets(connection, look, Only(WHOLE), 0, 1000)) == HOSTS
