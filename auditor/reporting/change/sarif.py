"""A change as SARIF 2.1.0 (OASIS): one result for each verdict that becomes worse, at the line that makes it so."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from auditor.reporting.change.causes import Causes, Line, place_of
from auditor.reporting.change.view import OUTCOMES
from auditor.reporting.words import encodable, short, shown

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
LEVELS = {"critical": "error", "high": "error", "medium": "warning", "low": "note", "info": "note"}
MOST = 25_000  # results of one run: what large consumers take
UNTOLD = "cannot-be-foretold"


def render(document: Mapping[str, Any], base: str = "") -> dict[str, Any]:
    """The log, with one run. `base`: the folder of the candidate, as places in files begin."""
    result = "verdict" in document
    results = list(_outcomes(document) if result else _results(document))
    if base:
        for one in results:
            for place in (*one["locations"], *one.get("relatedLocations", ())):
                if "physicalLocation" in place:
                    file = place["physicalLocation"]["artifactLocation"]
                    file["uri"] = f"{_uri(base)}/{file['uri']}"
    rules: dict[str, dict[str, Any]] = {}
    for one in results:
        title = one.pop("title")
        rules.setdefault(one["ruleId"], {"id": one["ruleId"], "shortDescription": {"text": title}})
    head = {"id": document["change"]} if result else document["change"]
    run: dict[str, Any] = {
        "tool": {"driver": {"name": "Auditor", "rules": list(rules.values()), **_version(head)}},
        "results": results[:MOST],
        "columnKind": "unicodeCodePoints",
        "automationDetails": {"id": f"change/{head['id']}"},
        "properties": {"change": head["id"], "summary": dict(document["summary"])},
    }
    if not result:
        names = [one["name"] for one in document["candidate"]["files"]]
        run["artifacts"] = [{"location": {"uri": _uri(f"{base}/{name}")}} for name in dict.fromkeys(names)]
    if len(results) > MOST:
        run["properties"]["left_out"] = len(results) - MOST
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _version(head: Mapping[str, Any]) -> dict[str, str]:
    return {"version": head["auditor_version"]} if head.get("auditor_version") else {}


def _results(document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    whole = document["candidate"]["files"][0]["name"] if document["candidate"]["files"] else "candidate"
    for target in document["targets"]:
        causes = Causes(target)
        for one in target["findings"]["newly_failing"]:
            said = f"{one['title']}: would fail on {target['name']}. {_proof(one)}"
            yield _finding(one, target, said, LEVELS[one["severity"]], causes.of_finding(one), whole)
        for one in target["findings"]["newly_unknown"]:
            said = f"{one['title']}: could no longer be told on {target['name']}. {short(one['reason'], 300)}"
            yield _finding(one, target, said, "warning", causes.of_finding(one), whole)
        for waiver in target["waivers"]:
            level = LEVELS[waiver["severity"]] if waiver["fate"] == "reopens" else "note"
            said = f"Waiver {waiver['id']} {waiver['fate']} on {target['name']}: {waiver['reason']}"
            subject = waiver["subject"] or ""
            yield _result(waiver["rule"], waiver["rule"], level, said, [], whole, target["name"], f"waiver {subject}")
        for one in target["drift"]["added"]:
            said = f"Drift from {one['golden']} on {target['name']}: {one['path']} would be {_value(one['actual'])}"
            lines = causes.of_path(one["path"])
            key = f"{one['golden']} {one['path']}"
            yield _result(
                "golden-drift", "Drift from a golden profile", "note", said, lines, whole, target["name"], key
            )
        for risk in target["risks"]:
            said = f"{risk['title']} ({risk['severity']}) on {target['name']}: {risk['detail']}"
            yield _result(risk["id"], risk["title"], "note", said, _at(risk["where"]), whole, target["name"], "risk")
        for one in target["unpredicted"]:
            said = f"{one['path'] or 'Some fact'} cannot be foretold on {target['name']}: {one['reason']}"
            lines, title = _at(one["where"]), "A fact that nobody can foretell"
            yield _result(UNTOLD, title, "note", said, lines, whole, target["name"], f"{one['path']} {one['where']}")


def _outcomes(document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for target in document["targets"]:
        name = target["name"]
        if target["status"] == "unread":
            said = f"{name} was not read since: {target['reason']}"
            yield _result("change-unread", OUTCOMES["unread"][0], "warning", said, [], "", name, "")
        for one in target["outcomes"]:
            if one["kind"] in ("done", "unforetold") or one["derived"]:
                continue
            title = OUTCOMES[one["kind"]][0]
            level = "warning" if one["kind"] == "unread" else "note" if one.get("by_change") else "error"
            said = f"{title}: {one['path']} on {name} was {_value(one['before'])}, is {_value(one['now'])}"
            yield _result(f"change-{one['kind']}", title, level, said, [], "", name, one["path"])
        for one in target["findings"].get("worse", ()):
            said = f"{one['title']}: fails on {name}, though nobody foretold it. {_proof(one)}"
            yield _finding(one, target, said, LEVELS[one["severity"]], [], "")
        for one in target["findings"].get("unknown", ()):
            said = f"{one['title']}: unknown on {name}, though a verdict was foretold. {one['reason']}"
            yield _finding(one, target, said, "warning", [], "")


def _finding(
    one: Mapping[str, Any], target: Mapping[str, Any], said: str, level: str, lines: Sequence[Line], whole: str
) -> dict[str, Any]:
    made = _result(one["rule"], one["title"], level, said, lines, whole, target["name"], one["subject"] or "")
    if one["waiver"]:
        made["suppressions"] = [{"kind": "external", "justification": f"waiver {one['waiver']['id']}"}]
    made["properties"] = {"severity": one["severity"], "subject": one["subject"]}
    return made


def _result(
    rule: str, title: str, level: str, said: str, lines: Sequence[Line], whole: str, target: str, key: str
) -> dict[str, Any]:
    identity = hashlib.sha256("\0".join((rule, target, key)).encode("utf-8", "surrogatepass")).hexdigest()
    named = {"logicalLocations": [{"fullyQualifiedName": encodable(target), "kind": "resource"}]}
    places = [{**_place(line), **named} for line in lines if line.file] or [{**_file(whole), **named}]
    return {
        "ruleId": rule,
        "title": encodable(short(title, 300)),
        "level": level,
        "message": {"text": encodable(short(said, 1000))},
        "locations": places[:1],
        **({"relatedLocations": [{"id": n, **one} for n, one in enumerate(places[1:], 1)]} if places[1:] else {}),
        "partialFingerprints": {"auditorChange/v1": identity},
    }


def _place(line: Line) -> dict[str, Any]:
    found = _file(line.file)
    if line.number > 0:
        found["physicalLocation"]["region"] = {"startLine": line.number}
    return found


def _file(name: str) -> dict[str, Any]:
    return {"physicalLocation": {"artifactLocation": {"uri": _uri(name)}}} if name else {}


def _uri(name: str) -> str:
    """A relative reference (RFC 3986) that no name can make into an address."""
    return quote(encodable(name).lstrip("/"), safe="/._-~") or "candidate"


def _at(where: str | None) -> list[Line]:
    return [Line(*place_of(where), "", "")] if where else []


def _proof(one: Mapping[str, Any]) -> str:
    seen = [f"{o['path']} would be {_value(o['actual'])}" for o in one["observations"][:3]]
    return "; ".join(seen)


def _value(value: Any) -> str:
    return short(shown(value, 400).text, 120)
