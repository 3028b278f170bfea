"""Foretold against what the simulated vSphere then reports, fact by fact: exact, said to be unknown, silently wrong."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from auditor.changes import vsphere
from auditor.changes.load import candidate_of
from auditor.domain import Capture
from tests.changes.vsphere.cases import BATCHES, Case
from tests.changes.vsphere.peer import Peer, facts_of, running

GONE = "(gone)"


@dataclass
class Outcome:
    """What one change was foretold to do, and whether it did."""

    case: Case
    changed: dict[str, Any]  # every single fact that was foretold to be another, with its value
    unknown: list[str]  # paths of facts that were said to be unknown
    wrong: list[str] = field(default_factory=list)  # facts that are otherwise, though nobody said unknown

    @property
    def verdict(self) -> str:
        """exact | said unknown | silently wrong."""
        return "silently wrong" if self.wrong else "said unknown" if self.unknown else "exact"


def foretold(case: Case, captures: Mapping[str, Capture]) -> Outcome:
    """What the predictor says of a change, from the captures before it."""
    capture = captures[case.platform]
    facts = facts_of(capture)
    disk = next((path for path in facts if path.startswith("multipath[") and path.endswith("0001].policy")), "")
    text = case.text.replace("@DISK@", disk.removeprefix("multipath[").partition("]")[0])
    candidate = vsphere.clean(candidate_of(case.name, text.encode()))
    assert not vsphere.refusal(case.platform, candidate)
    edited = vsphere.edit(capture, candidate)
    assert not edited.edits
    after = facts_of(replace(capture, body=edited.body))
    return Outcome(case, differing(facts, after), [one.path for one in edited.unknown if one.path])


def differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """Single facts that are another value, new, or gone."""
    return {
        path: after.get(path, GONE)
        for path in {*before, *after}
        if before.get(path, GONE) != after.get(path, GONE) and not (path not in after and _emptied(path, after))
    }


def _emptied(path: str, after: Mapping[str, Any]) -> bool:
    """An empty mapping that has members now is no fact of its own."""
    return any(other.startswith((f"{path}[", f"{path}.")) for other in after)


def within(path: str, upper: str) -> bool:
    """Whether a path is another, or below it; `ports[GROUP/*]` stands for the ports of a group."""
    if upper.endswith("/*]"):
        return path.startswith(upper[:-2])
    return path == upper or path.startswith((f"{upper}.", f"{upper}["))


def batch_outcomes(
    peer: Peer, batch: Sequence[Case], before: Mapping[str, Capture]
) -> tuple[list[Outcome], dict[str, Capture]]:
    """What was foretold of each change of a batch, compared with the peer after all of them; and what it says then."""
    outcomes = [foretold(case, before) for case in batch]
    for case in batch:
        case.apply(peer)
    after = peer.look()
    for platform in before:
        mine = [one for one in outcomes if one.case.platform == platform]
        real = differing(facts_of(before[platform]), facts_of(after[platform]))
        unknown = [path for one in mine for path in one.unknown]
        for one in mine:
            for path, value in one.changed.items():
                if real.get(path, "(as before)") != value and not any(within(path, upper) for upper in unknown):
                    one.wrong.append(f"{path}: foretold {value!r}, is {real.get(path, '(as before)')!r}")
        told = {path for one in mine for path in one.changed}
        strangers = [path for path in real if path not in told and not any(within(path, upper) for upper in unknown)]
        for path in strangers:
            mine[0].wrong.append(
                f"{path}: nobody foretold {real[path]!r} (batch of {', '.join(str(one.case) for one in mine)})"
            )
    return outcomes, after


def all_outcomes(peer: Peer) -> list[Outcome]:
    """All batches, one after the other, on one peer."""
    found: list[Outcome] = []
    before = peer.look()
    for batch in BATCHES:
        outcomes, before = batch_outcomes(peer, batch, before)
        found += outcomes
    return found


def table(outcomes: Sequence[Outcome]) -> str:
    """The counts, and a line for each change: platform, what became of it, how many facts it changed."""
    lines = [f"{one.case.platform:8} {one.verdict:15} {len(one.changed):3} facts  {one.case}" for one in outcomes]
    for platform in ("esxi", "dvs", "vcenter", ""):
        mine = [one for one in outcomes if platform in ("", one.case.platform)]
        counts = {
            verdict: sum(one.verdict == verdict for one in mine)
            for verdict in ("exact", "said unknown", "silently wrong")
        }
        told = ", ".join(f"{count} {verdict}" for verdict, count in counts.items())
        facts = sum(len(one.changed) for one in mine)
        lines.append(f"{platform or 'all'}: {len(mine)} changes ({facts} facts): {told}")
    return "\n".join(lines)


def outcomes_table() -> str:
    """The table of a fresh peer."""
    with running() as peer:
        return table(all_outcomes(peer))
