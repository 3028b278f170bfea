"""Rules: what they want, and where they fail."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Request
from sqlalchemy import Connection
from starlette.responses import Response

from auditor.access import Permission, Reach
from auditor.api import cursors
from auditor.api.guard import Asks, World, allowed
from auditor.api.routes.common import Severity, Text, missing, reach_of
from auditor.api.routes.waivers import is_within, shown
from auditor.evidence.captures import iso
from auditor.reporting.words import SEVERITIES, platform_word
from auditor.store import waivers
from auditor.store.engine import now
from auditor.store.listing import rule_changes, worst
from auditor.store.listing.board import Board, Targets, board, sight
from auditor.store.listing.worst import Wish
from auditor.web import listed, rule_book
from auditor.web.paint import page

router = APIRouter(prefix="/rules", include_in_schema=False)
SEES = Permission.RESULTS_READ
READ = allowed(SEES, page=True)
SHOWN = 100
FAILING, DOUBTFUL = 20, 10
MOST_WAIVERS = 100
_ORDER = {name: place for place, name in enumerate(SEVERITIES)}


@router.get("", dependencies=[READ])
def show_rules(
    request: Request,
    asks: Asks,
    world: World,
    after: cursors.After = "",
    q: Text = "",
    baseline: Text = "",
    platform: Text = "",
    severity: Literal[Severity, ""] = "",
    standing: Literal["", "fail", "unknown", "judged"] = "",
    sort: Literal["", "id"] = "",
) -> Response:
    """Rules, those first whose failures weigh most."""
    place = cursors.read(after, int)
    with world.store.reading() as connection:
        whole = board(connection)
        book = rule_book.book(connection, whole)
        every = _counted(whole, book, sight(connection, whole, reach_of(asks, SEES)))
    text = q.lower()
    found = [
        one
        for name, one in every.items()
        if (not baseline or baseline in one["baselines"])
        and (not platform or platform in one["platform"])
        and (not severity or one["severity"] == severity)
        and (not text or text in f"{name} {one['title']}".lower())
    ]
    if standing in ("fail", "unknown"):
        found = [one for one in found if one["failing" if standing == "fail" else "unknown"]]
    elif standing == "judged":
        found = [one for one in found if one["used"]]
    found.sort(key=(lambda one: one["id"]) if sort else _weight)
    start = max(0, place[0]) if place else 0
    more = cursors.written(start + SHOWN) if len(found) > start + SHOWN else ""
    choices: dict[str, Any] = {
        "baselines": [(one, one) for one in sorted({name for rule in book.values() for name in rule["baselines"]})],
        "platforms": [
            (one, platform_word(one)) for one in sorted({name for rule in book.values() for name in rule["platform"]})
        ],
    }
    wish = {
        "q": q,
        "baseline": baseline,
        "platform": platform,
        "severity": severity,
        "standing": standing,
        "sort": sort,
    }
    rows = found[start : start + SHOWN]
    return page(request, "rules", asks, rows=rows, more=more, fitting=len(found), wish=wish, **choices)


@router.get("/{rule}", dependencies=[READ])
def show_rule(rule: Annotated[str, Path(max_length=300)], request: Request, asks: Asks, world: World) -> Response:
    """A rule: what it wants and why, how to mend a failure, and where it fails."""
    reach = reach_of(asks, SEES)
    with world.store.reading() as connection:
        whole = board(connection)
        about = rule_book.rule(connection, whole, rule)
        if about is None:
            raise missing("rule")
        inside, only = whole.among_present(sight(connection, whole, reach)), frozenset([rule])
        known = rule_book.book(connection, whole).get(rule)
        first = [
            one
            for status, limit in (("fail", FAILING), ("unknown", DOUBTFUL), ("error", DOUBTFUL))
            for one in worst.worst(connection, whole, Wish(inside, status, rules=only), worst.START, limit)
        ]
        told = listed.told(connection, whole, reach, first)
        counts = {
            "failing": _count(whole.failing, rule, inside),
            "unknown": _count(whole.unknown, rule, inside),
            "unread": len(inside) - len(whole.among_readable(inside)),
        }
        accepted = _waivers(connection, rule, reach)
        turns = [{**one._asdict(), "at": iso(one.at)} for one in rule_changes.turns(connection, rule, reach)]
    asking = Permission.WAIVERS_REQUEST.value
    data: dict[str, Any] = {
        "about": about,
        "counts": counts,
        "fails": [one for one in told if one["status"] == "fail"],
        "doubts": [one for one in told if one["status"] != "fail"][:DOUBTFUL],
        "accepted": accepted,
        "turns": turns,
    }
    return page(request, "rule", asks, rule=rule, known=known, asking=asking, **data)


def _counted(whole: Board, book: rule_book.Book, seen: Targets) -> Mapping[str, dict[str, Any]]:
    """Every rule with how many of the targets that are seen fail it, and of how many that is unknown."""
    key = ("counted", id(book), id(seen))
    kept: tuple[object, object, Mapping[str, dict[str, Any]]] | None = whole.remembered(key)
    if kept is not None:
        return kept[2]
    inside = whole.among_present(seen)
    found = {
        name: {**one, "failing": _count(whole.failing, name, inside), "unknown": _count(whole.unknown, name, inside)}
        for name, one in book.items()
    }
    whole.remember(key, (book, seen, found))  # keeping both keeps their numbers from being another's
    return found


def _count(standing: Any, name: str, inside: Targets) -> int:
    targets = standing.get(name)
    return len(targets & inside) if targets else 0


def _weight(one: Any) -> tuple[int, int, int, str]:
    return (not one["failing"], _ORDER.get(one["severity"], 9), -one["failing"], one["id"])


def _waivers(connection: Connection, rule: str, reach: Reach) -> list[dict[str, Any]]:
    every = waivers.listed(connection, rule=rule)[-MOST_WAIVERS:]
    if not every:
        return []
    at = now(connection)
    found = [one.waiver for one in every if is_within(connection, one.waiver, reach)]
    return [{**shown(one, at), "words": one.scope.words, "ends": one.end.last_second} for one in reversed(found)]
