"""What would change if a stored run were judged by other rules: verdicts, rules, waivers that would not carry over."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from auditor.golden.places import place_of
from auditor.reporting.tally import Tally, results
from auditor.waivers import Decision, Waiver, apply, seen_of

Document = Mapping[str, Any]
Key = tuple[str, str, str | None]  # target, rule, subject
_GROUPS = {"fail": "failing", "pass": "passing", "unknown": "unknown", "error": "unknown"}
_UNSEEN = "what it applies to, which subjects it means, or what absence means to it"


class _Side(NamedTuple):
    """A document, narrowed to the findings that are compared."""

    document: Document
    findings: Sequence[Mapping[str, Any]]
    status: Mapping[tuple[str, str], str]  # by rule and target: the worst subject

    def rule(self, ident: str) -> Mapping[str, Any] | None:
        """The rule's entry, None where it was not judged."""
        found: Mapping[str, Any] | None = self.document["rules"].get(ident) if ident in self.judged else None
        return found

    @property
    def judged(self) -> set[str]:
        """Rules with a verdict."""
        return {rule for rule, _ in self.status}


def preview(
    old: Document, new: Document, replaced: Collection[str], waivers: Sequence[Waiver], now: datetime
) -> dict[str, Any]:
    """How `new` differs from what the baselines `replaced` said in `old`, both of the same targets.

    {rules: [{rule, title, change: added|removed|changed|same, changes: [words], failing, passing, unknown, unjudged:
    targets that newly are so, failing_before}], parameters: [{name, before, after}], waivers: [{id, rule, carried,
    lost: [{target, subject, reason}], needless}], score: {before, after}}. `rules` has those with a difference only.
    """
    names = {one["name"] for one in new["targets"]}
    scoped = [f for f in old["findings"] if f["target"] in names and set(f["baselines"]) & set(replaced)]
    before, after = _side(old, scoped), _side(new, new["findings"])
    parameters = list(_parameters(old, new, replaced))
    rules = [_rule(ident, before, after, parameters) for ident in sorted(before.judged | after.judged)]
    return {
        "rules": [
            one for one in rules if one["change"] != "same" or any(one[g] for g in (*_GROUPS.values(), "unjudged"))
        ],
        "parameters": parameters,
        "waivers": _waivers(before, after, waivers, now),
        "score": {"before": _score(before.findings), "after": _score(after.findings)},
    }


def worse(found: Mapping[str, Any]) -> bool:
    """Whether something newly fails or is unknown, or a waiver would not carry over."""
    return any(one["failing"] or one["unknown"] for one in found["rules"]) or any(w["lost"] for w in found["waivers"])


def _side(document: Document, findings: Sequence[Mapping[str, Any]]) -> _Side:
    return _Side(document, findings, {(one.rule, one.target): one.status for one in results(findings)})


