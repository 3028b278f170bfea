"""A change check, or what came of it, for a terminal: the worst first, every host named, nothing left out unsaid."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from auditor.changes.fidelity import WORDS
from auditor.cli.output import one_line

MOST = 15  # of one kind on one target
_GROUPS = (
    ("newly_failing", "NEWLY FAILING"),
    ("newly_unknown", "NO LONGER KNOWN"),
    ("newly_passing", "newly passing"),
    ("no_longer_judged", "no longer judged"),
)
_VERDICTS = {
    "kept": "as planned",
    "missed": "NOT AS PLANNED",
    "strayed": "as planned, and MORE THAN PLANNED",
    "unread": "NOT VERIFIED: not everything was read since",
}


def lines(document: Mapping[str, Any]) -> Iterator[str]:
    """The lines, each without what could move a cursor."""
    yield from _result(document) if "verdict" in document else _check(document)


def _check(document: Mapping[str, Any]) -> Iterator[str]:
    head, summary = document["change"], document["summary"]
    ticket = f", ticket {one_line(head['ticket'], 80)}" if head["ticket"] else ""
    candidate = document["candidate"]
    yield f"change {head['id']}{ticket}: {one_line(candidate['name'], 120)} ({candidate['kind']})"
    told = [
        f"{summary['newly_failing']} newly failing",
        f"{summary['newly_unknown']} no longer known",
        f"{summary['newly_passing']} newly passing",
        f"{summary['still_failing']} still failing",
    ]
    yield f"{summary['targets_affected']} of {summary['targets']} targets affected: {', '.join(told)}"
    more = {
        "waivers reopen": summary["waivers_reopened"],
        "waivers lapse": summary["waivers_lapsed"],
        "golden drifts come": summary["drift_added"],
        "golden drifts go": summary["drift_removed"],
        "risks": summary["risks"],
        "facts cannot be foretold": summary["unpredicted"],
    }
    if any(more.values()):
        yield ", ".join(f"{count} {words}" for words, count in more.items() if count)
    for one in document["targets"]:
        yield from _target(one)
    result = document["result"]
    yield ""
    if result["fails"]:
        yield f"FAILS: something newly fails, or a waiver reopens, at {head['fail_on']} or above"
    elif result["unknown"]:
        yield f"CANNOT TELL: a verdict at {head['fail_on']} or above is no longer known"
    else:
        yield f"nothing newly fails at {head['fail_on']} or above"
    yield f"after the window: auditor change verify {head['id']}"


def _target(one: Mapping[str, Any]) -> Iterator[str]:
    based = one["based_on"]
    age = "read now" if based["live"] else f"as read at {based['taken_at']}"
    stale = ", STALE and forced" if based["stale"] else ""
    yield ""
    yield f"{one_line(one['name'], 120)}  ({one['platform']}, {age}{stale})"
    for risk in one["risks"]:
        yield f"  RISK {risk['severity']:8} {one_line(risk['title'])}{_at(risk['where'])}"
        yield f"       {one_line(risk['detail'], 300)}"
    for kind, words in _GROUPS:
        yield from _bounded(one["findings"][kind], lambda found, words=words: _finding(found, words))
    for waiver in one["waivers"]:
        yield f"  waiver {one_line(waiver['id'], 64)} {waiver['fate']} ({waiver['rule']}): {one_line(waiver['reason'])}"
    for kind, words in (("added", "drift comes"), ("removed", "drift goes")):
        yield from _bounded(
            one["drift"][kind], lambda d, words=words: f"  {words}: {d['golden']} {one_line(d['path'])}"
        )
    yield from _bounded([fact for fact in one["facts"] if not fact["derived"]], _fact)
    follows = sum(fact["derived"] for fact in one["facts"])
    if follows:
        yield f"  and {follows} that follow from these"
    yield from _bounded(_together(one["unpredicted"]), _unpredicted)
    for remark in one["remarks"][:MOST]:
        yield f"  note{_at(remark['where'])}: {one_line(remark['words'], 300)}"
    if not (one["facts"] or one["unpredicted"] or one["risks"]):
        yield "  no fact would change"


def _bounded(found: Sequence[Any], shown: Any) -> Iterator[str]:
    for one in found[:MOST]:
        yield shown(one)
    if len(found) > MOST:
        yield f"  ... and {len(found) - MOST} more of these: see -f json or html"


def _finding(one: Mapping[str, Any], words: str) -> str:
    subject = f" [{one_line(one['subject'], 60)}]" if one["subject"] else ""
    waived = ", waived" if one["waiver"] else ""
    return f"  {words}: {one['severity']} {one['rule']}{subject}: {one_line(one['title'])}{waived}"


def _fact(one: Mapping[str, Any]) -> str:
    why = one["why"][0] if one["why"] else None
    because = f"   <- {one_line(why['where'], 80)} {one_line(why['text'], 80)}" if why else ""
    return f"  {one_line(one['path'], 100)}: {_value(one['before'])} -> {_value(one['after'])}{because}"


def _together(found: Sequence[Mapping[str, Any]]) -> list[tuple[Mapping[str, Any], list[str]]]:
    """What cannot be foretold for one reason, and all of its facts."""
    grouped: dict[tuple[str, str], tuple[Mapping[str, Any], list[str]]] = {}
    for one in found:
        grouped.setdefault((one["where"], one["reason"]), (one, []))[1].append(one["path"] or "some fact")
    return list(grouped.values())


def _unpredicted(one: tuple[Mapping[str, Any], list[str]]) -> str:
    entry, paths = one
    more = f" and {len(paths) - 3} more" if len(paths) > 3 else ""
    names = one_line(", ".join(paths[:3]), 120)
    return f"  cannot be foretold: {names}{more}{_at(entry['where'])}: {one_line(entry['reason'], 200)}"


def _result(document: Mapping[str, Any]) -> Iterator[str]:
    ticket = f", ticket {one_line(document['ticket'], 80)}" if document["ticket"] else ""
    yield f"change {document['change']}{ticket}: {_VERDICTS[document['verdict']]}"
    summary = document["summary"]
    told = [f"{summary[kind]} {words}" for kind, words in WORDS.items() if summary[kind]]
    yield ", ".join(told) or "no fact was planned to change"
    for one in document["targets"]:
        yield ""
        if one["status"] == "unread":
            yield f"{one_line(one['name'], 120)}  NOT READ: {one_line(one['reason'], 200)}"
            continue
        yield f"{one_line(one['name'], 120)}  (read at {one['taken_at']})"
        for words in one.get("warnings", ()):
            yield f"  note: {one_line(words, 300)}"
        yield from _bounded([o for o in one["outcomes"] if not o["derived"]], _outcome)
        for kind, words in (("worse", "FAILS, though not foretold"), ("unknown", "UNKNOWN, though foretold")):
            yield from _bounded(one["findings"][kind], lambda found, words=words: _finding(found, words))


def _outcome(one: Mapping[str, Any]) -> str:
    who = "; ".join(f"{actor['who']} at {actor['at']}" for actor in one["actors"])
    by = f"   by {one_line(who, 120)}" if who else ""
    if other := one.get("by_change"):
        by += f"   as planned in {other['id']}{' (' + one_line(other['ticket'], 80) + ')' if other['ticket'] else ''}"
    values = f"was {_value(one['before'])}, planned {_value(one['planned'])}, is {_value(one['now'])}"
    return f"  {WORDS[one['kind']]}: {one_line(one['path'], 100)}: {values}{by}"


def _value(value: Any) -> str:
    if value == {"absent": True}:
        return "absent"
    if isinstance(value, dict) and set(value) == {"gap"}:
        return "unknown"
    return one_line(str(value), 80)


def _at(where: str | None) -> str:
    return f" ({one_line(where, 80)})" if where else ""
