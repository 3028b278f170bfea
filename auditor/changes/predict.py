"""Candidate + capture -> both snapshots, what differs between them, and why. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from auditor.changes import predictor_for
from auditor.changes.candidate import NOTHING, Candidate
from auditor.changes.differences import Change, differences
from auditor.changes.factedits import golden_edits, patch_edits, with_edits
from auditor.changes.model import Edited, Remark, Risk, Unpredicted, Why
from auditor.domain import EMPTY, Capture, Failure, Snapshot, Source, Target
from auditor.errors import InputError
from auditor.pipeline import read_capture
from auditor.relate import relate

MAX_SHOWN = 20_000  # reasons that are kept of one candidate
EMERGENCY = "there is no candidate: nothing is foretold, and all that happens will be told as unplanned"
CRLF = Remark("", "lines end as on Windows; they were read without their carriage returns")


@dataclass(frozen=True, slots=True)
class Basis:
    """What a prediction for one target stands on: its last capture, and the target of the run that read it."""

    target: Target
    capture: Capture
    source: Source
    run: str = ""  # the run that read it; "" for captures of a folder or read a moment ago
    live: bool = False


@dataclass(frozen=True, slots=True)
class Prediction:
    """One target before and, as far as anybody can tell, after a change. Both were read by this release."""

    basis: Basis
    before: Target
    after: Target
    known: Target  # `after` as it would be if lines that are not known did nothing; the same where all are known
    changes: tuple[Change, ...]
    unknown: tuple[Unpredicted, ...]
    remarks: tuple[Remark, ...]
    risks: tuple[Risk, ...]


@dataclass(frozen=True, slots=True)
class _Read:
    basis: Basis
    before: Target
    after: Target
    known: Target
    edited: Edited


def cleaned(candidate: Candidate, platform: str) -> Candidate:
    """The candidate as it may be kept and shown. Raises InputError where it is for another platform."""
    if candidate.kind in ("patch", NOTHING):
        return candidate
    predictor = predictor_for(platform)
    if why := predictor.refusal(platform, candidate):
        raise InputError(
            f"the candidate is not for {platform}: {why}", where=candidate.name, mend="Nothing was checked."
        )
    return predictor.clean(candidate)


def predict(bases: Sequence[Basis], candidate: Candidate, neighbours: Sequence[Target] = ()) -> list[Prediction]:
    """What the candidate does to each target. `neighbours` are all targets of the same estate, for what they say of
    each other; those of `bases` among them are replaced. Raises InputError(s): what a target would refuse, by line.
    """
    read = [_one(basis, candidate) for basis in bases]
    before = _among(neighbours, [one.before for one in read])
    after = _among(neighbours, [one.after for one in read])
    some = any(one.known is not one.after for one in read)
    known = _among(neighbours, [one.known for one in read]) if some else after
    return [_told(*each, candidate) for each in zip(read, before, after, known, strict=True)]


def _one(basis: Basis, raw: Candidate) -> _Read:
    platform = basis.capture.platform
    candidate = cleaned(raw, platform)
    before = _snapshot(basis.capture, basis.source, basis.target.name)
    values = basis.source.customisations.get(basis.target.own_name, EMPTY)
    edited = _edited(basis.capture, candidate, before, values)
    body = edited.body
    capture = basis.capture if body is basis.capture.body else replace(basis.capture, body=body)
    after = _snapshot(capture, basis.source, basis.target.name)
    after = with_edits(after, edited.edits)
    old, new = (replace(basis.target, snapshot=one) for one in (before, _with_gaps(after, edited.unknown)))
    placed = [one for one in edited.unknown if not one.blanket]
    all_known = len(placed) == len(edited.unknown)
    known = new if all_known else replace(basis.target, snapshot=_with_gaps(after, placed))
    return _Read(basis, old, new, known, edited)


def _with_gaps(snapshot: Snapshot, unknown: Sequence[Unpredicted]) -> Snapshot:
    return replace(snapshot, gaps={**snapshot.gaps, **{one.path: _reason(one) for one in unknown if one.path}})


def _edited(capture: Capture, candidate: Candidate, before: Snapshot, values: Mapping[str, Any]) -> Edited:
    if candidate.kind == "patch":
        return patch_edits(capture, candidate, before)
    if candidate.kind == NOTHING:
        return Edited(capture.body, remarks=(Remark("", EMERGENCY),))
    if candidate.kind == "golden" and capture.platform not in ("esxi", "dvs", "vcenter", "vm"):
        return golden_edits(capture, candidate, before, values)
    predictor: Any = predictor_for(capture.platform)
    found: Edited = predictor.edit(capture, candidate, *((values,) if candidate.kind == "golden" else ()))
    return found


def _snapshot(capture: Capture, source: Source, name: str) -> Snapshot:
    found = read_capture(capture, source)
    if isinstance(found, Failure):
        raise InputError(f"{name}: {found.reason}", mend="Collect it again.")
    return replace(found, target=name)


def _among(neighbours: Sequence[Target], changed: Sequence[Target]) -> list[Target]:
    """The changed targets with what all of the estate says of them: `estate` facts are those of the whole."""
    mine = {(one.platform, one.name): n for n, one in enumerate(changed)}
    estate = [one for one in neighbours if (one.platform, one.name) not in mine]
    return relate([*changed, *estate])[: len(changed)]


def _told(one: _Read, before: Target, after: Target, known: Target, candidate: Candidate) -> Prediction:
    old, new = before.snapshot, known.snapshot
    if old is None or new is None:  # both were read: `_snapshot`
        raise AssertionError(before.name)
    edited = one.edited
    why = _shortened(edited.why, edited.edits)
    changes = tuple(differences(old, new, why))
    risks: Sequence[Risk] = ()
    if candidate.kind not in ("patch", NOTHING):
        risks = predictor_for(old.platform).risks(old, new, candidate, edited)
    remarks = (*((CRLF,) if candidate.crlf else ()), *edited.remarks)
    return Prediction(one.basis, before, after, known, changes, edited.unknown, remarks, tuple(risks))


def _shortened(why: Sequence[Why], edits: Sequence[Any]) -> list[Why]:
    return [*why, *(Why(one.path, one.where, one.text) for one in edits)][:MAX_SHOWN]


def _reason(one: Unpredicted) -> str:
    return f"not foretold ({one.where}): {one.reason}" if one.where else f"not foretold: {one.reason}"
