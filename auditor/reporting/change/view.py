"""What the pages of a change show, out of its document: the worst first, the same finding of many hosts once. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from auditor.reporting.change.causes import Causes, Line, line_of, place_of
from auditor.reporting.words import SEVERITIES

HOSTS = 12  # of one finding, shown with their evidence
FACTS = 300  # of one target
ALL_FACTS = 3_000
LISTED = 300  # rows of any other table
_RANK = {name: n for n, name in enumerate(SEVERITIES)}
COLUMNS = ("newly_failing", "newly_unknown", "newly_passing", "still_failing")
OUTCOMES = {  # the worst first; kind: its heading, what it means
    "unplanned": ("Happened, but nobody planned it", "fail"),
    "missing": ("Planned, but not there", "fail"),
    "different": ("Changed otherwise than planned", "fail"),
    "unread": ("Not read any more", "unknown"),
    "unforetold": ("Nobody could foretell it", "unknown"),
    "done": ("Done as planned", "pass"),
}
VERDICTS = {
    "kept": ("pass", "As planned", "What was planned is there, and nothing else changed."),
    "missed": ("fail", "Not as planned", "Something that was planned is missing, or is another."),
    "strayed": ("fail", "More than planned", "What was planned is there, and something else changed too."),
    "unread": ("unknown", "Not verified", "Not everything was read since the check."),
}


def check_view(document: Mapping[str, Any]) -> dict[str, Any]:
    """What a check shows: {answer, hosts, risks, groups by kind, waivers, drift, untold, facts, remarks, files}."""
    targets = document["targets"]
    causes = {one["name"]: Causes(one) for one in targets}
    files = [_file(n, one) for n, one in enumerate(document["candidate"]["files"])]
    return {
        "answer": answer(document),
        "hosts": sorted(map(_host, targets), key=_worst_host),
        "stale": [one["name"] for one in targets if one["based_on"]["stale"]],
        "synthetic": sum(one["based_on"]["synthetic"] for one in targets),
        "risks": _risks(targets),
        "failing": _groups(targets, "newly_failing", causes),
        "unknown": _groups(targets, "newly_unknown", causes),
        "passing": _groups(targets, "newly_passing", causes),
        "still": _groups(targets, "still_failing", causes),
        "vanished": _groups(targets, "no_longer_judged", causes),
        "waivers": _waivers(targets),
        "drift": [_drift(one, each, causes) for one in targets for each in one["drift"]["added"]],
        "drift_gone": [_drift(one, each, causes) for one in targets for each in one["drift"]["removed"]],
        "untold": _untold(targets),
        "facts": list(_facts(targets)),
        "remarks": _remarks(targets),
        "files": files,
        "anchors": {
            f"{file['name']}:{row[0]}": f"c-{n}-{row[0]}" for n, file in enumerate(files) for row in file["rows"]
        },
        "most": {"hosts": HOSTS, "rows": LISTED},
    }


def answer(document: Mapping[str, Any]) -> tuple[str, str, str]:
    """The verdict of a check: kind of mark, a few words, a sentence."""
    least = document["change"]["fail_on"]
    if document["result"]["fails"]:
        return "fail", "Fails", f"Something newly fails, or a waiver reopens, at {least} or above."
    if document["result"]["unknown"]:
        return "unknown", "Cannot be told", f"A verdict at {least} or above can no longer be told."
    return "pass", "Passes", f"Nothing newly fails at {least} or above."


def result_view(document: Mapping[str, Any]) -> dict[str, Any]:
    """What a verification shows: {answer, hosts, outcomes by kind with rows, worse, unknown, better}."""
    targets = document["targets"]
    rows: dict[str, list[dict[str, Any]]] = {kind: [] for kind in OUTCOMES}
    follows = dict.fromkeys(OUTCOMES, 0)
    for one in targets:
        for each in one["outcomes"]:
            if each["derived"]:
                follows[each["kind"]] += 1
            else:
                rows[each["kind"]].append({**each, "target": one["name"]})
    found = {kind: [(one["name"], f) for one in targets for f in one["findings"].get(kind, ())] for kind in _FINDINGS}
    return {
        "answer": _came(document),
        "unread": [one for one in targets if one["status"] == "unread"],
        "read": [one for one in targets if one["status"] != "unread"],
        "kinds": [(kind, *OUTCOMES[kind], rows[kind], follows[kind]) for kind in OUTCOMES if rows[kind]],
        **found,
        "most": {"rows": LISTED},
    }


def _came(document: Mapping[str, Any]) -> tuple[str, str, str]:
    """The verdict of a verification: kind of mark, a few words, a sentence. What was missed comes first."""
    verdict, summary = document["verdict"], document["summary"]
    if verdict == "unread" and any(summary[kind] for kind in ("missing", "different", "unplanned")):
        return "fail", "Not as planned", "What was read is not as planned, and not everything was read since the check."
    return VERDICTS[verdict]


_FINDINGS = ("worse", "unknown", "better")


def _host(one: Mapping[str, Any]) -> dict[str, Any]:
    failing = [found["severity"] for found in one["findings"]["newly_failing"]]
    counts = {kind: len(one["findings"][kind]) for kind in COLUMNS}
    worst = min(failing, key=lambda name: _RANK.get(name, 9), default="")
    facts = sum(not fact["derived"] for fact in one["facts"])
    more = {"risks": len(one["risks"]), "untold": len(one["unpredicted"]), "facts": facts, "worst": worst}
    return {"name": one["name"], "platform": one["platform"], "based": one["based_on"], **counts, **more}


def _worst_host(one: Mapping[str, Any]) -> tuple[Any, ...]:
    return _RANK.get(one["worst"], 9), -one["newly_failing"], -one["newly_unknown"], -one["risks"], one["name"]


def _risks(targets: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    found = [{**risk, "target": one["name"], "line": _line(risk["where"])} for one in targets for risk in one["risks"]]
    return sorted(found, key=lambda risk: (_RANK.get(risk["severity"], 9), risk["id"], risk["target"]))


def _groups(targets: Iterable[Mapping[str, Any]], kind: str, causes: Mapping[str, Causes]) -> list[dict[str, Any]]:
    """Findings by rule and subject, the worst first, each with the hosts that it is found on."""
    found: dict[tuple[str, str | None], dict[str, Any]] = {}
    for one in targets:
        for each in one["findings"][kind]:
            group = found.setdefault((each["rule"], each["subject"]), {**each, "hosts": [], "names": []})
            group["names"].append(one["name"])
            if len(group["hosts"]) < HOSTS:
                group["hosts"].append({"name": one["name"], "f": each, "lines": causes[one["name"]].of_finding(each)})
    return sorted(found.values(), key=lambda g: (_RANK.get(g["severity"], 9), -len(g["names"]), g["rule"]))


def _waivers(targets: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    order = {"reopens": 0, "lapses": 1}
    found = [{**waiver, "target": one["name"]} for one in targets for waiver in one["waivers"]]
    return sorted(found, key=lambda w: (order.get(w["fate"], 2), _RANK.get(w["severity"], 9), w["rule"], w["target"]))


def _drift(one: Mapping[str, Any], each: Mapping[str, Any], causes: Mapping[str, Causes]) -> dict[str, Any]:
    return {**each, "target": one["name"], "lines": causes[one["name"]].of_path(each["path"])}


def _untold(targets: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What cannot be foretold, once for all the hosts on which it is the same."""
    found: dict[tuple[str, str, str], dict[str, Any]] = {}
    for one in targets:
        for each in one["unpredicted"]:
            key = each["path"], each["where"], each["reason"]
            row = found.setdefault(key, {**each, "line": _line(each["where"]), "names": []})
            row["names"].append(one["name"])
    return list(found.values())


def _facts(targets: Iterable[Mapping[str, Any]]) -> Iterable[dict[str, Any]]:
    """Predicted facts by target: those that lines set, then those that follow; as many as a page can show."""
    room = ALL_FACTS
    for one in targets:
        if not one["facts"]:
            continue
        rows = sorted(one["facts"], key=lambda fact: fact["derived"])[: min(room, FACTS)]
        room -= len(rows)
        shown = [{**fact, "lines": [line_of(why) for why in fact["why"]]} for fact in rows]
        yield {"name": one["name"], "rows": shown, "more": len(one["facts"]) - len(rows)}


def _remarks(targets: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for one in targets:
        for each in one["remarks"]:
            row = found.setdefault(tuple(each.values()), {**each, "line": _line(each["where"]), "names": []})
            row["names"].append(one["name"])
    return list(found.values())


def _file(place: int, one: Mapping[str, Any]) -> dict[str, Any]:
    numbers: Sequence[int] = one["numbers"]
    return {**one, "place": place, "rows": list(zip(numbers, one["lines"], strict=True))}


def _line(where: str | None) -> Line | None:
    if not where:
        return None
    file, number = place_of(where)
    return Line(file, number, "", "")
