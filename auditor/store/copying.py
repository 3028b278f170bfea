"""A copy of an SQLite file that others may be using."""

import os
import sqlite3
from pathlib import Path

from auditor.store.engine import StoreError


def copy_sqlite(file: Path, suffix: str) -> Path:
    """Copy the database, as it stands committed, to `FILE.suffix` (0600; an older copy of that name is replaced).

    Returns the copy's path; it is whole or not there. Raises StoreError.
    """
    target, unfinished = file.with_name(f"{file.name}.{suffix}"), file.with_name(f"{file.name}.{suffix}.part")
    try:
        unfinished.unlink(missing_ok=True)
        os.close(os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        source, copy = sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True), sqlite3.connect(unfinished)
        try:
            source.backup(copy)
        finally:
            copy.close()
            source.close()
        unfinished.replace(target)
    except (OSError, sqlite3.Error) as problem:
        unfinished.unlink(missing_ok=True)
        raise StoreError(
            f"the database cannot be copied: {problem}", where=str(target), mend="Make space beside the database."
        ) from problem
    return target
