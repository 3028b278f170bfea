"""How a claimed report is made: reading, selecting, rendering, writing, each told to who waits for it."""

import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Connection

from auditor.access import Reach, Scope
from auditor.errors import AuditorError
from auditor.reporting import write
from auditor.service.downloads.choice import choice_in
from auditor.service.downloads.documents import document_for
from auditor.store import blobs, exports, parts
from auditor.store.engine import Store


class NotWantedError(Exception):
    """Somebody cancelled it, or another process makes it."""


class Making:
    """A claim on an export. Telling how far it is keeps the claim."""

    def __init__(self, store: Store, number: int, lease: datetime) -> None:
        self._store, self._number, self.lease = store, number, lease

    def step(self, stage: str, done: int, of: int) -> None:
        """Tell how far it is. Raises NotWantedError when it is not to be made any more."""
        with self._store.writing() as connection:
            self.step_in(connection, stage, done, of)

    def step_in(self, connection: Connection, stage: str, done: int, of: int) -> None:
        """The same in a transaction that goes on."""
        until = exports.tell(connection, self._number, self.lease, (stage, done, of))
        if until is None:
            raise NotWantedError
        self.lease = until


def make(store: Store, number: int, lease: datetime) -> None:
    """Make a claimed export, and keep it, or why it could not be made. Raises StoreError."""
    making = Making(store, number, lease)
    try:
        note = _made(store, number, making)
    except NotWantedError:
        return
    except AuditorError as problem:
        note = str(problem)
    except OSError as problem:
        note = problem.strerror or "there is no room to write it"
    if note is not None:
        with store.writing() as connection:
            exports.fail(connection, number, note)


def _made(store: Store, number: int, making: Making) -> str | None:
    """None when it is made, else why not."""
    with store.reading() as connection:
        row = exports.get(connection, number)
    with tempfile.TemporaryDirectory(prefix="auditor-export-") as folder:
        path, note = _file(store, row, Path(folder), making)
        if path is None:
            return note

        def before(connection: Connection, done: int, of: int) -> None:
            making.step_in(connection, "writing", done, of)

        digest, size = parts.write(store, number, path, before)
    with store.writing() as connection:
        if not exports.keep(connection, number, making.lease, digest, size, note):
            raise NotWantedError
    return None


def _file(store: Store, row: Any, folder: Path, making: Making) -> tuple[Path | None, str]:
    """The file and a note; no file and why."""
    making.step("reading", 0, 1)
    reach = reach_in(row.scope)
    if row.choice is None and reach.everything and (kept := _own(store, row, folder)) is not None:
        return kept
    document = document_for(store, choice_in(row.choice, row.run_name), reach, making.step)
    written = write(document, [row.format], folder, step=making.step)
    (one,) = (one for one in written if one.format == row.format)
    return one.path, one.note


def _own(store: Store, row: Any, folder: Path) -> tuple[Path, str] | None:
    """What the run itself has written in this format, as it is."""
    with store.reading() as connection:
        own = exports.own_report(connection, row)
        if own is None:
            return None
        pieces = blobs.pieces(connection, own.content, parts.PART)
    path = folder / "report"
    with path.open("wb") as file:
        file.writelines(pieces)
    return path, own.note


def reach_in(text: str) -> Reach:
    """The reach that stands in an export's row."""
    return Reach.of(Scope(frozenset(one.items())) for one in orjson.loads(text))
