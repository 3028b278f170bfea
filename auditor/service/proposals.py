"""Changes of golden profiles: proposed by one person, decided about by another, each within his scope."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from sqlalchemy import Connection

from auditor.access import Reach
from auditor.access.reaching import touches
from auditor.errors import ConflictError, InputError, NotFoundError
from auditor.golden.difference import Change, difference
from auditor.golden.profile import Golden
from auditor.goldens import golden_of
from auditor.service import catalogue, profiles
from auditor.store import golden_versions as versions
from auditor.store import schedules
from auditor.store.access.acting import Who
from auditor.store.golden_versions import PROPOSED, Version

FILE = "profile"  # what the text is called where a fault stands
LONGEST = 300_000  # characters of a text
LONGEST_NAME = 100
SHORTEST = 8  # characters of a reason
TAKEN = frozenset({"proposals", "new"})  # what pages beside /golden/NAME are called


class OutOfScopeError(InputError):
    """A profile is also for targets that are beyond the scope of who asks."""


class Compared(NamedTuple):
    """What a proposal changes. `known` is false where what it was proposed on top of is no longer at hand.

    `stale`: it waits, and what it was proposed on top of is in use no more, so it cannot be approved.
    """

    changes: list[Change]
    known: bool
    stale: bool


def checked(text: str, name: str = "", file: str = FILE) -> Golden:
    """The profile in a text, which has to be called `name` if one is given. Raises InputError with the line."""
    if len(text) > LONGEST:
        raise InputError(f"the text has more than {LONGEST} characters", where=file, mend="Say less in it.")
    found = golden_of(text, file)
    if name and found.id != name:
        raise InputError(f"the text is of the profile {found.id[:100]!r}", where=file, mend=f"Name it {name[:100]}.")
    if found.id in TAKEN or len(found.id) > LONGEST_NAME:
        raise InputError("a profile cannot be called that", where=file, mend="Choose another, shorter name.")
    return found


def propose(
    connection: Connection, golden: Golden, text: str, reason: str, by: str, actor: Who, reach: Reach
) -> Version:
    """Keep a checked profile as a proposal to replace what is in use under its name.

    Raises OutOfScopeError, ConflictError for what is in use already.
    """
    _check_words("reason", reason)
    current = profiles.in_use(connection, golden.id)
    for one in (golden, *([current.golden] if current else [])):
        if not lies_within(reach, one.profile.for_.labels):
            raise OutOfScopeError("the profile, and what it replaces, must be for targets within your scope alone")
    if current is not None and current.golden.digest == golden.digest:
        raise ConflictError("this is what is in use already", mend="Change it first.")
    approval = current.golden.approval if current else None
    values = {
        "name": golden.id,
        "title": golden.profile.title,
        "version": golden.profile.version,
        "platform": golden.profile.for_.platform,
        "labels": golden.profile.for_.labels,
        "text": text,
        "sha256": golden.digest,
        "replaces": approval.number if approval else None,
        "replaced_sha256": current.golden.digest if current else "",
    }
    return versions.propose(connection, values, reason, by, actor)


def propose_retirement(connection: Connection, name: str, reason: str, by: str, actor: Who, reach: Reach) -> Version:
    """Keep a proposal that the approved profile of that name goes out of use, with no other in its place.

    A file of that name counts again then. Raises NotFoundError, OutOfScopeError, ConflictError for what is a file.
    """
    _check_words("reason", reason)
    current = versions.approved(connection, name)
    if current is None:
        if catalogue.golden(name) is None:
            raise NotFoundError("there is no such golden profile")
        raise ConflictError("it is a file, and nobody approved it here", mend="Take it out of its content folder.")
    if not lies_within(reach, current.labels):
        raise OutOfScopeError("the profile must be for targets within your scope alone")
    kept = ("name", "title", "version", "platform", "labels")
    values = {key: getattr(current, key) for key in kept}
    values |= {"text": "", "sha256": "", "replaces": current.id, "replaced_sha256": current.sha256}
    return versions.propose(connection, values, reason, by, actor)


def approve(connection: Connection, number: int, note: str, by: str, actor: Who, reach: Reach) -> Version:
    """Put a proposal in use, if it is still a profile and what it replaces is still in use.

    Raises NotFoundError, ConflictError, InputError.
    """
    found = _decidable(connection, number, reach)
    if found.state == PROPOSED:
        if found.retires:
            _check_unused(connection, found.name)
        else:
            checked(found.text, found.name)
        current = profiles.in_use(connection, found.name)
        if (current.golden.digest if current else "") != found.replaced_sha256:
            raise ConflictError(
                "the profile that this was proposed on top of is not in use any more", mend="Propose it again."
            )
    return versions.approve(connection, number, by, note, actor)


def reject(connection: Connection, number: int, note: str, by: str, actor: Who, reach: Reach) -> Version:
    """Turn a proposal down. Raises NotFoundError, ConflictError, InputError."""
    _check_words("note", note)
    return versions.reject(connection, _decidable(connection, number, reach).id, by, note, actor)


def withdraw(connection: Connection, number: int, note: str, by: str, actor: Who) -> Version:
    """Take a proposal of one's own back. Raises NotFoundError, ConflictError, InputError."""
    return versions.withdraw(connection, number, by, note, actor)


