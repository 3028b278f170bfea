"""Each source: can it be reached, do we trust it, are we let in, and what may the account not see.

It is read as an audit reads it, whole, so that what stays unread then is known now.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from auditor.doctor.model import WARN, WRONG, Check, well
from auditor.domain import Capture, Failure, Snapshot, Source
from auditor.errors import InputError, faults_in
from auditor.inventory.load import Inventory, load_inventory
from auditor.inventory.select import needed
from auditor.pipeline import Plan, SourceResult, gather
from auditor.runners import Progress, Runner

MOST = 8  # reasons that are named of one source
SKEW = 30  # seconds between a target's clock and this one: logs of several hosts are read side by side
_RIGHTS = re.compile(
    r"needs root|sudo refused|sudoers|needs [A-Z][\w.]+ |[Pp]ermission|refused|not allowed|not granted|denied"
)
_SUDOERS = re.compile(r"(?:sudoers (?:needs|line): )(.*?)(?: \(with become: sudo\))?$")
_MENDS = {
    "unreachable": "Check address, port and firewall from this machine, and that the service there runs.",
    "refused": "Check user name, key or password, and that the account may log in.",
    "untrusted": "Put its host key into `known_hosts`, or its authority or certificate under `tls:`.",
    "timeout": "Check the way there, or raise `timeout:` and `deadline:` of the source.",
    "lost": "Try again; look at the device's own log when it stays so.",
    "unreadable": "Look at what it answers: `auditor collect` keeps it.",
}


def inventory_checks(path: Path) -> tuple[Inventory | None, list[Check]]:
    """The inventory, None where nothing of it can be used, and what was found: secrets and files are looked for."""
    try:
        found = load_inventory(path)
    except InputError as problem:
        faults = faults_in(problem)
        checks = [Check("source", "inventory", WRONG, _placed(one), one.mend) for one in faults]
        return None, checks
    names = ", ".join(one.name for one in found.sources[:10])
    return found, [well("source", "inventory", f"{path}: {len(found.sources)} sources ({names})")]


def source_checks(
    sources: Sequence[Source], patterns: Sequence[str], runner: Runner, progress: Progress
) -> Iterator[Check]:
    """Every source that is meant, asked at once. Raises InputError for a pattern that means none."""
    chosen = needed(patterns, sources)
    if not chosen:
        known = ", ".join(one.name for one in sources[:10])
        raise InputError(f"no source matches {' '.join(patterns)}", mend=f"Known sources: {known}.")
    for result in gather(Plan(chosen, ()), runner, progress).sources:
        yield from _source(result)


def _source(result: SourceResult) -> Iterator[Check]:
    source = result.collected.source
    whole = [one for one in result.failures if one.target is None]
    if whole:
        yield from (Check("source", source.name, WRONG, _reason(one), _MENDS.get(one.kind, "")) for one in whole)
        return
    lost = [one for one in result.failures if one.target is not None]
    count = len(result.snapshots)
    if not count:
        yield Check("source", source.name, WRONG, "it answered, and no target could be read", _mend_of(lost))
    else:
        yield well("source", source.name, f"{count} targets read in {result.collected.seconds:.1f} s")
    for one in lost[:MOST]:
        yield Check("source", f"{source.name}/{one.target}", WARN, _reason(one), _MENDS.get(one.kind, ""))
    for words in source.warnings:
        yield Check("source", source.name, WARN, words, "Verify the peer: see docs/how-to/inventory.md.")
    yield from _lacks(source, result.snapshots)
    yield from _rights(source, result.snapshots)
    yield from _skews(source, result)


def _lacks(source: Source, snapshots: Sequence[Snapshot]) -> Iterator[Check]:
    """The privileges that a vCenter account has not, with what stays unread."""
    for one in snapshots:
        lacks = one.facts.get("account_lacks")
        if isinstance(lacks, Mapping):
            for privilege, unread in sorted(lacks.items()):
                mend = f"Give the account a role with {privilege}, or leave it so: see docs/how-to/least-privilege.md."
                yield Check("source", source.name, WARN, f"without {privilege} these stay unread: {unread}", mend)


def _rights(source: Source, snapshots: Sequence[Snapshot]) -> Iterator[Check]:
    """Gaps for want of a right, each reason once, with the targets counted."""
    where: dict[str, set[str]] = {}
    paths: dict[str, list[str]] = {}
    for one in snapshots:
        for path, reason in one.gaps.items():
            if _RIGHTS.search(reason):
                where.setdefault(reason, set()).add(one.target)
                paths.setdefault(reason, []).append(path)
    for reason in sorted(where, key=lambda text: (-len(where[text]), text))[:MOST]:
        targets, found = where[reason], Counter(paths[reason])
        names = ", ".join(list(found)[:4]) + (f" and {len(found) - 4} more facts" if len(found) > 4 else "")
        of = f" on {len(targets)} targets" if len(snapshots) > 1 else ""
        yield Check("source", source.name, WARN, f"unread{of}: {names}: {reason}", _sudoers(reason))
    if len(where) > MOST:
        more = len(where) - MOST
        yield Check("source", source.name, WARN, f"and {more} more reasons", "`auditor audit` lists every gap.")


def _sudoers(reason: str) -> str:
    found = _SUDOERS.search(reason)
    if found:
        return f"Add to sudoers: {found[1]}"
    return "See docs/how-to/least-privilege.md for what the account needs."


def _skews(source: Source, result: SourceResult) -> Iterator[Check]:
    for capture in result.collected.captures:
        apart = _apart(capture)
        if apart is not None and abs(apart) > SKEW:
            words = f"the clock of {capture.target} is {apart:+.0f} s apart from this machine's"
            yield Check("time", f"clock of {source.name}", WARN, words, "Let it keep its clock with NTP.")


def _apart(capture: Capture) -> float | None:
    """How far a Linux host's clock is ahead, in seconds; None where the capture does not say."""
    records = capture.body.get("records")
    meta = records.get("meta") if isinstance(records, Mapping) else None
    text = meta.get("out") if isinstance(meta, Mapping) else None
    found = re.search(r"^now=(\d{9,11})$", text, re.MULTILINE) if isinstance(text, str) else None
    if found is None:
        return None
    return (datetime.fromtimestamp(int(found[1]), UTC) - capture.taken_at).total_seconds()


def _reason(one: Failure) -> str:
    return one.reason.partition("\n")[0]


def _mend_of(lost: Sequence[Failure]) -> str:
    return _MENDS.get(lost[0].kind, "") if lost else "Check what the account may see."


def _placed(one: InputError) -> str:
    return f"{one.where}: {one.what}" if one.where else one.what
