"""What changed between two audit documents: findings whose status, or an observed value, is another one now. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from auditor.domain import ABSENT, Drift

Document = Mapping[str, Any]
_NOT_TOLD = ("notapplicable", "notchecked")
_UNREAD = ("unknown", "error")


class FindingDrift(NamedTuple):
    """One change in a finding. `drift.path` is that of the observation, "" where there is none."""

    drift: Drift
    platform: str
    rule: str
    subject: str | None
    was: str | None  # status; None: there was no such finding
    now: str | None
    last_good: str | None  # when the earlier observation was made
    first_seen: str | None


def between_audits(old: Document, new: Document, *, everything: bool = True) -> Iterator[FindingDrift]:
    """Every change, in the order of the newer document; with `everything`, targets and findings that are gone too.

    What is unknown on either side is unknown: nobody can tell whether it changed.
    """
    before, after = _targets(old), _targets(new)
    earlier = {_key(one): one for one in old["findings"]}
    for key, target in after.items():
        if key not in before:
            drift = Drift(key[1], "", "extra", ABSENT, key[0], reason="it was not there before")
            yield FindingDrift(drift, key[0], "", None, None, target["status"], None, target.get("collected_at"))
    for finding in new["findings"]:
        place = (finding["platform"], finding["target"])
        if place in before:
            was = earlier.pop(_key(finding), None)
            yield from _finding(was, finding, before[place], after.get(place) or {})
    if not everything:
        return
    for key, target in before.items():
        if key not in after:
            drift = Drift(key[1], "", "missing", key[0], ABSENT, reason="it is gone")
            yield FindingDrift(drift, key[0], "", None, target["status"], None, target.get("collected_at"), None)
    for one in earlier.values():
        place = (one["platform"], one["target"])
        if place in after and one["status"] not in _NOT_TOLD:
            yield from _finding(one, None, before.get(place) or {}, after[place])


def _targets(document: Document) -> dict[tuple[str, str], Mapping[str, Any]]:
    return {(one["platform"], one["name"]): one for one in document["targets"]}


def _key(finding: Mapping[str, Any]) -> tuple[str, str, str, str | None]:
    return finding["platform"], finding["target"], finding["rule"], finding["subject"]


def _finding(
    was: Mapping[str, Any] | None, now: Mapping[str, Any] | None, before: Mapping[str, Any], after: Mapping[str, Any]
) -> Iterator[FindingDrift]:
    one = now or was or {}
    statuses = (was["status"] if was else None, now["status"] if now else None)
    if all(status is None or status in _NOT_TOLD for status in statuses):
        return
    reason = _reason(was, now)
    for path, expected, actual, source in _observed(was, now, always=statuses[0] != statuses[1]):
        change = "missing" if now is None else "extra" if was is None else "changed"
        if any(status in _UNREAD for status in statuses):
            change = "unknown"
        drift = Drift(one["target"], path, change, expected, actual, source, reason=reason)
        times = (before.get("collected_at"), after.get("collected_at"))
        yield FindingDrift(drift, one["platform"], one["rule"], one["subject"], *statuses, *times)


def _reason(was: Mapping[str, Any] | None, now: Mapping[str, Any] | None) -> str:
    if was is None or now is None:
        return "there is no such finding any more" if was else "there was no such finding before"
    words = []
    for when, one in (("before", was), ("now", now)):
        if one["status"] in _UNREAD:
            words.append(f"{one['status']} {when}: {one['reason']}")
    if was.get("rule_version") != now.get("rule_version"):
        words.append("the rule itself is another one now")
    return "; ".join(words)


def _observed(
    was: Mapping[str, Any] | None, now: Mapping[str, Any] | None, *, always: bool
) -> Iterator[tuple[str, Any, Any, str]]:
    """(path, earlier value, value, source) of each observation that differs; with `always`, the first one at least."""
    first, second = _by_path(was), _by_path(now)
    found = False
    for path in dict.fromkeys((*second, *first)):
        old, new = first.get(path), second.get(path)
        values = (old["actual"] if old else {"absent": True}, new["actual"] if new else {"absent": True})
        if values[0] != values[1]:
            found = True
            yield path, *values, str((new or old or {}).get("source", ""))
    if always and not found:
        path = next(iter(second or first), "")
        one = second.get(path) or first.get(path) or {}
        value = one.get("actual", {"absent": True})
        yield path, value, value, str(one.get("source", ""))


def _by_path(finding: Mapping[str, Any] | None) -> dict[str, Mapping[str, Any]]:
    return {one["path"]: one for one in finding["observations"]} if finding else {}
