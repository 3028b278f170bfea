"""Accepting a drift: the edits of a profile's text that make it say what a target has. Pure; nothing is written.

Only the lines of the accepted facts change: comments, order and quotes elsewhere stay as they are. Who accepted it,
when, for which target and why stands in a comment above.
"""

import io
from collections.abc import Sequence
from typing import Any, NamedTuple

from auditor.domain import Drift, Snapshot
from auditor.golden.capture import intended
from auditor.golden.meaning import LEAF, Meaning, meaning_at, meaning_of
from auditor.golden.own import is_own, make_own, set_value
from auditor.golden.places import above, steps
from auditor.golden.write import inline, scalar, text


class NotAcceptedError(ValueError):
    """The drift cannot be accepted by an edit of the profile. `mend` says what to do instead."""

    def __init__(self, message: str, mend: str = "Edit it by hand.") -> None:
        self.mend = mend
        super().__init__(message)


class _Place(NamedTuple):
    """A mapping or sequence in the file, the node of the key that it is the value of, and the number of an entry."""

    holder: Any
    owner: Any
    number: int = -1

    @property
    def entry(self) -> tuple[Any, Any]:
        """(key, value) of the entry; an item of a sequence is both."""
        return _pair(self.holder.value[self.number])


def accepted(written: str, drifts: Sequence[Drift], snapshot: Snapshot, note: str) -> str:
    """The text of the profile with these drifts of one snapshot accepted. Raises NotAcceptedError."""
    from ruamel.yaml import YAML

    for drift in drifts:  # one after another: an edit moves what stands below it
        root = YAML(typ="safe", pure=True).compose(io.StringIO(written))
        written = _Editor(written, root, snapshot, " ".join(note.split())).accept(drift)
    return written


