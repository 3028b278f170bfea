"""An inventory's file before and after an import. It is replaced whole or not at all."""

import fcntl
import os
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from auditor.errors import ConflictError, InputError, Place
from auditor.inventory.importers.compare import Difference, compare
from auditor.inventory.importers.entry import Imported
from auditor.inventory.importers.rewrite import New, rewritten
from auditor.inventory.load import OpenInventory
from auditor.inventory.model import InventoryForm, SourceForm
from auditor.yamlfile import parse, read


@dataclass(frozen=True, slots=True)
class Opened:
    """An inventory's file as it was read. `path` is the file itself, where a link led to it."""

    shown: Path
    path: Path
    text: str
    form: InventoryForm

    @property
    def sources(self) -> list[SourceForm]:
        """Its sources, as they are written."""
        return self.form.sources


def opened(path: Path) -> Opened:
    """The inventory in `path`, which may still be empty. Raises InputError with file and line."""
    if not path.exists():
        mend = f"Correct the path; `touch {path.name}` begins a new one."
        raise InputError("there is no such file", where=str(path), mend=mend)
    document = read(path)
    if document.data is not None and not isinstance(document.data, dict):
        raise InputError("this is not an inventory", where=str(path), mend="Begin it with `sources:`.")
    begun = {key: value for key, value in (document.data or {}).items() if value is not None}  # `sources:`
    form = document.validate(InventoryForm, begun)
    if form.sources:
        OpenInventory(path).whole(secrets=False)
    with path.open(encoding="utf-8", newline="") as file:
        text = file.read()
    if (parse(text, str(path)).data or {}) != (document.data or {}):
        raise _changed(path)
    return Opened(path, path.resolve(), text, form)


def plan(inventory: Opened, found: Imported, new: New, *, remove: bool = False) -> tuple[Difference, str]:
    """The difference, and the text of the inventory with it. Raises InputError where that would be no inventory."""
    difference = compare(found, inventory.sources)
    if remove and not found.entries:
        mend = "Is it the right one? Entries are not taken out for an import that is empty."
        raise InputError("the import names no source", mend=mend)
    text = rewritten(inventory.text, str(inventory.shown), difference, new, remove=remove)
    if text != inventory.text:
        check(inventory, text)
    return difference, text


def check(inventory: Opened, text: str) -> None:
    """Raises InputError when `text` could not be used in place of the inventory."""
    try:
        OpenInventory(inventory.shown, text).whole(secrets=False)
    except InputError as fault:
        lines = getattr(fault, "errors", [fault])
        more = f"\n  and {len(lines) - 1} more like it" if len(lines) > 1 else ""
        what = f"{_entry_at(text, lines[0].where)} could not be used: {lines[0].what}{more}"
        mend = f"{lines[0].mend} New entries get such keys from `new:` in a file given as --mapping."
        raise InputError(what, where=str(inventory.shown), mend=mend.strip()) from None


def _entry_at(text: str, where: Place | str | None) -> str:
    """Which entry of `text` a fault is in: its line means nothing to who has not seen that text."""
    document, line = parse(text), where.line if isinstance(where, Place) else 0
    names = [
        one["name"] for n, one in enumerate(document.data["sources"]) if document.place(("sources", n)).line <= line
    ]
    return f"the entry {names[-1]!r}" if names else "with these entries it"


def replace(inventory: Opened, text: str) -> None:
    """Put `text` in place of the inventory, with its mode and owner. Raises ConflictError when it changed meanwhile.

    Raises InputError when the folder cannot be written; then it is as it was.
    """
    path = inventory.path
    try:
        with path.open("rb") as held:
            fcntl.flock(held, fcntl.LOCK_EX)  # of two imports at once, the second sees what the first wrote
            if path.read_bytes() != inventory.text.encode():
                raise _changed(inventory.shown)
            about = os.fstat(held.fileno())
            handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(text.encode())
                    file.flush()
                    if os.geteuid() == 0:
                        os.fchown(file.fileno(), about.st_uid, about.st_gid)
                    os.fchmod(file.fileno(), stat.S_IMODE(about.st_mode))
                    os.fsync(file.fileno())
                os.replace(name, path)
            except BaseException:
                Path(name).unlink(missing_ok=True)
                raise
    except OSError as problem:
        raise InputError(f"it cannot be written: {problem.strerror}", where=str(inventory.shown)) from None


def _changed(path: Path) -> ConflictError:
    return ConflictError(
        "it was changed meanwhile", where=str(path), mend="Look at the import again. Nothing was written."
    )
