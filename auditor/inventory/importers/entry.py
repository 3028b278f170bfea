"""What an import says of one source, checked: nothing of it can be more than a value in the inventory."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from auditor.collectors import kinds
from auditor.domain import EMPTY
from auditor.errors import InputError, InputErrors, Place

ORIGIN = "imported-from"  # the label that says which import an entry belongs to
MOST = 100_000  # entries of one import
LONGEST = 200  # characters of a label's value
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}\Z")  # as in `inventory.model.SourceForm`
_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9._-]+")
_ADDRESS = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,252}\Z|[0-9A-Fa-f:.]{2,45}(%[A-Za-z0-9._-]{1,32})?\Z")
_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,99}\Z")


@dataclass(frozen=True, slots=True)
class Entry:
    """One source, as an import names it. What it does not say is None, and stays as the inventory has it.

    So does a kind that is only `assumed`, for want of a better one.
    """

    name: str
    kind: str
    address: str
    port: int | None = None
    credential: str | None = None
    labels: Mapping[str, str] = EMPTY
    extra: Mapping[str, Any] = EMPTY  # further keys, for a new entry alone
    place: Place | None = None
    assumed: bool = False


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What an import names and cannot become a source, and why. `name` is as it stands there."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Imported:
    """All of one import. `managed` are the labels that it decides: where it does not give one, there is none."""

    origin: str
    entries: tuple[Entry, ...]
    left_out: tuple[LeftOut, ...] = ()
    managed: frozenset[str] = frozenset()
    managed_prefixes: tuple[str, ...] = field(default=())

    def manages(self, key: str) -> bool:
        """Whether a label of an entry of this import is the import's to take away."""
        return key in self.managed or key.startswith(self.managed_prefixes)


def source_name(text: str, place: Place | None = None) -> str:
    """A name of an inventory for whatever something is called elsewhere: `Core switch 1` is `Core-switch-1`.

    Raises InputError when nothing is left of it.
    """
    name = _NOT_IN_A_NAME.sub("-", text[:300]).strip("-._")[:100]
    if not _NAME.match(name):
        raise InputError(
            f"no name can be made of {short(text)}", where=place, mend="Give it one of letters and digits."
        )
    return name


def checked(entry: Entry) -> Entry:
    """The entry, if it can stand in an inventory as it is. Raises InputError at its place."""

    def wrong(what: str, mend: str) -> InputError:
        return InputError(what, where=entry.place, mend=mend)

    if not _NAME.match(entry.name):
        raise wrong(f"{short(entry.name)} is no name of a source", "Letters, digits, '.', '_', '-'; at most 100.")
    if entry.kind not in kinds():
        raise wrong(f"unknown kind of source {short(entry.kind)}", f"Known kinds: {', '.join(kinds())}.")
    if entry.address and not _ADDRESS.match(entry.address):
        raise wrong(f"{short(entry.address)} is no address", "Write a host name or an IP address, without a port.")
    if entry.port is not None and not 1 <= entry.port <= 65535:
        raise wrong(f"{entry.port} is no port", "Ports are 1 to 65535.")
    for key, value in entry.labels.items():
        check_label(key, value, entry.place)
    return entry


def check_label(key: str, value: str, place: Place | None) -> None:
    """Raises InputError for a label that an inventory cannot hold, or that an import must not set."""
    if key == ORIGIN:
        raise InputError(f"the label {ORIGIN} is set by the import itself", where=place, mend="Leave it out.")
    if not _KEY.match(key):
        mend = "Letters, digits, '.', '_', '/', '-'; at most 100."
        raise InputError(f"{short(key)} is no name of a label", where=place, mend=mend)
    if len(value) > LONGEST or not value.isprintable() or value != value.strip():
        mend = f"At most {LONGEST} printable characters, no blanks at its ends."
        raise InputError(f"{short(value)} is no value of the label {key}", where=place, mend=mend)


def imported(
    origin: str,
    entries: Iterable[Entry],
    left_out: Iterable[LeftOut] = (),
    managed: Iterable[str] = (),
    prefixes: tuple[str, ...] = (),
) -> Imported:
    """The whole of an import: every entry checked, no name twice. Raises InputError or InputErrors."""
    first: dict[str, Entry] = {}
    faults: list[InputError] = []
    for entry in entries:
        try:
            checked(entry)
        except InputError as fault:
            faults.append(fault)
            continue
        if (other := first.get(entry.name)) is not None:
            before = f" (the other: {other.place})" if other.place else ""
            what = f"two entries are called {entry.name!r}{before}"
            faults.append(InputError(what, where=entry.place, mend="Names are unique; rename one."))
        first.setdefault(entry.name, entry)
        if len(first) > MOST:
            raise InputError(f"more than {MOST:,} entries", where=entry.place, mend="Import it in parts.")
    if faults:
        raise faults[0] if len(faults) == 1 else InputErrors(faults[:50])
    return Imported(origin, tuple(first.values()), tuple(left_out), frozenset(managed), prefixes)


def short(text: str) -> str:
    """Text of somebody else's in a message: quoted, escaped, bounded."""
    return ascii(text if len(text) <= 60 else text[:57] + "...")
