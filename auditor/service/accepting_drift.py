"""A drift becomes what is intended, over the service: the text of a profile changed to say what one host has."""

from datetime import UTC, datetime

from auditor.domain import Snapshot, Target
from auditor.errors import InputError
from auditor.golden.accept import NotAcceptedError, accepted
from auditor.golden.own import waits_for
from auditor.golden.places import above
from auditor.goldens import golden_of
from auditor.service.catalogue import WrittenGolden

MOST = 50  # drifts at once: each is an edit of the whole text


def accepted_text(found: WrittenGolden, host: Snapshot, path: str, by: str, why: str) -> str:
    """The text of a profile with the drifts of a host at `path`, or below it, accepted; who and why stand in it.

    Raises InputError where there is no such drift, or none that can be accepted by an edit.
    """
    golden, old = found.golden, found.text
    if not golden.fits(Target(host.target, host.platform, host.source, "collected", snapshot=host)):
        raise InputError("the profile is not for this target", mend="Look at `for:` in the profile.")
    drifts, unset = golden.check(host, {})
    wanted = [one for one in drifts if path in above(one.path)]
    if not wanted:
        waiting = waits_for(unset, path, host.target)
        if waiting is not None:
            raise InputError(waiting[0][:500], mend=waiting[1])
        others = ", ".join(one.path for one in drifts[:5]) or "none"
        raise InputError(f"{host.target} does not drift at {path[:200]!r}", mend=f"It drifts at: {others[:300]}.")
    if len(wanted) > MOST:
        raise InputError(f"{len(wanted)} drifts lie there", mend=f"Accept {MOST} at most at once, by a longer path.")
    if "\r" in old:
        raise InputError("its lines end as on Windows", mend="Propose it with Unix line ends.")
    note = f"accepted {datetime.now(UTC):%Y-%m-%d} by {by}, as on {host.target}: {why}"
    try:
        new = accepted(old, wanted, host, _one_line(note))
    except NotAcceptedError as problem:
        raise InputError(str(problem)[:500], mend=problem.mend) from None
    changed = {one.path for one in wanted}
    expected = {(one.path, one.change) for one in drifts if one.path not in changed}
    if {(one.path, one.change) for one in golden_of(new, "profile").check(host, {})[0]} != expected:
        raise InputError("this profile is written in a way that cannot be changed safely", mend="Edit its text.")
    return new


def _one_line(text: str) -> str:
    return "".join(one if one.isprintable() else " " for one in text)[:300]
