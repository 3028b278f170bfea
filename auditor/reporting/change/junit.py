"""A change as JUnit XML: a suite for each target, a case for each rule whose verdict is touched.

A case fails where the check does, errs where a verdict that counts can no longer be told, and is skipped with a
message below `fail_on`; of what came of a change, where the fact is not as planned.
"""

from collections.abc import Iterator, Mapping
from typing import Any
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from auditor.reporting.change.causes import Causes
from auditor.reporting.change.gate import counts, gates, reopened
from auditor.reporting.change.view import OUTCOMES
from auditor.reporting.words import short, shown, visible

Case = tuple[str, str, str, str]  # its name, its outcome (failure, error, skipped, ""), a message, more
_INVALID = {ord(one): None for one in "\ufffe\uffff"}


def render(document: Mapping[str, Any]) -> bytes:
    """The XML, in UTF-8, as the schema of Ant has it (windyroad/JUnit-Schema)."""
    result = "verdict" in document
    head = document if result else document["change"]
    about = {"change": head["change"] if result else head["id"], "ticket": head["ticket"] or ""}
    root = Element("testsuites")
    for place, target in enumerate(document["targets"]):
        cases = list(_outcomes(target) if result else _cases(target, head["fail_on"]))
        _suite(root, place, target, cases, head["at"], about)
    indent(root)
    text: str = tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'.encode()


def _suite(
    root: Element, place: int, target: Mapping[str, Any], cases: list[Case], at: str, about: Mapping[str, str]
) -> None:
    name = _word(target["name"])
    kinds = (("failures", "failure"), ("errors", "error"), ("skipped", "skipped"))
    counts_ = {key: str(sum(outcome == kind for _, outcome, _, _ in cases)) for key, kind in kinds}
    said = {"name": name, "hostname": name, "package": "auditor.change", "id": str(place), "time": "0"}
    suite = SubElement(root, "testsuite", {**said, "timestamp": at[:19], "tests": str(len(cases)), **counts_})
    properties = SubElement(suite, "properties")
    for key, value in about.items():
        SubElement(properties, "property", {"name": key, "value": _text(value)})
    for title, outcome, message, more in cases:
        case = SubElement(suite, "testcase", {"classname": name, "name": _word(title), "time": "0"})
        if outcome == "skipped":
            SubElement(case, "skipped", {"message": _text(message)})
        elif outcome:
            SubElement(case, outcome, {"message": _text(message), "type": outcome}).text = _text(more or message, 4000)
    SubElement(suite, "system-out")
    SubElement(suite, "system-err")


def _cases(target: Mapping[str, Any], fail_on: str) -> Iterator[Case]:
    causes, found = Causes(target), target["findings"]
    again = {(one["rule"], one["subject"]): one for one in reopened(target, fail_on)}
    for one in found["newly_failing"]:
        waiver = again.pop((one["rule"], one["subject"]), None)
        outcome = "failure" if gates(one, fail_on) or waiver else "skipped"
        yield _name(one), outcome, f"{one['severity']}: {one['title']}: would fail", _proof(one, causes)
    for one in found["newly_unknown"]:
        outcome = "error" if counts(one["severity"], fail_on) else "skipped"
        yield _name(one), outcome, f"{one['severity']}: can no longer be told: {one['reason']}", _proof(one, causes)
    for one in found["newly_passing"]:
        yield _name(one), "", "", ""
    for waiver in again.values():
        yield _name(waiver), "failure", f"waiver {waiver['id']} reopens: {waiver['reason']}", ""


def _outcomes(target: Mapping[str, Any]) -> Iterator[Case]:
    if target["status"] == "unread":
        yield "the target is read since the check", "error", f"it was not read: {target['reason']}", ""
    for one in target["outcomes"]:
        if one["derived"]:
            continue
        kind, title = one["kind"], OUTCOMES[one["kind"]][0]
        values = ", ".join(f"{name} {_value(one[name])}" for name in ("before", "planned", "now"))
        outcome = {"done": "", "unforetold": "skipped", "unread": "error"}.get(kind, "failure")
        if other := one.get("by_change"):
            outcome, title = "skipped", f"As planned in {other['id']}"
        yield one["path"], outcome, f"{title}: {values}", ""
    for one in target["findings"].get("worse", ()):
        yield _name(one), "failure", f"{one['severity']}: {one['title']}: fails, though nobody foretold it", ""
    for one in target["findings"].get("unknown", ()):
        yield _name(one), "error", f"{one['severity']}: {one['title']}: unknown, though a verdict was foretold", ""


def _name(one: Mapping[str, Any]) -> str:
    return f"{one['rule']} [{one['subject']}]" if one["subject"] else str(one["rule"])


def _proof(one: Mapping[str, Any], causes: Causes) -> str:
    seen = [f"{o['path']}: would be {_value(o['actual'])}" for o in one["observations"][:10]]
    because = [f"because of {line.where}: {line.text or line.effect}" for line in causes.of_finding(one)]
    return "\n".join([*seen, *because])


def _value(value: Any) -> str:
    return short(shown(value, 400).text, 160)


def _text(text: str, limit: int = 1000) -> str:
    """Text that XML 1.0 can hold: nothing hidden, nothing without a character."""
    return visible(str(text)[:limit]).translate(_INVALID)


def _word(text: str) -> str:
    """The same as a token: a blank between words, none around them."""
    return " ".join(_text(text).split()) or "-"
