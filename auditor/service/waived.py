"""Waivers and days of grace at another moment than that of the run: what has ended since does not hold."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any


def waived_at(findings: Iterable[Mapping[str, Any]], at: datetime) -> list[dict[str, Any]]:
    """The findings as they stand at `at`: a waiver that has expired by then is no longer beside its failure."""
    return [_finding(one, at) for one in findings]


def _finding(finding: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    out, waiver = dict(finding), finding["waiver"]
    if waiver is not None and at > datetime.fromisoformat(waiver["expiration_date"]):
        reason = f"expired on {waiver['expiration_date']}"
        out |= {"waiver": None, "waiver_lapsed": {"id": waiver["id"], "reason": reason}}
    if (until := finding["grace_until"]) is not None and at.astimezone(UTC).date().isoformat() > until:
        out |= {"grace_until": None, "reason": ""}
    return out


def waivers_at(
    entries: Iterable[Mapping[str, Any]], findings: Iterable[Mapping[str, Any]], at: datetime
) -> list[dict[str, Any]]:
    """The waivers of a document as they stand at `at`, beside these findings."""
    covers: dict[str, int] = {}
    lapsed: dict[str, int] = {}
    for one in findings:
        for beside, counted in ((one["waiver"], covers), (one["waiver_lapsed"], lapsed)):
            if beside is not None:
                counted[beside["id"]] = counted.get(beside["id"], 0) + 1
    return [_entry(one, covers.get(one["id"], 0), lapsed.get(one["id"], 0), at) for one in entries]


def waivers_at_once(
    entries: Iterable[Mapping[str, Any]], findings: Iterable[Mapping[str, Any]], run: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """The same, at the time of a document: that of its state, or of the end of its run."""
    at = datetime.fromisoformat(str(run.get("as_of") or run["finished_at"]))
    return waivers_at(entries, findings, at.astimezone(UTC))


def _entry(entry: Mapping[str, Any], covers: int, lapsed: int, at: datetime) -> dict[str, Any]:
    expires = datetime.fromisoformat(entry["expires"])
    out = {**entry, "covers": covers, "days_left": (expires - at).days}
    if at > expires and entry["state"] in ("approved", "lapsed"):
        ended = {"state": "expired", "attention": "expired", "reason": f"expired on {entry['expires']}", "lapsed": 0}
        return out | ended
    return out | ({"lapsed": lapsed} if entry["state"] in ("approved", "lapsed") else {})
