"""Lists of machines that somebody sends become entries of the service's inventory, in two steps: look, then apply.

Nothing is kept between the two. What was looked at has a token, made of the list, of how it was asked for and of the
inventory of that moment; with it the same list is applied, or nothing is: when the inventory reads otherwise by then.
"""

import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import orjson

from auditor.collectors import kinds
from auditor.errors import ConflictError, InputError, faults_in
from auditor.inventory.importers.apply import Opened, opened, plan
from auditor.inventory.importers.apply import replace as put
from auditor.inventory.importers.compare import Difference, compare
from auditor.inventory.importers.entry import Imported, LeftOut, short
from auditor.inventory.importers.mapping import IGNORE
from auditor.inventory.importers.mapping import Mapping as Known
from auditor.inventory.importers.reading import READERS, Asked, origin_of
from auditor.yamlfile import each_text_once, parse

ON_THE_SERVER = frozenset({"replay"})  # kinds that read files of the machine they run on
OWN = frozenset({"name", "kind", "address", "port", "labels", "population", "customisations"})
MOST = 2000  # entries: to find each one's place in a file that keeps its comments takes its time
NOT_TAKEN = "a source that reads this machine itself is added on the server"


@dataclass(frozen=True, slots=True)
class Listed:
    """A list and how it is meant. `name` is what the file was called: it is opened nowhere.

    `new`: keys by kind that new entries begin with; with `like`, those of a source that is there, but for what is its
    own: so that nobody has to name files of the server from elsewhere.
    """

    form: Literal["csv", "ansible", "netbox"]
    text: str
    name: str
    kind: str = "linux"
    origin: str | None = None
    kinds: Mapping[str, str] = field(default_factory=dict)
    credentials: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] | None = None
    new: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    remove_gone: bool = False


@dataclass(frozen=True, slots=True)
class Look:
    """What a list would change. `token` stands for it; `fault`: why it cannot be applied as it stands."""

    difference: Difference
    token: str
    fault: InputError | None
    inventory: Opened
    text: str

    @property
    def changes(self) -> bool:
        """Whether applying it would write anything."""
        return self.text != self.inventory.text


@each_text_once()
def look_at(path: Path, listed: Listed) -> Look:
    """What `listed` would change in the inventory at `path`.

    Raises InputError for a list that is none, ConflictError for an inventory that is none.
    """
    found = _read(listed)
    inventory = _opened(path)
    difference, fault, text = compare(found, inventory.sources), None, inventory.text
    try:
        _, text = plan(inventory, found, _begins(inventory, listed), remove=listed.remove_gone)
    except InputError as problem:
        fault = problem
    if fault is None and text != inventory.text and not _writable(inventory.path):
        fault = InputError("the service may not write its inventory", mend="Apply the change where it is kept.")
    return Look(difference, _token(inventory, listed), fault, inventory, text)


def apply(look: Look, token: str) -> None:
    """Write what was looked at: the file is replaced whole, with its comments and its order. Nothing when all is there.

    Raises ConflictError when the list or the inventory is not what was looked at, InputError when it cannot be done.
    """
    if token != look.token:
        mend = "Look at it again. Nothing was written."
        raise ConflictError("the inventory or the list is not the one that was looked at", mend=mend)
    if look.fault is not None:
        raise look.fault
    if look.changes:
        put(look.inventory, look.text)


def as_data(difference: Difference, listed: Listed) -> dict[str, Any]:
    """A difference as JSON: what is new, changed, gone, the same, and left out."""
    keys = ("name", "kind", "address", "port", "credential")
    return {
        "origin": difference.origin,
        "removed": listed.remove_gone,
        "added": [{**{key: getattr(one, key) for key in keys}, "labels": dict(one.labels)} for one in difference.added],
        "changed": [
            {"name": one.name, "changes": [{"key": c.key, "before": c.before, "after": c.after} for c in one.changes]}
            for one in difference.changed
        ],
        "gone": list(difference.gone),
        "same": difference.same,
        "left_out": [{"name": one.name[:200], "reason": one.reason} for one in difference.left_out],
    }


def counts(difference: Difference, listed: Listed) -> dict[str, Any]:
    """What the journal is told of it."""
    return {
        "origin": difference.origin,
        "added": [one.name for one in difference.added[:200]],
        "changed": {one.name: {c.key: c.after for c in one.changes} for one in difference.changed[:200]},
        "removed": list(difference.gone[:200]) if listed.remove_gone else [],
        "counts": [len(difference.added), len(difference.changed), len(difference.gone)],
    }


def _read(listed: Listed) -> Imported:
    for kind in {listed.kind, *listed.kinds.values(), *listed.new}:
        if kind not in {*kinds(), IGNORE} - ON_THE_SERVER or (kind == IGNORE and kind in {listed.kind, *listed.new}):
            raise InputError(f"unknown kind of source {short(kind)}", mend=f"Known: {', '.join(_kinds())}.")
    mapping = Known.model_validate(
        {
            "kinds": dict(listed.kinds),
            "credentials": dict(listed.credentials),
            "labels": None if listed.labels is None else dict(listed.labels),
        }
    )
    asked = Asked(origin_of(listed.form, listed.name, listed.origin), listed.kind, mapping)
    found = READERS[listed.form](listed.text, listed.name, asked)
    if len(found.entries) > MOST:
        what = f"the list has {len(found.entries)} entries, and over HTTP {MOST} at most are taken"
        raise InputError(what, mend="Import it in parts, or on the server's command line.")
    local = [one for one in found.entries if one.extra or one.kind in ON_THE_SERVER]
    if not local:
        return found
    kept = tuple(one for one in found.entries if one not in local)
    return replace(found, entries=kept, left_out=(*found.left_out, *(LeftOut(x.name, NOT_TAKEN) for x in local)))


def _begins(inventory: Opened, listed: Listed) -> dict[str, dict[str, Any]]:
    """The keys of new entries by kind. Raises InputError for a source to be like that there is not."""
    data = parse(inventory.text, inventory.shown.name).data or {}
    there = {one["name"]: one for one in data.get("sources") or []}
    found = {}
    for kind, said in listed.new.items():
        keys = dict(said)
        if like := keys.pop("like", None):
            model = there.get(like)
            if model is None or model["kind"] != kind:
                what = f"the inventory has no source {short(like)} of kind {kind}"
                raise InputError(what, mend="Name one that new entries are to be like.")
            keys = {key: value for key, value in model.items() if key not in OWN} | keys
        found[kind] = keys
    return found


def _opened(path: Path) -> Opened:
    try:
        return opened(path)
    except InputError as problem:
        what = f"the inventory of the service cannot be used: {faults_in(problem)[0].what}"
        raise ConflictError(what, mend="Mend it on the server.") from None


def _kinds() -> Sequence[str]:
    return [one for one in kinds() if one not in ON_THE_SERVER]


def _writable(path: Path) -> bool:
    return os.access(path.parent, os.W_OK)


def _token(inventory: Opened, listed: Listed) -> str:
    said = {key: getattr(listed, key) for key in Listed.__slots__}
    content = orjson.dumps([inventory.text, said], option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(content).hexdigest()
