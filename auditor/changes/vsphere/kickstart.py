"""A kickstart, as its settings on a host that runs; and a golden profile that is to be applied to one."""

from collections.abc import Mapping
from typing import Any

from auditor.changes.candidate import Candidate
from auditor.changes.factedits import FOLLOWS, golden_edits
from auditor.changes.model import Edit
from auditor.changes.vsphere.host import Host
from auditor.changes.vsphere.moreforms import LEAVES
from auditor.changes.vsphere.plan import NoSetter, Refusal
from auditor.changes.vsphere.target import Target
from auditor.changes.vsphere.touched import family
from auditor.domain import ABSENT, Capture, Snapshot, root_of
from auditor.golden.kickstart.draft import PRESENT, shown
from auditor.golden.kickstart.interpret import CONDITIONAL, ELSEWHERE, NO_FACT, PARTLY, UNREAD, Imported, interpret
from auditor.golden.kickstart.marks import Open
from auditor.golden.kickstart.sections import KickstartError
from auditor.golden.places import leaves, place_of

_ADDED = ("vmkernel[*].services", "datastores", "queue_depths")  # lists that a kickstart adds to
_FIRST = ("vswitches", "port_groups", "vmkernel")
INSTALLS = "a kickstart installs a host anew: foretold is what it sets, on top of the host as it runs now"


def follow_kickstart(host: Host, candidate: Candidate) -> None:
    """Sets what a kickstart sets. Raises InputError for one that cannot be read."""
    file = candidate.only
    try:
        found = interpret(file.text)
    except KickstartError as problem:
        raise file.error(problem.line, str(problem), problem.mend) from None
    host.plan.line(file.name, "")
    for words in (INSTALLS, *found.notes, *found.draft.remarks):
        host.plan.note(words)
    _entries(host, found, candidate)
    ways = sorted(found.draft.values, key=lambda way: _FIRST.index(way[0][0]) if way[0][0] in _FIRST else len(_FIRST))
    host.words = True
    for way in ways:
        number, path = found.draft.writers[way][-1], shown(way)
        host.plan.line(file.place(number), _line(candidate, number))
        _set(host, path, found.draft.values[way])
    for way, number in found.draft.absent.items():
        host.plan.line(file.place(number), _line(candidate, number))
        try:
            host.remove(shown(way))
        except Refusal as problem:
            host.plan.note(f"nothing to take away: {problem}")
        except NoSetter:
            host.plan.vague(shown(way), "where a host keeps this is not known")
    for way in found.draft.unsure:
        host.plan.vague(shown(way), "a line may set it that may not run")


def _line(candidate: Candidate, number: int) -> str:
    lines = candidate.only.lines
    return lines[number - 1] if 0 < number <= len(lines) else ""


def _set(host: Host, path: str, value: Any) -> None:
    try:
        if "$" in path and any(isinstance(value, kind) for kind in (Open, str)) and "[$" in path:
            host.plan.vague(root_of(path), "the name of what it sets is open")
        elif isinstance(value, Open) or (isinstance(value, list) and any(isinstance(one, Open) for one in value)):
            host.plan.vague(path, "its value is open: the kickstart gives none")
        elif value is PRESENT:
            _present(host, path)
        elif place_of(path) in _ADDED:
            before = host.get(path) or []
            host.put(path, [*before, *(one for one in value if one not in before)])
        else:
            host.put(path, value)
    except Refusal as problem:
        host.plan.refuse(str(problem), problem.mend)
    except NoSetter:
        host.plan.vague(path, "where a host keeps this is not known")


def _present(host: Host, path: str) -> None:
    """A thing that only has to be there; VMkernel adapters are made by their port group."""
    root, name = root_of(path), path.partition("[")[2].removesuffix("]")
    if root == "vswitches" and host.get(f"vswitches[{name}].pnics") is None:
        host.put(path, PRESENT)
    elif root == "accounts":
        try:
            host.put(path, PRESENT)
        except Refusal as problem:
            host.plan.note(str(problem))
    elif root == "packages":
        host.put(path, PRESENT)


def _entries(host: Host, found: Imported, candidate: Candidate) -> None:
    for entry in found.entries:
        host.plan.line(candidate.only.place(entry.first), _line(candidate, entry.first))
        told = f"{entry.what}: {entry.kind}" + (f": {entry.reason}" if entry.reason else "")
        if entry.kind in (UNREAD, CONDITIONAL) and entry.what:
            for path in family(entry.what.split())[1]:
                host.plan.vague(path, told)
        elif entry.kind in (PARTLY, NO_FACT) and entry.reason == "the default of the host":
            host.plan.vague("advanced", "an option goes back to its default, which no capture tells")
        elif entry.kind in (PARTLY, NO_FACT) and entry.what in LEAVES:
            for path in LEAVES[entry.what]:
                host.plan.vague(path, told)
        elif entry.kind in (UNREAD, CONDITIONAL, ELSEWHERE, PARTLY, NO_FACT):
            host.plan.note(told.removeprefix(": "))


def follow_golden(
    target: Target, capture: Capture, candidate: Candidate, before: Snapshot, own: Mapping[str, Any]
) -> None:
    """Sets what differs from a profile; a fact of which no place in the evidence is known is set after reading."""
    made = golden_edits(capture, candidate, before, own)
    plan = target.plan
    for remark in made.remarks:
        plan.line(candidate.name, "")
        plan.note(remark.words)
    left: list[Edit] = []
    absent, extra = set(candidate.data.data.get("absent") or ()), 0
    for one in sorted(made.edits, key=_order):
        if one.value is ABSENT and one.path not in absent:
            extra += 1
            continue
        plan.line(one.where, one.text)
        values = {one.path: one.value}
        if isinstance(one.value, Mapping) and one.value:
            values = {_below(one.path, names): leaf for names, leaf in leaves(one.value)}
        for path, value in values.items():
            try:
                target.remove(path) if value is ABSENT else target.put(path, value)
            except Refusal as problem:
                plan.refuse(str(problem), problem.mend)
            except NoSetter:
                left.append(Edit(path, value, one.where, one.text))
    if extra:
        plan.line(candidate.name, "")
        plan.note(
            f"applying a profile takes away nothing that it does not name as absent: {extra} facts stay beside it"
        )
    plan.edits += left
    roots = {root_of(one.path) for one in left}
    for gap in made.unknown:
        if gap.reason != FOLLOWS or root_of(gap.path) in roots:
            plan.unknown.setdefault(gap.path, gap)


def _order(edit: Edit) -> tuple[int, str]:
    root = root_of(edit.path)
    made = edit.path.endswith((".vswitch", ".port_group"))
    return (_FIRST.index(root) if root in _FIRST else len(_FIRST)), "" if made else edit.path


def _below(path: str, names: tuple[str, ...]) -> str:
    """Names below a member of a mapping are fields of it."""
    return ".".join((path, *names))