def _rule(ident: str, before: _Side, after: _Side, parameters: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    old, new = before.rule(ident), after.rule(ident)
    shown: Mapping[str, Any] = new or old or {}
    groups: dict[str, list[str]] = {"failing": [], "passing": [], "unknown": [], "unjudged": []}
    targets = sorted({t for rule, t in (*before.status, *after.status) if rule == ident})
    for target in targets:
        was, now = before.status.get((ident, target)), after.status.get((ident, target))
        was_group, now_group = (_GROUPS.get(one or "", "unjudged") for one in (was, now))
        if now_group != was_group:
            groups[now_group].append(target)
    changes = _changes(ident, before, after, old, new, parameters) if old and new else []
    change = "added" if not old else "removed" if not new else "changed" if changes else "same"
    return {
        "rule": ident,
        "title": shown.get("title", ident),
        "severity": shown.get("severity"),
        "change": change,
        "version": {"before": old["version"] if old else None, "after": new["version"] if new else None},
        "changes": changes,
        **groups,
        "failing_before": sum(s == "fail" for (rule, _), s in before.status.items() if rule == ident),
        "failing_after": sum(s == "fail" for (rule, _), s in after.status.items() if rule == ident),
    }


def _changes(
    ident: str,
    before: _Side,
    after: _Side,
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    parameters: Sequence[Mapping[str, Any]],
) -> list[str]:
    """What is different about a rule, in words."""
    words = [f"{name}: {old[name]} -> {new[name]}" for name in ("severity", "title") if old[name] != new[name]]
    if old["version"] == new["version"]:
        return words
    wanted, wanted_now = _expected(ident, before.findings), _expected(ident, after.findings)
    told = []
    for place in dict.fromkeys((*wanted, *wanted_now)):
        was, now = wanted.get(place), wanted_now.get(place)
        if was != now:
            told.append(f"{place or 'the subject'}: {_some(was)} -> {_some(now)}")
    texts = {text for place in (wanted, wanted_now) for found in place.values() for text in found}
    told += [
        f"parameter {one['name']}: {one['before']!r} -> {one['after']!r}"
        for one in parameters
        if _within(one["before"], texts) or _within(one["after"], texts)
    ]
    return words + (told or [_UNSEEN])


def _expected(ident: str, findings: Iterable[Mapping[str, Any]]) -> dict[str, list[str]]:
    """What a rule expected at each place, in words."""
    found: dict[str, set[str]] = {}
    for one in findings:
        if one["rule"] == ident:
            for seen in one["observations"]:
                found.setdefault(place_of(seen["path"]), set()).add(seen["expected"])
    return {place: sorted(texts) for place, texts in found.items()}


def _some(texts: Sequence[str] | None) -> str:
    if not texts:
        return "nothing was looked at"
    return " or ".join(texts[:3]) + (f" and {len(texts) - 3} more" if len(texts) > 3 else "")


def _within(value: Any, texts: Iterable[str]) -> bool:
    """Whether a parameter's value stands in what is expected."""
    parts = value if isinstance(value, list) else [value]
    words = [re.compile(rf"(?<!\w){re.escape(str(part))}(?!\w)") for part in parts if part not in (None, "")]
    return any(word.search(text) for word in words for text in texts)


def _parameters(old: Document, new: Document, replaced: Collection[str]) -> Iterator[dict[str, Any]]:
    was: dict[str, Any] = {}
    for one in old["run"]["baselines"]:
        was |= one["parameters"] if one["id"] in replaced else {}
    now: dict[str, Any] = {}
    for one in new["run"]["baselines"]:
        now |= one["parameters"]
    for name in sorted(was | now):
        if was.get(name) != now.get(name):
            yield {"name": name, "before": was.get(name), "after": now.get(name)}


def _waivers(before: _Side, after: _Side, waivers: Sequence[Waiver], now: datetime) -> list[dict[str, Any]]:
    """Each waiver that stands beside a finding of before, with what becomes of it."""
    old, new = _decided(before, waivers, now), _decided(after, waivers, now)
    found: dict[str, dict[str, Any]] = {}
    for key, (_, decision) in old.items():
        if decision is None or decision.waiver is None:
            continue
        waiver = decision.waiver
        entry = found.setdefault(
            waiver.id, {"id": waiver.id, "rule": waiver.rule, "carried": 0, "lost": [], "needless": []}
        )
        place = {"target": key[0], "subject": key[2]}
        kind, reason = _fate(key, new, after)
        if kind == "carried":
            entry["carried"] += 1
        else:
            entry[kind].append({**place, "reason": reason})
    return [found[ident] for ident in sorted(found)]


def _decided(
    side: _Side, waivers: Sequence[Waiver], now: datetime
) -> dict[Key, tuple[Mapping[str, Any], Decision | None]]:
    targets = {one["name"]: one for one in side.document["targets"]}
    decisions = apply((seen_of(f, targets[f["target"]]) for f in side.findings), waivers, now).decisions
    return {(f["target"], f["rule"], f["subject"]): (f, decisions.get(n)) for n, f in enumerate(side.findings)}


def _fate(key: Key, new: Mapping[Key, tuple[Mapping[str, Any], Decision | None]], after: _Side) -> tuple[str, str]:
    """carried | lost | needless, and why."""
    finding, decision = new.get(key, ({}, None))
    if decision is not None and decision.waiver is not None:
        return "carried", ""
    status = finding.get("status")
    if status == "fail":
        return "lost", decision.why if decision is not None else "no waiver is about it"
    if status is None:
        if key[1] not in after.judged:
            return "lost", "its rule is no longer there"
        return "lost", "its rule no longer means this subject"
    if status in ("unknown", "error"):
        return "lost", f"it is unknown under the new rules: {finding['reason']}"
    if status == "notchecked":
        return "lost", f"it is no longer judged: {finding['reason']}"
    return "needless", "it passes" if status == "pass" else "the rule is not meant for it any more"


def _score(findings: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    tally = Tally()
    for one in results(findings):
        tally.add(one)
    failed = tally.fail + tally.waived
    numbers = {"passed": tally.passed, "failed": failed, "unknown": tally.unknown, "waived": tally.waived}
    return {"lower": tally.lower, "upper": tally.upper, **numbers}
