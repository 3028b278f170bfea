"""Findings: everywhere, the worst first; and one of them with its evidence."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Request
from sqlalchemy import Connection
from starlette.responses import Response

from auditor.access import Permission, Reach
from auditor.api import cursors
from auditor.api.guard import Asks, World, allowed
from auditor.api.routes.common import Severity, Status, Text, missing, reach_of, target_shown
from auditor.api.routes.targets import Id, look_at
from auditor.errors import InputError
from auditor.evidence.captures import iso
from auditor.store import waivers
from auditor.store.engine import now
from auditor.store.history import time_of
from auditor.store.listing import looks, of_target, runs, worst
from auditor.store.listing.board import Board, board, sight, still_within
from auditor.store.listing.worst import Wish
from auditor.web import asof, listed, rule_book, target_list, target_tabs
from auditor.web.paint import page
from auditor.web.subjects import ref

router = APIRouter(include_in_schema=False)
SEES = Permission.RESULTS_READ
READ = allowed(SEES, page=True)
SHOWN = 50
MOST_SUBJECTS = 30
MOST_OTHERS = 12
MOST_SPELLS = 40
RuleId = Annotated[str, Path(max_length=300)]


@router.get("/findings", dependencies=[READ])
def show_findings(
    request: Request,
    asks: Asks,
    world: World,
    after: cursors.After = "",
    status: Literal[Status, ""] = "",
    severity: Literal[Severity, ""] = "",
    rule: Text = "",
    target: Text = "",
    platform: Text = "",
    source: Text = "",
    label: Text = "",
    framework: Text = "",
    control: Text = "",
    waived: Literal["", "yes", "no"] = "",
) -> Response:
    """Findings as they stand, the worst first; failing ones unless another status is asked for."""
    reach, problem, more = reach_of(asks, SEES), "", ""
    rows: list[dict[str, Any]] = []
    place = cursors.read(after, int, int, int, int)
    with world.store.reading() as connection:
        whole = board(connection)
        inside = sight(connection, whole, reach)
        book = rule_book.book(connection, whole)
        try:
            choice = target_list.Wish(target, platform, source, "", label)
            among = target_list.chosen(connection, whole, reach, choice)
            accepted = {"yes": True, "no": False}.get(waived)
            wanted = rule_book.matching(book, rule, framework, control)
            covered = frozenset(one.waiver.rule for one in waivers.listed(connection)) if waived else frozenset()
            wish = Wish(among, status or "fail", severity, wanted, accepted, covered)
            start: worst.Place = (place[0], place[1], place[2], place[3]) if place else worst.START
            rows, more = listed.rows(connection, whole, reach, wish, start, SHOWN)
        except InputError as said:
            problem = f"{said.what}. {said.mend}".strip()
        unread = len(whole.among_present(inside)) - len(whole.among_readable(inside))
        platforms = target_list.platforms_in(whole, inside)
    filters = {"status": status, "severity": severity, "rule": rule, "target": target, "platform": platform}
    filters |= {"source": source, "label": label, "framework": framework, "control": control, "waived": waived}
    shown: dict[str, Any] = {"rows": rows, "more": more, "problem": problem, "wish": filters, "unread": unread}
    shown |= {"platforms": platforms, "seen": len(inside), "frameworks": rule_book.frameworks(whole, book)}
    return page(request, "findings", asks, **shown)


@router.get("/targets/{number}/findings/{rule}", dependencies=[READ])
def show_finding(
    number: Id,
    rule: RuleId,
    request: Request,
    asks: Asks,
    world: World,
    subject: Annotated[str | None, Text] = None,
    at: asof.Moment = None,
) -> Response:
    """What a rule found at a target, with all its evidence; without a subject every one of them, the worst first."""
    if "\0" in rule:
        raise missing("rule")
    reach = reach_of(asks, SEES)
    with world.store.reading() as connection:
        row = look_at(connection, number, asks, SEES, at)
        (seen,) = looks.seen_at(connection, [(row.run, row.target)])
        moment = at or now(connection)
        found, total = _found(connection, seen, rule, subject, moment)
        whole = board(connection)
        about = rule_book.rule(connection, whole, rule, prefer=row.run)
        ever = of_target.ever(connection, seen.series, number, rule) if seen.unread is None else []
        if about is None or (not found and not ever and seen.unread is None):
            raise missing("finding")
        others = _others(connection, whole, reach, rule, number)
        asking = looks.is_visible(connection, number, reach_of(asks, Permission.WAIVERS_REQUEST))
        observed = of_target.observed(connection, ever)
    history = [
        {
            **one._asdict(),
            "seen": observed[one.body],
            "since": iso(time_of(one.first)),
            "exact": asof.exact(one.first),
            "until": iso(time_of(one.last)) if one.last else None,
        }
        for one in ever
        if subject is None or ref(one.subject) == subject
    ]
    shown: dict[str, Any] = {
        "one": target_shown(seen, row.run_name),
        "rule": rule,
        "about": about,
        "found": found,
        "total": total,
        "subject": subject,
        "history": sorted(_merged(history), key=lambda one: -one["first"])[:MOST_SPELLS],
        "others": others,
        "may_ask": asking and any(one["status"] == "fail" and not one["waiver"] for one in found),
        "read": seen.unread is None,
    }
    return page(request, "finding", asks, number=number, asof=asof.form(at, "UTC"), **shown)


def _found(
    connection: Connection, seen: Any, rule: str, subject: str | None, at: Any
) -> tuple[list[dict[str, Any]], int]:
    """The findings of a rule at a target, and how many there are."""
    if seen.unread is not None:
        return [], 0
    stood = of_target.stood_at(connection, seen, rule)
    stood = sorted(stood, key=target_tabs.worst_first)
    if subject is not None:
        stood = [one for one in stood if ref(one.subject) == subject]
    rules = runs.rules_of(connection, {seen.run})[seen.run]
    return target_tabs.shown(connection, seen, stood[:MOST_SUBJECTS], rules, at), len(stood)


def _others(connection: Connection, whole: Board, reach: Reach, rule: str, number: int) -> dict[str, Any]:
    """Who else fails the rule."""
    failing = whole.failing.get(rule, frozenset()) & sight(connection, whole, reach)
    others = sorted(failing - {number}, key=lambda one: whole.lines[one].name)[:MOST_OTHERS]
    visible = still_within(connection, others, reach)
    return {
        "count": len(failing - {number}),
        "first": [{"number": one, "name": whole.lines[one].name} for one in others if one in visible],
    }


def _merged(history: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Intervals that follow one another with the same status are one, however often what was seen changed."""
    out: list[dict[str, Any]] = []
    for one in history:
        if out and out[-1]["status"] == one["status"] and out[-1]["subject"] == one["subject"]:
            other = one["seen"] != out[-1]["seen"]  # a waiver that came or went is no other value
            out[-1] = {**out[-1], "until": one["until"], "seen": one["seen"], "values": out[-1]["values"] + other}
        else:
            out.append({**one, "values": 1})
    return out
