"""Each source: can it be reached, do we trust it, are we let in, and what may the account not see.

It is read as an audit reads it, whole, so that what stays unread then is known now. Nothing of it is kept.
"""

import os
import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from auditor.doctor.model import WARN, WRONG, Check, faulty, well
from auditor.doctor.reach import known_hosts_lacks, mend_of
from auditor.doctor.rights import MOST, rights_checks
from auditor.domain import Capture, Failure, Source
from auditor.errors import InputError, faults_in
from auditor.evidence.redaction import KEY_VARIABLE, redactor
from auditor.inventory.load import OpenInventory, load_inventory
from auditor.inventory.select import needed
from auditor.pipeline import Plan, SourceResult, gather
from auditor.runners import Progress, Runner

SKEW = 30  # seconds between a target's clock and this one: logs of several hosts are read side by side


def inventory_checks(path: Path) -> tuple[Sequence[Source], list[Check]]:
    """The sources that can be asked, and what was found: secrets and files are looked for.

    What one source lacks keeps no other from being asked.
    """
    try:
        found = load_inventory(path)
    except InputError as problem:
        single = {str(one): one for one in faults_in(problem)}
        return _sound(path), [faulty("source", "inventory", one) for one in single.values()]
    names = ", ".join(one.name for one in found.sources[:10])
    return found.sources, [
        well("source", "inventory", f"{path}: {len(found.sources)} source{'s' * (len(found.sources) != 1)} ({names})")
    ]


def _sound(path: Path) -> list[Source]:
    sound = []
    try:
        opened = OpenInventory(path)
    except InputError:
        return []
    for name in opened.names:
        try:
            sound.append(opened.source(name))
        except InputError:
            continue  # it is among the faults of the whole
    return sound


def chosen(sources: Sequence[Source], patterns: Sequence[str]) -> Sequence[Source]:
    """The sources that are meant. Raises InputError for a pattern that means none."""
    found = needed(patterns, sources)
    if not found:
        known = ", ".join(one.name for one in sources[:10])
        raise InputError(f"no source matches {' '.join(patterns)}", mend=f"Known sources: {known}.")
    return found


def source_checks(sources: Sequence[Source], runner: Runner, progress: Progress) -> Iterator[Check]:
    """Every one of these sources, all asked at once."""
    with _passing_key():
        found = gather(Plan(sources, ()), runner, progress).sources
    for result in found:
        yield from _source(result)


@contextmanager
def _passing_key() -> Iterator[None]:
    """Secrets of what is read get fingerprints of a key that nobody keeps: none is made, and a faulty one harms not."""
    before = os.environ.get(KEY_VARIABLE)
    os.environ[KEY_VARIABLE] = secrets.token_hex(32)
    redactor.cache_clear()
    try:
        yield
    finally:
        os.environ.pop(KEY_VARIABLE)
        if before is not None:
            os.environ[KEY_VARIABLE] = before
        redactor.cache_clear()


def _source(result: SourceResult) -> Iterator[Check]:
    source = result.collected.source
    whole = [one for one in result.failures if one.target is None]
    if whole:
        yield from (Check("source", source.name, WRONG, _reason(source, one), mend_of(source, one)) for one in whole)
        return
    lost = [one for one in result.failures if one.target is not None]
    count = len(result.snapshots)
    if not count:
        mend = mend_of(source, lost[0]) if lost else "Check what the account may see."
        yield Check("source", source.name, WRONG, "it answered, and no target could be read", mend)
    else:
        yield well(
            "source", source.name, f"{count} target{'s' * (count != 1)} read in {result.collected.seconds:.1f} s"
        )
    for one in lost[:MOST]:
        yield Check("source", f"{source.name}/{one.target}", WARN, _reason(source, one), mend_of(source, one))
    if len(lost) > MOST:
        yield Check("source", source.name, WARN, f"and {len(lost) - MOST} more targets could not be read")
    for words in source.warnings:
        yield Check("source", source.name, WARN, words, "Verify the peer: see docs/how-to/inventory.md.")
    yield from rights_checks(source, result.collected.captures, result.snapshots)
    yield from _skews(source, result)


def _reason(source: Source, one: Failure) -> str:
    reason = one.reason.partition("\n")[0]
    if "host key of" in reason and known_hosts_lacks(source):
        return f"its host key is not known: known_hosts has none for {source.address}"
    return reason


def _skews(source: Source, result: SourceResult) -> Iterator[Check]:
    for capture in result.collected.captures:
        apart = _apart(capture)
        if apart is not None and abs(apart) > SKEW:
            words = f"the clock of {capture.target} is {apart:+.0f} s apart from this machine's"
            mend = "Let both keep their clocks with NTP (`timedatectl` and `chronyc tracking` tell which one is off)."
            yield Check("time", f"clock of {source.name}", WARN, words, mend)


def _apart(capture: Capture) -> float | None:
    """How far a Linux host's clock is ahead, in seconds; None where the capture does not say."""
    records = capture.body.get("records")
    meta = records.get("meta") if isinstance(records, Mapping) else None
    text = meta.get("out") if isinstance(meta, Mapping) else None
    found = re.search(r"^now=(\d{9,11})$", text, re.MULTILINE) if isinstance(text, str) else None
    if found is None:
        return None
    return (datetime.fromtimestamp(int(found[1]), UTC) - capture.taken_at).total_seconds()