class _Editor:
    def __init__(self, written: str, root: Any, snapshot: Snapshot, note: str) -> None:
        self._written, self._root, self._snapshot, self._note = written, root, snapshot, note

    def accept(self, drift: Drift) -> str:
        if drift.change == "unknown":
            raise NotAcceptedError(f"{drift.path}: nobody knows what is there: {drift.reason}", "Make it readable.")
        forbidden = self._forbidden(drift.path)
        if forbidden is not None:
            return self._without(forbidden)
        place = self._find(drift.path)
        if place is None or (place.number < 0) is not (drift.change == "extra"):
            raise NotAcceptedError(f"{drift.path}: the profile does not say so in a line of its own")
        if drift.change == "missing":
            return self._without(place)
        return self._with(place, drift) if drift.change == "extra" else self._changed(place, drift)

    def _changed(self, place: _Place, drift: Drift) -> str:
        key, node = place.entry
        if node.id == "scalar" and node.value.startswith("$") and not node.value.startswith("$$"):
            mend = set_value(node.value[1:], drift.target)
            raise NotAcceptedError(f"{drift.path} is a customisation: its value is not in the profile", mend)
        if is_own(self._snapshot.platform, drift.path):
            what = f"{drift.path} is each host's own: what {drift.target} has is not for every host of the profile"
            raise NotAcceptedError(what, make_own(drift.path, drift.target))
        return self._replaced(key, node, inline(self._value(drift)))

    def _without(self, place: _Place) -> str:
        """The text without one entry of a mapping or sequence."""
        holder, (key, value), number = place.holder, place.entry, place.number
        if len(holder.value) == 1:
            return self._replaced(place.owner, holder, "{}" if holder.id == "mapping" else "[]")
        if not holder.flow_style:
            start = self._written.rfind("\n", 0, _start(key)) + 1
            return self._put(start, self._line_end(self._end(value)) + 1, "")
        if number:
            return self._put(self._end(_pair(holder.value[number - 1])[1]), self._end(value), "")
        return self._put(_start(key), _start(_pair(holder.value[1])[0]), "")

    def _with(self, place: _Place, drift: Drift) -> str:
        """The text with a new member of a mapping or set."""
        holder, name = place.holder, steps(drift.path)[-1][0]
        if holder.id == "sequence":
            short, long = scalar(drift.actual), f"- {scalar(drift.actual)}"
        else:
            key = f"${name}" if name.startswith("$") else name
            value = self._value(drift)
            short, long = f"{scalar(key)}: {inline(value)}", text({key: value}).rstrip("\n")
        if not holder.value:
            return self._replaced(place.owner, holder, f"{{{short}}}" if holder.id == "mapping" else f"[{short}]")
        last = self._end(_pair(holder.value[-1])[1])
        if holder.flow_style:
            return self._put(last, last, f", {short}")
        end, indent = self._line_end(last), " " * int(holder.start_mark.column)
        lines = "".join(f"\n{indent}{line}" for line in (f"# {self._note}", *long.split("\n")))
        return self._written[:end] + lines + self._written[end:]

    def _value(self, drift: Drift) -> Any:
        meaning = meaning_at(self._snapshot.platform, drift.path) or LEAF
        return intended(self._snapshot, meaning, drift.actual, drift.path)

    def _replaced(self, key: Any, node: Any, new: str) -> str:
        """The text with another value of a key: a block becomes one line beside the key."""
        if node.id == "scalar" or node.flow_style:
            return self._put(_start(node), self._end(node), new)
        colon = self._written.index(":", int(key.end_mark.index))
        return self._put(colon + 1, self._end(node), f" {new}")

    def _put(self, start: int, end: int, new: str) -> str:
        """The text with other characters there, and the note on a line above."""
        line = self._written.rfind("\n", 0, start) + 1
        here = self._written[line:]
        indent = here[: len(here) - len(here.lstrip(" "))]
        return f"{self._written[:line]}{indent}# {self._note}\n{self._written[line:start]}{new}{self._written[end:]}"

    def _end(self, node: Any) -> int:
        """Where what is written of a node ends; the mark of a block lies beyond blank lines and comments after it."""
        if node.id == "scalar" or node.flow_style or not node.value:
            end = int(node.end_mark.index)
            return len(self._written[:end].rstrip()) if self._written[_start(node)] in "|>" else end
        return self._end(_pair(node.value[-1])[1])

    def _line_end(self, at: int) -> int:
        found = self._written.find("\n", at)
        return len(self._written) if found < 0 else found

    def _forbidden(self, path: str) -> _Place | None:
        """The entry of `absent` that forbids a path."""
        ways = set(above(path))
        for key, node in self._root.value:
            if key.value == "absent":
                found = (n for n, one in enumerate(node.value) if one.value in ways)
                return next((_Place(node, key, number) for number in found), None)
        return None

    def _find(self, path: str) -> _Place | None:
        """Where a fact stands (with the number of its entry), or would stand."""
        owner: Any
        node: Any
        owner, node = next(((key, value) for key, value in self._root.value if key.value == "facts"), (None, None))
        meaning: Meaning | None = meaning_of(self._snapshot.platform)
        *upper, (last, _) = steps(path)
        for name, _ in upper:
            number = _entry(node, name, meaning)
            if number < 0 or node.id != "mapping":
                return None
            owner, node = node.value[number]
            if meaning is not None:
                meaning = meaning.item if meaning.shape == "map" else meaning.fields.get(name)
        return _Place(node, owner, _entry(node, last, meaning)) if _open(node) else None


def _open(node: Any) -> bool:
    """Whether entries of a node can be edited: what stands in several places at once cannot."""
    return node is not None and node.id in ("mapping", "sequence") and node.anchor is None


def _entry(node: Any, name: str, meaning: Meaning | None) -> int:
    """The number of the entry of that name; -1: there is none."""
    fold = meaning is not None and meaning.shape == "map" and meaning.compare.fold
    for number, one in enumerate(node.value if _open(node) else ()):
        key = _pair(one)[0].value
        if isinstance(key, str):
            said = key[1:] if key.startswith("$$") else key
            if said == name or (fold and said.casefold() == name.casefold()):
                return number
    return -1


def _pair(one: Any) -> tuple[Any, Any]:
    return one if isinstance(one, tuple) else (one, one)


def _start(node: Any) -> int:
    return int(node.start_mark.index)