def seen(connection: Connection, number: int, reach: Reach) -> Version:
    """A proposal that somebody who sees so much may see. Raises NotFoundError."""
    found = versions.find(connection, number)
    if not touches(reach, found.labels):
        raise NotFoundError("there is no such proposal")
    return found


def those_seen(found: Iterator[Version], reach: Reach) -> Iterator[Version]:
    """The same of many."""
    return (one for one in found if touches(reach, one.labels))


def lies_within(reach: Reach, labels: Any) -> bool:
    """Whether a profile for these labels is for targets in reach alone."""
    return not reach.nothing and reach.matches(labels)


def compared(connection: Connection, version: Version) -> Compared:
    """What a proposal changes in what it was proposed on top of. Raises InputError."""
    if version.retires:
        return _without(connection, version)
    after = profiles.golden_in(version).profile
    waits = version.state == PROPOSED
    now = profiles.in_use(connection, version.name) if waits else None
    digest = now.golden.digest if now else ""
    if waits:
        before = now.golden.profile if now else None
        return Compared(difference(before, after), True, digest != version.replaced_sha256)
    if version.replaces is not None:
        earlier = versions.find(connection, version.replaces)
        return Compared(difference(profiles.golden_in(earlier).profile, after), True, False)
    if not version.replaced_sha256:
        return Compared(difference(None, after), True, False)
    file = catalogue.golden(version.name)
    if file is None or file.golden.digest != version.replaced_sha256:
        return Compared([], False, False)
    return Compared(difference(file.golden.profile, after), True, False)


def may_decide_within(connection: Connection, version: Version, reach: Reach) -> bool:
    """Whether a proposal, and what it would replace, are for targets in reach alone."""
    if not lies_within(reach, version.labels):
        return False
    current = profiles.in_use(connection, version.name) if version.state == PROPOSED else None
    return current is None or lies_within(reach, current.golden.profile.for_.labels)


def _without(connection: Connection, version: Version) -> Compared:
    """What is demanded no more when a version goes out of use; a file of its name is demanded again."""
    before = versions.find(connection, version.replaces or 0)
    file, profile = catalogue.golden(version.name), profiles.golden_in(before).profile
    stale = version.state == PROPOSED and before.state != versions.APPROVED
    if file is not None:
        return Compared(difference(profile, file.golden.profile), True, stale)
    gone = [Change(one.part, "removed", one.path, one.after, None) for one in difference(None, profile)]
    return Compared(gone, True, stale)


def _check_unused(connection: Connection, name: str) -> None:
    """That no schedule would name a profile that is not there. Raises ConflictError."""
    if catalogue.golden(name) is None:
        named = [one.name for one in schedules.listed(connection) if name in one.schedule.work.goldens]
        if named:
            what = f"schedules compare with it: {', '.join(named[:5])}"
            raise ConflictError(what[:500], mend="Change them first.")


def _check_words(key: str, words: str) -> None:
    if len(words) < SHORTEST:
        raise InputError(f"{key}: it has fewer than {SHORTEST} characters", mend="Say why.")


def _decidable(connection: Connection, number: int, reach: Reach) -> Version:
    found = versions.find(connection, number)
    if not may_decide_within(connection, found, reach):
        raise NotFoundError("there is no such proposal")
    return found
